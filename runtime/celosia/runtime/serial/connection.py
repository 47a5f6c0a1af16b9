"""The way to one board: its port, opened as often as it takes, and whether the right board is at its end."""

from celosia.rtl.bus.address_map import IDENTITY_VALUE, REGISTER_BYTES, VERSION_VALUE, Region, Register
from celosia.rtl.bus.packet import LINK_VERSION
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.device import DeviceError
from celosia.runtime.serial.client import LinkClient, SilenceError
from celosia.runtime.serial.port import Port


class Connection:
    """A board at a serial port, while it is there.

    Parameters
    ----------
    config : AcceleratorConfig
        What the board should hold.
    path : str
        Name of the port.
    baud_rate : int
        Bits a second.
    bus_bytes : int
        Bytes of a bus word.
    patience : float
        Seconds to wait for a board that does not answer.
    """

    def __init__(
        self, config: AcceleratorConfig, path: str, *, baud_rate: int, bus_bytes: int, patience: float
    ) -> None:
        self._config = config
        self._path = path
        self._baud_rate = baud_rate
        self._bus_bytes = bus_bytes
        self._patience = patience
        self._lost = 0
        self._port: Port | None = None
        self._client: LinkClient | None = None

    @property
    def path(self) -> str:
        """Name of the port."""
        return self._path

    @property
    def lost_packets(self) -> int:
        """Packets that had to be sent again so far, over all times it was open."""
        return self._lost + (self._client.lost if self._client else 0)

    @property
    def link(self) -> LinkClient:
        """What speaks with the board; ``RuntimeError`` if the connection was never opened, or is closed."""
        if self._client is None:
            raise RuntimeError("the device has not been opened: enter its context first")
        return self._client

    def open(self) -> None:
        """Open the port, again if it was open, and check what is at its end.

        Raises
        ------
        DisconnectedError
            If there is no such port, or it goes away meanwhile.
        SilenceError
            If nothing answers.
        DeviceError
            If the board is of another version, or holds another configuration.
        """
        self.close()
        self._port = Port(self._path, self._baud_rate)
        self._client = LinkClient(self._port, bus_bytes=self._bus_bytes, patience=self._patience)
        try:
            version = self._client.status().version
        except SilenceError as error:
            raise SilenceError(
                f"no board answers at {self._path} with {self._baud_rate} baud ({error}): is it the right port,"
                " and has the board been flashed?"
            ) from None
        if version != LINK_VERSION:
            raise DeviceError(
                f"the board at {self._path} speaks version {version} of the link, this is version {LINK_VERSION}:"
                " build and flash it again"
            )
        self.check_identity()

    def close(self) -> None:
        """Give the port back."""
        if self._client is not None:
            self._lost += self._client.lost
            self._client = None
        if self._port is not None:
            self._port.close()
            self._port = None

    def check_identity(self) -> None:
        """Compare identity, version and configuration; ``DeviceError`` if one differs."""
        image = self.link.read(Region.REGISTERS.base, Register.CLOCK_HZ)
        identity, version, digest = (
            int.from_bytes(image[at : at + 4], "little") for at in range(0, len(image), REGISTER_BYTES)
        )
        for name, value, expected in (
            ("IDENTITY", identity, IDENTITY_VALUE),
            ("VERSION", version, VERSION_VALUE),
        ):
            if value != expected:
                raise DeviceError(f"register {name} must be {expected:#x}, not {value:#x}")
        if digest != self._config.digest:
            raise DeviceError(
                f"the board at {self._path} holds another configuration (digest {digest:#010x}) than the one given"
                f" ({self._config.digest:#010x}): give the board's, or build and flash this one"
            )
