"""The function that runs plain ticks: what stands in it, and which flows have one."""

from __future__ import annotations

import ast
import queue
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.plain import PlainShape, can_be_plain
from hydroflow_nb.net.inbound import Inbound


def compiled(text: str, **names: Any) -> Any:
    return hf.compile(text, {"items": hf.channel(), "out": [], **names})._compiled


def text_of(code: Any) -> str:
    return ast.unparse(code.code.factory)


def plain_text(text: str, shape: PlainShape | None = None, **names: Any) -> str:
    return text_of(compiled(text, **names).plain_code(shape or PlainShape()))


def test_the_strata_stand_in_the_function_with_the_number_of_the_next_one_between_them() -> None:
    text = "source_stream(items) -> map(|x| x + 1) -> fold(|| 0, |a, x| a + x) -> for_each(out.append);"

    found = plain_text(text)

    assert "source_stream_1_item + 1" in found
    assert found.index("clock.stratum = 1") < found.index("out.append(") < found.index("clock.stratum = 0")
    assert ".take()" not in found


def test_the_names_of_the_user_are_left_to_the_user() -> None:
    text = "source_stream(items) -> map(|tick| (turn, clock, around, once, plain, tick)) -> for_each(out.append);"
    values = {"turn": 1, "clock": 2, "around": 3, "once": 4, "plain": 5}
    out: list[Any] = []
    items = hf.channel()
    flow = hf.compile(text, {"items": items, "out": out, **values})
    push = flow.pusher("items")

    for item in range(100):
        push(item)
        items.send(item)
        flow.run_tick()

    assert out == [(1, 2, 3, 4, 5, item) for item in range(100) for _ in range(2)]


def test_an_item_that_is_pushed_needs_a_loop_only_where_the_code_leaves_it() -> None:
    plain = "source_stream(items) -> map(|x| x + 1) -> for_each(out.append);"

    assert "for source_stream_1_item" not in text_of(compiled(plain).push_code)
    assert "for source_stream_1_item" in plain_text(plain)


def test_a_large_program_has_no_such_function() -> None:
    chain = " -> ".join(["filter(|x| 0 < x and x + 1 < 10 * x)"] * 300)
    large = f"source_stream(items) -> {chain} -> for_each(out.append);"

    assert compiled(large).plain_code(PlainShape()) is None
    assert compiled(large).push_code is None


def test_an_inbox_that_does_more_than_others_is_asked_to_take_in_what_waits_in_its_queues() -> None:
    text = "source_stream_serde(inbound) -> for_each(out.append);"
    shape = PlainShape(queues=(("source_stream_serde_1_inbox", 2),))

    found = plain_text(text, shape, inbound=Inbound())

    assert "source_stream_serde_1_inbox.ingest()" in found
    assert "source_stream_serde_1_inbox.take()" in found
    assert "told()" not in found


def test_what_is_told_of_the_end_of_a_tick_is_told_behind_it() -> None:
    found = plain_text("source_stream(items) -> dest_sink(out.append);", PlainShape(tells_ends=True))

    assert found.index("clock.tick = tick + 1") < found.index("for told in ends:") < found.index("BaseException as")


def test_a_program_with_two_inputs_cannot_be_pushed_to_without_a_queue() -> None:
    two = "u = union() -> for_each(out.append); source_stream(items) -> u; source_stream(others) -> u;"

    assert compiled(two, others=hf.channel()).push_code is None


@pytest.mark.parametrize(
    "text",
    [
        "source_iter([1]) -> for_each(out.append);",
        "source_stream(items) -> defer_tick() -> for_each(out.append);",
        "source_stream(items) -> for_each(out.append); spin() -> null();",
        "source_stream(waiting) -> for_each(out.append);",
        "source_stream(items) -> resolve_futures() -> for_each(out.append);",
    ],
    ids=["no input", "deferred items", "spin", "a queue", "awaitables"],
)
def test_ticks_with_more_to_do_are_never_plain(text: str) -> None:
    names = {"items": hf.channel(), "out": [], "waiting": queue.Queue()}
    flow = hf.compile(text, names)

    assert not can_be_plain(flow.drive().engine.program)
