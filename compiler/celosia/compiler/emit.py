"""Stage: work items with waits become program words."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.errors import UnsupportedError
from celosia.compiler.hazards import Waits
from celosia.compiler.work import WorkItem
from celosia.rtl.command import Opcode
from celosia.rtl.command_code import CommandError, encode


def emit(items: Sequence[WorkItem], waits: Sequence[Waits], layer_names: Sequence[str]) -> NDArray[np.uint64]:
    """Assemble a program, ``END`` included.

    Raises :class:`UnsupportedError` with a line for each layer that has a number too large for its field.
    """
    words: list[int] = []
    faults: dict[int, str] = {}
    for item, wait in zip(items, waits, strict=True):
        if item.layer in faults:
            continue
        try:
            fields: dict[str, Any] = {f"wait_{engine.name.lower()}": count for engine, count in wait.items()}
            words += encode(item.engine.opcode, **{**fields, **item.fields})
        except CommandError as error:
            faults[item.layer] = f"{layer_names[item.layer]} is not supported: {error}"
    if faults:
        raise UnsupportedError("\n".join(faults.values()))
    words += encode(Opcode.END)
    return np.array(words, np.uint64)
