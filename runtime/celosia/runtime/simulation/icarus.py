"""Icarus Verilog: slow to run, quick to build, and an independent reading of the Verilog."""

from pathlib import Path

import cocotb_tools.config

from celosia.runtime.simulation.environment import find_tool, run_tool, tool_version


def build_inputs() -> tuple[str, ...]:
    """Everything of this machine that the result of :func:`compile_design` depends on."""
    return (tool_version(find_tool("iverilog", package="iverilog")),)


def compile_design(verilog: Path, *, top: str, out: Path) -> None:
    """Compile ``verilog`` into the program ``out`` for Icarus's interpreter."""
    options = out.parent / "options.f"
    options.write_text("+timescale+1ns/1ps\n")
    run_tool(
        [
            find_tool("iverilog", package="iverilog"),
            *("-g2012", "-s", top, "-f", options, "-o", out, verilog),
        ],
        cwd=out.parent,
    )


def command(program: Path) -> list[str]:
    """How to run a compiled program under cocotb."""
    interface = cocotb_tools.config.lib_entry("vpi", "icarus")
    return [str(find_tool("vvp", package="iverilog")), "-m", interface, str(program), "-none"]
