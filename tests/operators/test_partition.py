from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

NAMED = """
    p = source_stream(items) -> partition({});
    p[odd] -> for_each(|x| out.append(("odd", x)));
    p[even] -> for_each(|x| out.append(("even", x)));
"""
NUMBERED = """
    p = source_stream(items) -> partition({});
    p[1] -> for_each(|x| out.append(("odd", x)));
    p[0] -> for_each(|x| out.append(("even", x)));
"""


def parity(x: int) -> int:
    return x % 2


def parity_name(x: int) -> str:
    return "odd" if x % 2 else "even"


@pytest.mark.parametrize(
    ("text", "closure"),
    [
        (NAMED, "|x, [even, odd]| odd if x % 2 else even"),
        (NAMED, "|x, [odd, even]| (even, odd)[x % 2]"),
        (NAMED, "|x, [odd, even]| odd if x == 1 else odd if x == 3 else even"),
        (NAMED, "|x, [odd, even]| next(name for name in [odd if x % 2 else even])"),
        (NAMED, '|x| "odd" if x % 2 else "even"'),
        (NAMED, "parity_name"),
        (NUMBERED, "|x, n| x % n"),
        (NUMBERED, "|x, _| 1 if x % 2 else 0"),
        (NUMBERED, "|x| x % 2 == 1"),
        (NUMBERED, "lambda x, n: x % n"),
        (NUMBERED, "parity"),
    ],
)
def test_each_item_goes_to_the_output_that_is_chosen(ticks: Callable[..., Any], text: str, closure: str) -> None:
    found = ticks(text.format(closure), [1, 2, 3], [], [4], parity=parity, parity_name=parity_name)

    assert found == [[("odd", 1), ("even", 2), ("odd", 3)], [], [("even", 4)]]


def test_a_choice_of_names_becomes_a_choice_of_code() -> None:
    text = NAMED.format("|x, [even, odd]| odd if x % 2 else even")

    code = hf.compile(text, {"items": hf.channel(), "out": []}).generated_source

    assert "if source_stream_1_item % 2:" in code
    assert "chosen" not in code


def test_an_item_that_was_just_made_is_chosen_by_its_parts(ticks: Callable[..., Any]) -> None:
    text = """
        p = source_stream(items) -> map(|x| (x, x * x)) -> partition(|(_, square), [large, small]|
            large if square > 5 else small);
        p[large] -> map(|(x, _)| x) -> for_each(out.append);
        p[small] -> for_each(out.append);
    """

    assert ticks(text, [1, 3, 2]) == [[(1, 1), 3, (2, 4)]]


def test_it_works_in_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> partition(|n, [low, high]| low if n < 3 else high);
        source_stream(items) -> n;
        n[low] -> map(|n| n + 1) -> n;
        n[high] -> for_each(out.append);
    """

    assert ticks(text, [5, 1], [0]) == [[5, 3], [3]]


@pytest.mark.parametrize(
    ("text", "closure", "shown"),
    [
        (NUMBERED, "|x, n| 17", "17"),
        (NUMBERED, "|x| -1", "-1"),
        (NUMBERED, '|x| "odd"', "'odd'"),
        (NAMED, '|x| "nowhere"', "'nowhere'"),
        (NAMED, "|x| x", "5"),
    ],
)
def test_what_names_no_output_is_an_error(refused: Callable[..., Any], text: str, closure: str, shown: str) -> None:
    error = refused(text.format(closure), items=hf.channel([5]), out=[])

    assert f"`partition`: its function returned {shown}, but no output has this name" in str(error)


def test_the_text_of_a_name_in_the_place_of_the_name_is_told_apart(refused: Callable[..., Any]) -> None:
    error = refused(NAMED.format("|x, [odd, even]| 'odd'").replace("source_stream(items)", "source_iter([1])"), out=[])

    assert "returned the text 'odd', not the output that its parameter `odd` stands for" in str(error)
    assert "partition(|item| 'odd')" in str(error)


def errors(call: str, *ports: str) -> list[tuple[str, str]]:
    text = f"p = source_iter([1]) -> {call}; " + " ".join(f"p{port} -> null();" for port in ports)
    with pytest.raises(hf.GraphError) as caught:
        hf.compile(text, {})
    return [(found.code, found.span.text) for found in caught.value.diagnostics if found.is_error]


@pytest.mark.parametrize("written", ["42", '"a"', "|x, a, b| a", "|| 0"])
def test_it_needs_a_function_of_an_item(written: str) -> None:
    assert errors(f"partition({written})", "[a]", "[b]") == [("HF240", written)]


def test_every_output_needs_a_port() -> None:
    assert errors("partition(|x, [a, b]| a)", "[a]", "[b]", "") == [("HF241", "p")]


def test_names_and_ports_have_to_match() -> None:
    assert errors("partition(|x, [a, b]| a)", "[b]", "[c]") == [("HF243", "a"), ("HF242", "[c]")]


@pytest.mark.parametrize(
    ("written", "wrong"), [("|x, n| 0", "[a]"), ("|x| 0", "[a]"), ("|x, [a]| a", "[0]"), ("|x, [_, a]| a", "[0]")]
)
def test_ports_are_all_numbers_or_all_names(written: str, wrong: str) -> None:
    found = errors(f"partition({written})", "[0]", "[a]")

    assert ("HF244", wrong) in found
    assert {code for code, _ in found} <= {"HF244", "HF246"}


def test_numbers_have_no_gaps() -> None:
    assert errors("partition(|x, n| 0)", "[0]", "[3]", "[1]", "[5]") == [("HF245", "[3]"), ("HF245", "[5]")]


def test_without_outputs_it_is_an_error() -> None:
    assert errors("partition(|x, n| 0)") == [("HF212", "partition(|x, n| 0)")]
