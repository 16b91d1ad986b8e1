"""Flows that cannot be loaded, for several reasons at once."""

from __future__ import annotations

import pickle

import pytest

import hydroflow_nb as hf


def said(text: str, **names: object) -> list[tuple[str, str]]:
    with pytest.raises(hf.HydroflowError) as caught:
        hf.compile(text, namespace=names)
    return [(found.code, found.span.text) for found in caught.value.diagnostics]


def test_all_sources_and_sinks_that_are_none_are_told_of_in_one_error():
    text = """
        source_stream(first) -> dest_sink(second);
        source_iter(3) -> null();
        source_interval(-1) -> null();
    """

    assert said(text, first=1, second=2) == [
        ("HF402", "source_stream(first)"),
        ("HF402", "dest_sink(second)"),
        ("HF402", "source_iter(3)"),
        ("HF402", "source_interval(-1)"),
    ]


def test_all_that_arguments_raise_is_told_of_where_it_was_raised():
    text = """
        source_iter(first) -> map(|x| x + 1) -> fold(|| 0, |a, x| a + x) -> null();
        source_iter(range(é, 1 / 0)) -> null(); source_iter([1] + list(second.nothing)) -> null();
        source_stream(third) -> null();
    """

    assert said(text, é=1, second=2, third=3) == [
        ("HF410", "first"),
        ("HF410", "1 / 0"),
        ("HF410", "second.nothing"),
        ("HF402", "source_stream(third)"),
    ]


def test_what_a_single_argument_raises_comes_out_as_it_is():
    with pytest.raises(NameError) as caught:
        hf.compile("source_iter(first) -> null(); source_iter([1]) -> fold(|| 0, max) -> null();", namespace={})

    assert caught.value.name == "first"
    assert len(caught.value.__notes__) == 1


def test_what_follows_from_an_argument_that_failed_is_not_told():
    text = "source_iter([1]) -> scan::<'static>(first(), first(1)) -> null(); source_iter(second) -> null();"

    assert said(text) == [("HF410", "first"), ("HF410", "first"), ("HF410", "second")]


def test_arguments_before_and_behind_one_that_fails_are_evaluated_once():
    calls: list[int] = []

    def items(number: int) -> list[int]:
        calls.append(number)
        if number in (2, 4):
            raise ValueError(number)
        return [number]

    text = "".join(f"source_iter(items({number})) -> null();\n" for number in range(1, 6))

    assert said(text, items=items) == [("HF410", "items(2)"), ("HF410", "items(4)")]
    assert calls == [1, 2, 3, 4, 5]


def test_an_interrupt_ends_the_search():
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hf.compile("source_iter(first) -> null(); source_iter(stop()) -> null();", namespace={"stop": interrupted})


def test_names_that_are_wrong_are_told_of_beside_functions_that_cannot_be_called():
    ran: list[int] = []
    text = """
        source_iter([1]) -> map(first) -> dest_sink(second);
        source_iter(ran.append(1)) -> null(); source_iter(third) -> null(); source_iter(math.nope) -> null();
    """
    import math

    assert said(text, first=1, second=2, ran=ran, math=math) == [
        ("HF225", "first"),
        ("HF402", "dest_sink(second)"),
        ("HF410", "third"),
        ("HF410", "math.nope"),
    ]
    assert ran == []


def test_the_names_of_the_flow_stay_as_they_are():
    names: dict[str, object] = {"a": 1}

    with pytest.raises(hf.ItemError):
        hf.compile("source_iter(a) -> null(); source_iter(b) -> null();", namespace=names)

    assert names == {"a": 1}


def test_ends_of_a_network_that_are_missing_are_told_of_with_how_to_get_them():
    with pytest.raises(hf.ItemError) as caught:
        hf.compile("source_stream_serde(inbound) -> dest_sink_serde(outbound);", namespace={})

    assert [found.span.text for found in caught.value.diagnostics] == ["inbound", "outbound"]
    assert "Network().bind" in "".join(caught.value.__notes__)


def test_the_error_can_be_pickled():
    with pytest.raises(hf.ItemError) as caught:
        hf.compile("source_iter(a) -> null(); source_iter(b) -> null();", namespace={})

    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
