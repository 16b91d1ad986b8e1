"""The tutorials as a reader meets them: in a real JupyterLab, stepped, fed and stopped by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, expect

ENDLESS_TICKS = """
%%hydroflow endless
spin() -> map(|_| context.current_tick()) -> for_each(seen.append);
"""
ENDLESS_TICK = """
%%hydroflow endless
source_iter([0]) -> number;
number = union() -> map(|n| n + 1) -> inspect(|_| open("begun", "w").close()) -> tee();
number -> number;
number -> filter(|n| n < 5) -> for_each(seen.append);
"""

# From the click until the kernel is idle, the widget at rest and the button done, in milliseconds.
STOP = """name => new Promise((resolve, reject) => {
    const stepper = document.querySelector(`[role=region][aria-label="Stepper of ${name}"]`);
    const button = stepper.querySelector('button[aria-label=Stop]');
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const began = performance.now();
    button.click();
    const watch = setInterval(() => {
        const took = performance.now() - began;
        if (button.disabled && kernel.status === 'idle') { clearInterval(watch); resolve(took); }
        else if (took > 20000) { clearInterval(watch); reject(new Error(`still ${kernel.status} after 20 s`)); }
    }, 5);
})"""

# From the command to run a cell until its picture is in the page, in milliseconds.
TIME_OF_PICTURE = """([index, name]) => new Promise((resolve, reject) => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = index;
    const selector = `[aria-label="Stepper of ${name}"] svg.hf-picture`;
    const began = performance.now();
    const observer = new MutationObserver(() => {
        if (!notebook.widgets[index].node.querySelector(selector)) return;
        observer.disconnect();
        requestAnimationFrame(() => resolve(performance.now() - began));
    });
    observer.observe(notebook.node, { childList: true, subtree: true });
    setTimeout(() => reject(new Error('no picture')), 20000);
    window.jupyterapp.commands.execute('notebook:run-cell');
})"""


class Reader:
    """What a reader does with the stepper of one flow."""

    def __init__(self, lab: Any, flow: str) -> None:
        self.lab = lab
        self.flow = flow
        self.stepper: Locator = lab.page.get_by_role("region", name=f"Stepper of {flow}", exact=True)
        self.status = self.stepper.get_by_role("status")
        self.waiting = self.stepper.get_by_role("list", name="Waiting").get_by_role("listitem")
        self.table = self.stepper.get_by_role("tabpanel")

    def button(self, name: str) -> Locator:
        return self.stepper.get_by_role("button", name=name, exact=True)

    def press(self, name: str) -> None:
        self.button(name).click()

    def step_by(self, grain: str) -> None:
        self.stepper.get_by_role("combobox", name="Step by").select_option(grain)

    def send(self, text: str) -> None:
        self.stepper.get_by_role("textbox", name="Item").fill(text)
        self.press("Send")

    def open_channel(self, name: str) -> None:
        """Click the edge that is named so, as in "unique to tee", where its count stands."""
        edge = self.stepper.get_by_role("button", name=re.compile(f"^{name}, "))
        # Graphviz ends an edge at its nodes' borders, so its middle lies on no other element.
        edge.locator("path.hit").dispatch_event("click")
        expect(edge).to_have_attribute("aria-pressed", "true")

    def rows(self) -> list[tuple[str, str]]:
        """The open table: each item, and what became of it since the last step, without the buttons of the row."""
        rows = [(row.locator(".item"), row.locator(".delta")) for row in self.table.locator("tbody tr").all()]
        return [(item.inner_text(), delta.inner_text().partition("\n")[0]) for item, delta in rows]

    def show(self) -> None:
        """Bring the stepper to the top of the notebook."""
        self.stepper.evaluate("stepper => stepper.scrollIntoView({ block: 'start' })")

    def stop(self) -> float:
        """Press Stop; the milliseconds until the kernel is idle and the widget at rest."""
        return float(self.lab.page.evaluate(STOP, self.flow))


def reader_of(lab: Any, flow: str) -> Reader:
    """The reader of a flow that has not run yet, with its stepper in sight."""
    reader = Reader(lab, flow)
    expect(reader.status).to_contain_text("not started")
    reader.show()
    return reader


def cells_of(repository: Path) -> list[str]:
    """The ids of the second tutorial's cells."""
    notebook = nbformat.read(repository / "notebooks" / "02_reachability.ipynb", as_version=4)
    return [cell.id for cell in notebook.cells]


@pytest.fixture
def tutorial(lab, repository: Path) -> Any:
    """JupyterLab with the second tutorial, all of its cells run."""
    lab.open(repository / "notebooks" / "02_reachability.ipynb")
    lab.run_all(allow_errors=True)
    return lab


@pytest.fixture
def small(lab, repository: Path) -> Reader:
    """The stepper of the second tutorial's flow `small`; of the other cells only those have run that it needs."""
    lab.open(repository / "notebooks" / "02_reachability.ipynb")
    for wanted in ("load", "small-lists", "small-flow"):
        lab.run_cell(cells_of(repository).index(wanted))
    assert lab.errors() == []
    return reader_of(lab, "small")


@pytest.fixture
def typed(lab) -> Callable[[str], Reader]:
    """A function that types a flow named `endless` into a cell and runs the cell."""

    def type_cell(text: str) -> Reader:
        lab.open_cells("%load_ext hydroflow_nb\nseen = []", "", "endless.current_tick()", "seen[:3]")
        lab.run_cell(0)
        lab.cell(1).locator(".cm-content").click()
        lab.page.keyboard.insert_text(text.strip())
        lab.run_cell(1)
        assert lab.errors() == []
        return reader_of(lab, "endless")

    return type_cell


def test_the_first_tutorial_s_shop_is_stepped_as_its_text_says(lab, repository):
    lab.open(repository / "notebooks" / "01_first_flow.ipynb")
    lab.run_all(allow_errors=True)
    assert [error.splitlines()[-1].split(":")[0] for error in lab.errors()] == ["  = hint", "hydroflow"]
    expect(Reader(lab, "first").status).to_contain_text("tick 0: ")
    cells = [cell.id for cell in nbformat.read(repository / "notebooks" / "01_first_flow.ipynb", as_version=4).cells]
    for again in ("step-list", "step-flow"):
        lab.run_cell(cells.index(again))
    shop = reader_of(lab, "shop")
    assert "soap" not in shop.stepper.inner_text()

    shop.press("Step")
    expect(shop.status).to_contain_text("tick 0: ")
    shop.open_channel("filter to tee")
    assert shop.rows() == [("('tea', 2)", "+new"), ("('rope', 7)", "+new")]
    shop.open_channel("fold to null")
    assert shop.rows() == [("9", "+new")]
    shop.send('("soap", 4)')
    expect(shop.waiting).to_have_text(["('soap', 4)"])
    shop.press("Step")
    expect(shop.status).to_contain_text("tick 1: ")
    assert shop.rows() == [("13", "+new")]
    shop.press("Step back")

    expect(shop.status).to_contain_text("tick 0: ")
    expect(shop.stepper.get_by_text("looking back")).to_be_visible()
    assert shop.rows() == [("9", "+new")]
    assert lab.complaints == []
    assert lab.outside == []


def test_the_second_tutorial_runs_and_draws_its_strata_and_a_picture_is_there_soon(tutorial, repository):
    errors = tutorial.errors()

    assert len(errors) == 1, "only the cell that is meant to fail"
    assert "`difference` waits for its own output" in errors[0]
    picture = Reader(tutorial, "rest").stepper.locator("svg.hf-picture")
    assert picture.locator("[data-id='stratum-0']").count() == 1
    assert picture.locator("[data-id='stratum-1']").count() == 1
    assert picture.locator(".delay-stratum").count() >= 2
    assert tutorial.complaints == []
    assert tutorial.outside == []


def test_a_reader_steps_injects_an_edge_reads_it_and_looks_back(small):
    small.step_by("stratum")
    small.press("Step")
    expect(small.status).to_contain_text("tick 0, stratum 0")
    small.open_channel("unique to tee")
    assert small.rows() == [("'app'", "+new"), ("'web'", "+new"), ("'log'", "+new")]

    small.press("Step")
    expect(small.status).to_contain_text("tick 0, stratum 1")
    small.send('("web", "db")')
    expect(small.waiting).to_have_text(["('web', 'db')"])
    small.step_by("tick")
    small.press("Step")

    expect(small.status).to_contain_text("tick 1: ")
    assert small.rows() == [("'db'", "+new")]
    expect(small.waiting).to_have_count(0)
    small.open_channel("difference to for_each")
    assert small.rows() == [("'tests'", "+new")]

    small.press("Step back")

    expect(small.status).to_contain_text("tick 0: ")
    expect(small.stepper.get_by_text("looking back")).to_be_visible()
    assert small.rows() == [("'db'", "+new"), ("'tests'", "+new")]
    assert small.lab.complaints == []


def test_an_item_that_is_no_expression_is_answered_and_nothing_waits(small):
    alert = small.stepper.locator("form").get_by_role("alert")
    waiting = small.waiting.count()

    small.send('("web", ')
    expect(alert).to_contain_text("SyntaxError")
    small.send("nowhere")

    expect(alert).to_contain_text("NameError: name 'nowhere' is not defined")
    expect(small.waiting).to_have_count(waiting)
    small.send('("web", "db")')
    expect(small.waiting).to_have_count(waiting + 1)
    expect(alert).to_be_hidden()


def test_the_keyboard_alone_steps_injects_and_leaves_the_notebook_as_it_is(small):
    page = small.lab.page
    cells = small.lab.panel.locator(".jp-Notebook .jp-Cell").count()
    small.stepper.focus()

    page.keyboard.press("ArrowRight")
    expect(small.status).to_contain_text("tick 0: ")
    expect(small.stepper.get_by_role("textbox", name="Item")).to_be_enabled()
    page.keyboard.press("i")
    page.keyboard.type('("web", "db")')
    page.keyboard.press("Enter")
    expect(small.waiting).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(small.status).to_contain_text("tick 1: ")
    page.keyboard.press("p")
    expect(small.status).to_contain_text("tick 0: ")
    page.keyboard.press("End")
    expect(small.status).to_contain_text("tick 1: ")
    # In JupyterLab's command mode these add, cut and delete cells.
    for key in ("a", "b", "x", "d", "d"):
        page.keyboard.press(key)

    expect(small.lab.panel.locator(".jp-Notebook .jp-Cell")).to_have_count(cells)
    page.keyboard.press("Control+s")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    assert small.lab.complaints == []


def test_stop_ends_a_run_whose_ticks_never_end_and_the_flow_goes_on(typed):
    endless = typed(ENDLESS_TICKS)
    endless.press("Run")
    expect(endless.button("Stop")).to_be_enabled()
    expect(endless.status).to_contain_text(re.compile("tick [0-9]{2}"))

    took = endless.stop()

    print(f"\nendless ticks: at rest {took:.0f} ms after Stop")
    (ticks,) = endless.lab.run_cell(2)
    assert int(ticks) > 10
    endless.press("Step")
    expect(endless.status).to_contain_text(f"tick {ticks}: ")
    assert endless.lab.run_cell(2) == [str(int(ticks) + 1)]
    assert endless.lab.complaints == []


def test_stop_ends_a_tick_that_never_ends_and_the_flow_goes_on(typed):
    endless = typed(ENDLESS_TICK)
    endless.press("Step")
    expect(endless.button("Stop")).to_be_enabled()
    endless.lab.wait_for_file("begun")

    took = endless.stop()

    print(f"\nan endless tick: at rest {took:.0f} ms after Stop")
    expect(endless.stepper).to_contain_text("tick 0 was aborted")
    assert endless.lab.run_cell(3) == ["[1, 2, 3]"]
    endless.press("Step")
    expect(endless.status).to_contain_text("tick 1: ")
    assert endless.lab.run_cell(2) == ["2"]
    assert endless.lab.complaints == []


def test_a_picture_for_strangers_in_light_and_dark(small):
    page = small.lab.page
    page.set_viewport_size({"width": 1200, "height": 940})
    small.step_by("stratum")
    small.press("Step")
    expect(small.status).to_contain_text("tick 0, stratum 0")
    small.open_channel("source_stream to tee")
    small.press("Pin")
    small.open_channel("unique to tee")
    small.send('("web", "db")')
    expect(small.waiting).to_have_count(1)
    small.press("Fit")
    page.mouse.move(0, 0)
    small.show()

    def background() -> str:
        return str(small.stepper.evaluate("stepper => getComputedStyle(stepper).backgroundColor"))

    light = background()
    kept = small.lab.screenshot("tutorial")
    small.lab.command("apputils:change-theme", {"theme": "JupyterLab Dark"})
    expect(page.locator("body[data-jp-theme-light=false]")).to_be_attached()
    small.show()
    page.wait_for_timeout(500)
    small.lab.screenshot("tutorial_dark")

    assert kept.stat().st_size < 400_000
    assert background() != light
