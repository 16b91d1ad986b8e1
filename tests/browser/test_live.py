"""Flows that run live in a real JupyterLab: other cells go on, the stepper shows what happens, Stop ends it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

SET_UP = """
%load_ext hydroflow_nb
import hydroflow_nb as hf
orders, shipped = hf.channel(), []
"""
SHOP = """%%hydroflow shop --recording 10000
valid = source_stream(orders) -> filter(|(_, count)| count > 0) -> tee();
valid -> map(|(what, count)| f"{count} x {what}") -> for_each(shipped.append);
valid -> fold::<'static>(|| 0, |total, (_, count)| total + count) -> null();
"""
ENDLESS = """%%hydroflow endless
source_stream(orders) -> again;
again = union() -> inspect(|_| open("begun", "w").close()) -> tee();
again -> map(|x| x + 1) -> again;
again -> null();
"""


def stepper_of(lab, flow: str) -> Locator:
    return lab.page.get_by_role("region", name=f"Stepper of {flow}", exact=True)


def button(stepper: Locator, name: str) -> Locator:
    return stepper.get_by_role("button", name=name, exact=True)


def test_other_cells_send_to_a_flow_that_was_started_and_its_stepper_shows_the_ticks(lab) -> None:
    lab.open_cells(
        SET_UP,
        SHOP,
        "task = shop.start()",
        "orders.send(('tea', 2))",
        "orders.send(('rope', 7))",
        "shipped, task.done()",
    )
    for index in (0, 1, 2):
        lab.run_cell(index)
    stepper = stepper_of(lab, "shop")
    status = stepper.get_by_role("status")
    expect(status).to_contain_text("live, tick 0")
    for name in ("Step", "Run", "Run live"):
        expect(button(stepper, name)).to_be_disabled()

    lab.run_cell(3)
    expect(status).to_contain_text("live, tick 1: ")
    lab.run_cell(4)
    expect(status).to_contain_text("live, tick 2: ")
    stepper.get_by_role("textbox", name="Item").fill("('ink', 1)")
    button(stepper, "Send").click()
    expect(status).to_contain_text("live, tick 3: ")
    expect(stepper.get_by_role("tabpanel")).to_contain_text("10")
    stepper.evaluate("stepper => stepper.scrollIntoView({ block: 'start' })")
    lab.screenshot("live")
    assert lab.run_cell(5) == ["(['2 x tea', '7 x rope', '1 x ink'], False)"]
    button(stepper, "Stop").click()

    expect(button(stepper, "Run live")).to_be_enabled()
    assert lab.run_cell(5) == ["(['2 x tea', '7 x rope', '1 x ink'], True)"]
    assert lab.errors() == []
    assert lab.complaints == []


def test_a_flow_that_a_cell_awaits_is_shown_and_stopped(lab) -> None:
    lab.open_cells(SET_UP, SHOP, "orders.send(('tea', 2)); await shop.run_async(); 'over'")
    lab.run_cell(0)
    lab.run_cell(1)
    lab.run_cell(2, wait=False)
    stepper = stepper_of(lab, "shop")
    expect(stepper.get_by_role("status")).to_contain_text("live, tick 0: ")

    button(stepper, "Stop").click()

    lab.wait_idle()
    expect(button(stepper, "Run live")).to_be_enabled()
    assert lab.outputs(2) == ["'over'"]
    assert lab.complaints == []


def test_a_live_tick_without_end_is_stopped_and_the_kernel_goes_on(lab) -> None:
    lab.open_cells(SET_UP, ENDLESS, "[fault.message for fault in endless.faults], endless.is_running")
    lab.run_cell(0)
    lab.run_cell(1)
    stepper = stepper_of(lab, "endless")
    button(stepper, "Run live").click()
    expect(stepper.get_by_role("status")).to_contain_text("live, tick 0")
    stepper.get_by_role("textbox", name="Item").fill("1")
    button(stepper, "Send").click()
    lab.wait_for_file("begun")

    button(stepper, "Stop").click()

    expect(button(stepper, "Run live")).to_be_enabled()
    expect(stepper.locator(".hf-fault")).to_contain_text("tick 1 was aborted")
    assert lab.run_cell(2) == ["(['interrupted'], False)"]
    assert lab.complaints == []


def test_a_live_run_that_is_not_recorded_says_so_and_is_recorded_on_demand(lab) -> None:
    unrecorded = SHOP.replace("--recording 10000", "--no-recording")
    lab.open_cells(SET_UP, unrecorded, "shop.start(); None", "orders.send(('tea', 2))")
    for index in (0, 1, 2, 3):
        lab.run_cell(index)
    stepper = stepper_of(lab, "shop")
    status = stepper.get_by_role("status")
    expect(status).to_have_text(re.compile(r"^live, \d ticks so far, not recorded$"))
    lab.screenshot("live_unrecorded", stepper)

    button(stepper, "Record").click()
    expect(button(stepper, "Record")).to_be_hidden()
    lab.run_cell(3)

    expect(status).to_contain_text("live, tick 2: ")
    lab.run_cell(1)
    expect(stepper.locator(".hf-fault").first).to_be_hidden()
    assert lab.complaints == []
