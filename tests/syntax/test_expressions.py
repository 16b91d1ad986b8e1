"""Python text as expressions with places, and what Python refuses."""

from __future__ import annotations

import ast
import warnings

import pytest

from hydroflow_nb.source import Source
from hydroflow_nb.syntax.expressions import read_expression, read_references
from hydroflow_nb.syntax.python_text import cut


def expression_in(text, opening=0, **names):
    found = []
    source = Source(text=text, **names)
    (piece,) = cut(source, opening, found.append).pieces
    node = read_expression(source, piece, piece.start, found.append)
    return source, node, found


@pytest.mark.parametrize(
    "inside",
    [
        "x",
        " x + y",
        "\n  x +\n  # between\n  'é' + ñ\n",
        "x\r\n+ y\r\n",
        "x\r+ y\r",
        "('é', ñ)",
        "\\\n x",
        "f'{x} {y!r:>{z}}' 'a'",
        "f'''a\n {x} {\n y}\n'''",
        "[é for é in (ü, 'ö')]",
        "\nx",
        "'''a\nb''' + é",
    ],
)
@pytest.mark.parametrize("before", ["a", "# é\n\n  map", "é = é -> é", "\n" * 700 + "m"])
@pytest.mark.parametrize("first_line", [1, 2])
def test_every_name_has_the_place_that_it_has_in_the_text(inside, before, first_line):
    source, node, found = expression_in(f"{before}({inside})", len(before), first_line=first_line)

    assert not found
    for child in ast.walk(node):
        if isinstance(child, ast.Name):
            start = source.offset(child.lineno, child.col_offset)
            end = source.offset(child.end_lineno, child.end_col_offset)
            assert source.text[start:end] == child.id


def test_a_tree_of_a_place_is_the_tree_of_the_expression():
    _, node, _ = expression_in("map(lambda x: [x, {'a': x.b(1)}])", 3)

    assert ast.dump(node) == ast.dump(ast.parse("lambda x: [x, {'a': x.b(1)}]", mode="eval").body)


@pytest.mark.parametrize(
    ("marked", "code", "words"),
    [
        ("x ⟦+⟧", "HF121", "not complete"),
        ("f(x) ⟦+⟧ # and so on\n", "HF121", "not complete"),
        ("⟦x y⟧", "HF121", "not one Python expression"),
        ("|x|\n (x +\n  ⟦for⟧)", "HF121", "`for` cannot stand here"),
        ("é + 'é' @ ⟦@⟧ 2", "HF121", "`@` cannot stand here"),
        ("[1, ⟦//⟧ 2\n]", "HF121", "cannot stand here"),
        ("[⟦a = 1⟧]", "HF121", "cannot stand here"),
        ("⟦0⟧777", "HF121", "octal"),
        ("|x| ⟦return⟧ x", "HF122", "statement"),
        ("⟦for⟧ x in y: z", "HF122", "statement"),
        ("|x| ⟦if⟧ x: y", "HF122", "statement"),
        ("⟦import⟧ math", "HF122", "statement"),
        ("|x| ⟦del⟧ x", "HF122", "statement"),
        ("|x| y ⟦=⟧ x", "HF122", "assignment"),
        ("|x| x +⟦=⟧ 1", "HF122", "assignment"),
        ("f⟦=⟧str", "HF122", "have no names"),
        ("⟦*⟧xs", "HF122", "unpacks"),
        ("⟦**⟧xs", "HF122", "unpacks"),
        ("|x| ⟦*⟧x", "HF122", "unpacks"),
        ("⟦x for x in y⟧", "HF122", "brackets of its own"),
        ("|z| ⟦x for x in y⟧", "HF122", "brackets of its own"),
        ("|x| (⟦yield x⟧)", "HF124", "`yield`"),
        ("|x| f(⟦await x⟧)", "HF124", "`await`"),
        ("lambda x: ⟦await x⟧", "HF124", "`await`"),
        ("lambda x: (⟦yield x⟧)", "HF124", "`yield`"),
        ("lambda x, k=1: (⟦yield x⟧)", "HF124", "`yield`"),
        ("|x| x ⟦\\⟧ y", "HF104", "continues a line"),
        ("|x| x ⟦\0⟧ y", "HF104", "null character"),
        ("|x| ⟦\ud800⟧", "HF104", "half of a character"),
        ("x ⟦/* y */⟧ + z", "HF126", "comment"),
        ("[1, // don⟦'⟧t\n 2]", "HF106", "never ends"),
    ],
)
def test_what_is_not_an_expression_is_reported_at_its_place(only_error, marked, code, words):
    found_code, message, _ = only_error(f"a\n  -> map({marked}) -> b;")

    assert found_code == code
    assert words in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lambda x, x: 1", "duplicate argument `x`"),
        ("|x| f(a=1, a=2)", "keyword argument repeated"),
        ("[y := 1 for y in x]", "assignment expression cannot rebind"),
        ("|x| [z async for z in x]", "`async`"),
        ("'a\0b'", "null character"),
        ("-" * 100_000 + "1", "too deeply nested"),
        ("1" * 5000, "4300 digits"),
    ],
)
def test_what_only_pythons_compiler_refuses_is_reported_too(read, text, words):
    result = read(f"a -> map({text});")

    assert [words in found.message for found in result.diagnostics] == [True], result.diagnostics


def test_a_function_inside_of_an_argument_may_yield(arguments):
    assert len(arguments("|x| list((lambda: (yield x))())")) == 1


def test_pythons_warnings_bear_the_flows_own_file_name():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        expression_in(r"map('\d')", 3, filename="<cell 3>")

    assert [each.filename for each in caught] == ["<cell 3>"]


def test_comments_of_c_get_a_hint(only_error):
    _, _, hint = only_error("a -> map([1, ⟦//⟧ one\n 2]);")

    assert "only `#` begins a comment" in hint


def test_a_reference_is_a_reserved_name_at_its_place():
    found = []
    source = Source(text="f('$é', $top + _top, [$low])")
    pieces = cut(source, 1, found.append).pieces

    read = [(piece, read_expression(source, piece, piece.start, found.append)) for piece in pieces]
    references = [read_references(source, piece, node, found.append) for piece, node in read]

    assert not found
    assert [ast.unparse(node) for _, node in read] == ["'$é'", "hf_ref_top + _top", "[hf_ref_low]"]
    assert [[(each.name, each.span.text) for each in some] for some in references] == [
        [],
        [("top", "$top")],
        [("low", "$low")],
    ]
    assert (read[1][1].left.col_offset, read[1][1].left.end_col_offset) == (9, 13)
