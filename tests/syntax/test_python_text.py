"""Cutting Python text into pieces."""

from __future__ import annotations

import pytest

from hydroflow_nb.source import Source
from hydroflow_nb.syntax.python_text import cut, cut_generics


def pieces_of(text, cutter=cut):
    """The texts of the pieces, how far the cut goes, and what was reported."""
    found = []
    result = cutter(Source(text=text), 0, found.append)
    return [text[piece.start : piece.end] for piece in result.pieces], text[result.end :], found


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("", []),
        (" # nothing\n", []),
        ("a", ["a"]),
        ("a, b", ["a", "b"]),
        ("a, b,", ["a", "b"]),
        (" a # one, two\n , # three\n b ", ["a", "b"]),
        ("f(a, b), [c, d], {e: (f, g)}", ["f(a, b)", "[c, d]", "{e: (f, g)}"]),
        ("',', b',', u',', Rb',', bR','", ["','", "b','", "u','", "Rb','", "bR','"]),
        ("\",)\", '''\n,''', 1", ['",)"', "'''\n,'''", "1"]),
        (r"'it\'s, it', r'\', x'", [r"'it\'s, it'", r"r'\', x'"]),
        ("lambda a, b: a, c", ["lambda a, b: a", "c"]),
        ("lambda a, b=lambda c, d: c, e=1: a, f", ["lambda a, b=lambda c, d: c, e=1: a", "f"]),
        ("lambda a, b={1: 2}, c=x[1:2]: a, f", ["lambda a, b={1: 2}, c=x[1:2]: a", "f"]),
        ("[lambda], a", ["[lambda]", "a"]),
        ("|a, b| a, |c, (d, e)| c | d, f", ["|a, b| a", "|c, (d, e)| c | d", "f"]),
        ("|| 0, |a, b| a", ["|| 0", "|a, b| a"]),
        ("x for x, y in z", ["x for x", "y in z"]),
        ("a if b else c, d", ["a if b else c", "d"]),
        ("a \\\n , b", ["a", "b"]),
        ("x // 2, y", ["x // 2", "y"]),
    ],
)
def test_a_comma_outside_of_brackets_ends_a_piece(inside, expected):
    pieces, rest, found = pieces_of(f"({inside}) -> rest")

    assert pieces == expected
    assert rest == " -> rest"
    assert not found


@pytest.mark.parametrize(
    "string",
    [
        "f'{x}, {y}'",
        "f'{{, }}'",
        "f'{x!r:>{width}}, '",
        "f'{x:%H:%M, }'",
        """f"{a['b']}, " """.strip(),
        "f'{a['b, c']}, '",
        "f'{f'{f'{1}, '}'}'",
        "f'''{\nx,\n}'''",
        "f'{x # a comment }\n}, '",
        r"f'\N{DASH}, {x}\{y}'",
        r"rf'\{x}, \' '",
        "F'{ {1: (2, 3)}[1] }'",
        "fR'{lambda: 1}, '",
        "f'{x:{y:{z}}}, '",
        r"f'\\{x}, '",
        "f''",
    ],
)
def test_an_f_string_is_one_token_whatever_its_fields_hold(string):
    pieces, rest, found = pieces_of(f"({string}, b)-")

    assert pieces == [string, "b"]
    assert rest == "-"
    assert not found


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("int", ["int"]),
        ("'tick", ["'tick"]),
        ("'tick, 'static,", ["'tick", "'static"]),
        (" 'tick , dict[str, int] ", ["'tick", "dict[str, int]"]),
        ("'tick'", ["'tick'"]),
        ("(a > b), c", ["(a > b)", "c"]),
        ("list<int>, c", ["list<int>", "c"]),
        ("a<b<c>>", ["a<b<c>>"]),
    ],
)
def test_generics_end_at_their_own_angle_bracket(inside, expected):
    pieces, rest, found = pieces_of(f"<{inside}>(x)", cut_generics)

    assert pieces == expected
    assert rest == "(x)"
    assert not found


@pytest.mark.parametrize(
    ("text", "code", "place", "rest"),
    [
        ("(a -> b;", "HF102", 0, "-> b;"),
        ("(a; b", "HF102", 0, "; b"),
        ("(a", "HF102", 0, ""),
        ("([a) -> b", "HF102", 1, " -> b"),
        ("(f([a), b) -> c", "HF102", 3, " -> c"),
        ("(a]) -> b", "HF103", 2, " -> b"),
        ("({a; b -> c", "HF102", 1, "; b -> c"),
        ("('a) -> b", "HF106", 1, " -> b"),
        ("('''a) -> b", "HF106", 1, ""),
        ("(f'{a) -> b", "HF106", 1, " -> b"),
        ("(|(a, b| c) -> d", "HF102", 2, " -> d"),
    ],
)
def test_what_is_not_closed_is_reported_and_reading_can_go_on(text, code, place, rest):
    _, found_rest, found = pieces_of(text)

    assert [(each.code, each.span.start) for each in found] == [(code, place)]
    assert found_rest == rest


def test_a_comment_is_a_comment_when_the_bracket_closes_behind_it():
    pieces, _, found = pieces_of("(a, #total)\n b)")

    assert pieces == ["a", "b"]
    assert not found
