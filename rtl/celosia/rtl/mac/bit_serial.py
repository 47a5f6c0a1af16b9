"""A dot product that takes its weights bit by bit."""

from itertools import pairwise

from amaranth.hdl import Cat, EnableInserter, Module, Shape, ShapeLike, Signal, Value, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.bit_planes import BitPlanes, with_plane
from celosia.rtl.mac.dot_product import DotProduct, dot_product_latency
from celosia.rtl.mac.operand import Format, check_reach, operand_format, shape_between, sum_limits
from celosia.rtl.mac.shape import integer_shape
from celosia.rtl.parameter import positive_integer
from celosia.rtl.repeated import Unshared


class BitSerialMac(wiring.Component):
    """``result = addend + sum of weights * activations``, one bit of all weights a cycle.

    No multipliers: a bit of a weight lets its activation into the adder tree or not, and the sums of the bit
    planes add up, highest plane first. An operation takes as many cycles as its weights have bits, which
    each operation says, so that narrow weights are faster (Stripes and BISMO, with the roles of the operands
    exchanged).

    The next operation's first plane follows the last one's last plane. ``ready`` of the operands is high in the
    cycle of the last plane, and follows that of the results. A result appears ``bits - 1 + latency`` cycles
    after its operation's first plane, if results are taken whenever they are valid; while one is not, everything
    stands still. Reset drops what is on its way.

    Parameters
    ----------
    length : int
        Number of products; any positive number.
    weight_shape : ShapeLike
        Integer format of the widest weights.
    activation_shape : ShapeLike
        Format of the activations: an integer of any width, signed or unsigned, or ``Bipolar``.
    accumulator_shape : ShapeLike
        Integer format of addend and result.
    accumulations : int
        How many operations' products a result adds up at most: its own, and those already in its addend.

    Members
    -------
    operands : In(stream)
        ``weights[i]``, ``activations[i]``, ``addend`` and ``bits``, 1 to the width of a weight: only so many low
        bits of each weight count, the highest of which is the sign if weights are signed.
    results : Out(stream)
        The sum.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind or not positive, or ``accumulator_shape`` cannot hold every sum.
    """

    def __init__(
        self,
        *,
        length: int,
        weight_shape: ShapeLike = signed(8),
        activation_shape: ShapeLike = signed(8),
        accumulator_shape: ShapeLike = signed(32),
        accumulations: int = 1,
    ) -> None:
        self._length = positive_integer("length", length)
        self._weight_shape = integer_shape("weight_shape", weight_shape)
        self._activation_shape = operand_format("activation_shape", activation_shape)
        self._accumulator_shape = integer_shape("accumulator_shape", accumulator_shape)
        products = length * positive_integer("accumulations", accumulations)
        reach = sum_limits(self._weight_shape, self._activation_shape, products)
        check_reach("accumulator_shape", self._accumulator_shape, reach, f"{products} products")
        self._accumulations = accumulations
        operands = data.StructLayout(
            {
                "weights": data.ArrayLayout(self._weight_shape, length),
                "activations": data.ArrayLayout(self._activation_shape, length),
                "addend": self._accumulator_shape,
                "bits": unsigned(self._weight_shape.width.bit_length()),
            }
        )
        super().__init__(
            {
                "operands": In(stream.Signature(operands)),
                "results": Out(stream.Signature(self._accumulator_shape)),
            }
        )

    @property
    def length(self) -> int:
        """Number of products."""
        return self._length

    @property
    def weight_shape(self) -> Shape:
        """Format of the widest weights."""
        return self._weight_shape

    @property
    def activation_shape(self) -> Format:
        """Format of an activation."""
        return self._activation_shape

    @property
    def accumulator_shape(self) -> Shape:
        """Format of addend and result."""
        return self._accumulator_shape

    @property
    def accumulations(self) -> int:
        """How many operations' products a result adds up at most."""
        return self._accumulations

    @property
    def latency(self) -> int:
        """Cycles from the last bit plane to the result: bits, products, tree, sum of planes, addend."""
        return dot_product_latency(self._length) + 3

    @property
    def _total_shape(self) -> Shape:
        return shape_between(sum_limits(self._weight_shape, self._activation_shape, self._length))

    def elaborate(self, platform: object) -> Module:
        """Choose a plane, multiply it, then add the planes up, twice as much for each that came before."""
        m = Module()
        operands = self.operands.payload
        advance = Signal()
        m.d.comb += advance.eq(~self.results.valid | self.results.ready)

        # Which plane is next; the operands stay at the port until their last one.
        m.submodules.planes = planes = BitPlanes(width=self._weight_shape.width)
        m.d.comb += [
            planes.bits.eq(operands.bits),
            planes.step.eq(advance & self.operands.valid),
            self.operands.ready.eq(advance & planes.last),
        ]

        plane = DotProduct(
            length=self._length, weight_shape=unsigned(1), activation_shape=self._activation_shape
        )
        m.submodules.plane = EnableInserter(advance)(Unshared(plane))
        bits = Signal(self._length, reset_less=True)
        activations = Signal(operands.activations.shape(), reset_less=True)
        m.d.comb += [Value.cast(plane.weights).eq(bits), plane.activations.eq(activations)]

        # What must be known about a plane when its sum is there; the last plane's addend a cycle later.
        tag = data.StructLayout({"valid": 1, "first": 1, "last": 1, "addend": self._accumulator_shape})
        tags = [Signal(tag, name=f"tag_{stage}") for stage in range(plane.latency + 2)]
        summed, finished = tags[-2:]
        total = Signal(self._total_shape, reset_less=True)
        so_far = with_plane(total, plane.sum, first=summed.first, is_signed=self._weight_shape.signed)
        with m.If(advance):
            m.d.sync += [
                bits.eq(Cat(operands.weights[i].bit_select(planes.position, 1) for i in range(self._length))),
                activations.eq(operands.activations),
                tags[0].valid.eq(self.operands.valid),
                tags[0].first.eq(planes.first),
                tags[0].last.eq(planes.last),
                tags[0].addend.eq(operands.addend),
                *(later.eq(earlier) for earlier, later in pairwise(tags)),
                total.eq(so_far),
                self.results.valid.eq(finished.valid & finished.last),
                self.results.payload.eq(finished.addend + total),
            ]
        return m
