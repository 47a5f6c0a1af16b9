"""The register map for documents and drivers, from the definitions that the hardware reads."""

from celosia.rtl.bus.address_map import (
    COUNTERS_OFFSET,
    ENGINE_STRIDE,
    IDENTITY_VALUE,
    REGISTER_BYTES,
    VERSION_VALUE,
    Counter,
    InterruptRegister,
    Region,
    Register,
    Status,
)
from celosia.rtl.command import Engine

_STATUS = ", ".join(f"bit {status.bit_length() - 1} {status.name}" for status in Status)
_REGISTERS: dict[Register | InterruptRegister, tuple[str, str]] = {
    Register.IDENTITY: ("read", f"`{IDENTITY_VALUE:#010x}`"),
    Register.VERSION: ("read", f"{VERSION_VALUE}"),
    Register.CONFIG_DIGEST: ("read", "digest of the configuration"),
    Register.CLOCK_HZ: ("read", "clock in hertz, as configured"),
    Register.CONTROL: (
        "write",
        "start: commands to run, 0 for all up to the end; ignored while a program runs",
    ),
    Register.STATUS: ("read", _STATUS),
    Register.CYCLES: ("read", "cycles spent running"),
    Register.PROGRAM_DIGEST: (
        "read",
        "digest of the program held from the start; 0 if there is none, or the host has written to it",
    ),
    InterruptRegister.PENDING: (
        "read, write",
        "bit 0 is set when a program stops; writing 1 to it clears it",
    ),
    InterruptRegister.ENABLE: ("read, write", "bit 0 lets PENDING drive `interrupt`"),
}


def register_table() -> str:
    """Every register, one a line, as a Markdown table."""
    lines = ["| offset | register | access | meaning |", "|---|---|---|---|"]
    for register in (*Register, *InterruptRegister):
        access, meaning = _REGISTERS[register]
        lines.append(f"| `{register:#05x}` | {register.name} | {access} | {meaning} |")
        if register == Register.PROGRAM_DIGEST:
            lines += [
                f"| `{COUNTERS_OFFSET + engine * ENGINE_STRIDE + counter * REGISTER_BYTES:#05x}`"
                f" | {engine.name}.{counter.name} | read | {_counter(counter)} |"
                for engine in Engine
                for counter in Counter
            ]
    return "\n".join(lines) + "\n"


def region_table() -> str:
    """Every region of the address map, one a line, as a Markdown table."""
    lines = ["| address | region |", "|---|---|"]
    lines += [f"| `{region.base:#010x}` | {region.name.lower().replace('_', ' ')} |" for region in Region]
    return "\n".join(lines) + "\n"


def register_header() -> str:
    """The same for C: offsets of registers, addresses of regions, bits of STATUS."""
    lines = ["#ifndef CELOSIA_H", "#define CELOSIA_H", ""]
    lines += [f"#define CELOSIA_{region.name}_BASE {region.base:#010x}u" for region in Region]
    lines += [f"#define CELOSIA_{register.name} {register:#05x}u" for register in Register]
    lines += [f"#define CELOSIA_INTERRUPT_{register.name} {register:#05x}u" for register in InterruptRegister]
    lines += [f"#define CELOSIA_STATUS_{status.name} {status.value}u" for status in Status]
    lines += [
        f"#define CELOSIA_{engine.name}_{counter.name}"
        f" {COUNTERS_OFFSET + engine * ENGINE_STRIDE + counter * REGISTER_BYTES:#05x}u"
        for engine in Engine
        for counter in Counter
    ]
    return "\n".join([*lines, "", "#endif", ""])


def _counter(counter: Counter) -> str:
    if counter == Counter.COMMANDS:
        return "commands retired"
    return f"cycles in the state *{counter.name.lower()}* of [machine.md](machine.md#host-address-map)"
