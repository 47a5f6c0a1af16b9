"""Stage: operators become layers of loop nests over buffers, with all their constants."""

from collections.abc import Callable, Sequence
from math import prod

from celosia.compiler.constant_memories import ParameterMemory, WeightMemory
from celosia.compiler.errors import CapacityError, UnsupportedError
from celosia.compiler.evaluate import TABLE_OPERATIONS
from celosia.compiler.graph import Graph, Operation, Operator
from celosia.compiler.graph_edit import describe
from celosia.compiler.layers import Buffer, Layer, Lowered
from celosia.compiler.lower_context import LowerContext
from celosia.compiler.lower_convolution import lower_convolution
from celosia.compiler.lower_elementwise import lower_binary, lower_unary
from celosia.compiler.lower_pad import lower_pad
from celosia.compiler.lower_reduction import lower_mean, lower_pool
from celosia.rtl.command import Function, functions_of
from celosia.rtl.config import VECTOR_FUNCTIONS, AcceleratorConfig

LOWERINGS: dict[Operation, Callable[[LowerContext, Operator], Layer]] = {
    Operation.CONV_2D: lower_convolution,
    Operation.DEPTHWISE_CONV_2D: lower_convolution,
    Operation.FULLY_CONNECTED: lower_convolution,
    Operation.ADD: lower_binary,
    Operation.MUL: lower_binary,
    Operation.AVERAGE_POOL_2D: lower_pool,
    Operation.MAX_POOL_2D: lower_pool,
    Operation.MEAN: lower_mean,
    Operation.PAD: lower_pad,
    Operation.QUANTIZE: lower_unary,
    **dict.fromkeys(TABLE_OPERATIONS, lower_unary),
}


def lower(graph: Graph, config: AcceleratorConfig, *, may_copy: bool = True) -> Lowered:
    """Lower the accelerator's part of a network; without ``may_copy``, no layer copies its input to be faster.

    ``RESHAPE`` costs nothing: its output is another name for its input's buffer. Raises
    :class:`UnsupportedError` with a line for each operator that has no hardware form, :class:`CapacityError` with
    one for each that needs a function which the machine's VECTOR engine lacks.
    """
    may_copy = may_copy and Function.MAXIMUM in functions_of(config)
    buffers, tensor_buffers = _buffers(graph)
    context = LowerContext(
        graph, config, tensor_buffers, WeightMemory(config), ParameterMemory(config), buffers, may_copy
    )
    layers: list[Layer] = []
    faults: list[str] = []
    for operator in graph.operators:
        if operator.operation is Operation.RESHAPE:
            continue
        try:
            layers.append(LOWERINGS[operator.operation](context, operator))
        except UnsupportedError as error:
            faults.append(str(error))
    if faults:
        raise UnsupportedError("\n".join(faults))
    _check_functions(graph, layers, config)
    return Lowered(
        layers=tuple(layers),
        buffers=tuple(buffers),
        tensor_buffers=tensor_buffers,
        inputs=tuple(tensor_buffers[index] for index in graph.inputs),
        outputs=tuple(tensor_buffers[index] for index in graph.outputs),
        weights=context.weights.image(),
        parameters=context.parameters.entries(),
    )


def _check_functions(graph: Graph, layers: Sequence[Layer], config: AcceleratorConfig) -> None:
    present = {function.name.lower() for function in functions_of(config)}
    needs = [{function.name.lower() for function in layer.functions} for layer in layers]
    remedy = ",".join(name for name in VECTOR_FUNCTIONS if name in present.union(*needs))
    faults = [
        f"{describe(graph, layer.operator)} needs {' and '.join(sorted(missing))} of the vector engine:"
        f" use --set vector_functions={remedy}"
        for layer, names in zip(layers, needs, strict=True)
        if (missing := names - present)
    ]
    if faults:
        raise CapacityError("\n".join(faults))


def _buffers(graph: Graph) -> tuple[list[Buffer], dict[int, int]]:
    """A buffer for each tensor that work reads or writes as activations; aliases share one."""
    buffers: list[Buffer] = []
    tensor_buffers: dict[int, int] = {}

    def provide(index: int) -> None:
        if index not in tensor_buffers:
            tensor = graph.tensors[index]
            constant = None if tensor.data is None else tensor.data.tobytes()
            tensor_buffers[index] = len(buffers)
            buffers.append(Buffer(prod(tensor.shape), constant))

    for index in graph.inputs:
        provide(index)
    for operator in graph.operators:
        for index in _activations(graph, operator):
            provide(index)
        if operator.operation is Operation.RESHAPE:
            tensor_buffers[operator.outputs[0]] = tensor_buffers[operator.inputs[0]]
        else:
            provide(operator.outputs[0])
    for index in graph.outputs:
        provide(index)
    return buffers, tensor_buffers


def _activations(graph: Graph, operator: Operator) -> tuple[int, ...]:
    """The inputs of an operator that the scratchpad must hold."""
    if operator.operation in (Operation.ADD, Operation.MUL):
        return tuple(
            index for index in operator.inputs if (data := graph.tensors[index].data) is None or data.size > 1
        )
    return operator.inputs[:1]
