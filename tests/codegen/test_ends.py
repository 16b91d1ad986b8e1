"""Flows whose channels' names are bound anew."""

from __future__ import annotations

import asyncio
import logging
import types
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = "source_stream(c)\n -> null();"


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def test_a_channel_that_is_bound_anew_is_told_of_by_the_next_run_once(caplog: pytest.LogCaptureFixture) -> None:
    names: dict[str, Any] = {"c": hf.channel()}
    flow = hf.compile(TEXT, names)
    flow.run_available()
    assert told(caplog) == []

    names["c"] = hf.channel([1])
    flow.run_available()
    flow.run_available()

    assert told(caplog) == [
        "the flow `flow`: `source_stream` still reads the object that `c` was when the flow was compiled; `c` was "
        "bound "
        "again since then; run the flow's cell again, or compile it again: then it reads the new `c`"
    ]
    (found,) = flow.diagnostics
    assert (found.code, found.span.line) == ("HF293", 1)


@pytest.mark.parametrize("run", ["run_available_async", "run_tick_async"])
def test_a_run_in_an_event_loop_tells_of_it_too(caplog: pytest.LogCaptureFixture, run: str) -> None:
    names: dict[str, Any] = {"c": hf.channel()}
    flow = hf.compile(TEXT, names)

    names["c"] = hf.channel()
    asyncio.run(getattr(flow, run)())

    assert len(told(caplog)) == 1


def test_each_further_channel_is_told_of_and_the_first_one_put_back_ends_the_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = hf.channel()
    names: dict[str, Any] = {"c": first, "d": hf.channel()}
    flow = hf.compile("source_stream(c) -> null(); source_stream(d) -> null();", names)

    for name in names:
        names[name] = hf.channel()
        flow.run_available()
    names["c"] = first

    assert len(told(caplog)) == 2
    assert [found.span.column for found in flow.diagnostics] == [43]


def test_the_end_of_a_network_that_is_bound_anew_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    network = hf.Network()
    outbound, inbound, _ = network.bind("a")
    names: dict[str, Any] = {"outbound": outbound, "inbound": inbound}
    flow = hf.compile("source_stream_serde(inbound) -> dest_sink_serde(outbound);", names)

    names["outbound"], names["inbound"], _ = network.bind("b")
    flow.run_available()

    assert [line.split(";")[0] for line in told(caplog)] == [
        "the flow `flow`: `source_stream_serde` still reads the object that `inbound` was when the flow was compiled",
        "the flow `flow`: `dest_sink_serde` still sends to the object that `outbound` was when the flow was compiled",
    ]


def test_a_flow_that_is_reset_reads_the_new_channel_and_warns_no_more() -> None:
    names: dict[str, Any] = {"c": hf.channel(), "out": []}
    flow = hf.compile("source_stream(c) -> for_each(out.append);", names)

    names["c"] = hf.channel([1])
    flow.reset()
    flow.run_available()

    assert (names["out"], flow.diagnostics) == ([1], [])


def test_a_name_that_is_deleted_is_no_other_channel(caplog: pytest.LogCaptureFixture) -> None:
    names: dict[str, Any] = {"c": hf.channel([1])}
    flow = hf.compile(TEXT, names)

    del names["c"]
    flow.run_available()

    assert told(caplog) == []


def test_the_channel_of_an_object_that_is_replaced_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    names: dict[str, Any] = {"node": types.SimpleNamespace(inbox=hf.channel())}
    flow = hf.compile("source_stream(node.inbox) -> null();", names)

    names["node"] = types.SimpleNamespace(inbox=hf.channel())
    flow.run_available()

    assert "`node.inbox` was bound again" in told(caplog)[0]
