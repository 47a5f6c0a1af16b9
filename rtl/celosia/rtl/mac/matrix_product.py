"""The pipeline behind vector MAC, matrix-vector and matrix-matrix unit."""

from typing import Any

from amaranth.hdl import Module, Shape, ShapeLike, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.dot_product import DotProduct, dot_product_latency
from celosia.rtl.mac.operand import Format, check_gating, check_reach, operand_format, sum_limits
from celosia.rtl.mac.shape import integer_shape
from celosia.rtl.parameter import boolean, positive_integer


class MatrixProduct(wiring.Component):
    """``results = addends + activations @ weights`` of small matrices, a new one in every cycle.

    Spatial reuse of all three operands, as in a tensor core: each activation meets ``cols`` weights, each weight
    ``vectors`` activations, and ``rows`` products add up before they meet an addend. It runs freely; the units
    that users generate put streams around it.

    Parameters
    ----------
    vectors, rows, cols : int
        M, K and N of an M x K by K x N product.
    weight_shape, activation_shape : ShapeLike
        Formats of the operands: integers of any width, signed or unsigned, or ``Bipolar``.
    accumulator_shape : ShapeLike
        Integer format of addends and results.
    accumulations : int
        How many operations' products a result adds up at most, addends included.
    operand_register, accumulator_register : bool
        Register the operands in front of the multipliers, and the results.
    zero_gating : bool
        Hold the operands of a multiplier while one of them is zero; takes ``operand_register``.

    Members
    -------
    operands : In(StructLayout)
        ``weights[row][col]``, ``activations[vector][row]``, ``addends[vector][col]``.
    results : Out(ArrayLayout(ArrayLayout(accumulator_shape, cols), vectors))
        ``latency`` cycles later.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind, or ``accumulator_shape`` cannot hold every sum.
    """

    def __init__(
        self,
        *,
        vectors: int,
        rows: int,
        cols: int,
        weight_shape: ShapeLike = signed(8),
        activation_shape: ShapeLike = signed(8),
        accumulator_shape: ShapeLike = signed(32),
        accumulations: int = 1,
        operand_register: bool = True,
        accumulator_register: bool = True,
        zero_gating: bool = False,
    ) -> None:
        for name, value in (("vectors", vectors), ("rows", rows), ("cols", cols)):
            positive_integer(name, value)
        weight = operand_format("weight_shape", weight_shape)
        activation = operand_format("activation_shape", activation_shape)
        accumulator = integer_shape("accumulator_shape", accumulator_shape)
        products = rows * positive_integer("accumulations", accumulations)
        reach = sum_limits(weight, activation, products)
        check_reach("accumulator_shape", accumulator, reach, f"{products} products")
        self._dot: dict[str, Any] = {
            "length": rows,
            "weight_shape": weight,
            "activation_shape": activation,
            "zero_gating": zero_gating,
        }
        if check_gating(zero_gating, weight, activation) and not boolean(
            "operand_register", operand_register
        ):
            raise ValueError("operand_register must be True, not False: zero_gating holds what is in it")
        self._latency = (
            boolean("operand_register", operand_register)
            + dot_product_latency(rows)
            + boolean("accumulator_register", accumulator_register)
        )
        self._parameters: dict[str, Any] = {
            "vectors": vectors,
            "rows": rows,
            "cols": cols,
            "weight_shape": weight,
            "activation_shape": activation,
            "accumulator_shape": accumulator,
            "accumulations": accumulations,
            "operand_register": operand_register,
            "accumulator_register": accumulator_register,
            "zero_gating": zero_gating,
        }
        sums = data.ArrayLayout(data.ArrayLayout(accumulator, cols), vectors)
        operands = data.StructLayout(
            {
                "weights": data.ArrayLayout(data.ArrayLayout(weight, cols), rows),
                "activations": data.ArrayLayout(data.ArrayLayout(activation, rows), vectors),
                "addends": sums,
            }
        )
        super().__init__({"operands": In(operands), "results": Out(sums)})

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters by name."""
        return dict(self._parameters)

    @property
    def weight_shape(self) -> Format:
        """Format of a weight."""
        return self._parameters["weight_shape"]

    @property
    def activation_shape(self) -> Format:
        """Format of an activation."""
        return self._parameters["activation_shape"]

    @property
    def accumulator_shape(self) -> Shape:
        """Format of addends and results."""
        return self._parameters["accumulator_shape"]

    @property
    def latency(self) -> int:
        """Cycles from operands to results: operand register, products, levels of the tree, result register."""
        return self._latency

    def elaborate(self, platform: object) -> Module:
        """Build a dot product for each result, and delay the addends as long as those take."""
        m = Module()
        given = self._parameters
        weights, activations = self.operands.weights, self.operands.activations
        if given["operand_register"] and not given["zero_gating"]:
            weights = Signal(self.operands.weights.shape(), name="weights", reset_less=True)
            activations = Signal(self.operands.activations.shape(), name="activations", reset_less=True)
            m.d.sync += [
                weights.eq(self.operands.weights),
                activations.eq(self.operands.activations),
            ]
        addends = self.operands.addends
        for stage in range(self._latency - given["accumulator_register"]):
            delayed = Signal(self.results.shape(), name=f"addends_{stage}", reset_less=True)
            m.d.sync += delayed.eq(addends)
            addends = delayed
        domain = m.d.sync if given["accumulator_register"] else m.d.comb
        for vector in range(given["vectors"]):
            for col in range(given["cols"]):
                m.submodules[f"dot_{vector}_{col}"] = dot = DotProduct(**self._dot)
                m.d.comb += dot.activations.eq(activations[vector])
                m.d.comb += [dot.weights[row].eq(weights[row][col]) for row in range(given["rows"])]
                domain += self.results[vector][col].eq(addends[vector][col] + dot.sum)
        return m
