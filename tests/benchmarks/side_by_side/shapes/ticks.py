"""One item a tick through a few operators: what a tick itself costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import hydroflow_nb as hf
from side_by_side.peers import streamz_way, subject_way
from side_by_side.shape import BEFORE, HAND, OURS, PythonWay, Run, RustText, Shape, hand_way

CHANNEL = "let (to_items, items_in) = hydroflow::util::unbounded_channel::<i64>();"
CHAIN = """
    source_stream(items) -> map(|x| x + 1) -> filter(|y| y > 0) -> flat_map(|y| (y, y))
        -> filter(|z| z % 2 == 0) -> map(|z| z * 2) -> for_each(out0.append);
"""
RUST_CHAIN = """
    source_stream(items_in) -> map(|x: i64| x + 1) -> filter(|y| *y > 0) -> flat_map(|y| [y, y])
        -> filter(|z| z % 2 == 0) -> map(|z| z * 2) -> for_each(|x| out0.borrow_mut().push(x));
"""
TICKS = "for x in items { to_items.send(x).unwrap(); flow.run_tick(); }"


def shapes(scale: float) -> Iterator[Shape]:
    """A chain of six operators, whose items are sent or pushed, and a join with a table that ends in a fold."""
    items = list(range(max(2, round(5_000 * scale))))
    for shape in (chain, pushed_chain, join_and_fold):
        yield shape(items)


def ticking_way(text: str, items: list[int], pushed: bool = False, **names: Any) -> PythonWay:
    """Our own way: each item is sent, and a tick is run; or the item is pushed, which does both."""

    def prepare() -> Run:
        channel, out = hf.channel(), list[Any]()
        flow = hf.compile(text, namespace=names | {"items": channel, "out0": out})
        for _ in range(BEFORE):
            flow.run_tick()
        out.clear()

        def go() -> None:
            send, tick = channel.send, flow.run_tick
            for x in items:
                send(x)
                tick()

        def go_pushing() -> None:
            push = flow.pusher("items")
            for x in items:
                push(x)

        return Run(go_pushing if pushed else go, lambda: out)

    return PythonWay(prepare)


def chain_by_hand(items: Iterable[int], out: list[int]) -> None:
    """What `CHAIN` does, as a loop over a list that stands for the inbox."""
    inbox, put = list[int](), out.append
    for item in items:
        inbox.append(item)
        batch = inbox[:]
        inbox.clear()
        for x in batch:
            y = x + 1
            if y > 0:
                for z in (y, y):
                    if z % 2 == 0:
                        put(z * 2)


def chain(items: list[int]) -> Shape:
    """One item a tick through six operators."""

    def streamz(stream: Any) -> Any:
        twice = stream.map(lambda x: x + 1).filter(lambda y: y > 0).map(lambda y: (y, y)).flatten()
        return twice.filter(lambda z: z % 2 == 0).map(lambda z: z * 2)

    def reactivex(op: Any) -> list[Any]:
        import reactivex as rx

        twice = op.flat_map(lambda y: rx.from_iterable((y, y)))
        return [
            op.map(lambda x: x + 1),
            op.filter(lambda y: y > 0),
            twice,
            op.filter(lambda z: z % 2 == 0),
            op.map(lambda z: z * 2),
        ]

    return Shape(
        "one item a tick, chain of 6",
        {"items": items},
        {
            HAND: hand_way(partial(chain_by_hand, items)),
            OURS: ticking_way(CHAIN, items),
            "streamz": streamz_way(streamz, items),
            "reactivex": subject_way(reactivex, items),
        },
        RustText(RUST_CHAIN, CHANNEL, run=TICKS),
        ticks=len(items),
        first=True,
    )


def pushed_chain(items: list[int]) -> Shape:
    """The same, where code that is called with an item pushes it through; by hand it is a function."""

    def hand(out: list[int]) -> None:
        put = out.append

        def tick(x: int) -> None:
            y = x + 1
            if y > 0:
                for z in (y, y):
                    if z % 2 == 0:
                        put(z * 2)

        for item in items:
            tick(item)

    return Shape(
        "one item a tick, pushed",
        {"items": items},
        {HAND: hand_way(hand), OURS: ticking_way(CHAIN, items, pushed=True)},
        RustText(RUST_CHAIN, CHANNEL, run=TICKS),
        ticks=len(items),
    )


def join_and_fold(items: list[int]) -> Shape:
    """One item a tick, looked up in a table and added up."""
    table = [(key, key) for key in range(1_000)]

    def hand(out: list[int]) -> None:
        index: dict[int, list[int]] = {}
        for k, v in table:
            index.setdefault(k, []).append(v)
        total, inbox, put = 0, list[int](), out.append
        for item in items:
            inbox.append(item)
            batch = inbox[:]
            inbox.clear()
            for x in batch:
                for w in index.get(x % 1_000, ()):
                    y = x + w
                    if y % 3 != 0:
                        total += y
            put(total)

    text = """
        source_stream(items) -> map(|x| (x % 1000, x)) -> [0]j; source_iter(table) -> [1]j;
        j = join::<'tick, 'static>() -> map(|(_, (x, w))| x + w) -> filter(|y| y % 3 != 0)
            -> fold::<'static>(|| 0, |total, y| total + y) -> for_each(out0.append);
    """
    rust = """
        source_stream(items_in) -> map(|x: i64| (x % 1000, x)) -> [0]j; source_iter(table) -> [1]j;
        j = join::<'tick, 'static>() -> map(|(_, (x, w)): (i64, (i64, i64))| x + w) -> filter(|y| y % 3 != 0)
            -> fold::<'static>(|| 0i64, |total: &mut i64, y: i64| *total += y)
            -> for_each(|x| out0.borrow_mut().push(x));
    """
    return Shape(
        "one item a tick, join and fold",
        {"items": items, "table": table},
        {HAND: hand_way(hand), OURS: ticking_way(text, items, table=table)},
        RustText(rust, CHANNEL, run=TICKS),
        ticks=len(items),
    )
