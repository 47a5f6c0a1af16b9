"""The MATRIX engine: from its commands to partial sums for the accumulators."""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.array.systolic import SystolicArray
from celosia.rtl.command import MatrixCommand
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.control.timeline import TIMELINE_LAYOUT
from celosia.rtl.delay import delayed
from celosia.rtl.engine.command_handover import CommandHandover
from celosia.rtl.engine.matrix_loader import MatrixLoader
from celosia.rtl.engine.matrix_padding import Padding
from celosia.rtl.engine.matrix_streamer import MatrixStreamer
from celosia.rtl.engine.status import EngineStatus
from celosia.rtl.memory.accumulators import accumulator_tag_layout
from celosia.rtl.memory.delay_line import DelayLine
from celosia.rtl.memory.scratchpad_port import ScratchpadReadSignature
from celosia.rtl.memory.weights import WeightReadSignature
from celosia.rtl.parameter import positive_integer


def psum_width(config: AcceleratorConfig) -> int:
    """Bits of the array's partial sums: enough for any sum over its rows, which is fewer than accumulators have."""
    largest = config.rows << 14  # a product of two bytes is at most 2^14
    return min(config.accumulator_width, largest.bit_length() + 1)


class MatrixEngine(wiring.Component):
    """Runs MATRIX commands: streams activations through tiles of weights, both from memory.

    A *loader* issues reads of weights, a *streamer* requests for activations. All hazards between them are
    decided where they issue: a tile's first vector waits until the tile's last word is issued, and a
    tile's first word until the previous tile's first vector has been. From there on everything has a fixed latency
    to the array, the same for both, and nothing stalls any more. A tile so takes ``max(pixels, tile_words)``
    cycles, also from one command to the next: the loader is ahead by one tile, and the streamer takes a
    command while the one before issues its last vectors. It only makes the first one once the command's waits
    are met: two cycles after that, the vector may issue.

    With nothing to wait for, a command's first vector issues in the ``max(2, tile_words + 1)``-th cycle after
    the one in which the command was first offered. The sums of a vector for PE column 0 come
    ``scratchpad_latency + 1`` plus the array's latency after its issue.

    Parameters
    ----------
    config : AcceleratorConfig
        Sizes of array and memories.
    scratchpad_latency : int
        Cycles from a granted read of the scratchpad to its data.
    weight_latency : int
        Cycles from a read of the weight memory to its data.

    Members
    -------
    command : In(stream.Signature(MatrixCommand))
        Commands; each is taken, whatever it waits for, when the previous one's last vector is on offer or almost.
    timeline : In(TIMELINE_LAYOUT)
        Commands that each engine has retired.
    activation_read : Out(ScratchpadReadSignature(rows, banks=scratchpad_banks))
        To the scratchpad; one read for each vector.
    weight_read : Out(WeightReadSignature)
        To the weight memory.
    weight_stall : In(1)
        ``weight_wait`` cycles from now, ``weight_read`` must stay away from the weight memory.
    psums, psums_valid : Out
        Sums of the array, skewed by PE column: see :class:`~celosia.rtl.array.systolic.SystolicArray`.
    tag : Out(accumulator_tag_layout(accumulator_depth))
        What the accumulators do with the sums; aligned with those of PE column 0.
    status : Out(EngineStatus)
        ``OPERANDS`` also stands for the cycle or two in which a command's first address is computed after
        the engine had nothing to issue.
    started : Out(1)
        Pulses as a command issues its first vector.

    Raises
    ------
    TypeError
        If ``config`` is not an :class:`AcceleratorConfig`, or a latency not an integer.
    ValueError
        If a latency is not positive, or weights take longer than activations.
    """

    def __init__(self, config: AcceleratorConfig, *, scratchpad_latency: int, weight_latency: int) -> None:
        if not isinstance(config, AcceleratorConfig):
            raise TypeError(f"config must be an AcceleratorConfig, not {config!r}")
        positive_integer("scratchpad_latency", scratchpad_latency)
        positive_integer("weight_latency", weight_latency)
        if weight_latency > scratchpad_latency:
            raise ValueError(
                f"weight_latency must be at most scratchpad_latency ({scratchpad_latency}), not {weight_latency!r}"
            )
        self._config = config
        self._scratchpad_latency = scratchpad_latency
        self._weight_latency = weight_latency
        super().__init__(
            {
                "command": In(stream.Signature(MatrixCommand)),
                "timeline": In(TIMELINE_LAYOUT),
                "activation_read": Out(ScratchpadReadSignature(config.rows, banks=config.scratchpad_banks)),
                "weight_read": Out(
                    WeightReadSignature(
                        words=config.weight_words,
                        rows_per_cycle=config.weight_rows_per_cycle,
                        cols=config.cols,
                    )
                ),
                "weight_stall": In(1),
                "psums": Out(data.ArrayLayout(signed(config.accumulator_width), config.cols)),
                "psums_valid": Out(config.cols // config.pe_cols),
                "tag": Out(accumulator_tag_layout(config.accumulator_depth)),
                "status": Out(EngineStatus, init=EngineStatus.EMPTY),
                "started": Out(1),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """Sizes of array and memories."""
        return self._config

    @property
    def scratchpad_latency(self) -> int:
        """Cycles from a granted read of the scratchpad to its data."""
        return self._scratchpad_latency

    @property
    def weight_latency(self) -> int:
        """Cycles from a read of the weight memory to its data."""
        return self._weight_latency

    @property
    def weight_wait(self) -> int:
        """Cycles from the decision to read a weight word to the read: activations take so much longer."""
        return self._scratchpad_latency + 1 - self._weight_latency

    def elaborate(self, platform: object) -> Module:
        """Connect what decides, cycle by cycle, to what follows at fixed latencies."""
        m = Module()
        config = self._config
        m.submodules.loader = loader = MatrixLoader(config)
        m.submodules.streamer = streamer = MatrixStreamer(config)
        m.submodules.padding = padding = Padding(rows=config.rows, read_latency=self._scratchpad_latency)
        m.submodules.array = array = SystolicArray(
            rows=config.rows,
            cols=config.cols,
            pe_rows=config.pe_rows,
            pe_cols=config.pe_cols,
            weight_rows_per_cycle=config.weight_rows_per_cycle,
            accumulator_shape=signed(psum_width(config)),
            multiplier=config.multiplier,
        )
        m.submodules.tags = tags = DelayLine(shape=self.tag.shape(), cycles=padding.latency + array.latency)

        # A command goes to the loader and to the streamer.
        command = self.command.payload
        m.submodules.handover = handover = CommandHandover()
        m.d.comb += [
            handover.command_valid.eq(self.command.valid),
            self.command.ready.eq(handover.command_ready),
            loader.stall.eq(delayed(m, self.weight_stall, 1)),
            loader.run.valid.eq(handover.loader_valid),
            handover.loader_ready.eq(loader.run.ready),
            loader.run.payload.weight_base.eq(command.weight_base),
            loader.run.payload.tile_count.eq(command.tile_count),
            streamer.command.valid.eq(handover.streamer_valid),
            handover.streamer_ready.eq(streamer.command.ready),
            streamer.command.payload.eq(command),
            streamer.timeline.eq(self.timeline),
        ]

        # Issue
        vector = streamer.vectors.payload
        issued = Signal()
        m.d.comb += [
            self.activation_read.valid.eq(streamer.vectors.valid & (~vector.swap | loader.loaded)),
            self.activation_read.address.eq(vector.address),
            self.activation_read.needs.eq(vector.needs),
            issued.eq(self.activation_read.valid & self.activation_read.ready),
            streamer.vectors.ready.eq(issued),
            loader.swap.eq(issued & vector.swap),
            self.started.eq(issued & vector.starts),
        ]
        m.d.comb += [
            handover.issued.eq(issued),
            handover.refused.eq(self.activation_read.valid & ~issued),
            handover.waiting.eq(streamer.waiting),
            handover.busy.eq(streamer.busy),
            self.status.eq(handover.status),
        ]

        # Activations meet weights at the array ``padding.latency`` cycles after their issue; weights are a cycle later.
        wait = self.weight_wait - 1
        load = delayed(m, Cat(loader.enable, loader.group), wait)
        m.d.comb += [
            self.weight_read.enable.eq(load[0]),
            self.weight_read.address.eq(delayed(m, loader.address, wait)),
            padding.first.eq(vector.first),
            padding.end.eq(vector.end),
            padding.value.eq(vector.pad_value),
            padding.bytes.eq(self.activation_read.data),
            array.activations.eq(padding.activations),
            Cat(array.valid, array.swap).eq(delayed(m, Cat(issued, loader.swap), padding.latency)),
            array.weights.eq(self.weight_read.data),
            Cat(array.load, array.load_group).eq(delayed(m, load, self._weight_latency)),
            tags.input.eq(vector.tag),
            self.tag.eq(tags.output),
            *(wide.eq(narrow) for wide, narrow in zip(self.psums, array.psums, strict=True)),
            self.psums_valid.eq(array.psums_valid),
        ]
        return m
