"""The vectors that MATRIX reads: those of its command's loop nest, and nothing outside the tensor."""

from typing import Any

from amaranth.hdl import Assert, Assume, Const, Module, Mux, Signal, Value, signed

from celosia.rtl.command import MatrixCommand
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.matrix_streamer import MatrixStreamer
from sim_tests.formal.prove import Properties

#: Loops, innermost first, and the fields with their counts.
LOOPS = ("block_cols", "block_rows", "run_tiles", "kernel_cols", "kernel_rows")
X, Y, TILE, KX, KY = range(5)

#: Places in the nest are computed with so many bits: more than any of them needs.
EXACT = signed(29)


class MatrixAddressProperties(Properties):
    """For every legal command, at the widths of a real configuration, and vectors that are taken in any cycle.

    The command reads a tensor whose rows lie ``pitch`` bytes apart, of which ``row_bytes`` are no padding; the tensor
    lies in the scratchpad, the block in the accumulators, and no row or column leaves the range of its field.

    - The vectors are those of the nest, in order: five loops counted like nested ``for`` loops, each with what its
      iterations add to row, column and address.
    - Lanes are kept exactly if their row and their byte of the row exist.
    - So a kept lane's address is that of its row and byte: never outside the tensor.

    Parameters
    ----------
    config : AcceleratorConfig
        Sizes of memories and vectors.
    pitch : int
        Bytes from one row of the tensor to the next. A number, because solvers do not multiply well; nothing in the
        hardware depends on it.
    """

    def __init__(self, config: AcceleratorConfig, *, pitch: int) -> None:
        self._config = config
        self._pitch = pitch
        self._streamer = MatrixStreamer(config)
        super().__init__(self._streamer)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit, by a walk over the nest beside it."""
        m, inside = self.surround(platform)
        unit: Any = self._streamer
        offered: Any = unit.command.payload
        present: Any = MatrixCommand(inside["walk.present"])
        walking, load, step = inside["walk.walking"], inside["walk.load"], inside["walk.step"]
        begins = step & load & unit.command.valid

        # A command begins with legal values: counts that fit, a tensor that lies in the scratchpad.
        base = Signal(EXACT)
        start = offered.start_address - self._pitch * offered.start_y - offered.start_x
        size = self._pitch * (offered.height - 1) + offered.row_bytes
        for level, field in enumerate(LOOPS):
            kept = len(inside[f"nest.count_{level}"])
            m.d.comb += Assume(~begins | ((offered[field] != 0) & (offered[field] < 1 << kept)))
        m.d.comb += [
            Assume(~begins | (offered.row_bytes <= self._pitch)),
            Assume(~begins | (offered.y_step == self._pitch * offered.y_stride)),
            Assume(~begins | (offered.ky_step == self._pitch * offered.ky_stride)),
            Assume(~begins | ((start >= 0) & (start + size <= self._config.scratchpad_bytes))),
        ]

        # What each loop's iterations have added, to rows and to columns.
        index = [Signal(len(offered[field]), name=f"index_{field}") for field in LOOPS]
        moved = [Signal(EXACT, name=f"moved_{field}") for field in LOOPS]
        strides = (present.x_step, present.y_stride, self._config.rows, present.kx_step, present.ky_stride)
        with m.If(begins):
            m.d.sync += [each.eq(0) for each in (*index, *moved)] + [base.eq(start)]
        with m.Elif(step & walking):
            carry: Value = Const(1)
            for level, field in enumerate(LOOPS):
                ends = index[level] == present[field] - 1
                with m.If(carry):
                    m.d.sync += [
                        index[level].eq(Mux(ends, 0, index[level] + 1)),
                        moved[level].eq(Mux(ends, 0, moved[level] + strides[level])),
                    ]
                carry = carry & ends
            m.d.comb += Assert(walking & (inside["nest.last"] == carry))

        row, column, address = Signal(EXACT), Signal(EXACT), Signal(EXACT)
        m.d.comb += [
            row.eq(present.start_y + moved[Y] + moved[KY]),
            column.eq(present.start_x + moved[X] + moved[TILE] + moved[KX]),
            address.eq(base + self._pitch * row + column),
            Assume(~walking | _fits(row, len(inside["row.begun_0"]))),
            Assume(~walking | _fits(column, len(inside["column.begun_0"]))),
        ]
        request: Any = unit.vectors.payload.shape()(inside["request"])
        with m.If(walking):
            for lane in range(self._config.rows):
                exists = (row >= 0) & (row < present.height) & (column + lane >= 0)
                exists &= column + lane < present.row_bytes
                kept = (request.first <= lane) & (request.end > lane)
                read = request.address + lane
                m.d.comb += [
                    Assert(kept == exists),
                    Assert(~kept | (read == address + lane)),
                    Assert(~kept | ((read >= base) & (read < base + self._size(present)))),
                ]
            self._registers(m, inside, present, index, moved, base)
        return m

    def _size(self, command: Any) -> Value:
        return self._pitch * (command.height - 1) + command.row_bytes

    def _registers(
        self,
        m: Module,
        inside: dict[str, Signal],
        present: Any,
        index: list[Signal],
        moved: list[Signal],
        base: Signal,
    ) -> None:
        """What makes it inductive: where each register of loops and addresses is."""
        row_begun = [present.start_y + moved[Y] + moved[KY], present.start_y + moved[KY]]
        column_begun = [present.start_x + moved[X] + moved[TILE] + moved[KX]]
        column_begun += [
            present.start_x + moved[TILE] + moved[KX],
            present.start_x + moved[KX],
            present.start_x,
        ]
        addresses = {
            "row": row_begun,
            "row_address": [base + self._pitch * begun for begun in row_begun],
            "column": column_begun,
        }
        for name, begun in addresses.items():
            for level, value in enumerate(begun):
                register = inside[f"{name}.begun_{level}"]
                m.d.comb += Assert(register == value[: len(register)])
        for level, field in enumerate(LOOPS):
            count, left = inside[f"nest.count_{level}"], inside[f"nest.left_{level}"]
            m.d.comb += [
                Assert(count == present[field]),
                Assert(left.as_signed() == present[field] - 2 - index[level]),
                Assert(index[level] < present[field]),
            ]
        m.d.comb += [
            Assert(present.row_bytes <= self._pitch),
            Assert(present.y_step == self._pitch * present.y_stride),
            Assert(present.ky_step == self._pitch * present.ky_stride),
            Assert(base == present.start_address - self._pitch * present.start_y - present.start_x),
            Assert((base >= 0) & (base + self._size(present) <= self._config.scratchpad_bytes)),
        ]


def _fits(value: Value, bits: int) -> Value:
    """Whether a signed number of so many bits is enough."""
    return (value >= -(1 << bits - 1)) & (value < 1 << bits - 1)
