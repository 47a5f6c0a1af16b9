"""Verilog of a component: plain, self-contained, and the same every time."""

import re

from amaranth.back import rtlil, verilog
from amaranth.lib import wiring

from celosia.generators.clock_enables import with_clock_enables
from celosia.generators.library import RtlilLibrary
from celosia.rtl.memory.ram import RAM_VERILOG
from celosia.rtl.memory.single_port_ram import SINGLE_PORT_RAM_VERILOG
from celosia.rtl.primitives import MODELS, model_verilog

#: Hand-written modules that components instantiate, by name.
TEMPLATES = {"celosia_ram": RAM_VERILOG, "celosia_single_port_ram": SINGLE_PORT_RAM_VERILOG} | {
    name: model_verilog(name) for name in MODELS
}


def emit(component: wiring.Component, name: str = "top") -> str:
    """Return ``component`` as the Verilog module ``name``, with every module that it needs.

    Ports are named after their members, joined by two underscores; structures and arrays are flattened to
    one vector. The same component always gives the same text.

    Raises
    ------
    TypeError
        If ``component`` is not a component, or ``name`` not a string.
    ValueError
        If ``name`` is not a Verilog identifier.
    """
    if not isinstance(component, wiring.Component):
        raise TypeError(f"component must be a wiring.Component, not {component!r}")
    if not isinstance(name, str):
        raise TypeError(f"name must be a string, not {name!r}")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_$]*", name):
        raise ValueError(f"name must be a Verilog identifier, not {name!r}")
    library = RtlilLibrary(name)
    top = rtlil.convert(component, name=name, platform=library, emit_src=False)
    # Amaranth's public function converts one component to one text; its second half takes any RTLIL.
    texts = with_clock_enables(without_bit_names("\n".join((*library.texts, top))))
    text = verilog._convert_rtlil_text(texts, strip_internal_attrs=True)
    # A signal of no bits is declared with the range [-1:0], which is two bits; nothing can refer to it.
    text = re.sub(r"^  wire \[-1:0\] .*;\n", "", text, flags=re.MULTILINE)
    parts = [text, *(template for module, template in TEMPLATES.items() if re.search(rf"\b{module}\b", text))]
    return "\n".join(parts)


def without_bit_names(text: str) -> str:
    """RTLIL in which no signal is named like a bit of another: ``sums.3`` for what Amaranth calls ``sums[3]``.

    Amaranth gives each element of an array such a name. Yosys, when it maps logic with ABC, gives it to a bit of
    ``sums``, and ends at once if there is a signal of that name.
    """
    return re.sub(r"\\[^\s\[]+\[\S+(?=\s)", lambda name: name[0].replace("[", ".").replace("]", ""), text)
