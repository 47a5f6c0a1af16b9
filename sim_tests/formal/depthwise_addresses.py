"""The pixels that DEPTHWISE reads: those of its command's grid, and nothing outside the tensor."""

from typing import Any

from amaranth.hdl import Assert, Assume, Module, Mux, Signal, Value, signed

from celosia.rtl.command import DepthwiseCommand
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.depthwise_streamer import DepthwiseStreamer
from sim_tests.formal.prove import Properties

#: Places are computed with so many bits: more than any of them needs.
EXACT = signed(29)


class DepthwiseAddressProperties(Properties):
    """For every legal command, at the widths of a real configuration, and pixels that are taken in any cycle.

    The command reads a tensor whose rows and columns lie ``row_step`` and ``col_step`` bytes apart; it lies in the
    scratchpad, and no row or column of the streamed grid leaves the range of its register.

    - The pixels are those of the grid, row by row.
    - A pixel is read exactly if its row and its column exist; its address is then theirs: never outside the tensor.

    Parameters
    ----------
    config : AcceleratorConfig
        Sizes of memories; with a DEPTHWISE engine.
    row_step, col_step : int
        Bytes from a row, and from a column, to the next. Numbers, because solvers do not multiply well; nothing in
        the hardware depends on them.
    """

    def __init__(self, config: AcceleratorConfig, *, row_step: int, col_step: int) -> None:
        self._config = config
        self._row_step, self._col_step = row_step, col_step
        self._streamer = DepthwiseStreamer(config)
        super().__init__(self._streamer)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit, by a walk over the grid beside it."""
        m, inside = self.surround(platform)
        unit: Any = self._streamer
        offered: Any = unit.command.payload
        present: Any = DepthwiseCommand(inside["walk.present"])
        walking, load, step = inside["walk.walking"], inside["walk.load"], inside["walk.step"]
        begins = step & load & unit.command.valid
        m.d.comb += Assume(~begins | self._is_legal(offered))

        r, c = Signal(len(offered.stream_rows)), Signal(len(offered.stream_cols))
        last_column = c == present.stream_cols - 1
        last = last_column & (r == present.stream_rows - 1)
        with m.If(begins):
            m.d.sync += [r.eq(0), c.eq(0)]
        with m.Elif(step & walking):
            m.d.sync += [c.eq(Mux(last_column, 0, c + 1)), r.eq(r + last_column)]
            m.d.comb += Assert(inside["nest.last"] == last)

        row, column, address, row_begun = (
            Signal(EXACT, name=name) for name in ("at_row", "at_column", "at", "begun")
        )
        base = self._base(present)
        m.d.comb += [
            row.eq(present.start_y + r),
            column.eq(present.start_x + c),
            row_begun.eq(base + self._row_step * row + self._col_step * present.start_x),
            address.eq(base + self._row_step * row + self._col_step * column),
        ]
        request: Any = unit.pixels.payload.shape()(inside["request"])
        exists = (row >= 0) & (row < present.height) & (column >= 0) & (column < present.width)
        with m.If(walking):
            width = len(request.address)
            m.d.comb += [
                Assert(request.inside == exists),
                Assert(~request.inside | (request.address == address)),
                Assert(~exists | ((address >= base) & (address < base + self._size(present)))),
                # What makes it inductive: where each register is.
                Assert(self._is_legal(present)),
                Assert((r < present.stream_rows) & (c < present.stream_cols)),
                Assert((inside["row"] == row) & (inside["column"] == column)),
                Assert(inside["address.begun_0"] == address[:width]),
                Assert(inside["address.begun_1"] == row_begun[:width]),
            ]
            for level, (count, index) in enumerate(((present.stream_cols, c), (present.stream_rows, r))):
                m.d.comb += [
                    Assert(inside[f"nest.count_{level}"] == count),
                    Assert(inside[f"nest.left_{level}"].as_signed() == count - 2 - index),
                ]
        return m

    def _base(self, command: Any) -> Value:
        """Where the tensor begins."""
        offset = self._row_step * command.start_y + self._col_step * command.start_x
        return command.start_address - offset

    def _size(self, command: Any) -> Value:
        """Bytes from a tensor's first pixel to behind its last one's first byte."""
        return self._row_step * (command.height - 1) + self._col_step * (command.width - 1) + 1

    def _is_legal(self, command: Any) -> Value:
        base = self._base(command)
        return (
            (command.row_step == self._row_step)
            & (command.col_step == self._col_step)
            & (command.stream_rows != 0)
            & (command.stream_cols != 0)
            & (base >= 0)
            & (base + self._size(command) <= self._config.scratchpad_bytes)
        )
