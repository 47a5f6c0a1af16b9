"""The accelerator: engines, memories, command path and host port, wired together."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from celosia.rtl.bus.address_map import Region
from celosia.rtl.bus.host import HostDecoder, HostSignature
from celosia.rtl.command import Engine, engines_of, timeline_bits
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.control.counters import PerformanceCounters
from celosia.rtl.control.fetch import CommandFetch, fetch_stages
from celosia.rtl.control.queue import CommandQueue
from celosia.rtl.control.registers import ControlRegisters
from celosia.rtl.control.timeline import Timeline
from celosia.rtl.delay import delayed
from celosia.rtl.engine.depthwise import DepthwiseEngine
from celosia.rtl.engine.matrix import MatrixEngine
from celosia.rtl.engine.status import EngineStatus
from celosia.rtl.engine.vector import VectorEngine
from celosia.rtl.memory.accumulators import Accumulators
from celosia.rtl.memory.network import NetworkMemories
from celosia.rtl.memory.scratchpad import Scratchpad


class TraceSignature(wiring.Signature):
    """What the engines do, cycle by cycle, for a simulation's timeline or a logic analyser.

    Members
    -------
    status : Out(EngineStatus).array(len(Engine))
        The state of each engine's front end in this cycle.
    started, retired : Out(len(Engine))
        Pulses as each engine starts and retires a command.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "status": Out(EngineStatus, init=EngineStatus.EMPTY).array(len(Engine)),
                "started": Out(len(Engine)),
                "retired": Out(len(Engine)),
            }
        )


class Accelerator(wiring.Component):
    """A complete accelerator; ``docs/machine.md`` describes its host address map and what its commands do.

    Parameters
    ----------
    config : AcceleratorConfig
        Everything that can be chosen.
    program_digest : int
        If not 0, the memories of program, weights and parameters hold a program of that digest from the start, and
        the Verilog refers to the files of :meth:`~celosia.rtl.memory.network.NetworkMemories.contents_files`.

    Members
    -------
    host : In(HostSignature)
        Through which a host loads memories, starts programs, and reads results.
    running : Out(1)
        A program runs.
    trace : Out(TraceSignature)
        What the engines do.

    Raises
    ------
    TypeError
        If ``config`` is not an :class:`AcceleratorConfig`.
    """

    def __init__(self, config: AcceleratorConfig, *, program_digest: int = 0) -> None:
        if not isinstance(config, AcceleratorConfig):
            raise TypeError(f"config must be an AcceleratorConfig, not {config!r}")
        self._config = config
        self._program_digest = program_digest
        super().__init__(
            {
                "host": In(HostSignature(config.bus_width)),
                "running": Out(1),
                "trace": Out(TraceSignature()),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """Everything that was chosen."""
        return self._config

    @property
    def program_digest(self) -> int:
        """Digest of the program that the memories hold from the start; 0 for none."""
        return self._program_digest

    def elaborate(self, platform: object) -> Module:
        """Instantiate the parts and connect them: memories, engines, command path, host."""
        config = self._config
        has_depthwise = Engine.DEPTHWISE in engines_of(config)
        m = Module()

        # Memories
        network = NetworkMemories.of(config, embedded=bool(self._program_digest))
        m.submodules.program = program = network.program
        m.submodules.weights = weights = network.weights
        m.submodules.parameters = parameters = network.parameters
        m.submodules.scratchpad = scratchpad = Scratchpad(
            total_bytes=config.scratchpad_bytes,
            banks=config.scratchpad_banks,
            word_bytes=config.word_bytes,
            read_widths=(config.rows, config.vector_lanes, *([config.cols] if has_depthwise else [])),
            write_width=config.vector_lanes,
            bus_width=config.bus_width,
            registered=bool(config.memory_registers),
        )
        m.submodules.accumulators = accumulators = Accumulators(
            cols=config.cols,
            pe_cols=config.pe_cols,
            width=config.accumulator_width,
            depth=config.accumulator_depth,
            bus_width=config.bus_width,
            registered=bool(config.memory_registers),
        )

        # Engines
        m.submodules.matrix = matrix = MatrixEngine(
            config, scratchpad_latency=scratchpad.read_latency, weight_latency=weights.read_latency
        )
        m.submodules.vector = vector = VectorEngine(
            config,
            scratchpad_latency=scratchpad.read_latency,
            scratchpad_write_latency=scratchpad.write_latency,
            accumulator_latency=accumulators.read_latency,
            parameter_latency=parameters.read_latency,
        )
        connect(m, matrix.activation_read, scratchpad.read_0)
        connect(m, vector.scratchpad_read, scratchpad.read_1)
        connect(m, vector.scratchpad_write, scratchpad.write)
        connect(m, vector.parameter_read, parameters.read)
        connect(m, vector.accumulator_read, accumulators.read)
        m.d.comb += [
            accumulators.psums.eq(matrix.psums),
            accumulators.psums_valid.eq(matrix.psums_valid),
            accumulators.tag.eq(matrix.tag),
        ]

        engines: dict[Engine, Any] = {Engine.MATRIX: matrix, Engine.VECTOR: vector}
        regions: dict[Region, Any] = {Region.ACCUMULATORS: accumulators}
        retiring = Cat(accumulators.retired, vector.retired)
        if has_depthwise:
            m.submodules.depthwise = depthwise = DepthwiseEngine(
                config,
                scratchpad_latency=scratchpad.read_latency,
                weight_latency=matrix.weight_wait + weights.read_latency,
            )
            m.submodules.depthwise_accumulators = sums = Accumulators(
                cols=config.cols,
                pe_cols=config.cols,
                width=config.accumulator_width,
                depth=config.depthwise_accumulator_depth,
                bus_width=config.bus_width,
                registered=bool(config.memory_registers),
            )
            # Both engines decide on a weight read equally long before it.
            read = delayed(
                m, Cat(depthwise.weight_read.enable, depthwise.weight_read.address), matrix.weight_wait
            )
            connect(m, depthwise.pixel_read, scratchpad.read_2)
            connect(m, vector.depthwise_read, sums.read)
            m.d.comb += [
                matrix.weight_stall.eq(depthwise.weight_read.enable),
                weights.read.enable.eq(matrix.weight_read.enable | read[0]),
                weights.read.address.eq(Mux(read[0], read[1:], matrix.weight_read.address)),
                matrix.weight_read.data.eq(weights.read.data),
                depthwise.weight_read.data.eq(weights.read.data),
                sums.psums.eq(depthwise.psums),
                sums.psums_valid.eq(depthwise.psums_valid),
                sums.tag.eq(depthwise.tag),
            ]
            engines[Engine.DEPTHWISE] = depthwise
            regions[Region.DEPTHWISE_ACCUMULATORS] = sums
            retiring = Cat(retiring, sums.retired)
        else:
            connect(m, matrix.weight_read, weights.read)

        # Command path
        m.submodules.fetch = fetch = CommandFetch(
            address_width=len(program.read.address),
            depthwise=has_depthwise,
            stages=fetch_stages(config),
        )
        m.submodules.timeline = timeline = Timeline(bits=timeline_bits(config))
        # No command is there before the third cycle after a start.
        clear = delayed(m, fetch.start & fetch.rewind, 1)
        m.d.comb += [
            program.read.enable.eq(fetch.read_enable),
            program.read.address.eq(fetch.read_address),
            fetch.read_data.eq(program.read.data),
            timeline.clear.eq(clear),
            timeline.retired.eq(retiring),
        ]
        for engine, part in engines.items():
            queue = CommandQueue(opcode=engine.opcode, depth=config.queue_depth)
            m.submodules[f"{engine.name.lower()}_queue"] = queue
            connect(m, fetch.words[engine], queue.words)
            connect(m, queue.command, part.command)
            m.d.comb += [
                part.timeline.eq(timeline.counts),
                self.trace.status[engine].eq(part.status),
                self.trace.started[engine].eq(part.started),
            ]
        # What a command has written can be read a cycle after its engine says so: the counts are known by then.
        retired = delayed(m, retiring, 1)
        m.d.comb += self.trace.retired.eq(retired)

        # A run lasts until all that was fetched has retired. From registers, because it goes everywhere; a cycle late,
        # because the fetch needs one more to stop.
        issued = delayed(m, fetch.issued, 1)
        unfinished = Signal(len(Engine))
        for engine in engines:
            outstanding = Signal(timeline_bits(config), name=f"{engine.name.lower()}_outstanding")
            entered, left = issued[engine], retired[engine]
            with m.If(entered & ~left):
                m.d.sync += [outstanding.eq(outstanding + 1), unfinished[engine].eq(1)]
            with m.Elif(left & ~entered):
                m.d.sync += [outstanding.eq(outstanding - 1), unfinished[engine].eq(outstanding != 1)]
        m.d.comb += self.running.eq(fetch.active | unfinished.any())

        # Host
        m.submodules.decoder = decoder = HostDecoder(bus_width=config.bus_width)
        m.submodules.registers = registers = ControlRegisters(
            digest=config.digest,
            clock_hz=config.clock_hz,
            bus_width=config.bus_width,
            program_digest=self._program_digest,
        )
        m.submodules.counters = counters = PerformanceCounters(
            depthwise=has_depthwise, states=bool(config.performance_counters)
        )
        connect(m, flipped(self.host), decoder.host)
        regions |= {
            Region.REGISTERS: registers,
            **network.regions,
            Region.SCRATCHPAD: scratchpad,
        }
        for region, part in regions.items():
            connect(m, decoder.regions[region], part.host)
        if not has_depthwise:
            absent = decoder.regions[Region.DEPTHWISE_ACCUMULATORS]
            m.d.sync += absent.read_valid.eq(absent.read)  # reads as zero
        m.d.comb += [
            decoder.running.eq(self.running),
            fetch.start.eq(registers.start),
            fetch.rewind.eq(registers.rewind),
            fetch.limit.eq(registers.limit),
            registers.running.eq(self.running),
            registers.ended.eq(fetch.ended),
            registers.unknown_opcode.eq(fetch.unknown_opcode),
            registers.cycles.eq(counters.cycles),
            registers.overwritten.eq(Cat(memory.host.write for memory in network.regions.values()).any()),
            registers.selected.eq(counters.selected),
            counters.select_engine.eq(registers.select_engine),
            counters.select_counter.eq(registers.select_counter),
            counters.clear.eq(fetch.start & fetch.rewind),
            counters.running.eq(self.running),
            counters.commands.eq(timeline.counts),
        ]
        for engine in Engine:
            m.d.comb += counters.status[engine].eq(self.trace.status[engine])
        return m
