"""A fully-connected layer behind another one: sums of the inputs that are known early come before those of the others.

With one input vector, a layer has little else to do while the last outputs of the layer before it are on their way
through VECTOR, some seventy cycles. Sums of the outputs before those fill that time.
"""

from collections.abc import Sequence
from dataclasses import replace

from celosia.compiler.layers import Chunk, Convolution, Layer
from celosia.rtl.command import Opcode, record_words
from celosia.rtl.config import AcceleratorConfig

#: Cycles that a command takes to be fetched.
FETCH = record_words(Opcode.MATRIX)


def is_vector_product(work: object) -> bool:
    """Whether that is a layer of one output pixel which sees one input pixel."""
    if not isinstance(work, Convolution) or work.gather is not None:
        return False
    g = work.geometry
    return g.images * g.out_height * g.out_width == 1 and g.kernel == (1, 1)


def producer(layers: Sequence[Layer], work: Convolution) -> Convolution | None:
    """The layer whose outputs are the inputs of ``work``, if both are products with one vector."""
    if not is_vector_product(work):
        return None
    for layer in layers:
        source = layer.work
        if isinstance(source, Convolution) and source.output == work.source and is_vector_product(source):
            return source
    return None


def split_reduction(
    chunks: Sequence[Chunk], late_input: int | None, config: AcceleratorConfig
) -> tuple[Sequence[Chunk], ...]:
    """The chunks as they are; or, if all of them have tiles on both sides of ``late_input``, their two parts.

    A part has whole tiles, so a tile that meets both kinds of inputs belongs to the second one. Chunks that are done in
    the time that two commands take to be fetched stay whole.
    """
    if late_input is None or min(chunk.run_tiles for chunk in chunks) * config.tile_words < 2 * FETCH:
        return (chunks,)
    tiles = [(late_input - chunk.first_input) // config.rows for chunk in chunks]
    if not all(0 < early < chunk.run_tiles for early, chunk in zip(tiles, chunks, strict=True)):
        return (chunks,)
    pairs = list(zip(chunks, tiles, strict=True))
    return (
        [replace(chunk, run_tiles=early) for chunk, early in pairs],
        [
            replace(
                chunk,
                run_tiles=chunk.run_tiles - early,
                first_input=chunk.first_input + early * config.rows,
                weight_base=chunk.weight_base + early * config.tile_words,
            )
            for chunk, early in pairs
        ],
    )
