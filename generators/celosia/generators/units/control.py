"""Control and the host port."""

from celosia.generators.unit import Unit
from celosia.rtl.command import Opcode
from celosia.rtl.control.fetch import fetch_stages

UNITS = (
    Unit(
        "command_fetch",
        "reads the program and hands each record to its engine's queue",
        "celosia.rtl.control.fetch:CommandFetch",
        lambda c: {
            "address_width": (c.program_bytes // 8 - 1).bit_length(),
            "depthwise": bool(c.depthwise_taps),
            "stages": fetch_stages(c),
        },
    ),
    Unit(
        "command_queue",
        "collects the words of a record and queues records for one engine",
        "celosia.rtl.control.queue:CommandQueue",
        lambda c: {"opcode": Opcode.MATRIX, "depth": c.queue_depth},
    ),
    Unit(
        "timeline",
        "counts the commands each engine has retired",
        "celosia.rtl.control.timeline:Timeline",
        lambda c: {},
    ),
    Unit(
        "host_decoder",
        "the host port: sends each request to its memory or register",
        "celosia.rtl.bus.host:HostDecoder",
        lambda c: {"bus_width": c.bus_width},
    ),
)
