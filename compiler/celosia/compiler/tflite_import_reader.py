"""One operator of a ``.tflite`` file together with its tensors, and the checks that operators share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import tflite

from celosia.compiler.graph import Activation, Tensor
from celosia.compiler.tflite_import_decode import RawOperator, RawTensor
from celosia.compiler.tflite_import_error import ModelError

INT8, INT32, FLOAT32 = "INT8", "INT32", "FLOAT32"

ACTIVATIONS = {getattr(tflite.ActivationFunctionType, name): Activation[name] for name in Activation}
ACTIVATION_NAMES = {
    code: name for name, code in vars(tflite.ActivationFunctionType).items() if name[:1].isupper()
}


@dataclass(frozen=True)
class Reader:
    """One operator and the tensors it refers to, with the checks that handlers share."""

    raw: RawOperator
    raw_tensors: Sequence[RawTensor]
    tensors: Sequence[Tensor]

    def fail(self, reason: str) -> NoReturn:
        """Raise :class:`ModelError` about this operator."""
        outputs = [self.raw_tensors[index].name for index in self.raw.outputs if index >= 0]
        where = f" (output tensor {outputs[0]!r})" if outputs else ""
        raise ModelError(f"operator {self.raw.name}{where} {reason}")

    def require(self, condition: bool, reason: str) -> None:
        """Raise :class:`ModelError` about this operator unless the condition holds."""
        if not condition:
            self.fail(reason)

    def check_arity(self, fewest: int, most: int) -> None:
        """Check that there is one output and a right number of inputs; those past ``fewest`` may be absent."""
        self.require(len(self.raw.outputs) == 1 and self.raw.outputs[0] >= 0, "must have one output")
        given = self.raw.inputs
        self.require(
            fewest <= len(given) <= most and all(index >= 0 for index in given[:fewest]),
            f"must have {fewest} to {most} inputs" if fewest < most else f"must have {fewest} inputs",
        )

    def check_types(self, *types: str) -> None:
        """Check the types of the inputs that are present."""
        for index, type_name in zip(self.raw.inputs, types, strict=False):
            if index >= 0:
                self.check_type(index, type_name)

    def check_type(self, index: int, type_name: str) -> None:
        """Check the type of one tensor, and that an int8 one is quantised."""
        tensor = self.raw_tensors[index]
        if tensor.type_name != type_name:
            hint = {
                FLOAT32: "Celosia needs int8 quantised models: quantise it with full integer quantisation",
                "UINT8": "the legacy uint8 quantisation is not supported, convert the model to int8",
            }.get(tensor.type_name, f"only {type_name} is supported here")
            raise ModelError(
                f"tensor {tensor.name!r} of operator {self.raw.name} is {tensor.type_name}; {hint}"
            )
        if type_name == INT8 and not tensor.scale:
            self.fail(f"uses the tensor {tensor.name!r}, which has no quantisation")

    def check_activations(self) -> None:
        """Check that every input is int8, and the output too, and that each has one scale."""
        self.check_types(*[INT8] * len(self.raw.inputs))
        self.check_type(self.raw.outputs[0], INT8)
        for index in (*self.raw.inputs, self.raw.outputs[0]):
            self.check_one_scale(index)

    def check_one_scale(self, index: int) -> None:
        """Check that a tensor is not quantised per channel."""
        tensor = self.raw_tensors[index]
        self.require(len(tensor.scale) == 1, f"has {len(tensor.scale)} scales on {tensor.name!r}, not one")

    def check_output_shape(self, expected: Sequence[int]) -> None:
        """Check the shape of the output."""
        self.require(
            tuple(expected) == self.output.shape,
            f"has the output shape {list(self.output.shape)}, should have {list(expected)}",
        )

    def check_output_scale(self, scale: float, zero_point: int) -> None:
        """Check the quantisation of an output that the operator's arithmetic fixes."""
        raw = self.raw_tensors[self.raw.outputs[0]]
        self.require(
            raw.scale == (scale,) and raw.zero_point == (zero_point,),
            f"must have the output scale 1/{round(1 / scale)} and zero point {zero_point}",
        )

    def constant(self, position: int, *types: str) -> tuple[int, ...]:
        """The flattened integers of a constant input."""
        tensor = self.tensors[self.raw.inputs[position]]
        type_name = self.raw_tensors[self.raw.inputs[position]].type_name
        self.require(type_name in types, f"has {type_name} in {tensor.name!r}, not {' or '.join(types)}")
        if tensor.data is None:
            self.fail(f"needs {tensor.name!r} to be constant")
        return tuple(int(value) for value in tensor.data.ravel())

    def option(self, name: str) -> Any:
        """A field of the operator's options."""
        if name not in self.raw.options:
            self.fail("has no options")
        return self.raw.options[name]

    @property
    def source(self) -> Tensor:
        """The first input."""
        return self.tensors[self.raw.inputs[0]]

    @property
    def output(self) -> Tensor:
        """The output."""
        return self.tensors[self.raw.outputs[0]]

    @property
    def activation(self) -> Activation:
        """The fused activation function."""
        code = self.option("FusedActivationFunction")
        if code not in ACTIVATIONS:
            self.fail(f"has the fused activation {ACTIVATION_NAMES.get(code, code)}, which is not supported")
        return ACTIVATIONS[code]
