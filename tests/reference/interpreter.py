"""A slow interpreter of flows, plain enough to be believed: what the compiled engine is compared with.

There is no generated code, no subgraph and no handoff here. A stratum goes operator by operator, each after those that
it gets items from; operators on a cycle go round by round: in each round every one of them, in the order of the text,
takes what has arrived on its inputs and emits, until nothing is on its way any more. A loop
is run as often as it fires. Only the front of the compiler is
used, up to the flat graph and its strata.

Lattice values are never changed here: what is merged is a new value.
"""

from __future__ import annotations

import ast
import asyncio
import copy
import enum
import functools
import itertools
import time
from collections import Counter, namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import polars

from hydroflow_nb import expressions, lattices
from hydroflow_nb.ir.algorithms import components
from hydroflow_nb.ir.graph import Edge, EdgeId, LoopId, Node, NodeId
from hydroflow_nb.operators.record.operator import InputDelay
from hydroflow_nb.passes.build import build
from hydroflow_nb.passes.levels import levels_of
from hydroflow_nb.passes.pipeline import STRATIFY, Compilation, run, through
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse

Items = list[Any]
Inputs = Mapping[str, Items]
# What comes out: the same at every output, or by the ports.
Outputs = Items | dict[str, Items]


# Of processor time, for a flow with all of its ticks. Most take some milliseconds.
MOST_SECONDS = 10


class TooMuch(Exception):
    """A flow that makes more items than the interpreter is patient for."""


class Clock:
    """What `context` is in arguments."""

    def __init__(self) -> None:
        self.tick = 0

    def current_tick(self) -> int:
        return self.tick


# --- the user's functions -------------------------------------------------------------------------------------------


def function(argument: expressions.Argument, namespace: dict[str, Any]) -> Callable[..., Any]:
    """An argument that is a function, as Python would evaluate it."""
    if isinstance(argument, expressions.Expression):
        made: Callable[..., Any] = evaluated(argument.node, namespace)
        return made
    closure = argument

    def call(*values: Any) -> Any:
        names: dict[str, Any] = {}
        for pattern, value in zip(closure.parameters, values, strict=True):
            bind(pattern, value, names, namespace)
        return evaluated(closure.body, {**namespace, **names})

    return call


def evaluated(node: ast.expr, namespace: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<argument>", "eval"), namespace)


def bind(pattern: expressions.Pattern, value: Any, names: dict[str, Any], namespace: dict[str, Any]) -> None:
    if isinstance(pattern, expressions.Binding):
        names[pattern.name] = value
    elif isinstance(pattern, expressions.Instance):
        kind = evaluated(ast.parse(".".join(pattern.path), mode="eval").body, namespace)
        assert isinstance(value, kind)
        bind_parts(pattern.items, [getattr(value, name) for name in kind.__match_args__], names, namespace)
    elif isinstance(pattern, expressions.Sequence):
        if not isinstance(value, Iterable):
            value = [getattr(value, name) for name in type(value).__match_args__]
        bind_parts(pattern.items, list(value), names, namespace)


def bind_parts(
    patterns: Sequence[expressions.Pattern], values: Items, names: dict[str, Any], namespace: dict[str, Any]
) -> None:
    for index, pattern in enumerate(patterns):
        if isinstance(pattern, expressions.Rest):
            behind = patterns[index + 1 :]
            until = len(values) - len(behind)
            names[pattern.name] = values[index:until]
            bind_parts(behind, values[until:], names, namespace)
            return
        bind(pattern, values[index], names, namespace)
    assert len(values) == len(patterns)


# --- operators ------------------------------------------------------------------------------------------------------


class Operator:
    """An operator of one flow: `begin_tick` forgets what lasts a tick, `step` takes what arrived and emits.

    `first` is true in an operator's first step of a tick, which happens in every tick, whether or not anything came.
    """

    default = "tick"

    def __init__(self, node: Node, namespace: dict[str, Any], ports: list[str]) -> None:
        self.node = node
        self.ports = ports  # of its outputs
        self.lifetimes = [lifetime.name for lifetime in node.call.lifetimes] or [self.default]
        self.namespace = namespace
        self.start()

    def argument(self, index: int) -> Callable[..., Any]:
        return function(self.node.call.arguments[index], self.namespace)

    def value(self, index: int = 0) -> Any:
        """An argument that is no function."""
        written = self.node.call.arguments[index]
        assert isinstance(written, expressions.Expression)
        return evaluated(written.node, self.namespace)

    def type_argument(self, index: int = 0) -> Any:
        return evaluated(self.node.call.type_arguments[index].node, self.namespace)

    def static(self, side: int = 0) -> bool:
        """Whether a side is remembered for ever; one lifetime holds for both sides."""
        return self.lifetimes[min(side, len(self.lifetimes) - 1)] == "static"

    def start(self) -> None:
        pass

    def begin_tick(self) -> None:
        pass

    def step(self, first: bool, inputs: Inputs) -> Outputs:
        raise NotImplementedError

    def published(self) -> Any:
        """What `$name` of it reads, once it is complete."""
        raise NotImplementedError


def everything(inputs: Inputs) -> Items:
    return [item for items in inputs.values() for item in items]


class SourceIter(Operator):
    def start(self) -> None:
        self.items = list(self.value())

    def step(self, first: bool, inputs: Inputs) -> Items:
        items, self.items = self.items, []
        return items


class SourceFrame(SourceIter):
    def value(self, index: int = 0) -> Any:
        table = super().value(index)
        row = namedtuple("row", table.columns)  # type: ignore[misc]
        return [row(*values) for values in table.iter_rows()]


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


class DestFrame(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        kinds, items = self.value(0), everything(inputs)
        rows = [item if isinstance(item, tuple) else (item,) for item in items]
        assert all(len(row) == len(kinds) for row in rows)
        for row in rows:
            for value, kind in zip(row, kinds.values(), strict=True):
                assert value is None or type(value) is kind
        if rows:
            self.argument(1)(polars.DataFrame(rows, schema=kinds, orient="row"))
        return []


class Assert(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        assert all(self.argument(0)(item) for item in everything(inputs))
        return everything(inputs)


class AssertEq(Operator):
    def start(self) -> None:
        self.expected = list(self.value())

    def step(self, first: bool, inputs: Inputs) -> Items:
        items = everything(inputs)
        assert items == self.expected[: len(items)]
        del self.expected[: len(items)]
        return items


class Unzip(Operator):
    def step(self, first: bool, inputs: Inputs) -> Outputs:
        items = everything(inputs)
        return {"0": [left for left, _ in items], "1": [right for _, right in items]}


class Gifts:
    """An output of `demux`."""

    def __init__(self) -> None:
        self.items: Items = []

    def give(self, item: Any) -> None:
        self.items.append(item)


def names_of_outputs(argument: expressions.Argument) -> list[str] | None:
    """The names in the second pattern of a closure."""
    if isinstance(argument, expressions.Closure) and len(argument.parameters) == 2:
        pattern = argument.parameters[1]
        if isinstance(pattern, expressions.Sequence):
            return [inner.name for inner in pattern.items if isinstance(inner, expressions.Binding)]
    return None


class Demux(Operator):
    def step(self, first: bool, inputs: Inputs) -> Outputs:
        names = names_of_outputs(self.node.call.arguments[0])
        assert names is not None
        gifts = {name: Gifts() for name in names}
        for item in everything(inputs):
            self.argument(0)(item, list(gifts.values()))
        return {name: output.items for name, output in gifts.items()}


class Partition(Operator):
    def chosen(self, item: Any) -> str:
        written = self.node.call.arguments[0]
        names = names_of_outputs(written)
        if names is not None:
            return str(self.argument(0)(item, names))
        if isinstance(written, expressions.Closure) and len(written.parameters) == 2:
            return str(self.argument(0)(item, len(self.ports)))
        return str(self.argument(0)(item))

    def step(self, first: bool, inputs: Inputs) -> Outputs:
        outputs: dict[str, Items] = {port: [] for port in self.ports}
        for item in everything(inputs):
            outputs[self.chosen(item)].append(item)
        return outputs


class DemuxEnum(Operator):
    def step(self, first: bool, inputs: Inputs) -> Outputs:
        outputs: dict[str, Items] = {port: [] for port in self.ports}
        for item in everything(inputs):
            names = [item.name] if isinstance(item, enum.Enum) else [kind.__name__ for kind in type(item).__mro__]
            outputs[next(name for name in names if name in outputs)].append(item)
        return outputs


class ChainFirstN(Operator):
    def begin_tick(self) -> None:
        self.left = self.value()

    def step(self, first: bool, inputs: Inputs) -> Items:
        assert first or not inputs["0"], "all of the first input has come before"
        items = everything(inputs)[: self.left]
        self.left -= len(items)
        return items


class IterRef(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        return list(self.value()) if first else []


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


class EnumerateKeyed(Operator):
    def start(self) -> None:
        self.counts: Counter[Any] = Counter()

    def begin_tick(self) -> None:
        if not self.static():
            self.counts = Counter()

    def step(self, first: bool, inputs: Inputs) -> Items:
        numbered = []
        for key, value in everything(inputs):
            numbered.append((key, (self.counts[key], value)))
            self.counts[key] += 1
        return numbered


class Scan(Operator):
    def start(self) -> None:
        self.accumulator = self.argument(0)()
        self.ended = False

    def begin_tick(self) -> None:
        if not self.static():
            self.start()

    def step(self, first: bool, inputs: Inputs) -> Items:
        outs = []
        for item in everything(inputs):
            result = None if self.ended else self.argument(1)(self.accumulator, item)
            if result is None:
                self.ended = True
            else:
                self.accumulator, out = result
                outs.append(copy.deepcopy(out))
        return outs


class Streams(Operator):
    """Operators that go through asynchronous iterators, which are those that a function makes where there is one."""

    def step(self, first: bool, inputs: Inputs) -> Items:
        async def gone_through() -> Items:
            make = self.argument(0) if self.node.call.arguments else lambda item: item
            return [out for item in everything(inputs) async for out in make(item)]

        return asyncio.run(gone_through())


class ScanAsync(Scan):
    def step(self, first: bool, inputs: Inputs) -> Items:
        async def taken_in() -> Items:
            outs = []
            for item in everything(inputs):
                result = await self.argument(1)(self.accumulator, item)
                if result is not None:
                    self.accumulator, out = result
                    outs += [] if out is None else [copy.deepcopy(out)]
            return outs

        return asyncio.run(taken_in())


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


class PersistMut(Operator):
    @staticmethod
    def key(item: Any) -> Any:
        return item

    def start(self) -> None:
        self.items: Items = []

    def step(self, first: bool, inputs: Inputs) -> Items:
        for instruction in everything(inputs):
            assert first, "a blocking operator has all of its input at once"
            if type(instruction).__name__ == "Persist":
                self.items.append(instruction.item)
            else:
                self.items = [item for item in self.items if self.key(item) != instruction.item]
        return list(self.items) if first else []


class PersistMutKeyed(PersistMut):
    @staticmethod
    def key(item: Any) -> Any:
        return item[0]


class DeferSignal(Operator):
    def start(self) -> None:
        self.held: Items = []

    def step(self, first: bool, inputs: Inputs) -> Items:
        self.held += inputs["input"]
        if not inputs["signal"]:
            return []
        released, self.held = self.held, []
        return released


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
        return [copy.deepcopy(self.accumulator)] if first else []

    def published(self) -> Any:
        return copy.deepcopy(self.accumulator)


class FoldNoReplay(Fold):
    def start(self) -> None:
        super().start()
        self.is_first_tick = True

    def step(self, first: bool, inputs: Inputs) -> Items:
        emitted = super().step(first, inputs)
        speaks = self.is_first_tick or everything(inputs)
        self.is_first_tick = False
        return emitted if speaks else []


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
                self.accumulators = [copy.deepcopy(item)]
        return copy.deepcopy(self.accumulators) if first else []

    def published(self) -> Any:
        return copy.deepcopy(self.accumulators[0]) if self.accumulators else None


class ReduceNoReplay(Reduce):
    def step(self, first: bool, inputs: Inputs) -> Items:
        emitted = super().step(first, inputs)
        return emitted if everything(inputs) else []


class FoldKeyed(Operator):
    def start(self) -> None:
        self.table: dict[Any, Any] = {}

    def begin_tick(self) -> None:
        if not (self.static() or self.mutable()):
            self.table = {}

    def mutable(self) -> bool:
        return self.lifetimes == ["mutable"]

    def add(self, key: Any, value: Any) -> None:
        before = self.table[key] if key in self.table else self.argument(0)()
        self.table[key] = applied(self.argument(1), before, value)

    def step(self, first: bool, inputs: Inputs) -> Items:
        for item in everything(inputs):
            assert first, "a blocking operator has all of its input at once"
            if self.mutable() and type(item).__name__ == "Delete":
                self.table.pop(item.item, None)
                continue
            key, value = item.item if self.mutable() else item
            self.add(key, value)
        return [(key, copy.deepcopy(value)) for key, value in self.table.items()] if first else []


class ReduceKeyed(FoldKeyed):
    def add(self, key: Any, value: Any) -> None:
        self.table[key] = (
            applied(self.argument(0), self.table[key], value) if key in self.table else copy.deepcopy(value)
        )


def without(items: Items, others: Items) -> Items:
    """The items without as many of each as there are among the others; they may be such as cannot be hashed."""
    try:
        return list((Counter(items) - Counter(others)).elements())
    except TypeError:
        left = items.copy()
        for other in others:
            left.remove(other)
        return left


class Join(Operator):
    """All joins: in a tick, once all has come, exactly the matches of all that the two sides hold were emitted."""

    distinct = True
    keyed = True

    def start(self) -> None:
        self.sides: list[Items] = [[], []]
        for written in self.node.call.type_arguments:
            self.distinct = written.name == "HalfSetJoinState"

    def begin_tick(self) -> None:
        self.sides = [side if self.static(index) else [] for index, side in enumerate(self.sides)]
        self.emitted: Items = []

    def step(self, first: bool, inputs: Inputs) -> Items:
        for side, port in zip(self.sides, ("0", "1"), strict=True):
            for item in inputs[port]:
                if not self.distinct or item not in side:
                    side.append(item)
        if self.keyed:
            matches = [(k, (a, b)) for k, a in self.sides[0] for key, b in self.sides[1] if k == key]
        else:
            matches = [(a, b) for a in self.sides[0] for b in self.sides[1]]
        new = without(matches, self.emitted)
        self.emitted += new
        return new


class JoinMultiset(Join):
    distinct = False


class CrossJoin(Join):
    keyed = False


class CrossJoinMultiset(Join):
    keyed = False
    distinct = False


class JoinMultisetHalf(Operator):
    def start(self) -> None:
        self.build: Items = []
        self.probe: Items = []

    def begin_tick(self) -> None:
        if not self.static(0):
            self.build = []
        if not self.static(1):
            self.probe = []

    def step(self, first: bool, inputs: Inputs) -> Items:
        assert first or not inputs["build"], "all of `build` has come before"
        self.build += inputs["build"]
        self.probe += inputs["probe"]
        looked_at = self.probe if first else inputs["probe"]
        return [(k, (a, b)) for k, a in looked_at for key, b in self.build if k == key]


class Aggregation:
    """How the values of a key are aggregated: what `begin` makes of the first, and then `add`, one by one."""

    def __init__(self, begin: Callable[[Any], Any], add: Callable[[Any, Any], Any]) -> None:
        self.begin = begin
        self.add = add

    def into(self, table: dict[Any, Any], pairs: Items) -> None:
        for key, value in pairs:
            table[key] = applied(self.add, table[key], value) if key in table else self.begin(value)


AGGREGATIONS = {
    "Fold": lambda init, f: Aggregation(lambda value: applied(f, init(), value), f),
    "Reduce": lambda f: Aggregation(copy.deepcopy, f),
    "FoldFrom": lambda f0, f: Aggregation(f0, f),
}


class JoinFused(Operator):
    """The fused joins. `fused`: which sides are aggregated, and so are complete before the first step."""

    fused: tuple[int, ...] = (0, 1)

    def start(self) -> None:
        self.namespace = {**self.namespace, **AGGREGATIONS}
        self.tables: list[dict[Any, Any]] = [{}, {}]
        self.items: Items = []

    def begin_tick(self) -> None:
        self.tables = [table if self.static(side) else {} for side, table in enumerate(self.tables)]
        if not self.static(self.streaming):
            self.items = []

    @property
    def streaming(self) -> int:
        return 1 if self.fused == (0,) else 0

    def step(self, first: bool, inputs: Inputs) -> Items:
        for index, side in enumerate(self.fused):
            assert first or not inputs[str(side)], "what is aggregated has come before"
            self.value(index).into(self.tables[side], inputs[str(side)])
        if self.fused == (0, 1):
            left, right = self.tables
            return [(k, (copy.deepcopy(left[k]), copy.deepcopy(right[k]))) for k in left if k in right] if first else []
        new = inputs[str(self.streaming)]
        self.items += new
        table = self.tables[self.fused[0]]
        found = [(k, (copy.deepcopy(table[k]), v)) for k, v in (self.items if first else new) if k in table]
        return found if self.fused == (0,) else [(k, (v, a)) for k, (a, v) in found]


class JoinFusedLhs(JoinFused):
    fused = (0,)


class JoinFusedRhs(JoinFused):
    fused = (1,)


class CrossSingleton(Operator):
    def start(self) -> None:
        self.singles: Items = []

    def begin_tick(self) -> None:
        if not self.static():
            self.singles = []

    def step(self, first: bool, inputs: Inputs) -> Items:
        assert first or not inputs["single"], "all of `single` has come before"
        self.singles += inputs["single"]
        del self.singles[1:]
        return [(item, single) for item in inputs["input"] for single in self.singles]


class Zip(Operator):
    def start(self) -> None:
        self.sides: list[Items] = [[], []]

    def begin_tick(self) -> None:
        self.sides = [side if self.static(index) else [] for index, side in enumerate(self.sides)]

    def step(self, first: bool, inputs: Inputs) -> Items:
        lefts, rights = self.sides
        lefts += inputs["0"]
        rights += inputs["1"]
        pairs = []
        while lefts and rights:
            pairs.append((lefts.pop(0), rights.pop(0)))
        return pairs


class ZipLongest(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        assert first or not everything(inputs), "a blocking operator has all of its input at once"
        return list(itertools.zip_longest(inputs["0"], inputs["1"]))


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


class Handoff(Operator):
    """`handoff`, `singleton` and `optional`."""

    def begin_tick(self) -> None:
        self.items: Items = []

    def step(self, first: bool, inputs: Inputs) -> Items:
        self.items += everything(inputs)
        return everything(inputs)

    def published(self) -> Any:
        return self.items


class Singleton(Handoff):
    def published(self) -> Any:
        (item,) = self.items
        return item


class Optional(Handoff):
    def published(self) -> Any:
        assert len(self.items) <= 1
        return self.items[0] if self.items else None


def merged(value: Any, item: Any) -> Any:
    """The least upper bound of both as a new value; None is below everything."""
    result = item.copy() if value is None else value.copy()
    result.merge(item)
    return result


class LatticeFold(Operator):
    def start(self) -> None:
        self.least = self.bottom()

    def bottom(self) -> Any:
        return self.argument(0)()

    def begin_tick(self) -> None:
        if not self.static():
            self.start()

    def step(self, first: bool, inputs: Inputs) -> Items:
        before = self.least
        for item in everything(inputs):
            self.least = merged(self.least, item)
        return [copy.deepcopy(self.least)] if self.least is not None and (first or self.least != before) else []

    def published(self) -> Any:
        return copy.deepcopy(self.least)


class LatticeReduce(LatticeFold):
    def bottom(self) -> Any:
        return None


class State(LatticeFold):
    def bottom(self) -> Any:
        return self.type_argument().bottom()

    def lattice_value(self, item: Any) -> Any:
        return item

    def step(self, first: bool, inputs: Inputs) -> Outputs:  # type: ignore[override]
        changing = []
        for item in everything(inputs):
            before, self.least = self.least, merged(self.least, self.lattice_value(item))
            if self.least != before:
                changing.append(item)
        return {
            "": changing,
            "items": changing,
            "state": [copy.deepcopy(self.least)] if first or everything(inputs) else [],
        }


class StateBy(State):
    def bottom(self) -> Any:
        return self.argument(1)()

    def lattice_value(self, item: Any) -> Any:
        return self.argument(0)(item)


class LatticeFoldBatch(Operator):
    def start(self) -> None:
        self.batch = self.type_argument().bottom()

    def step(self, first: bool, inputs: Inputs) -> Items:
        for item in inputs["input"]:
            self.batch = merged(self.batch, item)
        batch = self.batch
        if not inputs["signal"]:
            return []
        self.start()
        return [batch]


class LatticeJoinFusedJoin(JoinFused):
    def value(self, index: int = 0) -> Any:
        return Aggregation(lambda value: value.copy(), merged)

    def step(self, first: bool, inputs: Inputs) -> Items:
        return [lattices.MapUnion({k: lattices.Pair(left, right)}) for k, (left, right) in super().step(first, inputs)]


class LatticeBimorphism(Operator):
    def step(self, first: bool, inputs: Inputs) -> Items:
        f, left, right = self.argument(0), self.value(1), self.value(2)
        made = [f(item, right) for item in inputs["0"]] + [f(left, item) for item in inputs["1"]]
        return [functools.reduce(merged, made)] if made else []


CLASSES: dict[str, type[Operator]] = {
    "source_iter": SourceIter,
    "members": SourceIter,
    "source_frame": SourceFrame,
    "dest_frame": DestFrame,
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
    "breakpoint": Inspect,
    "_counter": Pass,
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
    "difference_multiset": Difference,
    "anti_join_multiset": AntiJoin,
    "assert_eq": AssertEq,
    "unzip": Unzip,
    "demux": Demux,
    "demux_enum": DemuxEnum,
    "partition": Partition,
    "batch": Pass,
    "batch_lazy": Pass,
    "batch_eager": Pass,
    "snapshot": Pass,
    "all_iterations": Pass,
    "chain": Pass,
    "chain_first_n": ChainFirstN,
    "zip": Zip,
    "zip_longest": ZipLongest,
    "cross_singleton": CrossSingleton,
    "join_multiset_half": JoinMultisetHalf,
    "join_fused": JoinFused,
    "join_fused_lhs": JoinFusedLhs,
    "join_fused_rhs": JoinFusedRhs,
    "fold_no_replay": FoldNoReplay,
    "reduce_no_replay": ReduceNoReplay,
    "scan": Scan,
    "scan_async_blocking": ScanAsync,
    "flat_map_stream_blocking": Streams,
    "flatten_stream_blocking": Streams,
    "sort_keyed": Sort,
    "enumerate_keyed": EnumerateKeyed,
    "unique_keyed": Unique,
    "persist_mut": PersistMut,
    "persist_mut_keyed": PersistMutKeyed,
    "defer_signal": DeferSignal,
    "iter_ref": IterRef,
    "handoff": Handoff,
    "singleton": Singleton,
    "optional": Optional,
    "state": State,
    "state_by": StateBy,
    "lattice_fold": LatticeFold,
    "lattice_reduce": LatticeReduce,
    "_lattice_fold_batch": LatticeFoldBatch,
    "_lattice_join_fused_join": LatticeJoinFusedJoin,
    "lattice_bimorphism": LatticeBimorphism,
}


# --- ticks and strata -----------------------------------------------------------------------------------------------


class Interpreter:
    """Runs a flow's text tick by tick. The functions of `for_each` are those of the namespace that it is given.

    `sent` holds for each edge what went into it in the last tick, `received` what came out of it.
    """

    def __init__(self, text: str, namespace: Mapping[str, Any], patience: int = 20_000) -> None:
        parsed = parse(Source(text=text, label="reference", filename="<reference>"))
        flow = Compilation(
            built=build(parsed.flow, "reference"), evaluate=lambda node: evaluated(node, dict(namespace))
        )
        flow.diagnostics += [*parsed.diagnostics, *flow.built.diagnostics]
        run(flow, through(STRATIFY))
        assert not flow.failed, flow.diagnostics
        self.graph, self.strata = flow.graph, flow.strata
        self.clock = Clock()
        self.patience = patience
        # Few items may hold very much: a state that grows, and that is copied whenever it is emitted.
        self.deadline = time.process_time() + MOST_SECONDS
        names = {**namespace, "context": self.clock}
        self.operators: dict[NodeId, Operator] = {
            node.id: CLASSES[node.operator.name](node, names, self.ports(node.id)) for node in self.graph.nodes.values()
        }
        self.levels = levels_of(self.graph)
        self.orders = {loop: self.in_order(loop) for loop in (None, *self.graph.loops)}
        self.pending: dict[EdgeId, Items] = {edge: [] for edge in self.graph.edges}
        self.deferred: dict[EdgeId, Items] = {edge: [] for edge in self.graph.edges}
        self.sent: dict[EdgeId, Items] = {}
        self.received: dict[EdgeId, Items] = {}

    def ports(self, node: NodeId) -> list[str]:
        return [edge.source_port.text for edge in self.graph.outputs(node)]

    def in_order(self, loop: LoopId | None) -> list[list[NodeId]]:
        """The operators of a loop (None: of none), each with those that it forms a cycle with, after all that they get
        items from in the tick or iteration. For an inner loop one of its operators stands, which is not the loop's own.
        """
        unit = self.levels[loop].units if loop in self.levels else {}
        into: dict[NodeId, list[NodeId]] = {node: [] for node in unit if unit[node] == node}
        later = [
            (edge.source, edge.target)
            for edge in self.graph.edges.values()
            if self.graph.delay(edge) not in (InputDelay.TICK, InputDelay.LAZY)
        ]
        if loop is not None:
            # There the strata are left to the order: nothing goes round in an iteration.
            later += [(read.source, read.target) for read in self.graph.reads]
        for source, target in later:
            if source in unit and target in unit and unit[source] != unit[target]:
                into[unit[source]].append(unit[target])
            elif source in unit and source == target and loop is None:
                into[source].append(source)
        found = components(into)
        return found if loop is not None else sorted(found, key=lambda nodes: self.strata[nodes[0]])

    def run_tick(self, batches: Mapping[str, Sequence[Any]]) -> None:
        """Run one tick; `batches` gives what waits in each channel, by the text of the `source_stream`'s argument."""
        self.sent = {edge: [] for edge in self.graph.edges}
        self.received = {edge: [] for edge in self.graph.edges}
        for operator in self.operators.values():
            if isinstance(operator, SourceStream):
                operator.batch = list(batches.get(operator.node.call.arguments[0].span.text, ()))
        self.run_all(None)
        assert not any(items for edge, items in self.pending.items() if not self.may_wait(self.graph.edges[edge]))
        for edge, items in self.deferred.items():
            self.pending[edge] += items
            self.deferred[edge] = []
        self.clock.tick += 1

    def may_wait(self, edge: Edge) -> bool:
        """Whether items may wait on the edge beyond the end of a tick."""
        target = self.graph.nodes[edge.target]
        is_deferred = self.graph.delay(edge) in (InputDelay.TICK, InputDelay.LAZY)
        return target.loop is not None and (is_deferred or target.operator.name == "snapshot")

    def run_all(self, loop: LoopId | None) -> None:
        """Run the operators of a loop once, or (None) those outside of all loops for a tick."""
        for node in self.graph.nodes.values():
            if node.loop == loop:
                self.operators[node.id].begin_tick()
        for nodes in self.orders[loop]:
            around = self.graph.around(self.graph.nodes[nodes[0]].loop)
            inner = around[0 if loop is None else around.index(loop) + 1 :]
            if inner:
                self.run_loop(inner[0])
            else:
                self.run_to_fixpoint(nodes)

    def run_loop(self, loop: LoopId) -> None:
        """A root loop runs once if it fires, one in another loop as long as it does."""
        is_root = self.graph.loops[loop].parent is None
        while self.fires(loop):
            self.run_all(loop)
            if is_root:
                break
            for edge in self.into(loop):
                if self.graph.delay(edge) in (InputDelay.TICK, InputDelay.LAZY):
                    self.pending[edge.id] += self.deferred[edge.id]
                    self.deferred[edge.id] = []
        for edge in self.into(loop):
            if self.graph.nodes[edge.target].operator.name == "batch_lazy":
                self.pending[edge.id] = []

    def into(self, loop: LoopId) -> list[Edge]:
        return [edge for edge in self.graph.edges.values() if self.graph.nodes[edge.target].loop == loop]

    def fires(self, loop: LoopId) -> bool:
        for edge in self.into(loop):
            name = self.graph.nodes[edge.target].operator.name
            if name == "batch_eager" or (name in ("batch", "defer_tick") and self.pending[edge.id]):
                return True
        return False

    def run_to_fixpoint(self, nodes: list[NodeId]) -> None:
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
        operator = self.operators[node]
        for read in self.graph.reads:
            if read.target == node:
                published = self.operators[read.source].published()
                operator.namespace = {**operator.namespace, expressions.REFERENCE_PREFIX + read.name: published}
        outputs = operator.step(first, inputs)
        for edge in self.graph.outputs(node):
            emitted = outputs[edge.source_port.text] if isinstance(outputs, dict) else outputs
            waits = self.graph.delay(edge) in (InputDelay.TICK, InputDelay.LAZY)
            (self.deferred if waits else self.pending)[edge.id].extend(emitted)
            self.sent[edge.id] += emitted
            self.patience -= len(emitted)
        if self.patience < 0 or time.process_time() > self.deadline:
            raise TooMuch

    def is_scheduled(self) -> bool:
        """Whether a further tick is due with no input waiting."""
        return any(isinstance(operator, Spin) for operator in self.operators.values()) or any(
            items and self.graph.nodes[self.graph.edges[edge].target].operator.name == "defer_tick"
            for edge, items in self.pending.items()
        )
