"""The bytes that VECTOR reads and writes: those of its command's loop nest, and nothing outside its tensors."""

from typing import Any

from amaranth.hdl import Assert, Assume, Const, Module, Mux, Signal, Value

from celosia.rtl.command import Function, functions_of
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.vector_addresses import VectorAddresses
from celosia.rtl.memory.scratchpad_address import BankAddress
from sim_tests.formal.prove import Properties, any_of

#: Loops around an element's operands, innermost first: the fields with their counts.
LOOPS = ("window_cols", "window_rows", "channels", "block_cols", "block_rows")
WINDOW_COLS, WINDOW_ROWS, GROUP, X, Y = range(5)

#: Bits of the command's addresses: sums wrap at them.
ADDRESS_BITS = 24


class Tensor:
    """Where a command may read or write, and how far its loops have come there, beside the unit.

    Parameters
    ----------
    name : str
        Of the command's field with the address, without ``_address``.

    Attributes
    ----------
    offered : Signal, Signal
        First byte and the byte behind the last one, for a command to be loaded; any.
    first, behind : Signal
        The same for the present command.
    moved : list of Signal
        What each loop's iterations have added to the address.
    """

    def __init__(self, name: str) -> None:
        bits = ADDRESS_BITS + 1
        self.name = name
        self.offered = (
            Signal(bits, name=f"{name}_first_offered"),
            Signal(bits, name=f"{name}_behind_offered"),
        )
        self.first, self.behind = Signal(bits, name=f"{name}_first"), Signal(bits, name=f"{name}_behind")
        self.moved = [Signal(ADDRESS_BITS, name=f"{name}_moved_{field}") for field in LOOPS]

    def holds(self, address: Value, size: Value) -> Value:
        """Whether it has so many bytes from this address on."""
        return (address >= self.first) & (address + size <= self.behind)

    def begun(self, command: Any, level: int) -> Value:
        """The address at which the present iteration of a loop began."""
        address: Value = command[f"{self.name}_address"]
        for moved in reversed(self.moved[level:]):
            address = (address + moved)[:ADDRESS_BITS]
        return address


class VectorAddressProperties(Properties):
    """For every legal command, at the widths of a real configuration, with any steps, advanced in any cycle.

    A command is legal if its function is the machine's; if block, window and channels are at least 1 and at most the
    bytes of the scratchpad; if only functions with a window have one; and if every address of its nest, as the
    docstring of ``VectorCommand`` has it, lies in the tensor that it is for: bytes of the scratchpad, or entries of the
    accumulators; likewise its parameters. A configuration that holds no commands is offered the present one to its end.

    - Operands are those of the nest, in order: five loops counted like nested ``for`` loops, each with what its
      iterations add to the addresses; A before B.
    - So whatever is read or written lies in its tensor.
    - The first and the last operand of an element are told, and the last of the command; so are the lanes that exist.
    - The banks told for an operand are those of its address.

    Parameters
    ----------
    config : AcceleratorConfig
        Sizes of memories and vectors.
    """

    def __init__(self, config: AcceleratorConfig) -> None:
        self._config = config
        self._unit: Any = VectorAddresses(config)
        self._tensors = [Tensor(name) for name in ("a", "b", "out")]
        super().__init__(self._unit)

    @property
    def inputs(self) -> list[Value]:
        """Those of the unit, and where the tensors of a command lie."""
        return [*super().inputs, *(end for tensor in self._tensors for end in tensor.offered)]

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit, by a walk over the nest beside it."""
        m, inside = self.surround(platform)
        unit, present, place = self._unit, self._unit.present, self._unit.place
        a, b, out = self._tensors
        lanes = self._config.vector_lanes
        begins = unit.advance & unit.load

        # The walk: what each loop has counted (of channels, bytes), and added to the addresses.
        walking, second, command = Signal(), Signal(), Signal.like(Value.cast(present))
        index = [Signal(ADDRESS_BITS, name=f"index_{field}") for field in LOOPS]
        group, pixel_parameter = Signal(ADDRESS_BITS), Signal(ADDRESS_BITS)
        parameter = pixel_parameter + Mux(present.per_channel, group, 0)
        two = self._is_one_of(present, Function.ADD, Function.MULTIPLY)
        strides = (1, 1, lanes, 1, 1)
        steps = self._steps(present)
        at_end = [index[level] + strides[level] >= present[field] for level, field in enumerate(LOOPS)]
        operands_end = second | ~two
        with m.If(begins):
            m.d.sync += [walking.eq(1), second.eq(0), command.eq(Value.cast(unit.command))]
            m.d.sync += [group.eq(0), pixel_parameter.eq(unit.command.parameter_base)]
            m.d.sync += [each.eq(0) for each in index]
            for tensor in self._tensors:
                m.d.sync += [tensor.first.eq(tensor.offered[0]), tensor.behind.eq(tensor.offered[1])]
                m.d.sync += [each.eq(0) for each in tensor.moved]
        with m.Elif(unit.advance & walking):
            m.d.sync += second.eq(~operands_end)
            carry = operands_end
            for level, ends in enumerate(at_end):
                with m.If(carry):
                    m.d.sync += index[level].eq(Mux(ends, 0, index[level] + strides[level]))
                    for tensor in self._tensors:
                        moved = tensor.moved[level]
                        m.d.sync += moved.eq(Mux(ends, 0, moved + steps[tensor.name][level]))
                    if level == GROUP:
                        m.d.sync += group.eq(Mux(ends, 0, group + 1))
                        with m.If(ends & present.per_pixel):
                            m.d.sync += pixel_parameter.eq(parameter + 1)
                carry = carry & ends
            with m.If(carry):
                m.d.sync += walking.eq(0)

        m.d.comb += Assume(~walking | (Value.cast(present) == command))
        if not self._config.holds_commands:
            m.d.comb += Assume(~walking | (Value.cast(unit.command) == command))

        # The command is legal.
        exist = Mux(at_end[GROUP], present.channels - index[GROUP], lanes)
        entries = present.function == Function.REQUANTIZE
        places = {tensor.name: tensor.begun(present, 0) for tensor in self._tensors}
        sizes = {"a": Mux(entries, 1, exist), "b": exist, "out": exist}
        used = {"a": Const(1), "b": two, "out": Const(1)}
        m.d.comb += [
            Assume(~begins | self._is_legal(unit.command)),
            Assume(~walking | (parameter < self._config.parameter_words)),
        ]
        for tensor in self._tensors:
            memory: Value | int = self._config.scratchpad_bytes
            if tensor is a:
                memory = Mux(entries, self._entries(present), memory)
            held = tensor.holds(places[tensor.name], sizes[tensor.name])
            m.d.comb += Assume(~(walking & used[tensor.name]) | (held & (tensor.behind <= memory)))

        # So what the unit tells is so.
        element_begins = (index[WINDOW_COLS] == 0) & (index[WINDOW_ROWS] == 0)
        element_ends = operands_end & at_end[WINDOW_COLS] & at_end[WINDOW_ROWS]
        split = BankAddress.split(
            place.read_address, banks=self._config.scratchpad_banks, word_bytes=self._config.word_bytes
        )
        with m.If(walking):
            m.d.comb += [
                Assert(place.second == second),
                Assert(place.first == (element_begins & ~second)),
                Assert(place.last == element_ends),
                Assert(place.final == (element_ends & at_end[GROUP] & at_end[X] & at_end[Y])),
                Assert(place.write_count == exist),
                Assert(place.group == group[: len(place.group)]),
                Assert(place.parameter_address == parameter),
                Assert(place.read_needs == split.needs(lanes)),
                Assert(place.read_address == Mux(second, places["b"], places["a"])),
                Assert(place.write_address == places["out"]),
                Assert(second | a.holds(place.read_address, Mux(entries, 1, place.write_count))),
                Assert(~second | b.holds(place.read_address, place.write_count)),
                Assert(out.holds(place.write_address, place.write_count)),
            ]
            m.d.comb += Assert(present.per_pixel | (pixel_parameter == present.parameter_base))
            self._registers(m, inside, index, strides)
        return m

    def _registers(
        self, m: Module, inside: dict[str, Signal], index: list[Signal], strides: tuple[int, ...]
    ) -> None:
        """What makes it inductive: where each register of loops and addresses is."""
        present = self._unit.present
        two = self._is_one_of(present, Function.ADD, Function.MULTIPLY)
        m.d.comb += Assert(self._is_legal(present))
        m.d.comb += Assert(inside["is_last_operand"] == (inside["second"] | ~two))
        for level, field in enumerate(LOOPS):
            m.d.comb += Assert(index[level] < present[field])
            if f"{field}_left" in inside:
                left = present[field] - strides[level] - 1 - index[level]
                m.d.comb += Assert(inside[f"{field}_left"].as_signed() == left)
        for tensor in self._tensors:
            outer = 0 if tensor.name == "a" else GROUP
            for level in range(outer, len(LOOPS)):
                register = inside[f"{tensor.name}.begun_{level - outer}"]
                m.d.comb += Assert(register == tensor.begun(present, level)[: len(register)])

    def _steps(self, command: Any) -> dict[str, tuple[Value | int, ...]]:
        """What an iteration of each loop adds to each address."""
        lanes = self._config.vector_lanes
        column = Mux(command.function == Function.REQUANTIZE, 0, lanes)
        window = (command.window_col_step, command.window_row_step)
        return {
            "a": (*window, column, command.a_col_step, command.a_row_step),
            "b": (0, 0, lanes, command.b_col_step, command.b_row_step),
            "out": (0, 0, lanes, command.out_col_step, command.out_row_step),
        }

    def _is_one_of(self, command: Any, *functions: Function) -> Value:
        """Whether the command's function is one of these, of those that the machine has."""
        return any_of([command.function == each for each in functions_of(self._config) if each in functions])

    def _is_legal(self, command: Any) -> Value:
        """What can be said of a command without walking its nest."""
        legal = self._is_one_of(command, *Function)
        for field in LOOPS:
            legal &= (command[field] != 0) & (command[field] <= self._config.scratchpad_bytes)
        windows = self._is_one_of(command, Function.SUM, Function.MAXIMUM)
        return legal & (windows | ((command.window_rows == 1) & (command.window_cols == 1)))

    def _entries(self, command: Any) -> Value:
        """Entries of the accumulators that the command reads."""
        if not self._config.depthwise_taps:
            return Const(self._config.accumulator_depth)
        depthwise = self._config.depthwise_accumulator_depth
        return Mux(command.from_depthwise, depthwise, self._config.accumulator_depth)
