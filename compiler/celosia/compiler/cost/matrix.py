"""Cost of a MATRIX command: a slot is a vector of activations, a pass is a tile."""

from celosia.compiler.cost.banks import banks_read
from celosia.compiler.cost.work import BankMasks, CommandWork, Fields
from celosia.rtl.array.row import row_latency
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.memory.accumulators import update_latency
from celosia.rtl.memory.scratchpad import read_latency

#: Registers between the scratchpad and the array: those of padding.
PADDING_PIPELINE = 1


def matrix_work(fields: Fields, config: AcceleratorConfig) -> CommandWork:
    """What a MATRIX command takes."""
    return CommandWork(
        pass_slots=fields["block_rows"] * fields["block_cols"],
        passes=fields["tile_count"],
        load=config.tile_words,
        retire=matrix_pipeline(config),
        reads=lambda: matrix_banks(fields, config),
    )


def matrix_pipeline(config: AcceleratorConfig) -> int:
    """Cycles from a command's last vector until its last sum can be read."""
    array = config.rows // config.pe_rows - 1 + row_latency(config.pe_rows, config.multiplier)
    registered = bool(config.memory_registers)
    accumulators = update_latency(pe_columns=config.cols // config.pe_cols, registered=registered)
    to_array = read_latency(registered=registered) + PADDING_PIPELINE
    return to_array + array + accumulators


def matrix_banks(fields: Fields, config: AcceleratorConfig) -> BankMasks:
    """Banks that each vector needs, also where padding replaces what is read."""
    return banks_read(
        config,
        config.rows,
        fields["start_address"],
        (fields["kernel_rows"], fields["ky_step"]),
        (fields["kernel_cols"], fields["kx_step"]),
        (fields["run_tiles"], config.rows),
        (fields["block_rows"], fields["y_step"]),
        (fields["block_cols"], fields["x_step"]),
    )
