"""Presets, and what a user may say instead."""

from pathlib import Path

import pytest

from celosia.compiler.compile import compile_graph
from celosia.compiler.tflite_import import import_tflite
from celosia.generators.presets import PRESETS, preset, resolve
from celosia.rtl.config import ConfigurationError
from celosia.rtl.mac.products import Multiplier
from tests.zoo import ZOO


@pytest.mark.parametrize(
    ("name", "size"),
    [("nano", (4, 4)), ("small", (8, 8)), ("medium", (16, 8)), ("large", (16, 16)), ("xlarge", (32, 32))],
)
def test_preset_has_its_size(name: str, size: tuple[int, int]) -> None:
    config = preset(name)
    assert (config.rows, config.cols) == size
    assert config.weight_bytes >= 512 * 1024
    assert config.scratchpad_bytes >= 256 * 1024


@pytest.mark.parametrize("name", PRESETS)
def test_preset_holds_the_largest_tiny_network(name: str, tmp_path: Path) -> None:
    """MobileNetV1 0.25 needs more weights, parameters, activations and commands than the other three."""
    path = tmp_path / "model.tflite"
    path.write_bytes(ZOO["mobilenet_v1_quarter"](0))
    compile_graph(import_tflite(path), preset(name))


def test_presets_are_complete() -> None:
    assert list(PRESETS) == ["nano", "small", "medium", "large", "xlarge"]


def test_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(
        ConfigurationError,
        match=r"^configuration 'smal' is neither a preset \(nano, small, medium, large, xlarge\)"
        r" nor a \.toml file; did you mean small\?$",
    ):
        resolve("smal")


def test_overrides_take_every_form_of_integer() -> None:
    config = resolve("nano", ["rows=0x10", "accumulator_depth = 2_048"])
    assert (config.rows, config.cols, config.accumulator_depth) == (16, 4, 2048)


def test_all_faults_of_overrides_are_named() -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve("nano", ["row=3", "cols", "cols=many"])
    first, second, third = str(caught.value).splitlines()
    assert first.startswith("row is not a configuration field; did you mean rows?")
    assert second == "an override must be field=value, not 'cols'"
    assert third == "cols must be an integer, not 'many'"


def test_field_that_is_a_choice() -> None:
    config = resolve("small", ["multiplier = gowin"])
    assert config.multiplier is Multiplier.GOWIN
    with pytest.raises(
        ConfigurationError, match=r"^multiplier must be 'inferred', .* or 'gowin', not 'dsp'$"
    ):
        resolve("small", ["multiplier=dsp"])
    with pytest.raises(ConfigurationError, match=r"^pe_cols must be even for multiplier ecp5_packed"):
        resolve("small", ["multiplier=ecp5_packed"])


def test_vector_functions() -> None:
    assert resolve("small", ["vector_functions=add,table"]).vector_functions == "add,table"
    assert resolve("small", ["vector_functions="]).vector_functions == ""
    for wrong in ("table,add", "add,add", "divide", "add, table", ","):
        with pytest.raises(
            ConfigurationError, match=rf"^vector_functions must be some of .*, not '{wrong}'$"
        ):
            resolve("small", [f"vector_functions={wrong}"])
    with pytest.raises(ConfigurationError, match=r"^vector_functions must be a text, not 3$"):
        resolve("small", ["vector_functions=3"])


def test_toml_of_a_configuration_is_read_back(tmp_path: Path) -> None:
    config = resolve("large", ["multiplier=ecp5", "vector_functions=sum,table"])
    path = tmp_path / "same.toml"
    path.write_text(config.to_toml())
    assert resolve(str(path)) == config


def test_overrides_are_checked_as_a_whole() -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve("small", ["pe_rows=3", "vector_lanes=99"])
    assert len(str(caught.value).splitlines()) == 2


def test_file_is_read_and_overridden(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("rows = 6\ncols = 5\n")
    config = resolve(str(path), ["cols=7"])
    assert (config.rows, config.cols) == (6, 7)


def test_missing_file_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        resolve(str(tmp_path / "none.toml"))


def test_bad_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("rows 6")
    with pytest.raises(ConfigurationError, match=r"bad\.toml is not a TOML file"):
        resolve(str(path))
