"""From text to statements: the grammar, what is wrong with a text, and that no text is too much."""

from __future__ import annotations

import ast
import dataclasses
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.expressions import Closure, Expression, OperatorCall, TypeArgument
from hydroflow_nb.rendering import all_as_text
from hydroflow_nb.source import Source, Span
from hydroflow_nb.syntax.parser import parse
from hydroflow_nb.syntax.tree import Group, NameReference, Ported

# --- what a text becomes ----------------------------------------------------------------------------------------------


def shown(node):
    """A node as text in one fixed layout."""
    match node:
        case OperatorCall():
            return f"{node.name}({', '.join(argument.span.text for argument in node.arguments)})"
        case Ported(before=before, node=inner, after=after):
            return f"{port_shown(before)}{shown(inner)}{port_shown(after)}"
        case NameReference():
            return node.name
        case Group():
            return f"({pipeline_shown(node.pipeline)})"


def port_shown(port):
    return "" if port is None else f"[{port.label!r}]"


def pipeline_shown(pipeline):
    return " -> ".join(shown(node) for node in pipeline.nodes)


def statements_shown(result):
    return [
        f"{'' if statement.name is None else statement.name + ' = '}{pipeline_shown(statement.pipeline)}"
        for statement in result.flow.statements
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("# nothing", []),
        ("a", ["a"]),
        ("a;", ["a"]),
        ("a -> b; c -> d", ["a -> b", "c -> d"]),
        ("x = a -> b;", ["x = a -> b"]),
        ("map = map(str) -> [0]map[left] -> map;", ["map = map(str) -> [0]map['left'] -> map"]),
        ("if = print -> lambda -> [in]class;", ["if = print -> lambda -> ['in']class"]),
        ("x = [0]y; z = y[12];", ["x = [0]y", "z = y[12]"]),
        ("[0](a -> (b -> c)[1])[x] -> d;", ["[0](a -> (b -> c)[1])['x'] -> d"]),
        ("a\n->\n b // c\n -> /* d */ e # f\n;", ["a -> b -> e"]),
        ("a(1,2)->b ( 3 )\n;c ::< int > (4) ;", ["a(1, 2) -> b(3)", "c(4)"]),
        ("größe = ﬁ -> fi;", ["größe = fi -> fi"]),
    ],
)
def test_a_text_becomes_statements(read, text, expected):
    result = read(text)

    assert not result.diagnostics
    assert statements_shown(result) == expected


def test_every_part_has_the_span_of_its_text(read):
    result = read(" x = [0]y[1] -> map::<'tick>( |a| a ) -> (b -> c); ")

    (statement,) = result.flow.statements
    ported, call, group = statement.pipeline.nodes
    assert statement.span.text == "x = [0]y[1] -> map::<'tick>( |a| a ) -> (b -> c)"
    assert statement.name_span.text == "x"
    assert statement.pipeline.span.text == "[0]y[1] -> map::<'tick>( |a| a ) -> (b -> c)"
    assert [ported.span.text, ported.before.span.text, ported.node.span.text, ported.after.span.text] == [
        "[0]y[1]",
        "[0]",
        "y",
        "[1]",
    ]
    assert [call.span.text, call.name_span.text] == ["map::<'tick>( |a| a )", "map"]
    assert [group.span.text, group.node.pipeline.span.text] == ["(b -> c)", "b -> c"]


# --- what is wrong with a text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marked", "code", "words"),
    [
        ("a()\n⟦b⟧ = c();", "HF101", "expected `->` or `;` before `b`"),
        ("a()\n  ⟦b⟧();", "HF101", "expected `->` or `;` before `b`"),
        ("a()\n  ⟦(⟧b());", "HF101", "expected `->` or `;`"),
        ("a ⟦b⟧;", "HF101", "expected `->` or `;`"),
        ("(a() ⟦b⟧());", "HF101", "expected `->` or `)`"),
        ("a = ⟦;⟧", "HF101", "found `;`"),
        ("a;⟦;⟧b;", "HF101", "found `;`"),
        ("⟦->⟧ a;", "HF101", "found `->`"),
        ("a -> ⟦->⟧ b;", "HF101", "after `->`"),
        ("a -> ⟦⟧", "HF101", "the end of the text"),
        ("a -> ⟦;⟧ b;", "HF101", "after `->`"),
        ("a⟦,⟧ b;", "HF101", "before `,`"),
        ("⟦7⟧ = a;", "HF101", "found `7`"),
        ("⟦?⟧ a;", "HF101", "found `?`"),
        ("a -> ⟦'⟧b';", "HF101", "found `'`"),
        ("a ⟦{⟧ b };", "HF101", "before `{`"),
        ("(⟦)⟧;", "HF101", "found `)`"),
        ("(a -> ⟦)⟧;", "HF101", "after `->`"),
        ("(a⟦;⟧);", "HF101", "a statement cannot end"),
        ("a() ⟦=⟧ b;", "HF108", "an assignment is"),
        ("a = b ⟦=⟧ c;", "HF108", "an assignment is"),
        ("a -> (b ⟦=⟧ c);", "HF108", "an assignment is"),
        ("⟦(⟧a -> b;", "HF102", "never closed"),
        ("⟦(⟧a -> b", "HF102", "never closed"),
        ("(a)⟦)⟧;", "HF103", "closes nothing"),
        ("a; ⟦/*⟧ b;", "HF105", "never ends"),
        ("a -> ⟦/*⟧ b;", "HF105", "never ends"),
        ("⟦[]⟧a;", "HF110", "a port"),
        ("⟦[a b]⟧c;", "HF110", "a port"),
        ("⟦[0.5]⟧a;", "HF110", "a port"),
        ("⟦[-1]⟧a;", "HF110", "a port"),
        ("a⟦['b']⟧;", "HF110", "a port"),
        ("⟦[1_0]⟧a;", "HF110", "a port"),
        ("⟦[٣]⟧a;", "HF110", "a port"),
        ("⟦[99999999999]⟧a;", "HF110", "a port"),
        ("⟦[⟧0 a; b", "HF102", "never closed"),
        ("⟦[⟧0 a -> b]c;", "HF102", "never closed"),
        ("a⟦[⟧", "HF102", "never closed"),
        ("[0]⟦;⟧", "HF101", "is the port of"),
        ("[0]⟦[⟧1]a;", "HF110", "one is enough"),
        ("a[0]⟦[⟧1];", "HF110", "once"),
        ("⟦[0]⟧a();", "HF111", "belongs to a name"),
        ("a()⟦[0]⟧;", "HF111", "belongs to a name"),
        ("⟦a::b⟧::c();", "HF113", "path"),
        ("a⟦!⟧(1);", "HF113", "no `!`"),
        ("a⟦!⟧;", "HF113", "no `!`"),
        ("a::⟦;⟧", "HF112", "expected `<`"),
        ("⟦import!⟧;", "HF114", "path of a module"),
        ("⟦import!()⟧;", "HF114", "one text"),
        ("⟦import!(plus)⟧;", "HF114", "one text"),
        ("⟦import!('a', 'b')⟧;", "HF114", "one text"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(only_error, marked, code, words):
    found_code, message, hint = only_error(marked)

    assert found_code == code
    assert words in message
    assert hint


def test_all_errors_of_a_text_are_reported_in_its_order(read):
    result = read("a -> => b;\nc -> d;\ne -> map(|x| x +) -> f(,);\n[x y]g -> ;\nh /* i")

    assert [(found.code, found.span.line) for found in result.diagnostics] == [
        ("HF101", 1),
        ("HF121", 3),
        ("HF120", 3),
        ("HF110", 4),
        ("HF101", 4),
        ("HF105", 5),
    ]


def test_sound_statements_beside_wrong_ones_are_kept(read):
    result = read("a -> b; c -> -> d; e -> map(1 2); f -> g; (h; i -> j; k {;} l; m")

    assert statements_shown(result) == ["a -> b", "f -> g", "i -> j", "m"]


def test_a_line_that_begins_with_a_name_may_be_a_statement(read):
    result = read("a -> b\nc = d -> -> e;\nf;")

    assert [(found.code, found.span.line, found.span.column) for found in result.diagnostics] == [
        ("HF101", 2, 1),
        ("HF101", 2, 10),
    ]


def test_lines_are_counted_as_the_source_counts_them(read):
    result = read("a;\nb -> ;", first_line=2)

    assert [found.span.line for found in result.diagnostics] == [3]


# --- any text ---------------------------------------------------------------------------------------------------------

SOUND = (
    "a = source_iter([1, 2]) -> map(|x| x + 1) -> tee();  # one\n",
    "a[0] -> filter(lambda x: x > 'é, (' or f'{x!r:>{w}} {{') -> [left](b -> c);\n",
    "j = join::<'tick, 'static>() -> fold::<'static, dict[str, int]>(|| 0, |(a, _), [b, c]| {a: b}) -> null();\n",
    "// two\na -> flat_map(|x| [y for y in range(x) if (z := y)]) -> sort_by_key(lambda x, k=1: f(x, key=k));\n",
    'x -> map("""a\n; b""") -> f(rb\'\\\'\', f"""{\n1}""") /* three */ -> [0]j[1];\n',
    "a -> filter(|x| x < $top) -> import!('m.hf') -> mod; loop { a -> b; }\n",
)
BITS = (
    *"()[]{}<>|,;:='\"\\\n\r\t #$&!?._-+*/0a1éf\u2028\0\ud800\xa0",
    *("->", "::", "'''", '"""', "f'", 'f"{', "lambda ", "yield ", "await ", "//", "/*", "*/", "|x|", "'tick", "loop {"),
    *("import!", "$a", ":=", "..", "\r\n", "for x in y", "#a)", "map(", "return "),
)


@st.composite
def mutations(draw):
    """A sound flow with a few changes, or bits of the language in any order."""
    text = "".join(draw(st.lists(st.sampled_from(SOUND), max_size=3)))
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 4)))
        text = text[:start] + "".join(draw(st.lists(st.sampled_from(BITS), max_size=3))) + text[end:]
    return text


def parts_of(node):
    """The node and all that it consists of."""
    yield node
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if dataclasses.is_dataclass(part) and not isinstance(part, (Source, Span)):
                yield from parts_of(part)


def check_spans(text, first_line=1):
    source = Source(text=text, first_line=first_line)
    result = parse(source)

    for found in result.diagnostics:
        for span in (found.span, *(label.span for label in found.labels)):
            assert 0 <= span.start <= span.end <= len(text)
    assert len(all_as_text(result.diagnostics)) >= len(result.diagnostics)
    for part in parts_of(result.flow):
        if hasattr(part, "span"):
            assert 0 <= part.span.start < part.span.end <= len(text)
        if isinstance(part, (Closure, Expression, TypeArgument)):
            check_places(source, part)


def check_places(source, part):
    tree = part.body if isinstance(part, Closure) else part.node
    for node in ast.walk(tree):
        if not hasattr(node, "lineno"):
            continue
        start = source.offset(node.lineno, node.col_offset)
        end = source.offset(node.end_lineno, node.end_col_offset)
        assert part.span.start <= start <= end <= part.span.end
        if isinstance(node, ast.Name) and node.id.isascii():
            assert source.text[start:end] == node.id.replace("hf_ref_", "$")


@given(mutations(), st.integers(1, 900))
def test_any_text_is_read_with_sound_places(text, first_line):
    check_spans(text, first_line)


@given(st.text())
def test_any_characters_are_read_with_sound_places(text):
    check_spans(text)


@pytest.mark.parametrize(
    "unit",
    ["(", "[", "{", "{;", "a(", "a({;", "f'{", "a(f'{x:", "'", '"""', "/*", "a::<", "a(|(", "loop {", "a→", "a(#a)\n"],
)
def test_brackets_without_end_are_read_in_time(unit):
    started = time.process_time()

    result = parse(Source(text=unit * 1000))

    assert result.diagnostics
    assert time.process_time() - started < 2
