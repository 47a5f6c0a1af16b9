"""Dot products of several columns of weights with the same activations: what a processing element computes."""

from amaranth.hdl import Module, Shape, ShapeLike, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.adder_tree import AdderTree
from celosia.rtl.mac.products import LATENCIES, Multiplier, Products, SplitMultiplier


def dot_products_latency(length: int, multiplier: Multiplier | SplitMultiplier) -> int:
    """Cycles from operands to sums: the multiplier's, and one for each level of the adder tree."""
    return LATENCIES[multiplier] + (length - 1).bit_length()


class DotProducts(wiring.Component):
    """Multiply a ``length`` x ``columns`` matrix of weights with a vector of activations, once a cycle; exact.

    A matrix-vector unit without accumulation, as NVDLA's and MAGNet's arrays of vector MACs are; the columns
    share their activations, so that multipliers which make two products of one operand can be used. The
    operands are not registered in front of inferred multipliers: whoever holds them does that.

    Parameters
    ----------
    columns, length : int
        Size of the matrix.
    weight_shape, activation_shape : ShapeLike
        Integer formats of the operands, each signed or unsigned.
    multiplier : Multiplier or SplitMultiplier
        What the products are made of.

    Members
    -------
    weights : In(ArrayLayout(ArrayLayout(weight_shape, length), columns))
        The matrix, column by column.
    activations : In(ArrayLayout(activation_shape, length))
        The vector.
    sums : Out(ArrayLayout(sum_shape, columns))
        For each column, the sum of the products of the operands ``latency`` cycles ago.

    Raises
    ------
    TypeError, ValueError
        As for :class:`~celosia.rtl.mac.products.Products`.
    """

    def __init__(
        self,
        *,
        columns: int,
        length: int,
        weight_shape: ShapeLike = signed(8),
        activation_shape: ShapeLike = signed(8),
        multiplier: Multiplier | SplitMultiplier = Multiplier.INFERRED,
    ) -> None:
        self._products = Products(
            columns=columns,
            length=length,
            weight_shape=weight_shape,
            activation_shape=activation_shape,
            multiplier=multiplier,
        )
        super().__init__(
            {
                "weights": In(self._products.weights.shape()),
                "activations": In(self._products.activations.shape()),
                "sums": Out(data.ArrayLayout(self.sum_shape, columns)),
            }
        )

    @property
    def columns(self) -> int:
        """Columns of the matrix."""
        return self._products.columns

    @property
    def length(self) -> int:
        """Activations in the vector."""
        return self._products.length

    @property
    def weight_shape(self) -> Shape:
        """Format of a weight."""
        return self._products.weight_shape

    @property
    def activation_shape(self) -> Shape:
        """Format of an activation."""
        return self._products.activation_shape

    @property
    def multiplier(self) -> Multiplier | SplitMultiplier:
        """What the products are made of."""
        return self._products.multiplier

    @property
    def sum_shape(self) -> Shape:
        """Format of a sum: one bit wider than a product for each level of the tree."""
        product = self._products.product_shape
        return Shape(product.width + (self.length - 1).bit_length(), product.signed)

    @property
    def latency(self) -> int:
        """Cycles from operands to sums."""
        return dot_products_latency(self.length, self.multiplier)

    def elaborate(self, platform: object) -> Module:
        """Put an adder tree behind each column's products."""
        m = Module()
        m.submodules.products = self._products
        m.d.comb += [
            self._products.weights.eq(self.weights),
            self._products.activations.eq(self.activations),
        ]
        for column, products in enumerate(self._products.products):
            tree = AdderTree(length=self.length, term_shape=self._products.product_shape)
            m.submodules[f"tree_{column}"] = tree
            m.d.comb += [tree.terms.eq(products), self.sums[column].eq(tree.sum)]
        return m
