"""Random flows as text, with the batches that they are fed: hypothesis strategies.

Items are numbers from 0 to 6 or pairs of such, and stay so: a cycle has a `unique` at its head, so it ends. Where the
order of a stream is not promised, only operators follow whose results do not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from hydroflow_nb.operators import BY_NAME

INT, PAIR = "int", "pair"
DOMAIN = st.integers(0, 6)
BATCHES = {INT: st.lists(DOMAIN, max_size=6), PAIR: st.lists(st.tuples(DOMAIN, DOMAIN), max_size=6)}


@dataclass(frozen=True, kw_only=True)
class Example:
    """A flow, which of its sinks get their items in a promised order, and the batches of each tick."""

    text: str
    inputs: tuple[str, ...]
    ordered: dict[str, bool]
    ticks: tuple[dict[str, list[object]], ...]

    def __repr__(self) -> str:
        batches = "\n".join(f"tick {number}: {batch}" for number, batch in enumerate(self.ticks))
        return f"\n{self.text}\n{batches}\n"


@dataclass(frozen=True, kw_only=True)
class Stream:
    """An output that waits for a reader. `heads`: the heads of cycles that it comes from, with whether a blocking input
    lies between."""

    name: str
    kind: str
    ordered: bool
    heads: dict[int, bool]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One way to go on from a stream: `{p}` stands for a persistence, `{a}` and `{b}` for small numbers."""

    uses: tuple[str, ...]
    text: str
    takes: str = ""  # the kind of its input; empty for any
    gives: str = ""  # the kind of its output; empty for that of its input
    needs_order: bool = False
    gives_order: bool | None = None  # None: that of its input
    blocks: bool = False
    delays: bool = False


STEPS = (
    Step(uses=("map",), text="map(|x| (x * {a} + {b}) % 7)", takes=INT),
    Step(uses=("map",), text="map(lambda x: (x + {b}) % 7)", takes=INT),
    Step(uses=("map",), text="map(next_number)", takes=INT),
    Step(uses=("map",), text="map(|x| sum([x for _ in range({a})]) % 7)", takes=INT),
    Step(uses=("map",), text="map(|x| (lambda y: (x + y) % 7)({a}))", takes=INT),
    Step(uses=("map",), text="map(|x| (y := x + {a}) % 7)", takes=INT),
    Step(uses=("map",), text="map(|x| ({a} + x * x) % 7)", takes=INT),
    Step(uses=("map",), text="map(|x| (x + context.current_tick()) % 7)", takes=INT),
    Step(uses=("map",), text="map(|x| (x % 3, x))", takes=INT, gives=PAIR),
    Step(uses=("map",), text="map(|x| (x, {b}))", takes=INT, gives=PAIR),
    Step(uses=("map",), text="map(|(k, v)| (k + v) % 7)", takes=PAIR, gives=INT),
    Step(uses=("map",), text="map(|(_, v)| v)", takes=PAIR, gives=INT),
    Step(uses=("map",), text="map(|(k, v)| (v, k))", takes=PAIR),
    Step(uses=("map",), text="map(|(k, _)| (k, k))", takes=PAIR),
    Step(uses=("map",), text="map(|(k, v)| (k, (k, v))) -> map(|(k, (_, v))| (v, k))", takes=PAIR),
    Step(uses=("filter",), text="filter(|x| x % 3 != {b} % 3)", takes=INT),
    Step(uses=("filter",), text="filter(|(k, v)| k != v)", takes=PAIR),
    Step(uses=("filter_map",), text="filter_map(|x| x // 2 if x % 2 else None)", takes=INT),
    Step(uses=("filter_map",), text="filter_map(some_half)", takes=INT),
    Step(uses=("flat_map",), text="flat_map(|x| [x, (x + {a}) % 7])", takes=INT),
    Step(uses=("flat_map",), text="flat_map(|x| range(x % 3))", takes=INT),
    Step(uses=("flat_map",), text="flat_map(|(k, v)| [(k, v), (v, {b})])", takes=PAIR),
    Step(uses=("map", "flatten"), text="map(|x| [x] * (x % 3)) -> flatten()", takes=INT),
    Step(uses=("flatten",), text="flatten()", takes=PAIR, gives=INT),
    Step(uses=("identity",), text="identity()"),
    Step(uses=("inspect",), text="inspect(|x| seen.append(x))"),
    Step(uses=("assert",), text="assert(|x| x is not None)"),
    Step(uses=("null",), text="null()"),
    Step(uses=("unique",), text="unique{p}()"),
    Step(uses=("persist",), text="persist()"),
    Step(uses=("persist",), text="persist::<'static>()"),
    Step(uses=("multiset_delta",), text="multiset_delta()"),
    Step(uses=("persist", "multiset_delta"), text="persist() -> multiset_delta()"),
    Step(
        uses=("enumerate",), text="enumerate{p}() -> map(|(i, x)| (i % 7, x))", takes=INT, gives=PAIR, needs_order=True
    ),
    Step(uses=("defer_tick",), text="defer_tick()", delays=True),
    Step(uses=("defer_tick_lazy",), text="defer_tick_lazy()", delays=True),
    Step(uses=("defer_tick",), text="defer_tick() -> defer_tick()", delays=True),
    Step(uses=("next_stratum",), text="next_stratum()", blocks=True),
    Step(uses=("sort",), text="sort()", gives_order=True, blocks=True),
    Step(uses=("sort_by_key",), text="sort_by_key(|x| -x)", takes=INT, gives_order=True, blocks=True),
    Step(uses=("sort_by_key",), text="sort_by_key(|(k, v)| (v, k))", takes=PAIR, gives_order=True, blocks=True),
    Step(uses=("fold",), text="fold{p}(|| {a}, |acc, x| (acc + x) % 7)", takes=INT, gives_order=True, blocks=True),
    Step(
        uses=("fold",),
        text="fold{p}(|| {a}, |acc, x| (acc * 3 + x) % 7)",
        takes=INT,
        needs_order=True,
        gives_order=True,
        blocks=True,
    ),
    Step(
        uses=("fold",),
        text="fold{p}(|| [], |acc, x| acc.append(x)) -> map(|xs| len(xs) % 7)",
        gives=INT,
        gives_order=True,
        blocks=True,
    ),
    Step(
        uses=("fold", "flatten"),
        text="fold{p}(|| [], |acc, x| acc.append(x)) -> flatten()",
        needs_order=True,
        blocks=True,
    ),
    Step(uses=("reduce",), text="reduce{p}(|a, b| max(a, b))", gives_order=True, blocks=True),
    Step(
        uses=("reduce",),
        text="reduce{p}(lambda a, b: (a * 3 + b) % 7)",
        takes=INT,
        needs_order=True,
        gives_order=True,
        blocks=True,
    ),
    Step(
        uses=("fold_keyed",),
        text="fold_keyed{p}(|| {a}, |acc, x| (acc + x) % 7)",
        takes=PAIR,
        gives_order=False,
        blocks=True,
    ),
    Step(
        uses=("fold_keyed",),
        text="fold_keyed{p}(|| [], |acc, x| acc.append(x)) -> map(|(k, xs)| (k, sum(xs) % 7))",
        takes=PAIR,
        gives_order=False,
        blocks=True,
    ),
    Step(uses=("reduce_keyed",), text="reduce_keyed{p}(min)", takes=PAIR, gives_order=False, blocks=True),
    Step(
        uses=("reduce_keyed",),
        text="reduce_keyed{p}(|a, b| (a * 3 + b) % 7)",
        takes=PAIR,
        needs_order=True,
        gives_order=False,
        blocks=True,
    ),
)


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """One way to go on from two streams, by the names of the ports."""

    uses: str
    text: str
    takes: tuple[str, str]
    ports: tuple[str, str] = ("0", "1")
    after: str = ""
    gives: str
    blocks: str | None = None  # the port that blocks
    order_of_first: bool = False


PAIRINGS = (
    Pairing(uses="join", text="join{p}()", takes=(PAIR, PAIR), after="map(|(k, (a, b))| (k, (a + b) % 7))", gives=PAIR),
    Pairing(uses="join", text="join{p}()", takes=(PAIR, PAIR), after="map(|(_, (a, b))| (a, b))", gives=PAIR),
    Pairing(
        uses="join_multiset",
        text="join_multiset{p}()",
        takes=(PAIR, PAIR),
        after="map(|(k, (a, b))| (k, (a + b) % 7))",
        gives=PAIR,
    ),
    Pairing(uses="cross_join", text="cross_join{p}()", takes=(INT, INT), gives=PAIR),
    Pairing(uses="cross_join_multiset", text="cross_join_multiset{p}()", takes=(INT, INT), gives=PAIR),
    *(
        Pairing(
            uses="difference",
            text="difference{p}()",
            takes=(kind, kind),
            ports=("pos", "neg"),
            gives=kind,
            blocks="neg",
            order_of_first=True,
        )
        for kind in (INT, PAIR)
    ),
    Pairing(
        uses="anti_join",
        text="anti_join{p}()",
        takes=(PAIR, INT),
        ports=("pos", "neg"),
        gives=PAIR,
        blocks="neg",
        order_of_first=True,
    ),
)

_STEPS = tuple(step for step in STEPS if all(name in BY_NAME for name in step.uses))
_PAIRINGS = tuple(pairing for pairing in PAIRINGS if pairing.uses in BY_NAME)
# The keyed ones twice: they have the most to remember in a cycle.
_JOINS = (
    *(pairing for pairing in _PAIRINGS if not pairing.blocks),
    *(pairing for pairing in _PAIRINGS if pairing.uses in ("join", "join_multiset")),
)
_ONE = ("", "::<'tick>", "::<'static>")
_TWO = (*_ONE, "::<'tick, 'tick>", "::<'tick, 'static>", "::<'static, 'tick>", "::<'static, 'static>")
_KIND_CHANGES = {(INT, PAIR): "map(|x| (x, (x + 1) % 7))", (PAIR, INT): "map(|(a, b)| (a * 2 + b) % 7)"}


@dataclass(kw_only=True)
class Writer:
    """Writes one random flow."""

    draw: Callable[..., object]
    # Whether to write mostly joins in cycles.
    cyclic: bool = False
    statements: list[str] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)
    ordered: dict[str, bool] = field(default_factory=dict)
    # Cycles not closed yet: head and kind; and for each closed one the heads that its closing edge comes from.
    open_heads: dict[int, str] = field(default_factory=dict)
    closings: dict[int, list[dict[int, bool]]] = field(default_factory=dict)
    count: int = 0

    def number(self) -> int:
        self.count += 1
        return self.count

    def pick(self, choices):  # type: ignore[no-untyped-def]
        return self.draw(st.sampled_from(list(choices)))

    def filled(self, text: str, persistences: tuple[str, ...]) -> str:
        persistence = self.pick(persistences) if "{p}" in text else ""
        a = self.draw(st.integers(1, 3)) if "{a}" in text else ""
        b = self.draw(st.integers(0, 3)) if "{b}" in text else ""
        return text.replace("{p}", persistence).replace("{a}", str(a)).replace("{b}", str(b))

    def take(self) -> Stream:
        if self.cyclic:
            # Those of a cycle come first, so that they meet.
            self.streams.sort(key=lambda stream: not stream.heads)
            return self.streams.pop(self.draw(st.integers(0, min(2, len(self.streams) - 1))))
        return self.streams.pop(self.draw(st.integers(0, len(self.streams) - 1)))

    # --- ways to go on ------------------------------------------------------------------------------------------------

    def source(self) -> None:
        number, kind = self.number(), self.pick([INT, PAIR])
        way = self.draw(st.integers(0, 9))
        if way < 7:
            self.inputs[f"input_{number}"] = kind
            text = f"source_stream(input_{number})"
        elif way < 9:
            text = f"source_iter({self.draw(BATCHES[kind])!r})"
        else:
            text, kind = "initialize() -> map(|()| 5)", INT
        self.statements.append(f"s{number} = {text};")
        self.streams.append(Stream(name=f"s{number}", kind=kind, ordered=True, heads={}))

    def step(self) -> None:
        stream = self.take()
        fitting = [
            step for step in _STEPS if step.takes in ("", stream.kind) and (stream.ordered or not step.needs_order)
        ]
        step = self.pick(fitting)
        self.follow(stream, self.filled(step.text, _ONE), step)

    def follow(self, stream: Stream, text: str, step: Step) -> Stream:
        number = self.number()
        self.statements.append(f"s{number} = {stream.name} -> {text};")
        made = Stream(
            name=f"s{number}",
            kind=step.gives or stream.kind,
            ordered=stream.ordered if step.gives_order is None else step.gives_order,
            heads={} if step.delays else {head: blocked or step.blocks for head, blocked in stream.heads.items()},
        )
        self.streams.append(made)
        return made

    def of_kind(self, stream: Stream, kind: str) -> Stream:
        if stream.kind == kind:
            return stream
        made = self.follow(stream, _KIND_CHANGES[stream.kind, kind], Step(uses=(), text="", gives=kind))
        self.streams.remove(made)
        return made

    def tee(self) -> None:
        stream, number = self.take(), self.number()
        self.statements.append(f"s{number} = {stream.name} -> tee();")
        self.streams += [replace(stream, name=f"s{number}")] * self.draw(st.integers(1, 3))

    def union(self) -> None:
        first = self.take()
        others = [self.of_kind(self.take(), first.kind) for _ in range(min(len(self.streams), self.pick([1, 1, 2])))]
        number = self.number()
        self.statements.append(f"s{number} = union();")
        self.statements += [f"{stream.name} -> s{number};" for stream in (first, *others)]
        heads: dict[int, bool] = {}
        for stream in (first, *others):
            for head, blocked in stream.heads.items():
                heads[head] = heads.get(head, False) or blocked
        self.streams.append(
            Stream(name=f"s{number}", kind=first.kind, ordered=first.ordered and not others, heads=heads)
        )

    def pairing(self) -> None:
        pairing = self.pick(_JOINS if self.cyclic else _PAIRINGS)
        sides = []
        for kind, port in zip(pairing.takes, pairing.ports, strict=True):
            stream = self.of_kind(self.take(), kind)
            if pairing.blocks == port:
                stream = replace(stream, heads=dict.fromkeys(stream.heads, True))
            sides.append(stream)
        number = self.number()
        after = f" -> {pairing.after}" if pairing.after else ""
        self.statements.append(f"b{number} = {self.filled(pairing.text, _TWO)}; s{number} = b{number}{after};")
        self.statements += [
            f"{stream.name} -> [{port}]b{number};" for stream, port in zip(sides, pairing.ports, strict=True)
        ]
        heads = {head: any(side.heads.get(head, False) for side in sides) for side in sides for head in side.heads}
        self.streams.append(
            Stream(
                name=f"s{number}",
                kind=pairing.gives,
                ordered=pairing.order_of_first and sides[0].ordered,
                heads=heads,
            )
        )

    def open_cycle(self) -> None:
        stream, number = self.take(), self.number()
        unique = self.filled("unique{p}()", _ONE)
        self.statements.append(f"h{number} = union(); {stream.name} -> h{number};")
        self.statements.append(f"s{number} = h{number} -> {unique} -> tee();")
        self.open_heads[number] = stream.kind
        made = Stream(name=f"s{number}", kind=stream.kind, ordered=False, heads={**stream.heads, number: False})
        self.streams += [made] * self.draw(st.integers(1, 3))

    def close_cycle(self) -> None:
        number = self.pick(self.open_heads)
        kind = self.open_heads.pop(number)
        stream = self.of_kind(self.take(), kind)
        delay = self.pick(["", "", "defer_tick()", "defer_tick_lazy()"])
        if not delay and self.blocks_itself(stream, number):
            delay = "defer_tick()"
        if delay.removesuffix("()") not in BY_NAME:
            delay = "defer_tick()" if delay else ""
        if not delay:
            self.closings.setdefault(number, []).append(stream.heads)
        through = f"{stream.name} -> {delay}" if delay else stream.name
        self.statements.append(f"{through} -> h{number};")

    def blocks_itself(self, stream: Stream, number: int) -> bool:
        """Whether a blocking input lies on a way from the head of a cycle to the stream that is to close it."""
        stack, seen = list(stream.heads.items()), set()
        while stack:
            head, blocked = stack.pop()
            if (head, blocked) in seen:
                continue
            seen.add((head, blocked))
            if head == number and blocked:
                return True
            for closing in self.closings.get(head, []):
                stack += [(before, blocked or more) for before, more in closing.items()]
        return False

    def sink(self, stream: Stream) -> None:
        number = self.number()
        sink = f"sink_{number}"
        self.ordered[sink] = stream.ordered
        ways = [f"for_each({sink}.append)", f"for_each(|x| {sink}.append(x))"]
        if stream.kind == PAIR:
            ways.append(f"for_each(|(a, b)| {sink}.append((a, b)))")
        if "dest_sink" in BY_NAME:
            ways.append(f"dest_sink({sink}.append)")
        self.statements.append(f"{stream.name} -> {self.pick(ways)};")

    # --- the whole ----------------------------------------------------------------------------------------------------

    def go_on(self) -> None:
        ways: list[Callable[[], None]] = [self.step, self.step, self.step, self.step, self.tee, self.open_cycle]
        if len(self.streams) > 1:
            ways += [self.pairing, self.pairing, self.pairing, self.union]
        if self.open_heads and len(self.streams) > 1:
            ways += [self.close_cycle]
            if self.cyclic:
                ways += [self.pairing] * 4
        if len(self.streams) < 4:
            ways += [self.source]
        self.pick(ways)()

    def write(self) -> str:
        for _ in range(self.pick([1, 2, 2, 3])):
            self.source()
        if self.cyclic:
            self.open_cycle()
        for _ in range(self.draw(st.integers(1, 6 if self.cyclic else 14))):
            if not self.streams:
                self.source()
            self.go_on()
        while self.open_heads:
            if not self.streams:
                self.source()
            self.close_cycle()
        if self.draw(st.integers(0, 19)) == 0 and "spin" in BY_NAME:
            self.statements.append("spin() -> null();")
        for stream in self.streams:
            self.sink(stream)
        statements = self.statements
        if self.draw(st.booleans()):
            # Statements may stand in any order.
            statements = self.draw(st.permutations(statements))
        return "\n".join(statements)


@st.composite
def examples(draw, *, cyclic: bool = False) -> Example:  # type: ignore[no-untyped-def]
    """A flow and the batches of some ticks; `cyclic`: mostly joins in cycles."""
    writer = Writer(draw=draw, cyclic=cyclic)
    text = writer.write()
    ticks = tuple(
        {name: draw(BATCHES[kind]) for name, kind in writer.inputs.items()} for _ in range(draw(st.integers(1, 5)))
    )
    return Example(text=text, inputs=tuple(writer.inputs), ordered=writer.ordered, ticks=ticks)
