"""Pass: every item moves up in the program to where it can start.

An engine runs its items in order, so an addition that follows a convolution in the program would start only
when the convolution's last block has been requantised, while MATRIX has nothing to do: the next layer needs the
sums. Moved up, the first quarter of the addition runs while MATRIX computes the later blocks.

Sums move up for another reason: commands are fetched in program order, and fetching waits while VECTOR's queue is
full of requantisations that are not due yet. The next turn's sums come before them.
"""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from celosia.compiler.regions import latest, mark
from celosia.compiler.work import WorkItem
from celosia.rtl.command import Engine


def hoist(items: Sequence[WorkItem], scratchpad_bytes: int) -> tuple[WorkItem, ...]:
    """Move each item to right behind the last item that it depends on; requantisations stay where they are.

    Each engine's sums keep their order. No item moves before the end of a layer whose output it overwrites, so
    that every layer's output is whole after the layer's last item.
    """
    # An item's place is the index in `items` of the item that it moves behind; items of one place keep their order.
    # Per byte: the place of the last item that wrote it or read it, and of the last item of the layer that wrote it.
    written, read, finished = (np.full(scratchpad_bytes, -1, np.int32) for _ in range(3))
    half_read = {(engine, half): -1 for engine in Engine for half in (0, 1)}
    last_sum = dict.fromkeys(Engine, -1)
    places: list[int] = []
    for _, layer in groupby(items, key=lambda item: item.layer):
        group = tuple(layer)
        first = len(places)
        for item in group:
            place = len(places)
            half = None if item.half is None or item.summed_by is None else (item.summed_by, item.half)
            if item.engine is not Engine.VECTOR:
                place = max(last_sum[item.engine], latest(written, item.reads))
                if half is not None:
                    place = max(place, half_read[half])
                last_sum[item.engine] = place
            elif half is not None:
                half_read[half] = place
            else:
                place = max(
                    latest(written, (*item.reads, *item.writes)),
                    latest(read, item.writes),
                    latest(finished, item.writes),
                )
            places.append(place)
            mark(written, item.writes, place)
            for region in item.reads:
                mark(read, (region,), max(place, latest(read, (region,))))
        for item in group:
            mark(finished, item.writes, max(places[first:]))
    order = sorted(range(len(items)), key=lambda index: (places[index], index))
    return tuple(items[index] for index in order)
