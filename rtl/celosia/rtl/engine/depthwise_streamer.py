"""The loop nest of a DEPTHWISE command: one request for a pixel after the other."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from celosia.rtl.command import DepthwiseCommand, timeline_bits
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.control.timeline import TIMELINE_LAYOUT
from celosia.rtl.engine.command_walk import CommandWalk
from celosia.rtl.engine.matrix_nest import LoopNest
from celosia.rtl.engine.nested_address import NestedAddress
from celosia.rtl.memory.accumulators import accumulator_tag_layout
from celosia.rtl.memory.ram import address_bits
from celosia.rtl.memory.scratchpad_address import BankAddress

WINDOW_COLUMNS = 3
#: Bits of a row or column of the streamed grid: where it starts plus the largest number streamed.
GRID_SHAPE = signed(18)

COLUMN, ROW = range(2)


def pixel_request_layout(config: AcceleratorConfig) -> data.StructLayout:
    """A pixel to stream, and what the engine does with it.

    ``address`` has just the bits that the scratchpad needs, which is exact for every pixel inside the tensor.
    """
    return data.StructLayout(
        {
            "address": address_bits(config.scratchpad_bytes),
            "needs": config.scratchpad_banks,  # the banks that it lies in
            "inside": 1,  # the pixel is read,
            "pad_value": signed(8),  # otherwise all its bytes are this
            "starts": 1,  # the first pixel of a command
            "ends_row": 1,  # the last pixel of a streamed row
            "completes": 1,  # the pixel completes a window, to which the tag belongs
            "tag": accumulator_tag_layout(config.depthwise_accumulator_depth),
        }
    )


class DepthwiseStreamer(wiring.Component):
    """Walks the rows and columns of one command's streamed grid after another, one pixel a cycle.

    When commands are taken and their first pixels offered, :class:`~celosia.rtl.engine.command_walk.CommandWalk`
    says. Nothing is multiplied or divided: two counters tell how far the next complete window is.

    Parameters
    ----------
    config : AcceleratorConfig
        Sizes of memories and window; with a DEPTHWISE engine.

    Members
    -------
    command : In(stream.Signature(DepthwiseCommand))
        Commands to walk; where their weights lie is ignored.
    timeline : In(TIMELINE_LAYOUT)
        Commands that each engine has retired.
    pixels : Out(stream.Signature(pixel_request_layout(config)))
        The pixels of each command in loop order.
    waiting : Out(1)
        No pixel is on offer, because the present command waits for the timeline.
    busy : Out(1)
        A command is being walked, or a pixel is on offer.

    Raises
    ------
    TypeError
        If ``config`` is not an :class:`AcceleratorConfig`.
    """

    def __init__(self, config: AcceleratorConfig) -> None:
        if not isinstance(config, AcceleratorConfig):
            raise TypeError(f"config must be an AcceleratorConfig, not {config!r}")
        self._config = config
        super().__init__(
            {
                "command": In(stream.Signature(DepthwiseCommand)),
                "timeline": In(TIMELINE_LAYOUT),
                "pixels": Out(stream.Signature(pixel_request_layout(config))),
                "waiting": Out(1),
                "busy": Out(1),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """Sizes of memories and window."""
        return self._config

    def elaborate(self, platform: object) -> Module:
        """Build the loops, and what follows them."""
        m = Module()
        layout = self.pixels.payload.shape()
        m.submodules.walk = walk = CommandWalk(
            command=DepthwiseCommand,
            request=layout,
            timeline_bits=timeline_bits(self._config),
            holds=self._config.holds_commands,
        )
        connect(m, flipped(self.command), walk.command)
        connect(m, walk.requests, flipped(self.pixels))
        m.d.comb += [
            walk.timeline.eq(self.timeline),
            walk.prepared.eq(1),
            self.waiting.eq(walk.waiting),
            self.busy.eq(walk.busy),
        ]
        command = self.command.payload
        present, load, step, request = walk.present, walk.load, walk.step, walk.request

        # Loops, innermost first
        fields = ("stream_cols", "stream_rows")
        m.submodules.nest = nest = LoopNest(
            widths=[len(command[field]) for field in fields], holds=self._config.holds_commands
        )
        m.d.comb += [nest.counts[str(level)].eq(command[field]) for level, field in enumerate(fields)]
        m.d.comb += [nest.load.eq(load), nest.step.eq(step)]
        turn = nest.turn

        m.d.comb += walk.last.eq(nest.last)

        # Place in the grid and in the scratchpad
        row = Signal(GRID_SHAPE)
        column = Signal(GRID_SHAPE)
        m.submodules.address = address = NestedAddress(width=len(request.address), levels=2)
        m.d.comb += [
            address.load.eq(load),
            address.start.eq(command.start_address),
            address.turn.eq(turn),
            address.advance.eq(step),
            address.steps[COLUMN].eq(present.col_step),
            address.steps[ROW].eq(present.row_step),
        ]
        with m.If(step):
            with m.If(load):
                m.d.sync += [row.eq(command.start_y), column.eq(command.start_x)]
            with m.Elif(turn[ROW]):
                m.d.sync += [row.eq(row + 1), column.eq(present.start_x)]
            with m.Else():
                m.d.sync += column.eq(column + 1)
        inside = (row >= 0) & (row < present.height) & (column >= 0) & (column < present.width)

        # Rows and columns until windows are complete
        rows_left, columns_left = Signal.like(present.y_stride), Signal.like(present.x_stride)
        completes = Signal()
        m.d.comb += completes.eq((rows_left == 0) & (columns_left == 0))
        with m.If(step):
            with m.If(load):
                m.d.sync += rows_left.eq(self._config.depthwise_rows - 1)
            with m.Elif(turn[ROW]):
                m.d.sync += rows_left.eq(Mux(rows_left == 0, present.y_stride, rows_left) - 1)
            with m.If(load | turn[ROW]):
                m.d.sync += columns_left.eq(WINDOW_COLUMNS - 1)
            with m.Else():
                m.d.sync += columns_left.eq(Mux(columns_left == 0, present.x_stride, columns_left) - 1)

        # Place in the command and in the accumulators
        tag = Signal.like(request.tag)
        m.d.comb += [tag.accumulate.eq(present.accumulate), tag.last.eq(nest.last)]
        with m.If(step):
            m.d.sync += tag.address.eq(Mux(load, command.accumulator_base, tag.address + completes))

        read = BankAddress.split(
            address.address, banks=self._config.scratchpad_banks, word_bytes=self._config.word_bytes
        )
        m.d.comb += [
            request.address.eq(address.address),
            request.needs.eq(read.needs(self._config.cols)),
            request.inside.eq(inside),
            request.pad_value.eq(present.pad_value),
            request.starts.eq(walk.starts),
            request.ends_row.eq(turn[ROW] | nest.last),
            request.completes.eq(completes),
            request.tag.eq(tag),
        ]
        return m
