"""Many into one, one into many, and both in turn: Hydroflow's benchmarks `fan_in`, `fan_out` and `fork_join`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from side_by_side.peers import bytewax_way, streamz_way
from side_by_side.shape import HAND, OURS, PythonWay, Run, RustText, Shape, flow_way, hand_way

WIDTH = 20
DEPTH = 10


def shapes(scale: float) -> Iterator[Shape]:
    """The three of them."""
    size = max(2, round(20_000 * scale))
    yield fan_in(size // WIDTH + 1)
    yield fan_out(size // 4)
    yield fork_join(size // 4)


def fan_in(size: int) -> Shape:
    """Twenty inputs into one output."""
    inputs = {f"in{number}": list(range(size)) for number in range(WIDTH)}

    def hand(out: list[int]) -> None:
        put = out.append
        for items in inputs.values():
            for x in items:
                put(x)

    def flow(sink: str) -> str:
        return f"u = union() -> {sink};" + "".join(f"source_iter({name}) -> u;" for name in inputs)

    def streamz() -> Run:
        from streamz import Stream

        streams, out = [Stream() for _ in inputs], list[int]()
        streams[0].union(*streams[1:]).sink(out.append)

        def go() -> None:
            for stream, items in zip(streams, inputs.values(), strict=True):
                for x in items:
                    stream.emit(x)

        return Run(go, lambda: out)

    def reactivex() -> Run:
        import reactivex

        out = list[int]()
        merged = reactivex.merge(*map(reactivex.from_iterable, inputs.values()))
        return Run(lambda: merged.subscribe(out.append), lambda: out)

    return Shape(
        "fan-in of 20",
        inputs,
        {
            HAND: hand_way(hand),
            OURS: flow_way(flow("for_each(out0.append)"), **inputs),
            "streamz": PythonWay(streamz),
            "reactivex": PythonWay(reactivex),
            "bytewax": bytewax_way(lambda op, *streams: op.merge("merged", *streams), *inputs.values()),
        },
        RustText(flow("for_each(|x| out0.borrow_mut().push(x))")),
    )


def fan_out(size: int) -> Shape:
    """One input into twenty outputs."""
    items = list(range(size))

    def hand(*outs: list[int]) -> None:
        puts = [out.append for out in outs]
        for x in items:
            for put in puts:
                put(x)

    def flow(sink: str) -> str:
        return "t = source_iter(items) -> tee();" + "".join(
            f"t -> for_each({sink.format(number)});" for number in range(WIDTH)
        )

    def streamz() -> Run:
        from streamz import Stream

        source, out = Stream(), list[int]()
        for _ in range(WIDTH):
            source.sink(out.append)

        def go() -> None:
            for x in items:
                source.emit(x)

        return Run(go, lambda: out)

    return Shape(
        "fan-out to 20",
        {"items": items},
        {
            HAND: hand_way(hand, WIDTH),
            OURS: flow_way(flow("out{}.append"), WIDTH, items=items),
            "streamz": PythonWay(streamz),
        },
        RustText(flow("|x| out{}.borrow_mut().push(x)")),
        WIDTH,
    )


def fork_join(size: int) -> Shape:
    """Even and odd numbers apart and together again, ten times."""
    items = list(range(size))

    def hand(out: list[int]) -> None:
        current = items
        for _ in range(DEPTH):
            current = [x for x in current if x % 2 == 0] + [x for x in current if x % 2 == 1]
        out.extend(current)

    def flow(sink: str) -> str:
        return "u0 = source_iter(items) -> tee();" + "".join(
            f"u{n} -> filter(|x| x % 2 == 0) -> u{n + 1}; u{n} -> filter(|x| x % 2 == 1) -> u{n + 1};"
            f"u{n + 1} = union() -> {'tee()' if n < DEPTH - 1 else sink};"
            for n in range(DEPTH)
        )

    def streamz(stream: Any) -> Any:
        for _ in range(DEPTH):
            stream = stream.filter(lambda x: x % 2 == 0).union(stream.filter(lambda x: x % 2 == 1))
        return stream

    def bytewax(op: Any, stream: Any) -> Any:
        for number in range(DEPTH):
            apart = op.branch(f"branch{number}", stream, lambda x: x % 2 == 0)
            stream = op.merge(f"merge{number}", apart.trues, apart.falses)
        return stream

    return Shape(
        "fork and join x10",
        {"items": items},
        {
            HAND: hand_way(hand),
            OURS: flow_way(flow("for_each(out0.append)"), items=items),
            "streamz": streamz_way(streamz, items),
            "bytewax": bytewax_way(bytewax, items),
        },
        RustText(flow("for_each(|x| out0.borrow_mut().push(x))")),
    )
