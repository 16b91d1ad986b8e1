"""Operators that Hydroflow once had and this language lacks, and what to write in their place."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_NO_CAST = "streams have no types to cast between here: leave it out"
_NEXT = "`defer_tick()` carries items on: inside of a nested `loop` into its next iteration, else into the next tick"
_LAZILY = "`defer_tick_lazy()` carries items on, into the next iteration or tick that happens"

# By name, a hint. An operator that has only changed its name is among the renamed ones instead.
REMOVED: Mapping[str, str] = MappingProxyType(
    {
        "cast": _NO_CAST,
        "_upcast": _NO_CAST,
        "source_iter_delta": "use `source_iter`",
        "py_udf": "every function is Python's here: use `map`",
        "next_iteration": _NEXT,
        "next_loop": _NEXT,
        "defer_iteration": _NEXT,
        "defer_iteration_lazy": _LAZILY,
        "defer_loop": _NEXT,
        "defer_loop_lazy": _LAZILY,
        "prefix": "`batch() -> persist::<'static>()` emits everything so far in each iteration",
        "all_once": "`batch()` emits the items that came, once",
        "repeat_n": "let a counter go round in a `loop` by `defer_tick()` and keep the items by `persist::<'static>()`",
        "last_iteration": "`all_iterations()` emits the items of all iterations; a `reduce` behind it keeps the last",
    }
)
