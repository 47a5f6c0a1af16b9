"""Products on the 18 x 18 multipliers of Lattice's ECP5: one a block, or two packed into one."""

from amaranth.hdl import Cat, ClockSignal, Const, Instance, Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.delay import delayed
from celosia.rtl.mac.low_product import LowProduct
from celosia.rtl.parameter import boolean, positive_integer

OPERAND_BITS = 18
#: Cycles from the block's operands to its product: operands, pipeline, output.
BLOCK_LATENCY = 3
#: Distance of the two products in a packed one: the operand ``b[1] * 2^9 + b[0]`` still fits the block.
PACK_SHIFT = 9
#: Bits by which the products overlap.
LOW_BITS = 16 - PACK_SHIFT


class Mult18x18(wiring.Component):
    """``product = a * b`` on a MULT18X18D with all its registers: operands, pipeline, output.

    These registers are what makes the block fast; yosys does not move fabric registers into it, so they are
    instantiated here. Nothing resets them. One more register, in fabric, ends the long way from the block's
    column to where the product is used: without it, that way and an adder limit an 8x8 array to 200 MHz.

    Parameters
    ----------
    a_bits, b_bits : int
        Bits of the operands, at most 18. The block's other inputs repeat their signs.
    pipelined : bool
        Whether there is the pipeline's register, which splits the multiplication.
    in_fabric : bool
        Whether there is the one in fabric. An array that takes most of a large FPGA's blocks is not as fast, and does
        better with fewer registers.

    Members
    -------
    a : In(signed(a_bits))
        One operand.
    b : In(signed(b_bits))
        The other.
    product : Out(signed(a_bits + b_bits))
        Their product, ``latency`` cycles later: 4, one less for each register that is not there.

    Raises
    ------
    TypeError
        If a parameter is not of its kind.
    ValueError
        If there are not 1 to 18 bits.
    """

    def __init__(
        self,
        *,
        a_bits: int = OPERAND_BITS,
        b_bits: int = OPERAND_BITS,
        pipelined: bool = True,
        in_fabric: bool = True,
    ) -> None:
        for name, bits in (("a_bits", a_bits), ("b_bits", b_bits)):
            if positive_integer(name, bits) > OPERAND_BITS:
                raise ValueError(f"{name} must be at most {OPERAND_BITS}, not {bits!r}")
        self._pipelined = boolean("pipelined", pipelined)
        self._in_fabric = boolean("in_fabric", in_fabric)
        super().__init__(
            {"a": In(signed(a_bits)), "b": In(signed(b_bits)), "product": Out(signed(a_bits + b_bits))}
        )

    @property
    def a_bits(self) -> int:
        """Bits of one operand."""
        return len(self.a)

    @property
    def b_bits(self) -> int:
        """Bits of the other."""
        return len(self.b)

    @property
    def pipelined(self) -> bool:
        """Whether there is the pipeline's register."""
        return self._pipelined

    @property
    def in_fabric(self) -> bool:
        """Whether a register in fabric follows the block's own."""
        return self._in_fabric

    @property
    def latency(self) -> int:
        """Cycles from the operands to their product."""
        return BLOCK_LATENCY - (not self._pipelined) + self._in_fabric

    def elaborate(self, platform: object) -> Module:
        """Instantiate the block."""
        m = Module()
        registers: dict[str, str] = {}
        for name in ("INPUTA", "INPUTB", *(["PIPELINE"] if self._pipelined else []), "OUTPUT"):
            registers |= {
                f"p_REG_{name}_CLK": "CLK0",
                f"p_REG_{name}_CE": "CE0",
                f"p_REG_{name}_RST": "RST0",
            }
        pins = {f"i_A{i}": self.a[min(i, self.a_bits - 1)] for i in range(OPERAND_BITS)}
        pins |= {f"i_B{i}": self.b[min(i, self.b_bits - 1)] for i in range(OPERAND_BITS)}
        output = Signal.like(self.product)
        result = Signal.like(self.product, reset_less=True)
        pins |= {f"o_P{i}": bit for i, bit in enumerate(output)}
        if self._in_fabric:
            m.d.sync += result.eq(output)
        else:
            m.d.comb += result.eq(output)
        m.d.comb += self.product.eq(result)
        m.submodules.block = Instance(
            "MULT18X18D",
            p_GSR="DISABLED",
            p_SOURCEB_MODE="B_SHIFT",
            p_MULT_BYPASS="DISABLED",
            p_RESETMODE="SYNC",
            i_CLK0=ClockSignal(),
            i_CE0=Const(1),
            i_RST0=Const(0),
            i_SIGNEDA=Const(1),
            i_SIGNEDB=Const(1),
            i_SOURCEA=Const(0),
            i_SOURCEB=Const(0),
            **registers,
            **pins,
        )
        return m


class PackedProducts(wiring.Component):
    """Two exact products of bytes that share an operand, ``products[i] = a * b[i]``, on one MULT18X18D.

    The block multiplies ``a`` with ``b[1] * 2^9 + b[0]``, so that its product is ``a * b[1] * 2^9 + a * b[0]``: the
    floor of ``a * b[0] / 2^9``, ``h``, is added to the other product. The low seven bits of ``a * b[1]``, made in
    fabric, tell ``h``, because ``h`` has seven bits. So the products come apart. (Packing two bytes into one wide
    multiplier is known from Xilinx's white paper WP486, whose 27 x 18 block leaves the products apart; the seven
    bits make 18 x 18 enough.)

    Members
    -------
    a : In(signed(8))
        The shared operand.
    b : In(ArrayLayout(signed(8), 2))
        The two others.
    products : Out(ArrayLayout(signed(16), 2))
        The products, ``latency`` = 5 cycles later.
    """

    a: In(signed(8))
    b: In(data.ArrayLayout(signed(8), 2))
    products: Out(data.ArrayLayout(signed(16), 2))

    #: Cycles from the operands to their products.
    latency = BLOCK_LATENCY + 2

    def elaborate(self, platform: object) -> Module:
        """Pack, multiply, and take the product apart in two steps."""
        m = Module()
        m.submodules.multiplier = multiplier = Mult18x18(a_bits=8, in_fabric=False)
        packed = Cat(self.b[0], self.b[0][-1], self.b[1] - self.b[0][-1])
        m.d.comb += [multiplier.a.eq(self.a), multiplier.b.eq(packed.as_signed())]

        # Beside the block: a * b[1] modulo 128
        m.submodules.low_product = low_product = LowProduct(bits=LOW_BITS)
        m.d.comb += [low_product.a.eq(self.a), low_product.b.eq(self.b[1])]
        waiting = multiplier.latency - low_product.latency
        low_products = delayed(m, low_product.product, waiting, reset_less=True)

        # First step: h. Its seven bits suffice, the borrow tells whether a * b[1] + h leaves its multiple of 128.
        whole = multiplier.product
        difference = Signal(LOW_BITS + 1)
        m.d.comb += difference.eq(whole[PACK_SHIFT:16] - low_products)
        high = Signal(LOW_BITS, reset_less=True)
        carry = Signal(signed(2), reset_less=True)
        upper = Signal(signed(PACK_SHIFT), reset_less=True)
        lower = Signal(PACK_SHIFT, reset_less=True)
        low_bits = Signal(LOW_BITS, reset_less=True)
        negative, borrow = difference[-2], difference[-1]
        m.d.sync += [
            high.eq(difference[:LOW_BITS]),
            carry.eq((borrow & ~negative).as_unsigned() - (~borrow & negative).as_unsigned()),
            upper.eq(whole[16 : 16 + PACK_SHIFT]),
            lower.eq(whole[:PACK_SHIFT]),
            low_bits.eq(low_products),
        ]

        # Second step: the products
        products = Signal(self.products.shape(), reset_less=True)
        m.d.sync += [
            products[1].eq(Cat(low_bits, (upper - carry)[:PACK_SHIFT])),
            products[0].eq(Cat(lower, high)),
        ]
        m.d.comb += self.products.eq(products)
        return m
