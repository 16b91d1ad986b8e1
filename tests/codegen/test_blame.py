from __future__ import annotations

import traceback
from typing import Any

import pytest

import hydroflow_nb as hf


def failure(text: str, **names: Any) -> BaseException:
    flow = hf.compile(text, namespace=names)
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - the tests look at what it is
        flow.run_available()
    return caught.value


def marked(text: str, exception: BaseException) -> str:
    """What of the user's text the innermost frame of the flow points at."""
    frames = [frame for frame in traceback.extract_tb(exception.__traceback__) if frame.filename == "<hydroflow flow>"]
    last = frames[-1]
    assert last.lineno == last.end_lineno
    line = text.splitlines()[last.lineno - 1].encode()
    return line[last.colno : last.end_colno].decode()


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("source_iter([0]) -> map(|x| 10 / x) -> for_each(print);", "10 / x"),
        ("source_iter([0]) -> map(lambda x: 10 / x) -> for_each(print);", "10 / x"),
        ("source_iter([0]) -> map(|x| 1) -> map(|y| y / zero) -> for_each(print);", "y / zero"),
        ("source_iter([0]) -> map(|x| x) -> filter(|x| 1 / x) -> for_each(print);", "1 / x"),
        ("source_iter([(1, 0)]) -> map(|(a, b)| (a, b)) -> map(|(a, b)| a / b) -> for_each(print);", "a / b"),
        ("source_iter([0]) -> map(|x| [1 / y for y in [x]]) -> for_each(print);", "1 / y"),
        ("source_iter([0]) -> map(|x| (y := x) + 1 / y) -> for_each(print);", "1 / y"),
        ("source_iter([0]) -> fold(|| 1, |acc, x| acc / x) -> for_each(print);", "acc / x"),
        ("source_iter([0]) -> fold(|| 1 / 0, |acc, x| acc) -> for_each(print);", "1 / 0"),
        ("source_iter([1, 0]) -> reduce(|a, b| a / b) -> for_each(print);", "a / b"),
        ("source_iter([0]) -> flat_map(|x| [1 / x]) -> for_each(print);", "1 / x"),
        ("source_iter([0, 1]) -> sort_by_key(|x| 1 / x) -> for_each(print);", "1 / x"),
        ("source_iter([0]) -> map(|x| ('größe', 1 / x)) -> for_each(print);", "1 / x"),
        ("source_iter([0]) -> for_each(|x| 1 / x);", "1 / x"),
        ("source_iter([0]) -> map(f) -> for_each(print);", "f"),
        ("source_iter([0]) -> map(|x| f(x)) -> for_each(print);", "f(x)"),
    ],
)
def test_a_traceback_ends_in_the_users_text(statement: str, place: str) -> None:
    text = f"# a comment of the user's: ö\n\n{statement}"

    exception = failure(text, zero=0, f=lambda x: 1 / x)

    assert isinstance(exception, ZeroDivisionError)
    assert marked(text, exception) == place


def test_a_note_tells_operator_line_item_tick_and_stratum() -> None:
    exception = failure(
        "source_iter([1, 0])\n  -> defer_tick() -> next_stratum()\n  -> map(|x| 10 / x) -> for_each(print);"
    )

    assert exception.__notes__ == ["hydroflow: in `map` at flow, line 3, item 0, tick 1, stratum 1"]


def test_the_exception_is_the_very_one_that_the_user_raised() -> None:
    raised = RuntimeError("mine")

    def fail(item: Any) -> None:
        raise raised

    assert failure("source_iter([1]) -> for_each(fail);", fail=fail) is raised


def test_a_note_shows_an_item_whose_repr_fails() -> None:
    class Rude:
        def __repr__(self) -> str:
            raise RuntimeError

    exception = failure("source_iter(items) -> map(|x| x + 1) -> for_each(print);", items=[Rude()])

    assert "item <Rude whose repr raised RuntimeError>" in exception.__notes__[0]


def test_a_note_shows_a_huge_item_in_few_characters() -> None:
    exception = failure("source_iter(items) -> map(|x| x + 1) -> for_each(print);", items=["x" * 10_000_000])

    assert len(exception.__notes__[0]) < 500


@pytest.mark.parametrize(
    ("text", "pattern", "item"),
    [
        ("source_iter([1]) -> map(|(a, b)| a) -> for_each(print);", "(a, b)", "1"),
        ("source_iter([(1, 2, 3)]) -> map(|(a, b)| a) -> for_each(print);", "(a, b)", "(1, 2, 3)"),
        ("source_iter([(1, 2)]) -> map(|(a, (b, c))| a) -> for_each(print);", "(b, c)", "(1, 2)"),
        ("source_iter([5]) -> filter(|(a, b)| a) -> for_each(print);", "(a, b)", "5"),
        ("source_iter([5]) -> map(|(a, b)| [a for _ in b]) -> for_each(print);", "(a, b)", "5"),
        ("source_iter([5]) -> for_each(|(a, b)| print(a));", "(a, b)", "5"),
        ("source_iter([5]) -> fold(|| 0, |acc, (a, b)| acc) -> for_each(print);", "(a, b)", "5"),
        ("source_iter([5]) -> map(|x| x) -> tee() -> map(|(a, b)| a) -> for_each(print);", "(a, b)", "5"),
    ],
)
def test_a_pattern_that_does_not_fit_is_named_with_its_item(text: str, pattern: str, item: str) -> None:
    exception = failure(text)

    assert isinstance(exception, hf.ItemError)
    (diagnostic,) = exception.diagnostics
    assert diagnostic.code == "HF401"
    assert diagnostic.span.text == pattern
    assert f"the item {item}" in diagnostic.message


@pytest.mark.parametrize("made", ["map(|x| x + 1)", "map(str)", "filter_map(|x| [x])", "map(|x| (x, x, x))"])
def test_an_item_that_a_pattern_s_item_was_made_from_is_not_taken_for_it(made: str) -> None:
    exception = failure(f"source_iter([5]) -> {made} -> map(|(a, b)| a) -> for_each(print);")

    assert isinstance(exception, hf.ItemError)
    (diagnostic,) = exception.diagnostics
    assert diagnostic.message == "the pattern `(a, b)` of `map` does not fit what was made from the item 5"


@pytest.mark.parametrize(
    ("text", "operator", "item"),
    [
        ("source_iter([1, [2]]) -> unique() -> null();", "unique", "[2]"),
        ("source_iter([([1], 2)]) -> [0]j; source_iter([(1, 2)]) -> [1]j; j = join() -> null();", "join", "([1], 2)"),
        ("source_iter([(1, 1)]) -> [0]j; source_iter([([1], 2)]) -> [1]j; j = join() -> null();", "join", "([1], 2)"),
        ("source_iter([1]) -> [pos]d; source_iter([[2]]) -> [neg]d; d = difference() -> null();", "difference", "[2]"),
        ("source_iter([[1]]) -> [pos]d; source_iter([2]) -> [neg]d; d = difference() -> null();", "difference", "[1]"),
        ("source_iter([([], 1)]) -> fold_keyed(|| 0, max) -> null();", "fold_keyed", "([], 1)"),
        ("source_iter([{}]) -> multiset_delta() -> null();", "multiset_delta", "{}"),
    ],
)  # fmt: skip
def test_an_item_that_cannot_be_hashed_is_named_with_its_operator(text: str, operator: str, item: str) -> None:
    exception = failure(text)

    assert isinstance(exception, hf.ItemError)
    (diagnostic,) = exception.diagnostics
    assert diagnostic.code == "HF404"
    assert f"`{operator}`" in diagnostic.message
    assert item in diagnostic.message
    assert "tuple" in diagnostic.hint


@pytest.mark.parametrize(
    "text",
    [
        "source_iter([1]) -> [0]j; source_iter([(1, 2)]) -> [1]j; j = join() -> for_each(print);",
        "source_iter([(1, 2)]) -> [0]j; source_iter([1]) -> [1]j; j = join() -> for_each(print);",
        "source_iter([1]) -> fold_keyed(|| 0, max) -> for_each(print);",
        "source_iter([1]) -> reduce_keyed(max) -> for_each(print);",
        "source_iter([1]) -> [pos]d; source_iter([2]) -> [neg]d; d = anti_join() -> for_each(print);",
    ],
)
def test_an_item_that_is_no_pair_is_named_where_pairs_are_needed(text: str) -> None:
    exception = failure(text)

    assert isinstance(exception, hf.ItemError)
    assert "takes pairs" in exception.diagnostics[0].message
    assert ": 1" in exception.diagnostics[0].message


def test_an_error_of_the_users_own_function_is_not_taken_for_a_wrong_item() -> None:
    def fail(item: Any) -> None:
        _, _ = item

    exception = failure("source_iter([1]) -> for_each(fail);", fail=fail)

    assert type(exception) is TypeError
    assert "in `for_each`" in exception.__notes__[0]


def test_what_a_users_hash_raises_is_the_users() -> None:
    class Broken:
        def __hash__(self) -> int:
            raise RuntimeError("no hash today")

    exception = failure("source_iter(items) -> unique() -> for_each(print);", items=[Broken()])

    assert type(exception) is RuntimeError
    assert "in `unique`" in exception.__notes__[0]


def test_an_item_that_cannot_be_flattened_is_named() -> None:
    exception = failure("source_iter([[1], 2]) -> flatten() -> null();")

    assert isinstance(exception, hf.ItemError)
    assert "`flatten`" in str(exception)
    assert "2" in exception.diagnostics[0].message


def test_a_source_that_fails_when_it_is_compiled_points_at_its_argument() -> None:
    text = "\nsource_iter([1 / 0]) -> for_each(print);"

    with pytest.raises(ZeroDivisionError) as caught:
        hf.compile(text, namespace={})

    assert marked(text, caught.value) == "1 / 0"


def test_a_channel_of_the_wrong_kind_is_told_when_the_flow_is_compiled() -> None:
    with pytest.raises(hf.ItemError, match="cannot read from int"):
        hf.compile("source_stream(3) -> for_each(print);", namespace={})


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("source_iter([1, 0]) -> map(|x| 10 / x) -> filter(|y| y) -> null();", "item 0"),
        ("source_iter([5]) -> u; source_iter([0]) -> u; u = union() -> map(|x| 1 / x) -> null();", "item 0"),
        ("source_iter([5, 0]) -> flat_map(|x| [x, 7]) -> map(|x| 1 / x) -> null();", "item 0"),
        ("source_iter([3, 0]) -> filter(|x| x < 5) -> map(|x| 1 / x) -> null();", "item 0"),
        ("source_iter([3, 0]) -> unique() -> identity() -> map(|x| 1 / x) -> null();", "item 0"),
        ("source_iter([(3, 0)]) -> map(|(_, b)| b) -> map(|x| 1 / x) -> null();", "from item (3, 0)"),
        ("source_iter([3, 0]) -> map(|x| [1 / y for y in [x]]) -> null();", "item 0"),
        ("source_iter([3, 0]) -> map(|x| (y := x) + 1 / y) -> null();", "item 0"),
        ("source_iter([3, 0]) -> map(f) -> null();", "item 0"),
        ("source_iter([2, 3]) -> flat_map(|x| [1 / (3 - y) for y in range(x + 1)]) -> null();", "item 3"),
        ("source_iter([0, 3]) -> sort() -> map(|x| 1 / x) -> null();", "item 0"),
        (
            "t = source_iter([1, 0]) -> tee(); t -> flat_map(|x| [x + 8]) -> null(); t -> map(|x| 1 / x) -> null();",
            "item 0",
        ),
    ],
)
def test_the_item_of_a_note_is_the_one_at_fault_and_none_before_it(text: str, item: str) -> None:
    exception = failure(text, f=lambda x: 1 / x)

    assert f", {item}, tick 0" in exception.__notes__[0]


def test_a_fault_in_a_flow_that_a_flow_runs_is_told_of_both() -> None:
    inner = hf.compile("source_iter([1])\n -> map(|x| x / 0)\n -> null();", namespace={})

    exception = failure("source_iter([5]) -> for_each(|_| inner.run_tick());", inner=inner)

    assert exception.__notes__ == [
        "hydroflow: in `map` at flow, line 2, item 1, tick 0, stratum 0",
        "hydroflow: in `for_each` at flow, line 1, item 5, tick 0, stratum 0",
    ]
