"""The one configuration object that the hardware, compiler, cost model, runtime and reports all read."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from celosia.rtl.mac.products import Multiplier

#: Functions that VECTOR may have beside ``REQUANTIZE``, as a configuration names them.
VECTOR_FUNCTIONS = ("add", "multiply", "sum", "maximum", "table")


class ConfigurationError(ValueError):
    """A configuration that cannot be built; the message names every field at fault, one to a line."""


def power_of_two_at_least(value: int) -> int:
    """The smallest power of two that is not below ``value``."""
    return 1 << max(0, value - 1).bit_length()


class AcceleratorConfig(BaseModel):
    """Every parameter of an accelerator.

    Immutable and validated as a whole. Use :meth:`create` or :meth:`from_toml` for input that a user typed:
    they raise :class:`ConfigurationError` with all faults at once.

    A *word* of the scratchpad is ``word_bytes`` bytes, a *weight word* is ``weight_rows_per_cycle * cols``
    bytes, a *parameter word* holds one {bias, multiplier, shift} for each vector lane.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    rows: int = Field(
        default=8, ge=1, le=128, description="rows of the array: activations multiplied per cycle"
    )
    cols: int = Field(default=8, ge=1, le=128, description="columns of the array: output channels per tile")
    pe_rows: int = Field(default=1, ge=1, le=128, description="rows of one PE; must divide rows")
    pe_cols: int = Field(default=1, ge=1, le=128, description="columns of one PE; must divide cols")
    weight_rows_per_cycle: int = Field(
        default=1, ge=1, le=128, description="array rows of weights loaded per cycle; must divide rows"
    )
    accumulator_width: int = Field(default=32, ge=16, le=32, description="bits of one partial sum")
    accumulator_depth: int = Field(
        default=1024, ge=4, le=65536, description="accumulator entries, both halves together; even"
    )
    scratchpad_bytes: int = Field(default=1 << 18, ge=256, le=1 << 24, description="activation memory, bytes")
    scratchpad_banks: int = Field(
        default=4, ge=2, le=16, description="word-interleaved scratchpad banks; a power of two"
    )
    weight_bytes: int = Field(default=1 << 19, ge=1, le=1 << 25, description="weight memory, bytes")
    parameter_words: int = Field(
        default=2048, ge=4, le=1 << 16, description="parameter memory, words of vector_lanes entries"
    )
    program_bytes: int = Field(default=1 << 18, ge=256, le=1 << 24, description="program memory, bytes")
    program_ports: int = Field(
        default=2,
        ge=1,
        le=2,
        description="ports of the program memory's RAM: 1 for the large blocks of an iCE40 UltraPlus",
    )
    vector_lanes: int = Field(
        default=4, ge=1, le=128, description="elements the vector engine finishes per cycle; at most cols"
    )
    vector_functions: str = Field(
        default=",".join(VECTOR_FUNCTIONS),
        description="what the vector engine does beside requantising, separated by commas",
    )
    vector_registers: int = Field(
        default=1,
        ge=0,
        le=1,
        description="1 for a register behind each step of the vector engine, 0 for results sooner at a slower clock",
    )
    depthwise_taps: int = Field(
        default=0, description="multipliers per lane of the depthwise engine, of cols lanes: 0 (none), 3 or 9"
    )
    depthwise_line: int = Field(
        default=256, ge=3, le=65535, description="longest row that the line buffers hold, pixels; 9 taps only"
    )
    depthwise_accumulator_depth: int = Field(
        default=256, ge=4, le=65536, description="depthwise accumulator entries, both halves together; even"
    )
    queue_depth: int = Field(
        default=2,
        ge=0,
        le=16,
        description="commands that wait for each engine while one runs; with 0, a command comes when the one before has"
        " issued everything",
    )
    performance_counters: int = Field(
        default=1,
        ge=0,
        le=1,
        description="1 to count what each engine's cycles are spent on, 0 for fewer registers",
    )
    memory_registers: int = Field(
        default=0,
        ge=0,
        le=1,
        description="1 for registers around block RAM: few cycles more, a faster clock if block RAM is slow or far",
    )
    multiplier: Multiplier = Field(
        default=Multiplier.INFERRED,
        strict=False,
        description="what the array's products are made of: " + ", ".join(Multiplier),
    )
    bus_width: int = Field(default=32, description="bits of the host port's data: 32 or 64")
    clock_hz: int = Field(
        default=100_000_000,
        ge=1_000_000,
        le=1_000_000_000,
        description="clock the host is told, to turn cycles into time",
    )

    @model_validator(mode="after")
    def _check_as_a_whole(self) -> Self:
        faults = []
        for name, divided in (("pe_rows", "rows"), ("pe_cols", "cols"), ("weight_rows_per_cycle", "rows")):
            part, whole = getattr(self, name), getattr(self, divided)
            if whole % part:
                faults.append(f"{name} must divide {divided} ({whole}), not {part}")
        for name in ("accumulator_depth", "depthwise_accumulator_depth"):
            if getattr(self, name) % 2:
                faults.append(f"{name} must be even (two halves), not {getattr(self, name)}")
        if self.depthwise_taps not in (0, 3, 9):
            faults.append(f"depthwise_taps must be 0, 3 or 9, not {self.depthwise_taps}")
        if self.scratchpad_banks & (self.scratchpad_banks - 1):
            faults.append(f"scratchpad_banks must be a power of two, not {self.scratchpad_banks}")
        line = self.scratchpad_banks * self.word_bytes
        if self.scratchpad_bytes % line:
            faults.append(
                f"scratchpad_bytes must be a multiple of {line} (scratchpad_banks words of {self.word_bytes}"
                f" bytes), not {self.scratchpad_bytes}"
            )
        least = max(self.tile_words, self.depthwise_weight_words) * self.weight_word_bytes
        if self.weight_bytes < least:
            faults.append(
                f"weight_bytes must be at least {least} (one tile, or one depthwise command's weights),"
                f" not {self.weight_bytes}"
            )
        if self.program_bytes % 8:
            faults.append(f"program_bytes must be a multiple of 8, not {self.program_bytes}")
        if self.vector_lanes > self.cols:
            faults.append(f"vector_lanes must be at most cols ({self.cols}), not {self.vector_lanes}")
        wanted = self.vector_functions.split(",") if self.vector_functions else []
        if wanted != [name for name in VECTOR_FUNCTIONS if name in wanted]:
            faults.append(
                f"vector_functions must be some of {','.join(VECTOR_FUNCTIONS)} in this order,"
                f" not {self.vector_functions!r}"
            )
        if self.multiplier is Multiplier.ECP5_PACKED and self.pe_cols % 2:
            faults.append(
                f"pe_cols must be even for multiplier {self.multiplier} (two columns share one), not {self.pe_cols}"
            )
        if self.bus_width not in (32, 64):
            faults.append(f"bus_width must be 32 or 64, not {self.bus_width}")
        if faults:
            raise ValueError("\n".join(faults))
        return self

    @classmethod
    def create(cls, fields: Mapping[str, Any]) -> Self:
        """Build a configuration from plain values; raise :class:`ConfigurationError` naming every fault."""
        try:
            return cls(**fields)
        except ValidationError as error:
            raise ConfigurationError("\n".join(_one_line(fault) for fault in error.errors())) from None

    @classmethod
    def from_toml(cls, path: Path) -> Self:
        """Read a configuration file: one ``field = value`` a line.

        Raises :class:`ConfigurationError` if it is no TOML or not a valid configuration, ``OSError`` if
        it cannot be read.
        """
        try:
            fields = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{path} is not a TOML file: {error}") from None
        return cls.create(fields)

    def to_toml(self) -> str:
        """The configuration as :meth:`from_toml` reads it."""
        return "".join(f"{name} = {_toml(value)}\n" for name, value in self.model_dump().items())

    @property
    def digest(self) -> int:
        """32 bits that differ between configurations; the hardware holds them so that a host can check."""
        text = json.dumps(self.model_dump(), sort_keys=True)
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")

    @property
    def word_bytes(self) -> int:
        """Bytes of one scratchpad word: the widest vector read, rounded up to a power of two."""
        depthwise_lanes = self.cols if self.depthwise_taps else 0
        return power_of_two_at_least(max(self.rows, self.vector_lanes, depthwise_lanes, self.bus_width // 8))

    @property
    def coordinate_bits(self) -> int:
        """Bits of the rows, and of the bytes of a row, that MATRIX reads, with a sign.

        Enough for any tensor in the scratchpad and at least as much padding on either side.
        """
        return (self.scratchpad_bytes - 1).bit_length() + 2

    @property
    def tile_words(self) -> int:
        """Weight words that make up one rows x cols tile."""
        return self.rows // self.weight_rows_per_cycle

    @property
    def weight_word_bytes(self) -> int:
        """Bytes of one weight word: ``weight_rows_per_cycle`` rows of ``cols`` weights."""
        return self.weight_rows_per_cycle * self.cols

    @property
    def weight_words(self) -> int:
        """Depth of the weight memory."""
        return self.weight_bytes // self.weight_word_bytes

    @property
    def holds_commands(self) -> bool:
        """Whether an engine has a register for the command that it runs, so that the next one can be on offer."""
        return self.queue_depth > 0

    @property
    def depthwise_rows(self) -> int:
        """Rows of the depthwise engine's window, whose columns are always 3."""
        return self.depthwise_taps // 3

    @property
    def depthwise_weight_words(self) -> int:
        """Weight words of one DEPTHWISE command: a row for each tap, and one that selects bytes."""
        return -(-(self.depthwise_taps + 1) // self.weight_rows_per_cycle) if self.depthwise_taps else 0

    @property
    def macs_per_cycle(self) -> int:
        """Multiply-accumulates of the array in one cycle."""
        return self.rows * self.cols


def _toml(value: int | str) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _one_line(fault: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    match fault["type"]:
        case "value_error":
            return str(fault["ctx"]["error"])
        case "extra_forbidden":
            known = ", ".join(AcceleratorConfig.model_fields)
            return f"{where} is not a configuration field; the fields are {known}"
        case "int_type":
            return f"{where} must be an integer, not {fault['input']!r}"
        case "string_type":
            return f"{where} must be a text, not {fault['input']!r}"
        case "enum":
            return f"{where} must be {fault['ctx']['expected']}, not {fault['input']!r}"
        case "greater_than_equal":
            return f"{where} must be at least {fault['ctx']['ge']}, not {fault['input']!r}"
        case "less_than_equal":
            return f"{where} must be at most {fault['ctx']['le']}, not {fault['input']!r}"
        case _:
            return f"{where}: {fault['msg']}"
