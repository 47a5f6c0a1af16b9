"""Hard blocks of FPGA families: instances, and models of them for simulation."""

from importlib import resources


def model_verilog(name: str) -> str:
    """Text of the simulation model of the hard block ``name``.

    Whoever emits a design that instantiates the block appends it; a synthesis tool, which defines ``SYNTHESIS``,
    sees nothing of it and uses its own black box.
    """
    return resources.files(__name__).joinpath(f"{name}.v").read_text(encoding="utf-8")


#: Hard blocks that have a model here.
MODELS = ("MULT18X18D", "SB_MAC16", "MULT9X9")
