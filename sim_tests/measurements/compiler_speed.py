"""Measures how long ``celosia run --device cost`` takes for MobileNetV2 on 224 x 224 pixels, from its start to its end.

python -m sim_tests.measurements.compiler_speed [PRESET ...]
"""

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.compiler.test_mobilenet_v2 import MEMORIES
from tests.mobilenet_v2 import mobilenet_v2

RUNS = 3


def main() -> None:
    """Print the seconds of each run; the first may have to compile Python's own files."""
    with TemporaryDirectory() as folder:
        model = Path(folder) / "mobilenet_v2.tflite"
        model.write_bytes(mobilenet_v2(0))
        for preset in sys.argv[1:] or ["large"]:
            print(
                f"{preset}:", ", ".join(f"{_seconds(model, preset):.2f} s" for _ in range(RUNS)), flush=True
            )


def _seconds(model: Path, preset: str) -> float:
    settings = [argument for field, value in MEMORIES.items() for argument in ("--set", f"{field}={value}")]
    program = Path(sys.executable).with_name("celosia")
    command = [str(program), "run", str(model), "--device", "cost"]
    started = time.monotonic()
    subprocess.run([*command, "--config", preset, *settings], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - started


if __name__ == "__main__":
    main()
