"""Walks the weight tiles of the MATRIX commands, ahead of the activations."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.memory.ram import address_bits


def weight_run_layout(config: AcceleratorConfig) -> data.StructLayout:
    """What the loader needs of a command: ``weight_base`` and ``tile_count``.

    Both have just the bits that the weight memory needs: a command that lies in it never uses the others.
    """
    tiles = config.weight_words // config.tile_words
    return data.StructLayout(
        {"weight_base": address_bits(config.weight_words), "tile_count": tiles.bit_length()}
    )


class MatrixLoader(wiring.Component):
    """Issues the reads of one weight tile after the other into the array's shadow tile, one word a cycle.

    The loader knows nothing of commands but where their weights lie, so it runs ahead of the activations
    across commands, by the one tile that the shadow holds. A tile may begin in the very cycle in which the
    previous one is swapped in, because the array takes a load beside a swap for the next tile (Gemmini and the
    TPU double-buffer their weights likewise). All times are those of issue; whoever connects the loader gives
    weights and activations the same latency up to the array.

    Parameters
    ----------
    config : AcceleratorConfig
        Size of tiles and of the weight memory.

    Members
    -------
    run : In(stream.Signature(weight_run_layout(config)))
        The tiles of each command. One run can wait while another is read; whether it can is known from a register.
    swap : In(1)
        The shadow tile moves into the array's active weights. Only in cycles with ``loaded``.
    stall : In(1)
        No word is read in this cycle.
    loaded : Out(1)
        The shadow holds a whole tile: high from the cycle after its last word until the swap.
    enable : Out(1)
        Read a word in this cycle; the first one of a run in the cycle after it was taken, or after the last word
        of the run before, at the earliest.
    address : Out(address bits)
        Weight word to read.
    group : Out
        Which group of the tile's rows the word holds: 0 to ``tile_words - 1``.

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
                "run": In(stream.Signature(weight_run_layout(config))),
                "swap": In(1),
                "stall": In(1),
                "loaded": Out(1),
                "enable": Out(1),
                "address": Out(address_bits(config.weight_words)),
                "group": Out(address_bits(config.tile_words)),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """Size of tiles and of the weight memory."""
        return self._config

    def elaborate(self, platform: object) -> Module:
        """Build the address, the two counters and the shadow's state."""
        m = Module()
        tiles_left = Signal.like(self.run.payload.tile_count)
        may_read = Signal()
        ends_tile = Signal()
        ends_run = Signal()
        room = Signal()
        tile_ends = Signal()
        free = Signal()
        m.d.comb += [
            # A swap comes late in a cycle: all else is known before.
            may_read.eq((tiles_left != 0) & ~self.stall),
            ends_tile.eq(may_read & (self.group == self._config.tile_words - 1)),
            ends_run.eq(ends_tile & (tiles_left == 1)),
            room.eq(~self.loaded | self.swap),
            self.enable.eq(may_read & room),
            tile_ends.eq(ends_tile & room),
            free.eq((tiles_left == 0) | (ends_run & room)),
        ]
        with m.If(self.enable):
            m.d.sync += [self.address.eq(self.address + 1), self.group.eq(self.group + 1)]
        with m.If(tile_ends):
            m.d.sync += [self.loaded.eq(1), self.group.eq(0), tiles_left.eq(tiles_left - 1)]
        with m.Elif(self.swap):
            m.d.sync += self.loaded.eq(0)

        # A run goes to work at once, or waits.
        waiting = Signal(self.run.payload.shape(), reset_less=True)
        waits = Signal()
        following = Signal.like(waiting)
        m.d.comb += [following.eq(Mux(waits, waiting, self.run.payload)), self.run.ready.eq(~waits)]
        with m.If(~waits):
            m.d.sync += waiting.eq(self.run.payload)
        with m.If(free & (waits | self.run.valid)):
            m.d.sync += [
                self.address.eq(following.weight_base),
                tiles_left.eq(following.tile_count),
                waits.eq(0),
            ]
        with m.Elif(self.run.valid):
            m.d.sync += waits.eq(1)
        return m
