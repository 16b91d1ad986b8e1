"""How the tests of operators run flows: tick by tick, plain and recorded, as both have to come to the same."""

from __future__ import annotations

import asyncio
import copy
import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from standing_in import frame_of

import hydroflow_nb as hf
from hydroflow_nb import lattices
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.outlet import Outlet

Items: TypeAlias = "Sequence[Any]"
Ticks: TypeAlias = "list[list[Any]]"
RunTicks: TypeAlias = "Callable[..., Ticks]"

SHAPES = (
    "source_stream(items) -> {operator} -> for_each(out.append);",
    "t = source_stream(items) -> tee(); t -> {operator} -> for_each(out.append); t -> null();",
    "u = union(); source_stream(items) -> u; null() -> u; u -> {operator} -> for_each(out.append);",
    "source_stream(items) -> map(|x| x) -> {operator} -> map(|x| x) -> for_each(out.append);",
)


def run(
    text: str, batches: Sequence[Mapping[str, Items] | Items], names: Mapping[str, Any], *, recorded: bool
) -> Ticks:
    """What a flow hands to `out` in one tick for each batch. A batch maps the names of channels to what is sent; a
    sequence is sent into `items`.
    """
    sent = [batch if isinstance(batch, Mapping) else {"items": batch} for batch in batches]
    channels = {name: hf.channel() for name in ("items", *(name for batch in sent for name in batch))}
    out: list[Any] = []
    flow = hf.compile(text, {**names, **channels, "out": out})
    if recorded:
        flow.record()
    ticks = []
    for batch in sent:
        for name, items in batch.items():
            channels[name].extend(items)
        out.clear()
        flow.run_tick()
        ticks.append(out[:])
    flow.close()
    return ticks


@pytest.fixture
def ticks() -> RunTicks:
    """`ticks(text, batch, ..., name=value)`: what comes out in each tick, the same whether recorded or not."""

    def found(text: str, /, *batches: Mapping[str, Items] | Items, **names: Any) -> Ticks:
        others, again = copy.deepcopy(names), copy.deepcopy(batches)
        plain = run(text, batches, names, recorded=False)
        assert run(text, again, others, recorded=True) == plain
        return plain

    return found


@pytest.fixture
def through(ticks: RunTicks) -> RunTicks:
    """`through(operator, batch, ...)`: the same for an operator of one input and one output, which has to give the same
    on the pull side and on the push side of its subgraph.
    """

    def found(operator: str, /, *batches: Items, **names: Any) -> Ticks:
        pulled, *others = (ticks(shape.format(operator=operator), *batches, **names) for shape in SHAPES)
        assert all(other == pulled for other in others)
        return pulled

    return found


@pytest.fixture
def refused() -> Callable[..., hf.ItemError]:
    """`refused(text, name=value)`: the error for an item that an operator cannot take."""

    def found(text: str, /, **names: Any) -> hf.ItemError:
        flow = hf.compile(text, names)
        with pytest.raises(hf.ItemError) as caught:
            flow.run_available()
        assert flow.faults
        return caught.value

    return found


class Received:
    """The inbound end of a network from which some payloads have come."""

    def __init__(self, *payloads: Any) -> None:
        self._payloads = payloads

    def inbox(self, kind: Any, namespace: Mapping[str, Any]) -> Inbox:
        return Inbox(hf.channel((payload, "here") for payload in self._payloads))


class Sent(Outlet):
    """The outbound end of a network that keeps what is sent in a list."""

    def __init__(self, messages: list[Any]) -> None:
        self._messages = messages

    def put(self, item: Any) -> None:
        self._messages.append(item)

    def outlet(self) -> Outlet:
        return self


async def countdown(number: int) -> AsyncIterator[int]:
    """The numbers from one down to 0, with time for others between."""
    for one in range(number, -1, -1):
        await asyncio.sleep(0)
        yield one


async def add_up(accumulator: int, item: int) -> tuple[int, int]:
    """The sum so far, twice."""
    await asyncio.sleep(0)
    return accumulator + item, accumulator + item


@pytest.fixture
def example_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Any]]:
    """`example_names()`: a notebook in which the examples of the operators run."""

    def file_of(text: str) -> Path:
        path = tmp_path / "example"
        path.write_text(text, encoding="utf-8")
        return path

    def names() -> dict[str, Any]:
        monkeypatch.setattr("sys.stdin", io.StringIO("1\n2\n"))
        public = {name: getattr(lattices, name) for name in lattices.__all__}
        helpers = {
            "channel_of": lambda *items: hf.channel(items),
            "file_of": file_of,
            "frame_of": frame_of,
            "countdown": countdown,
            "add_up": add_up,
        }
        seen: list[Any] = []
        ends = {"messages_of": Received, "outbound": Sent(seen)}
        return {**public, **helpers, **ends, "hf": hf, "asyncio": asyncio, "seen": seen}

    return names
