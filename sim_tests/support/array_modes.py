"""What a tile's mode makes of an array's operands, for the benches of arrays."""

from typing import Any

from celosia.rtl.array.array_mac import ArrayMac, lane_shape
from celosia.rtl.array.product_array import ProductArray
from celosia.rtl.mac.precision_product import OPERANDS, Precision
from sim_tests.support.formats import bench_format
from sim_tests.support.numbers import Format


def modes(array: ProductArray) -> list[int]:
    """All modes of a tile, as they are encoded: widths, precisions, or the only one."""
    match array.mac:
        case ArrayMac.BIT_SERIAL:
            return list(range(1, array.serial_shape.width + 1))
        case ArrayMac.PRECISION_SCALABLE:
            return [precision.value for precision in Precision]
    return [0]


def mode_parameters(array: ProductArray, mode: int) -> dict[str, Any]:
    """What benches must know about one mode.

    ``weight``, ``activation``: formats of the operands; ``products``: how many a lane holds; ``pace``: cycles a vector.
    """
    weight, activation = bench_format(array.weight_shape), bench_format(array.activation_shape)
    products = pace = 1
    match array.mac:
        case ArrayMac.BIT_SERIAL:
            pace = mode
            if array.weights_are_serial:
                weight = mode, weight[1]
            else:
                activation = mode, activation[1]
        case ArrayMac.PRECISION_SCALABLE:
            products, weight_bits, activation_bits = OPERANDS[Precision(mode)]
            weight, activation = (weight_bits, weight[1]), (activation_bits, activation[1])
    return {"mode": mode, "weight": weight, "activation": activation, "products": products, "pace": pace}


def lane_formats(array: ProductArray) -> dict[str, Format]:
    """What the ports' lanes hold."""
    return {
        "weight_lane": bench_format(lane_shape(array.mac, array.weight_shape)),
        "activation_lane": bench_format(lane_shape(array.mac, array.activation_shape)),
    }
