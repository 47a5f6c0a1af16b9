"""The memories that hold a compiled network: its program, weights and parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from celosia.rtl.bus.address_map import PROGRAM_WORD_BYTES, Region
from celosia.rtl.config import AcceleratorConfig, ConfigurationError
from celosia.rtl.control.fetch import fetch_stages
from celosia.rtl.memory.parameters import ParameterMemory
from celosia.rtl.memory.program import ProgramMemory
from celosia.rtl.memory.weights import WeightMemory
from celosia.rtl.memory.wide import WideMemory


@dataclass(frozen=True, eq=False)
class NetworkMemories:
    """What a host loads once, or a bitstream holds from the start.

    Attributes
    ----------
    program, weights, parameters
        The memories.
    """

    program: ProgramMemory
    weights: WeightMemory
    parameters: ParameterMemory

    @classmethod
    def of(cls, config: AcceleratorConfig, *, embedded: bool) -> Self:
        """The memories of a configuration; if ``embedded``, they hold what the files of :meth:`contents_files` say.

        Raises ``ConfigurationError`` if ``embedded``, and the program memory cannot hold anything from the start.
        """
        if embedded and config.program_ports == 1:
            raise ConfigurationError(
                "program_ports must be 2 for memories that hold a program from the start (--embed), not 1"
            )

        def files(region: Region) -> str:
            return region.name.lower() if embedded else ""

        return cls(
            program=ProgramMemory(
                words=config.program_bytes // PROGRAM_WORD_BYTES,
                bus_width=config.bus_width,
                contents=files(Region.PROGRAM),
                registered=fetch_stages(config) > 1,
                single_port=config.program_ports == 1,
            ),
            weights=WeightMemory(
                words=config.weight_words,
                rows_per_cycle=config.weight_rows_per_cycle,
                cols=config.cols,
                bus_width=config.bus_width,
                contents=files(Region.WEIGHTS),
                registered=bool(config.memory_registers),
            ),
            parameters=ParameterMemory(
                words=config.parameter_words,
                lanes=config.vector_lanes,
                bus_width=config.bus_width,
                contents=files(Region.PARAMETERS),
                registered=bool(config.memory_registers),
            ),
        )

    @property
    def regions(self) -> Mapping[Region, WideMemory]:
        """The memories by what the host calls them."""
        return {
            Region.PROGRAM: self.program,
            Region.WEIGHTS: self.weights,
            Region.PARAMETERS: self.parameters,
        }

    def contents_files(self, images: Mapping[Region, bytes]) -> dict[str, str]:
        """Files, by name, with which the memories hold what the host would write to their regions."""
        return {
            name: text
            for region, memory in self.regions.items()
            for name, text in memory.contents_files(images[region]).items()
        }
