"""Requantisation: from a 32-bit sum to a number of the output's scale, as TFLite rounds it."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.command import Rounding
from celosia.rtl.mac.held_product import held_product
from celosia.rtl.mac.products import Multiplier
from celosia.rtl.parameter import integer

VALUE_BITS = 32
MULTIPLIER_BITS = 31
SHIFT_BITS = 6
PRODUCT_BITS = VALUE_BITS + MULTIPLIER_BITS
ROUNDED_BITS = PRODUCT_BITS + 1
LIMB_BITS = 16
FINE_SHIFT_BITS = 3

#: Shifts above this one round twice in :attr:`Rounding.DOUBLE`.
LAST_SINGLE_SHIFT = 31


class Requantizer(wiring.Component):
    """One lane of ``(value * multiplier + constant) >> shift``, one result a cycle, :attr:`latency` cycles later.

    The constant is ``2^(shift-1)``; in ``DOUBLE`` rounding and for shifts above 31, ``2^30`` is added to it if
    ``value >= 0`` and subtracted otherwise. That equals TFLite's ``MultiplyByQuantizedMultiplier``, which
    rounds half up at bit 31 and then half away from zero at bit ``shift`` (gemmlowp's
    ``SaturatingRoundingDoublingHighMul`` and ``RoundingDivideByPOT``), with one multiplier and one adder. The
    result saturates at ``result_width`` bits.

    The multiplication is cut into four products of 17 signed bits, which fit an FPGA's multiplier blocks with
    their operand and product registers (:func:`~celosia.rtl.mac.held_product.held_product`). The pipeline never stalls.

    Parameters
    ----------
    result_width : int
        Bits of the result.
    made_of : Multiplier
        What the products are made of.

    Members
    -------
    value : In(signed(32))
        The sum.
    multiplier : In(31)
        Unsigned.
    shift : In(6)
        1 to 62.
    rounding : In(Rounding)
        How to round.
    result : Out(signed(result_width))
        The requantised value of ``latency`` cycles ago.

    Raises
    ------
    TypeError
        If ``result_width`` is not an integer.
    ValueError
        If ``result_width`` is not 2 to 32.
    """

    #: Cycles from the operands to the result.
    latency = 7

    def __init__(self, *, result_width: int = VALUE_BITS, made_of: Multiplier = Multiplier.INFERRED) -> None:
        if not 2 <= integer("result_width", result_width) <= VALUE_BITS:
            raise ValueError(f"result_width must be 2 to {VALUE_BITS}, not {result_width!r}")
        self._result_width = result_width
        self._made_of = Multiplier(made_of)
        super().__init__(
            {
                "value": In(signed(VALUE_BITS)),
                "multiplier": In(MULTIPLIER_BITS),
                "shift": In(SHIFT_BITS),
                "rounding": In(Rounding),
                "result": Out(signed(result_width)),
            }
        )

    @property
    def result_width(self) -> int:
        """Bits of the result."""
        return self._result_width

    @property
    def made_of(self) -> Multiplier:
        """What the products are made of."""
        return self._made_of

    def elaborate(self, platform: object) -> Module:
        """Build the pipeline, one stage after the other; a register's number is its stage."""
        m = Module()

        # 1: operands
        value1 = Signal(signed(VALUE_BITS), reset_less=True)
        multiplier1 = Signal(MULTIPLIER_BITS, reset_less=True)
        shift1 = Signal(SHIFT_BITS, reset_less=True)
        twice1 = Signal(reset_less=True)
        m.d.sync += [
            value1.eq(self.value),
            multiplier1.eq(self.multiplier),
            shift1.eq(self.shift),
            twice1.eq((self.rounding == Rounding.DOUBLE) & (self.shift > LAST_SINGLE_SHIFT)),
        ]

        # 2: four partial products, and the rounding constant
        products = {
            f"{a_name}_{b_name}2": held_product(
                m, f"{a_name}_{b_name}2", (a, b), (a1, b1), made_of=self._made_of
            )
            for (a_name, a, a1) in _limbs(self.value, value1)
            for (b_name, b, b1) in _limbs(self.multiplier, multiplier1)
        }
        # The second half is subtracted from a larger one only, so the constant is never negative.
        half = Signal(PRODUCT_BITS - 1)
        second_half = Signal(signed(LAST_SINGLE_SHIFT + 1))
        constant2 = Signal(PRODUCT_BITS - 1, reset_less=True)
        shift2 = Signal(SHIFT_BITS, reset_less=True)
        m.d.comb += [
            half.eq((1 << shift1) >> 1),
            second_half.eq(Mux(twice1, Mux(value1 < 0, -1, 1), 0) << LAST_SINGLE_SHIFT - 1),
        ]
        m.d.sync += [
            constant2.eq(half + second_half),
            shift2.eq(shift1),
        ]

        # 3: the outer and the inner products meet
        outer3 = Signal(signed(ROUNDED_BITS), reset_less=True)
        inner3 = Signal(signed(2 * LIMB_BITS + 1), reset_less=True)
        shift3 = Signal(SHIFT_BITS, reset_less=True)
        m.d.sync += [
            outer3.eq(Cat(products["low_low2"], products["high_high2"]).as_signed() + constant2),
            inner3.eq(products["low_high2"] + products["high_low2"]),
            shift3.eq(shift2),
        ]

        # 4: the rounded product; the inner products do not reach its lowest limb
        product4 = Signal(signed(ROUNDED_BITS), reset_less=True)
        shift4 = Signal(SHIFT_BITS, reset_less=True)
        high3 = outer3[LIMB_BITS:].as_signed() + inner3
        m.d.sync += [
            product4.eq(Cat(outer3[:LIMB_BITS], high3[: ROUNDED_BITS - LIMB_BITS])),
            shift4.eq(shift3),
        ]

        # 5: shifted by whole bytes
        coarse5 = Signal(signed(ROUNDED_BITS), reset_less=True)
        shift5 = Signal(FINE_SHIFT_BITS, reset_less=True)
        coarse_shift = Cat(Const(0, FINE_SHIFT_BITS), shift4[FINE_SHIFT_BITS:])
        m.d.sync += [coarse5.eq(product4 >> coarse_shift), shift5.eq(shift4[:FINE_SHIFT_BITS])]

        # 6: shifted by bits; the bits above the result only tell whether it fits
        kept = self._result_width + (1 << FINE_SHIFT_BITS) - 1
        fine6 = Signal(signed(kept), reset_less=True)
        fits6 = Signal(reset_less=True)
        negative6 = Signal(reset_less=True)
        sign_bits = coarse5[kept - 1 :]
        m.d.sync += [
            fine6.eq(coarse5[:kept].as_signed() >> shift5),
            fits6.eq(sign_bits.all() | ~sign_bits.any()),
            negative6.eq(coarse5 < 0),
        ]

        # 7: saturated
        sign_bits = fine6[self._result_width - 1 :]
        largest = (1 << self._result_width - 1) - 1
        with m.If(fits6 & (sign_bits.all() | ~sign_bits.any())):
            m.d.sync += self.result.eq(fine6)
        with m.Else():
            m.d.sync += self.result.eq(Mux(negative6, ~largest, largest))
        return m


def _limbs(operand: Signal, held: Signal) -> tuple[tuple[str, Value, Value], ...]:
    """The lower and the upper limb of an operand and of its register."""

    def upper(value: Signal) -> Value:
        return value[LIMB_BITS:].as_signed() if value.shape().signed else value[LIMB_BITS:]

    return ("low", operand[:LIMB_BITS], held[:LIMB_BITS]), ("high", upper(operand), upper(held))
