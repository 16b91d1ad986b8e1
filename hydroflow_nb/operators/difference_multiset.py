"""Emits the items of `pos` that are not among the items of `neg`: another name of `difference`.

`pos` keeps its duplicates under both names. Hydroflow once had a `difference` that dropped them.
"""

from __future__ import annotations

from dataclasses import replace

from hydroflow_nb.operators.difference import DIFFERENCE

DIFFERENCE_MULTISET = replace(
    DIFFERENCE,
    name="difference_multiset",
    manual=__doc__,
    example="source_iter([1, 2, 2, 3, 3]) -> [pos]rest; source_iter([2]) -> [neg]rest; "
    "rest = difference_multiset() -> assert_eq([1, 3, 3]);",
)
