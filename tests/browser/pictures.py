"""The pictures of the README and the manual that show the stepper and the editor: `make pictures` takes them anew.

They are no tests: pytest finds this module only by its name. Look at each picture before it is committed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

if TYPE_CHECKING:
    from conftest import Lab

SIZE = {"width": 1260, "height": 860}
SET_UP = """%load_ext hydroflow_nb
import hydroflow_nb as hf
arcs, counts = hf.channel(), []"""
FLOW = """%%hydroflow modules
# Which modules does `app` load, and how many?
source_iter(["app"]) -> reached;
source_stream(arcs) -> [1]hop;   # who imports whom

reached = union() -> unique::<'static>() -> tee();
reached -> map(|module| (module, ())) -> [0]hop;
hop = join::<'static>() -> map(|(_, (_, other))| other)
    -> reached;

reached -> fold::<'static>(|| 0, |count, _| count + 1)
    -> for_each(counts.append);"""
RUN = """for batch in (
    [("app", "web"), ("web", "log"), ("log", "web"), ("tests", "app")],
    [("web", "db")],
    [("db", "disk"), ("old", "disk")],
):
    arcs.extend(batch)
    modules.run_tick()
modules.recording.save("run.html")"""
TWO_PC = """%%hydroflow two_pc
coordinator = process(); participants = cluster();
@coordinator source_stream(requests) ~> @participants.all map(said) ~> vote;
@coordinator vote = map(|((t, _), who)| (t, who)) -> for_each(log.append);"""
NAMES = """requests, log = hf.channel(), []
def said(t):
    print("voted for", t, flush=True)
    return (t, True)"""
DEPLOY = """run = await two_pc.deploy(participants=3)
for number in range(1, 6):
    await run.send("coordinator", "requests", f"t{number}")
run"""
MISTAKEN = FLOW.replace("-> map(|(_", "-> mapp(|(_")


@pytest.fixture
def docs(repository: Path) -> Path:
    return repository / "docs"


@pytest.fixture
def stepper(lab: Lab) -> Locator:
    """The stepper of a flow that has run three ticks."""
    lab.page.set_viewport_size(SIZE)
    lab.open_cells(SET_UP, FLOW, RUN)
    for index in range(3):
        lab.run_cell(index)
    assert lab.errors() == []
    found = lab.page.get_by_role("region", name="Stepper of modules", exact=True)
    found.evaluate("stepper => stepper.scrollIntoView({ block: 'start' })")
    expect(found.get_by_role("status")).to_contain_text("tick 2: ")
    return found


def open_edge(stepper: Locator, name: str) -> None:
    """Click an edge that is named so, as in "unique to tee"."""
    edge = stepper.get_by_role("button", name=re.compile(f"^{name}, ")).first
    edge.locator("path.hit").dispatch_event("click")
    expect(edge).to_have_attribute("aria-pressed", "true")


def take(stepper: Locator, path: Path) -> None:
    stepper.page.mouse.move(0, 0)
    stepper.page.wait_for_timeout(400)
    stepper.screenshot(path=path)


def test_state_numbers_and_why(lab: Lab, stepper: Locator, docs: Path) -> None:
    stepper.locator('[aria-label^="join::"]').first.click()
    stepper.get_by_role("tab", name=re.compile("^state of")).click()
    expect(stepper.get_by_role("tabpanel")).to_contain_text("holds")
    take(stepper, docs / "state.png")

    lab.command("apputils:change-theme", {"theme": "JupyterLab Dark"})
    numbers = stepper.get_by_role("combobox", name="Numbers at operators")
    numbers.select_option("items")
    stepper.get_by_role("combobox", name="Of which ticks").select_option("all")
    take(stepper, docs / "metric.png")

    lab.command("apputils:change-theme", {"theme": "JupyterLab Light"})
    numbers.select_option("")
    open_edge(stepper, "unique to tee")
    stepper.get_by_role("tabpanel").locator("tbody tr").first.click()
    lab.page.keyboard.press("w")
    expect(stepper.get_by_role("list", name="What made it")).to_contain_text("joins two items")
    take(stepper, docs / "why.png")


def test_the_page_of_a_run(lab: Lab, stepper: Locator, browser: Browser, docs: Path) -> None:
    context = browser.new_context(viewport=SIZE, color_scheme="dark", offline=True)
    page: Page = context.new_page()
    page.goto((lab.folder / "run.html").as_uri())
    saved = page.get_by_role("region", name="Stepper of modules", exact=True)
    open_edge(saved, "fold to for_each")
    take(saved, docs / "page.png")
    page.emulate_media(color_scheme="light")
    saved.get_by_role("button", name=re.compile("Share")).click()
    take(saved, docs / "share.png")
    context.close()


def test_a_mistake_while_a_flow_is_written(lab: Lab, docs: Path) -> None:
    lab.page.set_viewport_size({"width": 1000, "height": 700})
    lab.open_cells(SET_UP, MISTAKEN)
    lab.run_cell(0)
    lab.cell(1).locator(".cm-content").click()
    lab.page.keyboard.press("Control+End")
    lab.page.keyboard.type(" ")
    marked = lab.cell(1).locator(".cm-lintRange-error")
    expect(marked).to_have_text(["mapp"])
    marked.first.hover()
    expect(lab.page.locator(".cm-tooltip-lint")).to_contain_text("there is no operator `mapp`")
    first, second = lab.cell(0).bounding_box(), lab.cell(1).bounding_box()
    assert first is not None
    assert second is not None
    height = second["y"] + second["height"] - first["y"] + 40
    clip = {"x": first["x"], "y": first["y"] - 4, "width": first["width"], "height": height}
    lab.page.screenshot(path=docs / "editor.png", clip=clip)


def test_the_members_of_a_run(lab: Lab, docs: Path) -> None:
    lab.page.set_viewport_size(SIZE)
    lab.open_cells(SET_UP, NAMES, TWO_PC, DEPLOY, "run.kill('participants2')", "await run.stop()")
    for index in range(5):
        lab.run_cell(index)
    view = lab.page.get_by_role("region", name="Run of two_pc")
    expect(view).to_contain_text("4 of 4 members running · 1 restart")
    view.get_by_role("button", name="participants2", exact=True).click()
    expect(view.get_by_role("region", name="Log")).to_contain_text("starts again")
    view.screenshot(path=docs / "deploying.png")
    lab.run_cell(5)
    assert lab.errors() == []
