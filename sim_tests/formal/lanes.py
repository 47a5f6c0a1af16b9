"""The clamps of padding: a lane keeps what was read exactly if its byte exists."""

from amaranth.hdl import Assert, Module

from celosia.rtl.engine.matrix_lanes import LaneRange
from sim_tests.formal.prove import Properties


class LaneProperties(Properties):
    """For any row, column and size of the input, at the widths that the machine has.

    - Lane i is kept exactly if the row is one of the input's, and byte ``column + i`` one of the row's: so nothing
      outside the tensor is ever used.

    Parameters
    ----------
    rows : int
        Lanes of a vector.
    """

    def __init__(self, *, rows: int) -> None:
        self._lanes = LaneRange(rows=rows)
        super().__init__(self._lanes)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit."""
        m, _ = self.surround(platform)
        unit = self._lanes
        row_exists = (unit.row >= 0) & (unit.row < unit.height)
        for lane in range(unit.rows):
            byte = unit.column + lane
            exists = row_exists & (byte >= 0) & (byte < unit.row_bytes)
            m.d.comb += Assert(((unit.first <= lane) & (unit.end > lane)) == exists)
        return m
