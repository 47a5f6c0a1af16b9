"""The loop nest of a VECTOR command: what to read and to write, one operand after the other."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.command import Function, VectorCommand, functions_of
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.nested_address import NestedAddress
from celosia.rtl.memory.ram import address_bits
from celosia.rtl.memory.scratchpad_address import BankAddress


class VectorPlace(data.StructLayout):
    """Where an operand comes from, and its place in its element.

    Addresses have just the bits that the configuration's memories need, which is exact for everything inside
    them: the arithmetic modulo 2^24 of the command's fields implies it modulo any smaller power of two.

    Parameters
    ----------
    config : AcceleratorConfig
        Sizes of memories and vectors.

    Fields
    ------
    second
        Operand B; A otherwise.
    first, last
        The element's first operand, and its last.
    final
        The last operand of the command's last element.
    read_address
        Scratchpad address of the operand, or accumulator entry for ``REQUANTIZE``.
    read_needs
        The scratchpad's banks that it lies in.
    group
        Lane group, counted from the pixel's first; exact below ``ceil(cols / vector_lanes)``.
    parameter_address
        The element's parameter word.
    write_address
        Scratchpad address of the element.
    write_count
        Lanes of the element that exist: 1 to ``vector_lanes``.
    """

    def __init__(self, config: AcceleratorConfig) -> None:
        scratchpad_bits = address_bits(config.scratchpad_bytes)
        entries = max(
            config.accumulator_depth, config.depthwise_accumulator_depth if config.depthwise_taps else 0
        )
        super().__init__(
            {
                "second": 1,
                "first": 1,
                "last": 1,
                "final": 1,
                "read_address": max(scratchpad_bits, address_bits(entries)),
                "read_needs": config.scratchpad_banks,
                "group": address_bits(-(-config.cols // config.vector_lanes)),
                "parameter_address": address_bits(config.parameter_words),
                "write_address": scratchpad_bits,
                "write_count": range(config.vector_lanes + 1),
            }
        )


class VectorAddresses(wiring.Component):
    """Walks y, x, lane group, window row, window column and operand (innermost) of one command after another.

    A command takes ``block_rows * block_cols * ceil(channels / vector_lanes)`` elements of ``window_rows *
    window_cols`` operands (``ADD`` and ``MULTIPLY``: A, then B), each of which must be at least 1. The next command
    may be loaded in the cycle in which the present one's last operand advances. Counters have just the bits of a
    number of bytes in the scratchpad.

    Parameters
    ----------
    config : AcceleratorConfig
        Sizes of memories and vectors.

    Members
    -------
    load : In(1)
        With ``advance``: begin ``command`` in the next cycle, instead of going on.
    command : In(VectorCommand)
        The command to load.
    advance : In(1)
        Go to the next operand in the next cycle. May come later in a cycle than all else.
    present : In(VectorCommand)
        The command last loaded, until its last operand advances.
    place : Out(VectorPlace(config))
        The present operand.

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
                "load": In(1),
                "command": In(VectorCommand),
                "advance": In(1),
                "present": In(VectorCommand),
                "place": Out(VectorPlace(config)),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """Sizes of memories and vectors."""
        return self._config

    def elaborate(self, platform: object) -> Module:
        """Build the loop counters, three addresses that follow them, and the parameter address."""
        m = Module()
        lanes = self._config.vector_lanes
        functions = functions_of(self._config)
        present = self.present
        place = self.place
        # Loops, innermost first: operand, window column, window row, lane group, x, y. All but the first count down:
        # to below zero, so that a loop's end is a sign.
        has_windows = any(function in functions for function in (Function.SUM, Function.MAXIMUM))
        fields = ("window_cols", "window_rows", "channels", "block_cols", "block_rows")
        bits = self._config.scratchpad_bytes.bit_length()
        decrements = {"channels": lanes}

        def takes_two(command: Any) -> Value:
            two = [function for function in (Function.ADD, Function.MULTIPLY) if function in functions]
            return Cat(command.function == function for function in two).any()

        second = Signal()
        is_last_operand = Signal(init=1)  # of A and B; always, without functions of both
        at_end = Signal(1 + len(fields))
        turn = Signal(len(at_end))  # the loop that would go on: the innermost that is not at its end
        m.d.comb += at_end[0].eq(is_last_operand)
        with m.If(self.advance):
            m.d.sync += [
                second.eq(turn[0] & ~self.load),
                is_last_operand.eq(Mux(self.load, ~takes_two(self.command), turn[0] | ~takes_two(present))),
            ]
        for level, field in enumerate(fields, start=1):
            decrement = decrements.get(field, 1)
            if field.startswith("window") and not has_windows:
                m.d.comb += at_end[level].eq(1)
                continue
            # What the loop's later iterations have, less 1.
            left = Signal(signed(min(len(present[field]), bits) + 1), name=f"{field}_left")
            begins = self.load | turn[level + 1 :].any()
            count = Mux(self.load, self.command[field][: len(left) - 1], present[field][: len(left) - 1])
            m.d.comb += at_end[level].eq(left < 0)
            with m.If(self.advance & (begins | turn[level])):
                m.d.sync += left.eq(Mux(begins, count, left) + Mux(begins, -decrement - 1, -decrement))
            if field == "channels":
                channels_left = left
        for level in range(len(turn)):
            m.d.comb += turn[level].eq(at_end[:level].all() & ~at_end[level])
        turn_group, turn_x, turn_y = turn[3], turn[4], turn[5]

        first = Signal()
        last = at_end[:3].all()
        with m.If(self.advance):
            m.d.sync += first.eq(last | self.load)
        m.d.comb += [
            place.second.eq(second),
            place.first.eq(first),
            place.last.eq(last),
            place.final.eq(at_end.all()),
            place.write_count.eq(Mux(at_end[3], channels_left + (lanes + 1), lanes)),
        ]

        # Addresses. A lane group of accumulators is in the same entry.
        m.submodules.a = a = NestedAddress(width=len(place.read_address), levels=5)
        m.submodules.b = b = NestedAddress(width=len(place.write_address), levels=3)
        m.submodules.out = out = NestedAddress(width=len(place.write_address), levels=3)
        from_accumulators = present.function == Function.REQUANTIZE
        for nest, start, turns, steps in (
            (
                a,
                self.command.a_address,
                turn[1:],
                (
                    present.window_col_step,
                    present.window_row_step,
                    Mux(from_accumulators, 0, lanes),
                    present.a_col_step,
                    present.a_row_step,
                ),
            ),
            (b, self.command.b_address, turn[3:], (lanes, present.b_col_step, present.b_row_step)),
            (out, self.command.out_address, turn[3:], (lanes, present.out_col_step, present.out_row_step)),
        ):
            m.d.comb += [nest.load.eq(self.load), nest.start.eq(start)]
            m.d.comb += [nest.turn.eq(turns), nest.advance.eq(self.advance)]
            m.d.comb += [nest.steps[level].eq(step) for level, step in enumerate(steps)]
        read = BankAddress.split(
            place.read_address, banks=self._config.scratchpad_banks, word_bytes=self._config.word_bytes
        )
        m.d.comb += [
            place.read_address.eq(Mux(second, b.address, a.address)),
            place.read_needs.eq(read.needs(lanes)),
            place.write_address.eq(out.address),
        ]

        # Per lane group
        group = Signal.like(place.group)
        parameter_address = Signal.like(place.parameter_address)
        m.d.comb += [place.group.eq(group), place.parameter_address.eq(parameter_address)]
        with m.If(self.advance & self.load):
            m.d.sync += [group.eq(0), parameter_address.eq(self.command.parameter_base)]
        with m.Elif(self.advance & (turn_x | turn_y)):
            following = Mux(present.per_pixel, parameter_address + 1, present.parameter_base)
            m.d.sync += [group.eq(0), parameter_address.eq(following)]
        with m.Elif(self.advance & turn_group):
            m.d.sync += [group.eq(group + 1), parameter_address.eq(parameter_address + present.per_channel)]
        return m
