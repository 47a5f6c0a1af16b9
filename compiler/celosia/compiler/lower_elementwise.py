"""Lowers ``ADD``, ``MUL`` and unary operators to VECTOR loop nests."""

from collections.abc import Mapping
from math import prod

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.evaluate import evaluate_operator
from celosia.compiler.graph import Operation, Operator
from celosia.compiler.layers import Layer, VectorNest
from celosia.compiler.lower_context import LowerContext
from celosia.compiler.quantized import add_constants, mul_constants, unary_table
from celosia.compiler.strided_nests import broadcast_strides, dense_strides, strided_nests
from celosia.rtl.command import Function, Rounding

ONE_HALF = (1 << 30, 0)  # multiplier and shift of the larger operand of an addition


def lower_unary(context: LowerContext, operator: Operator) -> Layer:
    """A table of the operator's 256 results, applied to every byte."""
    return _table_layer(context, operator, operator.inputs[0], unary_table(context.graph, operator))


def lower_binary(context: LowerContext, operator: Operator) -> Layer:
    """An addition or multiplication; with a constant that is one number, a table."""
    for position, index in enumerate(operator.inputs):
        tensor = context.graph.tensors[index]
        if tensor.data is not None and tensor.data.size == 1:
            other = operator.inputs[1 - position]
            return _table_layer(context, operator, other, _table_of_constant(context, operator, other))
    is_add = operator.operation is Operation.ADD
    a, b = operator.inputs
    output = operator.outputs[0]
    shape = context.shape(output)
    nests = strided_nests(
        shape,
        broadcast_strides(context.shape(a), shape),
        broadcast_strides(context.shape(b), shape),
        dense_strides(shape),
    )
    constants = _add_fields(context, operator) if is_add else _mul_fields(context, operator)
    return Layer(
        operator,
        tuple(
            VectorNest(
                function=Function.ADD if is_add else Function.MULTIPLY,
                rows=nest.rows,
                cols=nest.cols,
                channels=nest.channels,
                a=context.operand(a, nest, 0),
                b=context.operand(b, nest, 1),
                out=context.operand(output, nest, 2),
                constants=constants,
            )
            for nest in nests
        ),
    )


def _add_fields(context: LowerContext, operator: Operator) -> Mapping[str, int | Rounding]:
    """The machine scales one operand and halves the other, whose scale is the larger."""
    constants = add_constants(context.graph, operator)
    scaled_operand = int((constants.a_multiplier, constants.a_shift) == ONE_HALF)
    multiplier, shift = (
        (constants.b_multiplier, constants.b_shift)
        if scaled_operand
        else (constants.a_multiplier, constants.a_shift)
    )
    return {
        "rounding": Rounding.DOUBLE,
        "a_zero": constants.a_zero,
        "b_zero": constants.b_zero,
        "scaled_operand": scaled_operand,
        "scale_multiplier": multiplier,
        "scale_shift": -shift,
        "parameter_base": context.parameters.per_tensor(
            0, constants.output_multiplier, constants.output_shift
        ),
        "out_zero": constants.output_zero,
        "clamp_low": constants.clamp[0],
        "clamp_high": constants.clamp[1],
    }


def _mul_fields(context: LowerContext, operator: Operator) -> Mapping[str, int | Rounding]:
    constants = mul_constants(context.graph, operator)
    return {
        "rounding": Rounding.DOUBLE,
        "a_zero": constants.a_zero,
        "b_zero": constants.b_zero,
        "parameter_base": context.parameters.per_tensor(0, constants.multiplier, constants.shift),
        "out_zero": constants.output_zero,
        "clamp_low": constants.clamp[0],
        "clamp_high": constants.clamp[1],
    }


def _table_of_constant(context: LowerContext, operator: Operator, other: int) -> NDArray[np.int8]:
    """Results of a binary operator for every value of the operand that is not constant."""
    every_input = np.arange(256, dtype=np.uint8).view(np.int8)
    tensors = context.graph.tensors
    values = {index: tensors[index].data for index in operator.inputs if index != other}
    scalars = {index: np.asarray(data).reshape(-1) for index, data in values.items()}
    table: NDArray[np.int8] = evaluate_operator(context.graph, operator, {**scalars, other: every_input})
    return table


def _table_layer(context: LowerContext, operator: Operator, source: int, table: NDArray[np.int8]) -> Layer:
    output = operator.outputs[0]
    size = prod(context.shape(output))
    constants = {"parameter_base": context.parameters.table(table), "clamp_low": -128, "clamp_high": 127}
    return Layer(
        operator,
        tuple(
            VectorNest(
                function=Function.TABLE,
                rows=nest.rows,
                cols=nest.cols,
                channels=nest.channels,
                a=context.operand(source, nest, 0),
                out=context.operand(output, nest, 1),
                constants=constants,
            )
            for nest in strided_nests((size,), (1,), (1,))
        ),
    )
