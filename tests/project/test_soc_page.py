"""The page for builders of systems on chip agrees with the code."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from celosia.cli.main import execute
from scripts.document_registers import PAGE, documented
from tests.project.test_structure import RUN_YOSYS


def example(language: str) -> str:
    """The page's one block of code in a language."""
    (block,) = re.findall(f"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(block)


def test_tables_are_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert documented(page) == page, "run python scripts/document_registers.py"


def test_example_fits_the_accelerator(tmp_path: Path) -> None:
    """All ports exist, with these widths, and none is left open."""
    accelerator = tmp_path / "accelerator.v"
    command = ["generate", "accelerator", "--bus", "axi", "--config", "small", "-o", str(accelerator)]
    header = tmp_path / "celosia.h"
    assert execute([*command, "--header", str(header)]) == 0
    assert "#define CELOSIA_CONTROL 0x020u\n" in header.read_text()
    (tmp_path / "example.v").write_text(example("verilog"))
    script = "read_verilog -DSYNTHESIS accelerator.v example.v; hierarchy -check -top example_soc"
    finished = subprocess.run(
        [sys.executable, "-c", RUN_YOSYS, "-q", "-p", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "Resizing cell port" not in finished.stdout + finished.stderr
    declared = re.search(r"module accelerator_axi\((.*?)\);", accelerator.read_text(), re.DOTALL)
    assert declared is not None
    ports = {name.strip() for name in declared[1].split(",")}
    assert ports == set(re.findall(r"\.(\w+)\(", example("verilog")))


def test_example_of_a_device_works(tmp_path: Path) -> None:
    """A file in place of the physical address space keeps what is written."""
    names: dict[str, object] = {}
    exec(compile(ast.parse(example("python")), "soc.md", "exec"), names)
    window = tmp_path / "window"
    with window.open("wb") as file:
        file.truncate(1 << 31)
    config = names["PRESETS"]["small"]  # type: ignore[index]
    with names["MappedDevice"](config, window, 0) as device:  # type: ignore[operator]
        device.write(0x4000_0010, b"12345678")
        assert device.read(0x4000_0014, 4) == b"5678"


def test_bus_is_for_the_accelerator(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["generate", "ram", "--bus", "axi"]) == 1
    assert capsys.readouterr().err == "celosia: --bus is for the accelerator: ram has ports of its own\n"
