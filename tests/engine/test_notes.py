"""What user code raises comes out as it is, once, with one note, whatever its class does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

import hydroflow_nb as hf
from hydroflow_nb import core
from hydroflow_nb.engine.notes import Note, annotate, described, notes_of
from hydroflow_nb.simulation import Network


class Abort(BaseException):
    pass


@dataclass(frozen=True)
class Frozen(Exception):
    code: int


class Slotted(Exception):
    __slots__ = ("code",)

    def __setattr__(self, name, value):
        raise AttributeError(name)


class Stern(Exception):
    def add_note(self, note):
        raise RuntimeError("no notes, please")


class Lying(Exception):
    @property
    def __class__(self):
        raise RuntimeError("no class")

    @property
    def __traceback__(self):
        raise RuntimeError("no traceback")

    def __str__(self):
        raise Abort

    __repr__ = __str__


class Tupled(Exception):
    def __init__(self):
        self.__notes__ = ("mine",)


class Shared(Exception):
    __notes__ = ["of the class"]


class Noteless(Exception):
    __notes__ = property(lambda self: 1 / 0)


MAKERS = {
    "frozen": lambda: Frozen(7),
    "slots": Slotted,
    "stern": Stern,
    "lying": Lying,
    "tuple": Tupled,
    "of the class": Shared,
    "group": lambda: ExceptionGroup("several", [ValueError(1), TypeError(2)]),
    "base group": lambda: BaseExceptionGroup("several", [Abort(1)]),
    "exit": lambda: SystemExit(3),
    "generator exit": GeneratorExit,
    "abort": Abort,
    "cancelled": asyncio.CancelledError,
    "stop": StopIteration,
}
USES = {
    "map": "source_stream(c) -> map(f) -> null();",
    "for_each": "source_stream(c) -> for_each(f);",
    "fold": "source_stream(c) -> fold(int, |a, x| f(x)) -> null();",
    "dest_sink": "source_stream(c) -> dest_sink(f);",
}


def raised_by(run, *arguments):
    try:
        run(*arguments)
    except BaseException as exception:
        return exception
    return None


@pytest.mark.parametrize("text", USES.values(), ids=USES)
@pytest.mark.parametrize("make", [*MAKERS.values(), Noteless], ids=[*MAKERS, "noteless"])
def test_what_a_function_raises_comes_out_as_it_is(make, text):
    mine, channel = make(), hf.channel([1])

    def f(item):
        if item == 1:
            raise mine

    flow = hf.compile(text, namespace={"f": f, "c": channel})

    assert raised_by(flow.run_available) is mine
    assert len(flow.faults) == 1
    channel.send(2)
    flow.run_available()


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_an_exception_object_that_is_raised_again_bears_the_note_of_the_last_time_alone(make):
    mine, channel = make(), hf.channel()

    def f(item):
        raise mine

    flows = [hf.compile("source_stream(c) -> map(f) -> null();", {"f": f, "c": channel}, name) for name in ("a", "b")]
    own = notes_of(mine) or list(getattr(type(mine), "__notes__", ()))
    for item in range(4):
        channel.send(item)
        assert raised_by(flows[item % 2].run_tick) is mine

    assert notes_of(mine) == [*own, "hydroflow: in `map` at b, line 1, item 3, tick 1, stratum 0"]
    assert getattr(type(mine), "__notes__", ["of the class"]) == ["of the class"]


def test_the_items_that_an_exception_dropped_when_it_was_raised_before_are_not_counted_again():
    mine, channel = ValueError(), hf.channel()

    def f(item):
        raise mine

    flow = hf.compile("source_stream(c) -> defer_tick() -> map(f) -> null();", {"f": f, "c": channel})
    for _ in range(3):
        channel.extend([1, 2])
        flow.run_tick()
        assert raised_by(flow.run_tick) is mine

    assert [fault.dropped for fault in flow.faults] == [2, 2, 2]


def test_an_exception_out_of_a_flow_that_a_flow_runs_bears_a_note_of_each():
    def f(item):
        raise mine

    mine, channel = ValueError(), hf.channel([1])
    inner = hf.compile("source_stream(c) -> map(f) -> null();", {"f": f, "c": channel}, "inner")
    again = hf.channel([5])
    outer = hf.compile("source_stream(again) -> for_each(|x| run());", {"run": inner.run_tick, "again": again}, "outer")

    for item in (5, 6):
        assert raised_by(outer.run_tick) is mine
        assert ["inner" in mine.__notes__[0], "outer" in mine.__notes__[1]] == [True, True]
        assert len(mine.__notes__) == 2
        channel.send(item)
        again.send(item)


def test_a_note_is_told_from_those_of_the_user():
    mine = ValueError()
    mine.add_note("hydroflow: my own")

    annotate(mine, "hydroflow: one")
    annotate(mine, "hydroflow: two")

    assert mine.__notes__ == ["hydroflow: my own", "hydroflow: two"]
    assert type(mine.__notes__[1]) is Note


def test_an_exception_is_described_whatever_its_text_does():
    class Rude(str):
        def __getitem__(self, key):
            raise RuntimeError

    class Wordy(Exception):
        def __str__(self):
            return Rude("a text")

    assert described(Wordy()) == "Wordy: a text"
    assert described(Lying()) == "Lying"


def test_an_item_whose_repr_exits_is_no_reason_to_exit():
    class Exiting:
        def __repr__(self):
            raise SystemExit

    mine = ValueError()

    def f(item):
        raise mine

    flow = hf.compile("source_iter([item()]) -> map(f) -> null();", {"f": f, "item": Exiting})

    assert raised_by(flow.run_tick) is mine
    assert "whose repr raised SystemExit" in mine.__notes__[0]


# --- in an event loop -------------------------------------------------------------------------------------------------

# `StopIteration` and `CancelledError` have a meaning of their own in coroutines.
ASYNC = {name: make for name, make in MAKERS.items() if name not in ("stop", "cancelled")}


def in_a_loop(main):
    """What a coroutine raises, caught within the event loop, which nothing may end."""

    found = []

    async def caught():
        try:
            async with asyncio.timeout(60):
                await main()
        except BaseException as exception:
            found.append(exception)

    asyncio.run(caught())
    return found[0] if found else None


@pytest.mark.parametrize("make", ASYNC.values(), ids=ASYNC)
def test_what_an_async_sink_raises_comes_out_once_and_its_item_is_sent_once(make):
    mine, sent = make(), []

    async def sink(item):
        await asyncio.sleep(0)
        sent.append(item)
        if item == 1:
            raise mine

    flow = hf.compile("source_iter([1, 2]) -> dest_sink(sink);", {"sink": sink})

    assert in_a_loop(flow.run_available_async) is mine
    assert in_a_loop(flow.run_available_async) is None
    assert sent == [1, 2]
    assert notes_of(mine)[-1:] == ["hydroflow: in `dest_sink` at flow, line 1, item 1"]


@pytest.mark.parametrize("make", ASYNC.values(), ids=ASYNC)
@pytest.mark.parametrize("operator", ["resolve_futures", "resolve_futures_blocking", "resolve_futures_ordered"])
def test_what_an_awaitable_raises_comes_out_of_the_run(make, operator):
    mine = make()

    async def f(item):
        await asyncio.sleep(0)
        if item == 1:
            raise mine

    flow = hf.compile(f"source_iter([1, 2]) -> map(f) -> {operator}() -> null();", {"f": f})

    async def main():
        await flow.run_available_async()
        await asyncio.sleep(0.01)
        await flow.run_available_async()

    assert in_a_loop(main) is mine
    assert len([note for note in notes_of(mine) if note.startswith("hydroflow: ")]) == 1


@pytest.mark.parametrize("make", ASYNC.values(), ids=ASYNC)
def test_what_an_async_source_raises_comes_out_of_the_run(make):
    mine = make()

    class Ticks:
        def __aiter__(self):
            return self

        async def __anext__(self):
            await asyncio.sleep(0)
            raise mine

    flow = hf.compile("source_stream(ticks()) -> null();", {"ticks": Ticks})

    assert in_a_loop(flow.run_async) is mine
    assert notes_of(mine)[-1].startswith("hydroflow: from the async iterator that is read in `source_stream`")


@pytest.mark.parametrize("kind", [Abort, GeneratorExit, asyncio.CancelledError, Frozen])
@pytest.mark.parametrize("text", ["map(f) -> null()", "dest_sink(g)", "map(g) -> resolve_futures_blocking() -> null()"])
def test_what_ends_a_run_in_the_background_is_kept_and_told(kind, text, caplog):
    def f(item):
        raise kind(1)

    async def g(item):
        raise kind(1)

    async def main():
        flow = hf.compile(f"source_iter([1]) -> {text};", {"f": f, "g": g})
        task = flow.start()
        await asyncio.wait([task], timeout=60)
        return flow.trouble

    trouble = asyncio.run(main())

    cancelled = kind is asyncio.CancelledError
    assert type(trouble) is kind or (cancelled and type(trouble) in (hf.ItemError, RuntimeError))
    assert "has stopped" in caplog.text


def test_a_cancelled_run_in_the_background_is_no_trouble():
    async def main():
        flow = hf.compile("source_iter([1]) -> null();", {})
        task = flow.start()
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        return flow.trouble

    assert asyncio.run(main()) is None


def test_an_interrupt_that_an_async_sink_raises_ends_the_run_and_sends_the_item_no_second_time():
    sent = []

    async def sink(item):
        await asyncio.sleep(0)
        sent.append(item)
        if item == 1:
            raise KeyboardInterrupt

    flow = hf.compile("source_iter([1, 2]) -> dest_sink(sink);", {"sink": sink})

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(flow.run_available_async())
    asyncio.run(flow.run_available_async())
    assert sent == [1, 2]


# --- other ways to run ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_what_a_flow_that_was_built_by_hand_raises_comes_out_with_one_note(make):
    mine, builder = make(), core.Builder()
    given = builder.handoff("given")
    channel = builder.input("c", into=given)

    @builder.subgraph(reads=[given])
    def fails(context, items):
        if items:
            raise mine

    flow = builder.build()
    own = notes_of(mine) or list(getattr(type(mine), "__notes__", ()))
    for item in range(3):
        channel.send(item)
        assert raised_by(flow.run_tick) is mine

    assert len(notes_of(mine)) == len(own) + 1
    assert "in the subgraph `fails`" in notes_of(mine)[-1]


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_what_a_node_of_a_simulated_network_raises_comes_out_with_a_note_of_the_flow_and_one_of_the_node(make):
    mine = make()

    def f(item):
        raise mine

    net = Network()
    net.node("alice", hf.compile("source_stream(c) -> map(f) -> null();", {"f": f, "c": hf.channel()}))
    own = notes_of(mine) or list(getattr(type(mine), "__notes__", ()))
    for item in range(3):
        net.nodes["alice"].inputs["c"].send(item)
        assert raised_by(net.tick, "alice") is mine

    told = notes_of(mine)[len(own) :]
    assert [note.split(",")[0] for note in told] == ["hydroflow: in `map` at flow", "hydroflow: in node alice"]
