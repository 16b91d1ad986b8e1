"""Breakpoints in a real JupyterLab: in a cell, and by the stepper's Run."""

from __future__ import annotations

from playwright.sync_api import expect

SET_UP = "%load_ext hydroflow_nb\nimport hydroflow_nb as hf\nitems, out = hf.channel(), []"
ECHO = "%%hydroflow echo\nsource_stream(items) -> map(|x| x + 1) -> next_stratum() -> for_each(out.append);"
BREAK = 'echo.break_on("map -> next_stratum", "item > 2"); items.extend([1, 2]); echo.run_available()'


def test_a_cell_prints_where_it_stopped_and_run_in_the_stepper_stops_too(lab) -> None:
    lab.open_cells(SET_UP, ECHO, BREAK, "items.send(9)", "out")
    for index in range(3):
        lab.run_cell(index)
    expect(lab.page.locator(".jp-OutputArea").nth(1)).to_be_visible()
    expect(lab.panel).to_contain_text(
        "the flow `echo` has stopped before stratum 1 of tick 0: `map -> next_stratum` carries 3"
    )
    stepper = lab.page.get_by_role("region", name="Stepper of echo", exact=True)
    status = stepper.get_by_role("status")
    expect(status).to_contain_text("stopped before stratum 1 of tick 0")

    stepper.get_by_role("button", name="Run", exact=True).click()
    expect(status).not_to_contain_text("stopped")
    lab.run_cell(3)
    stepper.get_by_role("button", name="Run", exact=True).click()
    expect(status).to_contain_text("stopped before stratum 1 of tick 1: `map -> next_stratum` carries 10")
    stepper.get_by_role("button", name="Step", exact=True).click()
    expect(status).not_to_contain_text("stopped")
    lab.run_cell(4)
    expect(lab.panel).to_contain_text("[2, 3, 10]")
    assert lab.complaints == []
