from __future__ import annotations

import ast

import pytest

from hydroflow_nb.reading import relied_on, relied_on_by_function


def found(text: str, *, gives: bool = True) -> frozenset[str] | None:
    return relied_on(ast.parse(text, mode="eval").body, {"d", "k"}, gives=gives)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("len(d)", {"len"}),
        ("5", set()),
        ("k in d and not d", set()),
        ("(k in d) and (d == 3)", set()),
        ("sum(len(v) for v in d.values())", {"sum", "len"}),
        ("any(len(v) > 1 for v in d.values() if v)", {"any", "len"}),
        ("[len(v) + 1 for k, v in d.items()]", {"len"}),
        ("{x: x for x in range(3)}", set()),
        ("f'{d} {len(d)!r}'", {"len"}),
        ("out.append(len(d))", {"len"}),
        ("out.append(str(d.get(k)))", {"str"}),
        ("d.is_bot()", set()),
        ("d[k].count(1) + 1", set()),
        ("1 if d else 2", set()),
        ("print(d, sep='')", {"print"}),
        ("[d for d in out]", set()),
    ],
)
def test_code_that_reads_lets_go_as_long_as_names_mean_pythons_own(text: str, names: set[str]) -> None:
    assert found(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "out.append(d)",
        "out[d]",
        "keep(d)",
        "d(1)",
        "d.add(1)",
        "d.pop()",
        "eval('d')",
        "out << d",
        "(x := d)",
        "(lambda: d)()",
        "max(d, key=keep)",
        "sum((keep(v) for v in d), 0)",
        "[keep(v) for v in d]",
        "[len(v) for out[0] in d]",
        "{**d, 1: keep(d)}",
        "len(keep(d))",
        "5 if keep(d) else 6",
        "keep(*d)",
        "keep(**d)",
        "keep(iter for iter in d)",
    ],
)
def test_code_that_gives_a_part_to_others_may_keep_it(text: str) -> None:
    assert found(text) is None
    assert found(text, gives=False) is None


@pytest.mark.parametrize(
    "text",
    [
        *("d", "d[k]", "d.get(k)", "d.rows", "[d]", "(1, d)", "d or 1", "1 if k else d", "d + [1]", "list(d.values())"),
        *("(v for v in d)", "(len(v) for v in d)", "[v for v in d]", "{1: v for v in d}", "max(d.values())", "[*d]"),
    ],
)
def test_a_value_that_may_hold_a_part_is_let_go_of_where_it_is_dropped(text: str) -> None:
    assert found(text) is None
    assert found(text, gives=False) is not None


def test_of_functions_only_those_that_measure_give_no_part() -> None:
    def of(text: str, *, gives: bool = True) -> frozenset[str] | None:
        return relied_on_by_function(ast.parse(text, mode="eval").body, gives=gives)

    assert of("len") == {"len"}
    assert of("max") is None
    assert of("max", gives=False) == {"max"}
    assert of("keep", gives=False) is None
    assert of("a.len") is None
