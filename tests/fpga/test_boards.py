"""The boards: what they are made of, and that outside ones are found."""

import re
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from amaranth.build import Attrs
from amaranth_boards.resources import UARTResource

from celosia.fpga.board import Board, Pin
from celosia.fpga.boards import find, known, registry
from celosia.fpga.build import build
from celosia.fpga.design import prepare
from celosia.fpga.memories import DoesNotFit, check_memories
from celosia.fpga.multipliers import fit, multiplications
from celosia.fpga.pll import ecp5, gowin, ice40
from celosia.rtl.config import AcceleratorConfig, ConfigurationError
from tests.fpga.small import SMALLEST

BOARDS = tuple(known())


def smallest(board: Board) -> AcceleratorConfig:
    """The smallest accelerator at a board's clock."""
    return AcceleratorConfig.create({**SMALLEST, "clock_hz": board.config["clock_hz"]})


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_has_pins_and_a_clock(name: str) -> None:
    board = find(name)
    board.configuration()
    design = prepare(board, smallest(board))
    pins = re.findall(
        r"^(?:LOCATE COMP|set_io|IO_LOC) +\"?([A-Za-z0-9_.\[\]]+)", design.constraints, re.MULTILINE
    )
    named = {pin.resource for pin in board.leds}
    assert len(pins) >= 3 + len(board.leds)
    assert all(any(pin.startswith(led) for pin in pins) for led in named)
    assert any("uart" in pin and "rx" in pin for pin in pins)
    assert "/" not in "".join(re.findall(r"attribute .*src.*", design.netlist))


@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.slow
def test_default_accelerator_fits(name: str) -> None:
    board = find(name)
    part = board.family.part(board.make_platform())
    design = prepare(board, board.configuration())
    check_memories(design.netlist, board, part)
    netlist, _ = fit(
        design.netlist,
        available=part.multipliers,
        block=board.family.multiplier_bits,
        instances=board.family.multiplier_cells,
    )
    assert len(netlist) >= len(design.netlist)


def test_single_port_ram() -> None:
    """A program memory with one port takes none of the iCE40's block RAMs, but those of their own kind."""
    board = find("icebreaker")
    part = board.family.part(board.make_platform())
    fields = {**smallest(board).model_dump(), "program_ports": 1}
    fits = AcceleratorConfig.create({**fields, "program_bytes": 128 << 10})
    check_memories(prepare(board, fits).netlist, board, part)
    too_large = AcceleratorConfig.create({**fields, "program_bytes": (128 << 10) + 8})
    with pytest.raises(
        DoesNotFit, match=r"^the memories need 8 RAMs with a single port, icebreaker has 4: program 8 "
    ):
        check_memories(prepare(board, too_large).netlist, board, part)
    tang = find("tang-nano-9k")
    part = tang.family.part(tang.make_platform())
    with pytest.raises(DoesNotFit, match=r"block RAMs, tang-nano-9k has 26: program 64 "):
        check_memories(prepare(tang, fits).netlist, tang, part)


def test_same_design_gives_the_same_text() -> None:
    board = find("ulx3s-25f")
    assert prepare(board, smallest(board)) == prepare(board, smallest(board))


def test_page_lists_the_boards() -> None:
    page = (Path(__file__).parents[2] / "docs" / "boards.md").read_text(encoding="utf-8")
    rows = []
    for name, board in known().items():
        config = board.configuration()
        rows.append(
            f"| `{name}` | {board.title} | {config.rows}x{config.cols} | {config.clock_hz / 1e6:g} MHz |"
        )
    assert "\n".join(rows) in page
    assert re.findall(r"^\| `([a-z0-9][a-z0-9-]*)` \|", page, re.MULTILINE) == list(BOARDS)
    for board in known().values():
        assert board.serial_note in page


def test_names_and_files_agree() -> None:
    folder = Path(registry.__file__).parent
    helpers = {"__init__", "registry", "sizes"}
    assert {path.stem for path in folder.glob("*.py")} - helpers == set(registry.MODULES)
    assert len(BOARDS) == len(set(BOARDS))


def test_outside_boards_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("other", "celosia.fpga.boards.icebreaker:BOARDS", registry.GROUP)
    broken = EntryPoint("broken", "celosia.fpga.boards.icebreaker:NONE", registry.GROUP)
    monkeypatch.setattr(registry, "MODULES", ("ulx3s",))
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry])
    registry.known.cache_clear()
    try:
        assert registry.find("icebreaker").title.endswith("iCE40UP5K")
        monkeypatch.setattr(registry, "entry_points", lambda group: [broken])
        registry.known.cache_clear()
        with pytest.raises(registry.BoardError, match=r"^the board 'broken', which .* cannot be loaded"):
            registry.find("icebreaker")
    finally:
        registry.known.cache_clear()


def outside(platform: str, family: str, **others: Any) -> Board:
    """A board that the project does not know, of a family that it does."""
    return replace(find(family), name="mine", platform=f"amaranth_boards.{platform}", leds=[], **others)


@pytest.mark.parametrize(
    ("platform", "family", "message"),
    [
        (
            "ice40_hx8k_b_evn:ICE40HX8KBEVNPlatform",
            "icebreaker",
            "^the board's FPGA must be one of iCE40UP5K for the family iCE40, not 'iCE40HX8K'$",
        ),
        (
            "tang_nano:TangNanoPlatform",
            "tang-nano-9k",
            "GW1NR-9C, GW2A-18C for the family Gowin, not 'GW1N-1'$",
        ),
        (
            "logicbone:LogicbonePlatform",
            "ulx3s-45f",
            r"lacks pins that the board 'mine' asks for \(Resource uart#0 does not exist\): name others, or add them",
        ),
        ("ulx3s:ULX3S_26F_Platform", "ulx3s-25f", "must be a module and a class of it, as in .* not "),
    ],
)
def test_what_an_outside_board_lacks_is_said(platform: str, family: str, message: str) -> None:
    board = outside(platform, family)
    with pytest.raises(ConfigurationError, match=message):
        build(board, smallest(find(family)))


@pytest.mark.parametrize(
    ("platform", "family", "options"),
    [
        (
            "colorlight_5a75b_r7_0:Colorlight_5A75B_R70Platform",
            "ulx3s-25f",
            ["--25k", "--package=CABGA256", "--speed=6"],
        ),
        (
            "versa_ecp5_5g:VersaECP55GPlatform",
            "ulx3s-45f",
            ["--um5g-45k", "--package=CABGA381", "--speed=8"],
        ),
        ("versa_ecp5:VersaECP5Platform", "ulx3s-45f", ["--um-45k", "--package=CABGA381", "--speed=8"]),
        ("icesugar:ICESugarPlatform", "icebreaker", ["--up5k", "--package=sg48"]),
    ],
)
def test_outside_boards_can_be_prepared(platform: str, family: str, options: list[str]) -> None:
    board = outside(platform, family)
    design = prepare(board, smallest(board))
    assert "uart" in design.constraints
    step = board.family.place_and_route(board.make_platform(), clock_hz=1e6, seed=1)
    assert [word for word in step.arguments if word in options] == options


def test_crystal_of_an_outside_board() -> None:
    """The platform's own clock is an oscillator of the FPGA, and it knows no serial line."""

    def uart(platform: Any) -> list[Any]:
        return [UARTResource(0, rx="11", tx="10", attrs=Attrs(IO_STANDARD="SB_LVCMOS"))]

    upduino = "upduino_v3:UpduinoV3Platform"
    with pytest.raises(ConfigurationError, match=r"\(Resource SB_HFOSC#0 does not exist\)"):
        prepare(board := outside(upduino, "icebreaker", resources=uart), smallest(board))
    board = outside(upduino, "icebreaker", resources=uart, crystal=Pin("clk12"))
    constraints = prepare(board, smallest(board)).constraints
    assert re.search(r"^set_io .*clk12.* 20$", constraints, re.MULTILINE)
    assert re.search(r"^set_io .*uart.*rx.* 11$", constraints, re.MULTILINE)


@pytest.mark.parametrize(
    ("input_hz", "output_hz"),
    [(25e6, 50e6), (48e6, 48e6), (100e6, 50e6), (50e6, 50e6), (30e6, 50e6), (25e6, 100e6), (25e6, 40e6)],
)
def test_ecp5_divisors(input_hz: float, output_hz: float) -> None:
    made = ecp5.Ecp5Pll.settings_for(input_hz, output_hz)
    fed_back_hz = input_hz / made.input_divisor * made.feedback_divisor
    assert fed_back_hz <= 200e6
    vco = fed_back_hz * made.primary_divisor
    assert vco / made.output_divisor == pytest.approx(output_hz, rel=2e-3)
    assert 400e6 <= vco <= 800e6
    assert input_hz / made.input_divisor >= 10e6


@pytest.mark.parametrize("output_hz", [12e6, 18e6, 24e6, 30e6])
def test_ice40_divisors(output_hz: float) -> None:
    made = ice40.Ice40Pll.settings_for(12e6, output_hz)
    vco = 12e6 / (made.divr + 1) * (made.divf + 1)
    assert vco / 2**made.divq == pytest.approx(output_hz, rel=2e-3)
    assert 533e6 <= vco <= 1066e6
    assert made.filter_range == 1


@pytest.mark.parametrize("output_hz", [27e6, 40.5e6, 54e6])
def test_gowin_divisors(output_hz: float) -> None:
    made = gowin.GowinPll.settings_for(27e6, output_hz)
    assert 27e6 / made.input_divisor * made.feedback_divisor == pytest.approx(output_hz)
    assert 500e6 <= output_hz * made.output_divisor <= 1200e6


def test_impossible_clock_names_the_closest() -> None:
    with pytest.raises(ConfigurationError, match=r"the closest to 97000000 is 97500000$"):
        ecp5.Ecp5Pll.settings_for(48e6, 97_000_000)


def test_surplus_multiplications_become_logic() -> None:
    board = find("ulx3s-25f")
    netlist = prepare(board, smallest(board)).netlist
    found = multiplications(netlist)
    # Four products of the array, and a lane's six blocks: four of the requantisation, two of the scale.
    assert sorted(each.size for each in found)[:4] == [64] * 4
    assert sum(each.blocks((18, 18)) for each in found) == 10
    for available, moved in ((10, 0), (9, 1), (7, 3)):
        changed, count = fit(netlist, available=available, block=(18, 18), instances=["MULT18X18D"])
        assert count == changed.count("celosia_soft 1") == moved
        soft = re.findall(
            r"celosia_soft 1\n  cell \$mul \S+\n(?: {4}.*\n){2}    parameter \\A_WIDTH (\d+)", changed
        )
        assert soft == ["8"] * moved
    instance = "  cell \\MULT18X18D \\x\n  end\n"
    assert fit(netlist + instance * 2, available=11, block=(18, 18), instances=["MULT18X18D"])[1] == 1
