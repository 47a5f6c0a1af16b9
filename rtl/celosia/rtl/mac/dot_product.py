"""A pipelined dot product: the multipliers of every other unit."""

from amaranth.hdl import Module, Shape, ShapeLike, Signal, Value, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.shape import integer_shape
from celosia.rtl.parameter import positive_integer


def product_shape(weight_shape: Shape, activation_shape: Shape) -> Shape:
    """The narrowest format that holds every product of the two formats."""
    width = weight_shape.width + activation_shape.width
    return signed(width) if weight_shape.signed or activation_shape.signed else unsigned(width)


class DotProduct(wiring.Component):
    """Multiply ``length`` weights with ``length`` activations and add the products up, once a cycle.

    Each product is registered, because multiplier blocks of FPGAs are only fast with a register behind them,
    and so is each level of the tree of two-input adders (NVDLA's and MAGNet's vector MACs have the same
    tree). The sum is exact. The operands are not registered: whoever holds them does that.

    Parameters
    ----------
    length : int
        Number of products; any positive number.
    weight_shape, activation_shape : ShapeLike
        Integer formats of the operands, each signed or unsigned.

    Members
    -------
    weights : In(ArrayLayout(weight_shape, length))
        One operand of each product.
    activations : In(ArrayLayout(activation_shape, length))
        The other.
    sum : Out(sum_shape)
        Sum of the products of the operands ``latency`` cycles ago.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind, or not positive.
    """

    def __init__(
        self, *, length: int, weight_shape: ShapeLike = signed(8), activation_shape: ShapeLike = signed(8)
    ) -> None:
        self._length = positive_integer("length", length)
        self._weight_shape = integer_shape("weight_shape", weight_shape)
        self._activation_shape = integer_shape("activation_shape", activation_shape)
        super().__init__(
            {
                "weights": In(data.ArrayLayout(self._weight_shape, length)),
                "activations": In(data.ArrayLayout(self._activation_shape, length)),
                "sum": Out(self.sum_shape),
            }
        )

    @property
    def length(self) -> int:
        """Number of products."""
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
    def levels(self) -> int:
        """Levels of the adder tree."""
        return (self._length - 1).bit_length()

    @property
    def sum_shape(self) -> Shape:
        """Format of the sum: one bit wider than a product for each level of the tree."""
        product = product_shape(self._weight_shape, self._activation_shape)
        return Shape(product.width + self.levels, product.signed)

    @property
    def latency(self) -> int:
        """Cycles from operands to their sum."""
        return 1 + self.levels

    def elaborate(self, platform: object) -> Module:
        """Build the multipliers and the tree."""
        m = Module()
        terms: list[Value] = [self.weights[i] * self.activations[i] for i in range(self._length)]
        stage = 0
        while True:
            registers = [
                Signal(term.shape(), name=f"stage{stage}_{i}", reset_less=True)
                for i, term in enumerate(terms)
            ]
            m.d.sync += [register.eq(term) for register, term in zip(registers, terms, strict=True)]
            if len(registers) == 1:
                m.d.comb += self.sum.eq(registers[0])
                return m
            pairs = [left + right for left, right in zip(registers[::2], registers[1::2], strict=False)]
            terms = pairs + registers[2 * len(pairs) :]
            stage += 1
