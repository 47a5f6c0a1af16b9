"""Stage: layers are cut into turns and these into an order; the fastest of several ways is taken."""

from collections.abc import Iterator

from celosia.compiler.capacity import fits_data, fits_program
from celosia.compiler.grain import GRAINS
from celosia.compiler.interleave import interleave
from celosia.compiler.layers import Lowered
from celosia.compiler.list_schedule import Preference, Schedule, list_schedule
from celosia.compiler.place import Placement
from celosia.compiler.problem import Problem
from celosia.compiler.schedule import cut_into_turns
from celosia.compiler.work import WorkItem
from celosia.rtl.config import AcceleratorConfig

#: Items that may be scheduled before the search ends: about half a second.
EFFORT = 20_000


def choose_schedule(
    lowered: Lowered, placement: Placement, config: AcceleratorConfig
) -> tuple[WorkItem, ...]:
    """Items in program order: of those programs that fit the memory, the one that ends first, else the shortest."""

    def cost(candidate: tuple[Problem, Schedule]) -> tuple[bool, int]:
        problem, schedule = candidate
        if fits_program(problem.items, config):
            return False, schedule.end
        return True, len(problem.items)

    return interleave(*min(_candidates(lowered, placement, config), key=cost), config)


def _candidates(
    lowered: Lowered, placement: Placement, config: AcceleratorConfig
) -> Iterator[tuple[Problem, Schedule]]:
    effort = 0
    # Without room for the rest, no program is worth a search.
    may_end = not fits_data(lowered, placement, config)
    for grain in GRAINS:
        if effort > EFFORT and may_end:
            return
        problem = Problem.of(cut_into_turns(lowered, placement, config, grain), config)
        may_end = may_end or fits_program(problem.items, config)
        for preference in Preference:
            effort += len(problem.items)
            yield problem, list_schedule(problem, preference)
