"""What is left of a stepper where its kernel is gone: the picture, in a notebook that was saved and opened again."""

from __future__ import annotations

from nbconvert import HTMLExporter
from playwright.sync_api import expect

SET_UP = "%load_ext hydroflow_nb\nimport hydroflow_nb as hf\nnumbers = hf.channel()"
CELL = "%%hydroflow doubled\nsource_stream(numbers) -> map(|x| x * 2) -> for_each(print);"
PICTURE = ".jp-RenderedSVG img"


def run_and_save(lab) -> None:
    lab.open_cells(
        "%load_ext hydroflow_nb\nimport hydroflow_nb as hf\nnumbers = hf.channel()", CELL, "doubled.stepper()"
    )
    lab.run_all()
    for index in (1, 2):
        expect(lab.cell(index).get_by_role("region", name="Stepper of doubled")).to_be_visible()
    lab.command("docmanager:save")


def test_a_living_stepper_is_the_only_picture(lab) -> None:
    run_and_save(lab)

    for index in (1, 2):
        expect(lab.cell(index).locator(PICTURE)).to_have_count(1)
        expect(lab.cell(index).locator(PICTURE)).to_be_hidden()
        expect(lab.cell(index).locator(".jp-OutputArea-child:visible")).to_have_count(1)
    assert lab.complaints == []


def test_a_notebook_opened_again_shows_the_picture_and_no_error(lab) -> None:
    run_and_save(lab)
    lab.server.end_sessions()

    lab._show("cells.ipynb")

    for index in (1, 2):
        expect(lab.cell(index).locator(PICTURE)).to_be_visible()
        # The widget's renderer has given up by then.
        expect(lab.cell(index).locator(".jupyter-widgets")).to_have_count(1)
        expect(lab.cell(index).locator(".jp-OutputArea-child:visible")).to_have_count(1)
    lab.screenshot("opened_again")
    assert lab.complaints == []


def test_a_saved_page_shows_the_picture_once(lab, browser) -> None:
    run_and_save(lab)
    html, _ = HTMLExporter().from_filename(str(lab.folder / "cells.ipynb"))
    (lab.folder / "cells.html").write_text(html, encoding="utf-8")
    page = browser.new_page()
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort())

    page.goto((lab.folder / "cells.html").as_uri())

    expect(page.locator(".jp-OutputArea-child img[src^='data:image/svg+xml']:visible")).to_have_count(2)
    expect(page.locator(".jp-OutputArea-child:visible")).to_have_count(2)
    page.screenshot(path=lab.artifacts / "saved_page.png")
    page.close()


def test_a_stepper_whose_flow_was_replaced_leaves_its_picture(lab) -> None:
    run_and_save(lab)

    lab.run_cell(1)

    expect(lab.cell(1).get_by_role("region", name="Stepper of doubled")).to_be_visible()
    expect(lab.cell(1).locator(PICTURE)).to_be_hidden()
    expect(lab.cell(2).get_by_role("region", name="Stepper of doubled")).to_have_count(0)
    expect(lab.cell(2).locator(PICTURE)).to_be_visible()
    lab.screenshot("replaced")
    assert lab.complaints == []
