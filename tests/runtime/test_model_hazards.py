"""The hazard checker: each kind of conflict is found without its wait, and gone with it."""

from typing import Any

import pytest

from celosia.rtl.bus.address_map import Region, parameter_image, program_image
from celosia.rtl.command import Engine, Function, Opcode, Rounding
from celosia.rtl.command_code import encode
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.model import ModelDevice
from celosia.runtime.model_hazards import HazardError
from tests.runtime.random_commands import opcode_of

CONFIG = AcceleratorConfig.create(
    {
        "rows": 4,
        "cols": 4,
        "vector_lanes": 4,
        "depthwise_taps": 3,
        "depthwise_accumulator_depth": 12,
        "scratchpad_bytes": 1024,
        "weight_bytes": 256,
        "parameter_words": 32,
        "accumulator_depth": 16,
        "program_bytes": 1024,
    }
)


def matrix(address: int, entry: int, *, pixels: int = 2, **changes: int) -> dict[str, Any]:
    """A 1x1 convolution of ``pixels`` pixels of 4 channels from ``address`` into accumulators ``entry``..."""
    fields = {
        "weight_base": 0,
        "tile_count": 1,
        "start_address": address,
        "start_y": 0,
        "start_x": 0,
        "height": 1,
        "row_bytes": 4 * pixels,
        "y_stride": 1,
        "ky_stride": 1,
        "y_step": 0,
        "ky_step": 0,
        "x_step": 4,
        "kx_step": 0,
        "kernel_rows": 1,
        "kernel_cols": 1,
        "run_tiles": 1,
        "block_rows": 1,
        "block_cols": pixels,
        "accumulator_base": entry,
        "accumulate": 0,
        "pad_value": 0,
    }
    return fields | changes


def depthwise(address: int, entry: int, *, pixels: int = 2, **changes: int) -> dict[str, Any]:
    """A window of 1 x 3 over ``pixels + 2`` pixels of 1 channel from ``address`` into accumulators ``entry``..."""
    fields = {
        "weight_base": 0,
        "start_address": address,
        "start_y": 0,
        "start_x": 0,
        "height": 1,
        "width": pixels + 2,
        "row_step": 0,
        "col_step": 1,
        "stream_rows": 1,
        "stream_cols": pixels + 2,
        "y_stride": 1,
        "x_stride": 1,
        "accumulator_base": entry,
        "accumulate": 0,
        "pad_value": 0,
    }
    return fields | changes


def vector(function: Function, a: int, out: int, *, b: int = 512, **changes: int) -> dict[str, Any]:
    """A command on two pixels of 4 bytes; for ``REQUANTIZE``, ``a`` is an accumulator entry."""
    step = 1 if function is Function.REQUANTIZE else 4
    fields = {
        "function": function,
        "rounding": Rounding.DOUBLE,
        "per_channel": 0,
        "per_pixel": 0,
        "load_table": 1,
        "from_depthwise": 0,
        "parameter_base": 0,
        "a_address": a,
        "a_row_step": 0,
        "a_col_step": step,
        "window_rows": 1,
        "window_cols": 1,
        "window_row_step": 0,
        "window_col_step": 0,
        "b_address": b,
        "b_row_step": 0,
        "b_col_step": 4,
        "out_address": out,
        "out_row_step": 0,
        "out_col_step": 4,
        "block_rows": 1,
        "block_cols": 2,
        "channels": 4,
        "a_zero": 0,
        "b_zero": 0,
        "scaled_operand": 0,
        "scale_multiplier": 1 << 30,
        "scale_shift": 0,
        "out_zero": 0,
        "clamp_low": -128,
        "clamp_high": 127,
    }
    return fields | changes


def waiting(
    fields: dict[str, Any], *, on_matrix: int = 0, on_vector: int = 0, on_depthwise: int = 0
) -> dict[str, Any]:
    """The command with these waits."""
    return fields | {"wait_matrix": on_matrix, "wait_vector": on_vector, "wait_depthwise": on_depthwise}


def run(*commands: dict[str, Any]) -> None:
    """Run a program with the checker on."""
    device = ModelDevice(CONFIG, check_hazards=True)
    device.write(Region.PARAMETERS.base, parameter_image(CONFIG, [(0, 1 << 30, 31)] * 128))
    words = [word for fields in commands for word in encode(opcode_of(fields), **fields)]
    device.write(Region.PROGRAM.base, program_image([*words, *encode(Opcode.END)]))
    device.start()
    assert device.wait()


REQUANTIZE, ADD, MAXIMUM = Function.REQUANTIZE, Function.ADD, Function.MAXIMUM

CONFLICTS = {
    "VECTOR reads an unfinished accumulator half": (
        [matrix(0, 0)],
        vector(REQUANTIZE, 0, 256),
        {"on_matrix": 1},
        "VECTOR command 0 reads accumulator half 0, which MATRIX command 0 fills",
    ),
    "MATRIX fills a half that is still read": (
        [matrix(0, 8), waiting(vector(REQUANTIZE, 8, 256), on_matrix=1)],
        matrix(0, 12),
        {"on_vector": 1},
        "MATRIX command 1 fills accumulator half 1, which VECTOR command 0 reads",
    ),
    "MATRIX fills both halves of which one is still read": (
        [matrix(0, 8), waiting(vector(REQUANTIZE, 8, 256), on_matrix=1)],
        matrix(0, 7),
        {"on_vector": 1},
        "MATRIX command 1 fills accumulator half 1, which VECTOR command 0 reads",
    ),
    "MATRIX reads what VECTOR has yet to write": (
        [vector(MAXIMUM, 0, 260)],
        matrix(256, 0),
        {"on_vector": 1},
        "MATRIX command 0 reads what VECTOR command 0 writes",
    ),
    "VECTOR overwrites what MATRIX has yet to read": (
        [matrix(256, 0)],
        vector(MAXIMUM, 0, 263),
        {"on_matrix": 1},
        "VECTOR command 0 overwrites what MATRIX command 0 reads",
    ),
    "VECTOR reads what VECTOR has yet to write, as A": (
        [vector(MAXIMUM, 0, 260)],
        vector(MAXIMUM, 253, 512),
        {"on_vector": 1},
        "VECTOR command 1 reads what VECTOR command 0 writes",
    ),
    "VECTOR reads what VECTOR has yet to write, as B": (
        [vector(MAXIMUM, 0, 260)],
        vector(ADD, 0, 512, b=267),
        {"on_vector": 1},
        "VECTOR command 1 reads what VECTOR command 0 writes",
    ),
    "VECTOR overwrites what VECTOR has yet to write": (
        [vector(MAXIMUM, 0, 260)],
        vector(MAXIMUM, 8, 267),
        {"on_vector": 1},
        "VECTOR command 1 overwrites what VECTOR command 0 writes",
    ),
    "VECTOR reads an unfinished half of DEPTHWISE": (
        [depthwise(0, 6)],
        vector(REQUANTIZE, 6, 256, from_depthwise=1),
        {"on_depthwise": 1},
        "VECTOR command 0 reads accumulator half 1, which DEPTHWISE command 0 fills",
    ),
    "DEPTHWISE fills a half that is still read": (
        [depthwise(0, 4), waiting(vector(REQUANTIZE, 4, 256, from_depthwise=1), on_depthwise=1)],
        depthwise(0, 5),
        {"on_vector": 1},
        "DEPTHWISE command 1 fills accumulator half 0, which VECTOR command 0 reads",
    ),
    "DEPTHWISE reads what VECTOR has yet to write": (
        [vector(MAXIMUM, 0, 259)],
        depthwise(256, 0),
        {"on_vector": 1},
        "DEPTHWISE command 0 reads what VECTOR command 0 writes",
    ),
    "VECTOR overwrites what DEPTHWISE has yet to read": (
        [depthwise(256, 0)],
        vector(MAXIMUM, 0, 259),
        {"on_depthwise": 1},
        "VECTOR command 0 overwrites what DEPTHWISE command 0 reads",
    ),
    "the conflict is with the older of two commands": (
        [vector(MAXIMUM, 0, 256), vector(MAXIMUM, 0, 300), vector(MAXIMUM, 0, 400)],
        matrix(300, 0),
        {"on_vector": 2},
        "MATRIX command 0 reads what VECTOR command 1 writes",
    ),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_conflict_is_found(name: str) -> None:
    before, command, _, message = CONFLICTS[name]
    with pytest.raises(HazardError, match=f"^{message}"):
        run(*before, command)


@pytest.mark.parametrize("name", CONFLICTS)
def test_wait_orders_the_conflict(name: str) -> None:
    before, command, waits, _ = CONFLICTS[name]
    run(*before, waiting(command, **waits))


@pytest.mark.parametrize("name", CONFLICTS)
def test_one_wait_less_is_found(name: str) -> None:
    before, command, waits, message = CONFLICTS[name]
    less = {key: count - 1 for key, count in waits.items()}
    with pytest.raises(HazardError, match=f"^{message}"):
        run(*before, waiting(command, **less))


def test_neighbouring_bytes_do_not_conflict() -> None:
    run(
        vector(MAXIMUM, 0, 256),
        vector(MAXIMUM, 0, 264),
        matrix(248, 0),
        vector(MAXIMUM, 240, 272),
        waiting(matrix(280, 8)),
    )


def test_padding_is_not_read() -> None:
    outside = {"start_x": -8, "row_bytes": 16}
    run(vector(MAXIMUM, 0, 256), matrix(256, 0, **outside), vector(MAXIMUM, 0, 300))


def test_reads_before_later_writes_of_the_same_engine_need_no_wait() -> None:
    run(vector(MAXIMUM, 256, 300), vector(MAXIMUM, 0, 256))


def test_matrix_may_update_its_own_accumulators() -> None:
    run(matrix(0, 0), matrix(8, 0, accumulate=1), matrix(16, 2))


def test_depthwise_may_update_its_own_accumulators() -> None:
    run(depthwise(0, 0), depthwise(8, 0, accumulate=1), depthwise(16, 1))


def test_accumulators_of_two_engines_do_not_conflict() -> None:
    run(
        matrix(0, 0),
        depthwise(0, 0),
        waiting(vector(REQUANTIZE, 0, 300), on_matrix=1),
        waiting(vector(REQUANTIZE, 0, 400, from_depthwise=1), on_depthwise=1),
        waiting(matrix(0, 0), on_vector=1),
        waiting(depthwise(0, 0), on_vector=2),
    )


def test_waits_of_awaited_commands_count() -> None:
    run(
        matrix(256, 0),
        waiting(vector(REQUANTIZE, 0, 300), on_matrix=1),
        # Waits for VECTOR command 0, which waited for MATRIX command 0; overwrites what that one read.
        waiting(vector(MAXIMUM, 0, 256), on_vector=1),
        # Waits for nothing, but VECTOR command 1 has started before it.
        vector(MAXIMUM, 300, 400),
    )


def test_waits_count_across_engines() -> None:
    # VECTOR command 1 reads what VECTOR command 0 wrote; it only names MATRIX command 0, which waited for that.
    run(
        vector(MAXIMUM, 0, 256),
        waiting(matrix(256, 0), on_vector=1),
        waiting(vector(MAXIMUM, 256, 300), on_matrix=1),
    )


def test_started_is_not_finished() -> None:
    with pytest.raises(HazardError, match=r"^VECTOR command 1 overwrites what MATRIX command 0 reads"):
        run(matrix(256, 0), waiting(vector(MAXIMUM, 0, 512)), vector(MAXIMUM, 0, 256))


@pytest.mark.parametrize("engine", Engine)
def test_wait_for_a_later_command(engine: Engine) -> None:
    waits = {f"on_{engine.name.lower()}": 1}
    with pytest.raises(HazardError, match=f"^MATRIX command 0 waits for {engine.name} command 0, "):
        run(waiting(matrix(0, 0), **waits), vector(MAXIMUM, 0, 512))


def test_in_place_is_allowed_where_each_byte_is_read_first() -> None:
    run(vector(MAXIMUM, 256, 256))
    run(vector(MAXIMUM, 260, 256))


def test_in_place_with_overtaken_reads_is_found() -> None:
    with pytest.raises(HazardError, match=r"^VECTOR command 0 reads scratchpad byte 260 after it has itself"):
        run(vector(MAXIMUM, 256, 260))
    with pytest.raises(HazardError, match=r"^VECTOR command 0 reads scratchpad byte 512 after it has itself"):
        run(vector(ADD, 0, 512, b_col_step=0))
