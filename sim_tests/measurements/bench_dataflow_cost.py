"""One convolution through one array, as fast as it goes; writes down what it took."""

import json
from pathlib import Path
from typing import Any

import cocotb

from sim_tests.support.bench import parameters
from sim_tests.support.streams import Traffic
from sim_tests.units.bench_dataflows import Convolution, begin, run


@cocotb.test()
async def one_layer(dut: Any) -> None:
    """Cycles up to the last result, and what passed each stream."""
    random = await begin(dut)
    work = Convolution(random)
    moved = await run(dut, work, Traffic(random))
    elements = [element for result in work.plan.results for element in result if element is not None]
    report = {
        "cycles": moved["results"][-1][0] + 1,
        "macs": work.layer.matrices[0].shape[0] * work.layer.matrices[1].size,
        "transfers": {name: len(transfers) for name, transfers in moved.items()},
        "partial_sums": len(elements),
        "outputs": len(set(elements)),
    }
    Path(parameters()["report"]).write_text(json.dumps(report), encoding="utf-8")
