from __future__ import annotations

import asyncio
import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest
from fronts import SUMS, Front, until

from hydroflow_nb.widgets import image, still
from hydroflow_nb.widgets.stepper import picture


class Page:
    """What was displayed, and what took its place."""

    def __init__(self) -> None:
        self.shown: list[dict[str, str]] = []
        self.replaced: list[dict[str, str]] = []
        self.seams: list[str] = []
        self.pages: list[str] = []

    def put(self, where: list[dict[str, str]], forms: dict[str, str]) -> None:
        """An output: a picture, what stands between it and the widget, or the widget."""
        if "hf-frame" in forms.get("text/html", "") or list(forms) == ["text/plain"]:
            self.pages.append(forms["text/plain"])
        elif "image/svg+xml" in forms:
            where.append(forms)
        elif "hf-seam" in forms["text/html"]:
            self.seams.append(forms["text/html"])

    def told(self) -> list[str]:
        """The sentences of the pictures that took the place of the first one."""
        return [sentence(forms) for forms in self.replaced]


def sentence(forms: dict[str, str]) -> str:
    return "".join(re.findall(r'class="tick"[^>]*>([^<]*)<', forms["image/svg+xml"]))


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    found = Page()
    monkeypatch.setattr(still, "display", lambda forms, **_: found.put(found.shown, forms))
    monkeypatch.setattr(still, "update_display", lambda forms, **_: found.put(found.replaced, forms))
    monkeypatch.setattr(picture, "_REST", 0.02)
    return found


async def rests() -> None:
    await asyncio.sleep(0.2)


def test_a_flow_that_is_not_recorded_keeps_the_plain_picture_and_runs_as_without_it(
    front: Callable[[str], Front], page: Page
) -> None:
    async def session() -> None:
        one = front(SUMS)
        listeners = list(one.flow._listeners)
        one.stepper._ipython_display_()
        one.flow.run_tick()
        await rests()
        assert list(one.flow._listeners) == listeners
        assert page.shown[0]["image/svg+xml"] == one.flow.graph._repr_mimebundle_()["image/svg+xml"]
        assert not one.flow.is_recorded

    asyncio.run(session())

    assert page.replaced == []


def test_a_flow_that_was_recorded_before_it_is_shown_shows_its_newest_tick(
    front: Callable[[str], Front], namespace: dict[str, Any], page: Page
) -> None:
    one = front("source_stream(numbers) -> null();")
    one.flow.record()
    namespace["numbers"].extend([1, 2, 3])
    one.flow.run_tick()

    one.stepper._ipython_display_()

    assert sentence(page.shown[0]) == "tick 0: 3 items moved, batch of 3"
    assert one.stepper._repr_mimebundle_()[0]["image/svg+xml"] == one.flow.recording.svg()
    assert one.stepper.svg == one.flow.graph.svg()


def test_after_steps_by_the_widget_the_picture_is_renewed_once(front: Callable[[str], Front], page: Page) -> None:
    async def session() -> None:
        one = front("source_stream(numbers) -> sort() -> null();")
        one.stepper._ipython_display_()
        one.ask("send", input="numbers", text="7", each=False)
        for _ in range(2):
            one.ask("step", grain="stratum")
        await rests()

    asyncio.run(session())

    assert page.told() == ["tick 0: 3 items moved, batch of 1"]


def test_while_a_flow_runs_live_the_picture_waits_until_it_rests(
    front: Callable[[str], Front], namespace: dict[str, Any], page: Page
) -> None:
    async def session() -> None:
        one = front("source_stream(numbers) -> null();")
        one.flow.record()
        one.stepper._ipython_display_()
        one.flow.start()
        for tick in range(20):
            namespace["numbers"].extend([tick])
            await until(lambda tick=tick: one.flow.current_tick() > tick)
            await asyncio.sleep(0.01)
            assert page.replaced == []
        await rests()
        assert page.told() == [f"tick {one.flow.recording.ticks[-1].tick}: 1 item moved, batch of 1"]
        one.flow.stop()
        await rests()
        assert len(page.replaced) == 1

    asyncio.run(session())


def test_the_picture_of_a_flow_that_is_started_by_the_widget_is_renewed_too(
    front: Callable[[str], Front], namespace: dict[str, Any], page: Page
) -> None:
    async def session() -> None:
        one = front("source_stream(numbers) -> null();")
        one.stepper._ipython_display_()
        one.ask("start")
        namespace["numbers"].extend([1, 2])
        await until(lambda: bool(page.replaced))
        one.flow.stop()

    asyncio.run(session())

    assert page.told() == ["tick 0: 2 items moved, batch of 2"]


def test_a_widget_that_ends_leaves_the_picture_of_the_last_tick(front: Callable[[str], Front], page: Page) -> None:
    async def session() -> None:
        one = front("source_iter([1]) -> null();")
        one.flow.record()
        one.stepper._ipython_display_()
        one.flow.run_tick()
        one.stepper.close()
        await rests()

    asyncio.run(session())

    assert page.told() == ["tick 0: 1 item moved"]


def test_a_flow_that_goes_back_shows_that_it_did(front: Callable[[str], Front], page: Page) -> None:
    async def session() -> None:
        one = front("source_iter([1]) -> null();")
        one.flow.record()
        one.flow.run_tick()
        one.stepper._ipython_display_()
        one.flow.reset()
        await rests()

    asyncio.run(session())

    assert page.told() == ["nothing is recorded yet"]


def test_the_levels_of_a_check_stay_in_the_picture_of_a_run(front: Callable[[str], Front], page: Page) -> None:
    one = front("source_stream(numbers) -> map(|x| x) -> for_each(out.append);")
    one.flow.record()
    one.flow.run_tick()
    report = one.flow.check(network="udp")

    one.stepper.draw(report.graph)
    one.stepper._ipython_display_()

    assert one.stepper.svg == report.graph.svg()
    assert page.shown[0]["image/svg+xml"] == report.graph.svg(one.flow.recording)
    assert 'class="level"' in page.shown[0]["image/svg+xml"]


def test_where_no_event_loop_runs_as_in_a_terminal_nothing_is_shown_again(
    front: Callable[[str], Front], page: Page
) -> None:
    one = front("source_iter([1]) -> null();")
    one.flow.record()
    one.stepper._ipython_display_()

    one.flow.run_tick()
    one.stepper.close()

    assert page.replaced == []


def test_a_widget_that_ends_with_its_kernel_draws_nothing(front: Callable[[str], Front], page: Page) -> None:
    async def session() -> Front:
        one = front("source_iter([1]) -> null();")
        one.flow.record()
        one.stepper._ipython_display_()
        return one

    one = asyncio.run(session())
    one.flow.run_tick()
    one.stepper.close()

    assert page.replaced == []


def test_an_image_of_each_picture_stands_beside_it_with_the_tick_as_its_text(
    front: Callable[[str], Front], page: Page
) -> None:
    async def session() -> None:
        one = front("source_iter(['<b>\"']) -> null();")
        one.flow.record()
        one.stepper._ipython_display_()
        one.flow.run_tick()
        await rests()

    asyncio.run(session())

    assert len(page.seams) == 2
    for seam, forms in zip(page.seams, [*page.shown, *page.replaced], strict=True):
        alt, image = re.findall(r'<img alt="([^"]*)" src="data:image/svg\+xml;base64,([^"]*)">', seam)[0]
        assert b64decode(image).decode() == forms["image/svg+xml"]
        assert alt == f"Graph of flow, {sentence(forms)}"
    assert ".hf-seam img,\n" in page.seams[0]


def test_a_very_large_picture_stands_in_an_output_once(
    front: Callable[[str], Front], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "_MOST_TWICE", 100)

    front("source_iter([1]) -> null();").stepper._ipython_display_()

    assert "<img" not in page.seams[0]


def test_a_run_that_is_shared_stands_below_the_widget_as_a_page_and_is_renewed(
    front: Callable[[str], Front], page: Page
) -> None:
    async def session() -> None:
        one = front(SUMS)
        one.stepper.share()
        one.stepper._ipython_display_()
        assert page.pages == ["The page of the run comes here when the flow has run."]
        one.ask("send", input="numbers", text="7", each=False)
        one.ask("step", grain="tick")
        await rests()
        assert len(page.pages) == 2
        assert page.pages[1].startswith(f"recording of {one.flow.name}, ")

    asyncio.run(session())


def test_without_being_asked_no_page_is_made(front: Callable[[str], Front], page: Page) -> None:
    front(SUMS).stepper._ipython_display_()

    assert page.pages == []
