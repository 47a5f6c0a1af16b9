"""What the processing elements of an array multiply with, and what a tile must say about its operands for it."""

from collections.abc import Mapping
from enum import StrEnum

from amaranth.hdl import Shape, ShapeLike, unsigned
from amaranth.lib import data

from celosia.rtl.mac.precision_product import PACKED_BITS, Precision

#: Bits of a tile's length.
LENGTH_BITS = 16

#: Bits of the operands that a precision-scalable product is made for.
SPLIT_BITS = 8


class ArrayMac(StrEnum):
    """The multiplier of every processing element."""

    PARALLEL = "parallel"
    """A multiplier: a vector a cycle."""
    BIT_SERIAL = "bit_serial"
    """A gate: a bit of all numbers of a vector a cycle, as in a ``BitSerialMac``; each tile says how many they have."""
    PRECISION_SCALABLE = "precision_scalable"
    """A multiplier that splits, as in a ``PrecisionScalableMac``: 1, 2, 4 or 8 inputs a step; each tile says which."""


def checked_mac(mac: ArrayMac, *, weight_shape: Shape, activation_shape: Shape) -> ArrayMac:
    """``mac`` if it can multiply such operands; otherwise ``TypeError`` or ``ValueError``."""
    if not isinstance(mac, ArrayMac):
        raise TypeError(f"mac must be an ArrayMac, not {mac!r}")
    for name, shape in (("weight_shape", weight_shape), ("activation_shape", activation_shape)):
        if mac is ArrayMac.PRECISION_SCALABLE and shape.width != SPLIT_BITS:
            raise ValueError(f"{name} must have {SPLIT_BITS} bits for mac {mac.value}, not {shape!r}")
    return mac


def lane_shape(mac: ArrayMac, shape: Shape) -> Shape:
    """What carries one operand at the array's ports: several, if they are packed."""
    return unsigned(PACKED_BITS) if mac is ArrayMac.PRECISION_SCALABLE else shape


def mode_fields(mac: ArrayMac, serial_bits: int) -> Mapping[str, ShapeLike]:
    """What a tile says besides its length; the widest serial operands have ``serial_bits``."""
    match mac:
        case ArrayMac.BIT_SERIAL:
            return {"bits": unsigned(serial_bits.bit_length())}
        case ArrayMac.PRECISION_SCALABLE:
            return {"precision": Precision}
    return {}


def tile_shape(mac: ArrayMac, serial_bits: int) -> ShapeLike:
    """What is said about a tile: its length, and its mode if it has one."""
    fields = mode_fields(mac, serial_bits)
    return data.StructLayout({"length": LENGTH_BITS, **fields}) if fields else unsigned(LENGTH_BITS)
