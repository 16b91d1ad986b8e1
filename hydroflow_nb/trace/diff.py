"""How two ticks, two branches or two recordings of a flow differ: edge by edge, and where first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import zip_longest
from typing import Any, Final, Protocol

from hydroflow_nb.records import dataclass
from hydroflow_nb.trace.ticks import LONGEST_TEXT, Moved, RecordedStep, RecordedTick, Text, text_of
from hydroflow_nb.trace.values import Part, likeness, parts_that_differ

# Items of an edge that are paired with each other; beyond them they are added and removed.
_MOST_PAIRED: Final = 200
# Items more alike than this are the same one, changed.
_ALIKE: Final = 0.3
_SHOWN: Final = 100
_MOST_LISTED: Final = 20


class Recorded(Protocol):
    """A recording, as far as it is compared."""

    @property
    def ticks(self) -> Sequence[RecordedTick]:
        """The ticks, oldest first."""


@dataclass(frozen=True)
class Changed:
    """An item that is another one after: `parts` are where inside of it."""

    before: Any
    after: Any
    parts: tuple[Part, ...]

    def __str__(self) -> str:
        where = "" if self.parts and not self.parts[0].path else f"  at {'; '.join(map(str, self.parts[:3]))}"
        return f"{text_of(self.before, _SHOWN)} → {text_of(self.after, _SHOWN)}{where}"


@dataclass(frozen=True, kw_only=True)
class EdgeDiff:
    """How what went over an edge in a tick differs.

    `added` and `removed` are items that one of both has more, in their order; `changed` are pairs of items that differ
    in a part; `is_reordered` where the items are the same in another order. `before` and `after` are exact counts:
    where they are higher than what is kept of the items, `is_whole` is false, and the rest was not compared.
    """

    tick: int
    edge: str
    place: str
    added: tuple[Any, ...]
    removed: tuple[Any, ...]
    changed: tuple[Changed, ...]
    before: int
    after: int
    is_reordered: bool
    is_whole: bool

    @property
    def badge(self) -> str:
        """The difference in a few characters: `+2 -1 ~1`."""
        counts = (("+", len(self.added)), ("-", len(self.removed)), ("~", len(self.changed)))
        words = [f"{sign}{count}" for sign, count in counts if count]
        if not words and self.before != self.after:
            words = [f"{self.after - self.before:+,}"]
        return " ".join(words) or "order"

    def rows(self) -> Iterator[tuple[str, str]]:
        """The differences as rows: a sign and a text."""
        yield from (("+", text_of(item, _SHOWN)) for item in self.added)
        yield from (("-", text_of(item, _SHOWN)) for item in self.removed)
        yield from (("~", str(one)) for one in self.changed)
        if self.is_reordered:
            yield "~", "the same items in another order"
        if not self.is_whole:
            yield "…", f"{self.before:,} and {self.after:,} items in all: what is not kept was not compared"

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "tick": self.tick,
            "edge": self.edge,
            "place": self.place,
            "badge": self.badge,
            "rows": [list(row) for row in list(self.rows())[: 10 * _MOST_LISTED]],
        }


@dataclass(frozen=True, kw_only=True)
class FirstDifference:
    """Where two runs differ first: the tick, the operator's step in it, the edge, and the item of each, by its position
    on the edge in that step; `absent` where one has none.
    """

    tick: int
    stratum: int
    operator: str
    edge: str
    place: str
    index: int
    before: Any
    after: Any

    def __str__(self) -> str:
        return (
            f"tick {self.tick}, stratum {self.stratum}, `{self.place}`, item {self.index}: "
            f"{text_of(self.before, _SHOWN)} → {text_of(self.after, _SHOWN)}"
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "tick": self.tick,
            "stratum": self.stratum,
            "op": self.operator,
            "edge": self.edge,
            "index": self.index,
            "words": str(self),
        }


@dataclass(frozen=True, kw_only=True)
class Diff:
    """How two ticks or runs differ, from `recording.diff`. It is false where they do not.

    `edges` are the differences, tick by tick and edge by edge; `first` is where they differ first, in the order of the
    run; `only_before` and `only_after` are ticks that one of both has alone.
    """

    names: tuple[str, str]
    edges: tuple[EdgeDiff, ...]
    first: FirstDifference | None
    only_before: tuple[int, ...] = ()
    only_after: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.edges or self.first or self.only_before or self.only_after)

    def __getitem__(self, edge: str) -> list[EdgeDiff]:
        """The differences on an edge, by its place or element id, in the order of ticks."""
        return [one for one in self.edges if edge in (one.edge, one.place)]

    @property
    def words(self) -> str:
        """What differs, in a sentence."""
        before, after = self.names
        if not self:
            return f"{before} and {after} are the same"
        edges = len({one.edge for one in self.edges})
        told = [f"{edges} edge{'s differ' if edges > 1 else ' differs'}"] if edges else []
        if self.first is not None:
            told.append(f"first in {self.first}")
        for name, ticks in ((before, self.only_before), (after, self.only_after)):
            if ticks:
                told.append(f"{name} alone has tick{'s' * (len(ticks) > 1)} {ticks[0]}" + _up_to(ticks))
        return f"{before} against {after}: {', '.join(told)}"

    def __repr__(self) -> str:
        lines = [self.words]
        for one in self.edges[:_MOST_LISTED]:
            rows = list(one.rows())
            lines.append(f"  tick {one.tick}  {one.place}  {one.badge}")
            lines += [f"    {sign} {text}" for sign, text in rows[:_MOST_LISTED]]
            if len(rows) > _MOST_LISTED:
                lines.append(f"    and {len(rows) - _MOST_LISTED:,} more")
        if len(self.edges) > _MOST_LISTED:
            lines.append(f"  and {len(self.edges) - _MOST_LISTED:,} more")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        body = "".join(
            f"<tr><td>{one.tick}</td><td><code>{escape(one.place)}</code></td>"
            f"<td style='text-align:left'>{'<br>'.join(_row(sign, text) for sign, text in _rows_shown(one))}</td></tr>"
            for one in self.edges[: 5 * _MOST_LISTED]
        )
        more = len(self.edges) - 5 * _MOST_LISTED
        rest = f"<p>and {more:,} more</p>" if more > 0 else ""
        head = "<thead><tr><th>tick</th><th>edge</th><th style='text-align:left'>difference</th></tr></thead>"
        table = f"<table>{head}<tbody>{body}</tbody></table>" if self.edges else ""
        return f"<p>{escape(self.words)}</p>{table}{rest}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON, of the first 1,000 differences."""
        return {
            "names": list(self.names),
            "words": self.words,
            "first": None if self.first is None else self.first.to_dict(),
            "edges": [one.to_dict() for one in self.edges[:1_000]],
            "more": max(0, len(self.edges) - 1_000),
            "only_before": list(self.only_before),
            "only_after": list(self.only_after),
        }


def diff_of_ticks(
    before: RecordedTick, after: RecordedTick, place_of: Callable[[str], str], names: tuple[str, str]
) -> Diff:
    """How one tick differs from another."""
    edges = tuple(_edges(before, after, place_of))
    return Diff(names=names, edges=edges, first=_first_of(before, after, place_of))


def diff_of_runs(before: Recorded, after: Recorded, place_of: Callable[[str], str], names: tuple[str, str]) -> Diff:
    """How one run differs from another, tick by tick."""
    ones, others = ({tick.tick: tick for tick in one.ticks} for one in (before, after))
    edges: list[EdgeDiff] = []
    first: FirstDifference | None = None
    for number in sorted(ones.keys() & others.keys()):
        if ones[number] is others[number]:
            continue
        edges += _edges(ones[number], others[number], place_of)
        if first is None:
            first = _first_of(ones[number], others[number], place_of)
    return Diff(
        names=names,
        edges=tuple(edges),
        first=first,
        only_before=tuple(sorted(ones.keys() - others.keys())),
        only_after=tuple(sorted(others.keys() - ones.keys())),
    )


def _edges(before: RecordedTick, after: RecordedTick, place_of: Callable[[str], str]) -> Iterator[EdgeDiff]:
    ones, others = _moved(before), _moved(after)
    for edge in [*ones, *(edge for edge in others if edge not in ones)]:
        if not place_of(edge):
            continue
        (items, count, carried), (others_items, others_count, others_carried) = (
            found.get(edge, ([], 0, 0)) for found in (ones, others)
        )
        removed, added = _more(items, others_items), _more(others_items, items)
        is_reordered = (
            not removed
            and not added
            # What is carried over has no order of this tick.
            and not (carried or others_carried)
            and not all(_key(one) == _key(other) for one, other in zip(items, others_items, strict=False))
        )
        if not (removed or added or is_reordered or count != others_count):
            continue
        changed, removed, added = _paired(removed, added)
        yield EdgeDiff(
            tick=after.tick,
            edge=edge,
            place=place_of(edge),
            added=tuple(added),
            removed=tuple(removed),
            changed=tuple(changed),
            before=count,
            after=others_count,
            is_reordered=is_reordered,
            is_whole=len(items) == count and len(others_items) == others_count,
        )


def _moved(tick: RecordedTick) -> dict[str, tuple[list[Any], int, int]]:
    """What went over each edge in a tick: the items that are kept, their count, and how many were carried over."""
    found: dict[str, tuple[list[Any], int, int]] = {}
    for step in tick.steps:
        for edge, moved in step.moves.items():
            items, count, carried = found.get(edge, ([], 0, 0))
            # Of what is not a person's item the text is compared.
            own = [Text(moved.text(item, LONGEST_TEXT)) for item in moved.items] if moved.form else list(moved.items)
            found[edge] = ([*items, *own] if items else own, count + moved.count, carried + moved.carried)
    return found


def _more(items: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """The items that are there more often than among others, in their order: the later ones of equal ones."""
    return [items[place] for place in _places_of_more(items, others)]


def _places_of_more(items: Sequence[Any], others: Sequence[Any]) -> Iterator[int]:
    left = Counter(map(_key, others))
    for place, item in enumerate(items):
        key = _key(item)
        if left[key] > 0:
            left[key] -= 1
        else:
            yield place


def _key(item: Any) -> Hashable:
    """What two items have in common if they are the same one."""
    if type(item) is Text:
        return Text, str(item)
    try:
        hash(item)
    except Exception:  # the classes of items are the user's
        return "text", type(item), text_of(item, 10_000)
    return type(item), item


def _paired(removed: list[Any], added: list[Any]) -> tuple[list[Changed], list[Any], list[Any]]:
    """Items that were changed, by the most alike ones first; and those that were removed and added."""
    if not removed or not added or len(removed) * len(added) > _MOST_PAIRED * _MOST_PAIRED // 4:
        return [], removed, added
    scored = sorted(
        ((-likeness(one, other), at, there) for at, one in enumerate(removed) for there, other in enumerate(added)),
    )
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for score, at, there in scored:
        if -score <= _ALIKE:
            break
        if at not in pairs and there not in taken:
            pairs[at] = there
            taken.add(there)
    changed = [
        Changed(removed[at], added[pairs[at]], tuple(parts_that_differ(removed[at], added[pairs[at]])))
        for at in sorted(pairs)
    ]
    return (
        changed,
        [item for at, item in enumerate(removed) if at not in pairs],
        [item for there, item in enumerate(added) if there not in taken],
    )


def _first_of(before: RecordedTick, after: RecordedTick, place_of: Callable[[str], str]) -> FirstDifference | None:
    for one, other in zip_longest(before.steps, after.steps):
        found = _first_in(one, other, place_of, after.tick)
        if found is not None:
            return found
    return None


def _first_in(
    one: RecordedStep | None, other: RecordedStep | None, place_of: Callable[[str], str], tick: int
) -> FirstDifference | None:
    if one is not None and other is not None and (one.operator, one.subgraph) != (other.operator, other.subgraph):
        # What one of both did is not in the other: the earlier operator of the two is the first difference.
        if (other.stratum, other.run) < (one.stratum, one.run):
            one = None
        else:
            other = None
    step = one or other
    assert step is not None
    moves: tuple[Mapping[str, Moved], Mapping[str, Moved]] = (
        {} if one is None else one.moves,
        {} if other is None else other.moves,
    )
    for edge in dict.fromkeys([*moves[0], *moves[1]]):
        if not place_of(edge):
            continue
        found = _first_pair(moves[0].get(edge), moves[1].get(edge))
        if found is not None:
            index, item, another = found
            return FirstDifference(
                tick=tick,
                stratum=step.stratum,
                operator=step.operator,
                edge=edge,
                place=place_of(edge),
                index=index,
                before=item,
                after=another,
            )
    return None


def _first_pair(one: Moved | None, other: Moved | None) -> tuple[int, Any, Any] | None:
    """The first place at which what went over an edge differs, with what one run has there and the other one."""
    ones: Sequence[Any] = [] if one is None else one.items
    others: Sequence[Any] = [] if other is None else other.items
    if any(moved is not None and moved.carried for moved in (one, other)):
        # What is carried over has no order of this tick.
        gone, new = (next(_places_of_more(*both), None) for both in ((ones, others), (others, ones)))
        if gone is None and new is None:
            return None
        item, another = _ABSENT if gone is None else ones[gone], _ABSENT if new is None else others[new]
        return min(place for place in (gone, new) if place is not None), item, another
    for index, (item, another) in enumerate(zip_longest(ones, others, fillvalue=_ABSENT)):
        if item is _ABSENT or another is _ABSENT or _key(item) != _key(another):
            return index, item, another
    return None


_ABSENT: Final = Text("absent")


def places_in(graph: Mapping[str, Any]) -> Callable[[str], str]:
    """A function that calls an edge of a graph, in its form as data, by the names of its ends; one that only drains a
    handoff has no name, and is not compared: what goes over it has gone into the handoff.
    """
    edges, ops, handoffs = graph["edges"], graph["ops"], graph["handoffs"]

    def end(element: str, *, is_source: bool) -> str:
        for _ in range(2):
            if element not in handoffs:
                break
            # A handoff stands within one edge of the text.
            element = next(
                (
                    one["from"] if is_source else one["to"]
                    for one in edges.values()
                    if one["to" if is_source else "from"] == element
                ),
                element,
            )
        return str(ops[element]["name"]) if element in ops else element

    def place(edge: str) -> str:
        if edge not in edges:
            return edge
        if edges[edge]["from"] in handoffs:
            return ""
        return f"{end(edges[edge]['from'], is_source=True)} -> {end(edges[edge]['to'], is_source=False)}"

    return place


def _rows_shown(one: EdgeDiff) -> Iterable[tuple[str, str]]:
    rows = list(one.rows())
    more = [("…", f"and {len(rows) - _MOST_LISTED:,} more")] if len(rows) > _MOST_LISTED else []
    return [*rows[:_MOST_LISTED], *more]


def _row(sign: str, text: str) -> str:
    colours = {"+": "var(--jp-success-color1, #1a7f37)", "-": "var(--jp-error-color1, #c62828)"}
    style = f" style='color:{colours[sign]}'" if sign in colours else ""
    return f"<code{style}>{sign}</code> <code>{escape(text)}</code>"


def _up_to(ticks: Sequence[int]) -> str:
    return f" to {ticks[-1]}" if len(ticks) > 1 else ""
