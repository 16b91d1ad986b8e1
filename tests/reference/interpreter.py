"""A slow interpreter of flows, plain enough to be believed: what the compiled engine is compared with.

There is no generated code, no subgraph and no handoff here. A stratum goes round by round: in each round every
operator, in the order of the text, takes what has arrived on its inputs and emits; when nothing is on its way any more
the stratum is at its fixpoint. Only the front of the compiler is used, up to the flat graph and its strata.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hydroflow_nb.ir.graph import EdgeId, Node, NodeId
from hydroflow_nb.operators import BY_NAME, RENAMED
from hydroflow_nb.operators.operator import Delay
from hydroflow_nb.passes.build import build
from hydroflow_nb.passes.check import check
from hydroflow_nb.passes.reduce import remove_needless_unions_and_tees
from hydroflow_nb.passes.stratify import stratify
from hydroflow_nb.source import Source
from hydroflow_nb.syntax import tree
from hydroflow_nb.syntax.parser import parse

Items = list[Any]
Inputs = Mapping[str, Items]


class TooMuch(Exception):
    """A flow that makes more items than the interpreter is patient for."""


class Clock:
    """What `context` is in arguments."""

    def __init__(self) -> None:
        self.tick = 0

    def current_tick(self) -> int:
        return self.tick


# --- the user's functions -------------------------------------------------------------------------------------------


def function(argument: tree.Argument, namespace: dict[str, Any]) -> Callable[..., Any]:
    """An argument that is a function, as Python would evaluate it."""
    if isinstance(argument, tree.Expression):
        made: Callable[..., Any] = evaluated(argument.node, namespace)
        return made
    closure = argument

    def call(*values: Any) -> Any:
        names: dict[str, Any] = {}
        for pattern, value in zip(closure.parameters, values, strict=True):
            bind(pattern, value, names)
        return evaluated(closure.body, {**namespace, **names})

    return call


def evaluated(node: ast.expr, namespace: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<argument>", "eval"), namespace)


def bind(pattern: tree.Pattern, value: Any, names: dict[str, Any]) -> None:
    if isinstance(pattern, tree.Binding):
        names[pattern.name] = value
    elif isinstance(pattern, tree.Sequence):
        for inner, part in zip(pattern.items, value, strict=True):
            bind(inner, part, names)


# --- operators ------------------------------------------------------------------------------------------------------


class Operator:
    """An operator of one flow: `begin_tick` forgets what lasts a tick, `step` takes what arrived and emits.

    `first` is true in an operator's first step of a tick, which happens in every tick, whether or not anything came.
    """

    default = "tick"

    def __init__(self, node: Node, namespace: dict[str, Any]) -> None:
        self.node = node
        self.lifetimes = [lifetime.name for lifetime in node.call.lifetimes] or [self.default]
        self.namespace = namespace
        self.start()

    def argument(self, index: int) -> Callable[..., Any]:
        return function(self.node.call.arguments[index], self.namespace)

    def static(self, side: int = 0) -> bool:
        """Whether a side is remembered for ever; one lifetime holds for both sides."""
        return self.lifetimes[min(side, len(self.lifetimes) - 1)] == "static"

    def start(self) -> None:
        pass

    def begin_tick(self) -> None:
        pass

    def step(self, first: bool, inputs: Inputs) -> Items:
        raise NotImplementedError


def everything(inputs: Inputs) -> Items:
    return [item for items in inputs.values() for item in items]


class SourceIter(Operator):
    def start(self) -> None:
        written = self.node.call.arguments[0]
        assert isinstance(written, tree.Expression)
        self.items = list(evaluated(written.node, self.namespace))

    def step(self, first: bool, inputs: Inputs) -> Items:
        items, self.items = self.items, []
        return items


class SourceStream(Operator):
    def start(self) -> None:
        self.batch: Items = []

    def step(self, first: bool, inputs: Inputs) -> Items:
        batch, self.batch = self.batch, []
        return batch


class Initialize(Operator):
    def start(self) -> None:
        self.items: Items = [()]

    def step(self, first: bool, inputs: Inputs) -> Items:
        items, self.items = self.items, []
        return items


class Spin(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        return [()] if first else []


class Null(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        return []


class Pass(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        return everything(inputs)


class Map(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        return [self.argument(0)(item) for item in everything(inputs)]


class Filter(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        return [item for item in everything(inputs) if self.argument(0)(item)]


class FilterMap(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        results = [self.argument(0)(item) for item in everything(inputs)]
        return [result for result in results if result is not None]


class FlatMap(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        return [part for item in everything(inputs) for part in self.argument(0)(item)]


class Flatten(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        return [part for item in everything(inputs) for part in item]


class Inspect(Operator):
    """`inspect` and `for_each`: call the function; what a `for_each` passes on nobody takes."""

    def step(self, first: bool, inputs: Inputs) -> Items:
        for item in everything(inputs):
            self.argument(0)(item)
        return everything(inputs)


class DestSink(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        target = self.argument(0)
        send = getattr(target, "send", target)
        for item in everything(inputs):
            send(item)
        return []


class Assert(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        assert all(self.argument(0)(item) for item in everything(inputs))
        return everything(inputs)


class Enumerate(Operator):
    def start(self) -> None:
        self.count = 0

    def begin_tick(self) -> None:
        if not self.static():
            self.count = 0

    def step(self, first: bool, inputs: Inputs) -> Items:
        items = everything(inputs)
        numbered = list(enumerate(items, self.count))
        self.count += len(items)
        return numbered


class Unique(Operator):
    def start(self) -> None:
        self.seen: set[Any] = set()

    def begin_tick(self) -> None:
        if not self.static():
            self.seen = set()

    def step(self, first: bool, inputs: Inputs) -> Items:
        fresh = []
        for item in everything(inputs):
            if item not in self.seen:
                self.seen.add(item)
                fresh.append(item)
        return fresh


class Persist(Operator):
    def start(self) -> None:
        self.items: Items = []

    def step(self, first: bool, inputs: Inputs) -> Items:
        old = list(self.items)
        new = everything(inputs)
        self.items += new
        return old + new if first else new


class MultisetDelta(Operator):
    def start(self) -> None:
        self.before: Counter[Any] = Counter()
        self.now: Counter[Any] = Counter()

    def begin_tick(self) -> None:
        self.before, self.now = self.now, Counter()

    def step(self, first: bool, inputs: Inputs) -> Items:
        more = []
        for item in everything(inputs):
            self.now[item] += 1
            if self.now[item] > self.before[item]:
                more.append(item)
        return more


class Sort(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        return sorted(everything(inputs))


class SortByKey(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        return sorted(everything(inputs), key=self.argument(0))


def applied(f: Callable[[Any, Any], Any], accumulator: Any, item: Any) -> Any:
    """The new accumulator; where a function returns None it has changed the one it was given."""
    result = f(accumulator, item)
    return accumulator if result is None else result


class Fold(Operator):
    def start(self) -> None:
        self.accumulator = self.argument(0)()

    def begin_tick(self) -> None:
        if not self.static():
            self.accumulator = self.argument(0)()

    def step(self, first: bool, inputs: Inputs) -> Items:
        for item in everything(inputs):
            assert first, "a blocking operator has all of its input at once"
            self.accumulator = applied(self.argument(1), self.accumulator, item)
        return [copy.copy(self.accumulator)] if first else []


class Reduce(Operator):
    def start(self) -> None:
        self.accumulators: Items = []  # one, or none before the first item

    def begin_tick(self) -> None:
        if not self.static():
            self.accumulators = []

    def step(self, first: bool, inputs: Inputs) -> Items:
        for item in everything(inputs):
            assert first, "a blocking operator has all of its input at once"
            if self.accumulators:
                self.accumulators = [applied(self.argument(0), self.accumulators[0], item)]
            else:
                self.accumulators = [item]
        return copy.copy(self.accumulators) if first else []


class FoldKeyed(Operator):
    def start(self) -> None:
        self.table: dict[Any, Any] = {}

    def begin_tick(self) -> None:
        if not self.static():
            self.table = {}

    def add(self, key: Any, value: Any) -> None:
        before = self.table[key] if key in self.table else self.argument(0)()
        self.table[key] = applied(self.argument(1), before, value)

    def step(self, first: bool, inputs: Inputs) -> Items:
        for key, value in everything(inputs):
            assert first, "a blocking operator has all of its input at once"
            self.add(key, value)
        return [(key, copy.copy(value)) for key, value in self.table.items()] if first else []


class ReduceKeyed(FoldKeyed):
    def add(self, key: Any, value: Any) -> None:
        self.table[key] = applied(self.argument(0), self.table[key], value) if key in self.table else value


class Join(Operator):
    """All joins: in a tick, once all has come, exactly the matches of all that the two sides hold were emitted."""

    distinct = True
    keyed = True

    def start(self) -> None:
        self.sides: list[Items] = [[], []]

    def begin_tick(self) -> None:
        self.sides = [side if self.static(index) else [] for index, side in enumerate(self.sides)]
        self.emitted: Counter[Any] = Counter()

    def step(self, first: bool, inputs: Inputs) -> Items:
        for side, port in zip(self.sides, ("0", "1"), strict=True):
            for item in inputs[port]:
                if not self.distinct or item not in side:
                    side.append(item)
        if self.keyed:
            matches = [(k, (a, b)) for k, a in self.sides[0] for key, b in self.sides[1] if k == key]
        else:
            matches = [(a, b) for a in self.sides[0] for b in self.sides[1]]
        new = list((Counter(matches) - self.emitted).elements())
        self.emitted += Counter(new)
        return new


class JoinMultiset(Join):
    distinct = False


class CrossJoin(Join):
    keyed = False


class CrossJoinMultiset(Join):
    keyed = False
    distinct = False


class Difference(Operator):
    @staticmethod
    def key(item: Any) -> Any:
        return item

    def start(self) -> None:
        self.pos: Items = []
        self.neg: set[Any] = set()

    def begin_tick(self) -> None:
        if not self.static(0):
            self.pos = []
        if not self.static(1):
            self.neg = set()

    def step(self, first: bool, inputs: Inputs) -> Items:
        assert first or not inputs["neg"], "all of `neg` has come before"
        self.neg.update(inputs["neg"])
        self.pos += inputs["pos"]
        looked_at = self.pos if first else inputs["pos"]
        return [item for item in looked_at if self.key(item) not in self.neg]


class AntiJoin(Difference):
    @staticmethod
    def key(item: Any) -> Any:
        return item[0]


CLASSES: dict[str, type[Operator]] = {
    "source_iter": SourceIter,
    "source_stream": SourceStream,
    "initialize": Initialize,
    "spin": Spin,
    "null": Null,
    "map": Map,
    "filter": Filter,
    "filter_map": FilterMap,
    "flat_map": FlatMap,
    "flatten": Flatten,
    "identity": Pass,
    "inspect": Inspect,
    "for_each": Inspect,
    "dest_sink": DestSink,
    "assert": Assert,
    "union": Pass,
    "tee": Pass,
    "next_stratum": Pass,
    "defer_tick": Pass,
    "defer_tick_lazy": Pass,
    "enumerate": Enumerate,
    "unique": Unique,
    "persist": Persist,
    "multiset_delta": MultisetDelta,
    "sort": Sort,
    "sort_by_key": SortByKey,
    "fold": Fold,
    "reduce": Reduce,
    "fold_keyed": FoldKeyed,
    "reduce_keyed": ReduceKeyed,
    "join": Join,
    "join_multiset": JoinMultiset,
    "cross_join": CrossJoin,
    "cross_join_multiset": CrossJoinMultiset,
    "difference": Difference,
    "anti_join": AntiJoin,
}


# --- ticks and strata -----------------------------------------------------------------------------------------------


class Interpreter:
    """Runs a flow's text tick by tick. The functions of `for_each` are those of the namespace that it is given.

    `sent` holds for each edge what went into it in the last tick, `received` what came out of it.
    """

    def __init__(self, text: str, namespace: Mapping[str, Any], patience: int = 20_000) -> None:
        parsed = parse(Source(text=text, label="reference", filename="<reference>"))
        built = build(parsed.flow, "reference", BY_NAME, RENAMED)
        found = [*parsed.diagnostics, *built.diagnostics, *check(built.graph, built.starved)]
        assert not [diagnostic for diagnostic in found if diagnostic.is_error], found
        self.graph = built.graph
        remove_needless_unions_and_tees(self.graph)
        self.strata, cycles = stratify(self.graph)
        assert not cycles, cycles
        self.clock = Clock()
        self.patience = patience
        names = {**namespace, "context": self.clock}
        self.operators: dict[NodeId, Operator] = {
            node.id: CLASSES[node.operator.name](node, names) for node in self.graph.nodes.values()
        }
        self.pending: dict[EdgeId, Items] = {edge: [] for edge in self.graph.edges}
        self.deferred: dict[EdgeId, Items] = {edge: [] for edge in self.graph.edges}
        self.sent: dict[EdgeId, Items] = {}
        self.received: dict[EdgeId, Items] = {}

    def run_tick(self, batches: Mapping[str, Sequence[Any]]) -> None:
        """Run one tick; `batches` gives what waits in each channel, by the text of the `source_stream`'s argument."""
        self.sent = {edge: [] for edge in self.graph.edges}
        self.received = {edge: [] for edge in self.graph.edges}
        for operator in self.operators.values():
            operator.begin_tick()
            if isinstance(operator, SourceStream):
                operator.batch = list(batches.get(operator.node.call.arguments[0].span.text, ()))
        for stratum in range(1 + max(self.strata.values())):
            self.run_stratum([node for node in self.graph.nodes if self.strata[node] == stratum])
        assert not any(self.pending.values())
        self.pending, self.deferred = self.deferred, self.pending
        self.clock.tick += 1

    def run_stratum(self, nodes: list[NodeId]) -> None:
        first = True
        while first or any(self.pending[edge.id] for node in nodes for edge in self.graph.inputs(node)):
            for node in nodes:
                self.step(node, first)
            first = False

    def step(self, node: NodeId, first: bool) -> None:
        inputs: dict[str, Items] = {}
        for edge in self.graph.inputs(node):
            inputs.setdefault(edge.target_port.text, []).extend(self.pending[edge.id])
            self.received[edge.id] += self.pending[edge.id]
            self.pending[edge.id] = []
        emitted = self.operators[node].step(first, inputs)
        for edge in self.graph.outputs(node):
            waits = self.graph.delay(edge) in (Delay.TICK, Delay.LAZY)
            (self.deferred if waits else self.pending)[edge.id].extend(emitted)
            self.sent[edge.id] += emitted
            self.patience -= len(emitted)
        if self.patience < 0:
            raise TooMuch

    def is_scheduled(self) -> bool:
        """Whether a further tick is due with no input waiting."""
        return any(isinstance(operator, Spin) for operator in self.operators.values()) or any(
            items and self.graph.delay(self.graph.edges[edge]) is Delay.TICK for edge, items in self.pending.items()
        )
