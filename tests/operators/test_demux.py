from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


def errors(text: str, **names: Any) -> list[tuple[str, str]]:
    """The codes of a flow's errors, each with the text that it points at."""
    with pytest.raises(hf.GraphError) as caught:
        hf.compile(text, names)
    return [(found.code, found.span.text) for found in caught.value.diagnostics if found.is_error]


SPLIT = """
    d = source_stream(items) -> demux({});
    d[odd] -> for_each(|x| out.append(("odd", x)));
    d[even] -> for_each(|x| out.append(("even", x)));
"""


def give_by_parity(x: int, even: Any, odd: Any) -> None:
    (odd if x % 2 else even).give(x)


@pytest.mark.parametrize(
    "closure",
    [
        "|x, (even, odd)| odd.give(x) if x % 2 else even.give(x)",
        "|x, [odd, even]| (odd if x % 2 else even).give(x)",
        "|x, (even, odd)| (x % 2 and odd.give(x), even.give(x) if x % 2 == 0 else None)",
    ],
)
def test_what_only_chooses_and_gives_is_put_in_place(ticks: Callable[..., Any], closure: str) -> None:
    found = ticks(SPLIT.format(closure), [1, 2, 3], [], [4])

    assert found == [[("odd", 1), ("even", 2), ("odd", 3)], [], [("even", 4)]]
    assert "Output" not in hf.compile(SPLIT.format(closure), {"items": hf.channel(), "out": []}).generated_source


@pytest.mark.parametrize(
    "closure",
    [
        "|x, (even, odd)| give_by_parity(x, even, odd)",
        "|x, (even, odd)| ({1: odd}.get(x % 2) or even).give(x)",
        "|x, (even, odd)| {odd: odd, even: even}[odd if x % 2 else even].give(x)",
        "|x, (even, odd)| [(odd if y % 2 else even).give(y) for y in [x]]",
        "|x, (even, odd)| odd.give(x) if x in (1, 3) else odd.give(x) if x % 2 else even.give(x)",
    ],
)
def test_what_does_more_with_its_outputs_keeps_the_order_of_each(ticks: Callable[..., Any], closure: str) -> None:
    found = ticks(SPLIT.format(closure), [1, 2, 3], [], [4], give_by_parity=give_by_parity)

    assert [sorted(tick, reverse=True) for tick in found] == [
        [("odd", 3), ("odd", 1), ("even", 2)],
        [],
        [("even", 4)],
    ]
    assert [item for item in found[0] if item[0] == "odd"] == [("odd", 1), ("odd", 3)]


def test_an_output_is_given_any_number_of_items(ticks: Callable[..., Any]) -> None:
    text = """
        d = source_stream(items) -> demux(|n, (all, many)| (all.give(n), [many.give(n) for _ in range(n)]));
        d[all] -> for_each(out.append);
        d[many] -> map(|n| -n) -> for_each(out.append);
    """

    assert ticks(text, [0, 2, 1]) == [[0, 2, 1, -2, -2, -1]]


def test_a_pair_is_taken_apart_and_another_item_is_given(ticks: Callable[..., Any]) -> None:
    text = """
        d = source_stream(items) -> map(|x| (x, x + 1)) -> demux(|(a, b), (sums, rest)|
            sums.give(a + b) if a > 1 else rest.give((a, b)));
        d[sums] -> for_each(out.append);
        d[rest] -> for_each(out.append);
    """

    assert ticks(text, [1, 2]) == [[(1, 2), 5]]


@pytest.mark.parametrize("given", ["low.give(n + 1) if n < 3 else high.give(n)", "route(n, low, high)"])
def test_it_works_in_a_cycle(ticks: Callable[..., Any], given: str) -> None:
    text = f"""
        n = union() -> demux(|n, (low, high)| {given});
        source_stream(items) -> n;
        n[low] -> n;
        n[high] -> for_each(out.append);
    """

    def route(n: int, low: Any, high: Any) -> None:
        low.give(n + 1) if n < 3 else high.give(n)

    assert ticks(text, [0, 3], [5], route=route) == [[3, 3], [5]]


def test_an_output_may_be_dropped(ticks: Callable[..., Any]) -> None:
    text = """
        d = source_stream(items) -> demux(|n, (kept, rest)| give(n, kept, rest));
        d[kept] -> for_each(out.append);
        d[rest] -> null();
    """

    def give(n: int, kept: Any, rest: Any) -> None:
        (kept if n else rest).give(n)

    assert ticks(text, [0, 1], give=give) == [[1]]


def test_ports_and_names_have_to_match() -> None:
    found = errors(
        "d = source_iter([1]) -> demux(|n, (a, b, _)| a.give(n)); d[c] -> null(); d[b] -> null(); d -> null();"
    )

    assert set(found) == {("HF241", "d"), ("HF242", "[c]"), ("HF243", "a"), ("HF246", "_")}


@pytest.mark.parametrize("written", ["give", "|n| n", "|n, a| a.give(n)", "|n, (a, b), c| n", "lambda n, a: n"])
def test_it_needs_a_closure_that_names_its_outputs(written: str) -> None:
    assert errors(f"d = source_iter([1]) -> demux({written}); d[a] -> null(); d[b] -> null();", give=print) == [
        ("HF240", written)
    ]


def test_a_pattern_that_does_not_fit_is_named(refused: Callable[..., Any]) -> None:
    error = refused("d = source_iter([5]) -> demux(|(a, b), (x,)| x.give(a)); d[x] -> null();")

    assert "the pattern `(a, b)` of `demux` does not fit the item 5" in str(error)


def test_nothing_comes_out_where_nothing_can_come_in(ticks: Callable[..., Any]) -> None:
    text = """
        d = null() -> demux(|x, (a, b)| give_both(x, a, b));
        d[a] -> for_each(out.append);
        d[b] -> for_each(out.append);
    """

    assert ticks(text, [], give_both=lambda x, a, b: None) == [[]]
