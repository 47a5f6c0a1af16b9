"""The cost model: readers of the scratchpad against the hardware's arbiter, and accounts that add up."""

import numpy as np
import pytest
from amaranth.sim import Simulator, SimulatorContext
from numpy.typing import NDArray

from celosia.cli import digits
from celosia.compiler.compile import compile_graph
from celosia.compiler.cost import account, predict
from celosia.compiler.cost.banks import banks_read
from celosia.compiler.cost.conflicts import Arbiter
from celosia.compiler.cost.depthwise import depthwise_banks
from celosia.compiler.cost.engines import MACS_PER_CYCLE
from celosia.compiler.cost.stream import Stream
from celosia.compiler.cost.weight_port import WeightPort
from celosia.compiler.cost.work import BankMasks, CommandWork
from celosia.compiler.tflite_import import import_tflite
from celosia.generators.presets import PRESETS
from celosia.rtl.command import Engine
from celosia.rtl.memory.scratchpad_arbiter import BankArbiter

BANKS = 4


def stream(engine: Engine, banks: BankMasks, pass_slots: int, load: int) -> Stream:
    work = CommandWork(
        pass_slots=pass_slots,
        passes=len(banks) // pass_slots,
        load=load,
        retire=1,
        reads=lambda: banks,
    )
    return Stream(engine, work, 0)


def random_banks(rng: np.random.Generator, slots: int, busy: float) -> BankMasks:
    """One or two neighbouring banks a slot; ``busy`` is the share of slots that are like the one before."""
    bank = rng.integers(0, BANKS, slots)
    same = rng.random(slots) < busy
    for slot in range(1, slots):
        bank[slot] = bank[slot - 1] if same[slot] else bank[slot]
    spills = rng.random(slots) < 0.3
    return ((1 << bank) | (spills << (bank + 1) % BANKS)).astype(np.uint16)


def hardware_issues(streams: list[tuple[BankMasks, int, int]]) -> list[list[int]]:
    """The cycle of each slot of each reader, as the hardware's arbiter grants them."""
    arbiter = BankArbiter(readers=len(streams), banks=BANKS)
    issues: list[list[int]] = [[] for _ in streams]

    async def bench(ctx: SimulatorContext) -> None:
        cycle = 0
        while any(len(mine) < len(banks) for mine, (banks, _, _) in zip(issues, streams, strict=True)):
            asks = 0
            for index, (mine, (banks, pass_slots, load)) in enumerate(zip(issues, streams, strict=True)):
                if len(mine) == len(banks):
                    continue
                loading = mine and len(mine) % pass_slots == 0 and cycle < mine[-pass_slots] + load
                asks |= (not loading) << index
                ctx.set(arbiter.needs[index], int(banks[len(mine)]))
            ctx.set(arbiter.valid, asks)
            grants = int(ctx.get(arbiter.grant))
            for index, mine in enumerate(issues):
                if grants >> index & 1:
                    mine.append(cycle)
            await ctx.tick()
            cycle += 1

    simulator = Simulator(arbiter)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return issues


@pytest.mark.parametrize(
    ("readers", "gaps", "many"),
    [(2, False, 4), (2, False, 1000), (2, True, 4), (3, False, 4), (3, True, 4)],
    ids=["pair at once", "pair walked", "pair with gaps", "three", "three with gaps"],
)
def test_readers_lose_what_the_arbiter_makes_them_lose(
    readers: int, gaps: bool, many: int, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ends and losses of random streams, in pieces of random lengths, equal those of the hardware."""
    monkeypatch.setattr("celosia.compiler.cost.conflicts.MANY_SLOTS", many)
    for _ in range(6):
        shapes: list[tuple[BankMasks, int, int]] = []
        for index in range(readers):
            pass_slots, load = (int(rng.integers(1, 6)), 7) if gaps and index == 0 else (30, 0)
            slots = int(rng.integers(1, 12)) * pass_slots
            shapes.append((random_banks(rng, slots, float(rng.random())), pass_slots, load))
        streams = [stream(Engine(index), *shape) for index, shape in enumerate(shapes)]
        ends: NDArray[np.int64] = np.zeros(readers, np.int64)
        arbiter, now = Arbiter(), 0
        while left := [one for one in streams if one.left]:
            # Readers that are alone need no arbiter; here they pass through it nevertheless.
            now = arbiter.run(left, now, now + int(rng.integers(1, 60)))
            for one in left:
                if not one.left:
                    ends[one.engine] = now
        issues = hardware_issues(shapes)
        assert ends.tolist() == [mine[-1] + 1 for mine in issues]
        assert [one.start for one in streams] == [mine[0] for mine in issues]
        for one, mine, (_, _, load) in zip(streams, issues, shapes, strict=True):
            if not load:
                assert one.lost == mine[-1] + 1 - len(mine)
            assert one.before_last == {
                distance: mine[-1 - distance] for distance in (1, 2) if distance < len(mine)
            }


def test_banks_follow_addresses() -> None:
    """A vector at the end of a word needs the next bank too, also from the last bank to the first."""
    config = PRESETS["small"]  # 4 banks of words of 8 bytes
    masks = banks_read(config, 8, -9, (2, 32), (3, 4))
    assert masks.tolist() == [0b1100, 0b1001, 0b1001] * 2

    assert banks_read(config, 4, 16, (5, 1)).tolist() == [0b0100] * 5  # up to byte 4 of 8, 4 bytes fit
    assert banks_read(config, 4, 21, (2, 32)).tolist() == [0b1100] * 2


@pytest.mark.parametrize(("start", "size"), [(-1, 5), (0, 9), (3, 5), (-4, 2), (6, 4), (-2, 12)])
def test_depthwise_reads_pixels_but_no_padding(start: int, size: int) -> None:
    """Rows and columns from ``start`` on of a grid of ``size`` rows and one more column."""
    config = PRESETS["small"]
    fields = {
        "stream_rows": 6,
        "stream_cols": 7,
        "start_address": 40,
        "start_y": start,
        "start_x": start + 1,
        "height": size,
        "width": size + 1,
        "row_step": 24,
        "col_step": 9,
    }
    masks = depthwise_banks(fields, config).reshape(6, 7)
    for row, column in np.ndindex(6, 7):
        is_inside = 0 <= start + row < size and 0 <= start + 1 + column < size + 1
        address = 40 + 24 * row + 9 * column
        expected = int(banks_read(config, config.cols, address)[0]) if is_inside else 0
        assert masks[row, column] == expected


def test_accounts_add_up() -> None:
    """Every cycle of every engine has one cause, and useful cycles are the network's work."""
    for config in (PRESETS["nano"], PRESETS["large"]):
        program = compile_graph(import_tflite(digits.model_path()), config)
        prediction = predict(program)
        accounts = account(program, prediction.commands, prediction.cycles)
        for engine in prediction.engines:
            assert accounts.total(engine).cycles == pytest.approx(prediction.cycles)
        useful = [accounts.total(engine).useful * rate(config) for engine, rate in MACS_PER_CYCLE.items()]
        assert sum(useful) == pytest.approx(program.macs)
        assert accounts.total(Engine.MATRIX).busy == prediction.counters()["matrix.busy"]
        written = sum(layer.size for layer in program.layers if layer.where == "accelerator")
        assert accounts.traffic.scratchpad_written == written


def test_weights_wait_while_the_port_is_taken(rng: np.random.Generator) -> None:
    """Against a walk over the cycles."""
    for _ in range(50):
        port = WeightPort()
        taken: set[int] = set()
        behind = 0
        for _ in range(int(rng.integers(8))):
            first, count = behind + int(rng.integers(6)), int(rng.integers(1, 6))
            behind = first + count
            port.take(first, count)
            taken |= set(range(first, behind))
        for _ in range(20):
            start, count = int(rng.integers(60)), int(rng.integers(1, 12))
            cycle, left = start, count
            while left:
                left -= cycle not in taken
                cycle += 1
            assert port.loaded(start, count) == cycle
            assert port.is_free(start) == all(each < start for each in taken)
