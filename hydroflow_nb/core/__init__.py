"""Flows built by hand: Python functions as subgraphs, joined by handoffs, below the surface syntax.

What a text compiles to can be written directly. A `Builder` makes handoffs, inputs and states; `subgraph` adds a
function that reads some handoffs and writes others; `build` gives a flow that runs, records, draws and steps like one
that was compiled from a text.

    >>> from hydroflow_nb import core
    >>> b = core.Builder("reach")
    >>> pairs, news = b.handoff("pairs"), b.handoff("news")
    >>> edges = b.state(factory=set)
    >>> reached = b.state(factory=lambda: {0})
    >>> channel = b.input("edges", into=pairs)
    >>> @b.subgraph(reads=[pairs], writes=[news])
    ... def learn(context, pairs, news):
    ...     context.state[edges].update(pairs)
    ...     news.extend(b for a, b in pairs if a in context.state[reached])
    >>> @b.subgraph(reads=[news], writes=[news])
    ... def hop(context, found, news):
    ...     for vertex in set(found) - context.state[reached]:
    ...         print(vertex)
    ...         context.state[reached].add(vertex)
    ...         news.extend(b for a, b in context.state[edges] if a == vertex)
    >>> flow = b.build()
    >>> channel.extend([(1, 2), (0, 1)])
    >>> flow.run_available()
    1
    2

- A subgraph runs once in every tick, after the subgraphs that write what it reads. In a cycle it runs again as long as
  items wait for it. `context.is_first_run_this_tick()` tells these runs apart.
- A subgraph that reads `handoff.complete` waits until all items of the tick are there: it runs in a later stratum.
- `b.handoff(name, delay="tick")` keeps its items for the next tick, and makes that tick due; `delay="lazy"` does not.
"""

from __future__ import annotations

from hydroflow_nb.core.builder import Builder
from hydroflow_nb.core.flow import CoreFlow
from hydroflow_nb.core.parts import Complete, Handoff
from hydroflow_nb.core.program import Output

__all__ = ["Builder", "Complete", "CoreFlow", "Handoff", "Output"]
