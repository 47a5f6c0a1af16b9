"""What every device gets from :class:`~celosia.runtime.device.Device`, on one made of a dictionary."""

import pytest

from celosia.rtl.bus.address_map import Counter, Register, Status, counter_address
from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.device import Device, DeviceError


class RegisterDevice(Device):
    """Registers alone; STATUS reads as RUNNING the first ``busy_polls`` times."""

    def __init__(self, *, status: Status, busy_polls: int = 0, bus_width: int = 32) -> None:
        super().__init__(AcceleratorConfig.create({"bus_width": bus_width}))
        self.values: dict[int, int] = {Register.STATUS: status}
        self.busy_polls = busy_polls
        self.closed = False

    def write(self, address: int, data: bytes) -> None:
        """Keep a value."""
        assert len(data) == self.bus_bytes
        self.values[address] = int.from_bytes(data, "little")

    def read(self, address: int, size: int) -> bytes:
        """A kept value."""
        value = self.values.get(address, 0)
        if address == Register.STATUS and self.busy_polls:
            self.busy_polls -= 1
            value = Status.RUNNING
        return value.to_bytes(size, "little")

    def close(self) -> None:
        """Note that it happened."""
        self.closed = True


@pytest.mark.parametrize("bus_width", [32, 64])
def test_start_and_wait(bus_width: int) -> None:
    with RegisterDevice(status=Status.ENDED, busy_polls=3, bus_width=bus_width) as device:
        device.start(7)
        assert device.values[Register.CONTROL] == 7
        assert device.wait()
        assert device.busy_polls == 0
    assert device.closed


def test_wait_after_steps() -> None:
    assert not RegisterDevice(status=Status(0)).wait()


def test_wait_raises() -> None:
    with pytest.raises(DeviceError, match=r"^the program holds an unknown opcode$"):
        RegisterDevice(status=Status.UNKNOWN_OPCODE).wait()
    with pytest.raises(DeviceError, match=r"^the device still runs after 0\.01 s$"):
        RegisterDevice(status=Status.RUNNING).wait(timeout=0.01)


def test_counters() -> None:
    device = RegisterDevice(status=Status.ENDED)
    device.values[Register.CYCLES] = 1000
    device.values[counter_address(Engine.VECTOR, Counter.DEPENDENCY)] = 17
    counters = device.counters()
    assert len(counters) == 1 + len(Engine) * len(Counter)
    assert (counters["cycles"], counters["vector.dependency"], counters["matrix.busy"]) == (1000, 17, 0)


def test_identify() -> None:
    device = RegisterDevice(status=Status(0))
    with pytest.raises(DeviceError, match=r"^register IDENTITY must be 0x4f4c4543, not 0x0$"):
        device.identify()
    device.values |= {Register.IDENTITY: 0x4F4C4543, Register.VERSION: 1}
    device.values[Register.CONFIG_DIGEST] = device.config.digest
    device.identify()
