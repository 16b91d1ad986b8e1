"""The page of a run, opened from a file while the network is blocked: all that needs no kernel, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Page, expect

import hydroflow_nb as hf

REACH = """# Which vertices are reached from 0, and how many?
arcs = source_stream(edges);
reached = union() -> unique::<'static>() -> tee();
source_iter([0]) -> [0]reached;
reached[0] -> map(|v| (v, ())) -> [0]hop;
arcs -> [1]hop;
hop = join::<'static>() -> map(|(_, (_, dst))| dst) -> [1]reached;
reached[1] -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(found.append);
"""
BATCHES = ([(0, 1)], [(1, 2), (2, 3)], [], [(3, 0), (3, 9)])
HOSTILE = "</script><script>window.harmed = 1</script><img src=x onerror='window.harmed = 2'><!--"

Open = Callable[..., Page]


class Rude:
    """An item whose text cannot be had."""

    def __repr__(self) -> str:
        raise RuntimeError(HOSTILE)


@pytest.fixture
def run() -> hf.Recording:
    edges = hf.channel()
    flow = hf.compile(REACH, {"edges": edges, "found": []}, name="reach")
    recording = flow.record()
    for batch in BATCHES:
        edges.extend(batch)
        flow.run_tick()
    return recording


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens a file in a page without a network; it may ask for nothing but itself, and complain of nothing."""
    contexts = []
    asked: list[str] = []
    complaints: list[str] = []

    def open_file(path: Path, *, dark: bool = False, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": 1200, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            offline=True,
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda told: complaints.append(told.text) if told.type in ("error", "warning") else None)
        page.goto(path.as_uri())
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(("file://", "blob:", "data:", "about:"))] == []
    assert complaints == []


@pytest.fixture
def page(opened: Open, run: hf.Recording, tmp_path: Path) -> Page:
    run.save(tmp_path / "run.html")
    return opened(tmp_path / "run.html")


def place(page: Any) -> str:
    return str(page.locator(".hf-where .place").inner_text())


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def items(page: Any) -> list[str]:
    return [text.strip() for text in page.get_by_role("tabpanel").locator("td.item").all_inner_texts()]


def test_every_grain_steps_back_and_forward(page: Page, artifacts: Path) -> None:
    page.screenshot(path=artifacts / "saved_page.png")

    for grain in ("tick", "stratum", "subgraph", "operator"):
        page.get_by_role("combobox", name="Step by").select_option(grain)
        seen = [place(page)]
        for _ in range(4):
            press(page, "Step back")
            seen.append(place(page))
        assert len(set(seen)) == 5
        for wanted in reversed(seen[:-1]):
            press(page, "Step")
            assert place(page) == wanted
    press(page, "To start")
    assert place(page) == "not started"
    press(page, "To newest")
    assert place(page).startswith("tick 3")


def test_what_needs_a_kernel_is_not_there(page: Page) -> None:
    for name in ("Run", "Run live", "Stop", "same?", "Record"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_hidden()
    expect(page.get_by_role("form", name="Inject")).to_be_hidden()
    expect(page.get_by_role("button", name="Step", exact=True)).to_be_disabled()
    press(page, "Keys")
    keys = page.locator(".hf-keys").inner_text()
    assert "step back" in keys
    assert "inject" not in keys
    assert "run live" not in keys


def test_tables_source_timeline_and_keys_work(page: Page) -> None:
    page.locator(".hf-picture [data-id='op-2']").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("union")
    page.keyboard.press("e")
    page.keyboard.press("/")
    page.keyboard.type("9")
    assert all("9" in item for item in items(page))
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    assert place(page).startswith("tick 2")
    page.keyboard.press("Home")
    assert place(page) == "not started"
    page.keyboard.press("n")
    assert place(page).startswith("tick 0")
    page.locator(".hf-source .op, .hf-source [data-id]").first.click()
    press(page, "Source")
    expect(page.locator(".hf-source")).to_be_hidden()
    page.keyboard.press("t")
    page.keyboard.press("End")
    assert place(page).startswith("tick 3")


def test_it_is_dark_where_the_reader_s_system_is(
    opened: Open, run: hf.Recording, tmp_path: Path, artifacts: Path
) -> None:
    run.save(tmp_path / "run.html")
    ground = "getComputedStyle(document.querySelector('.hf')).backgroundColor"

    light, dark = (opened(tmp_path / "run.html", dark=is_dark) for is_dark in (False, True))
    for page in (light, dark):
        page.locator(".hf").wait_for()

    assert light.evaluate(ground) == "rgb(255, 255, 255)"
    assert dark.evaluate(ground) == "rgb(17, 17, 17)"
    dark.screenshot(path=artifacts / "saved_page_dark.png")


def test_without_scripts_the_picture_is_seen(opened: Open, run: hf.Recording, tmp_path: Path, artifacts: Path) -> None:
    run.save(tmp_path / "run.html")

    page = opened(tmp_path / "run.html", scripts=False)

    expect(page.locator("svg.hydroflow-graph.recorded")).to_be_visible()
    page.screenshot(path=artifacts / "saved_page_without_scripts.png")


def test_items_that_were_made_to_harm_are_shown_and_run_nothing(opened: Open, tmp_path: Path, artifacts: Path) -> None:
    lines = hf.channel()
    text = f"source_stream(lines) -> map(|x| x) -> for_each(|x| {HOSTILE!r});"
    flow = hf.compile(text, {"lines": lines}, name="hostile")
    recursive: list[Any] = []
    recursive.append(recursive)
    flow.record()
    lines.extend([HOSTILE, {HOSTILE: [HOSTILE]}, Rude(), "x" * 1_000_000, recursive])
    flow.run_tick()
    flow.recording.save(tmp_path / "run.html")

    page = opened(tmp_path / "run.html")

    page.locator(".hf-picture [data-id='op-2']").click()
    found = items(page)
    assert found[0] == repr(HOSTILE)
    assert any("whose repr raised" in item for item in found)
    page.get_by_role("tabpanel").locator("tbody tr").nth(3).click()
    page.screenshot(path=artifacts / "saved_page_hostile.png")
    assert page.evaluate("window.harmed") is None
    assert page.locator("script").count() == 4
    assert page.locator("img").count() == 0


def test_a_saved_page_hands_on_itself_and_the_cells(page: Page, opened: Open, tmp_path: Path, artifacts: Path) -> None:
    before = place(page)
    press(page, "Share")

    cells = page.locator(".hf-cell pre").all_inner_texts()
    assert cells[0] == f"%%hydroflow reach\n{REACH.strip()}"
    assert cells[1].splitlines()[:2] == ["reach.inputs['edges'].extend([(0, 1)])", "reach.run_tick()"]
    page.screenshot(path=artifacts / "saved_page_share.png")
    with page.expect_download() as download:
        press(page, "Download the page")
    assert download.value.suggested_filename == "reach.html"
    download.value.save_as(tmp_path / "again.html")
    assert (tmp_path / "again.html").stat().st_size == pytest.approx((tmp_path / "run.html").stat().st_size, rel=0.02)
    again = opened(tmp_path / "again.html")
    assert place(again) == before
    press(again, "Step back")
    assert place(again).startswith("tick 2")


def test_a_page_of_a_notebook_whose_last_line_is_a_recording_steps(
    opened: Open, run: hf.Recording, tmp_path: Path, artifacts: Path
) -> None:
    """As nbconvert writes it of a notebook that was run."""
    forms = run._repr_mimebundle_()
    output = nbformat.v4.new_output("execute_result", forms, execution_count=1)
    cells = [nbformat.v4.new_code_cell("reach.recording", outputs=[output]) for _ in range(2)]
    html, _ = HTMLExporter(template_name="basic").from_notebook_node(nbformat.v4.new_notebook(cells=cells))
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><meta charset='utf-8'><body>{html}</body>", encoding="utf-8")

    page = opened(path)

    frame = page.frame_locator("iframe.hf-frame").first
    expect(frame.locator(".hf-where .place")).to_have_text("tick 3")
    frame.get_by_role("button", name="Step back", exact=True).click()
    expect(frame.locator(".hf-where .place")).to_have_text("tick 2")
    other = page.frame_locator("iframe.hf-frame").nth(1)
    expect(other.locator(".hf-where .place")).to_have_text("tick 3")
    assert page.locator("iframe.hf-frame + img").first.is_hidden()
    page.screenshot(path=artifacts / "saved_page_in_notebook.png")


def test_in_jupyterlab_a_recording_steps_in_its_frame_and_the_stepper_hands_on_its_page(lab, opened: Open) -> None:
    lab.open_cells(
        "%load_ext hydroflow_nb\nimport hydroflow_nb as hf\nnumbers = hf.channel([1, 2])",
        "%%hydroflow doubled --share\nsource_stream(numbers) -> map(|x| x * 2) -> for_each(print);",
        "doubled.run_tick(); numbers.send(3); doubled.run_tick();\ndoubled.recording",
    )
    lab.run_all()

    stepper = lab.cell(1).get_by_role("region", name="Stepper of doubled").first
    # The first click makes the cell the active one, and JupyterLab may scroll to it.
    stepper.get_by_role("status").click()
    stepper.get_by_role("button", name="Share", exact=True).click()
    expect(stepper.locator(".hf-cell pre").nth(1)).to_contain_text("doubled.inputs['numbers'].extend([1, 2])")
    with lab.page.expect_download() as download:
        stepper.get_by_role("button", name="Download the page").click()
    download.value.save_as(lab.folder / "doubled.html")
    for index in (1, 2):
        frame = lab.cell(index).frame_locator("iframe.hf-frame")
        expect(frame.locator(".hf-where .place")).to_have_text("tick 1")
        frame.get_by_role("button", name="Step back", exact=True).click()
        expect(frame.locator(".hf-where .place")).to_have_text("tick 0")
    lab.screenshot("recording_in_lab")

    page = opened(lab.folder / "doubled.html")

    assert place(page) == "tick 1"
    assert lab.complaints == []
    assert lab.outside == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_what_is_carried_over_is_marked_in_graph_table_and_words(
    opened: Open, run: hf.Recording, tmp_path: Path, artifacts: Path, dark: bool
) -> None:
    run.save(tmp_path / "run.html")
    page = opened(tmp_path / "run.html", dark=dark)
    page.get_by_role("combobox", name="Step by").select_option("tick")
    press(page, "Step back")

    edge = next(edge for step in run.tick(2).steps for edge, one in step.moves.items() if one.through)
    page.locator(f".hf-picture [data-id='{edge}'] .hit").dispatch_event("click")

    table = page.get_by_role("tabpanel").locator("tbody tr")
    rows = [row.locator("td").all_inner_texts() for row in table.all()]
    page.screenshot(path=artifacts / f"carried_over_{'dark' if dark else 'light'}.png")
    expect(page.get_by_role("status").first).to_contain_text("tick 2: 1 item moved, 9 carried over")
    expect(page.locator(f".hf-picture [data-id='{edge}']")).to_have_attribute(
        "aria-label", "union to unique, 0 items, 3 carried over"
    )
    assert [row[1] for row in rows] == ["1", "2", "3"]
    assert all("carried over" in row[-1] for row in rows)

    table.first.hover()
    table.first.locator("button.hf-atrow").first.click()
    expect(page.get_by_role("tabpanel")).to_contain_text("tick 0")
