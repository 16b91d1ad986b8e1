"""Which edges of two graphs are the same, where the text was edited in between: those between the same operators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any


def same_edges(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, str]:
    """The edges of a graph by their ids, and those of the other one that stand for them; an edge that the other one has
    not is left out. Graphs are given as data (`Graph.to_dict`).

    Operators are paired in the order of their texts: those that are written alike, and between them those of one name.
    """
    pairs = dict(_same_operators(one["ops"], other["ops"]))
    known = {_ends(edge, other, {}): element for element, edge in other["edges"].items()}
    found = {}
    for element, edge in one["edges"].items():
        twin = known.get(_ends(edge, one, pairs))
        if twin is not None:
            found[element] = twin
    return found


def _same_operators(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    mine, theirs = list(one), list(other)
    words = [[(ops[op]["variable"], ops[op]["text"]) for op in ops] for ops in (one, other)]
    matcher = SequenceMatcher(a=words[0], b=words[1], autojunk=False)
    for kind, start, end, first, last in matcher.get_opcodes():
        left, right = mine[start:end], theirs[first:last]
        if kind == "equal":
            yield from zip(left, right, strict=True)
            continue
        for op in left:
            twin = next((found for found in right if other[found]["name"] == one[op]["name"]), None)
            if twin is not None:
                # Order is kept: what comes before it is not paired any more.
                right = right[right.index(twin) + 1 :]
                yield op, twin


def _ends(edge: Mapping[str, Any], graph: Mapping[str, Any], pairs: Mapping[str, str]) -> tuple[Any, ...]:
    """An edge by the operators around it, and the side of the handoff between them that it is on."""
    source, target = edge["from"], edge["to"]
    port, side = edge["to_port"], ""
    if target in graph["handoffs"]:
        side = "fills"
        after = next(one for one in graph["edges"].values() if one["from"] == target)
        target, port = after["to"], after["to_port"]
    elif source in graph["handoffs"]:
        side = "empties"
        before = next(one for one in graph["edges"].values() if one["to"] == source)
        source = before["from"]
        from_port = before["from_port"]
        return pairs.get(source, source), from_port, pairs.get(target, target), port, side
    return pairs.get(source, source), edge["from_port"], pairs.get(target, target), port, side
