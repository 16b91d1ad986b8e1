"""The stepper in a real JupyterLab: what only a kernel and its messages can show."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

SET_UP = """
import hydroflow_nb as hf
numbers, out = hf.channel(), []
"""
DOUBLED = """
doubled = hf.compile('''
source_stream(numbers) -> map(|x| x * 2) -> seen;
seen = tee();
seen -> for_each(out.append);
seen -> fold(|| 0, |a, b| a + b) -> for_each(|sum| None);
''', globals(), name="doubled")
doubled.stepper()
"""
ENDLESS = """
endless = hf.compile('''
source_stream(numbers) -> again;
again = union() -> inspect(|_| open("begun", "w").close()) -> tee();
again -> map(|x| x + 1) -> again;
again -> for_each(|x| None);
''', globals(), name="endless")
endless.stepper()
"""
TICKING = """
ticking = hf.compile('''
source_iter([1]) -> again;
again = union() -> defer_tick() -> again;
''', globals(), name="ticking")
ticking.stepper()
"""


def button(stepper: Locator, name: str) -> Locator:
    return stepper.get_by_role("button", name=name, exact=True)


STOP_AND_TIME = """(stop) => new Promise((done) => {
    const began = performance.now();
    const look = () => { if (stop.disabled) done(performance.now() - began); };
    new MutationObserver(look).observe(stop, { attributes: true });
    stop.click();
})"""


def milliseconds_to_stop(stepper: Locator) -> float:
    return float(button(stepper, "Stop").evaluate(STOP_AND_TIME))


def send(stepper: Locator, text: str) -> None:
    stepper.get_by_role("textbox", name="Item").fill(text)
    button(stepper, "Send").click()
    expect(stepper.get_by_role("list", name="Waiting").get_by_role("listitem")).to_have_text([text])


def test_items_sent_from_the_page_go_through_the_flow(lab) -> None:
    lab.open_cells(SET_UP, DOUBLED, "print(out)")
    lab.run_cell(0)
    lab.run_cell(1)
    stepper = lab.page.get_by_role("region", name="Stepper of doubled")
    status = stepper.get_by_role("status")
    expect(status).to_contain_text("not started")

    send(stepper, "21")
    button(stepper, "Step").click()
    expect(status).to_contain_text("tick 0: ")
    stepper.locator(".hf-picture [data-id='op-2']").click()
    table = stepper.get_by_role("tabpanel")
    expect(table).to_contain_text("42")
    lab.screenshot("stepper_in_lab")
    button(stepper, "Step back").click()

    expect(status).to_contain_text("before the first recorded tick")
    assert lab.run_cell(2) == ["[42]"]
    assert lab.complaints == []


def test_a_flow_that_ended_with_its_kernel_says_so_and_can_still_be_looked_at(lab) -> None:
    lab.open_cells(SET_UP, DOUBLED)
    lab.run_cell(0)
    lab.run_cell(1)
    stepper = lab.page.get_by_role("region", name="Stepper of doubled")
    send(stepper, "21")
    button(stepper, "Step").click()
    expect(stepper.get_by_role("status")).to_contain_text("tick 0: ")

    lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")

    expect(stepper.locator(".hf-fault")).to_have_text("this flow is gone with its kernel: run its cell again")
    for name in ("Step", "Run", "Send"):
        expect(button(stepper, name)).to_be_disabled()
    button(stepper, "Step back").click()
    expect(stepper.get_by_role("status")).to_contain_text("before the first recorded tick")
    assert lab.complaints == []


def test_a_step_without_end_is_stopped_at_once_and_the_flow_goes_on(lab) -> None:
    lab.open_cells(SET_UP, ENDLESS)
    lab.run_cell(0)
    lab.run_cell(1)
    stepper = lab.page.get_by_role("region", name="Stepper of endless")
    send(stepper, "1")

    button(stepper, "Step").click()
    expect(button(stepper, "Stop")).to_be_enabled()
    lab.wait_for_file("begun")
    assert milliseconds_to_stop(stepper) < 20_000  # a tenth of a second on a machine with nothing else to do
    expect(stepper.get_by_role("status")).to_contain_text("stopped")
    expect(stepper.locator(".hf-fault")).to_contain_text("tick 0 was aborted")
    button(stepper, "Step").click()

    expect(stepper.get_by_role("status")).to_contain_text("tick 1")


def test_a_run_without_end_is_stopped_while_ticks_keep_coming(lab) -> None:
    lab.open_cells(SET_UP, TICKING, "ticking.current_tick()")
    lab.run_cell(0)
    lab.run_cell(1)
    stepper = lab.page.get_by_role("region", name="Stepper of ticking")
    slider = stepper.get_by_role("slider", name="Tick")

    button(stepper, "Run").click()
    expect(slider).not_to_have_attribute("aria-valuemax", "0")
    lab.page.wait_for_timeout(1000)
    assert milliseconds_to_stop(stepper) < 20_000  # a tenth of a second on a machine with nothing else to do

    (ticks,) = lab.run_cell(2)
    assert int(ticks) > 20
    # The page may hear of the last tick later than of the stop.
    expect(slider).to_have_attribute("aria-valuemax", str(int(ticks) - 1))
    button(stepper, "Step back").click()
    expect(stepper.get_by_text("looking back")).to_be_visible()
