"""The operators of the language: one record each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hydroflow_nb.operators.all_iterations import ALL_ITERATIONS
from hydroflow_nb.operators.anti_join import ANTI_JOIN
from hydroflow_nb.operators.anti_join_multiset import ANTI_JOIN_MULTISET
from hydroflow_nb.operators.assert_ import ASSERT
from hydroflow_nb.operators.assert_eq import ASSERT_EQ
from hydroflow_nb.operators.batch import BATCH
from hydroflow_nb.operators.batch_eager import BATCH_EAGER
from hydroflow_nb.operators.batch_lazy import BATCH_LAZY
from hydroflow_nb.operators.breakpoint import BREAKPOINT
from hydroflow_nb.operators.chain import CHAIN
from hydroflow_nb.operators.chain_first_n import CHAIN_FIRST_N
from hydroflow_nb.operators.counter import COUNTER
from hydroflow_nb.operators.cross_join import CROSS_JOIN
from hydroflow_nb.operators.cross_join_multiset import CROSS_JOIN_MULTISET
from hydroflow_nb.operators.cross_singleton import CROSS_SINGLETON
from hydroflow_nb.operators.defer_signal import DEFER_SIGNAL
from hydroflow_nb.operators.defer_tick import DEFER_TICK
from hydroflow_nb.operators.defer_tick_lazy import DEFER_TICK_LAZY
from hydroflow_nb.operators.demux import DEMUX
from hydroflow_nb.operators.demux_enum import DEMUX_ENUM
from hydroflow_nb.operators.dest_file import DEST_FILE
from hydroflow_nb.operators.dest_frame import DEST_FRAME
from hydroflow_nb.operators.dest_sink import DEST_SINK
from hydroflow_nb.operators.dest_sink_serde import DEST_SINK_SERDE
from hydroflow_nb.operators.difference import DIFFERENCE
from hydroflow_nb.operators.difference_multiset import DIFFERENCE_MULTISET
from hydroflow_nb.operators.enumerate import ENUMERATE
from hydroflow_nb.operators.enumerate_keyed import ENUMERATE_KEYED
from hydroflow_nb.operators.filter import FILTER
from hydroflow_nb.operators.filter_map import FILTER_MAP
from hydroflow_nb.operators.flat_map import FLAT_MAP
from hydroflow_nb.operators.flat_map_stream_blocking import FLAT_MAP_STREAM_BLOCKING
from hydroflow_nb.operators.flatten import FLATTEN
from hydroflow_nb.operators.flatten_stream_blocking import FLATTEN_STREAM_BLOCKING
from hydroflow_nb.operators.fold import FOLD
from hydroflow_nb.operators.fold_keyed import FOLD_KEYED
from hydroflow_nb.operators.fold_no_replay import FOLD_NO_REPLAY
from hydroflow_nb.operators.for_each import FOR_EACH
from hydroflow_nb.operators.handoff import HANDOFF
from hydroflow_nb.operators.identity import IDENTITY
from hydroflow_nb.operators.initialize import INITIALIZE
from hydroflow_nb.operators.inspect import INSPECT
from hydroflow_nb.operators.iter_ref import ITER_REF
from hydroflow_nb.operators.join import JOIN
from hydroflow_nb.operators.join_fused import JOIN_FUSED
from hydroflow_nb.operators.join_fused_lhs import JOIN_FUSED_LHS
from hydroflow_nb.operators.join_fused_rhs import JOIN_FUSED_RHS
from hydroflow_nb.operators.join_multiset import JOIN_MULTISET
from hydroflow_nb.operators.join_multiset_half import JOIN_MULTISET_HALF
from hydroflow_nb.operators.lattice_bimorphism import LATTICE_BIMORPHISM
from hydroflow_nb.operators.lattice_fold import LATTICE_FOLD
from hydroflow_nb.operators.lattice_fold_batch import LATTICE_FOLD_BATCH
from hydroflow_nb.operators.lattice_join_fused_join import LATTICE_JOIN_FUSED_JOIN
from hydroflow_nb.operators.lattice_reduce import LATTICE_REDUCE
from hydroflow_nb.operators.map import MAP
from hydroflow_nb.operators.members import MEMBERS
from hydroflow_nb.operators.multiset_delta import MULTISET_DELTA
from hydroflow_nb.operators.next_stratum import NEXT_STRATUM
from hydroflow_nb.operators.null import NULL
from hydroflow_nb.operators.optional import OPTIONAL
from hydroflow_nb.operators.partition import PARTITION
from hydroflow_nb.operators.persist import PERSIST
from hydroflow_nb.operators.persist_mut import PERSIST_MUT
from hydroflow_nb.operators.persist_mut_keyed import PERSIST_MUT_KEYED
from hydroflow_nb.operators.record.operator import Operator
from hydroflow_nb.operators.reduce import REDUCE
from hydroflow_nb.operators.reduce_keyed import REDUCE_KEYED
from hydroflow_nb.operators.reduce_no_replay import REDUCE_NO_REPLAY
from hydroflow_nb.operators.resolve_futures import RESOLVE_FUTURES
from hydroflow_nb.operators.resolve_futures_blocking import RESOLVE_FUTURES_BLOCKING
from hydroflow_nb.operators.resolve_futures_blocking_ordered import RESOLVE_FUTURES_BLOCKING_ORDERED
from hydroflow_nb.operators.resolve_futures_ordered import RESOLVE_FUTURES_ORDERED
from hydroflow_nb.operators.scan import SCAN
from hydroflow_nb.operators.scan_async_blocking import SCAN_ASYNC_BLOCKING
from hydroflow_nb.operators.singleton import SINGLETON
from hydroflow_nb.operators.snapshot import SNAPSHOT
from hydroflow_nb.operators.sort import SORT
from hydroflow_nb.operators.sort_by_key import SORT_BY_KEY
from hydroflow_nb.operators.sort_keyed import SORT_KEYED
from hydroflow_nb.operators.source_file import SOURCE_FILE
from hydroflow_nb.operators.source_frame import SOURCE_FRAME
from hydroflow_nb.operators.source_interval import SOURCE_INTERVAL
from hydroflow_nb.operators.source_iter import SOURCE_ITER
from hydroflow_nb.operators.source_json import SOURCE_JSON
from hydroflow_nb.operators.source_stdin import SOURCE_STDIN
from hydroflow_nb.operators.source_stream import SOURCE_STREAM
from hydroflow_nb.operators.source_stream_serde import SOURCE_STREAM_SERDE
from hydroflow_nb.operators.spin import SPIN
from hydroflow_nb.operators.state import STATE
from hydroflow_nb.operators.state_by import STATE_BY
from hydroflow_nb.operators.tee import TEE
from hydroflow_nb.operators.union import UNION
from hydroflow_nb.operators.unique import UNIQUE
from hydroflow_nb.operators.unique_keyed import UNIQUE_KEYED
from hydroflow_nb.operators.unzip import UNZIP
from hydroflow_nb.operators.zip import ZIP
from hydroflow_nb.operators.zip_longest import ZIP_LONGEST

# By category, and within one from the plain to the special, as the manual shows them.
OPERATORS: tuple[Operator, ...] = (
    SOURCE_ITER,
    SOURCE_FRAME,
    SOURCE_STREAM,
    SOURCE_STREAM_SERDE,
    SOURCE_FILE,
    SOURCE_JSON,
    SOURCE_STDIN,
    SOURCE_INTERVAL,
    MEMBERS,
    INITIALIZE,
    SPIN,
    ITER_REF,
    MAP,
    FILTER,
    FILTER_MAP,
    FLAT_MAP,
    FLAT_MAP_STREAM_BLOCKING,
    FLATTEN,
    FLATTEN_STREAM_BLOCKING,
    IDENTITY,
    INSPECT,
    BREAKPOINT,
    COUNTER,
    ENUMERATE,
    ENUMERATE_KEYED,
    UNIQUE,
    UNIQUE_KEYED,
    SCAN,
    SCAN_ASYNC_BLOCKING,
    RESOLVE_FUTURES,
    RESOLVE_FUTURES_ORDERED,
    RESOLVE_FUTURES_BLOCKING,
    RESOLVE_FUTURES_BLOCKING_ORDERED,
    FOR_EACH,
    DEST_SINK,
    DEST_SINK_SERDE,
    DEST_FILE,
    DEST_FRAME,
    NULL,
    ASSERT,
    ASSERT_EQ,
    UNION,
    CHAIN,
    CHAIN_FIRST_N,
    TEE,
    UNZIP,
    PARTITION,
    DEMUX,
    DEMUX_ENUM,
    JOIN,
    JOIN_MULTISET,
    JOIN_MULTISET_HALF,
    JOIN_FUSED,
    JOIN_FUSED_LHS,
    JOIN_FUSED_RHS,
    CROSS_JOIN,
    CROSS_JOIN_MULTISET,
    CROSS_SINGLETON,
    ZIP,
    ZIP_LONGEST,
    DIFFERENCE,
    DIFFERENCE_MULTISET,
    ANTI_JOIN,
    ANTI_JOIN_MULTISET,
    FOLD,
    FOLD_NO_REPLAY,
    FOLD_KEYED,
    REDUCE,
    REDUCE_NO_REPLAY,
    REDUCE_KEYED,
    SORT,
    SORT_BY_KEY,
    SORT_KEYED,
    PERSIST,
    PERSIST_MUT,
    PERSIST_MUT_KEYED,
    MULTISET_DELTA,
    DEFER_TICK,
    DEFER_TICK_LAZY,
    DEFER_SIGNAL,
    NEXT_STRATUM,
    BATCH,
    BATCH_LAZY,
    BATCH_EAGER,
    SNAPSHOT,
    ALL_ITERATIONS,
    HANDOFF,
    SINGLETON,
    OPTIONAL,
    STATE,
    STATE_BY,
    LATTICE_FOLD,
    LATTICE_REDUCE,
    LATTICE_FOLD_BATCH,
    LATTICE_JOIN_FUSED_JOIN,
    LATTICE_BIMORPHISM,
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
        "recv_iter": "source_iter",
        "recv_stream": "source_stream",
    }
)
