"""What a durable flow has set aside outlives the process, as all that it holds."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = "source_stream(xs) -> map(|x| 12 // x) -> fold::<'static>(|| 0, |s, x| s + x) -> for_each(out.append);"


def opened(folder: Path, *items: Any) -> hf.Flow:
    return hf.compile(TEXT, {"xs": hf.channel(items), "out": []}).durable(folder)


def run(folder: Path, *items: Any) -> list[hf.ItemSetAside]:
    """Let a new flow of the folder run; what it has set aside then."""
    with opened(folder, *items) as flow:
        asyncio.run(flow.run_available_async())
        return list(flow.set_aside)


def test_a_durable_flow_sets_aside_where_nothing_else_is_said_and_knows_it_at_a_restart(tmp_path: Path) -> None:
    first = run(tmp_path, 3, 0, "a")
    second = run(tmp_path, 0)

    assert [(one.tick, one.item, one.input) for one in first] == [(0, 0, "xs"), (0, "a", "xs")]
    assert second[:2] == first
    assert [(one.tick, one.item) for one in second[2:]] == [(1, 0)]


def test_only_the_newest_are_in_the_file_and_all_are_counted(tmp_path: Path) -> None:
    for _ in range(4):
        with opened(tmp_path, 0, 0) as flow:
            flow.set_aside.most = 2
            asyncio.run(flow.run_available_async())
    with opened(tmp_path) as flow:
        assert (len(flow.set_aside) <= 5, flow.set_aside.total) == (True, 8)


def test_an_item_of_a_tick_that_had_not_ended_is_set_aside_once(tmp_path: Path) -> None:
    with opened(tmp_path, 3, 0) as flow:

        def killed(one: object) -> None:
            raise SystemExit

        flow.set_aside.listen(killed)
        with pytest.raises(SystemExit):
            asyncio.run(flow.run_available_async())
    with opened(tmp_path) as flow:
        before = list(flow.set_aside)
        asyncio.run(flow.run_available_async())

        assert (before, [one.item for one in flow.set_aside]) == ([], [0])
    assert [one.item for one in run(tmp_path)] == [0]


def test_an_item_that_cannot_be_written_is_kept_as_text(tmp_path: Path) -> None:
    item = object()
    with hf.compile(TEXT, {"xs": hf.channel([item]), "out": []}).durable(tmp_path, write="state") as flow:
        asyncio.run(flow.run_available_async())
        assert flow.set_aside[0].item is item
    with hf.compile(TEXT, {"xs": hf.channel(), "out": []}).durable(tmp_path, write="state") as flow:
        assert flow.set_aside[0].item.startswith("<object object")


def test_a_damaged_file_is_refused_with_its_place(tmp_path: Path) -> None:
    run(tmp_path, 0)
    path = tmp_path / "set-aside"
    data = bytearray(path.read_bytes())
    data[14] ^= 1
    path.write_bytes(data)

    with pytest.raises(hf.DurabilityError, match=r"HF703.*set-aside is damaged at byte 14"):
        opened(tmp_path)


# --- where no item is at fault ----------------------------------------------------------------------------------------

DEFERS = (
    "xs = source_stream(inputs) -> tee(); xs -> defer_tick() -> map(|x| DIVIDED) -> fold::<'static>(|| 0, |s, x| s + x)"
    " -> for_each(out.append); xs -> null();"
)


def stuck(text: str, names: dict[str, Any], folder: Path) -> hf.HydroflowError:
    """How a durable flow ends whose second tick fails with what the first one has deferred, and takes in a 3."""
    with hf.compile(text, {"inputs": (inputs := hf.channel([0])), "out": [], **names}).durable(folder) as flow:
        flow.run_tick()
        inputs.send(3)
        for _ in range(2):
            with pytest.raises(hf.HydroflowError) as raised:
                asyncio.run(flow.run_available_async())
        assert (flow.current_tick(), list(flow.set_aside), list(flow.faults)) == (1, [], [])
        return raised.value


@pytest.mark.parametrize("by", ["function", "text"])
def test_a_tick_that_fails_without_any_input_ends_the_run_until_its_function_is_mended(tmp_path: Path, by: str) -> None:
    text, mended = DEFERS.replace("DIVIDED", "6 // x"), DEFERS.replace("DIVIDED", "x and 6 // x")
    if by == "function":
        text = mended = DEFERS.replace("DIVIDED", "divided(x)")

    error = stuck(text, {"divided": lambda x: 6 // x}, tmp_path)
    out: list[int] = []
    flow = hf.compile(mended, {"inputs": hf.channel(), "out": out, "divided": lambda x: x and 6 // x})
    if by == "text":
        flow.migrate(text, lambda held: held)
    with flow.durable(tmp_path):
        asyncio.run(flow.run_available_async())

    (found,) = error.diagnostics
    assert (found.code, found.span.text.partition("(")[0]) == ("HF709", "map")
    assert "tick 1 fails without any input: ZeroDivisionError" in found.message
    assert type(error.__cause__) is ZeroDivisionError
    # What came in with the tick that failed was not lost.
    assert out == [0, 2]
