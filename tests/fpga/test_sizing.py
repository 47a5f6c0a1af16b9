"""Memories for a network: small where that costs nothing."""

from pathlib import Path

from celosia.compiler.compile import compile_graph
from celosia.compiler.cost.predict import predict
from celosia.compiler.tflite_import import import_tflite
from celosia.fpga.boards.registry import find
from celosia.fpga.sizing import WORTH_HALF, fit_network
from celosia.rtl.config import AcceleratorConfig
from tests.random_network import RandomNetwork


def test_scratchpad_as_small_as_costs_nothing(tmp_path: Path) -> None:
    """With all the room that it wants, a chain of layers takes twice as much as it needs."""
    net = RandomNetwork(0)
    x = net.input(1, 16, 16, 4)
    for _ in range(6):
        x = net.conv(x, 4)
    path = tmp_path / "chain.tflite"
    path.write_bytes(net.build(x))
    graph = import_tflite(path)
    board = find("ulx3s-25f")
    config = AcceleratorConfig.create({**board.config, "rows": 4, "cols": 4, "pe_cols": 2})
    roomy = compile_graph(
        graph, AcceleratorConfig.create({**config.model_dump(), "scratchpad_bytes": 1 << 20})
    )
    fitted = fit_network(graph, config, board)
    assert fitted.config.scratchpad_bytes <= roomy.scratchpad_used / 2
    assert predict(fitted).cycles <= WORTH_HALF * predict(roomy).cycles


def test_scratchpad_of_a_single_line(tmp_path: Path) -> None:
    """There is no half of the smallest scratchpad."""
    net = RandomNetwork(0)
    path = tmp_path / "tiny.tflite"
    path.write_bytes(net.build(net.conv(net.input(1, 2, 2, 4), 4)))
    board = find("ulx3s-25f")
    fields = {"rows": 32, "cols": 4, "pe_cols": 2, "scratchpad_banks": 16}
    config = AcceleratorConfig.create({**board.config, **fields, "multiplier": "inferred"})
    fitted = fit_network(import_tflite(path), config, board)
    assert fitted.config.scratchpad_bytes == config.scratchpad_banks * config.word_bytes
