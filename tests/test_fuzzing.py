"""Whatever is written, the compiler answers with a flow or with diagnostics, never with an exception of its own.

The texts are written by the grammar, with a few things that make no sense, and then damaged. With the nightly profile
(`--hypothesis-profile=nightly`) 50,000 texts are parsed, and 20,000 flows compiled.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, TypeAlias, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nightly import IS_NIGHTLY
from standing_in import frame_of

import hydroflow_nb as hf
from hydroflow_nb import lattices
from hydroflow_nb.compiler import compile_source, compile_text
from hydroflow_nb.expressions import OperatorCall
from hydroflow_nb.operators import BY_NAME, OPERATORS, RENAMED
from hydroflow_nb.operators.record.former import REMOVED
from hydroflow_nb.operators.record.operator import ArgumentKind, Arity, Operator, Persistence
from hydroflow_nb.rendering import all_as_text, as_html
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse
from hydroflow_nb.syntax.tree import Group, PipelineNode, Ported

T = TypeVar("T")
Change: TypeAlias = "tuple[str, int, str]"

# A nightly run takes many minutes. Python warns of what stands in some of the texts.
pytestmark = [
    pytest.mark.timeout(3_600),
    pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning"),
]
EACH = settings.default.max_examples

# --- texts by the grammar ---------------------------------------------------------------------------------------------

NAMES = ("a", "b", "c", "j", "é", "_x")
ODD_NAMES = ("loop", "mod", "let", "def", "lambda", "_", "__debug__", "None", "ﬁ", "use")
VALUES = (
    *("x", "f", "0", "-1", "1.5", "1e999", "'; -> ('", 'b"\\x00"', "f'{x!r:>{x}} {{'", '"""a\n; b"""', "None", "..."),
    *("[y for y in x if (z := y)]", "lambda: 0", "lambda x, k=1: f(x, k=k)", "{x: 1, **x}", "x[1:, ::2]", "$a"),
    *("$a.b", "(x if x else y)", "(not x)", "f(*x, **y)", "(x # one ;\n)", "[$a, $é]", "x < $j", "rb'\\''", "{x, y}"),
    "'é' 'b'",
)
ODD_VALUES = (
    *("(yield)", "await x", "*x", "x=1", "0..5", "vec![1]", "#a", "x y", "", "return x", "'", '"""', "f'{x", "$"),
    *("x; y", "{ let y = x; y }", "&x", "x as i32", "5u32", "x?", "Vec::<int>::new()", "move |x| x", "/* x */", "$1"),
    *("f'{$a}'", "a, = b", "del x", "(x for x in y)", "x for x in y", "[" * 300, "lambda x, x: x", "\ud800"),
    *("f(a=1, a=2)", "0777"),
)
OPERATOR_NAMES = tuple(BY_NAME)
ODD_OPERATOR_NAMES = (*RENAMED, *REMOVED, "nope", "é", "maps", "std::map", "map!", "2map", "a.b")
TYPES = ("'tick", "'static", "'mutable", "int", "list[int]", "Max", "A | B")
ODD_TYPES = ("'", "Vec<int>", "_", "'a'", "", "$a", "|x| x", "'static int", "lambda: 0", "yield", "a=1")
PORTS = ("0", "1", "pos", "neg", "state", "é")
ODD_PORTS = ("", "-1", "01", "a, b", "'a'", "99999999999", "a.b", "[0]", "1.0", "def")
BLANKS = (" ", "\n", "\r\n", "  # one; two\n", " // one -> (\n", " /* three; */ ", "\t")
# Below it only what has no parts is written.
DEEPEST = 5


class Writer:
    """Writes flows by the grammar, a method for each rule; one choice in fifty is `odd`, a thing that fits nowhere.

    A seed makes a flow in a tenth of the time that strategies for all rules take.
    """

    def __init__(self, random: Random) -> None:
        self.random = random

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def one_of(self, choices: Sequence[T], odd: Sequence[T] = ()) -> T:
        return self.random.choice(odd if odd and self.chance(0.02) else choices)

    def several(self, rule: Callable[[int], str], depth: int, separator: str, least: int, most: int) -> str:
        return separator.join(rule(depth + 1) for _ in range(self.random.randint(least, most)))

    def name(self) -> str:
        return self.one_of(NAMES, ODD_NAMES)

    def pattern(self, depth: int) -> str:
        brackets = "" if depth > DEEPEST else self.one_of(("", "", "", "()", "[]", "C()", "c.C()"))
        if not brackets:
            # Few names are bound twice.
            return "_" if self.chance(0.3) else f"{self.name()}{self.random.randint(0, 99)}"
        parts = [self.pattern(depth + 1) for _ in range(self.random.randint(0, 3))]
        if self.chance(0.2):
            parts.insert(self.random.randint(0, len(parts)), self.one_of((f"*rest{self.random.randint(0, 99)}", "*_")))
        return f"{brackets[:-1]}{', '.join(parts)}{brackets[-1]}"

    def value(self, depth: int) -> str:
        match self.random.randint(0, 5) if depth <= DEEPEST else 0:
            case 1:
                return f"({self.value(depth + 1)},\n{self.value(depth + 1)})"
            case 2:
                return f"f({self.several(self.value, depth, ', ', 0, 2)})"
            case 3:
                sign = self.one_of((" + ", " and ", " | ", " < ", " if x else "))
                return f"({self.value(depth + 1)}{sign}{self.value(depth + 1)})"
            case _:
                return self.one_of(VALUES, ODD_VALUES)

    def argument(self, depth: int) -> str:
        if self.chance(0.6):
            return self.value(depth)
        parameters = self.several(self.pattern, depth, ", ", 0, 3) + self.one_of(("", "", "", ","))
        # A comment of the flow is not a comment of Python.
        blank = self.one_of((" ", "", "\n", " # one; two\n"), BLANKS)
        return f"|{parameters.lstrip(',')}|{blank}{self.value(depth)}"

    def generics(self) -> str:
        if self.chance(0.7):
            return ""
        types = [self.one_of(TYPES, ODD_TYPES) for _ in range(self.random.randint(1, 3))]
        if not self.chance(0.1):
            types.sort(key=lambda one: not one.startswith("'"))
        return f"::<{', '.join(types)}>"

    def call(self, depth: int) -> str:
        arguments = self.several(self.argument, depth, ", ", 0, 3)
        end = self.one_of(("", "\n", " # end\n", ",")) if arguments else ""
        return f"{self.one_of(OPERATOR_NAMES, ODD_OPERATOR_NAMES)}{self.generics()}({arguments}{end})"

    def port(self) -> str:
        return f"[{self.one_of(PORTS, ODD_PORTS)}]" if self.chance(0.3) else ""

    def node(self, depth: int) -> str:
        match self.random.randint(0, 20):
            case 0:
                return self.one_of(
                    ("mod", "import!('nowhere.hf')"), ("import!(a)", "import!()", "import", "import! 'a'")
                )
            case 1 | 2 | 3 | 4 | 5 | 6:
                return f"{self.port()}{self.name()}{self.port()}"
            case 7 | 8 | 9 if depth <= DEEPEST:
                return f"{self.port()}({self.pipeline(depth + 1)}){self.port()}"
            case _:
                return self.call(depth)

    def pipeline(self, depth: int) -> str:
        arrow = self.one_of((" -> ", "->", "\n    -> "), (" => ", " - > ", " <- ", ">", " "))
        return self.several(self.node, depth, arrow, 1, 3)

    def statement(self, depth: int) -> str:
        if depth <= DEEPEST and self.chance(0.02):
            name = self.one_of(("", "a "))
            return f"loop {name}{{{self.one_of(BLANKS)}{self.several(self.statement, depth, ' ', 0, 2)}}}"
        variable = f"{self.name()} = " if self.chance(0.3) else ""
        return f"{variable}{self.pipeline(depth)};{self.one_of(BLANKS)}"

    def flow(self) -> str:
        return self.several(self.statement, 0, "", 1, 4)


LOCATIONS = ("a", "b", "server", "clients", "é")
DECLARED = ("process()", "process()", "cluster()", "cluster(open=True)", "external()", 'process(at="10.0.0.7:5000")')
ODD_DECLARED = ("process(2)", "process(at=x)", "cluster(open=False,)", "external(open=True)", "process", "process(**k)")
ROUTES = (".all", ".others", ".next", ".by(|x| x)", ".by(f)", ".by(|(k, _)| k)")
ODD_ROUTES = (".", ".one", ".all()", ".by", ".by()", ".by(|x| $a)", ".by(|x, y| x)", ".by(", ".all.next")


class SystemWriter(Writer):
    """Writes the texts of systems by the grammar: flows whose statements have locations, joined by `~>`."""

    def location(self) -> str:
        return f"@{self.one_of(LOCATIONS, ('', '1', 'a.all', ' a', '@a', 'zz'))}"

    def crossing(self) -> str:
        if self.chance(0.4):
            return " ~> "
        route = self.one_of(ROUTES, ODD_ROUTES) if self.chance(0.4) else ""
        types = self.generics() if self.chance(0.2) else ""
        return f" ~> {self.location()}{route}{types}{self.one_of((' ', ' -> '))}"

    def pipeline(self, depth: int) -> str:
        count = self.random.randint(1, 3 if depth < 2 else 1)
        parts = [Writer.pipeline(self, depth) for _ in range(count)]
        return "".join(part + (self.crossing() if number else "") for number, part in enumerate(parts, -len(parts) + 1))

    def statement(self, depth: int) -> str:
        if depth == 1 and self.chance(0.1):
            inside = self.several(self.statement, 2, " ", 0, 3)
            return f"{self.location()} {{ {inside} }}{self.one_of(('', ';'))}{self.one_of(BLANKS)}"
        placed = f"{self.location()} " if depth == 1 and self.chance(0.7) else ""
        return f"{placed}{super().statement(depth)}"

    def flow(self) -> str:
        names = self.random.sample(LOCATIONS, self.random.randint(1, 4))
        declared = "".join(f"{name} = {self.one_of(DECLARED, ODD_DECLARED)};\n" for name in names)
        return declared + self.several(self.statement, 0, "", 1, 4)


# --- damage -----------------------------------------------------------------------------------------------------------

TOKEN = re.compile(r"\w+|->|::|\s+|[\s\S]")
BITS = (
    *"()[]{}<>|,;:='\"\\\n\r\t #$&!?._-+*/@0aé\u2028\0\ud800\xa0\ufeff",
    *("->", "::", "'''", '"""', "f'", 'f"{', "lambda ", "yield ", "await ", "//", "/*", "*/", "|x|", "||", "'tick"),
    *("loop {", "import!", "mod", "$a", ":=", "..", "=>", "#a)", "map(", "return ", "<-", "move ", "tee()", "[0]"),
)
KINDS = ("delete", "double", "swap", "insert", "replace")
seeds = st.integers(0, 2**64 - 1)


def changes(bits: Sequence[str], most: int) -> st.SearchStrategy[list[Change]]:
    return st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 999), st.sampled_from(bits)), max_size=most)


def changed(parts: Sequence[str], wanted: Sequence[Change]) -> str:
    """The parts of a text, one behind the other, with changes at places that are counted by parts."""
    found = list(parts)
    for kind, place, bit in wanted:
        at = place % (len(found) + 1)
        match kind:
            case "delete":
                del found[at : at + 1]
            case "double":
                found[at:at] = found[at : at + 3]
            case "swap":
                found[at : at + 2] = reversed(found[at : at + 2])
            case "replace":
                found[at : at + 1] = [bit]
            case _:
                found.insert(at, bit)
    return "".join(found)


def damaged(seed: int, wanted: Sequence[Change], by_token: bool) -> str:
    text = Writer(Random(seed)).flow()
    return changed(TOKEN.findall(text) if by_token else text, wanted)


SIGNS = ("@", "~>", "~", "@a", "~> @b", ".all", ".by(", "@a {", "}", "= process();", "::<int>", "members(a)", "->", ";")


def damaged_system(seed: int, wanted: Sequence[Change], by_token: bool) -> str:
    text = SystemWriter(Random(seed)).flow()
    return changed(TOKEN.findall(text) if by_token else text, wanted)


damaged_flows = st.builds(damaged, seeds, changes(BITS, 4), st.booleans())
damaged_systems = st.builds(damaged_system, seeds, changes((*SIGNS, *BITS), 4), st.booleans())
soups = st.lists(st.sampled_from((*BITS, *NAMES, *OPERATOR_NAMES)), max_size=12).map("".join)
texts = damaged_flows | damaged_flows | damaged_flows | soups | st.text(max_size=40)


@settings(max_examples=EACH * (10 if IS_NIGHTLY else 1))
@given(texts)
def test_any_text_is_read_or_reported(text: str) -> None:
    result = parse(Source(text=text))

    places = [span for one in result.diagnostics for span in (one.span, *(label.span for label in one.labels))]
    assert all(0 <= place.start <= place.end <= len(text) for place in places)
    assert len(all_as_text(result.diagnostics)) >= len(result.diagnostics)
    assert all(as_html(one) for one in result.diagnostics)


# 100,000 in a nightly run.
@settings(max_examples=EACH * (20 if IS_NIGHTLY else 1))
@given(damaged_systems | st.lists(st.sampled_from((*SIGNS, *NAMES, "map(f)", "null()")), max_size=12).map(" ".join))
def test_any_text_with_places_is_read_or_reported(text: str) -> None:
    result = parse(Source(text=text))

    places = [span for one in result.diagnostics for span in (one.span, *(label.span for label in one.labels))]
    assert all(0 <= place.start <= place.end <= len(text) for place in places)
    assert all(as_html(one) for one in result.diagnostics)


@settings(max_examples=EACH * (3 if IS_NIGHTLY else 1))
@given(damaged_systems)
def test_any_text_with_places_is_compiled_or_refused_where_it_stands(text: str) -> None:
    try:
        compile_text(Source(text=text), "system", {"f": str, "x": 1, "y": 2})
    except hf.HydroflowError as refusal:
        found = refusal.diagnostics
        assert all(0 <= one.span.start <= one.span.end <= len(text) for one in found if one.span.source.text == text)
        assert not any("made for" in one.span.source.label for one in found)
    except (NameError, TypeError, AttributeError):
        # The evaluation of a type in the text.
        return


def test_many_of_the_texts_with_places_are_read() -> None:
    sound = [not parse(Source(text=SystemWriter(Random(seed)).flow())).diagnostics for seed in range(200)]

    assert 30 < sum(sound) < 190


def test_many_of_the_texts_are_flows() -> None:
    sound = [not parse(Source(text=Writer(Random(seed)).flow())).diagnostics for seed in range(200)]

    assert 50 < sum(sound) < 190


@settings(max_examples=EACH * (2 if IS_NIGHTLY else 1))
@given(damaged_flows)
def test_any_text_becomes_code_or_is_refused(text: str) -> None:
    with suppress(hf.HydroflowError):
        compile_source(Source(text=text), "flow")


# --- flows that mean something ----------------------------------------------------------------------------------------

FUNCTIONS = {
    0: ("|| 0", "list", "lambda: 0", "|| Max(0)", "SetUnion", "|| ([], {})"),
    1: (
        *("|x| x", "str", "lambda x: (x, x)", "|(k, v)| (v, k)"),
        *("|[a, (b, _)]| a", "|x| $n0", "|_| context", "|x| [x, x]"),
    ),
    2: (
        *("|a, b| a + b", "max", "|acc, (k, _)| acc.append(k)"),
        *("|a, b| None", "lambda a, b: (a, b)", "|a, b| a.merge(b)"),
    ),
}
MISFITS = ("5", "None", "'text'", "[1, 2]", "|| 0", "|a, b, c| a", "channel_of(1)", "Fold(list, |a, b| a)")
CLOSURES_OF_OUTPUTS = (
    "|x, (n0, n1)| n0.give(x)",
    "|x, [a, b]| a if x else b",
    "|x, n| x % n",
    "|x, (state, _)| state.give(x)",
)
OUTPUTS = {"demux": ("evens", "odds"), "partition": ("evens", "odds"), "demux_enum": ("int", "str")}
SOUND_TYPES = ("int", "int | str", "Max", "SetUnion", "bool", "list[int]")
PARTS = ("->", ";", "[0]", "(", ")", "n0", "n1", "n2", "tee()", "union()", "n9 = ", "[state]", "mod", "null()", "$n0")


def calls_in(example: str) -> list[OperatorCall]:
    def inside(node: PipelineNode) -> list[OperatorCall]:
        match node:
            case OperatorCall():
                return [node]
            case Ported(node=Group(pipeline=pipeline)):
                return [call for inner in pipeline.nodes for call in inside(inner)]
            case _:
                return []

    pipelines = parse(Source(text=example)).flow.pipelines()
    return [call for pipeline in pipelines for node in pipeline.nodes for call in inside(node)]


# How each operator's own example calls it: its types, and its arguments.
EXAMPLES = {
    operator.name: next(
        ([one.span.text for one in call.type_arguments], [one.span.text for one in call.arguments])
        for call in calls_in(operator.example)
        if call.name == operator.name
    )
    for operator in OPERATORS
}


class Composer(Writer):
    """Writes flows that are mostly right: operators with arguments that fit, their ports joined at random."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.total = random.randint(1, 7)
        # Outputs that flow nowhere yet, and inputs that wait for what comes later: that can make a cycle.
        self.loose: list[str] = []
        self.starved: list[str] = []
        self.lines: list[str] = []

    def count(self, arity: Arity) -> int:
        if self.chance(0.01):
            return self.random.randint(0, 4)
        return self.random.randint(arity.least, arity.least + 3 if arity.most is None else arity.most)

    def arguments(self, operator: Operator) -> list[str]:
        written = [re.sub(r"\$\w+", self.reference(), one) for one in EXAMPLES[operator.name][1]]
        for index, argument in enumerate(operator.arguments[: len(written)]):
            if argument.parameters is None and self.chance(0.1):
                written[index] = self.one_of(CLOSURES_OF_OUTPUTS)
            elif argument.kind is ArgumentKind.FUNCTION and argument.parameters is not None and self.chance(0.5):
                written[index] = self.one_of(FUNCTIONS[argument.parameters])
            if self.chance(0.01):
                written[index] = self.one_of(MISFITS)
        if self.chance(0.02):
            written = self.one_of(([*written, "0"], written[:-1]))
        return written

    def reference(self) -> str:
        return f"$n{self.random.randrange(self.total)}"

    def types(self, operator: Operator) -> str:
        count = self.random.randint(0, operator.most_persistences)
        lifetimes = [f"'{self.one_of(operator.persistences, tuple(Persistence))}" for _ in range(count)]
        types = EXAMPLES[operator.name][0]
        if self.chance(0.03):
            types = [self.one_of(SOUND_TYPES) for _ in range(self.random.randint(0, 3))]
        return f"::<{', '.join([*lifetimes, *types])}>" if lifetimes or types else ""

    def labelled(self, ports: Sequence[str], index: int) -> str:
        if index < len(ports):
            return self.one_of([f"[{ports[index]}]"], [f"[{port}]" for port in ("", *PORTS)])
        return self.one_of(("", "", "", f"[{index}]"))

    def source(self) -> str:
        if self.loose and self.chance(0.8):
            return self.loose.pop(self.random.randrange(len(self.loose)))
        return self.one_of(("source_iter([1, 2])", "source_stream(channel_of(3))"), (self.reference()[1:], "mod"))

    def add(self, number: int) -> None:
        operator = self.one_of(OPERATORS)
        name = f"n{number}"
        self.lines.append(f"{name} = {operator.name}{self.types(operator)}({', '.join(self.arguments(operator))});")
        for index in range(self.count(operator.inputs)):
            target = f"{self.labelled(operator.input_ports, index)}{name};"
            if self.chance(0.1):
                self.starved.append(target)
            else:
                self.lines.append(f"{self.source()} -> {target}")
        ports = OUTPUTS.get(operator.name, operator.output_ports)
        for index in range(len(ports) if operator.name in OUTPUTS else self.count(operator.outputs)):
            self.loose.append(f"{name}{self.labelled(ports, index)}")

    def parts(self) -> list[str]:
        for number in range(self.total):
            self.add(number)
        self.lines += [f"{self.source()} -> {target}" for target in self.starved]
        ends = ("null()", "for_each(seen.append)", "map(|x| x) -> null()", "tee()")
        self.lines += [f"{loose} -> {self.one_of(ends, ('n0', 'mod'))};" for loose in self.loose]
        self.random.shuffle(self.lines)
        found: list[str] = []
        for line in self.lines:
            found += re.split(r"(?<=;)|(?= -> )|(?<= -> )|(?<==)", line)
            found.append("\n")
        return found


def composed(seed: int, wanted: Sequence[Change]) -> str:
    return changed(Composer(Random(seed)).parts(), wanted)


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Any]]:
    """`notebook()`: the names that the flows use. Files are written into a folder that is deleted."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "example").write_text("[1, 2]\n", encoding="utf-8")
    public = {name: getattr(lattices, name) for name in lattices.__all__}
    ends = hf.Network().bind("here")
    own = {
        "channel_of": lambda *items: hf.channel(items),
        "file_of": lambda _text: tmp_path / "example",
        "frame_of": frame_of,
        "messages_of": lambda *_payloads: ends.inbound,
        "outbound": ends.outbound,
    }

    return lambda: {**public, **own, "hf": hf, "asyncio": asyncio, "seen": []}


def is_compiled(text: str, names: dict[str, Any]) -> bool:
    with suppress(hf.HydroflowError):
        hf.compile(text, names)
        return True
    return False


def test_many_of_the_composed_flows_are_compiled(notebook: Callable[[], dict[str, Any]]) -> None:
    compiled = [is_compiled("".join(Composer(Random(seed)).parts()), notebook()) for seed in range(200)]

    assert 50 < sum(compiled) < 190


@settings(max_examples=EACH * (2 if IS_NIGHTLY else 1), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.builds(composed, seeds, changes(PARTS, 2)))
def test_any_flow_is_compiled_or_refused(notebook: Callable[[], dict[str, Any]], text: str) -> None:
    with suppress(hf.HydroflowError):
        flow = hf.compile(text, notebook())
        flow.close()
