"""The direct causes of all items of a recording, as data: who has no kernel walks from cause to cause in them.

All of it is numbers and texts. A cause is `[words, causes]`: the number of its sentence, and the numbers of the
causes that it was made of, -1 for one that is not there, and -n for n - 1 more that follow the one before; a third
part says what is seldom: `absent`, `doubt`, `origin`, of a state that was read, `$name`, the `state` itself, and of
an item that came by a message in a network `from`: the message, and where its sender put it, which may be in another
node. Causes are numbered by what they were put onto: `sent` has of each edge and step the numbers of its items,
`taken` those of items that were taken from a handoff, whose causes are those of the items that were put into it.
`edges` says of each edge its place and who puts items onto it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from hydroflow_nb.engine.quiet import quiet
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.ir.text import input_names
from hydroflow_nb.trace.recording import Recording
from hydroflow_nb.why.asking import asking_about
from hydroflow_nb.why.carried import Seen
from hydroflow_nb.why.cause import Cause
from hydroflow_nb.why.derivation import Deriving

# The characters of a sentence: values are named in it.
_LONGEST: Final = 300
_LEFT_OUT: Final = -1
# The characters of a stretch of lots, without the name of its edge.
_STRETCH: Final = 30
# Of a function that sleeps the time that passes counts: so many times the processor time that it may take.
_PATIENCE: Final = 3


def direct_causes(
    graph: PartitionedGraph,
    recording: Recording,
    names: Mapping[str, Any],
    *,
    since: int,
    seconds: float,
    room: int,
    deriving: Deriving | None = None,
    link: Callable[[Seen], Sequence[Any] | None] = lambda _: None,
) -> tuple[str, int]:
    """The direct causes of the items of the ticks from `since` on, as JSON of at most so many characters, and of how
    many items they are not in it. The newest ticks come first, with all that they are made of; after so many seconds of
    processor time no function is called any more. What functions print is not seen. `link` gives of an item that came
    from outside the message by which it came, and where its sender put it, as a cause's `from` has it.
    """
    deriving = deriving or Deriving(asking_about(graph, recording, names), input_names(graph))
    carried = deriving.asking.carried
    items = [seen for lots in carried.lots.values() for lot in lots if lot.tick >= since for seen in lot.items]
    items.sort(key=lambda seen: -seen.lot.tick)
    used, waited = time.thread_time() + seconds, time.perf_counter() + _PATIENCE * seconds
    with quiet():
        causes = deriving.every(items, lambda: time.thread_time() < used and time.perf_counter() < waited)
    links = {id(cause): found for cause, seen in deriving.take_arrived() if (found := link(seen)) is not None}
    written = _Written(deriving, causes, since, links)
    return written.fitting(items, room)


class _Written:
    """Causes with their numbers."""

    def __init__(
        self, deriving: Deriving, causes: Mapping[int, Cause], since: int, links: Mapping[int, Sequence[Any]]
    ) -> None:
        self._deriving = deriving
        self._links = links
        some = [cause for cause in causes.values() if cause.tick >= since]
        # Of what stands last most is left out where room is short.
        self._causes = sorted(some, key=lambda cause: (-cause.tick, cause.step, cause.edge, cause.index))
        self._numbers = {id(cause): number for number, cause in enumerate(self._causes)}
        self._words: dict[str, int] = {}

    def fitting(self, items: Sequence[Seen], room: int) -> tuple[str, int]:
        """As JSON that fits."""
        texts: list[str] = []
        left = room
        graph = self._deriving.asking.carried.graph
        taken = {wire.element for wire in graph.wires if wire.edge.id in graph.handoffs}
        before: tuple[object, ...] = ()
        for cause in self._causes:
            known = len(self._words)
            text = _json(self._cause(cause))
            # A stretch of the lots holds those of one step that follow each other.
            here = (cause.edge, cause.tick, cause.step)
            is_begun = before != (*here, cause.index - 1)
            before = (*here, cause.index)
            place = (_STRETCH + len(cause.edge)) * (1 + (cause.edge in taken)) if is_begun else 0
            left -= len(text) + 1 + place + sum(len(_json(words)) + 1 for words in list(self._words)[known:])
            if left < 0:
                break
            texts.append(text)
        count = len(texts)
        lots, missing = self._lots(items, count)
        head = {"words": list(self._words), "edges": self._edges(), **lots}
        return f'{_json(head)[:-1]},"causes":[{",".join(texts)}]}}', missing

    def _cause(self, cause: Cause) -> list[Any]:
        seldom: dict[str, Any] = {}
        if cause.absent:
            seldom["absent"] = [self._word(words) for words in cause.absent[:20]]
        if cause.doubt:
            seldom["doubt"] = self._word(cause.doubt)
        if cause.origin:
            seldom["origin"] = cause.origin
        if id(cause) in self._links:
            seldom["from"] = self._links[id(cause)]
        if cause.is_state:
            fields = (cause.text[:200], cause.place, cause.edge, cause.tick, cause.step, cause.element, cause.operator)
            seldom["state"] = fields
        causes = [self._numbers.get(id(one), _LEFT_OUT) for one in cause.causes]
        return [self._word(cause.because), _packed(causes), *([seldom] if seldom else [])]

    def _word(self, words: str) -> int:
        cut = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
        return self._words.setdefault(cut, len(self._words))

    def _edges(self) -> dict[str, Any]:
        """Of each edge its place, the operator that puts items onto it, its input, and whether it only hands on."""
        carried = self._deriving.asking.carried
        found = {}
        for wire in carried.graph.wires:
            node = carried.graph.nodes[wire.edge.source]
            said = (self._deriving.place_of(wire.edge), node.element, node.operator.name, self._deriving.input_of(node))
            found[wire.element] = [*said, int(self._deriving.hands_on(node))]
        return found

    def _lots(self, items: Iterable[Seen], count: int) -> tuple[dict[str, Any], int]:
        """The numbers of the items, as stretches `[edge, tick, step, index, number, length]`; how many have none."""
        lots: dict[str, list[list[Any]]] = {"sent": [], "taken": []}
        missing = 0
        for seen in items:
            cause = self._deriving.cause_of(seen)
            number = _LEFT_OUT if cause is None else self._numbers.get(id(cause), _LEFT_OUT)
            if cause is None or not 0 <= number < count:
                missing += 1
                continue
            lot = seen.lot
            key = [lot.wire.element, lot.tick, lot.step]
            kind = lots["sent" if key == [cause.edge, cause.tick, cause.step] else "taken"]
            if kind and kind[-1][:3] == key:
                index, first, length = kind[-1][3:]
                if (seen.index, number) == (index + length, first + length):
                    kind[-1][5] += 1
                    continue
            kind.append([*key, seen.index, number, 1])
        return lots, missing


def _packed(numbers: Sequence[int]) -> list[int]:
    """Numbers, with one in place of those that follow each other."""
    found: list[int] = []
    following = 0
    for place, number in enumerate(numbers):
        if place and number == numbers[place - 1] + 1 > 0:
            following += 1
            continue
        if following:
            found.append(-following - 1)
        following = 0
        found.append(number)
    return [*found, -following - 1] if following else found


def _json(data: Any) -> str:
    """JSON as a script element may hold it."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
