from __future__ import annotations

import re

import pytest

import hydroflow_nb as hf


def refusals(text: str, **names: object) -> list[tuple[str, str]]:
    """The code of each refusal, and the piece of the text that it points at."""
    with pytest.raises(hf.HydroflowError) as caught:
        hf.compile(text, {"out": [], **names}).to_rust()
    return [(one.code, one.span.text) for one in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (
            "source_iter([1]) -> scan(|| 0, |a, x| (a, x)) -> for_each(out.append);",
            "HF601",
            "scan(|| 0, |a, x| (a, x))",
        ),
        ("source_iter([1]) -> map(|x| x + hash(x)) -> for_each(out.append);", "HF602", "hash(x)"),
        ("source_iter([1]) -> map(|x| (y := x) + y) -> for_each(out.append);", "HF602", "y := x"),
        ("source_iter(['a']) -> map(|s| s.swapcase()) -> for_each(out.append);", "HF602", "s.swapcase()"),
        ("source_iter([1]) -> for_each(|x| x + 1);", "HF602", "x + 1"),
        ("source_iter([[1]]) -> map(|xs| xs.append(2)) -> for_each(out.append);", "HF602", "xs.append(2)"),
        ("source_stream(channel) -> for_each(out.append);", "HF603", "channel"),
        ("source_iter([]) -> for_each(out.append);", "HF603", "source_iter([])"),
        ("source_iter([([], 1)]) -> for_each(out.append);", "HF603", "source_iter([([], 1)])"),
        ("source_iter([1]) -> map(|x| x + 'a') -> for_each(out.append);", "HF604", "x + 'a'"),
        ("source_iter([1.5]) -> fold(|| 0, |a, x| a + x) -> for_each(out.append);", "HF604", "a + x"),
        ("source_iter([1]) -> map(|x| [x, 'a']) -> for_each(out.append);", "HF604", "'a'"),
        ("source_iter([1, 'a']) -> for_each(out.append);", "HF605", "[1, 'a']"),
        ("source_iter([1]) -> filter(|x| x in empty) -> for_each(out.append);", "HF605", "empty"),
        ("source_iter([1]) -> inspect(|x| out.append(x)) -> map(|x| len(out)) -> null();", "HF605", "out"),
        ("source_iter([object()]) -> for_each(out.append);", "HF605", "[object()]"),
        (
            "source_iter([1]) -> map(|x| x + 9223372036854775808) -> for_each(out.append);",
            "HF605",
            "9223372036854775808",
        ),
        ("source_iter([(0.5, 1)]) -> fold_keyed(|| 0, |a, x| a + x) -> for_each(out.append);", "HF606", ""),
    ],
)
def test_what_is_not_translated_is_named_with_its_place(text: str, code: str, place: str) -> None:
    ((found, at),) = refusals(text, channel=hf.channel(), empty=[])

    assert found == code
    assert place in at


def test_everything_is_told_at_once_and_nothing_that_follows_from_it() -> None:
    found = refusals(
        "source_iter([1]) -> map(|x| hash(x)) -> map(|x| hash(x)) -> for_each(out.append);"
        "source_iter([1]) -> map(|x| id(x)) -> for_each(out.append);"
    )

    assert found == [("HF602", "hash(x)"), ("HF602", "id(x)")]


def test_items_of_two_types_at_a_union_are_told_at_the_operator() -> None:
    found = refusals("u = union() -> for_each(out.append); source_iter([1]) -> u; source_iter(['a']) -> u;")

    assert found == [("HF604", "union()")]


def test_a_refusal_says_what_to_write_instead() -> None:
    with pytest.raises(hf.HydroflowError, match=r"flow.to_rust\(types=\{\"ages\": int\}\)"):
        hf.compile("source_stream(ages) -> for_each(print);", {"ages": hf.channel()}).to_rust()
    with pytest.raises(hf.HydroflowError, match="begin with a float"):
        hf.compile("source_iter([1.5]) -> fold(|| 0, |a, x| a + x) -> for_each(print);", {}).to_rust()


def sums_up(numbers):
    numbers.append(1)
    return sum(numbers)


def endless(number):
    return endless(number - 1) if number else 0


def test_a_function_that_changes_what_it_is_given_is_told_with_its_line_at_the_place_that_calls_it() -> None:
    with pytest.raises(hf.HydroflowError) as caught:
        hf.compile("source_iter([[1]]) -> map(|xs| sums_up(xs)) -> for_each(print);", {"sums_up": sums_up}).to_rust()
    (told,) = caught.value.diagnostics

    assert told.span.text == "sums_up(xs)"
    assert re.match(r"in `sums_up`, line \d+: `numbers` may be held elsewhere", told.message)
    assert "list(numbers)" in told.hint


def test_a_function_that_calls_itself_is_told() -> None:
    assert refusals("source_iter([1]) -> map(endless) -> for_each(out.append);", endless=endless) == [
        ("HF602", "endless")
    ]
