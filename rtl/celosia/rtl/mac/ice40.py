"""Products on the DSP blocks of Lattice's iCE40 UltraPlus: two a block."""

from amaranth.hdl import Cat, ClockSignal, Const, Instance, Module, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

#: Holds, resets, loads and carries of the block that are not needed for products.
UNUSED_INPUTS = (
    *("AHOLD", "BHOLD", "CHOLD", "DHOLD", "IRSTTOP", "IRSTBOT", "ORSTTOP", "ORSTBOT", "OLOADTOP", "OLOADBOT"),
    *("ADDSUBTOP", "ADDSUBBOT", "OHOLDTOP", "OHOLDBOT", "CI", "ACCUMCI", "SIGNEXTIN"),
)


class DualMult8x8(wiring.Component):
    """``products[i] = a[i] * b[i]`` for i = 0, 1 on one SB_MAC16, with operand and product registers.

    Yosys infers one block for each product; only an instance uses both halves of it.

    Members
    -------
    a, b : In(ArrayLayout(signed(8), 2))
        The operands.
    products : Out(ArrayLayout(signed(16), 2))
        Their products, ``latency`` = 2 cycles later.
    """

    a: In(data.ArrayLayout(signed(8), 2))
    b: In(data.ArrayLayout(signed(8), 2))
    products: Out(data.ArrayLayout(signed(16), 2))

    #: Cycles from the operands to their products.
    latency = 2

    def elaborate(self, platform: object) -> Module:
        """Instantiate the block."""
        m = Module()
        select_product = Const(0b10, 2)
        m.submodules.block = Instance(
            "SB_MAC16",
            p_MODE_8x8=Const(1, 1),
            p_A_SIGNED=Const(1, 1),
            p_B_SIGNED=Const(1, 1),
            p_A_REG=Const(1, 1),
            p_B_REG=Const(1, 1),
            p_TOP_8x8_MULT_REG=Const(1, 1),
            p_BOT_8x8_MULT_REG=Const(1, 1),
            p_TOPOUTPUT_SELECT=select_product,
            p_BOTOUTPUT_SELECT=select_product,
            i_CLK=ClockSignal(),
            i_CE=Const(1),
            i_A=Cat(self.a[0], self.a[1]),
            i_B=Cat(self.b[0], self.b[1]),
            i_C=Const(0, 16),
            i_D=Const(0, 16),
            **{f"i_{name}": Const(0) for name in UNUSED_INPUTS},
            o_O=self.products.as_value(),
        )
        return m
