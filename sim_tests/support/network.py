"""The bundled network for the cocotb side of a bench: what to write where, and what must come out."""

from dataclasses import dataclass

import numpy as np

from celosia.cli import digits
from celosia.compiler.compile import compile_graph
from celosia.compiler.tflite_import import import_tflite
from celosia.rtl.bus.address_map import Region, parameter_image, program_image, weight_image
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.model import ModelDevice
from celosia.runtime.session import Session


@dataclass(frozen=True)
class Image:
    """Writes that load the network and an input, and the bytes that it then computes at an address."""

    writes: tuple[tuple[int, bytes], ...]
    output: int
    expected: bytes


def network_image(config: AcceleratorConfig, generator: np.random.Generator) -> Image:
    """The network compiled for a machine, with a random input."""
    program = compile_graph(import_tflite(digits.model_path()), config)
    inputs = [generator.integers(-128, 128, (1, 8, 8, 1)).astype(np.int8)]
    run = Session(ModelDevice(config), program).run(inputs)
    scratchpad = [*program.constants, *program.device_inputs(inputs)]
    ((output, _),) = program.device_outputs()
    return Image(
        writes=(
            (Region.PROGRAM.base, program_image(program.program)),
            (Region.WEIGHTS.base, weight_image(config, program.weights)),
            (Region.PARAMETERS.base, parameter_image(config, program.parameters)),
            *((Region.SCRATCHPAD.base + address, data) for address, data in scratchpad),
        ),
        output=Region.SCRATCHPAD.base + output,
        expected=run.contents[0],
    )
