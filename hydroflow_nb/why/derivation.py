"""A derivation: which items on which edges in which ticks made an item, back to inputs and literals.

It is a graph in which each item stands once, however many others it explains; it is made and shown without recursion,
so a run of thousands of ticks is no deeper than another one.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.ir.graph import Edge, Node, NodeId
from hydroflow_nb.ir.place import Places
from hydroflow_nb.operators.explaining.explaining import Arrival, Because, Since, Undecided
from hydroflow_nb.operators.record.facts import Shape
from hydroflow_nb.why.again import Again, RunsAgain
from hydroflow_nb.why.carried import Moment, Seen
from hydroflow_nb.why.cause import Cause
from hydroflow_nb.why.circles import circular, untie
from hydroflow_nb.why.gates import Gates
from hydroflow_nb.why.shown import as_html, as_text
from hydroflow_nb.why.view import Asking, NodeView, view_of

# A message with the name of its channel, beside an address, as it is sent and as it is taken in.
_TAGGED: Final = re.compile(
    r"\(\{'channel': '[^']*', 'item': (.*)\}, .*\)|\([\w()]+: (.*), (?:\(.*\)|[^,]*)\)", re.DOTALL
)
# More items than these are not followed.
MOST_STEPS: Final = 20_000


class Derivation:
    """Why an item was where it was, as a tree: `print` it, display it, or take it apart.

    `root` is the item with its `causes`, each of them a `Cause` with causes of its own, back to inputs and literals.
    `inputs` are the items of inputs that are cited, by the name of the input and the tick: run anew on them alone, the
    flow gives the item again, as far as nothing had to be absent.
    """

    def __init__(self, root: Cause, names: Mapping[str, NodeId]) -> None:
        self.root = root
        self._names = names

    @property
    def item(self) -> Any:
        """The item."""
        return self.root.item

    @property
    def place(self) -> str:
        """The edge that it was put onto, as the text of the flow names it."""
        return self.root.place

    @property
    def tick(self) -> int:
        """The tick in which it was put there."""
        return self.root.tick

    @property
    def causes(self) -> Sequence[Cause]:
        """What made it."""
        return self.root.causes

    @cached_property
    def steps(self) -> Sequence[Cause]:
        """All items of the tree, each once: the item first, then what is nearer before what is farther."""
        found = {id(self.root): self.root}
        waiting = deque([self.root])
        while waiting:
            for cause in waiting.popleft().causes:
                if id(cause) not in found:
                    found[id(cause)] = cause
                    waiting.append(cause)
        return list(found.values())

    @cached_property
    def inputs(self) -> Mapping[str, Mapping[int, Sequence[Any]]]:
        """The items of inputs that are cited: for each input, by name, and each tick the items in the order in which
        they came. Empty where it was made of literals alone.
        """
        return self._inputs_of(self.steps)

    @property
    def cited(self) -> Mapping[str, Mapping[int, Sequence[Any]]]:
        """The same by the names that are shown."""
        return self.inputs

    @staticmethod
    def _inputs_of(causes: Iterable[Cause]) -> Mapping[str, Mapping[int, Sequence[Any]]]:
        found: dict[str, dict[int, list[Cause]]] = {}
        for cause in causes:
            if cause.origin == "input":
                found.setdefault(cause.input, {}).setdefault(cause.tick, []).append(cause)
        return {
            name: {
                tick: [one.item for one in sorted(some, key=lambda one: (one.step, one.index))]
                for tick, some in sorted(ticks.items())
            }
            for name, ticks in sorted(found.items())
        }

    @property
    def literals(self) -> Sequence[Cause]:
        """The items that stand in the text, or come by themselves."""
        return [cause for cause in self.steps if cause.origin not in ("", "input")]

    @property
    def absent(self) -> Sequence[str]:
        """What had to be absent, each with its place and tick; empty where the item depends on what came alone."""
        return list(
            dict.fromkeys(
                f"{words} (`{cause.operator}`, tick {cause.tick})" for cause in self.steps for words in cause.absent
            )
        )

    @property
    def doubts(self) -> Sequence[str]:
        """Where the tree is not certain, and why; empty where all of it is exact."""
        return list(
            dict.fromkeys(
                f"{cause.doubt} (`{cause.operator}`, tick {cause.tick})" for cause in self.steps if cause.doubt
            )
        )

    @property
    def is_exact(self) -> bool:
        """True where nothing is in doubt."""
        return not any(cause.doubt for cause in self.steps)

    @property
    def is_monotone(self) -> bool:
        """True where nothing had to be absent: on the cited inputs alone the flow gives the item again."""
        return self.is_exact and not any(cause.absent for cause in self.steps)

    def to_dict(self, most: int = 2_000) -> dict[str, Any]:
        """As JSON: the causes as a list, nearer ones first, each with the places of its causes in the list."""
        some = self.steps[:most]
        places = {id(cause): place for place, cause in enumerate(some)}
        return {
            "steps": [
                {
                    "text": cause.text[:200],
                    "place": cause.place,
                    "edge": cause.edge,
                    "tick": cause.tick,
                    "step": cause.step,
                    "index": cause.index,
                    "op": cause.element,
                    "operator": cause.operator,
                    "because": cause.because,
                    "absent": list(cause.absent),
                    "doubt": cause.doubt,
                    "origin": cause.origin,
                    "input": cause.input,
                    "state": cause.is_state,
                    "hands": cause.hands_on,
                    **({"node": cause.node, "life": cause.life, "message": cause.message} if cause.node else {}),
                    "causes": [places[id(one)] for one in cause.causes if id(one) in places],
                }
                for cause in some
            ],
            "more": len(self.steps) - len(some),
        }

    def __iter__(self) -> Iterator[Cause]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __str__(self) -> str:
        return as_text(self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": as_html(self)}


class Deriving:
    """Makes derivations from a recording."""

    def __init__(
        self,
        asking: Asking,
        names: Mapping[str, NodeId],
        *,
        runs_again: RunsAgain | None = None,
        node: str = "",
        life: int = 0,
    ) -> None:
        self.asking = asking
        self._node = node
        self._life = life
        self._arrived: list[tuple[Cause, Seen]] = []
        self.names = names
        self._input_of = {node: name for name, node in names.items()}
        self._places = Places(asking.carried.graph)
        self._gates = Gates(asking.carried)
        self._again = Again(asking, runs_again) if runs_again is not None else None
        self._place_texts: dict[int, str] = {}
        self._causes: dict[object, Cause] = {}
        # By the `id` of a cause: what may have made it in place of its first cause.
        self._instead: dict[int, Sequence[Arrival]] = {}
        self._waiting: list[tuple[Cause, Seen | tuple[NodeId, Moment, str]]] = []

    def of(self, seen: Seen) -> Derivation:
        """The derivation of an item that was seen on a wire."""
        return Derivation(self.follow(seen), self.names)

    def follow(self, seen: Seen) -> Cause:
        """The cause of an item, with all that it was made of."""
        root = self._cause(seen)
        self._explain_all()
        self._untie(Derivation(root, self.names).steps)
        return root

    def _explain_all(self) -> None:
        while self._waiting:
            if len(self._causes) > MOST_STEPS:
                for cause, _ in self._waiting:
                    cause.doubt = f"the tree has more than {MOST_STEPS:,} items: what made this one is left out"
                self._waiting.clear()
                break
            self._explain_next()

    def take_arrived(self) -> Sequence[tuple[Cause, Seen]]:
        """The causes that came from outside since it was asked last."""
        found, self._arrived = self._arrived, []
        return found

    def _untie(self, causes: Iterable[Cause]) -> None:
        """Choose among equal items so that none explains itself."""
        known = list(causes)
        waiting = list(circular(known).values())
        if not waiting:
            return
        found = {id(cause): cause for cause in known}
        asked: set[int] = set()
        instead: dict[int, list[Cause]] = {}
        while waiting:
            cause = waiting.pop()
            if id(cause) in asked:
                continue
            asked.add(id(cause))
            found[id(cause)] = cause
            others = [self._cause(self.asking.seen[one.key]) for one in self._instead.get(id(cause), ())]
            self._explain_all()
            instead[id(cause)] = others
            waiting += [one for one in (*cause.causes, *others) if id(one) not in asked]
        untie(found.values(), instead)

    def every(self, items: Iterable[Seen], goes_on: Callable[[], bool]) -> Mapping[int, Cause]:
        """The causes of many items and of all that they are made of, as long as it goes on, by the `id` of a cause.
        What a cause is made of may be none of them: time was up before it was explained.
        """
        for seen in items:
            self._cause(seen)
            while self._waiting and goes_on():
                self._explain_next()
            if self._waiting:
                break
        left_out = {id(cause) for cause, _ in self._waiting}
        self._waiting.clear()
        self._untie(self._causes.values())
        return {id(cause): cause for cause in self._causes.values() if id(cause) not in left_out}

    def cause_of(self, seen: Seen) -> Cause | None:
        """The cause of an item, if it was asked about."""
        sent = self.asking.carried.sender(seen)
        return self._causes.get((sent or seen).key)

    def _explain_next(self) -> None:
        cause, of = self._waiting.pop()
        if isinstance(of, Seen):
            self._explain(cause, of)
        else:
            self._explain_state(cause, *of)

    def place_of(self, edge: Edge) -> str:
        """The text of an edge."""
        if edge.id not in self._place_texts:
            self._place_texts[edge.id] = self._places.place_of(edge)
        return self._place_texts[edge.id]

    def input_of(self, node: Node) -> str:
        """The name of the input that a node reads; empty for another one."""
        return self._input_of.get(node.id, "")

    @staticmethod
    def hands_on(node: Node) -> bool:
        """Whether a node only hands on what comes."""
        is_made = node.made is not None and not node.operator.facts.meets_network
        return is_made or node.operator.transparent or node.operator.facts.shape is not Shape.PLAIN

    def _cause(self, arrived: Seen) -> Cause:
        """The item as it was put onto its edge."""
        sent = self.asking.carried.sender(arrived)
        seen = sent or arrived
        known = self._causes.get(seen.key)
        if known is not None:
            return known
        node = self.asking.carried.graph.nodes[seen.lot.wire.edge.source]
        cause = Cause(
            item=seen.kept,
            text=_item_text(node, seen.text),
            place=self.place_of(seen.lot.wire.edge) if not node.sends else f"~> {node.sends.partition('>')[2]}",
            edge=seen.lot.wire.element,
            tick=seen.lot.tick,
            step=seen.lot.step,
            index=seen.index,
            operator=node.word,
            element=node.element,
            hands_on=self.hands_on(node),
            node=self._node,
            life=self._life,
        )
        self._causes[seen.key] = cause
        if sent is None:
            cause.because = "put it there"
            cause.doubt = self.asking.carried.began or "when it was put there is not recorded"
        else:
            self._waiting.append((cause, sent))
        return cause

    def _explain(self, cause: Cause, seen: Seen) -> None:
        view = view_of(self.asking, seen)
        because = self._because(view)
        if because.doubt and self._again is not None and view.node.operator.explains.one_by_one:
            because = self._again.settled(view, because)
        self._fill(cause, because, view.node)
        if cause.origin == "input":
            self._arrived.append((cause, seen))
        if because.instead:
            self._instead[id(cause)] = because.instead
        if view.node.loop is not None:
            opener = self._gates.opener(
                view.node.loop, seen.lot.period, [self.asking.seen[item.key] for item in because.items]
            )
            if opener is not None:
                cause.because += f"; its loop fires for {opener.text:.200}"
                cause.causes.append(self._cause(opener))
        if not view.node.operator.explains.tells_reads:
            self._add_reads(cause, view)

    def _because(self, view: Any) -> Because:
        try:
            return view.node.operator.explains.because(view)  # type: ignore[no-any-return]
        except Undecided as undecided:
            # All that came in the same run may have had a part.
            return Because(words="made it", items=view.came("*", Since.RUN)[:200], doubt=str(undecided))

    def _fill(self, cause: Cause, because: Because, node: Node) -> None:
        cause.because = because.words
        if node.made is not None and not node.operator.facts.meets_network:
            cause.because = "sent it" if node.sends else "took it in"
        cause.absent = tuple(because.absent)
        cause.doubt = because.doubt
        if because.origin is not None:
            cause.origin = because.origin
            cause.input = self.input_of(node) if because.origin == "input" else ""
        cause.causes = [self._cause(self.asking.seen[item.key]) for item in because.items]

    # --- states that are read ----------------------------------------------------------------------------------------

    def _add_reads(self, cause: Cause, view: NodeView) -> None:
        graph = self.asking.carried.graph
        for read in graph.flat.reads_by(view.node.id):
            key = (read.source, view.moment, view.period)
            state = self._causes.get(key)
            if state is None:
                node = graph.nodes[read.source]
                state = Cause(
                    item=None,
                    text=f"${read.name}",
                    place=self._places.place_of(node),
                    edge=read.element,
                    tick=view.tick,
                    step=view.moment[1],
                    index=0,
                    operator=node.operator.name,
                    element=node.element,
                    is_state=True,
                    node=self._node,
                    life=self._life,
                )
                self._causes[key] = state
                self._waiting.append((state, (read.source, view.moment, read.name)))
            cause.causes.append(state)

    def _explain_state(self, cause: Cause, source: NodeId, moment: Moment, name: str) -> None:
        node = self.asking.carried.graph.nodes[source]
        try:
            value, because = self.asking.state(source, moment)
        except Undecided as undecided:
            view = NodeView(asking=self.asking, node=node, port="", moment=moment, period=None)
            since = view.lifetime()
            because = Because(words="is made of what came", items=view.came("*", since)[:200], doubt=str(undecided))
        else:
            cause.item, cause.text = value, f"${name} = {shown(value)}"
        self._fill(cause, because, node)


def _item_text(node: Node, text: str) -> str:
    """The text of an item; at what was made for a `~>` that of the item of a person in it."""
    found = _TAGGED.fullmatch(text) if node.made is not None else None
    return (found[1] or found[2]) if found else text
