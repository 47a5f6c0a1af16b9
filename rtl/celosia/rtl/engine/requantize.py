"""Requantisation: from a 32-bit sum to a number of the output's scale, as TFLite rounds it."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.command import Rounding
from celosia.rtl.mac.held_product import held_product
from celosia.rtl.mac.products import Multiplier
from celosia.rtl.parameter import boolean, integer

VALUE_BITS = 32
MULTIPLIER_BITS = 31
SHIFT_BITS = 6
PRODUCT_BITS = VALUE_BITS + MULTIPLIER_BITS
LIMB_BITS = 16
FINE_SHIFT_BITS = 3

#: Shifts above this one round twice in :attr:`Rounding.DOUBLE`.
LAST_SINGLE_SHIFT = 31


class Requantizer(wiring.Component):
    """One lane of ``(value * multiplier + constant) >> shift``, one result a cycle, :attr:`latency` cycles later.

    The constant is ``2^(shift-1)``; in ``DOUBLE`` rounding and for shifts above 31, ``2^30`` is added to it if
    ``value >= 0`` and subtracted otherwise. That equals TFLite's ``MultiplyByQuantizedMultiplier``, which
    rounds half up at bit 31 and then half away from zero at bit ``shift`` (gemmlowp's
    ``SaturatingRoundingDoublingHighMul`` and ``RoundingDivideByPOT``), with one multiplier. The result saturates at
    ``result_width`` bits.

    ``2^(shift-1)`` is added where it is 1: after all bits but one have been shifted out. What is so lost below it
    cannot carry.

    The multiplication is cut into four products of 17 signed bits, which fit an FPGA's multiplier blocks with
    their operand and product registers (:func:`~celosia.rtl.mac.held_product.held_product`). The pipeline never stalls.

    Parameters
    ----------
    result_width : int
        Bits of the result.
    made_of : Multiplier
        What the products are made of.
    registered : bool
        Whether there is a register behind each step; otherwise, there are those of the product and the result.

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
        If ``result_width`` is not an integer, or ``registered`` not a bool.
    ValueError
        If ``result_width`` is not 2 to 32.
    """

    def __init__(
        self,
        *,
        result_width: int = VALUE_BITS,
        made_of: Multiplier = Multiplier.INFERRED,
        registered: bool = True,
    ) -> None:
        if not 2 <= integer("result_width", result_width) <= VALUE_BITS:
            raise ValueError(f"result_width must be 2 to {VALUE_BITS}, not {result_width!r}")
        self._result_width = result_width
        self._made_of = Multiplier(made_of)
        self._registered = boolean("registered", registered)
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

    @property
    def registered(self) -> bool:
        """Whether there is a register behind each step."""
        return self._registered

    @property
    def latency(self) -> int:
        """Cycles from the operands to the result."""
        return 7 if self._registered else 2

    def elaborate(self, platform: object) -> Module:
        """Build the pipeline, one stage after the other; a register's number is its stage."""
        m = Module()
        step = m.d.sync if self._registered else m.d.comb

        # 1: operands
        value1 = Signal(signed(VALUE_BITS), reset_less=True)
        multiplier1 = Signal(MULTIPLIER_BITS, reset_less=True)
        shift1 = Signal(SHIFT_BITS, reset_less=True)
        twice1 = Signal(reset_less=True)
        step += [
            value1.eq(self.value),
            multiplier1.eq(self.multiplier),
            shift1.eq(self.shift),
            twice1.eq((self.rounding == Rounding.DOUBLE) & (self.shift > LAST_SINGLE_SHIFT)),
        ]

        # 2: four partial products
        products = {
            f"{a_name}_{b_name}2": held_product(
                m, f"{a_name}_{b_name}2", (a, b), (a1, b1), made_of=self._made_of
            )
            if self._registered
            else a1 * b1
            for (a_name, a, a1) in _limbs(self.value, value1)
            for (b_name, b, b1) in _limbs(self.multiplier, multiplier1)
        }
        second_half2 = Signal(signed(2), reset_less=True)
        shift2 = Signal(SHIFT_BITS, reset_less=True)
        step += [
            second_half2.eq(Mux(twice1, Mux(value1 < 0, -1, 1), 0)),
            # The last bit goes when the half is added, at the end.
            shift2.eq(shift1 - 1),
        ]

        # 3: the outer and the inner products meet
        outer3 = Signal(signed(PRODUCT_BITS), reset_less=True)
        inner3 = Signal(signed(2 * LIMB_BITS + 1), reset_less=True)
        shift3 = Signal(SHIFT_BITS, reset_less=True)
        outer = Cat(products["low_low2"], products["high_high2"]).as_signed()
        step += [
            outer3.eq(outer + (second_half2 << LAST_SINGLE_SHIFT - 1)),
            inner3.eq(products["low_high2"] + products["high_low2"]),
            shift3.eq(shift2),
        ]

        # 4: the product; the inner ones do not reach its lowest limb
        product4 = Signal(signed(PRODUCT_BITS), reset_less=True)
        shift4 = Signal(SHIFT_BITS, reset_less=True)
        high3 = outer3[LIMB_BITS:].as_signed() + inner3
        m.d.sync += [
            product4.eq(Cat(outer3[:LIMB_BITS], high3[: PRODUCT_BITS - LIMB_BITS])),
            shift4.eq(shift3),
        ]

        # 5: shifted by whole bytes; the bytes above those that are kept only tell whether it fits
        kept_bytes = -(-(self._result_width + (1 << FINE_SHIFT_BITS) - 1) // 8)
        kept = 8 * kept_bytes + 1
        coarse5 = Signal(signed(kept), reset_less=True)
        fits5 = Signal(reset_less=True)
        negative5 = Signal(reset_less=True)
        shift5 = Signal(FINE_SHIFT_BITS, reset_less=True)
        bytes_shifted = shift4[FINE_SHIFT_BITS:]
        negative4 = product4[-1]
        magnitude = product4.as_unsigned() ^ negative4.replicate(PRODUCT_BITS)
        above = magnitude[8 * kept_bytes :]
        shifted_out = Const(-1, 8 * 7).as_unsigned() >> Cat(Const(0, FINE_SHIFT_BITS), ~bytes_shifted)
        step += [
            coarse5.eq(product4 >> Cat(Const(0, FINE_SHIFT_BITS), bytes_shifted)),
            fits5.eq((above & ~shifted_out) == 0),
            negative5.eq(negative4),
            shift5.eq(shift4[:FINE_SHIFT_BITS]),
        ]

        # 6: shifted by bits
        fine6 = Signal(signed(kept), reset_less=True)
        fits6 = Signal(reset_less=True)
        negative6 = Signal(reset_less=True)
        step += [fine6.eq(coarse5 >> shift5), fits6.eq(fits5), negative6.eq(negative5)]

        # 7: rounded, and saturated
        rounded = Signal(signed(kept))
        sign_bits = rounded[self._result_width - 1 :]
        largest = (1 << self._result_width - 1) - 1
        m.d.comb += rounded.eq((fine6 + 1) >> 1)
        with m.If(fits6 & (sign_bits.all() | ~sign_bits.any())):
            m.d.sync += self.result.eq(rounded)
        with m.Else():
            m.d.sync += self.result.eq(Mux(negative6, ~largest, largest))
        return m


def _limbs(operand: Signal, held: Signal) -> tuple[tuple[str, Value, Value], ...]:
    """The lower and the upper limb of an operand and of its register."""

    def upper(value: Signal) -> Value:
        return value[LIMB_BITS:].as_signed() if value.shape().signed else value[LIMB_BITS:]

    return ("low", operand[:LIMB_BITS], held[:LIMB_BITS]), ("high", upper(operand), upper(held))
