from __future__ import annotations

import asyncio
import io
import os
import sys
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = "source_stdin() -> for_each(out.append);"


@pytest.mark.parametrize("recorded", [False, True])
def test_the_lines_come_without_their_ends(monkeypatch: pytest.MonkeyPatch, recorded: bool) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\n\ntwo"))
    out: list[Any] = []
    flow = hf.compile(TEXT, {"out": out})
    if recorded:
        flow.record()

    flow.run_available()

    assert out == ["one", "", "two"]
    assert list(flow.inputs) == ["source_stdin()"]


def test_a_line_wakes_the_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    out: list[Any] = []

    async def main() -> None:
        with os.fdopen(reading) as stream:
            monkeypatch.setattr(sys, "stdin", stream)
            flow = hf.compile(TEXT, {"out": out})
            running = asyncio.ensure_future(flow.run_async())
            with os.fdopen(writing, "w", buffering=1) as end:
                for line in ("one", "two"):
                    await asyncio.sleep(0.02)
                    end.write(f"{line}\n")
            while len(out) < 2:
                await asyncio.sleep(0.005)
            running.cancel()
            # The reader has come to the end before the stream is closed.
            await asyncio.sleep(0.05)

    asyncio.run(asyncio.wait_for(main(), 60))

    assert out == ["one", "two"]
