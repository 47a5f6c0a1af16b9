"""Measures how long a network of MobileNetV2's size takes to compile and to predict, in seconds of processor time.

python -m sim_tests.measurements.compiler_speed
"""

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from celosia.compiler.compile import compile_graph
from celosia.compiler.cost import predict
from tests.compiler.test_mobilenet_v2 import LARGE_MEMORIES, mobilenet_v2

Result = TypeVar("Result")


def timed(what: str, work: Callable[[], Result]) -> Result:
    """Do ``work``, and print how long it took."""
    started = time.process_time()
    result = work()
    print(f"{what}: {time.process_time() - started:.2f} s")
    return result


def main() -> None:
    """Print both times."""
    graph = mobilenet_v2(np.random.default_rng(0))
    program = timed("compile", lambda: compile_graph(graph, LARGE_MEMORIES))
    timed("predict", lambda: predict(program))


if __name__ == "__main__":
    main()
