"""For each unit that can be generated: the RTL bench that its netlists run, and at which size."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from amaranth.hdl import signed, unsigned

from celosia.rtl.array.array_mac import ArrayMac
from celosia.rtl.array.input_stationary import InputStationaryArray
from celosia.rtl.array.output_stationary import OutputStationaryArray
from celosia.rtl.array.weight_stationary import WeightStationaryArray
from celosia.rtl.command import Opcode
from celosia.rtl.mac.products import Multiplier
from sim_tests.units import (
    test_accumulators,
    test_bit_serial_mac,
    test_buffers,
    test_command_fetch,
    test_command_queue,
    test_dataflows,
    test_depthwise,
    test_dot_product,
    test_host_decoder,
    test_matrix,
    test_precision_scalable_mac,
    test_product_units,
    test_ram,
    test_requantize,
    test_scratchpad,
    test_serial_link,
    test_system_bus,
    test_systolic_array,
    test_timeline,
    test_vector,
    test_word_memory,
)

#: What the RTL runs in; netlists run in Verilator.
ANY: Literal["icarus"] = "icarus"


@dataclass(frozen=True)
class Bench:
    """A bench of the RTL, to be run on netlists.

    Attributes
    ----------
    run
        The pytest function of the RTL, with its parameters.
    units
        Names of the units that it runs, each of them or parts of one design.
    cells
        For a family: cells of which there must be some, or exactly so many, so that no hard block is left out silently.
    quick
        Families for which it runs every time, not only with the slow tests.
    families
        Families for which it can be built.
    """

    run: Callable[[], None]
    units: tuple[str, ...]
    cells: Mapping[str, Mapping[str, int | None]] = field(default_factory=dict)
    quick: tuple[str, ...] = ()
    families: tuple[str, ...] = ("ecp5", "ice40", "gowin")


def some(ecp5: str, ice40: str, gowin: str) -> Mapping[str, Mapping[str, int | None]]:
    """A kind of cell in each family, any number."""
    return {"ecp5": {ecp5: None}, "ice40": {ice40: None}, "gowin": {gowin: None}}


def array(
    multiplier: Multiplier, cells: Mapping[str, Mapping[str, int]], quick: tuple[str, ...] = ()
) -> Bench:
    """A systolic array of 4 x 6, whose 24 products need a number of blocks."""
    run = partial(
        test_systolic_array.simulate,
        rows=4,
        cols=6,
        pe_rows=2,
        pe_cols=2,
        weight_rows_per_cycle=2,
        multiplier=multiplier,
    )
    return Bench(run, ("systolic_array",), cells, quick, tuple(cells))


BENCHES: dict[str, Bench] = {
    "axi": Bench(partial(test_system_bus.test_system_bus, "axi", 32), ("accelerator_axi",)),
    "wishbone": Bench(partial(test_system_bus.test_system_bus, "wishbone", 32), ("accelerator_wishbone",)),
    "scalar_mac": Bench(partial(test_product_units.test_scalar_mac, True, True, False, 3), ("scalar_mac",)),
    "vector_mac": Bench(
        partial(test_product_units.test_vector_mac, signed(16), unsigned(16), 5, False),
        ("vector_mac",),
        some("MULT18X18D", "SB_MAC16", "MULT18X18"),
    ),
    "matrix_vector": Bench(
        partial(test_product_units.test_matrix_vector, 3, 2, signed(4), True), ("matrix_vector_unit",)
    ),
    "matrix_matrix": Bench(
        partial(test_product_units.test_matrix_matrix, (2, 3, 2), unsigned(8), False), ("matrix_matrix_unit",)
    ),
    "bit_serial_mac": Bench(
        partial(test_bit_serial_mac.test_bit_serial_mac, 4, signed(8), unsigned(8)), ("bit_serial_mac",)
    ),
    "precision_scalable_mac": Bench(
        partial(test_precision_scalable_mac.test_precision_scalable_mac, True, False, 17),
        ("precision_scalable_mac",),
    ),
    "dot_product": Bench(
        partial(test_dot_product.test_dot_product, 5, signed(8), unsigned(8), False),
        ("dot_product",),
        {"ice40": {"SB_MAC16": 5}},
        ("ice40",),
    ),
    "array": array(
        Multiplier.INFERRED,
        {"ecp5": {"MULT18X18D": 24}, "ice40": {"SB_MAC16": 24}, "gowin": {"MULT9X9": 24}},
    ),
    "array_ecp5": array(Multiplier.ECP5, {"ecp5": {"MULT18X18D": 24}}, ("ecp5",)),
    "array_ecp5_packed": array(Multiplier.ECP5_PACKED, {"ecp5": {"MULT18X18D": 12}}),
    "array_ice40": array(Multiplier.ICE40, {"ice40": {"SB_MAC16": 12}}, ("ice40",)),
    "array_gowin": array(Multiplier.GOWIN, {"gowin": {"MULT9X9": 24}}, ("gowin",)),
    **{
        name: Bench(
            partial(
                test_dataflows.test_matrix_array,
                name.removesuffix("_array"),
                kind,
                4,
                3,
                test_dataflows.LAYER,
                {},
            ),
            (name,),
        )
        for name, kind in (
            ("weight_stationary_array", WeightStationaryArray),
            ("input_stationary_array", InputStationaryArray),
            ("output_stationary_array", OutputStationaryArray),
        )
    },
    **{
        f"output_stationary_array_{mac.value}": Bench(
            partial(
                test_dataflows.test_macs,
                "output_stationary",
                OutputStationaryArray,
                mac,
                mode,
                2,
                2,
                test_dataflows.SMALL,
                {},
            ),
            ("output_stationary_array",),
        )
        for mac, mode in ((ArrayMac.BIT_SERIAL, 8), (ArrayMac.PRECISION_SCALABLE, 1))
    },
    "row_stationary_array": Bench(
        partial(test_dataflows.test_row_stationary, 2, test_dataflows.LAYER, {}), ("row_stationary_array",)
    ),
    "accumulators": Bench(
        partial(test_accumulators.test_accumulators, 4, 2, 32, 512, 32, False, ANY),
        ("accumulators",),
        some("DP16KD", "SB_RAM40_4K", "SDPX9B"),
    ),
    "scratchpad": Bench(
        partial(
            test_scratchpad.test_scratchpad,
            {"total_bytes": 4096, "word_bytes": 8, "read_widths": [5, 3], "write_width": 3},
            ANY,
        ),
        ("scratchpad",),
        some("DP16KD", "SB_RAM40_4K", "SDPX9B"),
        ("ecp5",),
    ),
    "weight_memory_of_one_block": Bench(
        partial(test_word_memory.test_weight_memory, 1500, 1, 1, 32, True, 4, ANY),
        ("weight_memory",),
        {"ecp5": {"DP16KD": 1}},
        ("ecp5",),
        ("ecp5",),
    ),
    "weight_memory": Bench(
        partial(test_word_memory.test_weight_memory, 600, 1, 5, 32, True, 8, ANY),
        ("weight_memory",),
        some("DP16KD", "SB_RAM40_4K", "DPX9B"),
    ),
    "parameter_memory": Bench(
        partial(test_word_memory.test_parameter_memory, 300, 2, 64, False, 32, ANY),
        ("parameter_memory",),
        some("DP16KD", "SB_RAM40_4K", "SDPX9B"),
    ),
    "single_port_program_memory": Bench(
        partial(test_word_memory.test_program_memory, 512, 64, True, ANY),
        ("program_memory",),
        {"ice40": {"SB_SPRAM256KA": 4}},
        ("ice40",),
    ),
    "program_memory": Bench(
        partial(test_word_memory.test_program_memory, 512, 64, False, ANY),
        ("program_memory",),
        some("DP16KD", "SB_RAM40_4K", "SDPX9B"),
    ),
    "ram": Bench(
        partial(test_ram.test_ram, 16, 2048, 8, ANY),
        ("ram",),
        some("DP16KD", "SB_RAM40_4K", "DPX9B"),
        ("ecp5", "ice40", "gowin"),
    ),
    "ram_of_bits": Bench(
        partial(test_ram.test_ram, 1, 8192, None, ANY), ("ram",), some("DP16KD", "SB_RAM40_4K", "DPB")
    ),
    "double_buffer": Bench(partial(test_buffers.test_double_buffer, 8, 5), ("double_buffer",)),
    "buffet": Bench(partial(test_buffers.test_buffet, 8, 5, True), ("buffet",)),
    "matrix_engine": Bench(
        partial(
            test_matrix.test_matrix,
            {
                "rows": 4,
                "cols": 4,
                "pe_rows": 2,
                "weight_rows_per_cycle": 2,
                "accumulator_depth": 64,
                "scratchpad_bytes": 512,
                "weight_bytes": 512,
            },
            3,
            1,
            ANY,
        ),
        ("matrix_engine",),
    ),
    "depthwise_engine": Bench(
        partial(
            test_depthwise.test_depthwise,
            {
                "rows": 4,
                "cols": 2,
                "depthwise_taps": 9,
                "depthwise_line": 13,
                "depthwise_accumulator_depth": 40,
                "scratchpad_bytes": 1968,
                "weight_bytes": 4 * 100,
            },
            3,
            4,
            ANY,
        ),
        ("depthwise_engine",),
    ),
    "vector_engine": Bench(
        partial(test_vector.test_vector, {"cols": 4, "vector_lanes": 2, "depthwise_taps": 3}, {}, 40, ANY),
        ("vector_engine",),
    ),
    "requantizer": Bench(
        partial(test_requantize.test_requantize, 9, ANY, Multiplier.INFERRED, True),
        ("requantizer",),
        some("MULT18X18D", "SB_MAC16", "MULT18X18"),
        ("gowin",),
    ),
    "command_fetch": Bench(
        partial(test_command_fetch.test_command_fetch, True, 1, ANY), ("command_fetch",), quick=("ice40",)
    ),
    "command_queue": Bench(
        partial(test_command_queue.test_command_queue, Opcode.MATRIX, 2, ANY), ("command_queue",)
    ),
    "timeline": Bench(test_timeline.test_timeline, ("timeline",)),
    "host_decoder": Bench(partial(test_host_decoder.test_host_path, 32, True, True, ANY), ("host_decoder",)),
    "serial_link": Bench(
        partial(test_serial_link.test_serial_link, 32, 4.0),
        ("serial_link", "packet_link", "uart_receiver", "uart_transmitter"),
    ),
}
