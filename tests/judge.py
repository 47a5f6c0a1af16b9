"""The judge: what TFLite Micro's reference kernels compute for every tensor of a model.

The interpreter runs in a process of its own, because it aborts on some inputs instead of raising.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Tensors = Mapping[int, NDArray[Any]]

ARENA_BYTES = 256 << 20
ROOT = Path(__file__).resolve().parent.parent


class JudgeError(RuntimeError):
    """TFLite Micro refused the model or gave up on it; the message holds what it printed."""


def reference_tensors(model: Path, inputs: Tensors) -> dict[int, NDArray[Any]]:
    """Every tensor of a model after one inference, by index; ``inputs`` are keyed by tensor index.

    Raises :class:`JudgeError` if TFLite Micro does not run the model.
    """
    return reference_runs(model, [inputs])[0]


def reference_runs(model: Path, runs: Sequence[Tensors]) -> list[dict[int, NDArray[Any]]]:
    """:func:`reference_tensors` for several inferences, in one process."""
    with tempfile.TemporaryDirectory() as folder:
        for number, inputs in enumerate(runs):
            _save(_given(folder, number), inputs)
        command = [sys.executable, "-m", "tests.judge", str(model.resolve()), folder, str(len(runs))]
        process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if process.returncode:
            raise JudgeError(f"exit code {process.returncode}\n{process.stdout}{process.stderr}")
        return [_load(_found(folder, number)) for number in range(len(runs))]


def _given(folder: str, number: int) -> Path:
    return Path(folder) / f"given_{number}.npz"


def _found(folder: str, number: int) -> Path:
    return Path(folder) / f"found_{number}.npz"


def _save(path: Path, tensors: Tensors) -> None:
    arrays: dict[str, Any] = {str(index): value for index, value in tensors.items()}
    np.savez(path, **arrays)


def _load(path: Path) -> dict[int, NDArray[Any]]:
    with np.load(path) as arrays:
        return {int(name): arrays[name] for name in arrays.files}


def _main(model: str, folder: str, runs: str) -> None:
    import tflite
    from tflite_micro.python.tflite_micro import runtime

    content = Path(model).read_bytes()
    graph = tflite.Model.GetRootAs(content, 0).Subgraphs(0)
    inputs = [int(index) for index in graph.InputsAsNumpy()]
    computed = [*inputs]
    for position in range(graph.OperatorsLength()):
        computed.extend(int(index) for index in graph.Operators(position).OutputsAsNumpy())
    interpreter = runtime.Interpreter.from_bytes(
        content,
        arena_size=ARENA_BYTES,
        intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors,
    )
    for number in range(int(runs)):
        given = _load(_given(folder, number))
        for position, index in enumerate(inputs):
            interpreter.set_input(given[index], position)
        interpreter.invoke()
        found = {index: interpreter.GetTensor(index, 0)["tensor_data"] for index in computed}
        _save(_found(folder, number), found)


if __name__ == "__main__":
    _main(*sys.argv[1:])
