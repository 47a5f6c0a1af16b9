"""Create or renew the virtual environment that the scripts run in; needs nothing but Python's own library.

    bootstrap.py NEED ENVIRONMENT STAMP

NEED is ``run`` or ``test``. STAMP is written to ENVIRONMENT/celosia-NEED once everything is installed.
Exit code 3 if the machine lacks something; the message says how to get it.
"""

import ctypes.util
import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: Programs for each need, any one of each tuple, and the Debian package that has them.
PROGRAMS = {
    "run": ((("g++", "c++", "clang++"), "g++"),),
    "test": ((("g++", "c++", "clang++"), "g++"), (("iverilog",), "iverilog")),
}


def missing_packages(need: str) -> list[str]:
    """Debian packages that would give this machine what it lacks."""
    packages = []
    if any(importlib.util.find_spec(module) is None for module in ("venv", "ensurepip")):
        packages.append("python3-venv")
    if not has_shared_python():
        packages.append("libpython3-dev")
    for names, package in PROGRAMS[need]:
        chosen = (os.environ.get("CXX"),) if package == "g++" and os.environ.get("CXX") else ()
        if not any(shutil.which(name) for name in (*chosen, *names) if name):
            packages.append(package)
    return packages


def has_shared_python() -> bool:
    """Whether this Python exists as a shared library, which the simulator loads."""
    library = sysconfig.get_config_var("INSTSONAME") or ""
    if not sysconfig.get_config_var("Py_ENABLE_SHARED"):
        return sys.platform == "darwin"
    folders = (sysconfig.get_config_var("LIBDIR"), Path(sys.base_prefix) / "lib")
    if any(folder and (Path(folder) / library).exists() for folder in folders):
        return True
    return ctypes.util.find_library(f"python{sys.version_info.major}.{sys.version_info.minor}") is not None


def run(what: str, command: list[str]) -> None:
    """Run one step, showing that it goes on; the output only if it fails."""
    show = sys.stderr.isatty()
    start = time.monotonic()
    if not show:
        print(f"celosia: {what} ...", file=sys.stderr, flush=True)
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            while True:
                try:
                    output, _ = process.communicate(timeout=1)
                    break
                except subprocess.TimeoutExpired:
                    if show:
                        print(
                            f"\rcelosia: {what} ... {time.monotonic() - start:.0f} s", end="", file=sys.stderr
                        )
        except BaseException:
            process.kill()
            raise
    if show:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    if process.returncode:
        tail = "\n".join(output.splitlines()[-20:])
        print(f"celosia: {what} failed:\n{tail}", file=sys.stderr)
        sys.exit(3)


def install(need: str, environment: Path, stamp: str) -> None:
    """Make the environment hold what ``need`` needs."""
    for old in environment.glob("celosia-*"):
        # A test environment also runs the command: renewing it must not take the tests' packages away.
        if old.name == "celosia-test":
            need = "test"
        old.unlink()
    python = environment / "bin" / "python"
    works = (
        python.exists()
        and subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0
    )
    if not works:
        run("creating a virtual environment", [sys.executable, "-m", "venv", "--clear", str(environment)])
    target = ".[test]" if need == "test" else "."
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    run("installing what Celosia needs, once", [*pip, "--editable", target])
    for installed in ("run", "test") if need == "test" else ("run",):
        (environment / f"celosia-{installed}").write_text(stamp + "\n", encoding="utf-8")


def main() -> None:
    """Check the machine, then install, one process at a time."""
    need, environment, stamp = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    if packages := missing_packages(need):
        names = " ".join(packages)
        print(
            f"celosia: this machine lacks {names}: install them, on Debian and Ubuntu with", file=sys.stderr
        )
        print(f"    sudo apt-get install {names}", file=sys.stderr)
        sys.exit(3)
    try:
        # The checkout itself is the lock: one process installs, the others wait and find it done.
        fcntl.flock(os.open(ROOT, os.O_RDONLY), fcntl.LOCK_EX)
        done = environment / f"celosia-{need}"
        if not (done.exists() and done.read_text(encoding="utf-8").strip() == stamp):
            install(need, environment, stamp)
    except PermissionError as problem:
        print(f"celosia: {problem.filename} cannot be written: use a checkout that is yours", file=sys.stderr)
        sys.exit(3)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
