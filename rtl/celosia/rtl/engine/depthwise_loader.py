"""Fetches the weights of the DEPTHWISE commands, ahead of the pixels."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.delay import delayed
from celosia.rtl.memory.ram import address_bits
from celosia.rtl.parameter import positive_integer


class DepthwiseLoader(wiring.Component):
    """Issues the reads of one command's weights after the other into the shadow weights, one word a cycle.

    The shadow holds the weights of one command, so the loader is ahead by that one. It may begin in the very
    cycle in which the first pixel of the command before issues.

    Parameters
    ----------
    config : AcceleratorConfig
        Size of the weights and of their memory; with a DEPTHWISE engine.
    settle : int
        Cycles from the issue of a command's last word to the first in which its first pixel may issue.

    Members
    -------
    run : In(stream.Signature(address bits))
        The first word of each command's weights; taken once all words before it are issued.
    swap : In(1)
        A command's first pixel issues, which takes the shadow weights along. Only in cycles with ``loaded``.
    loaded : Out(1)
        The shadow will hold all weights by the time a pixel that issues now needs them.
    enable : Out(1)
        Read a word in this cycle; the first one in the cycle after ``run`` was taken, at the earliest.
    address : Out(address bits)
        Weight word to read.
    group : Out
        Which of the command's words it is: 0 to ``depthwise_weight_words - 1``.

    Raises
    ------
    TypeError, ValueError
        If ``config`` is not an :class:`AcceleratorConfig`, or ``settle`` not a positive integer.
    """

    def __init__(self, config: AcceleratorConfig, *, settle: int) -> None:
        if not isinstance(config, AcceleratorConfig):
            raise TypeError(f"config must be an AcceleratorConfig, not {config!r}")
        self._config = config
        self._settle = positive_integer("settle", settle)
        super().__init__(
            {
                "run": In(stream.Signature(address_bits(config.weight_words))),
                "swap": In(1),
                "loaded": Out(1),
                "enable": Out(1),
                "address": Out(address_bits(config.weight_words)),
                "group": Out(address_bits(config.depthwise_weight_words)),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """Size of the weights and of their memory."""
        return self._config

    @property
    def settle(self) -> int:
        """Cycles from the last word's issue to the first pixel's."""
        return self._settle

    def elaborate(self, platform: object) -> Module:
        """Build the address, the counter and the shadow's state."""
        m = Module()
        last = self._config.depthwise_weight_words - 1
        reading = Signal()
        full = Signal()
        ends = Signal()
        m.d.comb += [
            self.enable.eq(reading & (~full | self.swap)),
            ends.eq(self.enable & (self.group == last)),
            self.run.ready.eq(~reading),
        ]
        with m.If(self.enable):
            m.d.sync += [self.address.eq(self.address + 1), self.group.eq(self.group + 1)]
        with m.If(ends):
            m.d.sync += [full.eq(1), reading.eq(0), self.group.eq(0)]
        with m.Elif(self.swap):
            m.d.sync += full.eq(0)
        with m.If(delayed(m, ends, self._settle)):
            m.d.sync += self.loaded.eq(1)
        with m.Elif(self.swap):
            m.d.sync += self.loaded.eq(0)
        with m.If(self.run.valid & self.run.ready):
            m.d.sync += [self.address.eq(self.run.payload), reading.eq(1)]
        return m
