"""The loop nest of a MATRIX command: one request for a vector of activations after the other."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from celosia.rtl.command import MatrixCommand, timeline_bits
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.control.timeline import TIMELINE_LAYOUT
from celosia.rtl.engine.command_walk import CommandWalk
from celosia.rtl.engine.matrix_lanes import LaneRange
from celosia.rtl.engine.matrix_nest import LoopNest
from celosia.rtl.engine.nested_address import NestedAddress
from celosia.rtl.memory.accumulators import accumulator_tag_layout
from celosia.rtl.memory.ram import address_bits
from celosia.rtl.memory.scratchpad_address import BankAddress
from celosia.rtl.memory.scratchpad_port import SCRATCHPAD_ADDRESS_BITS

X, Y, TILE, KX, KY = range(5)


def vector_request_layout(config: AcceleratorConfig) -> data.StructLayout:
    """A vector to read, and what the engine does with it.

    ``address`` has one bit more than the scratchpad needs: it is exact for every vector that holds a byte of
    the scratchpad, also for those that begin before it, if it is extended with its sign.
    """
    address = min(address_bits(config.scratchpad_bytes) + 1, SCRATCHPAD_ADDRESS_BITS)
    return data.StructLayout(
        {
            "address": signed(address),
            "needs": config.scratchpad_banks,  # the banks that it lies in
            "first": range(config.rows + 1),  # lanes first <= i < end are bytes of the input,
            "end": range(config.rows + 1),
            "pad_value": signed(8),  # the others are this
            "swap": 1,  # the first vector of a tile
            "starts": 1,  # the first vector of a command
            "tag": accumulator_tag_layout(config.accumulator_depth),
        }
    )


class MatrixStreamer(wiring.Component):
    """Walks ky, kx, tile, y and x (innermost) of one command after another, one vector a cycle.

    When commands are taken and their first vectors offered, :class:`~celosia.rtl.engine.command_walk.CommandWalk`
    says. Nothing is multiplied: each address is kept up to date by one adder.

    Counters and addresses have just the bits that the configuration's memories need, which is exact for
    every command whose block fits the accumulators, whose weights and activations lie in their memories, and whose
    rows and columns have no more than ``coordinate_bits`` bits.

    Parameters
    ----------
    config : AcceleratorConfig
        Sizes of memories and vectors.

    Members
    -------
    command : In(stream.Signature(MatrixCommand))
        Commands to walk.
    timeline : In(TIMELINE_LAYOUT)
        Commands that each engine has retired.
    vectors : Out(stream.Signature(vector_request_layout(config)))
        The vectors of each command in loop order.
    waiting : Out(1)
        No vector is on offer, because the present command waits for the timeline.
    busy : Out(1)
        A command is being walked, or a vector is on offer.

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
                "command": In(stream.Signature(MatrixCommand)),
                "timeline": In(TIMELINE_LAYOUT),
                "vectors": Out(stream.Signature(vector_request_layout(config))),
                "waiting": Out(1),
                "busy": Out(1),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """Sizes of memories and vectors."""
        return self._config

    def elaborate(self, platform: object) -> Module:
        """Build the loops, and the addresses that follow them."""
        m = Module()
        config = self._config
        layout = self.vectors.payload.shape()
        m.submodules.walk = walk = CommandWalk(
            command=MatrixCommand,
            request=layout,
            timeline_bits=timeline_bits(self._config),
            holds=self._config.holds_commands,
        )
        connect(m, flipped(self.command), walk.command)
        connect(m, walk.requests, flipped(self.vectors))
        m.d.comb += [
            walk.timeline.eq(self.timeline),
            walk.prepared.eq(1),
            self.waiting.eq(walk.waiting),
            self.busy.eq(walk.busy),
        ]
        command = self.command.payload
        present, load, step, request = walk.present, walk.load, walk.step, walk.request

        # Loops, innermost first
        most_pixels = config.accumulator_depth.bit_length()
        most_tiles = (config.weight_words // config.tile_words).bit_length()
        fields = ("block_cols", "block_rows", "run_tiles", "kernel_cols", "kernel_rows")
        bounds = (most_pixels, most_pixels, most_tiles, most_tiles, most_tiles)
        widths = [min(len(command[field]), most) for field, most in zip(fields, bounds, strict=True)]
        m.submodules.nest = nest = LoopNest(widths=widths, holds=config.holds_commands)
        m.d.comb += [nest.counts[str(level)].eq(command[field]) for level, field in enumerate(fields)]
        m.d.comb += [nest.load.eq(load), nest.step.eq(step)]
        turn = nest.turn
        next_tile = turn[TILE:].any()

        m.d.comb += walk.last.eq(nest.last)

        # Row and column in the input, and the address of the row's column 0. A loop that restarts those inside
        # it without moving itself takes a step of 0.
        address_width = len(request.address)
        m.submodules.lanes = lanes = LaneRange(rows=config.rows, coordinate_bits=config.coordinate_bits)
        m.submodules.row = row = NestedAddress(width=len(lanes.row), levels=2)
        m.submodules.row_address = row_address = NestedAddress(width=address_width, levels=2)
        m.submodules.column = column = NestedAddress(width=len(lanes.column), levels=4)
        by_row = (turn[Y], next_tile)
        by_column = (turn[X], turn[Y] | turn[TILE], turn[KX], turn[KY])
        for address, start, turns, steps in (
            (row, command.start_y, by_row, (present.y_stride, Mux(turn[KY], present.ky_stride, 0))),
            (
                row_address,
                command.start_address - command.start_x,
                by_row,
                (present.y_step, Mux(turn[KY], present.ky_step, 0)),
            ),
            (
                column,
                command.start_x,
                by_column,
                (present.x_step, Mux(turn[TILE], config.rows, 0), present.kx_step, 0),
            ),
        ):
            m.d.comb += [address.load.eq(load), address.start.eq(start)]
            m.d.comb += [address.advance.eq(step), address.turn.eq(Cat(turns))]
            m.d.comb += [address.steps[level].eq(size) for level, size in enumerate(steps)]
        m.d.comb += [
            lanes.row.eq(row.address),
            lanes.height.eq(present.height),
            lanes.column.eq(column.address),
            lanes.row_bytes.eq(present.row_bytes),
        ]

        # Place in the command and in the accumulators
        swap = Signal()
        tag = Signal.like(request.tag)
        m.d.comb += tag.last.eq(nest.last)
        with m.If(step):
            m.d.sync += [swap.eq(load | next_tile), tag.address.eq(tag.address + 1)]
            with m.If(load):
                m.d.sync += [
                    tag.accumulate.eq(command.accumulate),
                    tag.address.eq(command.accumulator_base),
                ]
            with m.Elif(next_tile):
                m.d.sync += [tag.accumulate.eq(1), tag.address.eq(present.accumulator_base)]

        m.d.comb += request.address.eq(row_address.address + column.address)
        read = BankAddress.split(request.address, banks=config.scratchpad_banks, word_bytes=config.word_bytes)
        m.d.comb += [
            request.needs.eq(read.needs(config.rows)),
            request.first.eq(lanes.first),
            request.end.eq(lanes.end),
            request.pad_value.eq(present.pad_value),
            request.swap.eq(swap),
            request.starts.eq(walk.starts),
            request.tag.eq(tag),
        ]
        return m
