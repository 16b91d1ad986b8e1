"""Algorithms on directed graphs given as a mapping from a vertex to its successors."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

V = TypeVar("V", bound=Hashable)


def components(successors: Mapping[V, Iterable[V]]) -> list[list[V]]:
    """The strongly connected components in topological order, members and ties in the order of the mapping.

    Tarjan's algorithm, without recursion: a flow may have a chain of thousands of operators.
    """
    index: dict[V, int] = {}
    low: dict[V, int] = {}
    stack: list[V] = []
    on_stack: set[V] = set()
    found: list[list[V]] = []
    order = {vertex: position for position, vertex in enumerate(successors)}
    # Roots and branches are taken from the last to the first, because the components come out in reverse.
    for root in reversed(list(successors)):
        if root in index:
            continue
        work = [(root, iter(_reversed(successors[root])))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            vertex, branches = work[-1]
            for branch in branches:
                if branch not in index:
                    index[branch] = low[branch] = len(index)
                    stack.append(branch)
                    on_stack.add(branch)
                    work.append((branch, iter(_reversed(successors[branch]))))
                    break
                if branch in on_stack:
                    low[vertex] = min(low[vertex], index[branch])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[vertex])
                if low[vertex] == index[vertex]:
                    component: list[V] = []
                    while not component or component[-1] != vertex:
                        component.append(stack.pop())
                        on_stack.remove(component[-1])
                    found.append(sorted(component, key=order.__getitem__))
    return found[::-1]


def _reversed(vertices: Iterable[V]) -> list[V]:
    return list(vertices)[::-1]


def path(successors: Mapping[V, Iterable[V]], start: V, end: V, within: Callable[[V], bool]) -> list[V] | None:
    """A shortest path from `start` to `end` over vertices for which `within` holds, both included; None without one."""
    before: dict[V, V] = {}
    queue = deque([start])
    seen = {start}
    while queue:
        vertex = queue.popleft()
        if vertex == end:
            found = [vertex]
            while found[-1] != start:
                found.append(before[found[-1]])
            return found[::-1]
        for successor in successors[vertex]:
            if successor not in seen and within(successor):
                seen.add(successor)
                before[successor] = vertex
                queue.append(successor)
    return None


def settle(
    vertices: Iterable[V], successors: Mapping[V, Iterable[V]], step: Callable[[V], bool], most: int | None = None
) -> bool:
    """Take a step at each of some vertices, and again at those behind one at which it changed something, until nothing
    changes any more. False where that takes more changes than `most`, where that is given.
    """
    changes = 0
    waiting = deque(dict.fromkeys(vertices))
    within, queued = frozenset(waiting), set(waiting)
    while waiting:
        vertex = waiting.popleft()
        queued.remove(vertex)
        if not step(vertex):
            continue
        changes += 1
        if most is not None and changes > most:
            return False
        behind = [one for one in dict.fromkeys(successors[vertex]) if one in within and one not in queued]
        waiting += behind
        queued.update(behind)
    return True
