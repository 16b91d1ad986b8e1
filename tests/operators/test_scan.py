from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


def running(acc: int, x: int) -> tuple[int, int]:
    return acc + x, acc + x


def below_five(acc: int, x: int) -> tuple[int, int] | None:
    return None if acc + x > 5 else (acc + x, acc + x)


@pytest.mark.parametrize("f", ["|acc, x| (acc + x, acc + x)", "running", "lambda acc, x: (acc + x, acc + x)"])
@pytest.mark.parametrize(("persistence", "third"), [("", [5]), ("::<'tick>", [5]), ("::<'static>", [8])])
def test_it_emits_what_the_function_makes_of_all_so_far(
    through: Callable[..., Any], f: str, persistence: str, third: list[int]
) -> None:
    assert through(f"scan{persistence}(|| 0, {f})", [1, 2], [], [5], running=running) == [[1, 3], [], third]


@pytest.mark.parametrize("f", ["|acc, x| None if acc + x > 5 else (acc + x, acc + x)", "below_five"])
@pytest.mark.parametrize(("persistence", "second"), [("", [1, 3]), ("::<'static>", [])])
def test_none_ends_the_stream_for_its_lifetime(
    through: Callable[..., Any], f: str, persistence: str, second: list[int]
) -> None:
    found = through(f"scan{persistence}(int, {f})", [1, 2, 3, 1], [1, 2], below_five=below_five)

    assert found == [[1, 3], second]


def test_none_can_be_emitted_and_kept(through: Callable[..., Any]) -> None:
    assert through("scan(|| None, |acc, x| (None, acc))", [1, 2]) == [[None, None]]


def test_accumulator_and_item_are_taken_apart(through: Callable[..., Any]) -> None:
    call = (
        "map(|x| (x, 1)) -> scan(|| (0, 0), |(total, count), (x, n)| ((total + x, count + n), total + x)) -> map(|x| x)"
    )

    assert through(call, [1, 2, 3]) == [[1, 3, 6]]


def test_it_goes_on_through_the_runs_of_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> scan(|| 0, |acc, n| (acc + n, acc + n)) -> tee();
        source_stream(items) -> n;
        n -> filter(|n| n < 20) -> n;
        n -> for_each(out.append);
    """

    assert ticks(text, [1], [30]) == [[1, 2, 4, 8, 16, 32], [30]]


@pytest.mark.parametrize("f", ["|acc, x| acc + x", "triple"])
def test_what_is_no_pair_is_named(refused: Callable[..., Any], f: str) -> None:
    error = refused(f"source_iter([5]) -> scan(int, {f}) -> null();", triple=lambda acc, x: (acc, x, 7))

    assert "the function of `scan` returned something that is not a pair `(acc, out)`" in str(error)


def test_the_state_is_that_before_the_item_that_failed() -> None:
    items, out = hf.channel([1, 0, 5]), list[float]()
    text = "source_stream(items) -> scan::<'static>(|| 8, |acc, x| (acc / x, acc / x)) -> for_each(out.append);"
    flow = hf.compile(text, {"items": items, "out": out})
    with pytest.raises(ZeroDivisionError):
        flow.run_tick()
    items.send(2)

    flow.run_tick()

    assert out == [8.0, 4.0]
