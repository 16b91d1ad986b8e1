"""State and numbers of a flow in a real JupyterLab, as the kernel tells them."""

from __future__ import annotations

from playwright.sync_api import expect

SET_UP = """
%load_ext hydroflow_nb
import hydroflow_nb as hf
orders = hf.channel()
"""
SHOP = """%%hydroflow shop
source_stream(orders) -> bill;
bill = fold_keyed::<'static>(|| 0, |sum, n| sum + n) -> for_each(|_| None);
"""


def test_the_state_of_a_step_is_told_and_time_is_measured_while_it_is_asked_for(lab) -> None:
    lab.open_cells(SET_UP, SHOP, "orders.extend([('tea', 2), ('rope', 7)])", "orders.send(('tea', 1))")
    for index in (0, 1, 2):
        lab.run_cell(index)
    stepper = lab.page.get_by_role("region", name="Stepper of shop", exact=True)
    step = stepper.get_by_role("button", name="Step", exact=True)
    status = stepper.get_by_role("status")
    step.click()
    expect(status).to_contain_text("tick 0: ")
    stepper.locator('[aria-label^="fold_keyed::"]').first.click()
    stepper.get_by_role("tab", name="state of").click()
    panel = stepper.get_by_role("tabpanel")
    expect(panel).to_contain_text("fold_keyed after tick 0 holds 2 items")

    lab.run_cell(3)
    step.click()

    expect(panel).to_contain_text("after tick 1 holds 2 items")
    expect(panel.locator("tr.changed")).to_contain_text("2 → 3")
    stepper.get_by_role("button", name="Step back").click()
    expect(panel).to_contain_text("after tick 0 holds 2 items")
    stepper.get_by_role("button", name="To newest").click()
    stepper.get_by_role("combobox", name="Numbers at operators").select_option("time")
    numbers = stepper.get_by_role("group", name="Numbers")
    expect(numbers).to_contain_text("time is measured from the next tick on")
    step.click()
    expect(numbers).to_contain_text("time in its own code and in the functions that it calls in tick 2")
    assert stepper.locator(".hf-picture .heat-5").count() == 1
    stepper.evaluate("stepper => stepper.scrollIntoView({ block: 'start' })")
    lab.screenshot("state_in_lab", of=stepper)
