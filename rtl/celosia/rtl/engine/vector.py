"""The VECTOR engine: accumulators or scratchpad -> window, scale, requantise, clamp -> scratchpad."""

from typing import Any

from amaranth.hdl import Array, Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from celosia.rtl.command import Rounding, VectorCommand, functions_of
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.control.timeline import TIMELINE_LAYOUT
from celosia.rtl.delay import delayed
from celosia.rtl.engine.status import EngineStatus
from celosia.rtl.engine.vector_addresses import VectorPlace
from celosia.rtl.engine.vector_front_end import VectorFrontEnd
from celosia.rtl.engine.vector_lane import (
    SCALE_FRACTION_BITS,
    SCALE_ROUNDED_BITS,
    TABLE_ENTRIES,
    BiasControl,
    ClampControl,
    LaneStages,
    ReduceControl,
    VectorLane,
)
from celosia.rtl.engine.vector_sums import VectorSums, choice_latency
from celosia.rtl.memory.delay_line import delayed_data
from celosia.rtl.memory.parameters import ParameterReadSignature
from celosia.rtl.memory.port import WordReadSignature
from celosia.rtl.memory.ram import address_bits
from celosia.rtl.memory.scratchpad_port import ScratchpadReadSignature, ScratchpadWriteSignature
from celosia.rtl.parameter import positive_integer
from celosia.rtl.repeated import add_repeated


def stages_of(config: AcceleratorConfig) -> LaneStages:
    """The stages of a configuration's lanes."""
    return LaneStages.of(functions_of(config), registered=bool(config.vector_registers))


def wanted_layout(config: AcceleratorConfig) -> data.StructLayout:
    """The parameter word that an operand or a table entry wants, and what becomes of it."""
    return data.StructLayout(
        {
            "address": address_bits(config.parameter_words),
            "identity": 1,
            "rounding": Rounding,
            "from_table": 1,
            "table_entry": range(TABLE_ENTRIES),
            "table_lane": address_bits(config.vector_lanes),
        }
    )


def late_layout(config: AcceleratorConfig) -> data.StructLayout:
    """What only the last stages need of an operand."""
    return data.StructLayout(
        {
            "out_zero": signed(8),
            "clamp": ClampControl,
            "write_address": VectorPlace(config)["write_address"].shape,
        }
    )


class VectorEngine(wiring.Component):
    """Runs VECTOR commands, an operand of ``vector_lanes`` bytes a cycle.

    The front end walks a command's loops and stalls only while the scratchpad does not grant. Behind it lies
    a pipeline of fixed length, in which everything an operand needs to know travels along; so commands follow
    each other without a gap, whatever they do. An element is written ``scratchpad_latency`` and the lanes' ``result``
    cycles (see :func:`stages_of`) after its last operand was granted (or, for ``REQUANTIZE``, issued).

    Beyond the command's docstring: windows are for ``SUM`` and ``MAXIMUM`` and must be 1x1 otherwise; block,
    window and channels are at least 1; ``REQUANTIZE`` has at most ``cols`` channels; elements must lie inside the
    scratchpad. Tables take 64 cycles to load, and stay until the next ``load_table``.

    Parameters
    ----------
    config : AcceleratorConfig
        Sizes of memories and vectors.
    scratchpad_latency : int
        Cycles from a granted scratchpad read to its data; at least 1.
    scratchpad_write_latency : int
        Cycles from a write to the first cycle in which a read can be granted that sees it; at least 1.
    accumulator_latency : int
        Cycles from an accumulator read to its data; at most ``scratchpad_latency`` and the stage of accumulators, and
        one less if there is more than one lane group to choose from.
    parameter_latency : int
        Cycles from a parameter read to its data; at most ``scratchpad_latency`` and the stage of parameters.

    Members
    -------
    command : In(stream of VectorCommand)
        The commands, in order.
    timeline : In(TIMELINE_LAYOUT)
        Commands that the engines have retired.
    scratchpad_read : Out(ScratchpadReadSignature(vector_lanes, banks=scratchpad_banks))
        Operands.
    scratchpad_write : Out(ScratchpadWriteSignature(vector_lanes))
        Elements.
    accumulator_read : Out(WordReadSignature)
        Operands of ``REQUANTIZE``.
    depthwise_read : Out(WordReadSignature)
        Those with ``from_depthwise``, from DEPTHWISE's accumulators; there is none without that engine.
    parameter_read : Out(ParameterReadSignature)
        Requantisation parameters, and tables.
    retired : Out(1)
        Pulses in the cycle before the first one in which reads see the last element of a command.
    status : Out(EngineStatus)
        What the front end does in this cycle.
    started : Out(1)
        Pulses as a command issues its first operand.

    Raises
    ------
    TypeError
        If ``config`` is not an :class:`AcceleratorConfig`, or a latency is not an integer.
    ValueError
        If a latency is outside its bounds.
    """

    def __init__(
        self,
        config: AcceleratorConfig,
        *,
        scratchpad_latency: int,
        scratchpad_write_latency: int,
        accumulator_latency: int,
        parameter_latency: int,
    ) -> None:
        if not isinstance(config, AcceleratorConfig):
            raise TypeError(f"config must be an AcceleratorConfig, not {config!r}")
        self._stages = stages_of(config)
        for name, value in (
            ("scratchpad_latency", scratchpad_latency),
            ("scratchpad_write_latency", scratchpad_write_latency),
            ("accumulator_latency", accumulator_latency),
            ("parameter_latency", parameter_latency),
        ):
            positive_integer(name, value)
        for name, value, stage in (
            ("accumulator_latency", accumulator_latency, self._stages.accumulator - choice_latency(config)),
            ("parameter_latency", parameter_latency, self._stages.parameter),
        ):
            if value > scratchpad_latency + stage:
                raise ValueError(f"{name} must be at most {scratchpad_latency + stage}, not {value!r}")
        self._config = config
        self._scratchpad_latency = scratchpad_latency
        self._scratchpad_write_latency = scratchpad_write_latency
        self._accumulator_latency = accumulator_latency
        self._parameter_latency = parameter_latency
        lanes = config.vector_lanes
        entry = data.ArrayLayout(signed(config.accumulator_width), config.cols)
        depthwise = WordReadSignature(words=config.depthwise_accumulator_depth, shape=entry)
        super().__init__(
            {
                "command": In(stream.Signature(VectorCommand)),
                "timeline": In(TIMELINE_LAYOUT),
                "scratchpad_read": Out(ScratchpadReadSignature(lanes, banks=config.scratchpad_banks)),
                "scratchpad_write": Out(ScratchpadWriteSignature(lanes)),
                "accumulator_read": Out(WordReadSignature(words=config.accumulator_depth, shape=entry)),
                **({"depthwise_read": Out(depthwise)} if config.depthwise_taps else {}),
                "parameter_read": Out(ParameterReadSignature(words=config.parameter_words, lanes=lanes)),
                "retired": Out(1),
                "status": Out(EngineStatus, init=EngineStatus.EMPTY),
                "started": Out(1),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """Sizes of memories and vectors."""
        return self._config

    @property
    def scratchpad_latency(self) -> int:
        """Cycles from a granted scratchpad read to its data."""
        return self._scratchpad_latency

    @property
    def scratchpad_write_latency(self) -> int:
        """Cycles from a write to the first read that sees it."""
        return self._scratchpad_write_latency

    @property
    def accumulator_latency(self) -> int:
        """Cycles from an accumulator read to its data."""
        return self._accumulator_latency

    @property
    def parameter_latency(self) -> int:
        """Cycles from a parameter read to its data."""
        return self._parameter_latency

    def elaborate(self, platform: object) -> Module:
        """Build the front end, what travels along, and the lanes."""
        m = Module()
        m.submodules.front_end = front_end = VectorFrontEnd(self._config)
        operand, issue = front_end.operand, front_end.issue
        place = operand.place
        connect(m, flipped(self.command), front_end.command)
        m.d.comb += [
            front_end.timeline.eq(self.timeline),
            self.scratchpad_read.valid.eq(front_end.scratchpad_valid),
            self.scratchpad_read.address.eq(place.read_address),
            self.scratchpad_read.needs.eq(place.read_needs),
            front_end.scratchpad_ready.eq(self.scratchpad_read.ready),
            self.status.eq(front_end.status),
            self.started.eq(front_end.started),
        ]

        stages = self._stages

        def at_stage(stage: int, signal: Any) -> Any:
            return delayed(m, signal, self._scratchpad_latency + stage)

        late = Signal(late_layout(self._config))
        reduce = Signal(ReduceControl)
        m.d.comb += [
            late.out_zero.eq(operand.out_zero),
            late.clamp.eq(operand.clamp),
            late.write_address.eq(place.write_address),
            reduce.valid.eq(issue),
            reduce.first.eq(place.first),
            reduce.maximum.eq(operand.identity),
        ]

        # What the last stages need is many bits for many cycles.
        late_14 = delayed_data(m, "late", late, self._scratchpad_latency + stages.out_zero)

        # Rounding constants of the scale, for operands from 0 and below 0
        half = 1 << SCALE_FRACTION_BITS - 1
        registered = self._config.vector_registers
        scale_shift_2 = at_stage(stages.scale_round - registered, operand.scale_shift)
        round_up_3 = Signal(signed(SCALE_ROUNDED_BITS))
        round_down_3 = Signal(signed(SCALE_ROUNDED_BITS))
        step = m.d.sync if registered else m.d.comb
        with m.If(scale_shift_2 == 0):
            step += [round_up_3.eq(half), round_down_3.eq(half)]
        with m.Else():
            step += [
                round_up_3.eq((half << scale_shift_2) + half),
                round_down_3.eq((half << scale_shift_2) - half),
            ]

        # Accumulators
        m.submodules.sums = sums = VectorSums(
            self._config,
            read_latency=self._accumulator_latency,
            latency=self._scratchpad_latency + stages.accumulator,
        )
        m.d.comb += [
            sums.enable.eq(issue & operand.from_accumulators),
            sums.place.eq(place),
            sums.from_depthwise.eq(operand.from_depthwise),
        ]
        connect(m, sums.accumulator_read, flipped(self.accumulator_read))
        if self._config.depthwise_taps:
            connect(m, sums.depthwise_read, flipped(self.depthwise_read))

        # Parameters, read late as well
        read = Signal()
        wanted = Signal(wanted_layout(self._config))
        m.d.comb += [
            read.eq(issue | front_end.load_table),
            wanted.address.eq(Mux(front_end.load_table, front_end.table_word, place.parameter_address)),
            wanted.identity.eq(operand.identity),
            wanted.rounding.eq(operand.rounding),
            wanted.from_table.eq(operand.looks_up),
            wanted.table_entry.eq(front_end.table_entry),
            wanted.table_lane.eq(front_end.table_lane),
        ]
        when_read = stages.parameter - self._parameter_latency
        wanted = delayed_data(m, "wanted", wanted, self._scratchpad_latency + when_read)
        m.d.comb += [
            self.parameter_read.enable.eq(at_stage(when_read, read)),
            self.parameter_read.address.eq(wanted.address),
        ]
        wanted_6 = delayed(m, wanted, self._parameter_latency)
        bias_6 = Signal(BiasControl)
        m.d.comb += [
            bias_6.identity.eq(wanted_6.identity),
            bias_6.rounding.eq(wanted_6.rounding),
            bias_6.from_table.eq(wanted_6.from_table),
            bias_6.load_table.eq(at_stage(stages.parameter, front_end.load_table)),
            bias_6.table_entry.eq(wanted_6.table_entry),
        ]

        # Lanes
        per_lane = {
            "zero_0": at_stage(stages.zero, operand.zero),
            "scale_1": at_stage(stages.scale, operand.scale),
            "round_up_3": round_up_3,
            "round_down_3": round_down_3,
            "shift_4": delayed(m, scale_shift_2, stages.scale_shift - stages.scale_round + registered),
            "from_accumulator_4": at_stage(stages.accumulator, operand.from_accumulators),
            "reduce_5": at_stage(stages.reduce, reduce),
            "bias_6": bias_6,
            "table_data_6": Array(entry.bias for entry in self.parameter_read.data)[wanted_6.table_lane],
            "out_zero_14": late_14.out_zero,
            "clamp_15": delayed(m, late_14.clamp, stages.clamp - stages.out_zero),
        }
        for index in range(self._config.vector_lanes):
            lane = add_repeated(
                m,
                f"lane_{index}",
                platform,
                VectorLane,
                functions=functions_of(self._config),
                made_of=self._config.multiplier,
                registered=bool(registered),
            )
            m.d.comb += [getattr(lane, name).eq(value) for name, value in per_lane.items()]
            m.d.comb += [
                lane.operand_0.eq(self.scratchpad_read.data[index]),
                lane.accumulator_4.eq(sums.sums[index]),
                lane.parameter_6.eq(self.parameter_read.data[index]),
                self.scratchpad_write.data[index].eq(lane.result_16),
            ]

        # Write, and retire
        write = Signal(data.StructLayout({"count": place.write_count.shape(), "final": 1}))
        m.d.comb += [
            write.count.eq(Mux(issue & place.last, place.write_count, 0)),
            write.final.eq(issue & place.final),
        ]
        write = at_stage(stages.result, write)
        address = delayed(m, late_14.write_address, stages.result - stages.out_zero)
        m.d.comb += self.scratchpad_write.address.eq(address)
        m.d.comb += [
            enable.eq(write.count > index) for index, enable in enumerate(self.scratchpad_write.enable)
        ]
        m.d.comb += self.retired.eq(delayed(m, write.final, self._scratchpad_write_latency - 1))
        return m
