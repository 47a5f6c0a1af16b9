"""Products of weights and activations on whatever multipliers an FPGA family has: one interface for all."""

from collections.abc import Callable
from enum import StrEnum
from functools import partial

from amaranth.hdl import Module, Shape, ShapeLike, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.ecp5 import OPERAND_BITS as ECP5_OPERAND_BITS
from celosia.rtl.mac.ecp5 import Mult18x18, PackedProducts
from celosia.rtl.mac.gowin import OPERAND_BITS as GOWIN_OPERAND_BITS
from celosia.rtl.mac.gowin import Mult9x9
from celosia.rtl.mac.ice40 import DualMult8x8
from celosia.rtl.mac.operand import product
from celosia.rtl.mac.precision_product import PACKED_BITS, Precision, PrecisionScalableProduct
from celosia.rtl.mac.shape import integer_shape
from celosia.rtl.parameter import positive_integer


class Multiplier(StrEnum):
    """What products are made of."""

    INFERRED = "inferred"
    """``*``, registered: the synthesis tool finds multipliers, on any FPGA and for any operands."""
    ECP5 = "ecp5"
    """A MULT18X18D for each product."""
    ECP5_PACKED = "ecp5_packed"
    """A MULT18X18D for two products of bytes with the same activation: neighbouring columns."""
    ICE40 = "ice40"
    """Half an SB_MAC16 (iCE40 UltraPlus) for each product of bytes."""
    GOWIN = "gowin"
    """A MULT9X9 (GW1N, GW2A) for each product."""


class SplitMultiplier(StrEnum):
    """A ``PrecisionScalableProduct``, as the array's activations say: its operands are packed numbers of few bits.

    An operand's format has 16 bits, signed if the packed numbers are; that of the activations has two more on top:
    their ``Precision``.
    """

    WEIGHTS_STAY = "weights_stay"
    """The array's weights are weights, its activations activations: of 4 x 8 bits, the former have 4."""
    ACTIVATIONS_STAY = "activations_stay"
    """The other way round."""


LATENCIES: dict[Multiplier | SplitMultiplier, int] = {
    Multiplier.INFERRED: 1,
    Multiplier.ECP5: Mult18x18().latency,
    Multiplier.ECP5_PACKED: PackedProducts.latency,
    Multiplier.ICE40: DualMult8x8.latency,
    Multiplier.GOWIN: Mult9x9.latency,
    SplitMultiplier.WEIGHTS_STAY: PrecisionScalableProduct.latency,
    SplitMultiplier.ACTIVATIONS_STAY: PrecisionScalableProduct.latency,
}

PRECISION_BITS = Shape.cast(Precision).width

#: Signed bits that an operand may need on each hard block.
OPERAND_LIMITS: dict[Multiplier | SplitMultiplier, int] = {
    Multiplier.ECP5: ECP5_OPERAND_BITS,
    Multiplier.ECP5_PACKED: 8,
    Multiplier.ICE40: 8,
    Multiplier.GOWIN: GOWIN_OPERAND_BITS,
}


def product_shape(weight_shape: Shape, activation_shape: Shape) -> Shape:
    """The narrowest format that holds every product of the two formats."""
    width = weight_shape.width + activation_shape.width
    return signed(width) if weight_shape.signed or activation_shape.signed else unsigned(width)


def checked_multiplier(
    multiplier: Multiplier | SplitMultiplier, *, weight_shape: Shape, activation_shape: Shape
) -> Multiplier | SplitMultiplier:
    """``multiplier`` if it has room for the operands as signed numbers, or can split them.

    Raises ``TypeError`` if it is no :class:`Multiplier` or :class:`SplitMultiplier`, ``ValueError`` if a format is
    too wide for it, or not what it splits.
    """
    if not isinstance(multiplier, Multiplier | SplitMultiplier):
        raise TypeError(f"multiplier must be a Multiplier, not {multiplier!r}")
    if isinstance(multiplier, SplitMultiplier) and (weight_shape.width, activation_shape.width) != (
        PACKED_BITS,
        PACKED_BITS + PRECISION_BITS,
    ):
        raise ValueError(
            f"operands must have {PACKED_BITS} and {PACKED_BITS + PRECISION_BITS} bits to be split,"
            f" not {weight_shape.width} and {activation_shape.width}"
        )
    limit = OPERAND_LIMITS.get(multiplier)
    for name, shape in (("weight_shape", weight_shape), ("activation_shape", activation_shape)):
        if limit is not None and shape.width + (not shape.signed) > limit:
            raise ValueError(
                f"{name} must fit into {limit} signed bits for multiplier {multiplier.value}, not {shape!r}"
            )
    return multiplier


class Products(wiring.Component):
    """Multiply each activation with a weight of every column, all of them once a cycle; exact.

    Parameters
    ----------
    columns, length : int
        Number of weights for each activation, and of activations; any positive numbers. A hard block that
        makes two products leaves one unused where their number is odd.
    weight_shape, activation_shape : ShapeLike
        Integer formats of the operands, each signed or unsigned; a hard block must have room for them as
        signed numbers.
    multiplier : Multiplier or SplitMultiplier
        What to build the products of.

    Members
    -------
    weights : In(ArrayLayout(ArrayLayout(weight_shape, length), columns))
        One operand of each product.
    activations : In(ArrayLayout(activation_shape, length))
        The other, the same for all columns.
    products : Out(ArrayLayout(ArrayLayout(product_shape, length), columns))
        ``products[j][i] = weights[j][i] * activations[i]`` of ``latency`` cycles ago.

    Raises
    ------
    TypeError
        If a parameter is not of its kind.
    ValueError
        If a parameter is not positive, or a hard block has no room for the operands.
    """

    def __init__(
        self,
        *,
        columns: int = 1,
        length: int = 1,
        weight_shape: ShapeLike = signed(8),
        activation_shape: ShapeLike = signed(8),
        multiplier: Multiplier | SplitMultiplier = Multiplier.INFERRED,
    ) -> None:
        self._columns = positive_integer("columns", columns)
        self._length = positive_integer("length", length)
        self._weight_shape = integer_shape("weight_shape", weight_shape)
        self._activation_shape = integer_shape("activation_shape", activation_shape)
        self._multiplier = checked_multiplier(
            multiplier, weight_shape=self._weight_shape, activation_shape=self._activation_shape
        )
        super().__init__(
            {
                "weights": In(data.ArrayLayout(data.ArrayLayout(self._weight_shape, length), columns)),
                "activations": In(data.ArrayLayout(self._activation_shape, length)),
                "products": Out(data.ArrayLayout(data.ArrayLayout(self.product_shape, length), columns)),
            }
        )

    @property
    def columns(self) -> int:
        """Weights for each activation."""
        return self._columns

    @property
    def length(self) -> int:
        """Number of activations."""
        return self._length

    @property
    def weight_shape(self) -> Shape:
        """Format of a weight."""
        return self._weight_shape

    @property
    def activation_shape(self) -> Shape:
        """Format of an activation."""
        return self._activation_shape

    @property
    def multiplier(self) -> Multiplier | SplitMultiplier:
        """What the products are made of."""
        return self._multiplier

    @property
    def product_shape(self) -> Shape:
        """Format of a product, or of the sum of those that were packed together."""
        if isinstance(self._multiplier, SplitMultiplier):
            return PrecisionScalableProduct.product_shape
        return product_shape(self._weight_shape, self._activation_shape)

    @property
    def latency(self) -> int:
        """Cycles from operands to products."""
        return LATENCIES[self._multiplier]

    def elaborate(self, platform: object) -> Module:
        """Build the kind of multiplier that was chosen."""
        m = Module()
        match self._multiplier:
            case Multiplier.INFERRED:
                self._infer(m)
            case Multiplier.ECP5:
                a_bits, b_bits = (
                    shape.width + (not shape.signed) for shape in (self._weight_shape, self._activation_shape)
                )
                self._one_a_block(m, partial(Mult18x18, a_bits=a_bits, b_bits=b_bits))
            case Multiplier.GOWIN:
                self._one_a_block(m, Mult9x9)
            case Multiplier.ICE40:
                self._two_a_block(m)
            case Multiplier.ECP5_PACKED:
                self._two_columns_a_block(m)
            case SplitMultiplier():
                self._split(m)
        return m

    def _infer(self, m: Module) -> None:
        for j in range(self._columns):
            for i in range(self._length):
                held = Signal(self.product_shape, name=f"product_{j}_{i}", reset_less=True)
                operands = (
                    self.weights[j][i],
                    self._weight_shape,
                    self.activations[i],
                    self._activation_shape,
                )
                m.d.sync += held.eq(product(*operands))
                m.d.comb += self.products[j][i].eq(held)

    def _one_a_block(self, m: Module, block: Callable[[], Mult18x18 | Mult9x9]) -> None:
        for j in range(self._columns):
            for i in range(self._length):
                multiplier = block()
                m.submodules[f"multiplier_{j}_{i}"] = multiplier
                m.d.comb += [
                    multiplier.a.eq(self.weights[j][i]),
                    multiplier.b.eq(self.activations[i]),
                    self.products[j][i].eq(multiplier.product),
                ]

    def _two_a_block(self, m: Module) -> None:
        places = [(j, i) for j in range(self._columns) for i in range(self._length)]
        for first in range(0, len(places), 2):
            m.submodules[f"multiplier_{first}"] = multiplier = DualMult8x8()
            for half, (j, i) in enumerate(places[first : first + 2]):
                m.d.comb += [
                    multiplier.a[half].eq(self.weights[j][i]),
                    multiplier.b[half].eq(self.activations[i]),
                    self.products[j][i].eq(multiplier.products[half]),
                ]

    def _two_columns_a_block(self, m: Module) -> None:
        for first in range(0, self._columns, 2):
            for i in range(self._length):
                m.submodules[f"multiplier_{first}_{i}"] = multiplier = PackedProducts()
                m.d.comb += multiplier.a.eq(self.activations[i])
                for half in range(min(2, self._columns - first)):
                    m.d.comb += [
                        multiplier.b[half].eq(self.weights[first + half][i]),
                        self.products[first + half][i].eq(multiplier.products[half]),
                    ]

    def _split(self, m: Module) -> None:
        swapped = self._multiplier is SplitMultiplier.ACTIVATIONS_STAY
        signs = self._weight_shape.signed, self._activation_shape.signed
        for j in range(self._columns):
            for i in range(self._length):
                splitting = PrecisionScalableProduct(
                    signed_weights=signs[swapped], signed_activations=signs[not swapped]
                )
                m.submodules[f"product_{j}_{i}"] = splitting
                packed = self.weights[j][i], self.activations[i][:PACKED_BITS]
                m.d.comb += [
                    splitting.weights.eq(packed[swapped]),
                    splitting.activations.eq(packed[not swapped]),
                    splitting.precision.eq(self.activations[i][PACKED_BITS:]),
                    self.products[j][i].eq(splitting.product),
                ]
