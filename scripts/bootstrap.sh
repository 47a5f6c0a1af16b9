# Sourced by the other scripts: sets `python` to the interpreter of an environment in which Celosia is
# installed, and creates or renews that environment first if need be.
#
# bootstrap NEED   with NEED run (the command) or test (the tests, too); `root` must be the checkout

bootstrap() {
    environment="$root/.venv"
    python="$environment/bin/python"
    stamp="$environment/celosia-$1"
    # What was installed is what pyproject.toml asks for, in this place.
    wanted="$root $(cksum < "$root/pyproject.toml")"
    if [ -x "$python" ] && [ -r "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        return
    fi
    for candidate in python3 python3.11 python3.12 python3.13 python3.14; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
            "$candidate" "$root/scripts/bootstrap.py" "$1" "$environment" "$wanted" || exit $?
            return
        fi
    done
    echo "celosia: Python 3.11 or newer is missing: install it, on Debian 12, Ubuntu 24.04 or newer with" >&2
    echo "    sudo apt-get install python3 python3-venv libpython3-dev g++" >&2
    exit 3
}
