"""The judge: what TFLite Micro's reference kernels compute for every tensor of a model.

The interpreter runs in a process of its own, because it aborts on some inputs instead of raising.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ARENA_BYTES = 256 << 20
ROOT = Path(__file__).resolve().parent.parent


class JudgeError(RuntimeError):
    """TFLite Micro refused the model or gave up on it; the message holds what it printed."""


def reference_tensors(model: Path, inputs: Mapping[int, NDArray[Any]]) -> dict[int, NDArray[Any]]:
    """Every tensor of a model after one inference, by index; ``inputs`` are keyed by tensor index.

    Raises :class:`JudgeError` if TFLite Micro does not run the model.
    """
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "given.npz", Path(folder) / "found.npz"
        np.savez(given, allow_pickle=False, **{str(index): value for index, value in inputs.items()})
        command = [sys.executable, "-m", "tests.judge", str(model.resolve()), str(given), str(found)]
        process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if process.returncode:
            raise JudgeError(f"exit code {process.returncode}\n{process.stdout}{process.stderr}")
        with np.load(found) as arrays:
            return {int(name): arrays[name] for name in arrays.files}


def _run(model: Path, given: Path, found: Path) -> None:
    import tflite
    from tflite_micro.python.tflite_micro import runtime

    content = model.read_bytes()
    graph = tflite.Model.GetRootAs(content, 0).Subgraphs(0)
    interpreter = runtime.Interpreter.from_bytes(
        content,
        arena_size=ARENA_BYTES,
        intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors,
    )
    with np.load(given) as arrays:
        for position, index in enumerate(graph.InputsAsNumpy()):
            interpreter.set_input(arrays[str(index)], position)
    interpreter.invoke()
    computed = [*graph.InputsAsNumpy()]
    for position in range(graph.OperatorsLength()):
        computed.extend(graph.Operators(position).OutputsAsNumpy())
    np.savez(
        found,
        allow_pickle=False,
        **{str(index): interpreter.GetTensor(int(index), 0)["tensor_data"] for index in computed},
    )


if __name__ == "__main__":
    _run(*map(Path, sys.argv[1:]))
