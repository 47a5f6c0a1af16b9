"""Pass: element-wise work moves up to where its inputs exist.

An engine runs its items in order, so an addition that follows a convolution in the program would start only
when the convolution's last block has been requantised, while MATRIX has nothing to do: the next layer needs the
sums. Moved up, the first quarter of the addition runs while MATRIX computes the later blocks.
"""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from celosia.compiler.regions import latest, mark
from celosia.compiler.work import WorkItem


def hoist(items: Sequence[WorkItem], scratchpad_bytes: int) -> tuple[WorkItem, ...]:
    """Move each item that uses no accumulators to right behind the last item that it depends on.

    Items with accumulators keep their order. No item moves before the end of a layer whose output it
    overwrites, so that every layer's output is whole after the layer's last item.
    """
    # Per byte, the place (an index into `items`) of the last item that wrote it or read it, and of the last item
    # of the layer that wrote it. Several items may have one place; they stay in order among themselves.
    written, read, finished = (np.full(scratchpad_bytes, -1, np.int32) for _ in range(3))
    places: list[int] = []
    for _, layer in groupby(items, key=lambda item: item.layer):
        group = tuple(layer)
        first = len(places)
        for item in group:
            place = len(places)
            if item.half is None:
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
