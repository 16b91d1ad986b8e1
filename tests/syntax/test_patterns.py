"""The parameters of closures."""

from __future__ import annotations

import pytest

from hydroflow_nb.expressions import Binding, Instance, Rest, Sequence, Wildcard
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.patterns import read_parameters


def plain(pattern):
    """A pattern as a string, a tuple or a list."""
    match pattern:
        case Wildcard():
            return "_"
        case Binding(name=name):
            return name
        case Rest(name=name):
            return "*" + name
        case Instance(path=path, items=items):
            return {".".join(path): tuple(plain(item) for item in items)}
        case Sequence(items=items, brackets="()"):
            return tuple(plain(item) for item in items)
        case Sequence(items=items):
            return [plain(item) for item in items]


def parameters_of(text):
    found = []
    patterns = read_parameters(Source(text=text), 0, len(text) - 1, found.append)
    return patterns, found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("||", []),
        ("| |", []),
        ("|x|", ["x"]),
        ("|x, _|", ["x", "_"]),
        ("|x,|", ["x"]),
        ("|_, _|", ["_", "_"]),
        ("|(a, (b, _)), [c, d]|", [("a", ("b", "_")), ["c", "d"]]),
        ("|()|", [()]),
        ("|[]|", [[]]),
        ("|(a,)|", [("a",)]),
        ("|[a]|", [["a"]]),
        ("|(a)|", ["a"]),
        ("|((a))|", ["a"]),
        ("|(\n  a,  # one\n  b\n)|", [("a", "b")]),
        ("|mut, match|", ["mut", "match"]),
        ("|é, नाम|", ["é", "नाम"]),
        ("|ﬁ|", ["fi"]),
        ("|(first, *rest)|", [("first", "*rest")]),
        ("|[*_, last]|", [["*_", "last"]]),
        ("|(*all,)|", [("*all",)]),
        ("|((a, *b), *c)|", [(("a", "*b"), "*c")]),
        ("|Rect(w, h)|", [{"Rect": ("w", "h")}]),
        ("|Unit()|", [{"Unit": ()}]),
        ("|shapes . Rect(w, *_), k|", [{"shapes.Rect": ("w", "*_")}, "k"]),
        ("|(k, Pair(Rect(w, _), [a]))|", [("k", {"Pair": ({"Rect": ("w", "_")}, ["a"])})]),
    ],
)
def test_patterns_are_names_wildcards_tuples_and_lists(text, expected):
    patterns, found = parameters_of(text)

    assert not found
    assert [plain(pattern) for pattern in patterns] == expected


def test_each_pattern_has_its_own_span():
    patterns, _ = parameters_of("|a, (b, [_]) |")

    outer = patterns[1]
    assert outer.span.text == "(b, [_])"
    assert outer.items[0].span.text == "b"
    assert outer.items[1].items[0].span.text == "_"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("|&x|", "&", "reference in Rust"),
        ("|mut x|", "mut", "is Rust"),
        ("|x: int|", ":", "no types"),
        ("|x=1|", "=", "no defaults"),
        ("|*x|", "*", "inside the item's brackets"),
        ("|(a, *b, *c)|", "*", "second `*`"),
        ("|(*x)|", "*x", "not in a sequence"),
        ("|(a, *)|", ")", "expected a name"),
        ("|(a, *(b, c))|", "(", "expected a name"),
        ("|(a, *a)|", "a", "bound twice"),
        ("|(a, ..)|", ".", "is Rust"),
        ("|a.b|", "|", "expected `(`"),
        ("|a.(b)|", "(", "expected a name"),
        ("|Foo(a)(b)|", "(", "cannot go on"),
        ("|Foo { a }|", "{", "cannot go on"),
        ("|Shape::Rect(a)|", ":", "path in Rust"),
        ("|Foo(a=b)|", "=", "no defaults"),
        ("|if(a)|", "if", "cannot be a name"),
        ("|Foo(Foo)|", "Foo", "the closure also binds it"),
        ("|Foo, Foo(a)|", "Foo", "a class in this closure's patterns"),
        ("|x y|", "y", "expected `,` or `|`"),
        ("|(x y)|", "y", "expected `,` or `)`"),
        ("|(x|", "|", "expected `,` or `)`"),
        ("|(|", "|", "missing"),
        ("|,|", ",", "missing"),
        ("|a,,|", ",", "missing"),
        ("|(,)|", ",", "missing"),
        ("|1|", "1", "not a pattern"),
        ("|'a'|", "'a'", "not a pattern"),
        ("|if|", "if", "cannot be a name"),
        ("|None|", "None", "cannot be a name"),
        ("|lambda|", "lambda", "`lambda`"),
        ("|a, (b, a)|", "a", "bound twice"),
        ("|ﬁ, fi|", "fi", "bound twice"),
        ("|x²|", "x²", "not a pattern"),
    ],
)
def test_what_is_not_a_pattern_is_reported_at_its_place(text, place, words):
    patterns, found = parameters_of(text)

    assert patterns is None
    assert [(each.code, each.span.text) for each in found] == [("HF125", place)]
    assert words in found[0].message
    assert found[0].hint


def test_patterns_nested_without_measure_are_an_error():
    patterns, found = parameters_of("|" + "(" * 500 + "a" + ",)" * 500 + "|")

    assert patterns is None
    assert "too deeply" in found[0].message
