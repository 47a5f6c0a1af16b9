"""A pipelined dot product: the multipliers of every other unit."""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, ShapeLike, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.operand import (
    Bipolar,
    Format,
    check_gating,
    operand_format,
    product,
    shape_between,
    sum_limits,
)
from celosia.rtl.mac.zero_gate import ZeroGate
from celosia.rtl.parameter import positive_integer


def dot_product_latency(length: int, *, zero_gating: bool = False) -> int:
    """Cycles from operands to their sum: gates, products, levels of the tree."""
    return zero_gating + 1 + (length - 1).bit_length()


class DotProduct(wiring.Component):
    """Multiply ``length`` weights with ``length`` activations and add the products up, once a cycle.

    Each product is registered, because multiplier blocks of FPGAs are only fast with a register behind them,
    and so is each level of the tree of two-input adders (NVDLA's and MAGNet's vector MACs have the same
    tree). The sum is exact. The operands are not registered, except by zero gating: whoever holds them does
    that.

    ``Bipolar`` operands are bits that mean -1 and +1. With an integer, such a bit chooses the sign. Two of them
    make an XNOR, the tree counts ones, and the sum is twice that count less ``length`` (XNOR-Net, FINN).

    Parameters
    ----------
    length : int
        Number of products; any positive number.
    weight_shape, activation_shape : ShapeLike
        Formats of the operands: integers of any width, signed or unsigned, or ``Bipolar``.
    zero_gating : bool
        Register the operands, and hold them when one of a pair is zero, so that its multiplier does not
        toggle: one more cycle, and registers for each product.

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
        If a parameter is not of its kind, or not positive, or if operands that are never zero are to be gated.
    """

    def __init__(
        self,
        *,
        length: int,
        weight_shape: ShapeLike = signed(8),
        activation_shape: ShapeLike = signed(8),
        zero_gating: bool = False,
    ) -> None:
        self._length = positive_integer("length", length)
        self._weight_shape = operand_format("weight_shape", weight_shape)
        self._activation_shape = operand_format("activation_shape", activation_shape)
        self._zero_gating = check_gating(zero_gating, self._weight_shape, self._activation_shape)
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
    def weight_shape(self) -> Format:
        """Format of a weight."""
        return self._weight_shape

    @property
    def activation_shape(self) -> Format:
        """Format of an activation."""
        return self._activation_shape

    @property
    def zero_gating(self) -> bool:
        """Whether operands are held when one is zero."""
        return self._zero_gating

    @property
    def sum_shape(self) -> Shape:
        """The narrowest format that holds every sum."""
        return shape_between(sum_limits(self._weight_shape, self._activation_shape, self._length))

    @property
    def latency(self) -> int:
        """Cycles from operands to their sum."""
        return dot_product_latency(self._length, zero_gating=self._zero_gating)

    @property
    def _counts_ones(self) -> bool:
        return self._weight_shape is Bipolar and self._activation_shape is Bipolar

    def elaborate(self, platform: object) -> Module:
        """Build the multipliers and the tree."""
        m = Module()
        terms = self._matches() if self._counts_ones else [self._term(m, i) for i in range(self._length)]
        stage = 0
        while True:
            registers = [
                Signal(term.shape(), name=f"stage{stage}_{i}", reset_less=True)
                for i, term in enumerate(terms)
            ]
            m.d.sync += [register.eq(term) for register, term in zip(registers, terms, strict=True)]
            if len(registers) == 1:
                break
            pairs = [left + right for left, right in zip(registers[::2], registers[1::2], strict=False)]
            terms = pairs + registers[2 * len(pairs) :]
            stage += 1
        total = Cat(Const(self._length & 1, 1), registers[0]) if self._counts_ones else registers[0]
        m.d.comb += self.sum.eq(total)
        return m

    def _term(self, m: Module, index: int) -> Value:
        weight, activation = self.weights[index], self.activations[index]
        if not self._zero_gating:
            return self._product(weight, activation)
        m.submodules[f"gate_{index}"] = gate = ZeroGate(
            weight_shape=self._weight_shape, activation_shape=self._activation_shape
        )
        m.d.comb += [gate.weight.eq(weight), gate.activation.eq(activation)]
        return Mux(gate.zero, 0, self._product(gate.held_weight, gate.held_activation))

    def _product(self, weight: Value, activation: Value) -> Value:
        operands = (Value.cast(weight), self._weight_shape, Value.cast(activation), self._activation_shape)
        return product(*operands)

    def _matches(self) -> list[Value]:
        """Bits that say whether operands are equal, less a constant that saves an adder behind the tree.

        They add up to n - ceil(length / 2) for n ones; the sum, 2n - length, is twice that, plus 1 if the
        length is odd: the constant lowest bit.
        """
        bits: list[Value] = [
            ~(Value.cast(self.weights[i]) ^ Value.cast(self.activations[i])) for i in range(self._length)
        ]
        offset = -(-self._length // 2)
        return [Mux(bits[0], 1 - offset, -offset), *bits[1:]]
