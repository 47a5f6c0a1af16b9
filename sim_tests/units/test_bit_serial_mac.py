"""Bit-serial MAC: lengths and formats; and what it refuses."""

import pytest
from amaranth.hdl import ShapeLike, signed, unsigned

from celosia.rtl.mac.bit_serial import BitSerialMac
from celosia.rtl.mac.operand import Bipolar, shape_between, sum_limits
from sim_tests.support import run_bench
from sim_tests.support.formats import bench_format, identifier


@pytest.mark.parametrize(
    ("length", "weight", "activation"),
    [
        (1, signed(8), signed(8)),
        (4, signed(8), unsigned(8)),
        (3, unsigned(4), signed(8)),
        (2, signed(1), signed(16)),
        (5, signed(16), Bipolar),
        (1, unsigned(1), unsigned(1)),
    ],
    ids=identifier,
)
def test_bit_serial_mac(length: int, weight: ShapeLike, activation: ShapeLike) -> None:
    """All results, and when they come, with the narrowest accumulator."""
    reach = sum_limits(weight, activation, length)
    unit = BitSerialMac(
        length=length,
        weight_shape=weight,
        activation_shape=activation,
        accumulator_shape=shape_between(reach),
    )
    run_bench(
        unit,
        "sim_tests.units.bench_bit_serial_mac",
        cases=3,
        parameters={
            "length": length,
            "weight": bench_format(unit.weight_shape),
            "activation": bench_format(unit.activation_shape),
            "accumulator": bench_format(unit.accumulator_shape),
            "latency": unit.latency,
        },
        simulator="icarus",
    )


def test_refused() -> None:
    """Parameters that make no sense are named."""
    with pytest.raises(ValueError, match=r"^length must be positive, not 0$"):
        BitSerialMac(length=0)
    with pytest.raises(TypeError, match=r"^weight_shape must be an integer shape, not "):
        BitSerialMac(length=1, weight_shape=Bipolar)
    with pytest.raises(ValueError, match=r"^accumulator_shape must hold -65024 to 65536, which 4 products"):
        BitSerialMac(length=2, accumulations=2, accumulator_shape=signed(17))
