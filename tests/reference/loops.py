"""Random flows with loops: root and nested ones, each kind of window, items that go round, state of both lifetimes.

Items are sorted before an operator that depends on their order, and before they leave a loop, so that the order in
which they leave is determined: one iteration after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

ROOT_WINDOWS = ("batch", "batch", "batch_lazy", "batch_eager", "snapshot")
NESTED_WINDOWS = ("batch", "batch", "batch_lazy")
STEPS = (
    "map(|x| x + 1)",
    "filter(|x| x % 3 != 0)",
    "sort()",
    "flat_map(|x| [x, x + 2])",
    "unique{p}()",
    "fold{p}(|| 0, |a, x| (a + x) % 50)",
    "reduce{p}(max)",
    "sort() -> enumerate{p}() -> map(|(i, x)| i + x)",
    "sort() -> scan{p}(|| 0, |a, x| ((a + x) % 50, a))",
    "map(|x| (x % 2, x)) -> fold_keyed{p}(|| 0, |a, x| (a + x) % 50) -> map(|(k, x)| k + x)",
    "multiset_delta()",
)
LIFETIMES = ("", "::<'tick>", "::<'static>")
DEEPEST = 3


@dataclass(kw_only=True)
class Writer:
    """Writes one random flow."""

    draw: Callable[..., object]
    statements: list[str] = field(default_factory=list)
    count: int = 0

    def number(self) -> int:
        self.count += 1
        return self.count

    def pick(self, choices):  # type: ignore[no-untyped-def]
        return self.draw(st.sampled_from(list(choices)))

    def step(self, stream: str) -> str:
        name = f"s{self.number()}"
        self.statements.append(f"{name} = {stream} -> {self.pick(STEPS).replace('{p}', self.pick(LIFETIMES))};")
        return name

    def round(self, stream: str) -> str:
        """Lets items go round while they are small: every time they are larger by one."""
        number = self.number()
        defer = self.pick(("defer_tick", "defer_tick", "defer_tick_lazy"))
        self.statements.append(
            f"u{number} = union(); t{number} = u{number} -> tee(); {stream} -> u{number};\n"
            f"t{number} -> map(|x| x + 1) -> filter(|x| x < {self.draw(st.integers(1, 9))}) -> {defer}() -> u{number};"
        )
        return f"t{number}"

    def paired(self, one: str, other: str) -> str:
        number = self.number()
        kind = self.pick(("cross_join", "cross_join_multiset", "difference", "union"))
        ports = {"difference": ("[pos]", "[neg]"), "union": ("", "")}.get(kind, ("[0]", "[1]"))
        after = " -> map(|(a, b)| (a + b) % 20)" if kind.startswith("cross") else ""
        lifetime = self.pick(("", "::<'tick>")) if kind != "union" else ""
        self.statements.append(
            f"p{number} = {kind}{lifetime}(); {one} -> {ports[0]}p{number}; {other} -> {ports[1]}p{number};"
        )
        name = f"q{number}"
        self.statements.append(f"{name} = p{number}{after or ' -> identity()'};")
        return name

    def loop(self, outside: list[str], depth: int) -> str:
        """A loop that some streams enter; returns the stream that leaves it."""
        number = self.number()
        windows = ROOT_WINDOWS if depth == 0 else NESTED_WINDOWS
        self.statements.append(f"loop l{number} {{")
        entered = []
        for stream in outside:
            name = f"e{self.number()}"
            self.statements.append(f"{name} = {stream} -> {self.pick(windows)}();")
            entered.append(name)
        for _ in range(self.draw(st.integers(0, 4))):
            position = self.draw(st.integers(0, len(entered) - 1))
            stream = entered.pop(position)
            way = self.draw(st.integers(0, 9))
            if way < 2:
                entered.append(self.round(stream))
            elif way < 4 and entered:
                entered.append(self.paired(stream, entered.pop()))
            elif way < 7 and depth + 1 < DEEPEST:
                entered.append(self.loop([stream, *([entered.pop()] if entered else [])], depth + 1))
            else:
                entered.append(self.step(stream))
        while len(entered) > 1:
            entered.append(self.paired(entered.pop(), entered.pop()))
        self.statements.append(f"{entered[0]} -> sort() -> all_iterations() -> o{number};\n}};")
        self.statements.append(f"o{number} = identity();")
        return f"o{number}"


@st.composite
def texts(draw: Callable[..., object]) -> str:
    """Flows that take `input_1` and `input_2` and give to `sink_1`."""
    writer = Writer(draw=draw)
    streams = ["i1", "i2"]
    writer.statements.append("i1 = source_stream(input_1); i2 = source_stream(input_2);")
    for _ in range(draw(st.integers(0, 2))):  # type: ignore[call-overload]
        streams[0] = writer.step(streams[0])
    out = writer.loop(streams, 0)
    for _ in range(draw(st.integers(0, 1))):  # type: ignore[call-overload]
        out = writer.step(out)
    if draw(st.booleans()):
        out = writer.loop([out], 0)
    writer.statements.append(f"{out} -> sort() -> for_each(sink_1.append);")
    return "\n".join(writer.statements)
