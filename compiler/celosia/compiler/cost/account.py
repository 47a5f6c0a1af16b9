"""Where each cycle of a run went: every engine's cycles, by layer and by cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Self

from celosia.compiler.compiled import CompiledModel, Layer
from celosia.compiler.cost.engines import MACS_PER_CYCLE
from celosia.compiler.cost.times import CommandTime
from celosia.compiler.cost.traffic import ENGINE_TRAFFIC, Traffic
from celosia.compiler.cost.vector import lane_groups
from celosia.compiler.cost.work import START_CYCLES, Fields
from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.program_code import ProgramCommand


@dataclass(frozen=True)
class Account:
    """An engine's cycles by what became of them; they add up to all of its cycles.

    Attributes
    ----------
    useful
        Work at full width: multiply-accumulates of the network divided by those that the engine can do in a cycle,
        or for VECTOR operands divided by lanes.
    edge_tiles
        Slots' width that last tiles, last chunks and last lane groups leave unused.
    narrow_channels
        Slots' width that the layer could not use however it were cut.
    weights
        Waiting for weights or a table to load.
    bank
        Lost conflicts for scratchpad banks.
    dependency
        Waiting for another command to issue its work.
    fill_drain
        Waiting for issued work of another command to come out of its pipeline; first addresses of a command.
    no_command
        Having no command: the program has none for the engine here, or it is still being fetched.
    """

    useful: float = 0.0
    edge_tiles: float = 0.0
    narrow_channels: float = 0.0
    weights: float = 0.0
    bank: float = 0.0
    dependency: float = 0.0
    fill_drain: float = 0.0
    no_command: float = 0.0

    def __add__(self, other: Self) -> Self:
        """Cause by cause."""
        return type(self)(*map(add, vars(self).values(), vars(other).values()))

    @property
    def busy(self) -> float:
        """Cycles in which the engine issued work."""
        return self.useful + self.edge_tiles + self.narrow_channels

    @property
    def cycles(self) -> float:
        """All cycles."""
        return float(sum(vars(self).values()))


@dataclass(frozen=True)
class LayerAccount:
    """A layer's accounts, engine by engine, and the bytes that it moved."""

    engines: Mapping[Engine, Account]
    traffic: Traffic

    def utilization(self, macs: int, config: AcceleratorConfig) -> float | None:
        """Share of what the engines that multiply could do in their cycles for the layer; None if they have none."""
        offered = sum(
            self.engines[engine].cycles * macs_per_cycle(config)
            for engine, macs_per_cycle in MACS_PER_CYCLE.items()
            if self.engines[engine].busy
        )
        return macs / offered if offered else None


@dataclass(frozen=True)
class RunAccount:
    """Accounts of all layers, those of the host being empty.

    ``after`` are the engines' cycles after their last command.
    """

    layers: tuple[LayerAccount, ...]
    after: Mapping[Engine, Account]

    def total(self, engine: Engine) -> Account:
        """An engine's cycles; they add up to those of the run."""
        return reduce(add, (layer.engines[engine] for layer in self.layers), self.after[engine])

    @property
    def traffic(self) -> Traffic:
        """Bytes moved by all layers."""
        return reduce(add, (layer.traffic for layer in self.layers), Traffic())


def account(program: CompiledModel, times: Sequence[CommandTime], cycles: int) -> RunAccount:
    """Account for a run of ``cycles`` cycles whose commands took ``times``, in program order."""
    config = program.config
    layers = [dict.fromkeys(Engine, Account()) for _ in program.layers]
    traffic = [Traffic() for _ in program.layers]
    retired: dict[Engine, list[CommandTime]] = {engine: [] for engine in Engine}
    for command, number, time in zip(program.commands, program.command_layers, times, strict=True):
        engine, fields = command.engine, command.fields
        mine = layers[number]
        mine[engine] += _waiting(time, command, retired)
        if engine in MACS_PER_CYCLE:
            # Which of these were of use is known of the layer as a whole, below.
            mine[engine] += Account(useful=time.busy)
        else:
            mine[engine] += _lanes(time.busy, fields, config)
        traffic[number] += ENGINE_TRAFFIC[engine](fields, config)
        retired[engine].append(time)
    for layer, accounts in zip(program.layers, layers, strict=True):
        for engine, macs_per_cycle in MACS_PER_CYCLE.items():
            if accounts[engine].busy:
                accounts[engine] = _cells(accounts[engine], layer, macs_per_cycle(config))
    after = {engine: _after(times, list(retired[engine]), cycles) for engine in Engine}
    return RunAccount(tuple(map(LayerAccount, layers, traffic)), after)


def _waiting(
    time: CommandTime, command: ProgramCommand, retired: Mapping[Engine, Sequence[CommandTime]]
) -> Account:
    """The cycles of a command's share in which it did not issue."""
    awaited = [retired[engine][count - 1] for engine, count in command.waits.items() if count]
    fill_drain = 0
    if time.dependency and awaited:
        last = max(awaited, key=lambda other: other.retired)
        fill_drain = min(time.dependency, last.retired + 1 - last.end)
    first_address = min(time.operands, START_CYCLES)
    return Account(
        weights=time.operands - first_address + time.reload,
        bank=time.bank,
        dependency=time.dependency - fill_drain,
        fill_drain=fill_drain + first_address,
        no_command=time.empty,
    )


def _lanes(busy: int, fields: Fields, config: AcceleratorConfig) -> Account:
    """Slots of an engine that works on bytes, by what its lanes did."""
    useful = busy * fields["channels"] / (lane_groups(fields, config) * config.vector_lanes)
    if fields["channels"] < config.vector_lanes:
        return Account(useful=useful, narrow_channels=busy - useful)
    return Account(useful=useful, edge_tiles=busy - useful)


def _cells(total: Account, layer: Layer, macs_per_cycle: int) -> Account:
    """The slots of a layer on an engine that multiplies, by what its multipliers did."""
    busy = total.useful
    useful = min(busy, layer.macs / macs_per_cycle)
    narrow = min(busy - useful, layer.narrow_macs / macs_per_cycle)
    return replace(total, useful=useful, narrow_channels=narrow, edge_tiles=busy - useful - narrow)


def _after(times: Sequence[CommandTime], own: Sequence[CommandTime], cycles: int) -> Account:
    """An engine's cycles after its last slot: others still issue, or all that is left drains."""
    last = max((time.end for time in times), default=0)
    mine = own[-1].end if own else 0
    return Account(no_command=last - mine, fill_drain=cycles - last)
