"""The operators of the language: one record each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hydroflow_nb.operators.defer_tick import DEFER_TICK
from hydroflow_nb.operators.difference import DIFFERENCE
from hydroflow_nb.operators.filter import FILTER
from hydroflow_nb.operators.flat_map import FLAT_MAP
from hydroflow_nb.operators.fold import FOLD
from hydroflow_nb.operators.for_each import FOR_EACH
from hydroflow_nb.operators.join import JOIN
from hydroflow_nb.operators.map import MAP
from hydroflow_nb.operators.operator import Operator
from hydroflow_nb.operators.source_iter import SOURCE_ITER
from hydroflow_nb.operators.source_stream import SOURCE_STREAM
from hydroflow_nb.operators.tee import TEE
from hydroflow_nb.operators.union import UNION

OPERATORS: tuple[Operator, ...] = (
    SOURCE_ITER,
    SOURCE_STREAM,
    MAP,
    FILTER,
    FLAT_MAP,
    FOR_EACH,
    UNION,
    TEE,
    JOIN,
    DIFFERENCE,
    FOLD,
    DEFER_TICK,
)

BY_NAME: Mapping[str, Operator] = MappingProxyType({operator.name: operator for operator in OPERATORS})

# What operators were called in the past, so that an old program is told today's name.
RENAMED: Mapping[str, str] = MappingProxyType(
    {
        "merge": "union",
        "split": "unzip",
        "groupby": "fold_keyed",
        "group_by": "fold_keyed",
        "keyed_fold": "fold_keyed",
        "keyed_reduce": "reduce_keyed",
        "sort_by": "sort_by_key",
        "next_tick": "defer_tick",
        "defer": "defer_tick",
        "batch": "defer_signal",
        "recv_iter": "source_iter",
        "recv_stream": "source_stream",
    }
)
