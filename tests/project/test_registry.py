"""Every unit can be built by name, resized, and emitted."""

import pytest
from amaranth.hdl import Value

from celosia.generators.registry import UNITS, UnitError, build_unit
from celosia.generators.verilog import emit
from celosia.rtl.config import ConfigurationError


@pytest.mark.parametrize("name", UNITS)
def test_unit_becomes_verilog(name: str) -> None:
    text = emit(build_unit(name, "nano"), UNITS[name].module)
    assert f"module {name}(" in text


@pytest.mark.parametrize("name", UNITS)
def test_defaults_can_be_written_out(name: str) -> None:
    written = {key: parameter.default for key, parameter in UNITS[name].parameters.items()}
    assert type(build_unit(name, "nano", written)) is type(build_unit(name))


def test_settings_change_the_unit() -> None:
    array = build_unit("systolic_array", "nano", ["rows=0x6", "pe_rows=3", "weight_shape=u4"])
    assert len(Value.cast(array.activations)) == 6 * 8
    assert len(Value.cast(array.weights)) == 4 * 4


def test_bipolar_operands_can_be_written() -> None:
    unit = build_unit("vector_mac", "nano", ["weight_shape=b1", "length=3"])
    assert len(Value.cast(unit.operands.payload.weights)) == 3


def test_configuration_sizes_the_unit() -> None:
    assert len(Value.cast(build_unit("systolic_array", "large").activations)) == 16 * 8


def test_unknown_unit_names_the_known_ones() -> None:
    with pytest.raises(
        UnitError, match=r"^unit 'systolic' does not exist: the units are accelerator, .*did you mean"
    ):
        build_unit("systolic")


def test_all_faults_of_settings_are_named() -> None:
    with pytest.raises(UnitError) as caught:
        build_unit("systolic_array", "nano", ["height=3", "rows", "rows=many", "weight_shape=x8"])
    assert str(caught.value).splitlines() == [
        "systolic_array has no parameter 'height': it has rows, cols, pe_rows, pe_cols, weight_rows_per_cycle,"
        " weight_shape, activation_shape, accumulator_shape",
        "a setting must be name=value, not 'rows'",
        "rows must be an integer, not 'many'",
        "weight_shape must be a shape such as s8 (signed, 8 bits), u4, or b1 (a bit that means -1 or +1), not 'x8'",
    ]


def test_component_may_refuse() -> None:
    with pytest.raises(UnitError, match=r"^systolic_array: pe_rows must divide rows"):
        build_unit("systolic_array", "nano", ["pe_rows=3"])


def test_configuration_may_refuse() -> None:
    with pytest.raises(ConfigurationError, match=r"^rows must be at least 1, not 0$"):
        build_unit("accelerator", "nano", ["rows=0"])
