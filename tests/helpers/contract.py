"""The contract of the types of edges: a flow is run under schedules that differ, every edge is recorded, and each pair
of histories is compared with the type of the edge. A type is a relation between two histories of an edge.
"""

from __future__ import annotations

import enum
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cached_property
from random import Random
from typing import Any

from driving import Arriving, World, waits

import hydroflow_nb as hf
from hydroflow_nb import lattices
from hydroflow_nb.correctness.inference import Typing
from hydroflow_nb.correctness.levels import CLASSES, NETWORKS
from hydroflow_nb.correctness.subject import Subject
from hydroflow_nb.ir.graph import EdgeId, Node
from hydroflow_nb.operators.rules.content import Content, Holds, Sense, Time
from hydroflow_nb.operators.rules.rule import Differences
from hydroflow_nb.operators.rules.sources import Pulses
from hydroflow_nb.trace.ticks import Text

RUN: Mapping[str, Differences] = {
    **{name: one for name, one in CLASSES.items() if name != "sharding"},
    **{name: one for name, one in NETWORKS.items() if name != "tcp"},
}
# A flow that does not come to rest is watched for so many ticks after the last item.
MOST_TICKS = 30
# At rest so many ticks follow in which timers fire: what is emitted again and again comes in them.
FURTHER_TICKS = 3
# Seconds between these: more than the period of each timer.
FURTHER_SECONDS = 4.0

# The items that went over an edge, tick by tick; None where not all of them are known.
History = Sequence[Sequence[Any]] | None
Batches = Sequence[Mapping[str, Sequence[Any]]]

# --- schedules -------------------------------------------------------------------------------------------------------


def schedules(batches: Batches, differences: Differences, count: int, random: Random) -> Iterator[Batches]:
    """The batches of a run as they are, then all in one tick, then by chance as runs of the class may have them."""
    yield batches
    names = list(batches[0]) if batches else []
    items = {name: [item for batch in batches for item in batch[name]] for name in names}
    yield [items]
    for _ in range(count - 2):
        yield _scheduled({name: _arriving(some, differences, random) for name, some in items.items()}, random)


def _arriving(items: Sequence[Any], differences: Differences, random: Random) -> list[Any]:
    placed = [(float(position), item) for position, item in enumerate(items)]
    if differences.loss:
        kept = random.choice((0.0, 0.5, 0.8, 1.0))
        placed = [one for one in placed if random.random() < kept]
    if differences.duplication:
        again = random.choice((0.2, 0.6))
        placed += [
            (position + random.choice((0.5, 1.5, float(len(items)))), item)
            for position, item in placed * 2
            if random.random() < again
        ]
    if differences.order or differences.replication:
        random.shuffle(placed)
    else:
        placed.sort(key=lambda one: one[0])
    return [item for _, item in placed]


def _scheduled(arriving: Mapping[str, Sequence[Any]], random: Random) -> Batches:
    ticks = random.choice((1, 2, 3, 5, 8, 12))
    found: list[dict[str, list[Any]]] = [{name: [] for name in arriving} for _ in range(ticks)]
    for name, items in arriving.items():
        for tick, item in zip(sorted(random.randrange(ticks) for _ in items), items, strict=True):
            found[tick][name].append(item)
    return found


# --- runs ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Run:
    """What went over each edge, and from which tick on the flow was at rest."""

    histories: Mapping[EdgeId, History]
    rest: int


@dataclass(kw_only=True)
class Watched:
    """A flow whose edges are watched. `names` are what it finds in its notebook but inputs and sinks."""

    text: str
    inputs: Sequence[str]
    sinks: Sequence[str]
    names: Mapping[str, Any]
    flow: hf.Flow = field(init=False)
    read: dict[Text, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        names = {**self.names, **World(random=Random(0)).names(), **self._own()}
        self.flow = hf.compile(self.text, namespace=names)

    def _own(self) -> dict[str, Any]:
        return {**{name: Arriving() for name in self.inputs}, **{name: [] for name in self.sinks}}

    @property
    def graph(self) -> Any:
        """The graph that the rules follow."""
        return self.flow.graph.partitioned.flat

    @cached_property
    def subject(self) -> Subject:
        """What the check reads of it."""
        return Subject(self.graph, self.flow.drive().names or {})

    def typing(self, differences: Differences) -> Typing:
        """The types of its edges."""
        return Typing(subject=self.subject, differences=differences, assumed=False).run()

    @cached_property
    def alike(self) -> Typing:
        """The types of its edges where runs do not differ."""
        return self.typing(Differences())

    @cached_property
    def goes_on(self) -> bool:
        """True where something happens without an item from outside, for as long as the flow lives."""
        return any(
            node.operator.schedules or isinstance(node.operator.rule, Pulses) for node in self.graph.nodes.values()
        )

    def run(self, batches: Batches, quiet: Sequence[int], world: World) -> Run:
        """Run until the flow is at rest; `quiet` are ticks before which one without items happens."""
        own = self._own()
        flow = self.flow.copy({**own, **world.names()}, surroundings=world.surroundings(own))
        is_closed = self.subject.is_closed
        if is_closed:
            batches, quiet = batches[:1], ()
        flow.record(budget=10_000_000)
        try:
            for tick, batch in enumerate(batches):
                if tick in quiet:
                    world.tick(flow)
                for name, items in batch.items():
                    own[name].extend(items)
                world.tick(flow)
            # What is awaited piles up where more is awaited in every tick.
            for _ in range(MOST_TICKS if not waits(flow) else MOST_TICKS // 3):
                if is_closed or world.is_at_rest(flow):
                    break
                world.tick(flow, 0)
            if len(batches) in quiet:
                world.tick(flow, 0)
            rest = len(flow.recording.ticks)
            for _ in range(FURTHER_TICKS if self.goes_on else 0):
                world.tick(flow, FURTHER_SECONDS)
                for _ in range(FURTHER_TICKS):
                    if not waits(flow) or world.is_at_rest(flow):
                        break
                    world.tick(flow, 0)
            return Run(histories=self._histories(flow), rest=rest)
        finally:
            flow.close()
            world.close()

    def _histories(self, flow: hf.Flow) -> dict[EdgeId, History]:
        wires = {wire.element: wire.edge.id for wire in flow.graph.partitioned.wires if not wire.leaves_handoff}
        found: dict[EdgeId, list[list[Any]]] = {edge: [] for edge in wires.values()}
        incomplete: set[EdgeId] = set()
        for tick in flow.recording.ticks:
            for history in found.values():
                history.append([])
            if tick.skipped_steps:
                incomplete |= set(found)
            for step in tick.steps:
                for element, moved in step.moves.items():
                    edge = wires.get(element)
                    if edge is None:
                        continue
                    if moved.count > len(moved.items):
                        incomplete.add(edge)
                    else:
                        found[edge][-1] += map(self._item, moved.items)
        unknown = {
            edge for edge, history in found.items() if any(item is UNREADABLE for one in history for item in one)
        }
        return {edge: None if edge in incomplete | unknown else history for edge, history in found.items()}

    def _item(self, item: Any) -> Any:
        """An item as it was: one that could change is recorded as text. Equal texts give the same item."""
        if not isinstance(item, Text):
            return item
        if item not in self.read:
            try:
                self.read[item] = eval(item, dict(self.names))
            except Exception:
                self.read[item] = UNREADABLE
        return self.read[item]


UNREADABLE = object()


# --- the contract ----------------------------------------------------------------------------------------------------


def key(item: Any) -> Any:
    """An item as something that can be compared and hashed."""
    match item:
        case lattices.Lattice():
            return (type(item), key(item.reveal()))
        case hf.Persist() | hf.Delete():
            return (type(item), tuple(key(part) for part in vars_of(item)))
        case enum.Enum() | str() | bytes() | int() | float() | None:
            return item
        case set() | frozenset():
            return frozenset(map(key, item))
        case Mapping():
            return frozenset((key(one), key(value)) for one, value in item.items())
        case list():
            return ("list", *map(key, item))
        case tuple():
            return tuple(map(key, item))
    if is_dataclass(item) and not isinstance(item, type):
        return (type(item), *(key(getattr(item, one.name)) for one in fields(item)))
    return item


def vars_of(item: Any) -> Iterable[Any]:
    """The parts of an instruction."""
    return [getattr(item, name) for name in getattr(type(item), "__match_args__", ("item",))]


def refuted_alone(content: Content, history: History) -> str | None:
    """What a history has that its type denies, whatever another run does."""
    if history is None or content.varies:
        return None
    keys = [list(map(key, tick)) for tick in history]
    if content.time is Time.ONCE and any(keys[1:]):
        return "something comes after the first tick"
    if content.copies.value == "distinct" and content.shape is not Holds.LATTICE:
        several = keys if content.is_view else [_flat(keys)] if content.is_batch else []
        if any(len(set(tick)) < len(tick) for tick in several):
            return "two items are equal"
    if content.time is Time.CONST:
        for tick in history[1:]:
            if not _same(content, history[0], tick):
                return "two ticks differ"
    if content.time is Time.GROWING:
        for before, after in itertools.pairwise(history):
            if not _within(content, before, after):
                return "what was there is taken back"
    return None


def refuted(content: Content, one: History, other: History, whole: History) -> str | None:
    """Why two histories are not related as the type says; `whole` is that of a run without loss, None if unknown."""
    if one is None or other is None or content.varies or content.time is Time.PULSE:
        return None
    if content.is_part:
        if whole is None:
            return None
        return None if _is_part(content, other, whole) else "it is no part of what comes without loss"
    return None if _related(content, one, other) else "what is the same in every run differs"


def refuted_at_rest(content: Content, history: History, rest: int) -> str | None:
    """What is said to be emitted again and again, and is not while timers fire at rest."""
    if history is None or not content.again or content.varies:
        return None
    before, after = _flat(history), _flat(history[rest:])
    match content.time:
        case Time.PULSE:
            comes = bool(after) or not before
        case Time.RISING:
            comes = _equal(_bound(before), _bound(after))
        case Time.LATEST:
            comes = True
        case _ if content.is_view:
            comes = all(_same(content, history[rest - 1], tick) for tick in history[rest:])
        case _:
            comes = set(map(key, before)) == set(map(key, after))
    return None if comes else "it is not emitted again and again"


def _flat(history: Sequence[Sequence[Any]]) -> list[Any]:
    return [item for tick in history for item in tick]


def _last(history: Sequence[Sequence[Any]]) -> Sequence[Any]:
    return history[-1] if history else []


def _related(content: Content, one: Sequence[Sequence[Any]], other: Sequence[Sequence[Any]]) -> bool:
    if content.time is Time.RISING:
        return _equal(_bound(_flat(one)), _bound(_flat(other)))
    if content.time is Time.LATEST:
        return _latest(content, one) == _latest(content, other)
    if content.is_view:
        return _same(content, _last(one), _last(other))
    return _same(content, _flat(one), _flat(other))


def _same(content: Content, one: Sequence[Any], other: Sequence[Any]) -> bool:
    if content.is_view and content.shape is Holds.LATTICE:
        return _equal(_bound(one), _bound(other))
    first, second = list(map(key, one)), list(map(key, other))
    if content.is_ordered:
        return list(dict.fromkeys(first)) == list(dict.fromkeys(second)) if content.repeats else first == second
    return set(first) == set(second) if content.repeats else Counter(first) == Counter(second)


def _within(content: Content, one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether the content of one tick is a part of that of another, or its value below it."""
    compares = Sense.COMPARES in content.senses
    match content.shape:
        case Holds.ITEMS:
            first, second = Counter(map(key, one)), Counter(map(key, other))
            return set(first) <= set(second) if content.repeats else first <= second
        case Holds.LATTICE:
            return below(_bound(one), _bound(other))
        case Holds.TABLE:
            values = _table(other)
            return all(
                key(pair[0]) in values and (not compares or below(pair[1], values[key(pair[0])])) for pair in one
            )
    return not one or (bool(other) and (not compares or below(one[-1], other[-1])))


def _is_part(content: Content, other: Sequence[Sequence[Any]], whole: Sequence[Sequence[Any]]) -> bool:
    if content.time is Time.RISING:
        return below(_bound(_flat(other)), _bound(_flat(whole)))
    if content.time is Time.LATEST:
        last, best = _flat(other)[-1:], _flat(whole)[-1:]
        if content.shape is Holds.TABLE or Sense.COMPARES not in content.senses or not last:
            return True
        return bool(best) and below(last[0], best[0])
    if content.is_view and not content.is_items:
        return _within(content, _last(other), _last(whole))
    if content.is_view:
        return content.time is Time.SETTLING or all(_within(content, tick, _last(whole)) for tick in other)
    some, all_ = list(map(key, _flat(other))), list(map(key, _flat(whole)))
    if content.is_ordered and not content.repeats:
        rest = iter(all_)
        return all(item in rest for item in some)
    return set(some) <= set(all_) if content.repeats else Counter(some) <= Counter(all_)


def _latest(content: Content, history: Sequence[Sequence[Any]]) -> Any:
    items = _flat(history)
    if content.shape is Holds.TABLE:
        return {one: key(value) for one, value in _table(items).items()}
    return list(map(key, items[-1:]))


def _table(pairs: Sequence[Any]) -> dict[Any, Any]:
    return {key(pair[0]): pair[1] for pair in pairs}


def _bound(items: Sequence[Any]) -> dict[Any, Any]:
    """The least upper bounds of lattice values, part by part where they stand in tuples, lists, dicts or instances: one
    for each form, which is all that is no lattice, as the address of a message is.
    """
    bounds: dict[Any, Any] = {}
    for item in items:
        form = _form(item)
        bounds[form] = _merged(bounds[form], item) if form in bounds else item
    return bounds


def _form(item: Any) -> Any:
    """An item without the values of its lattices."""
    match item:
        case lattices.Lattice():
            return type(item)
        case tuple() | list():
            return (type(item), *map(_form, item))
        case dict():
            return (dict, frozenset((key(at), _form(value)) for at, value in item.items()))
    if is_dataclass(item) and not isinstance(item, type):
        return (type(item), *(_form(getattr(item, one.name)) for one in fields(item)))
    return key(item)


def _merged(one: Any, other: Any) -> Any:
    """The least upper bound of two items of one form."""
    match one:
        case lattices.Lattice():
            return lattices.merged(one, other)
        case tuple() | list():
            return type(one)(map(_merged, one, other))
        case dict():
            return {at: _merged(value, other[at]) for at, value in one.items()}
    if is_dataclass(one) and not isinstance(one, type):
        parts = {part.name: _merged(getattr(one, part.name), getattr(other, part.name)) for part in fields(one)}
        return replace(one, **parts)
    return one


def _equal(one: Any, other: Any) -> bool:
    return bool(key(one) == key(other))


def below(one: Any, other: Any) -> bool:
    """Whether a value is not above another one, in the order in which values of its class grow."""
    match one, other:
        case lattices.Lattice(), lattices.Lattice():
            return bool(key(lattices.merged(one, other)) == key(other))
        case (int() | float(), int() | float()) | ((set() | frozenset()), (set() | frozenset())):
            return bool(one <= other)
        case Mapping(), Mapping():
            return all(at in other and below(value, other[at]) for at, value in one.items())
        case list(), list():
            return one == other[: len(one)] or _compares(one, other)
        case tuple(), tuple() if len(one) == len(other):
            return all(map(below, one, other)) or _compares(one, other)
    if is_dataclass(one) and type(one) is type(other):
        return all(below(getattr(one, part.name), getattr(other, part.name)) for part in fields(one))
    return True


def _compares(one: Any, other: Any) -> bool:
    try:
        return bool(one <= other)
    except TypeError:
        return False


# --- everything of a flow --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Refutation:
    """A type that two runs refute."""

    text: str
    kind: str
    edge: str
    source: Node
    content: Content
    why: str
    one: History
    other: History

    def __str__(self) -> str:
        causes = "; ".join(f"{cause.code} at {cause.place}: {cause.words}" for cause in self.content.because)
        return (
            f"\n{self.text}\n{self.edge}, in the class {self.kind}: {self.why}\n{shown(self.content)} ({causes})\n"
            f"one run:   {self.one}\nthe other: {self.other}\n"
        )


def shown(content: Content) -> str:
    """A type in one line."""
    again = ", again" if content.again else ""
    return f"{content.time}, {content.order}, {content.copies}, {content.loss}, {content.shape}{again}"


@dataclass(kw_only=True)
class Runs:
    """Runs of a flow in one class: the first as it is given, the second all in one tick."""

    watched: Watched
    kind: str
    runs: Sequence[Run]

    def refutations(self, edges: Mapping[EdgeId, Content]) -> Iterator[Refutation]:
        """The types that these runs refute, one for each edge."""
        for edge, content in edges.items():
            found = self.refutation(edge, content)
            if found is not None:
                yield found

    def refutation(self, edge: EdgeId, content: Content) -> Refutation | None:
        """How these runs refute a type."""
        if edge not in self.runs[0].histories:
            return None
        first = self.runs[0].histories[edge]
        whole = self._whole(edge, content)
        for run in self.runs:
            other = run.histories[edge]
            why = (
                refuted_alone(content, other)
                or refuted(content, first, other, whole)
                or refuted_at_rest(content, other, run.rest)
            )
            if why is not None:
                graph = self.watched.graph
                source = graph.nodes[graph.edges[edge].source]
                target = graph.nodes[graph.edges[edge].target]
                return Refutation(
                    text=self.watched.text,
                    kind=self.kind,
                    edge=f"{source.name} -> {target.name}",
                    source=source,
                    content=content,
                    why=why,
                    one=whole if content.is_part else first,
                    other=other,
                )
        return None

    def _whole(self, edge: EdgeId, content: Content) -> History:
        """What comes where nothing is lost: if it is only messages that are lost, in the run as it is given; if an
        operator drops what does not come in the same tick, in the run in which all comes at once, without delays.
        """
        if not self._drops(edge, content):
            return self.runs[0].histories[edge]
        return None if _has_delays(self.watched.graph.nodes.values()) else self.runs[1].histories[edge]

    def _drops(self, edge: EdgeId, content: Content) -> bool:
        """Whether an operator before the edge drops what does not come in the same tick: also where nothing is lost. In
        a cycle the causes of what was a part before are not all told.
        """
        if any(cause.code in ("HF307", "HF309") for cause in content.because):
            return True
        without = self.watched.alike.edges.get(edge)
        return without is not None and (without.is_part or without.varies)


def _has_delays(nodes: Iterable[Node]) -> bool:
    return any(node.operator.defers for node in nodes)


def runs(watched: Watched, batches: Batches, kind: str, count: int, random: Random) -> Runs:
    """Runs of a flow in a class."""
    found = []
    for number, batch in enumerate(schedules(batches, RUN[kind], count, random)):
        quiet = [tick for tick in range(len(batch) + 1) if number > 1 and random.random() < 0.25]
        world = World(random=Random(random.random()), is_apart=RUN[kind].replication and number > 0)
        found.append(watched.run(batch, quiet, world))
    return Runs(watched=watched, kind=kind, runs=found)


def refutations(
    watched: Watched,
    batches: Batches,
    count: int,
    random: Random,
    typed: Callable[[Watched, Differences], Mapping[EdgeId, Content]] = lambda one, which: one.typing(which).edges,
) -> Iterator[Refutation]:
    """The types of all edges of a flow, in all classes, that runs of it refute."""
    for kind, differences in RUN.items():
        edges = typed(watched, differences)
        yield from runs(watched, batches, kind, count, random).refutations(edges)
