"""Named accelerator configurations, and how a user's words become one."""

import difflib
from collections.abc import Sequence
from pathlib import Path

from celosia.rtl.config import AcceleratorConfig, ConfigurationError

KIB = 1 << 10
MIB = 1 << 20

#: Every preset holds the MLPerf Tiny networks.
PRESETS: dict[str, AcceleratorConfig] = {
    "nano": AcceleratorConfig(rows=4, cols=4, vector_lanes=2),
    "small": AcceleratorConfig(rows=8, cols=8, vector_lanes=4, depthwise_taps=3),
    "medium": AcceleratorConfig(rows=16, cols=8, vector_lanes=4, depthwise_taps=3),
    "large": AcceleratorConfig(
        rows=16,
        cols=16,
        pe_rows=4,
        weight_rows_per_cycle=4,
        vector_lanes=8,
        scratchpad_banks=8,
        depthwise_taps=9,
    ),
    "xlarge": AcceleratorConfig(
        rows=32,
        cols=32,
        pe_rows=4,
        weight_rows_per_cycle=4,
        weight_bytes=1 * MIB,
        scratchpad_bytes=512 * KIB,
        vector_lanes=16,
        depthwise_taps=9,
    ),
}


def preset(name: str) -> AcceleratorConfig:
    """The configuration called ``name``; :class:`ConfigurationError` lists the names if there is none."""
    if name in PRESETS:
        return PRESETS[name]
    close = difflib.get_close_matches(name, PRESETS, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise ConfigurationError(
        f"configuration {name!r} is neither a preset ({', '.join(PRESETS)}) nor a .toml file{hint}"
    )


def resolve(config: str, overrides: Sequence[str] = ()) -> AcceleratorConfig:
    """The configuration that a user asked for.

    Parameters
    ----------
    config : str
        The name of a preset, or the path of a TOML file (it ends in ``.toml`` or exists).
    overrides : sequence of str
        ``field=value``, the value an integer such as ``16``, ``0x10`` or ``65_536``, or one of a field's choices.

    Raises
    ------
    ConfigurationError
        With every fault of the file, of the overrides, or of the whole, at once.
    OSError
        If the file cannot be read.
    """
    path = Path(config)
    is_file = config not in PRESETS and (path.suffix == ".toml" or path.is_file())
    return override(AcceleratorConfig.from_toml(path) if is_file else preset(config), overrides)


def override(config: AcceleratorConfig, overrides: Sequence[str]) -> AcceleratorConfig:
    """``config`` with some fields changed, as :func:`resolve` changes them; raises ``ConfigurationError``."""
    values = config.model_dump()
    faults = []
    for change in overrides:
        name, equals, text = (part.strip() for part in change.partition("="))
        if not equals:
            faults.append(f"an override must be field=value, not {change!r}")
        elif name not in AcceleratorConfig.model_fields:
            close = difflib.get_close_matches(name, AcceleratorConfig.model_fields, n=1)
            hint = f"did you mean {close[0]}? " if close else ""
            known = ", ".join(AcceleratorConfig.model_fields)
            faults.append(f"{name} is not a configuration field; {hint}the fields are {known}")
        else:
            try:
                values[name] = int(text, 0)
            except ValueError:
                if isinstance(values[name], int):
                    faults.append(f"{name} must be an integer, not {text!r}")
                values[name] = text
    if faults:
        raise ConfigurationError("\n".join(faults))
    return AcceleratorConfig.create(values)
