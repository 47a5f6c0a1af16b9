"""The models of block RAMs behave as their data sheets say."""

from collections.abc import Mapping

import pytest

from celosia.fpga.families.ecp5 import ECP5
from celosia.fpga.families.gowin import GOWIN
from celosia.runtime.simulation import build, run
from sim_tests.gates.bench_block_ram import initial_contents
from sim_tests.gates.cells import cell_models

MODES = ("normal", "write through", "read before write")

#: Selects other than zero need a decoder on ECP5, which is not modelled.
GOWIN_SELECT = {"a": 5, "b": 2}

INPUTS = {"enable": 1, "select": 3, "write": 1, "reset": 1, "hold": 1, "address": 14, "data": 36}


def ecp5_instance(widths: tuple[int, ...], modes: tuple[int, ...], held: bool, contents: int) -> str:
    """A DP16KD whose pins are those of ``top``."""
    pins = []
    for port, low in (("A", "a"), ("B", "b")):
        # A port of 36 bits has the data pins of both.
        data = "data_a[{}]" if widths[0] == 36 else f"data_{low}[{{}}]"
        offset = 18 if widths[0] == 36 and port == "B" else 0
        pins += [f".DI{port}{i}({data.format(i + offset)})" for i in range(18)]
        result, offset = (f"result_{low}", 0) if widths[1] != 36 else ("result_b", 18 if port == "B" else 0)
        pins += [f".DO{port}{i}({result}[{i + offset}])" for i in range(18)]
        pins += [f".AD{port}{i}(address_{low}[{i}])" for i in range(14)]
        pins += [f".CS{port}{i}(select_{low}[{i}])" for i in range(3)]
        pins += [f".CLK{port}(clk)"]
        pins += [
            f".{name}{port}({signal}_{low})"
            for name, signal in (("CE", "enable"), ("WE", "write"), ("RST", "reset"), ("OCE", "hold"))
        ]
    settings = {
        "DATA_WIDTH_A": widths[0],
        "DATA_WIDTH_B": widths[1],
        "WRITEMODE_A": f'"{("NORMAL", "WRITETHROUGH", "READBEFOREWRITE")[modes[0]]}"',
        "WRITEMODE_B": f'"{("NORMAL", "WRITETHROUGH", "READBEFOREWRITE")[modes[1]]}"',
        "REGMODE_A": '"OUTREG"' if held else '"NOREG"',
        "REGMODE_B": '"OUTREG"' if held else '"NOREG"',
        "GSR": '"AUTO"',
    }
    for slice_ in range(64):
        words = [contents >> 18 * (16 * slice_ + word) & (1 << 18) - 1 for word in range(16)]
        value = sum(word << 20 * index for index, word in enumerate(words))
        settings[f"INITVAL_{slice_:02X}"] = f"320'h{value:x}"
    return instance("DP16KD", settings, pins)


def gowin_instance(
    cell: str, widths: tuple[int, ...], modes: tuple[int, ...], held: bool, contents: int
) -> str:
    """A Gowin block whose pins are those of ``top``."""
    lane_bits = 9 if "X9" in cell else 8
    pins = []
    for port, low in (("A", "a"), ("B", "b")):
        pins += [f".CLK{port}(clk)", f".AD{port}(address_{low})", f".BLKSEL{port}(select_{low})"]
        pins += [f".CE{port}(enable_{low})", f".RESET{port}(reset_{low})"]
    settings: dict[str, object] = {"BIT_WIDTH_0": widths[0], "BIT_WIDTH_1": widths[1]}
    if cell.startswith("SD"):
        size = 4 * lane_bits
        pins += [f".DI(data_a[{size - 1}:0])", f".DO(result_b[{size - 1}:0])", ".OCE(hold_b)"]
        settings["READ_MODE"] = int(held)
    else:
        size = 2 * lane_bits
        for number, (port, low) in enumerate((("A", "a"), ("B", "b"))):
            pins += [f".DI{port}(data_{low}[{size - 1}:0])", f".DO{port}(result_{low}[{size - 1}:0])"]
            pins += [f".WRE{port}(write_{low})", f".OCE{port}(hold_{low})"]
            settings |= {f"READ_MODE{number}": int(held), f"WRITE_MODE{number}": modes[number]}
    settings |= {"BLK_SEL_0": GOWIN_SELECT["a"], "BLK_SEL_1": GOWIN_SELECT["b"]}
    return instance(cell, settings | gowin_contents(32 * lane_bits, contents), pins)


def gowin_single_port_instance(cell: str, width: int, mode: int, held: bool, contents: int) -> str:
    """A Gowin block with one port, whose pins are those of ``top``."""
    lane_bits = 9 if "X9" in cell else 8
    size = 4 * lane_bits
    pins = [".CLK(clk)", f".DI(data_a[{size - 1}:0])", f".DO(result_a[{size - 1}:0])"]
    pins += [
        f".{name}({signal}_a)"
        for name, signal in (
            *(("AD", "address"), ("BLKSEL", "select"), ("CE", "enable")),
            *(("WRE", "write"), ("OCE", "hold"), ("RESET", "reset")),
        )
    ]
    settings = {"BIT_WIDTH": width, "WRITE_MODE": mode, "READ_MODE": int(held), "BLK_SEL": GOWIN_SELECT["a"]}
    return instance(cell, settings | gowin_contents(32 * lane_bits, contents), pins)


def gowin_contents(bits: int, contents: int) -> dict[str, object]:
    """Initial contents as parameters of so many bits."""
    return {
        f"INIT_RAM_{number:02X}": f"{bits}'h{contents >> bits * number & (1 << bits) - 1:x}"
        for number in range(64)
    }


def instance(cell: str, settings: Mapping[str, object], pins: list[str]) -> str:
    """Verilog of an instance."""
    parameters = ", ".join(f".{name}({value})" for name, value in settings.items())
    return f"{cell} #({parameters}) block ({', '.join(pins)});"


#: Cell, widths, write modes, with output registers or not, simulator; those above ``QUICK`` are slow.
QUICK = 9
BLOCKS: list[tuple[str, tuple[int, ...], tuple[int, ...], bool, str]] = [
    ("DP16KD", (18, 9), (0, 1), False, "verilator"),
    ("DP16KD", (4, 1), (1, 2), False, "icarus"),
    ("DP16KD", (36, 36), (0, 0), False, "verilator"),
    ("SDPX9B", (36, 9), (0, 0), False, "icarus"),
    ("SDPB", (1, 8), (0, 0), True, "verilator"),
    ("DPX9B", (9, 9), (1, 1), False, "verilator"),
    ("DPX9B", (18, 9), (2, 0), True, "icarus"),
    ("DPB", (16, 2), (0, 2), False, "icarus"),
    ("SPX9", (36,), (1,), False, "verilator"),
    ("DP16KD", (9, 18), (2, 0), True, "icarus"),
    ("DP16KD", (2, 9), (0, 0), False, "icarus"),
    ("DP16KD", (36, 9), (0, 0), True, "icarus"),
    ("SDPX9B", (18, 36), (0, 0), True, "verilator"),
    ("SDPB", (32, 16), (0, 0), False, "icarus"),
    ("SDPB", (16, 4), (0, 0), False, "icarus"),
    ("DPB", (8, 1), (1, 0), True, "icarus"),
    ("SPX9", (9,), (2,), True, "icarus"),
    ("SP", (32,), (0,), True, "icarus"),
    ("SP", (2,), (1,), False, "verilator"),
]


@pytest.mark.parametrize(
    ("cell", "widths", "modes", "held", "simulator"),
    [
        pytest.param(
            *block,
            id=f"{block[0]} {' to '.join(map(str, block[1]))}",
            marks=[] if number < QUICK else pytest.mark.slow,
        )
        for number, block in enumerate(BLOCKS)
    ],
)
def test_block_ram(
    cell: str, widths: tuple[int, ...], modes: tuple[int, ...], held: bool, simulator: str, seed: int
) -> None:
    """Widths, write modes, lanes, registers, selects, initial contents."""
    lane_bits = 8 if cell in ("SDPB", "DPB", "SP") else 9
    contents = initial_contents(seed, lane_bits)
    if cell == "DP16KD":
        text = ecp5_instance(widths, modes, held, contents)
    elif len(widths) == 1:
        text = gowin_single_port_instance(cell, widths[0], modes[0], held, contents)
    else:
        text = gowin_instance(cell, widths, modes, held, contents)
    ports = [f"input [{bits - 1}:0] {name}_{port}" for name, bits in INPUTS.items() for port in "ab"]
    ports += ["input clk", "input rst", "output [35:0] result_a", "output [35:0] result_b"]
    top = f"module top ({', '.join(ports)});\n{text}\nendmodule\n"
    one_way = len(widths) > 1 and (cell.startswith("SD") or widths[0] == 36)
    given = {
        "lane_bits": lane_bits,
        "contents_seed": seed,
        "ports": {
            name: {
                "width": widths[number],
                "mode": MODES[modes[number]],
                "held": held,
                "select": 0 if cell == "DP16KD" else GOWIN_SELECT[name],
                "reads": name == "b" or not one_way,
                "writes": name == "a" or not one_way,
            }
            for number, name in enumerate("ab"[: len(widths)])
        },
    }
    family = ECP5 if cell == "DP16KD" else GOWIN
    built = build(top + cell_models(family, [cell]), simulator=simulator)
    run(built, "sim_tests.gates.bench_block_ram", cases=1, parameters=given, seed=seed, timeout=120)
