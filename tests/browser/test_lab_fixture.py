"""The browser tests' own tool, tried on notebooks that know nothing of flows."""

from __future__ import annotations

import pytest


def test_all_cells_run_and_their_outputs_stand_on_the_page(lab):
    lab.open_cells("left = 20", "left * 2 + 2", "from IPython.display import HTML\nHTML('<b id=\"shown\">bold</b>')")

    lab.run_all()

    assert lab.outputs(1) == ["42"]
    assert lab.page.locator("#shown").inner_text() == "bold"
    assert lab.complaints == []
    assert lab.outside == []


def test_one_cell_runs_by_itself(lab):
    lab.open_cells("print('first')", "print('second')")

    texts = lab.run_cell(1)

    assert texts == ["second"]
    assert lab.outputs(0) == []


def test_a_failing_cell_fails_the_run_unless_errors_are_allowed(lab):
    lab.open_cells("import sys; print('a warning', file=sys.stderr)", "1 / 0")

    with pytest.raises(AssertionError, match="a warning"):
        lab.run_all()
    lab.run_all(allow_errors=True)

    assert [text.splitlines()[-1] for text in lab.errors()] == ["a warning", "ZeroDivisionError: division by zero"]


def test_a_cell_that_does_not_end_can_be_interrupted(lab):
    lab.open_cells("print('begun', flush=True)\nwhile True:\n    pass")
    lab.run_cell(0, wait=False)
    # Not the status "busy": that comes before the code runs, and an interrupt in between is lost.
    lab.cell(0).locator(".jp-OutputArea-output", has_text="begun").wait_for()

    lab.command("notebook:interrupt-kernel")
    lab.wait_idle()
    # A busy machine may draw what the kernel said after it says that the kernel is idle.
    lab.cell(0).locator(".jp-OutputArea-output", has_text="KeyboardInterrupt").first.wait_for()

    assert "KeyboardInterrupt" in "".join(lab.errors())


def test_what_lies_outside_of_this_machine_is_kept_away_and_noted(lab):
    lab.open_cells("from IPython.display import HTML\nHTML('<img src=\"https://example.org/picture.png\">')")

    with lab.page.expect_event("requestfailed"):
        lab.run_all()

    # JupyterLab may put an output on the page twice.
    assert set(lab.outside) == {"https://example.org/picture.png"}


def test_a_screenshot_is_kept_for_people_to_look_at(lab):
    lab.open_cells("'seen'")
    lab.run_all()

    path = lab.screenshot("lab_fixture")

    assert path.read_bytes().startswith(b"\x89PNG")
