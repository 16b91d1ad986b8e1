"""Time in the stepper's page: a front end in a browser, and a flow that answers it, without a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fronts import Front
from playwright.sync_api import Browser, Page, expect

import hydroflow_nb as hf
from hydroflow_nb.widgets import bundle

REACH = """arcs = source_stream(edges) -> map(mend) -> tee();
reached = union() -> tee();
source_iter(["web"]) -> [0]reached;
reached[0] -> map(|v| (v, ())) -> [0]hop;
arcs[0] -> [1]hop;
hop = join::<'static>() -> map(|(_, (_, to))| to) -> unique::<'static>();
hop -> [1]reached;
reached[1] -> unique::<'static>() -> next_stratum() -> for_each(found.append);
arcs[1] -> null();
"""
PAGE = """<!doctype html><meta charset="utf-8"><style>{style}</style>
<style>body {{ margin: 16px; color-scheme: light dark; background: light-dark(#fff, #111); }}</style>
<body><div id="stage"></div><script type="module">{script}
const listeners = new Set();
const call = async (kind, content = {{}}) => {{
  const {{ answer, news }} = await window.askKernel(kind, content);
  for (const one of news) for (const listener of listeners) listener(one);
  if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
  return answer;
}};
window.hello = () => call("hello");
const kernel = {{ call, busy: () => false, interrupt() {{}},
  subscribe: (listener) => {{ listeners.add(listener); return () => listeners.delete(listener); }} }};
window.open_ = (data, hasKernel) => mount(document.getElementById("stage"), data, hasKernel ? kernel : null);
</script></body>"""


class World:
    """A flow, its front end in Python, and a page that asks it."""

    def __init__(self, browser: Browser, scheme: str = "light") -> None:
        self.names: dict[str, Any] = {"edges": hf.channel(), "found": [], "mend": lambda arc: arc}
        self.names["reach"] = self.flow = hf.compile(REACH, self.names, name="reach")
        self.flow.record()
        self.front = Front(self.flow, self.names)
        self.complaints: list[str] = []
        self.page: Page = browser.new_page(viewport={"width": 1200, "height": 1000}, color_scheme=scheme)  # type: ignore[arg-type]
        self.page.set_default_timeout(60_000)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.expose_function("askKernel", self._answer)
        html = PAGE.format(style=bundle.stylesheet("stepper"), script=bundle.script("stepper"))
        self.page.set_content(html)
        self.page.wait_for_function("() => Boolean(window.open_)")

    def _answer(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        known = len(self.front.messages)
        self.front.ask(kind, **content)
        new = self.front.messages[known:]
        return {
            "answer": next(one for one in new if one["kind"] == "answer"),
            "news": [one for one in new if one["kind"] == "news"],
        }

    def tick(self, *arcs: tuple[str, str]) -> None:
        self.names["edges"].extend(arcs)
        self.flow.run_tick()

    def open(self, *, kernel: bool = True) -> Page:
        data = {"graph": self.flow.graph.to_dict(), "svg": self.flow.graph.svg()}
        if not kernel:
            data = self.flow.recording.to_dict()
        self.page.evaluate("([data, hasKernel]) => { open_(data, hasKernel); }", [data, kernel])
        return self.page

    def hello(self) -> None:
        self.page.evaluate("() => hello()")


@pytest.fixture
def world(browser: Browser) -> Iterator[Callable[..., World]]:
    made: list[World] = []

    def make(scheme: str = "light") -> World:
        made.append(World(browser, scheme))
        return made[-1]

    yield make
    for one in made:
        one.page.close()
        assert one.complaints == []


def three_ticks(world: World) -> None:
    world.tick(("web", "api"))
    world.tick(("api", "db"), ("web", "cache"))
    world.tick(("db", "disk"))


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_tick_is_gone_back_to_and_both_branches_are_told_compared_and_gone_to(
    world: Callable[..., World], scheme: str, repository: Path
) -> None:
    one = world(scheme)
    three_ticks(one)
    page = one.open()
    page.get_by_role("slider", name="Tick").press("ArrowLeft")
    expect(page.get_by_role("status")).to_contain_text("tick 1")

    button(page, "Rewind here").click()
    one.names["mend"] = lambda arc: (arc[0], arc[1].upper())
    expect(page.get_by_role("status")).to_contain_text("tick 0")
    button(page, "Step").click()
    button(page, "Step").click()
    button(page, "Time").click()
    branches = page.get_by_role("list", name="Branches")
    expect(branches.get_by_role("listitem")).to_have_count(2)
    expect(branches).to_contain_text("main.1")
    expect(branches).to_contain_text("from tick 1 of main, changed: mend")
    expect(branches).to_contain_text("sent before the rewind")
    expect(page.locator(".hf-picture")).to_contain_text("3 sent before")
    branches.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("tab", name="diff")).to_have_attribute("aria-selected", "true")
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("main against main.1")
    expect(panel).to_contain_text("first difference")
    expect(panel).to_contain_text("('web', 'CACHE')")
    page.screenshot(path=repository / "tests" / "artifacts" / f"time_branches_{scheme}.png")

    branches.get_by_role("button", name="Go there").click()
    expect(branches.get_by_role("listitem").first).to_contain_text("the flow is here")
    assert one.flow.current_tick() == 3
    assert one.names["found"][-1] != "DISK"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_breakpoint_is_set_by_key_and_stops_and_a_watch_is_drawn(
    world: Callable[..., World], scheme: str, repository: Path
) -> None:
    one = world(scheme)
    page = one.open()
    (edge,) = [
        wire.element
        for wire in one.flow.graph.partitioned.wires
        if one.flow.graph.partitioned.nodes[wire.edge.target].operator.name == "map" and wire.source == "op-1"
    ]
    page.locator(f".hf-picture [data-id='{edge}']").focus()
    page.keyboard.press("b")
    page.get_by_role("textbox", name="Predicate").fill("item[1] == 'db'")
    page.get_by_role("combobox", name="When").select_option("nth")
    page.get_by_role("spinbutton", name="Count").fill("7")
    page.get_by_role("combobox", name="When").select_option("")
    expect(page.get_by_role("spinbutton", name="Count")).to_be_hidden()
    page.get_by_role("textbox", name="Predicate").press("Enter")
    points = page.get_by_role("list", name="Breakpoints")
    expect(points).to_contain_text("source_stream -> map any item for which `item[1] == 'db'` holds")
    expect(page.locator(f".hf-picture [data-id='{edge}']")).to_have_attribute("aria-label", _holds("breakpoint"))
    page.get_by_role("textbox", name="Expression").fill("len(items)")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Watches")).to_contain_text("len(items) on")

    three_ticks(one)
    one.hello()
    expect(points).to_contain_text("hit 1 time")
    one.flow.run_available()
    for number in range(20):
        one.tick(*((f"a{number}", f"b{count}") for count in range(number % 7)))
    one.hello()
    expect(page.get_by_role("img", name="len(items) on source_stream -> map over ticks")).to_be_visible()
    page.get_by_role("searchbox", name="Search all ticks").fill("db")
    expect(page.get_by_role("search")).to_contain_text("first in tick 1")
    expect(page.get_by_role("status")).to_contain_text("tick 1")
    assert page.locator(".hf-strip .bar.stop").count() == 1
    assert page.locator(".hf-strip .bar.hit").count() > 1
    page.screenshot(path=repository / "tests" / "artifacts" / f"time_breakpoint_{scheme}.png")
    points.get_by_role("button", name="Remove").click()
    expect(points.get_by_role("listitem")).to_have_count(0)

    page.locator(".hf-picture [aria-label^='join::']").first.click()
    page.keyboard.press("b")
    page.get_by_role("combobox", name="When").select_option("state")
    page.get_by_role("textbox", name="Predicate").fill("state.size > 100")
    page.get_by_role("textbox", name="Predicate").press("Enter")
    expect(points).to_contain_text("when `state.size > 100` becomes true")
    page.get_by_role("combobox", name="When").select_option("stratum")
    expect(page.get_by_role("textbox", name="Predicate")).to_be_hidden()
    button(page, "Break").click()
    expect(points).to_contain_text("stratum 0 before it runs")
    expect(page.locator(".hf-picture").get_by_text("⬣ stops")).to_be_visible()
    page.screenshot(path=repository / "tests" / "artifacts" / f"time_breakpoints_{scheme}.png")
    for left in (1, 0):
        points.get_by_role("button", name="Remove").first.click()
        expect(points.get_by_role("listitem")).to_have_count(left)
    assert list(one.flow.breakpoints) == []


def _holds(word: str) -> Any:
    import re

    return re.compile(word)


def test_two_ticks_are_compared_without_a_kernel_and_what_asks_one_is_off(world: Callable[..., World]) -> None:
    one = world()
    three_ticks(one)
    page = one.open(kernel=False)

    expect(button(page, "Rewind here")).to_be_disabled()
    button(page, "Compare with this tick").click()
    page.get_by_role("slider", name="Tick").press("ArrowLeft")
    expect(page.get_by_role("tabpanel")).to_contain_text("Tick 1 against tick 2: ")
    expect(page.get_by_role("tabpanel")).to_contain_text("first difference")
    assert page.locator(".hf-picture .edge.differs").count() > 0
    assert page.locator(".hf-picture .edge.first-difference").count() == 1
    page.locator(".hf").press("f")
    page.get_by_role("searchbox", name="Search all ticks").fill("disk")
    expect(page.get_by_role("search")).to_contain_text("first in tick 2")
    expect(page.get_by_role("textbox", name="Predicate")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_branches_of_a_saved_run_are_shown_and_compared(
    world: Callable[..., World], scheme: str, repository: Path
) -> None:
    one = world(scheme)
    three_ticks(one)
    one.flow.rewind(1, branch="what if")
    one.names["mend"] = lambda arc: (arc[0], arc[1].upper())
    one.flow.run_available()
    page = one.open(kernel=False)

    button(page, "Time").click()

    branches = page.get_by_role("list", name="Branches")
    expect(branches.get_by_role("listitem")).to_have_count(2)
    expect(branches).to_contain_text("what if")
    expect(branches.get_by_role("listitem").last).to_contain_text("shown")

    branches.get_by_role("button", name="Compare").click()
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("main against what if: ")
    expect(panel).to_contain_text("~")
    expect(panel).to_contain_text("at [1]: 'db' → 'DB'")
    page.screenshot(path=repository / "tests" / "artifacts" / f"time_saved_branches_{scheme}.png")
    branches.get_by_role("button", name="Show").click()
    expect(branches.get_by_role("listitem").first).to_contain_text("shown")
    expect(page.get_by_role("status")).to_contain_text("tick 2")
    page.get_by_role("tab", name="tee → null").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("'disk'")


def test_two_thousand_ticks_are_in_sight_and_a_brush_zooms(world: Callable[..., World], repository: Path) -> None:
    one = world()
    for number in range(2_000):
        one.tick(*((f"a{number % 50}", f"b{count}") for count in range(number % 5)))
    page = one.open()
    strip = page.locator(".hf-strip")
    expect(page.locator(".hf-time h4").first).to_contain_text("2,000 ticks")
    expect(strip.locator(".bar").first).to_have_attribute("data-from", "0")
    expect(strip.locator(".bar").last).to_have_attribute("data-tick", "1999")
    box, room = strip.bounding_box(), page.locator(".hf-ticks").bounding_box()
    assert box is not None
    assert room is not None
    assert box["width"] <= room["width"] + 1
    assert strip.locator(".bar").count() < 300
    page.screenshot(path=repository / "tests" / "artifacts" / "time_many_ticks.png")

    page.keyboard.down("Shift")
    page.mouse.move(room["x"] + 100, room["y"] + 20)
    page.mouse.down()
    page.mouse.move(room["x"] + 110, room["y"] + 20, steps=3)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(button(page, "All ticks")).to_be_visible()
    assert int(strip.locator(".bar").first.get_attribute("data-from") or 0) > 0
    slider = page.get_by_role("slider", name="Tick")
    slider.press("0")
    expect(button(page, "All ticks")).to_be_hidden()
    slider.press("+")
    expect(button(page, "All ticks")).to_be_visible()
