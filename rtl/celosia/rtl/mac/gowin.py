"""Products on the 9 x 9 multipliers of Gowin's GW1N and GW2A."""

from amaranth.hdl import ClockSignal, Const, Instance, Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

OPERAND_BITS = 9


class Mult9x9(wiring.Component):
    """``product = a * b`` on a MULT9X9 with all its registers: operands, pipeline, output.

    Members
    -------
    a, b : In(signed(9))
        The operands.
    product : Out(signed(18))
        Their product, ``latency`` = 3 cycles later.
    """

    a: In(signed(OPERAND_BITS))
    b: In(signed(OPERAND_BITS))
    product: Out(signed(2 * OPERAND_BITS))

    #: Cycles from the operands to their product.
    latency = 3

    def elaborate(self, platform: object) -> Module:
        """Instantiate the block."""
        m = Module()
        registers = ("AREG", "BREG", "PIPE_REG", "OUT_REG", "ASIGN_REG", "BSIGN_REG")
        m.submodules.block = Instance(
            "MULT9X9",
            p_MULT_RESET_MODE="SYNC",
            **{f"p_{name}": Const(1, 1) for name in registers},
            i_CLK=ClockSignal(),
            i_CE=Const(1),
            i_RESET=Const(0),
            i_A=self.a,
            i_B=self.b,
            i_ASIGN=Const(1),
            i_BSIGN=Const(1),
            i_ASEL=Const(0),
            i_BSEL=Const(0),
            i_SIA=Const(0, OPERAND_BITS),
            i_SIB=Const(0, OPERAND_BITS),
            o_DOUT=self.product,
        )
        return m
