"""A compiled network: everything that a host needs to run it, and what it is made of."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.compiled_file import graph_from_json, graph_to_json, read_archive, write_archive
from celosia.compiler.errors import ProgramFileError
from celosia.compiler.evaluate import evaluate
from celosia.compiler.graph import Graph, Tensor
from celosia.rtl.bus.address_map import Region, parameter_image, program_image, weight_image
from celosia.rtl.config import AcceleratorConfig, ConfigurationError
from celosia.rtl.program_code import ProgramCommand, decode_program

Array = NDArray[Any]


@dataclass(frozen=True)
class Layer:
    """One operator of the network and its share of the program.

    Attributes
    ----------
    name
        Name of its output tensor.
    operation
        TFLite's name of the operator.
    where
        ``"accelerator"`` or ``"host"``.
    tensor
        Index of its output in the imported graph; -1 for the host's.
    address, size
        Its output in the scratchpad, bytes; whole after the layer's last command.
    macs
        Multiply-accumulates of the operator, padding included.
    narrow_macs
        Multiply-accumulates that its engine could do in the same slots if the operator's channels were not too few.
    tiles
        Weight tiles that a block of pixels goes through, or passes through the window of DEPTHWISE.
    packing
        How weights fill the tiles; empty for an operator without weights.
    commands
        First command and the one after the last, counted over all engines in program order. Commands of
        other layers may lie between them.
    engine_commands
        Likewise among the commands of each engine, by its name in small letters.
    engine_cycles
        Cycles that each engine issues work for, if nothing makes it wait.
    """

    name: str
    operation: str
    where: str
    tensor: int = -1
    address: int = 0
    size: int = 0
    macs: int = 0
    narrow_macs: int = 0
    tiles: int = 0
    packing: str = ""
    commands: tuple[int, int] = (0, 0)
    engine_commands: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    engine_cycles: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class CompiledModel:
    """A program for one configuration.

    Attributes
    ----------
    config
        The machine it is for.
    name
        Name of the network.
    program
        Program words.
    weights
        Dense weight words: ``config.weight_word_bytes`` each.
    parameters
        (n, 3): bias, multiplier, shift of each parameter entry; whole words.
    constants
        Scratchpad address and bytes of constant tensors.
    prologue, epilogue
        What the host computes before and after: graphs whose outputs and inputs are the accelerator's
        inputs and outputs.
    input_addresses, output_addresses
        Where these lie in the scratchpad.
    layers
        The network's operators in order, the host's included.
    command_layers
        Index in ``layers`` of each command, in program order.
    scratchpad_used
        Bytes of scratchpad from 0 on that the program needs.
    """

    config: AcceleratorConfig
    name: str
    program: NDArray[np.uint64]
    weights: bytes
    parameters: NDArray[np.int64]
    constants: tuple[tuple[int, bytes], ...]
    prologue: Graph
    epilogue: Graph
    input_addresses: tuple[int, ...]
    output_addresses: tuple[int, ...]
    layers: tuple[Layer, ...]
    command_layers: tuple[int, ...]
    scratchpad_used: int

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The network's inputs, in order."""
        return tuple(self.prologue.tensors[index] for index in self.prologue.inputs)

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """The network's outputs, in order."""
        return tuple(self.epilogue.tensors[index] for index in self.epilogue.outputs)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(layer.macs for layer in self.layers)

    def images(self) -> dict[Region, bytes]:
        """What the memories of the network hold, as the host writes it to each region."""
        return {
            Region.PROGRAM: program_image(self.program),
            Region.WEIGHTS: weight_image(self.config, self.weights),
            Region.PARAMETERS: parameter_image(self.config, self.parameters),
        }

    @property
    def digest(self) -> int:
        """A number of 32 bits, not 0, that tells what these memories hold."""
        found = hashlib.sha256(b"".join(self.images().values())).digest()
        return int.from_bytes(found[:4], "little") or 1

    @cached_property
    def commands(self) -> tuple[ProgramCommand, ...]:
        """The commands of the program, in program order, without ``END``."""
        return tuple(decode_program(self.program))

    def device_inputs(self, inputs: Sequence[Array]) -> tuple[tuple[int, bytes], ...]:
        """Scratchpad address and bytes to write for one inference, from the network's inputs in order.

        Raises ``ValueError`` for a wrong number of inputs or a wrong shape, ``TypeError`` for a wrong
        element type.
        """
        values = evaluate(self.prologue, inputs)
        return tuple(
            (address, values[index].tobytes())
            for address, index in zip(self.input_addresses, self.prologue.outputs, strict=True)
        )

    def device_outputs(self) -> tuple[tuple[int, int], ...]:
        """Scratchpad address and number of bytes to read after one inference."""
        return tuple(
            (address, int(np.prod(self.epilogue.tensors[index].shape)))
            for address, index in zip(self.output_addresses, self.epilogue.inputs, strict=True)
        )

    def finish(self, contents: Sequence[bytes]) -> tuple[Array, ...]:
        """The network's outputs from what was read at :meth:`device_outputs`."""
        given = {}
        for index, content in zip(self.epilogue.inputs, contents, strict=True):
            tensor = self.epilogue.tensors[index]
            given[index] = np.frombuffer(content, np.int8).reshape(tensor.shape)
        values = evaluate(self.epilogue, given)
        return tuple(values[index] for index in self.epilogue.outputs)

    def save(self, path: Path) -> None:
        """Write the program to a file; readers see the old file or the whole new one."""
        header = {
            "name": self.name,
            "config": self.config.model_dump(),
            "config_digest": self.config.digest,
            "prologue": graph_to_json(self.prologue),
            "epilogue": graph_to_json(self.epilogue),
            "constants": [(address, len(content)) for address, content in self.constants],
            "input_addresses": self.input_addresses,
            "output_addresses": self.output_addresses,
            "layers": [asdict(layer) for layer in self.layers],
            "command_layers": self.command_layers,
            "scratchpad_used": self.scratchpad_used,
        }
        arrays: dict[str, Array] = {
            "program": self.program,
            "weights": np.frombuffer(self.weights, np.uint8),
            "parameters": self.parameters,
            "constants": np.frombuffer(b"".join(content for _, content in self.constants), np.uint8),
        }
        write_archive(path, header, arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file that :meth:`save` wrote.

        Raises :class:`~celosia.compiler.errors.ProgramFileError` if it is none, is damaged, or is of another
        version; ``OSError`` if it cannot be read.
        """
        header, arrays = read_archive(path)
        try:
            config = AcceleratorConfig.create(header["config"])
            if config.digest != header["config_digest"]:
                raise ProgramFileError(f"{path} was made by a version with other configuration fields")
            blob, constants = arrays["constants"].tobytes(), []
            for address, size in header["constants"]:
                constants.append((address, blob[:size]))
                blob = blob[size:]
            return cls(
                config=config,
                name=header["name"],
                program=arrays["program"],
                weights=arrays["weights"].tobytes(),
                parameters=arrays["parameters"],
                constants=tuple(constants),
                prologue=graph_from_json(header["prologue"]),
                epilogue=graph_from_json(header["epilogue"]),
                input_addresses=tuple(header["input_addresses"]),
                output_addresses=tuple(header["output_addresses"]),
                layers=tuple(_layer_from_json(layer) for layer in header["layers"]),
                command_layers=tuple(header["command_layers"]),
                scratchpad_used=header["scratchpad_used"],
            )
        except ConfigurationError:
            raise ProgramFileError(f"{path} was made by a version with other configuration fields") from None
        except (KeyError, TypeError, AttributeError):
            raise ProgramFileError(f"{path} is damaged") from None


def _layer_from_json(value: Mapping[str, Any]) -> Layer:
    fields = dict(value)
    fields["commands"] = tuple(fields["commands"])
    fields["engine_commands"] = {name: tuple(span) for name, span in fields["engine_commands"].items()}
    return Layer(**fields)
