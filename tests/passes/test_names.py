from __future__ import annotations

from built import built, codes, edges


def test_an_alias_may_carry_the_port() -> None:
    found = edges("left = [0]j; j = join() -> null(); source_iter([]) -> left; source_iter([]) -> [1]j;")

    assert ("source_iter", "", "0", "join") in found


def test_a_port_written_at_an_alias_and_at_its_name_is_reported_at_the_outer_place() -> None:
    found = codes("left = [0]j; j = join() -> null(); source_iter([]) -> [1]left; source_iter([]) -> [1]j;")

    assert found == [("HF205", "[1]")]


def test_a_name_that_is_never_assigned_is_reported_with_the_nearest_one() -> None:
    (diagnostic,) = built("words = null(); source_iter([1]) -> wrods;").diagnostics

    assert (diagnostic.code, diagnostic.span.text) == ("HF203", "wrods")
    assert "`words`" in diagnostic.hint


def test_an_operator_without_its_parentheses_is_told_how_it_is_called() -> None:
    (diagnostic,) = built("source_iter([1]) -> union;").diagnostics

    assert "`union()`" in diagnostic.hint


def test_names_that_stand_for_each_other_are_reported_once() -> None:
    found = built("a = b; b = a; source_iter([1]) -> a; source_iter([2]) -> b;").diagnostics

    (diagnostic,) = found
    assert diagnostic.code == "HF204"


def test_a_circle_of_names_is_told_without_the_names_that_lead_to_it() -> None:
    (diagnostic,) = built("a = b; b = c; c = b; source_iter([1]) -> a;").diagnostics

    assert diagnostic.message.endswith("in a circle: b -> c -> b")
    assert diagnostic.span.text == "b"


def test_a_circle_on_the_other_side_of_names_that_lead_to_one_is_told_too() -> None:
    found = [diagnostic.message for diagnostic in built("a = b -> k; b = c; c = a; k = l; l = k;").diagnostics]

    assert found == [
        "the name `k` stands for itself, in a circle: k -> l -> k",
        "the name `b` stands for itself, in a circle: b -> c -> a -> b",
    ]


def test_a_name_that_stands_for_itself_and_is_never_used_is_not_an_error() -> None:
    assert codes("c = c; source_iter([1]) -> null();") == []


def test_a_port_at_an_end_that_nothing_is_connected_to_is_an_error() -> None:
    found = codes("a = tee() -> null(); source_iter([1]) -> a; x = a[0];")

    assert found == [("HF206", "[0]")]


def test_a_port_that_an_alias_bears_twice_is_told_of_once():
    result = built("a = b[0]; b = t[1]; t = source_iter([1]) -> tee(); a -> null(); a -> null();")

    assert [found.code for found in result.diagnostics] == ["HF205"]
