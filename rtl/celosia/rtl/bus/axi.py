"""The ports of AMBA AXI4 and AXI4-Lite, with the specification's names."""

from amaranth.hdl import unsigned
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.parameter import positive_integer


class Burst(enum.Enum, shape=unsigned(2)):
    """How addresses go on within a burst."""

    FIXED = 0
    INCR = 1
    WRAP = 2


class AxiLiteSignature(wiring.Signature):
    """AXI4-Lite, 32 bits of data, seen from the master; without ``AxPROT``, which may be left open.

    Parameters
    ----------
    address_width : int
        Bits of an address.

    Members
    -------
    aw*, w*, b*, ar*, r*
        As in the specification (ARM IHI 0022).
    """

    def __init__(self, *, address_width: int) -> None:
        self._address_width = positive_integer("address_width", address_width)
        super().__init__(
            {
                "awvalid": Out(1),
                "awready": In(1),
                "awaddr": Out(address_width),
                "wvalid": Out(1),
                "wready": In(1),
                "wdata": Out(32),
                "wstrb": Out(4),
                "bvalid": In(1),
                "bready": Out(1),
                "bresp": In(2),
                "arvalid": Out(1),
                "arready": In(1),
                "araddr": Out(address_width),
                "rvalid": In(1),
                "rready": Out(1),
                "rdata": In(32),
                "rresp": In(2),
            }
        )

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._address_width == other._address_width

    def __repr__(self) -> str:
        return f"AxiLiteSignature(address_width={self._address_width})"


class AxiSignature(wiring.Signature):
    """AXI4, seen from the master; without the optional ``AxLOCK``, ``AxCACHE``, ``AxPROT``, ``AxQOS`` and ``AxREGION``.

    Parameters
    ----------
    address_width, data_width, id_width : int
        Bits of an address, of a word, and of a transaction's ID.

    Members
    -------
    aw*, w*, b*, ar*, r*
        As in the specification (ARM IHI 0022).
    """

    def __init__(self, *, address_width: int, data_width: int, id_width: int) -> None:
        self._widths = (
            positive_integer("address_width", address_width),
            positive_integer("data_width", data_width),
            positive_integer("id_width", id_width),
        )
        address = {"addr": address_width, "len": 8, "size": 3, "burst": Burst}
        super().__init__(
            {
                "awvalid": Out(1),
                "awready": In(1),
                "awid": Out(id_width),
                **{f"aw{name}": Out(shape) for name, shape in address.items()},
                "wvalid": Out(1),
                "wready": In(1),
                "wdata": Out(data_width),
                "wstrb": Out(data_width // 8),
                "wlast": Out(1),
                "bvalid": In(1),
                "bready": Out(1),
                "bid": In(id_width),
                "bresp": In(2),
                "arvalid": Out(1),
                "arready": In(1),
                "arid": Out(id_width),
                **{f"ar{name}": Out(shape) for name, shape in address.items()},
                "rvalid": In(1),
                "rready": Out(1),
                "rid": In(id_width),
                "rdata": In(data_width),
                "rresp": In(2),
                "rlast": In(1),
            }
        )

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._widths == other._widths

    def __repr__(self) -> str:
        address_width, data_width, id_width = self._widths
        return f"AxiSignature(address_width={address_width}, data_width={data_width}, id_width={id_width})"
