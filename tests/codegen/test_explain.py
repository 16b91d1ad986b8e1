from __future__ import annotations

import hydroflow_nb as hf


def told(text: str) -> list[tuple[str, bool | None]]:
    return [(row.operator, row.inlined) for row in hf.compile(text, namespace={"f": abs, "t": [abs]}).explain()]


def test_bodies_that_stand_in_the_loop_are_told_from_those_that_are_called() -> None:
    text = "source_iter([1]) -> map(|x| x + 1) -> map(f) -> map(|x| [y + x for y in (1,)]) -> map(t[0]) -> null();"

    assert told(text) == [
        ("source_iter", None),
        ("map", True),
        ("map", False),
        ("map", False),
        ("map", False),
        ("null", None),
    ]


def test_the_reason_is_said() -> None:
    flow = hf.compile("source_iter([1]) -> map(|x| (y := x) + y) -> for_each(print);", namespace={})

    text = repr(flow.explain())

    assert "map(f)" in text
    assert "`:=`" in text
    assert "for_each(f)" in text
    assert "looked up at each call" in text
    assert "flow:1:25" in text


def test_the_functions_of_an_aggregation_are_told_where_it_is_written_out() -> None:
    text = "a = source_iter([]); a -> [0]j; source_iter([]) -> [1]j; j = join_fused({}, {}) -> null();"

    rows = hf.compile(text.format("Fold(list, lambda acc, x: acc)", "Reduce(max)"), namespace={}).explain()
    made = hf.compile(text.format("hf.Reduce(max)", "Reduce(f=max)"), namespace={"hf": hf}).explain()

    assert [(row.argument, row.inlined) for row in rows if row.operator == "join_fused"] == [
        ("lhs: Fold", False),
        ("lhs: Fold", True),
        ("rhs: Reduce", False),
    ]
    assert [(row.argument, row.inlined) for row in made if row.operator == "join_fused"] == [
        ("lhs", False),
        ("rhs", False),
    ]


def test_each_function_of_an_operator_has_a_row() -> None:
    assert told("source_iter([1]) -> fold(|| 0, |a, b| a + b) -> null();")[1:3] == [("fold", True), ("fold", True)]
