"""Pass: all layers' turns become one sequence of items that keeps every engine busy."""

from dataclasses import replace

from celosia.compiler.cost.vector import vector_pipeline
from celosia.compiler.list_schedule import Schedule
from celosia.compiler.problem import Problem
from celosia.compiler.work import WorkItem
from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig


def interleave(problem: Problem, schedule: Schedule, config: AcceleratorConfig) -> tuple[WorkItem, ...]:
    """Items in program order, with their accumulator halves.

    Commands are fetched in program order, and fetching stops while a queue is full. So the order is that of the times
    at which engines start, but sums come a little earlier, because their weights can load before they start. What
    they wait for, an item of VECTOR, started even earlier.
    """

    def fetched_by(item: int) -> int:
        early = 0 if problem.items[item].engine is Engine.VECTOR else vector_pipeline(config)
        return schedule.starts[item] - early

    return tuple(
        _in_half(problem.items[item], schedule.halves[item], config)
        for item in sorted(schedule.order, key=fetched_by)
    )


def _in_half(item: WorkItem, half: int | None, config: AcceleratorConfig) -> WorkItem:
    if half is None:
        return item
    of_matrix = item.summed_by is Engine.MATRIX
    depth = config.accumulator_depth if of_matrix else config.depthwise_accumulator_depth
    field = "a_address" if item.engine is Engine.VECTOR else "accumulator_base"
    fields = {**item.fields, field: item.number(field) + half * (depth // 2)}
    return replace(item, half=half, fields=fields)
