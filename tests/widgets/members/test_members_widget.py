"""The widget of a running system: what a page is told of the members, and when the run is let go of."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.systems.running import SystemRun
from hydroflow_nb.widgets.members import MembersWidget

TEXT = """
desk = process(); readers = cluster();
@desk source_stream(requests) ~> @readers.all map(|text| text.upper()) ~> back;
@desk back = for_each(log.append);
"""


class Page:
    """A front end of a run without a browser: asks its widget, and keeps what it is told."""

    def __init__(self, run: Any) -> None:
        self.widget: MembersWidget = run.widget()
        self.messages: list[dict[str, Any]] = []
        self.widget.send = lambda content, buffers=None: self.messages.append(content)

    def ask(self, kind: str, **content: Any) -> dict[str, Any]:
        self.widget._handle_custom_msg({"kind": kind, "request": "1", **content}, [])
        return [message for message in self.messages if message["kind"] == "answer"][-1]

    async def told(self, of: str) -> dict[str, Any]:
        """The news that have something, when they have come."""
        async with asyncio.timeout(60):
            while not (found := [one for one in self.messages if one["kind"] == "news" and of in one]):
                await asyncio.sleep(0.01)
        self.messages.clear()
        return found[-1]


def looked_at(look: Any) -> None:
    """Run a system, and have its page looked at."""

    async def main() -> None:
        system = hf.compile(TEXT, {"requests": hf.channel(), "log": []}, "asked")
        async with await system.start(readers=["ann", "<b>ben</b>"]) as run:
            await look(run, Page(run))

    asyncio.run(main())


def test_a_page_is_told_how_each_member_stands() -> None:
    async def look(run: SystemRun, page: Page) -> None:
        page.ask("hello")
        before = (await page.told("members"))["members"]
        assert [(one["name"], one["location"], one["state"], one["restarts"]) for one in before] == [
            ("desk", "desk", "running", 0),
            ("ann", "readers", "running", 0),
            ("<b>ben</b>", "readers", "running", 0),
        ]
        assert {one["rate"] for one in before} == {None}

        await run.send("desk", "requests", "a")
        while len(run["desk"]["log"]) < 2:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        page.ask("look")
        desk, *readers = (await page.told("members"))["members"]
        assert desk["rate"] > 0 < readers[0]["tick"]
        assert (desk["waiting"], desk["recorded"], desk["faults"]) == ({}, None, 0)

    looked_at(look)


def test_many_pages_that_ask_are_told_at_once_and_a_page_that_does_not_costs_nothing() -> None:
    async def look(run: SystemRun, page: Page) -> None:
        for _ in range(5):
            page.ask("look")
        await asyncio.sleep(0.2)
        assert len([one for one in page.messages if one["kind"] == "news"]) == 1

    looked_at(look)


def test_a_recording_opens_and_begins_where_there_is_none() -> None:
    async def look(run: SystemRun, page: Page) -> None:
        page.ask("record", member="ann")
        assert "ann is recorded from now on" in (await page.told("recording"))["said"]
        await run.send("desk", "requests", "a </script>")
        while not run["desk"]["log"]:
            await asyncio.sleep(0.01)
        page.ask("record", member="ann")
        told = await page.told("recording")
        assert told["recording"] == "ann"
        assert told["page"].startswith("<!doctype html>")
        assert "there is no such member" in page.ask("record", member="nobody")["error"]["message"]

    looked_at(look)


def test_without_a_page_a_table_and_a_text_are_shown_whatever_the_names_are() -> None:
    async def look(run: SystemRun, page: Page) -> None:
        forms = run.forms()
        assert "&lt;b&gt;ben&lt;/b&gt;" in forms["text/html"]
        assert "<b>" not in forms["text/html"]
        assert forms["text/plain"].splitlines()[0] == "<run of asked: desk, ann, <b>ben</b>>"

    looked_at(look)


@pytest.mark.usefixtures("monkeypatch")
def test_a_run_that_the_notebook_has_no_name_for_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(run: SystemRun, page: Page) -> None:
        gone: list[bool] = []
        monkeypatch.setattr(run, "let_go", lambda: gone.append(True))
        names = vars(sys.modules["__main__"])
        monkeypatch.setitem(names, "run", run)
        page.widget._cell_ended()
        assert not gone
        monkeypatch.setitem(names, "run", None)
        page.widget._cell_ended()
        assert gone == [True]
        assert page.widget.comm is None

    looked_at(look)


def test_the_widget_does_not_keep_a_run() -> None:
    run = SystemRun("asked", {}, lambda: asyncio.sleep(0))
    widget = run.widget()
    held = weakref.ref(run)

    del run
    gc.collect()

    assert held() is None
    widget._handle_custom_msg({"kind": "look", "request": "1"}, [])
