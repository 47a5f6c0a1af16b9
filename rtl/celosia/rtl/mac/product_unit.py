"""What vector MAC, matrix-vector and matrix-matrix unit share."""

from typing import TypedDict

from amaranth.hdl import Module, ShapeLike
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.matrix_product import MatrixProduct
from celosia.rtl.mac.pipeline import streamed


class ProductOptions(TypedDict, total=False):
    """Parameters of a product unit that say how, not how much, it computes."""

    weight_shape: ShapeLike
    activation_shape: ShapeLike
    accumulator_shape: ShapeLike
    accumulations: int
    operand_register: bool
    accumulator_register: bool
    zero_gating: bool


class ProductUnit(wiring.Component):
    """Streams around a :class:`MatrixProduct`, whose payloads lack the dimensions that are 1.

    Parameters
    ----------
    core : MatrixProduct
        The pipeline.
    operands, results : ShapeLike
        Formats of the payloads: the core's, bit for bit.
    """

    def __init__(self, core: MatrixProduct, *, operands: ShapeLike, results: ShapeLike) -> None:
        self._core = core
        super().__init__(
            {"operands": In(stream.Signature(operands)), "results": Out(stream.Signature(results))}
        )

    @property
    def core(self) -> MatrixProduct:
        """The pipeline, for its parameters."""
        return self._core

    @property
    def latency(self) -> int:
        """Cycles from operands to their results, if results are taken whenever they are valid."""
        return self._core.latency

    def elaborate(self, platform: object) -> Module:
        """Put streams around the pipeline."""
        return streamed(self, self._core)
