"""The DEPTHWISE engine: from its commands to partial sums for its accumulators."""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.command import DepthwiseCommand
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.control.timeline import TIMELINE_LAYOUT
from celosia.rtl.delay import delayed
from celosia.rtl.engine.command_handover import CommandHandover
from celosia.rtl.engine.depthwise_lane import DepthwiseLane, lane_latency
from celosia.rtl.engine.depthwise_lines import DepthwiseLines
from celosia.rtl.engine.depthwise_loader import DepthwiseLoader
from celosia.rtl.engine.depthwise_select import DepthwiseSelect
from celosia.rtl.engine.depthwise_streamer import DepthwiseStreamer
from celosia.rtl.engine.status import EngineStatus
from celosia.rtl.memory.accumulators import accumulator_tag_layout
from celosia.rtl.memory.delay_line import DelayLine
from celosia.rtl.memory.scratchpad_port import ScratchpadReadSignature
from celosia.rtl.memory.weights import WeightReadSignature
from celosia.rtl.parameter import positive_integer
from celosia.rtl.repeated import add_repeated


class DepthwiseEngine(wiring.Component):
    """Runs DEPTHWISE commands: streams a block of pixels through a window of 1x3 or 3x3 taps a lane.

    Each pixel is read once, ``cols`` channels in a cycle; line buffers give the ones above it (as in the
    depthwise engines of MobileNet accelerators on FPGAs). Everything is decided where a pixel issues; from
    there on it has a fixed latency and nothing stalls. A *loader* reads the next command's weights into shadow
    registers while the present one streams, and the first pixel of a command takes them along; so commands
    follow each other without a gap if each has at least ``depthwise_weight_words + settle`` pixels.

    With nothing to wait for, a command's first pixel issues in the ``depthwise_weight_words + settle + 1``-th
    cycle after the one in which the command was first offered. A window's sums come ``latency`` cycles after
    its last pixel issued.

    Parameters
    ----------
    config : AcceleratorConfig
        Sizes of engine and memories; ``depthwise_taps`` must not be 0.
    scratchpad_latency : int
        Cycles from a granted read of the scratchpad to its data.
    weight_latency : int
        Cycles from a read of the weight memory to its data; more than ``scratchpad_latency``.

    Members
    -------
    command : In(stream.Signature(DepthwiseCommand))
        Commands; each is taken, whatever it waits for, when the previous one's last pixel is on offer or almost.
    timeline : In(TIMELINE_LAYOUT)
        Commands that each engine has retired.
    pixel_read : Out(ScratchpadReadSignature(cols, banks=scratchpad_banks))
        To the scratchpad; one read for each pixel that is not padding.
    weight_read : Out(WeightReadSignature)
        To the weight memory; there is no refusing.
    psums : Out(ArrayLayout(signed(accumulator_width), cols))
        Sums of a window, all lanes at once.
    psums_valid : Out(1)
        There are any.
    tag : Out(accumulator_tag_layout(depthwise_accumulator_depth))
        What the accumulators do with the sums.
    status : Out(EngineStatus)
        ``OPERANDS`` also stands for the cycle or two in which a command's first address is computed after
        the engine had nothing to issue.
    started : Out(1)
        Pulses as a command issues its first pixel.

    Raises
    ------
    TypeError
        If ``config`` is not an :class:`AcceleratorConfig`, or a latency not an integer.
    ValueError
        If the configuration has no such engine, or a latency is too small.
    """

    def __init__(self, config: AcceleratorConfig, *, scratchpad_latency: int, weight_latency: int) -> None:
        if not isinstance(config, AcceleratorConfig):
            raise TypeError(f"config must be an AcceleratorConfig, not {config!r}")
        if not config.depthwise_taps:
            raise ValueError("depthwise_taps must be 3 or 9 for a DEPTHWISE engine, not 0")
        positive_integer("scratchpad_latency", scratchpad_latency)
        positive_integer("weight_latency", weight_latency)
        if weight_latency <= scratchpad_latency:
            raise ValueError(
                f"weight_latency must be at least scratchpad_latency + 1 ({scratchpad_latency + 1}),"
                f" not {weight_latency!r}"
            )
        self._config = config
        self._scratchpad_latency = scratchpad_latency
        self._weight_latency = weight_latency
        super().__init__(
            {
                "command": In(stream.Signature(DepthwiseCommand)),
                "timeline": In(TIMELINE_LAYOUT),
                "pixel_read": Out(ScratchpadReadSignature(config.cols, banks=config.scratchpad_banks)),
                "weight_read": Out(
                    WeightReadSignature(
                        words=config.weight_words,
                        rows_per_cycle=config.weight_rows_per_cycle,
                        cols=config.cols,
                    )
                ),
                "psums": Out(data.ArrayLayout(signed(config.accumulator_width), config.cols)),
                "psums_valid": Out(1),
                "tag": Out(accumulator_tag_layout(config.depthwise_accumulator_depth)),
                "status": Out(EngineStatus, init=EngineStatus.EMPTY),
                "started": Out(1),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """Sizes of engine and memories."""
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
    def settle(self) -> int:
        """Cycles from the issue of a command's last weights to the first in which its first pixel may issue.

        The selects are the first to be needed, when the bytes of the pixel come from the scratchpad.
        """
        return self._weight_latency + 1 - self._scratchpad_latency

    @property
    def latency(self) -> int:
        """Cycles from the issue of a window's last pixel to its sums: read, select, lane."""
        return self._scratchpad_latency + 1 + lane_latency(self._config.depthwise_taps)

    def elaborate(self, platform: object) -> Module:
        """Connect what decides, cycle by cycle, to what follows at fixed latencies."""
        m = Module()
        config = self._config
        m.submodules.loader = loader = DepthwiseLoader(config, settle=self.settle)
        m.submodules.streamer = streamer = DepthwiseStreamer(config)

        # A command goes to the loader and to the streamer.
        command = self.command.payload
        m.submodules.handover = handover = CommandHandover()
        m.d.comb += [
            handover.command_valid.eq(self.command.valid),
            self.command.ready.eq(handover.command_ready),
            loader.run.valid.eq(handover.loader_valid),
            handover.loader_ready.eq(loader.run.ready),
            loader.run.payload.eq(command.weight_base),
            streamer.command.valid.eq(handover.streamer_valid),
            handover.streamer_ready.eq(streamer.command.ready),
            streamer.command.payload.eq(command),
            streamer.timeline.eq(self.timeline),
        ]

        # Issue
        pixel = streamer.pixels.payload
        wanted = Signal()
        issued = Signal()
        m.d.comb += [
            wanted.eq(streamer.pixels.valid & (~pixel.starts | loader.loaded)),
            self.pixel_read.valid.eq(wanted & pixel.inside),
            self.pixel_read.address.eq(pixel.address),
            self.pixel_read.needs.eq(pixel.needs),
            issued.eq(wanted & (self.pixel_read.ready | ~pixel.inside)),
            streamer.pixels.ready.eq(issued),
            self.started.eq(issued & pixel.starts),
            loader.swap.eq(self.started),
        ]
        m.d.comb += [
            handover.issued.eq(issued),
            handover.refused.eq(wanted & ~issued),
            handover.waiting.eq(streamer.waiting),
            handover.busy.eq(streamer.busy),
            self.status.eq(handover.status),
        ]

        self._connect_data(m, platform, loader, streamer, issued)
        return m

    def _connect_data(
        self,
        m: Module,
        platform: object,
        loader: DepthwiseLoader,
        streamer: DepthwiseStreamer,
        issued: Signal,
    ) -> None:
        """Build what follows the issue of pixels and weights."""
        config, read_latency = self._config, self._scratchpad_latency
        pixel = streamer.pixels.payload

        # Weights, as they come from memory: the word's place tells which rows it holds.
        m.d.comb += [
            self.weight_read.enable.eq(loader.enable),
            self.weight_read.address.eq(loader.address),
        ]
        load = delayed(m, Cat(loader.enable, loader.group), self._weight_latency)
        rows_per_word = config.weight_rows_per_cycle
        loads = [load[0] & (load[1:] == row // rows_per_word) for row in range(config.depthwise_taps + 1)]

        # Pixels, as they come from the scratchpad
        selecting = Signal(data.StructLayout({"valid": 1, "inside": 1, "value": signed(8), "ends_row": 1}))
        m.d.comb += [
            selecting.valid.eq(issued),
            selecting.inside.eq(pixel.inside),
            selecting.value.eq(pixel.pad_value),
            selecting.ends_row.eq(pixel.ends_row),
        ]
        selecting = delayed(m, selecting, read_latency)
        swapping = delayed(m, self.started, read_latency - 1)
        m.submodules.select = select = DepthwiseSelect(cols=config.cols)
        m.submodules.lines = lines = DepthwiseLines(
            rows=config.depthwise_rows, cols=config.cols, line=config.depthwise_line
        )
        m.d.comb += [
            select.load.eq(loads[-1]),
            select.selects.eq(self.weight_read.data[config.depthwise_taps % rows_per_word]),
            select.swap.eq(swapping),
            select.valid.eq(selecting.valid),
            select.inside.eq(selecting.inside),
            select.bytes.eq(self.pixel_read.data),
            select.value.eq(selecting.value),
            lines.valid.eq(selecting.valid),
            lines.ends_row.eq(selecting.ends_row),
            lines.pixel.eq(select.pixel),
        ]

        # Lanes; the window of a command's first pixel is complete two columns later at the earliest.
        shift = delayed(m, selecting.valid, 1)
        swap = delayed(m, swapping, 2)
        working = Signal(lane_latency(config.depthwise_taps) - 1)
        m.d.sync += working.eq(Cat(shift, working))
        for index in range(config.cols):
            lane = add_repeated(
                m,
                f"lane_{index}",
                platform,
                DepthwiseLane,
                rows=config.depthwise_rows,
                weight_rows_per_cycle=rows_per_word,
            )
            m.d.comb += [
                lane.loads.eq(Cat(loads[:-1])),
                lane.weights.eq(Cat(row[index] for row in self.weight_read.data)),
                lane.swap.eq(swap),
                lane.shift.eq(shift),
                lane.active.eq(working.any()),
                lane.column.eq(lines.columns[index]),
                self.psums[index].eq(lane.sum),
            ]

        m.submodules.tags = tags = DelayLine(shape=self.tag.shape(), cycles=self.latency)
        m.d.comb += [
            tags.input.eq(pixel.tag),
            self.tag.eq(tags.output),
            self.psums_valid.eq(delayed(m, issued & pixel.completes, self.latency)),
        ]
