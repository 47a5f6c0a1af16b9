"""From a board and a configuration to the files that synthesis starts from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from amaranth.build import Platform, ResourceError
from amaranth.hdl import ClockDomain, ClockSignal, Module, ResetSignal
from amaranth.lib import io, wiring

from celosia.compiler.compiled import CompiledModel
from celosia.fpga.board import Board, Pin
from celosia.fpga.clock import ClockAndReset
from celosia.fpga.top import BoardTop
from celosia.generators.verilog import without_bit_names
from celosia.rtl.config import AcceleratorConfig, ConfigurationError
from celosia.rtl.memory.network import NetworkMemories
from celosia.rtl.memory.ram import RAM_VERILOG
from celosia.rtl.memory.single_port_ram import SINGLE_PORT_RAM_VERILOG


@dataclass(frozen=True)
class Design:
    """What the tools read.

    Attributes
    ----------
    netlist
        The board's top module, ``top``, in yosys's own language. The same design always gives the same text.
    verilog
        Modules that it instantiates.
    constraints
        Its pins.
    contents
        Files, by name, with what memories hold from the start.
    """

    netlist: str
    verilog: str
    constraints: str
    contents: Mapping[str, str]


class BoardDesign(wiring.Component):
    """The board top with its clock and pins.

    Parameters
    ----------
    board : Board
        Where it goes.
    config : AcceleratorConfig
        What it holds; the clock is its ``clock_hz``.
    program_digest : int
        As for :class:`~celosia.fpga.top.BoardTop`.
    """

    def __init__(self, board: Board, config: AcceleratorConfig, *, program_digest: int = 0) -> None:
        super().__init__({})
        self._board = board
        self._config = config
        self._program_digest = program_digest

    def elaborate(self, platform: Platform) -> Module:
        """Connect the top to what the platform has."""
        board, config = self._board, self._config
        m = Module()
        crystal = board.crystal or Pin(platform.default_clk)
        port = platform.request(crystal.resource, crystal.number, dir="-")
        input_hz = platform.lookup(crystal.resource, crystal.number).clock.frequency
        m.submodules.clock = clock = ClockAndReset(
            board.family.pll(port, platform, input_hz=input_hz, output_hz=config.clock_hz)
        )
        m.domains.sync = ClockDomain()
        m.d.comb += [ClockSignal().eq(clock.clock), ResetSignal().eq(clock.reset)]
        m.submodules.board = top = BoardTop(
            config,
            clock_hz=config.clock_hz,
            baud_rate=board.baud_rate,
            program_digest=self._program_digest,
        )
        # Several signals of one resource may be wanted, which can be requested only once.
        wanted = {(pin.resource, pin.number) for pin in (board.uart, *board.leds)}
        ports = {key: platform.request(*key, dir="-") for key in sorted(wanted)}
        uart = ports[board.uart.resource, board.uart.number]
        m.submodules.rx = rx = io.Buffer("i", uart.rx)
        m.submodules.tx = tx = io.Buffer("o", uart.tx)
        m.d.comb += [top.rx.eq(rx.i), tx.o.eq(top.tx)]
        for index, pin in enumerate(board.leds):
            port = ports[pin.resource, pin.number]
            m.submodules[f"led_{index}"] = led = io.Buffer(
                "o", getattr(port, pin.signal) if pin.signal else port
            )
            m.d.comb += led.o.eq(top.leds[index])
        if board.companion is not None:
            m.submodules.companion = board.companion()
        return m


def prepare(board: Board, config: AcceleratorConfig, embedded: CompiledModel | None = None) -> Design:
    """Generate the hardware, which holds the network ``embedded`` from the start.

    Raises ``ConfigurationError`` if the board cannot make the configuration's clock, or its platform lacks pins,
    ``EnvironmentProblem`` if that is not installed.
    """
    platform = board.make_platform()
    digest, contents = (0, {}) if embedded is None else (embedded.digest, contents_files(embedded))
    try:
        plan = platform.prepare(BoardDesign(board, config, program_digest=digest), "top")
    except ResourceError as problem:
        raise ConfigurationError(
            f"{board.platform} lacks pins that the board {board.name!r} asks for ({problem}):"
            " name others, or add them in the board's resources"
        ) from problem
    netlist, constraints = (_text(plan.files[f"top{suffix}"]) for suffix in (".il", board.family.constraints))
    # Where a signal was written down says nothing about the hardware, and differs from machine to machine.
    netlist = re.sub(r"^ *attribute \\src .*\n", "", netlist, flags=re.MULTILINE)
    netlist = without_bit_names(netlist)
    verilog = RAM_VERILOG + SINGLE_PORT_RAM_VERILOG
    return Design(_without_comments(netlist), verilog, _without_comments(constraints), contents)


def contents_files(program: CompiledModel) -> dict[str, str]:
    """Files, by name, with which the memories of a configuration hold a network from the start."""
    return NetworkMemories.of(program.config, embedded=True).contents_files(program.images())


def _text(content: str | bytes) -> str:
    return content if isinstance(content, str) else content.decode()


def _without_comments(text: str) -> str:
    return "".join(
        line for line in text.splitlines(keepends=True) if not line.lstrip().startswith(("#", "//"))
    )
