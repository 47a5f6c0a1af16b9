"""Stage: work items with waits become program words."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.errors import UnsupportedError
from celosia.compiler.hazards import Waits
from celosia.compiler.work import WorkItem
from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.program_code import FieldErrors, ProgramCommand, encode_program


def emit(
    items: Sequence[WorkItem], waits: Sequence[Waits], layer_names: Sequence[str], config: AcceleratorConfig
) -> NDArray[np.uint64]:
    """Assemble a program, ``END`` included.

    Raises :class:`UnsupportedError` with a line for each layer that has a number too large for its field, or for the
    machine's registers.
    """
    commands = [
        ProgramCommand(item.engine, item.fields, wait) for item, wait in zip(items, waits, strict=True)
    ]
    faults = {
        number: fault for number, item in enumerate(items) if (fault := _coordinate_fault(item, config))
    }
    try:
        program = encode_program(commands)
    except FieldErrors as error:
        faults |= error.messages
    if faults:
        of_layers = {items[number].layer: faults[number] for number in sorted(faults, reverse=True)}
        raise UnsupportedError(
            "\n".join(
                f"{layer_names[layer]} is not supported: {of_layers[layer]}" for layer in sorted(of_layers)
            )
        )
    return program


def _coordinate_fault(item: WorkItem, config: AcceleratorConfig) -> str:
    """What is wrong with a MATRIX command whose padding reaches further than the machine can count."""
    if item.engine is not Engine.MATRIX:
        return ""
    fields: Mapping[str, Any] = item.fields
    most = 1 << config.coordinate_bits - 1
    last_row = (fields["block_rows"] - 1) * fields["y_stride"] + (fields["kernel_rows"] - 1) * fields[
        "ky_stride"
    ]
    last_column = (fields["block_cols"] - 1) * fields["x_step"] + (fields["kernel_cols"] - 1) * fields[
        "kx_step"
    ]
    last_column += (fields["run_tiles"] - 1) * config.rows
    for name, first, last in (
        ("rows", fields["start_y"], fields["start_y"] + last_row),
        ("bytes of a row", fields["start_x"], fields["start_x"] + last_column),
    ):
        if first < -most or last >= most:
            return (
                f"{name} must be in {-most}..{most - 1} with scratchpad_bytes {config.scratchpad_bytes},"
                f" not {first}..{last}"
            )
    return ""
