"""What a simulation needs of the machine it runs on: compilers, tools, and a cache folder."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

import filelock
import platformdirs

UNUSED_DAYS = 30


class EnvironmentProblem(RuntimeError):
    """The machine lacks a tool; the message says which, and how to get it."""

    exit_code = 3


class BuildError(RuntimeError):
    """A tool refused a design; the message holds the end of what it said."""

    exit_code = 2


def find_tool(*names: str, package: str) -> Path:
    """The first of the programs ``names`` that is on PATH.

    Raises :class:`EnvironmentProblem`, naming the Debian ``package`` that has it, if there is none.
    """
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    raise EnvironmentProblem(
        f"{names[0]} is missing: install it, on Debian and Ubuntu with `sudo apt-get install {package}`"
    )


def find_compiler() -> Path:
    """The C++ compiler: ``$CXX`` if set, else g++, c++ or clang++."""
    chosen = os.environ.get("CXX")
    return find_tool(*([chosen] if chosen else []), "g++", "c++", "clang++", package="g++")


@cache
def tool_version(executable: Path) -> str:
    """What a tool prints when asked for its version, with its size and time, since not all tell the truth."""
    status = executable.stat()
    flag = "-V" if executable.name.startswith("iverilog") else "--version"
    printed = subprocess.run([executable, flag], capture_output=True, text=True, check=False).stdout
    return f"{executable} {status.st_size} {status.st_mtime_ns} {printed}"


def run_tool(command: Iterable[str | Path], *, cwd: Path, environment: dict[str, str] | None = None) -> None:
    """Run a build step; raises :class:`BuildError` with the end of its output if it fails."""
    arguments = [str(argument) for argument in command]
    with subprocess.Popen(
        arguments,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        try:
            output, _ = process.communicate()
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        tail = "\n".join(output.splitlines()[-30:])
        raise BuildError(f"{Path(arguments[0]).name} failed with exit code {process.returncode}:\n{tail}")


def cached(kind: str, inputs: Iterable[str], produce: Callable[[Path], None]) -> Path:
    """The folder that ``produce`` fills for these ``inputs``: made once, found again ever after.

    The folder is named after a digest of all ``inputs``, so they must hold everything that the result depends
    on. Two processes that want the same folder do the work once. Folders of the same ``kind`` that nobody
    has asked for in a month are removed.
    """
    digest = hashlib.sha256("\0".join(inputs).encode()).hexdigest()[:32]
    parent = platformdirs.user_cache_path("celosia") / kind
    folder = parent / digest
    if not folder.is_dir():
        lock = filelock.FileLock(parent / f"{digest}.lock")
        try:
            parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except OSError as problem:
            raise EnvironmentProblem(
                f"the cache folder {parent} cannot be written ({problem.strerror}):"
                " set XDG_CACHE_HOME to another"
            ) from problem
        try:
            if not folder.is_dir():
                _remove_unused(parent)
                _make(folder, produce)
        finally:
            lock.release()
    with suppress(OSError):
        os.utime(folder)
    return folder


def _make(folder: Path, produce: Callable[[Path], None]) -> None:
    """Fill a folder beside ``folder`` and rename it, so that ``folder`` is never there in part."""
    with tempfile.TemporaryDirectory(
        dir=folder.parent, prefix="making-", ignore_cleanup_errors=True
    ) as temporary:
        made = Path(temporary) / folder.name
        made.mkdir()
        produce(made)
        made.rename(folder)


def _remove_unused(parent: Path) -> None:
    oldest = time.time() - UNUSED_DAYS * 86400
    for folder in parent.iterdir():
        if folder.is_dir() and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)
