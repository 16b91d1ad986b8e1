"""Emits the pairs of `pos` whose key is not among the items of `neg`: another name of `anti_join`.

`pos` keeps its duplicates under both names. Hydroflow once had an `anti_join` that dropped them.
"""

from __future__ import annotations

from dataclasses import replace

from hydroflow_nb.operators.anti_join import ANTI_JOIN

ANTI_JOIN_MULTISET = replace(
    ANTI_JOIN,
    name="anti_join_multiset",
    manual=__doc__,
    example="source_iter([(1, 7), (2, 8), (2, 8)]) -> [pos]rest; source_iter([1]) -> [neg]rest; "
    "rest = anti_join_multiset() -> assert_eq([(2, 8), (2, 8)]);",
)
