"""The VECTOR engine's way to the partial sums."""

from typing import Any

from amaranth.hdl import Array, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.delay import delayed
from celosia.rtl.engine.vector_addresses import VectorPlace
from celosia.rtl.memory.delay_line import delayed_data
from celosia.rtl.memory.port import WordReadSignature
from celosia.rtl.memory.ram import address_bits


def choice_latency(config: AcceleratorConfig) -> int:
    """Cycles that the choice of a lane group among an entry's columns takes: none if there is just one group."""
    return int(config.cols > config.vector_lanes)


class VectorSums(wiring.Component):
    """Gives each lane the partial sum of its channel, a fixed time after the operand was issued.

    Entries are read late, so that nothing needs to wait beside the operands of the scratchpad.

    Parameters
    ----------
    config : AcceleratorConfig
        Sizes of memories and vectors.
    read_latency : int
        Cycles from an accumulator read to its data.
    latency : int
        Cycles from ``enable`` to ``sums``; at least ``read_latency`` and those of the choice.

    Members
    -------
    enable : In(1)
        An operand is issued that is a partial sum.
    place : In(VectorPlace(config))
        With ``enable``: where it is.
    from_depthwise : In(1)
        With ``enable``: in the depthwise engine's accumulators.
    accumulator_read : Out(WordReadSignature)
        To the accumulators.
    depthwise_read : Out(WordReadSignature)
        To the depthwise engine's, if there is one.
    sums : Out(ArrayLayout(signed(accumulator_width), vector_lanes))
        The lane group's columns, ``latency`` cycles after ``enable``.
    """

    def __init__(self, config: AcceleratorConfig, *, read_latency: int, latency: int) -> None:
        self._config = config
        self._read_latency = read_latency
        self._latency = latency
        sum_shape = signed(config.accumulator_width)
        entry = data.ArrayLayout(sum_shape, config.cols)
        depthwise = WordReadSignature(words=config.depthwise_accumulator_depth, shape=entry)
        super().__init__(
            {
                "enable": In(1),
                "place": In(VectorPlace(config)),
                "from_depthwise": In(1),
                "accumulator_read": Out(WordReadSignature(words=config.accumulator_depth, shape=entry)),
                **({"depthwise_read": Out(depthwise)} if config.depthwise_taps else {}),
                "sums": Out(data.ArrayLayout(sum_shape, config.vector_lanes)),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """Sizes of memories and vectors."""
        return self._config

    @property
    def read_latency(self) -> int:
        """Cycles from an accumulator read to its data."""
        return self._read_latency

    @property
    def latency(self) -> int:
        """Cycles from ``enable`` to ``sums``."""
        return self._latency

    def elaborate(self, platform: object) -> Module:
        """Delay the read, read, choose."""
        m = Module()
        config = self._config
        has_depthwise = bool(config.depthwise_taps)
        entries = max(config.accumulator_depth, config.depthwise_accumulator_depth if has_depthwise else 0)
        until_chosen = self._latency - choice_latency(config)
        until_read = until_chosen - self._read_latency
        read = Signal(data.StructLayout({"depthwise": 1, "address": address_bits(entries)}))
        m.d.comb += [
            read.depthwise.eq(self.from_depthwise & has_depthwise),
            read.address.eq(self.place.read_address),
        ]
        enable = delayed(m, self.enable, until_read)
        read = delayed_data(m, "entry", read, until_read)
        m.d.comb += [
            self.accumulator_read.enable.eq(enable & ~read.depthwise),
            self.accumulator_read.address.eq(read.address),
        ]
        columns: list[Any] = list(self.accumulator_read.data)
        if has_depthwise:
            m.d.comb += [
                self.depthwise_read.enable.eq(enable & read.depthwise),
                self.depthwise_read.address.eq(read.address),
            ]
            depthwise = delayed(m, read.depthwise, self._read_latency)
            columns = [Mux(depthwise, b, a) for a, b in zip(columns, self.depthwise_read.data, strict=True)]

        if not choice_latency(config):
            m.d.comb += [lane.eq(column) for lane, column in zip(self.sums, columns, strict=False)]
            return m
        group = delayed(m, self.place.group, until_chosen)
        chosen = Signal(self.sums.shape(), reset_less=True)
        for index, lane in enumerate(chosen):
            m.d.sync += lane.eq(Array(columns[index :: config.vector_lanes])[group])
        m.d.comb += self.sums.eq(chosen)
        return m
