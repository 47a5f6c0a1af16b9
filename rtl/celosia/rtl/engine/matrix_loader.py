"""Walks the weight tiles of the MATRIX commands, ahead of the activations."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.memory.ram import address_bits
from celosia.rtl.stream_buffer import StreamBuffer


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
    across commands, by the one tile that the shadow holds. A tile begins in the cycle after the previous one is swapped
    in, and may be swapped in while its last word is read, so that nothing here depends on an activation that is granted
    in the same cycle. The array takes a load beside a swap for the next tile (Gemmini and the TPU double-buffer their
    weights likewise). All times are those of issue; whoever connects the loader lets weights take a cycle less to the
    array than activations.

    Parameters
    ----------
    config : AcceleratorConfig
        Size of tiles and of the weight memory.

    Members
    -------
    run : In(stream.Signature(weight_run_layout(config)))
        The tiles of each command. Two runs can wait while another is read; whether one can is known from a register.
    swap : In(1)
        The shadow tile moves into the array's active weights. Only in cycles with ``loaded``.
    stall : In(1)
        No word is read in this cycle.
    loaded : Out(1)
        The shadow holds a whole tile: high from the cycle of its last word until the swap.
    enable : Out(1)
        Read a word in this cycle; the first one of a run in the second cycle after it was taken, or in the one after
        the last word of the run before, at the earliest.
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
        words = self._config.tile_words
        tiles_left = Signal.like(self.run.payload.tile_count)
        has_tile = Signal()
        at_last = Signal(init=words == 1)
        full = Signal()
        swapped = Signal()
        room = Signal()
        tile_ends = Signal()
        free = Signal()
        m.d.sync += swapped.eq(self.swap)
        m.d.comb += [
            room.eq(~full | swapped),
            self.enable.eq(has_tile & ~self.stall & room),
            tile_ends.eq(self.enable & at_last),
            self.loaded.eq((full & ~swapped) | tile_ends),
            free.eq(~has_tile | (tile_ends & (tiles_left == 1))),
        ]
        with m.If(self.enable):
            m.d.sync += [self.address.eq(self.address + 1), self.group.eq(self.group + 1)]
            if words > 1:
                m.d.sync += at_last.eq(self.group == words - 2)
        with m.If(tile_ends):
            m.d.sync += [
                full.eq(1),
                self.group.eq(0),
                tiles_left.eq(tiles_left - 1),
                has_tile.eq(tiles_left != 1),
            ]
        with m.Elif(swapped):
            m.d.sync += full.eq(0)

        m.submodules.runs = runs = StreamBuffer(shape=self.run.payload.shape())
        connect(m, flipped(self.run), runs.input)
        m.d.comb += runs.output.ready.eq(free)
        with m.If(runs.output.valid & free):
            following = runs.output.payload
            m.d.sync += [
                self.address.eq(following.weight_base),
                tiles_left.eq(following.tile_count),
                has_tile.eq(following.tile_count != 0),
            ]
        return m
