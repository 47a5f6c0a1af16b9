"""Stage: work items with waits become program words."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.errors import UnsupportedError
from celosia.compiler.hazards import Waits
from celosia.compiler.work import WorkItem
from celosia.rtl.command import Engine, Opcode
from celosia.rtl.command_code import CommandError, encode
from celosia.rtl.config import AcceleratorConfig


def emit(
    items: Sequence[WorkItem], waits: Sequence[Waits], layer_names: Sequence[str], config: AcceleratorConfig
) -> NDArray[np.uint64]:
    """Assemble a program, ``END`` included.

    Raises :class:`UnsupportedError` with a line for each layer that has a number too large for its field, or for the
    machine's registers.
    """
    words: list[int] = []
    faults: dict[int, str] = {}
    for item, wait in zip(items, waits, strict=True):
        if item.layer in faults:
            continue
        try:
            fields: dict[str, Any] = {f"wait_{engine.name.lower()}": count for engine, count in wait.items()}
            words += encode(item.engine.opcode, **{**fields, **item.fields})
            if item.engine is Engine.MATRIX:
                _check_coordinates(item.fields, config)
        except CommandError as error:
            faults[item.layer] = f"{layer_names[item.layer]} is not supported: {error}"
    if faults:
        raise UnsupportedError("\n".join(faults.values()))
    words += encode(Opcode.END)
    return np.array(words, np.uint64)


def _check_coordinates(fields: Mapping[str, Any], config: AcceleratorConfig) -> None:
    """Raise :class:`CommandError` for a MATRIX command whose padding reaches further than the machine can count."""
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
            raise CommandError(
                f"{name} must be in {-most}..{most - 1} with scratchpad_bytes {config.scratchpad_bytes},"
                f" not {first}..{last}"
            )
