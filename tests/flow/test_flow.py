from __future__ import annotations

import _thread
import asyncio
import queue
import threading
import time
import traceback
from collections import ChainMap
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf

COUNTED = "source_stream(input) -> map(f) -> fold::<'static>(|| 0, |acc, x| acc + x) -> for_each(out.append);"


def compiled(text: str, **names: Any) -> tuple[hf.Flow, Any, list[Any]]:
    """A flow with a channel `input` and a list `out`."""
    channel, out = hf.channel(), []
    return hf.compile(text, namespace={"input": channel, "out": out, **names}), channel, out


def failing_at(bad: Any) -> Callable[[Any], Any]:
    def f(item: Any) -> Any:
        if item == bad:
            raise ValueError(f"no {item}")
        return item

    return f


# --- ticks --------------------------------------------------------------------------------------------------------


def test_run_tick_tells_whether_there_was_work_or_is_more() -> None:
    flow, channel, out = compiled("source_stream(input) -> defer_tick() -> for_each(out.append);")
    channel.send(1)

    worked = [flow.run_tick(), flow.run_tick(), flow.run_tick()]

    assert worked == [True, True, False]
    assert out == [1]
    assert flow.current_tick() == 3


def test_run_available_runs_at_least_one_tick_and_stops_when_nothing_is_due() -> None:
    flow, channel, out = compiled(
        "u = union() -> tee(); source_stream(input) -> u; u -> for_each(out.append);"
        "u -> filter(|x| x > 0) -> map(|x| x - 1) -> defer_tick() -> u;"
    )

    flow.run_available()
    channel.send(3)
    flow.run_available()

    assert out == [3, 2, 1, 0]
    assert flow.current_tick() == 5


def test_what_is_deferred_lazily_waits_for_a_tick_that_happens_anyway() -> None:
    flow, channel, out = compiled("source_stream(input) -> defer_tick_lazy() -> for_each(out.append);")
    channel.send(1)

    flow.run_available()
    after_one = out.copy()
    flow.run_available()

    assert (after_one, out, flow.current_tick()) == ([], [1], 2)


def test_run_stratum_runs_one_and_the_tick_ends_behind_the_last() -> None:
    flow, channel, out = compiled("source_stream(input) -> next_stratum() -> next_stratum() -> for_each(out.append);")
    channel.send(1)
    found = []

    for _ in range(4):
        flow.run_stratum()
        found.append((flow.current_tick(), flow.current_stratum(), len(out)))

    assert found == [(0, 1, 0), (0, 2, 0), (1, 0, 1), (1, 1, 1)]


def test_a_static_state_outlives_ticks_and_a_tick_state_does_not() -> None:
    flow, channel, out = compiled(
        "t = source_stream(input) -> tee();"
        "t -> fold::<'static>(|| 0, |acc, x| acc + x) -> map(|x| ('static', x)) -> for_each(out.append);"
        "t -> fold(|| 0, |acc, x| acc + x) -> map(|x| ('tick', x)) -> for_each(out.append);"
    )

    for items in ([1, 2], [], [10]):
        channel.extend(items)
        flow.run_tick()

    assert [value for kind, value in out if kind == "static"] == [3, 3, 13]
    assert [value for kind, value in out if kind == "tick"] == [3, 0, 10]


def test_an_accumulator_that_was_emitted_is_not_changed_under_the_readers_hands() -> None:
    flow, channel, out = compiled(
        "source_stream(input) -> fold::<'static>(list, |acc, x| acc.append(x)) -> for_each(out.append);"
    )

    for item in (1, 2):
        channel.send(item)
        flow.run_tick()

    assert out == [[1], [1, 2]]


# --- faults -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recorded", [False, True])
def test_an_exception_aborts_its_tick_keeps_state_and_lets_the_next_one_run(recorded: bool) -> None:
    flow, channel, out = compiled(
        "source_stream(input) -> map(f) -> persist() -> for_each(out.append);", f=failing_at("bad")
    )
    if recorded:
        flow.record()
    channel.extend([1])
    flow.run_tick()
    channel.extend([2, "bad", 3, 4])

    with pytest.raises(ValueError, match="no bad") as caught:
        flow.run_tick()
    channel.send(5)
    flow.run_tick()

    assert out == [1, 1, 2, 5]
    assert flow.current_tick() == 3
    (fault,) = flow.faults
    assert (fault.tick, fault.stratum, fault.message, fault.dropped) == (1, 0, "ValueError: no bad", 3)
    assert caught.value.__notes__ == ["hydroflow: in `map` at flow, line 1, item 'bad', tick 1, stratum 0"]


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize(
    ("text", "dropped"),
    [
        ("source_stream(input) -> map(f) -> null();", 3),
        ("source_stream(input) -> flat_map(|x| [x, f(x)]) -> null();", 3),
        ("source_stream(input) -> map(f) -> next_stratum() -> null();", 5),
        ("source_stream(input) -> next_stratum() -> map(f) -> null();", 3),
        ("source_stream(input) -> sort() -> map(f) -> null();", 3),
        ("source_iter([0, 1, 2, 3, 4]) -> map(f) -> null();", 8),
        ("source_stream(input) -> defer_tick() -> map(f) -> null();", 3),
        ("source_stream(input) -> fold::<'static>(|| 0, |acc, x| acc + f(x)) -> null();", 3),
        ("u = union(); source_stream(input) -> u; u -> unique() -> map(f) -> filter(|x| x < 0) -> u;", 3),
    ],
)
def test_what_was_on_its_way_is_counted(text: str, dropped: int, recorded: bool) -> None:
    flow, channel, _ = compiled(
        text if "input" in text else f"{text} source_stream(input) -> next_stratum() -> null();", f=failing_at(2)
    )
    if recorded:
        flow.record()
    channel.extend(range(5))

    with pytest.raises(ValueError, match="no 2"):
        flow.run_available()

    assert flow.faults[0].dropped == dropped


def test_an_exception_in_a_later_stratum_drops_what_earlier_ones_sent_there() -> None:
    flow, channel, out = compiled(
        "t = source_stream(input) -> tee(); t -> for_each(out.append); t -> sort() -> for_each(f); "
        "t -> sort() -> next_stratum() -> for_each(out.append);",
        f=failing_at(1),
    )
    channel.extend([2, 1])

    with pytest.raises(ValueError, match="no 1"):
        flow.run_tick()
    flow.run_tick()

    assert out == [2, 1]
    assert flow.faults[0].stratum == 1


def test_every_run_method_lets_the_exception_out_as_it_is() -> None:
    flow, channel, _ = compiled(COUNTED, f=failing_at(1))

    for run in (flow.run_tick, flow.run_stratum, flow.run_available, lambda: asyncio.run(flow.run_available_async())):
        channel.send(1)
        with pytest.raises(ValueError, match="no 1"):
            run()

    assert [fault.tick for fault in flow.faults] == [0, 1, 2, 3]


@pytest.mark.parametrize("way", ["run_tick", "run_available", "run_stratum"])
@pytest.mark.parametrize("recorded", [False, True])
def test_a_function_that_a_tick_calls_cannot_run_its_flow(way: str, recorded: bool) -> None:
    refused = []

    def again(item: int) -> None:
        try:
            getattr(flow, way)()
        except RuntimeError as error:
            refused.append(str(error))

    flow, channel, out = compiled(
        "source_stream(input) -> inspect(again) -> fold(|| 0, |acc, x| acc + x) -> for_each(out.append);", again=again
    )
    if recorded:
        flow.record()
    channel.extend([1, 2, 3])

    flow.run_stratum()
    flow.run_tick()

    assert len(refused) == 3
    assert "send items into the flow's inputs" in refused[0]
    assert (out, flow.current_tick(), flow.faults) == ([6], 1, [])


# --- interrupts ---------------------------------------------------------------------------------------------------


def test_an_interrupt_between_two_items_is_told_with_a_line() -> None:
    # One that is noted as the item is given, and raised on the way to the next one.
    flow = hf.compile(
        "source_iter(map(interrupt, [2])) -> filter(|item| item) -> for_each(print);",
        {"interrupt": _thread.interrupt_main},
    )

    with pytest.raises(KeyboardInterrupt) as caught:
        flow.run_tick()

    assert all(isinstance(line, int) for _, line in traceback.walk_tb(caught.value.__traceback__))
    assert traceback.extract_tb(caught.value.__traceback__)[-1].lineno == 1


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize(
    "endless",
    [
        "u = union() -> map(|x| x) -> u; source_stream(input) -> u;",
        "u = union() -> tee(); u -> u; source_stream(input) -> u; u -> null();",
        "u = union() -> defer_tick() -> u; source_stream(input) -> u;",
        "u = union() -> unique() -> filter(|x| x < 0) -> u; source_stream(input) -> flat_map(|x| numbers()) -> u;",
        "source_stream(input) -> null(); spin() -> null();",
        "source_stream(input) -> flat_map(|x| numbers()) -> null();",
    ],
)
def test_an_interrupt_stops_a_flow_that_does_not_end_and_leaves_it_usable(
    interrupted: Callable[..., Any], endless: str, recorded: bool
) -> None:
    def numbers() -> Iterator[int]:
        while True:
            yield 1

    flow, channel, out = compiled(
        f"{endless} source_stream(plain) -> for_each(out.append);", numbers=numbers, plain=hf.channel([7])
    )
    if recorded:
        flow.record()
    channel.send(1)
    begin = time.monotonic()

    with interrupted(flow, 0.15):
        flow.run_available()
    needed = time.monotonic() - begin
    out.clear()
    flow.inputs["plain"].send(8)
    flow.run_tick()

    assert needed < 10  # a busy machine; what is wanted is 0.25
    assert 8 in out
    assert all(fault.message == "interrupted" for fault in flow.faults)


# --- reset and close ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recorded", [False, True])
def test_reset_goes_back_to_tick_0_with_sources_anew(recorded: bool) -> None:
    flow, channel, out = compiled(
        "source_iter(start) -> u; source_stream(input) -> u;"
        "u = union() -> persist() -> sort() -> for_each(out.append);"
        "source_iter([9]) -> defer_tick() -> defer_tick() -> for_each(out.append);",
        start=[1],
    )
    if recorded:
        flow.record()
    channel.send(5)
    flow.run_tick()
    channel.send(6)

    flow.reset()
    before = (flow.current_tick(), flow.faults, len(flow.recording.ticks) if recorded else 0)
    out.clear()
    flow.run_tick()

    assert before == (0, [], 0)
    assert out == [1, 6]
    if recorded:
        assert [tick.tick for tick in flow.recording.ticks] == [0]


def test_reset_in_the_middle_of_a_tick_begins_a_new_one() -> None:
    flow, channel, out = compiled("source_stream(input) -> sort() -> for_each(out.append);")
    channel.send(1)
    flow.run_stratum()

    flow.reset()
    channel.send(2)
    flow.run_tick()

    assert (out, flow.current_tick()) == ([2], 1)


def test_a_closed_flow_says_so() -> None:
    flow, _, _ = compiled("source_stream(input) -> null();")

    flow.close()
    flow.close()

    for run in (flow.run_tick, flow.run_stratum, flow.run_available, flow.reset):
        with pytest.raises(hf.HydroflowError, match="the flow `flow` is closed"):
            run()


def test_close_tells_of_items_that_assert_eq_still_expects() -> None:
    flow, channel, _ = compiled("source_stream(input) -> assert_eq([1, 2]);")
    channel.send(1)
    flow.run_tick()

    with pytest.raises(hf.AssertionFailed, match="still expects 1 item"):
        flow.close()

    assert flow.is_closed


def test_a_with_block_closes_and_lets_its_own_exception_go_first() -> None:
    with pytest.raises(KeyError), hf.compile("source_iter([]) -> assert_eq([1]);", namespace={}) as flow:
        raise KeyError

    assert flow.is_closed


# --- asynchronous -------------------------------------------------------------------------------------------------


def test_run_async_wakes_on_input_from_another_thread() -> None:
    flow, channel, out = compiled("source_stream(input) -> for_each(out.append);")

    async def main() -> None:
        running = asyncio.create_task(flow.run_async())
        await asyncio.sleep(0.01)
        threading.Thread(target=channel.extend, args=[[1, 2]]).start()
        while len(out) < 2:
            await asyncio.sleep(0.005)
        threading.Thread(target=channel.send, args=[3]).start()
        while len(out) < 3:
            await asyncio.sleep(0.005)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(asyncio.wait_for(main(), 60))

    assert out == [1, 2, 3]


def test_run_async_does_nothing_while_nothing_comes() -> None:
    flow, channel, _ = compiled("source_stream(input) -> null();")

    async def main() -> tuple[int, float]:
        running = asyncio.create_task(flow.run_async())
        await asyncio.sleep(0.05)
        ticks, cpu = flow.current_tick(), time.process_time()
        await asyncio.sleep(0.3)
        used = time.process_time() - cpu
        running.cancel()
        return flow.current_tick() - ticks, used

    ticks, cpu = asyncio.run(main())

    assert ticks == 0
    assert cpu < 0.1
    assert not channel._listeners


def test_run_async_ends_when_the_flow_is_closed() -> None:
    flow, _, _ = compiled("source_stream(input) -> null();")

    async def main() -> None:
        asyncio.get_running_loop().call_later(0.02, flow.close)
        await flow.run_async()

    asyncio.run(asyncio.wait_for(main(), 60))

    assert flow.is_closed


@pytest.mark.parametrize("kind", [queue.Queue, asyncio.Queue])
def test_run_async_reads_queues(kind: Callable[[], Any]) -> None:
    source = kind()
    flow, _, out = compiled("source_stream(input) -> for_each(out.append);", input=source)

    async def main() -> None:
        running = asyncio.create_task(flow.run_async())
        for item in (1, 2):
            await asyncio.sleep(0.01)
            source.put_nowait(item)
        while len(out) < 2:
            await asyncio.sleep(0.005)
        running.cancel()

    asyncio.run(asyncio.wait_for(main(), 60))

    assert out == [1, 2]


def test_run_async_reads_an_async_iterator() -> None:
    async def numbers() -> AsyncIterator[int]:
        for number in range(3):
            await asyncio.sleep(0.005)
            yield number

    flow, _, out = compiled("source_stream(input) -> for_each(out.append);", input=numbers())

    async def main() -> None:
        running = asyncio.create_task(flow.run_async())
        while len(out) < 3:
            await asyncio.sleep(0.005)
        running.cancel()

    asyncio.run(asyncio.wait_for(main(), 60))

    assert out == [0, 1, 2]


def test_other_tasks_get_their_turn_between_two_ticks() -> None:
    flow, channel, _ = compiled(
        "u = union() -> map(|x| x - 1) -> filter(|x| x) -> defer_tick() -> u; source_stream(input) -> u;"
    )
    channel.send(50)
    turns: list[int] = []

    async def main() -> None:
        async def other() -> None:
            while flow.current_tick() < 40:
                turns.append(flow.current_tick())
                await asyncio.sleep(0)

        await asyncio.gather(flow.run_available_async(), other())

    asyncio.run(main())

    assert len(turns) > 20


def test_run_says_what_to_use_in_a_notebook() -> None:
    flow, _, _ = compiled("source_stream(input) -> null();")

    async def main() -> None:
        with pytest.raises(RuntimeError, match=r"await flow\.run_async"):
            flow.run()

    asyncio.run(main())


def test_run_blocks_until_the_flow_is_closed() -> None:
    flow, channel, out = compiled("source_stream(input) -> for_each(out.append);")
    flow.subscribe(lambda: threading.Timer(0.02, flow.close).start() if out else None)
    threading.Timer(0.02, channel.send, [1]).start()

    flow.run()

    assert out == [1]


# --- looking ------------------------------------------------------------------------------------------------------


def test_inputs_bear_the_names_of_their_channels() -> None:
    flow, channel, out = compiled(
        "source_stream(input) -> for_each(out.append); source_stream( more [0] ) -> for_each(out.append);",
        more=[hf.channel([5])],
    )

    flow.inputs["input"].send(1)
    flow.inputs["input"].extend([2, 3])
    waiting = flow.inputs["input"].waiting()
    taken = flow.inputs["input"].discard(1)
    flow.run_tick()

    assert list(flow.inputs) == ["input", "more [0]"]
    assert (waiting, taken, sorted(out)) == ([1, 2, 3], 2, [1, 3, 5])
    assert len(channel) == 0


def test_subscribers_are_told_after_every_run() -> None:
    flow, channel, _ = compiled("source_stream(input) -> for_each(f);", f=failing_at(1))
    told: list[int] = []
    unsubscribe = flow.subscribe(lambda: told.append(flow.current_tick()))

    flow.run_tick()
    flow.run_stratum()
    channel.send(1)
    with pytest.raises(ValueError, match="no 1"):
        flow.run_tick()
    flow.reset()
    unsubscribe()
    unsubscribe()
    flow.run_tick()

    assert told == [1, 2, 3, 0]


def test_a_flow_may_be_compiled_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "numbers.hf"
    path.write_text("source_iter([1, 0])\n  -> map(|x| 1 / x)\n  -> null();", encoding="utf-8")

    flow = hf.compile_file(path, namespace={})

    assert flow.name == "numbers"
    with pytest.raises(ZeroDivisionError) as caught:
        flow.run_tick()
    assert "at numbers.hf, line 2" in caught.value.__notes__[0]


def test_a_file_and_a_text_see_the_same_names_of_their_caller(tmp_path: Path) -> None:
    items, found = [1], list[int]()
    path = tmp_path / "local.hf"
    path.write_text("source_iter(items) -> for_each(found.append);")

    hf.compile_file(path).run_tick()
    hf.compile(path.read_text()).run_tick()

    assert found == items * 2


def test_the_namespace_is_the_callers_where_none_is_given() -> None:
    out: list[int] = []
    step = 5

    hf.compile("source_iter([1]) -> map(|x| x + step) -> for_each(out.append);").run_tick()

    assert out == [6]
    assert step == 5


def test_the_first_recorded_tick_is_the_next_one_to_begin() -> None:
    flow, channel, out = compiled("source_stream(input) -> sort() -> for_each(out.append);")
    channel.send(1)
    flow.run_stratum()

    flow.record()
    flow.run_stratum()
    recorded_so_far = [tick.tick for tick in flow.recording.ticks]
    channel.send(2)
    flow.run_tick()

    assert recorded_so_far == []
    assert [tick.tick for tick in flow.recording.ticks] == [1]
    assert out == [1, 2]


def test_a_value_that_is_not_a_text_is_told_from_a_text() -> None:
    with pytest.raises(TypeError, match=r"compile_file\(path\)"):
        hf.compile(Path("flow.hf"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not from NoneType"):
        hf.compile(None)  # type: ignore[arg-type]


def test_a_copy_runs_the_same_text_with_names_of_its_own() -> None:
    seen: list[int] = []
    flow = hf.compile("source_iter(items) -> for_each(seen.append);", {"items": [1], "seen": seen})
    flow.run_tick()

    copied = flow.copy({"items": [2, 3]}, name="copied")
    copied.run_tick()

    assert seen == [1, 2, 3]
    assert (copied.name, copied.current_tick(), flow.current_tick()) == ("copied", 1, 1)


def test_a_copy_s_pictures_bear_its_own_name() -> None:
    flow = hf.compile("source_iter([1]) -> null();", name="shop")

    copied = flow.copy({}, name="second")

    assert copied.graph.text().startswith("flow second: ")
    assert flow.graph.text().startswith("flow shop: ")


def test_a_flow_without_the_ends_it_names_is_told_how_to_get_them() -> None:
    with pytest.raises(NameError) as caught:
        hf.compile("source_stream_serde(inbound) -> null();", {})

    assert "Network().bind" in "".join(caught.value.__notes__)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_of_a_flow_may_be_written_by_any_editor(tmp_path: Path, newline: str, mark: str) -> None:
    text = '# Ours\nmod -> map(|x| (x,\n  """\n""")) -> mod;\n'
    (tmp_path / "module.hf").write_bytes((mark + text).replace("\n", newline).encode())
    flow = 'source_iter([1]) -> import!("module.hf")\n  -> for_each(out.append);\n'
    (tmp_path / "flow.hf").write_bytes((mark + flow).replace("\n", newline).encode())
    out: list[Any] = []

    hf.compile_file(tmp_path / "flow.hf", {"out": out}).run_available()

    assert out == [(1, "\n")]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_place_of_an_error_is_the_same_whatever_ends_the_lines(newline: str, mark: str) -> None:
    text = mark + "# Ours\nsource_iter([0])\n  -> map(|x| 1 / x) -> null();".replace("\n", newline)
    flow = hf.compile(text, {})

    with pytest.raises(ZeroDivisionError) as caught:
        flow.run_tick()

    assert "line 3, item 0" in caught.value.__notes__[0]
    assert traceback.extract_tb(caught.value.__traceback__)[-1].line == "-> map(|x| 1 / x) -> null();"


MICRO, MU = "\u00b5", "\u03bc"  # Python reads a Greek mu for the micro sign in every name
WIDE = "\uff4d\uff4f\uff44"  # "mod" in full-width letters


@pytest.mark.parametrize("first", [MICRO, MU])
@pytest.mark.parametrize("second", [MICRO, MU])
@pytest.mark.parametrize(
    "text",
    [
        "{a} = source_iter([5]) -> tee(); {b} -> for_each(out.append);",
        "{a} = source_iter([4]) -> fold(int, |a, x| a + x); source_iter([1]) -> map(|x| x + ${b}) -> to;"
        " to = for_each(out.append);",
        "p = source_iter([5]) -> partition(|x| '{a}'); p[{b}] -> for_each(out.append); p[b] -> null();",
        "p = source_iter([5]) -> partition(choose); p[{b}] -> for_each(out.append); p[b] -> null();",
        "p = source_iter([5]) -> partition(|x, [{a}, b]| {b}); p[{a}] -> for_each(out.append); p[b] -> null();",
        "p = source_iter([5]) -> demux(|x, [{a}, b]| {b}.give(x)); p[{a}] -> for_each(out.append); p[b] -> null();",
        "p = source_iter([5]) -> demux(|x, [{a}]| {a}.give(x)); p[{b}] -> for_each(out.append);",
        "source_iter([{a}]) -> for_each(out.append);",
    ],
)
def test_two_spellings_of_a_name_are_one(text: str, first: str, second: str) -> None:
    out: list[Any] = []
    names = {"out": out, MU: 5, "choose": lambda x: first}

    hf.compile(text.format(a=first, b=second), names).run_available()

    assert out == [5]


def test_a_module_s_own_word_may_be_spelled_in_any_letters(tmp_path: Path) -> None:
    (tmp_path / "module.hf").write_text(f"{WIDE} -> map(|x| x + 1) -> {WIDE};", encoding="utf-8")
    (tmp_path / "flow.hf").write_text('source_iter([1]) -> import!("module.hf") -> for_each(out.append);')
    out: list[Any] = []

    hf.compile_file(tmp_path / "flow.hf", {"out": out}).run_available()

    assert out == [2]


@pytest.mark.parametrize("recorded", [False, True])
def test_nothing_is_put_into_the_namespace_that_a_flow_is_compiled_with(recorded):
    names = {"out": []}
    flow = hf.compile("source_iter([1]) -> map(|x| len([x]) + 1) -> for_each(out.append);", namespace=names)
    if recorded:
        flow.record()
    flow.run_available()

    assert list(names) == ["out"]
    assert names["out"] == [2]


def test_a_namespace_that_is_another_mapping_is_refused_by_its_name():
    with pytest.raises(TypeError, match="`namespace` is a dict"):
        hf.compile("source_iter([1]) -> null();", namespace=ChainMap({}))
