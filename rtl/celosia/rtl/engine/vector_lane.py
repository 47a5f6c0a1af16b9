"""One lane of the vector engine: from an operand a cycle to a byte an element."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.command import Function, Parameter, Rounding
from celosia.rtl.delay import delayed
from celosia.rtl.engine.requantize import Requantizer
from celosia.rtl.mac.held_product import held_product
from celosia.rtl.mac.products import Multiplier
from celosia.rtl.memory.ram import Ram
from celosia.rtl.parameter import boolean

#: Functions whose operands are scaled, or multiplied with each other.
SCALING = (Function.ADD, Function.MULTIPLY)

OPERAND_BITS = 9
SCALE_FRACTION_BITS = 11
SCALE_ROUNDED_BITS = 43
TABLE_ENTRIES = 64

#: Bits of the lower part of a factor that is multiplied in two parts.
FACTOR_LIMB_BITS = 16

#: A requantised value is clamped to a byte after a byte was added: more bits than these change nothing.
RESULT_BITS = 9

#: Scale multiplier that leaves an operand as it is.
SCALE_ONE = 1 << SCALE_FRACTION_BITS

#: Requantisation that leaves a value as it is.
IDENTITY_MULTIPLIER = 1 << 30
IDENTITY_SHIFT = 30


@dataclass(frozen=True)
class LaneStages:
    """Cycles from an operand to what comes with it, and to its result.

    Attributes
    ----------
    zero, scale, scale_round, scale_shift, accumulator, reduce, parameter, out_zero, clamp
        The lane's inputs.
    result
        The element.
    """

    zero: int
    scale: int
    scale_round: int
    scale_shift: int
    accumulator: int
    reduce: int
    parameter: int
    out_zero: int
    clamp: int
    result: int

    @classmethod
    def of(cls, functions: Collection[Function], *, registered: bool) -> Self:
        """Those of a lane."""
        if registered:
            return cls(0, 1, 3, 4, 4, 5, 6, 14, 15, 16)
        table = int(Function.TABLE in functions)
        return cls(0, 0, 0, 0, 0, 0, 1, 3 + table, 3 + table, 4 + table)


class ScaleControl(data.Struct):
    """Stage 1: what the operand is multiplied with."""

    multiplier: 31
    use_held: 1  # multiply with the last operand that did not ask for this, instead of ``multiplier``


class ReduceControl(data.Struct):
    """Stage 5: how the operand joins its element."""

    valid: 1
    first: 1
    maximum: 1  # keep the larger byte instead of the sum


class BiasControl(data.Struct):
    """Stage 6: what happens to the finished element, or to the table."""

    identity: 1  # neither bias nor requantisation
    rounding: Rounding
    from_table: 1  # replace the byte by its table entry
    load_table: 1  # write ``table_data_6`` into the table
    table_entry: range(TABLE_ENTRIES)


class ClampControl(data.Struct):
    """Stage 15: the limits of the output."""

    low: signed(8)
    high: signed(8)


class VectorLane(wiring.Component):
    """A pipeline without stalls: an input named ``x3`` belongs to an operand that entered at stage 0, 3 cycles later.

    =====  ===================================================================================
    stage  work
    =====  ===================================================================================
    0      operand: subtract the zero point
    1      choose the factor: a constant, or the operand before
    2      multiply
    3      add the rounding constant
    4      shift by 11 and more; or take an accumulator word instead
    5      reduce: sum or maximum of an element's operands
    6      add the bias; read, or write, the table
    7-13   requantise
    14     add the output's zero point
    15     clamp
    =====  ===================================================================================

    Operands that are not scaled, and elements that are not requantised, take the same way with factors that
    change nothing, so that no path needs registers to wait beside another.

    Unless ``registered``, stages 0 to 5, 6 to 10, 11 to 13 and 14 to 15 take one cycle each, 6 one of its own if
    there is a table; inputs keep their names. :class:`LaneStages` has the cycles.

    Parameters
    ----------
    functions : Collection[Function]
        What the lane can do; stages 0 to 3 only pass operands on if these are never scaled.
    made_of : Multiplier
        What its products are made of.
    registered : bool
        Whether there is a register behind each step.

    Members
    -------
    operand_0 : In(signed(8))
        A byte of the scratchpad.
    zero_0 : In(signed(8))
        Its zero point.
    scale_1 : In(ScaleControl)
        What to multiply with.
    round_up_3, round_down_3 : In(signed(SCALE_ROUNDED_BITS))
        Rounding constants for operands from 0, and below 0.
    shift_4 : In(5)
        Right shift of the product beyond 11 bits.
    accumulator_4 : In(signed(32))
        A partial sum, which replaces the operand if ``from_accumulator_4``.
    reduce_5 : In(ReduceControl)
        How the operand joins its element.
    bias_6 : In(BiasControl)
        What happens to the finished element.
    parameter_6 : In(Parameter)
        Its bias and requantisation. Sums wrap at 32 bits, as TFLite's do.
    table_data_6 : In(32)
        Four bytes for the table, if ``bias_6.load_table``.
    out_zero_14 : In(signed(8))
        The output's zero point.
    clamp_15 : In(ClampControl)
        The output's limits, ``low`` at most ``high``.
    result_16 : Out(signed(8))
        The element.
    """

    operand_0: In(signed(8))
    zero_0: In(signed(8))
    scale_1: In(ScaleControl)
    round_up_3: In(signed(SCALE_ROUNDED_BITS))
    round_down_3: In(signed(SCALE_ROUNDED_BITS))
    shift_4: In(5)
    accumulator_4: In(signed(32))
    from_accumulator_4: In(1)
    reduce_5: In(ReduceControl)
    bias_6: In(BiasControl)
    parameter_6: In(Parameter)
    table_data_6: In(32)
    out_zero_14: In(signed(8))
    clamp_15: In(ClampControl)
    result_16: Out(signed(8))

    def __init__(
        self,
        *,
        functions: Collection[Function],
        made_of: Multiplier = Multiplier.INFERRED,
        registered: bool = True,
    ) -> None:
        self._functions = tuple(functions)
        self._made_of = Multiplier(made_of)
        self._registered = boolean("registered", registered)
        super().__init__()

    @property
    def functions(self) -> tuple[Function, ...]:
        """What the lane can do."""
        return self._functions

    @property
    def made_of(self) -> Multiplier:
        """What its products are made of."""
        return self._made_of

    @property
    def registered(self) -> bool:
        """Whether there is a register behind each step."""
        return self._registered

    def _has(self, *functions: Function) -> bool:
        return any(function in self._functions for function in functions)

    def elaborate(self, platform: object) -> Module:
        """Build the stages in order; a register's number is the stage that reads it."""
        m = Module()

        step = m.d.sync if self._registered else m.d.comb

        # 0 to 3: operand
        passing = 4 if self._registered else 0
        scaled4 = self._scaled(m) if self._has(*SCALING) else delayed(m, self.operand_0, passing)

        # 4: shift, or take a partial sum
        value5 = Signal(signed(32), reset_less=True)
        step += value5.eq(Mux(self.from_accumulator_4, self.accumulator_4, scaled4))

        # 5: reduce
        element6 = Signal(signed(32), reset_less=True)
        larger = value5[:8].as_signed() > element6[:8].as_signed()
        with m.If(self.reduce_5.valid):
            with m.If(self.reduce_5.first):
                m.d.sync += element6.eq(value5)
            if self._has(Function.MAXIMUM):
                with m.Elif(self.reduce_5.maximum):
                    m.d.sync += element6.eq(Mux(larger, value5, element6))
            if self._has(Function.SUM, *SCALING):
                with m.Else():
                    m.d.sync += element6.eq(element6 + value5)

        # 6: bias, and table, which takes a cycle
        held = m.d.sync if self._registered or self._has(Function.TABLE) else m.d.comb
        biased7 = Signal(signed(32), reset_less=True)
        multiplier7 = Signal(31, reset_less=True)
        shift7 = Signal(6, reset_less=True)
        rounding7 = Signal(Rounding, reset_less=True)
        with m.If(self.bias_6.identity):
            held += [
                biased7.eq(element6),
                multiplier7.eq(IDENTITY_MULTIPLIER),
                shift7.eq(IDENTITY_SHIFT),
            ]
        with m.Else():
            held += [
                biased7.eq(element6 + self.parameter_6.bias),
                multiplier7.eq(self.parameter_6.multiplier),
                shift7.eq(self.parameter_6.shift),
            ]
        held += rounding7.eq(self.bias_6.rounding)
        value7 = self._looked_up(m, element6, biased7) if self._has(Function.TABLE) else biased7

        # 7 to 13: requantise
        m.submodules.requantizer = requantizer = Requantizer(
            result_width=RESULT_BITS, made_of=self._made_of, registered=self._registered
        )
        m.d.comb += [
            requantizer.value.eq(value7),
            requantizer.multiplier.eq(multiplier7),
            requantizer.shift.eq(shift7),
            requantizer.rounding.eq(rounding7),
        ]

        # 14: zero point
        sum15 = Signal(signed(RESULT_BITS + 1), reset_less=True)
        step += sum15.eq(requantizer.result + self.out_zero_14)

        # 15: clamp
        with m.If(sum15 > self.clamp_15.high):
            m.d.sync += self.result_16.eq(self.clamp_15.high)
        with m.Elif(sum15 < self.clamp_15.low):
            m.d.sync += self.result_16.eq(self.clamp_15.low)
        with m.Else():
            m.d.sync += self.result_16.eq(sum15)
        return m

    def _scaled(self, m: Module) -> Value:
        """Stages 0 to 4 of operands that may be scaled: the shifted product."""
        step = m.d.sync if self._registered else m.d.comb

        # 0: operand
        operand1 = Signal(signed(OPERAND_BITS), reset_less=True)
        step += operand1.eq(self.operand_0 - self.zero_0)

        # 1: factor
        held1 = Signal(signed(OPERAND_BITS), reset_less=True)
        factor1 = Signal(signed(32))
        operand2 = Signal(signed(OPERAND_BITS), reset_less=True)
        factor2 = Signal(signed(32), reset_less=True)
        with m.If(~self.scale_1.use_held):
            m.d.sync += held1.eq(operand1)
        with m.If(self.scale_1.use_held):
            m.d.comb += factor1.eq(held1 * SCALE_ONE)
        with m.Else():
            m.d.comb += factor1.eq(self.scale_1.multiplier)
        step += [factor2.eq(factor1), operand2.eq(operand1)]

        # 2: multiply
        negative3 = Signal(reset_less=True)
        step += negative3.eq(operand2 < 0)
        product3: Value
        if not self._registered:
            product3 = operand2 * factor2
        elif self._made_of in (Multiplier.ECP5, Multiplier.ECP5_PACKED):
            low3, high3 = (
                held_product(
                    m, f"{name}_product3", (operand1, limb1), (operand2, limb2), made_of=self._made_of
                )
                for name, limb1, limb2 in (
                    ("low", factor1[:FACTOR_LIMB_BITS], factor2[:FACTOR_LIMB_BITS]),
                    ("high", factor1[FACTOR_LIMB_BITS:].as_signed(), factor2[FACTOR_LIMB_BITS:].as_signed()),
                )
            )
            product3 = low3 + (high3 << FACTOR_LIMB_BITS)
        else:
            product3 = held_product(
                m, "product3", (operand1, factor1), (operand2, factor2), made_of=self._made_of
            )

        # 3: round
        rounded4 = Signal(signed(SCALE_ROUNDED_BITS), reset_less=True)
        step += rounded4.eq(product3 + Mux(negative3, self.round_down_3, self.round_up_3))

        # 4: shift
        return rounded4[SCALE_FRACTION_BITS:].as_signed() >> self.shift_4

    def _looked_up(self, m: Module, element6: Value, biased7: Value) -> Value:
        """Stage 6 of elements that may be looked up in a table: the byte found there, or the element."""
        m.submodules.table = table = Ram(width=32, depth=TABLE_ENTRIES, reads_old=False)
        from_table7 = Signal(reset_less=True)
        byte7 = Signal(2, reset_less=True)
        m.d.sync += [from_table7.eq(self.bias_6.from_table), byte7.eq(element6[:2])]
        m.d.comb += [
            table.read_enable.eq(self.bias_6.from_table),
            table.read_address.eq(element6[2:8]),
            table.write_enable.eq(self.bias_6.load_table),
            table.write_address.eq(self.bias_6.table_entry),
            table.write_data.eq(self.table_data_6),
        ]
        return Mux(from_table7, table.read_data.word_select(byte7, 8).as_signed(), biased7)
