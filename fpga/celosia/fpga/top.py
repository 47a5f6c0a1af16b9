"""Everything of a board's design but its pins and its clock."""

from amaranth.hdl import Cat, ClockDomain, ClockSignal, DomainRenamer, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from celosia.fpga.stretch import Stretch
from celosia.rtl.accelerator import Accelerator
from celosia.rtl.bus.baud import check_rates
from celosia.rtl.bus.serial_link import SerialLink
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.repeated import Unshared

#: How long a light shows an event: at least a fraction 1 / LIGHTS_PER_SECOND of a second, at most four times as long.
LIGHTS_PER_SECOND = 20


class BoardTop(wiring.Component):
    """An accelerator behind a UART; a board adds clock, reset and pins.

    Parameters
    ----------
    config : AcceleratorConfig
        The accelerator.
    clock_hz : int
        What the board really clocks this with; the configuration's ``clock_hz`` is only what the host is told.
    baud_rate : int
        Bits a second on the line; at most a quarter of the clock.
    program_digest : int
        As for :class:`~celosia.rtl.accelerator.Accelerator`: the program that the memories hold from the start.

    Members
    -------
    rx : In(1)
        From the host, asynchronous.
    tx : Out(1)
        To the host.
    leds : Out(4)
        From bit 0 on: a program runs, bytes arrive, a packet was refused, and a heartbeat of about one second.

    Raises
    ------
    TypeError
        If ``config`` is not an :class:`AcceleratorConfig`, or a rate is not an integer.
    ValueError
        If a rate is not positive, or the line is too fast for the clock.
    """

    def __init__(
        self, config: AcceleratorConfig, *, clock_hz: int, baud_rate: int, program_digest: int = 0
    ) -> None:
        if not isinstance(config, AcceleratorConfig):
            raise TypeError(f"config must be an AcceleratorConfig, not {config!r}")
        check_rates(clock_hz, baud_rate)
        self._config = config
        self._clock_hz = clock_hz
        self._baud_rate = baud_rate
        self._program_digest = program_digest
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1), "leds": Out(4)})

    @property
    def config(self) -> AcceleratorConfig:
        """The accelerator."""
        return self._config

    @property
    def clock_hz(self) -> int:
        """Clock, in hertz."""
        return self._clock_hz

    @property
    def baud_rate(self) -> int:
        """Bits a second on the line."""
        return self._baud_rate

    @property
    def program_digest(self) -> int:
        """Digest of the program that the memories hold from the start; 0 for none."""
        return self._program_digest

    def elaborate(self, platform: object) -> Module:
        """Join accelerator, link and lights."""
        m = Module()
        accelerator = Accelerator(self._config, program_digest=self._program_digest)
        m.submodules.link = link = SerialLink(
            self._config, clock_hz=self._clock_hz, baud_rate=self._baud_rate
        )
        # Its reset goes everywhere, so it comes from a register, which the board's own reset sets.
        m.domains.accelerator = ClockDomain(local=True)
        reset = Signal(init=1)
        m.d.sync += reset.eq(link.reset)
        m.d.comb += [ClockSignal("accelerator").eq(ClockSignal()), ResetSignal("accelerator").eq(reset)]
        m.submodules.accelerator = DomainRenamer("accelerator")(Unshared(accelerator))
        connect(m, link.host, accelerator.host)
        m.d.comb += [link.rx.eq(self.rx), self.tx.eq(link.tx), link.running.eq(accelerator.running)]

        heartbeat = Signal(self._clock_hz.bit_length())
        m.d.sync += heartbeat.eq(heartbeat + 1)
        slow = heartbeat[
            (self._clock_hz // LIGHTS_PER_SECOND).bit_length()
        ]  # a half period is at least that long
        lights = []
        for name, pulse in (
            ("running", accelerator.running),
            ("active", link.active),
            ("rejected", link.rejected),
        ):
            m.submodules[f"{name}_light"] = stretch = Stretch()
            m.d.comb += stretch.slow.eq(slow)
            m.d.sync += stretch.pulse.eq(
                pulse
            )  # from a register: long paths end in these events, nobody sees a cycle
            lights.append(stretch.light)
        m.d.comb += self.leds.eq(Cat(*lights, heartbeat[-1]))
        return m
