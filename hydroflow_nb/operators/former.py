"""Operators that Hydroflow had at another time and this language has not, and what to write in their place."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_NO_CAST = "streams have no types to cast between here: leave it out"
_LOOPS = "it belongs to `loop` blocks, which are not available yet"
_NEXT = "`defer_tick()` carries items on, into the next tick"

# By name, a hint. An operator that has only changed its name is among the renamed ones instead.
REMOVED: Mapping[str, str] = MappingProxyType(
    {
        "cast": _NO_CAST,
        "_upcast": _NO_CAST,
        "source_iter_delta": "use `source_iter`",
        "py_udf": "every function is Python's here: use `map`",
        "next_iteration": f"{_LOOPS}; {_NEXT}",
        "next_loop": f"{_LOOPS}; {_NEXT}",
        "defer_iteration": f"{_LOOPS}; {_NEXT}",
        "defer_iteration_lazy": f"{_LOOPS}; `defer_tick_lazy()` carries items on, into the next tick that happens",
        "defer_loop": f"{_LOOPS}; {_NEXT}",
        "defer_loop_lazy": f"{_LOOPS}; `defer_tick_lazy()` carries items on, into the next tick that happens",
        "batch_lazy": f"{_LOOPS}; a tick takes in what has come by itself",
        "batch_eager": f"{_LOOPS}; a tick takes in what has come by itself",
        "snapshot": f"{_LOOPS}; `$name` reads a state",
        "prefix": f"{_LOOPS}; `persist::<'static>()` emits everything so far in each tick",
        "all_once": f"{_LOOPS}; `source_iter` emits its items in the first tick only",
        "repeat_n": f"{_LOOPS}; `persist::<'static>()` emits everything so far in each tick",
        "all_iterations": f"{_LOOPS}; outside of them it has nothing to do: leave it out",
        "last_iteration": f"{_LOOPS}; outside of them it has nothing to do: leave it out",
    }
)
