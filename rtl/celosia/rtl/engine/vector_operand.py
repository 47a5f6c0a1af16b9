"""What an operand of VECTOR is, and what each stage of the lanes does with it."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data

from celosia.rtl.command import Function, Rounding, functions_of
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.vector_addresses import VectorPlace
from celosia.rtl.engine.vector_lane import SCALE_ONE, ClampControl, ScaleControl

#: Scale multiplier 1/2, for the operand of ``ADD`` that no scale is named for.
SCALE_HALF = 1 << 30


def operand_layout(config: AcceleratorConfig) -> data.StructLayout:
    """An operand to issue: where it comes from, its place in its element, and what its command does with it.

    ``starts`` marks a command's first operand. ``from_accumulators``: it is a partial sum, of the DEPTHWISE engine with
    ``from_depthwise``; otherwise it is read from the scratchpad. ``identity``: its value goes on as it is, without
    requantisation; with ``looks_up``, through the table. ``zero`` is its zero point, which is subtracted.
    """
    return data.StructLayout(
        {
            "place": VectorPlace(config),
            "starts": 1,
            "from_accumulators": 1,
            "from_depthwise": 1,
            "identity": 1,
            "looks_up": 1,
            "rounding": Rounding,
            "zero": signed(8),
            "scale": ScaleControl,
            "scale_shift": 5,
            "out_zero": signed(8),
            "clamp": ClampControl,
        }
    )


def describe_operand(m: Module, config: AcceleratorConfig, command: Any, place: Any, starts: Any) -> Any:
    """The operand of ``command``, a view of a :class:`~celosia.rtl.command.VectorCommand`, at ``place``."""
    functions = functions_of(config)
    operand = Signal(operand_layout(config))
    second = place.second

    def does(function: Function) -> Any:
        return (command.function == function) & (function in functions)

    adds, multiplies, looks_up = does(Function.ADD), does(Function.MULTIPLY), does(Function.TABLE)
    scaled = Signal()
    m.d.comb += [
        scaled.eq(adds & (second == command.scaled_operand)),
        operand.place.eq(place),
        operand.starts.eq(starts),
        operand.from_accumulators.eq(command.function == Function.REQUANTIZE),
        operand.from_depthwise.eq(command.from_depthwise),
        operand.identity.eq(looks_up | does(Function.MAXIMUM)),
        operand.looks_up.eq(looks_up),
        operand.rounding.eq(command.rounding),
        operand.zero.eq(Mux(adds | multiplies, Mux(second, command.b_zero, command.a_zero), 0)),
        operand.scale.multiplier.eq(
            Mux(
                adds,
                Mux(scaled, command.scale_multiplier, SCALE_HALF),
                Mux(multiplies, 0, SCALE_ONE),  # A adds nothing, B is multiplied with A
            )
        ),
        operand.scale.use_held.eq(multiplies & second),
        operand.scale_shift.eq(Mux(scaled, command.scale_shift, 0)),
        operand.out_zero.eq(Mux(operand.identity, 0, command.out_zero)),
        operand.clamp.low.eq(command.clamp_low),
        operand.clamp.high.eq(command.clamp_high),
    ]
    return operand
