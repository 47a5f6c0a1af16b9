"""Stage: the same network with fewer kinds of operators."""

from celosia.compiler.fold_constants import fold_constants
from celosia.compiler.fuse_activation import fuse_activations
from celosia.compiler.fuse_padding import fuse_padding
from celosia.compiler.graph import Graph
from celosia.compiler.graph_edit import with_operators


def canonicalise(graph: Graph) -> Graph:
    """Fold, fuse, and drop what no output depends on; every remaining tensor keeps its index and value."""
    for rewrite in (drop_unused, fold_constants, fuse_activations, fuse_padding):
        graph = rewrite(graph)
    return graph


def drop_unused(graph: Graph) -> Graph:
    """Remove operators that no output depends on."""
    needed = set(graph.outputs)
    kept = []
    for operator in reversed(graph.operators):
        if operator.outputs[0] in needed:
            needed.update(operator.inputs)
            kept.append(operator)
    return with_operators(graph, reversed(kept))
