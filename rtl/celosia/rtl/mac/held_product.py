"""A product between two registers: that of its operands, and its own."""

from amaranth.hdl import Module, Signal, Value

from celosia.rtl.mac.ecp5 import Mult18x18
from celosia.rtl.mac.products import Multiplier


def held_product(
    m: Module, name: str, operands: tuple[Value, Value], held: tuple[Value, Value], *, made_of: Multiplier
) -> Signal:
    """The product of ``held``, registers of ``operands``, a cycle later: ``operands`` two cycles ago.

    On an ECP5, it is a multiplier block with registers of its own for operands and product: from a block without, the
    way to registers in the FPGA's fabric, and to the block, takes more than half of 10 ns. Other synthesis tools find
    what a product is best made of.

    Parameters
    ----------
    m : Module
        Where registers and blocks are added.
    name : str
        Name of the product.
    operands : (Value, Value)
        Signed or unsigned numbers, for an ECP5 of at most 18 bits as signed ones.
    held : (Value, Value)
        The same, a cycle later.
    made_of : Multiplier
        ``ECP5`` or ``ECP5_PACKED`` for a block of an ECP5.
    """
    result = Signal((held[0] * held[1]).shape(), name=name, reset_less=True)
    if made_of in (Multiplier.ECP5, Multiplier.ECP5_PACKED):
        bits = [len(value) + (not value.shape().signed) for value in operands]
        block = Mult18x18(a_bits=bits[0], b_bits=bits[1], pipelined=False, in_fabric=False)
        m.submodules[f"{name}_block"] = block
        m.d.comb += [block.a.eq(operands[0]), block.b.eq(operands[1]), result.eq(block.product)]
    else:
        m.d.sync += result.eq(held[0] * held[1])
    return result
