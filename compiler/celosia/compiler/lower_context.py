"""What lowering an operator needs to know, and where it leaves constants."""

from dataclasses import dataclass

from celosia.compiler.constant_memories import ParameterMemory, WeightMemory
from celosia.compiler.graph import Graph
from celosia.compiler.layers import Buffer, Operand
from celosia.compiler.strided_nests import StridedNest
from celosia.rtl.config import AcceleratorConfig


@dataclass(frozen=True)
class LowerContext:
    """The graph, the machine, the buffer of each tensor, and the memories that layers add to.

    ``all_buffers`` are those of tensors and those that layers add for themselves, which they do only if ``may_copy``.
    """

    graph: Graph
    config: AcceleratorConfig
    buffers: dict[int, int]
    weights: WeightMemory
    parameters: ParameterMemory
    all_buffers: list[Buffer]
    may_copy: bool = True

    def add_buffer(self, size: int) -> int:
        """A buffer of a layer's own; return its index."""
        self.all_buffers.append(Buffer(size))
        return len(self.all_buffers) - 1

    def shape(self, index: int) -> tuple[int, ...]:
        """Shape of a tensor."""
        return self.graph.tensors[index].shape

    def operand(self, tensor: int, nest: StridedNest, position: int, offset: int = 0) -> Operand:
        """A tensor's bytes as operand number ``position`` of a nest, from ``offset`` on."""
        start, row_step, col_step = nest.operands[position]
        return Operand(self.buffers[tensor], offset + start, row_step, col_step)
