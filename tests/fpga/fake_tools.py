"""A stand-in for every tool of a build: ``fake_tools.py NAME ARGUMENTS...`` writes what the real one would.

The environment decides what happens: ``FAKE_FAIL`` names a tool that fails, ``FAKE_MHZ`` is the clock that each
seed reaches (``1:90,2:105``), ``FAKE_SLOW`` names one that is routed for long, and each run adds a line to
the file ``FAKE_LOG``.
"""

import json
import os
import sys
import time
from pathlib import Path

name, arguments = sys.argv[1], sys.argv[2:]
with Path(os.environ["FAKE_LOG"]).open("a", encoding="utf-8") as log:
    log.write(f"{name} {' '.join(arguments)}\n")
if os.environ.get("FAKE_FAIL") == name:
    words = "some chatter\nERROR: cannot place the 29th multiplier\n"
    if "-l" in arguments:  # as YoWASP's yosys may say nothing but to its log
        Path(arguments[arguments.index("-l") + 1]).write_text(words, encoding="utf-8")
    else:
        print(words)
    sys.exit(1)
if name == "yosys":
    Path("top.json").write_text('{"modules": {"top": {"cells": {}, "ports": {}}}}', encoding="utf-8")
elif name == "nextpnr-ecp5":
    seed = next(word for word in arguments if word.startswith("--seed=")).partition("=")[2]
    places = "--no-route" in arguments
    if not places and os.environ.get("FAKE_SLOW") == seed:
        time.sleep(100)
    reached = dict(pair.split(":") for pair in os.environ["FAKE_MHZ"].split(",")).get(seed)
    if reached is None and not places:
        print(f"ERROR: there is no way for seed {seed}")
        sys.exit(1)
    step = {"from": {"cell": "board.queue.count_TRELLIS_FF_Q"}, "to": {"cell": "board.a.b_LUT4_Z"}}
    path = [{**step, "type": "clk-to-q", "delay": 0.5}, {**step, "type": "routing", "delay": 1.5, "net": "n"}]
    report = {
        "fmax": {"$glbnet$clk": {"achieved": float(reached or 0), "constraint": 100.0}},
        "utilization": {
            "TRELLIS_COMB": {"used": 10, "available": 40},
            "TRELLIS_FF": {"used": 5, "available": 40},
            "MULT18X18D": {"used": 1, "available": 28},
            "DP16KD": {"used": 2, "available": 56},
        },
        "critical_paths": [{"from": "posedge $glbnet$clk", "to": "posedge $glbnet$clk", "path": path}],
    }
    Path("report.json").write_text(json.dumps(report), encoding="utf-8")
    if "--no-place" in arguments:
        placed = json.loads(Path("placed.json").read_text(encoding="utf-8"))
        assert placed["creator"] == seed
        # The multiplier has been brought to what it is connected to.
        assert placed["modules"]["top"]["cells"]["near"]["attributes"]["NEXTPNR_BEL"] == "X9/Y10/MULT18_0"
    else:
        assert Path("top.json").is_file()
    if places:
        cells = {
            name: {
                "type": kind,
                "attributes": {"NEXTPNR_BEL": site},
                "port_directions": {"P": direction},
                "connections": {"P": bits},
            }
            for name, kind, site, direction, bits in [
                ("far", "MULT18X18D", "X9/Y10/MULT18_0", "output", [2]),
                ("near", "MULT18X18D", "X90/Y10/MULT18_0", "output", [3]),
                ("register", "TRELLIS_FF", "X10/Y11/SLICEA.FF0", "input", [3]),
            ]
        }
        placed = {"creator": seed, "modules": {"top": {"cells": cells}}}
        Path("placed.json").write_text(json.dumps(placed), encoding="utf-8")
        Path("report.json").write_text('{"fmax": {}}', encoding="utf-8")
    else:
        Path("top.routed").write_text(f"seed {seed}", encoding="utf-8")
elif name == "ecppack":
    Path("top.bit").write_bytes(b"bits of " + Path("top.routed").read_bytes())
