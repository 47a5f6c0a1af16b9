"""The accelerator with a port for a system on chip in place of the host port."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from celosia.rtl.accelerator import Accelerator
from celosia.rtl.bus.access_arbiter import AccessArbiter
from celosia.rtl.bus.address_map import ADDRESS_BITS
from celosia.rtl.bus.axi import AxiLiteSignature, AxiSignature
from celosia.rtl.bus.axi_bridge import AxiBridge
from celosia.rtl.bus.axi_lite_bridge import AxiLiteBridge
from celosia.rtl.bus.host_access import REGISTER_WINDOW_BITS, HostAccess
from celosia.rtl.bus.wishbone import WishboneBridge, WishboneSignature
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.parameter import positive_integer


class AxiAccelerator(wiring.Component):
    """An accelerator between two AXI ports; ``docs/soc.md`` shows how to use it.

    Parameters
    ----------
    config : AcceleratorConfig
        The accelerator; its ``bus_width`` is the memory port's.
    id_width : int
        Bits of a transaction's ID at the memory port.

    Members
    -------
    control : In(AxiLiteSignature(address_width=12))
        The registers.
    memory : In(AxiSignature)
        The whole host address map.
    interrupt : Out(1)
        High while an enabled interrupt is pending.

    Raises
    ------
    TypeError
        If ``config`` is not an :class:`AcceleratorConfig`, or ``id_width`` not an integer.
    ValueError
        If ``id_width`` is not positive.
    """

    def __init__(self, config: AcceleratorConfig, *, id_width: int = 4) -> None:
        if not isinstance(config, AcceleratorConfig):
            raise TypeError(f"config must be an AcceleratorConfig, not {config!r}")
        self._config = config
        self._id_width = positive_integer("id_width", id_width)
        memory = AxiSignature(address_width=ADDRESS_BITS, data_width=config.bus_width, id_width=id_width)
        super().__init__(
            {
                "control": In(AxiLiteSignature(address_width=REGISTER_WINDOW_BITS)),
                "memory": In(memory),
                "interrupt": Out(1),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """The accelerator."""
        return self._config

    @property
    def id_width(self) -> int:
        """Bits of a transaction's ID at the memory port."""
        return self._id_width

    def elaborate(self, platform: object) -> Module:
        """Join bridges, arbiter and accelerator."""
        m = Module()
        width = self._config.bus_width
        m.submodules.accelerator = accelerator = Accelerator(self._config)
        m.submodules.access = access = HostAccess(self._config)
        m.submodules.arbiter = arbiter = AccessArbiter(bus_width=width)
        m.submodules.control_bridge = control = AxiLiteBridge(bus_width=width)
        m.submodules.memory_bridge = memory = AxiBridge(bus_width=width, id_width=self._id_width)
        connect(m, flipped(self.control), control.axi)
        connect(m, flipped(self.memory), memory.axi)
        connect(m, control.request, arbiter.requests[0])
        connect(m, memory.request, arbiter.requests[1])
        connect(m, arbiter.responses[0], control.response)
        connect(m, arbiter.responses[1], memory.response)
        connect(m, arbiter.request, access.request)
        connect(m, access.response, arbiter.response)
        connect(m, access.host, accelerator.host)
        m.d.comb += [access.running.eq(accelerator.running), self.interrupt.eq(access.interrupt)]
        return m


class WishboneAccelerator(wiring.Component):
    """An accelerator at a Wishbone bus; ``docs/soc.md`` shows how to use it.

    Parameters
    ----------
    config : AcceleratorConfig
        The accelerator; its ``bus_width`` is the bus's.

    Members
    -------
    bus : In(WishboneSignature)
        The whole host address map.
    interrupt : Out(1)
        High while an enabled interrupt is pending.

    Raises
    ------
    TypeError
        If ``config`` is not an :class:`AcceleratorConfig`.
    """

    def __init__(self, config: AcceleratorConfig) -> None:
        if not isinstance(config, AcceleratorConfig):
            raise TypeError(f"config must be an AcceleratorConfig, not {config!r}")
        self._config = config
        width = config.bus_width
        word_bits = (width // 8 - 1).bit_length()
        super().__init__(
            {
                "bus": In(WishboneSignature(address_width=ADDRESS_BITS - word_bits, data_width=width)),
                "interrupt": Out(1),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """The accelerator."""
        return self._config

    def elaborate(self, platform: object) -> Module:
        """Join bridge and accelerator."""
        m = Module()
        m.submodules.accelerator = accelerator = Accelerator(self._config)
        m.submodules.access = access = HostAccess(self._config)
        m.submodules.bridge = bridge = WishboneBridge(bus_width=self._config.bus_width)
        connect(m, flipped(self.bus), bridge.bus)
        connect(m, bridge.request, access.request)
        connect(m, access.response, bridge.response)
        connect(m, access.host, accelerator.host)
        m.d.comb += [access.running.eq(accelerator.running), self.interrupt.eq(access.interrupt)]
        return m
