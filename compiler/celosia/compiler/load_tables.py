"""Pass: which table look-ups load their table first."""

from collections.abc import Sequence
from dataclasses import replace

from celosia.compiler.work import WorkItem
from celosia.rtl.command import Function


def load_tables(items: Sequence[WorkItem]) -> tuple[WorkItem, ...]:
    """Let each item load its table if the engine holds another one when its turn comes."""
    loaded = []
    held = None
    for item in items:
        if item.fields.get("function") is Function.TABLE and item.fields["parameter_base"] != held:
            held = item.fields["parameter_base"]
            item = replace(item, fields={**item.fields, "load_table": 1})
        loaded.append(item)
    return tuple(loaded)
