"""Runs to the end and live, what goes wrong in them, and the items that are sent."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from stepper_page import Recorded, Start, asked, button, status, thing

import hydroflow_nb as hf


def test_sending_an_item_shows_it_waiting_until_it_is_taken_back_or_taken_in(start: Start) -> None:
    page = start(known=2)
    item = page.get_by_role("textbox", name="Item")
    waiting = page.get_by_role("list", name="Waiting").get_by_role("listitem")

    item.fill("(5, 10)")
    item.press("Enter")
    expect(waiting).to_have_text(["(5, 10)"])
    page.get_by_role("combobox", name="As").select_option("each")
    item.fill("[(1, 2), (3, 4)]")
    button(page, "Send").click()
    expect(waiting).to_have_text(["(5, 10)", "(1, 2)", "(3, 4)"])
    expect(thing(page, "op-1")).to_have_class("node op pull next")
    button(page, "Take back (1, 2)").click()
    expect(waiting).to_have_text(["(5, 10)", "(3, 4)"])
    button(page, "Step").click()

    expect(waiting).to_have_count(0)
    assert [call["each"] for call in asked(page, "send")] == [False, True]


def test_an_expression_that_fails_is_told_beside_the_form(start: Start) -> None:
    page = start(known=1)

    page.get_by_role("textbox", name="Item").fill("boom")
    button(page, "Send").click()

    expect(page.get_by_role("form", name="Inject").get_by_role("alert")).to_have_text(
        "NameError: name 'boom' is not defined"
    )
    expect(page.get_by_role("textbox", name="Item")).to_have_value("boom")


def test_run_goes_on_to_the_end_and_follows_the_newest_tick(start: Start) -> None:
    page = start(known=0)

    button(page, "Run").click()

    expect(status(page)).to_contain_text("tick 5: ")
    expect(button(page, "Stop")).to_be_disabled()
    expect(page.get_by_role("slider", name="Tick")).to_have_attribute("aria-valuenow", "5")


def test_stop_is_enabled_at_once_and_interrupts_a_kernel_that_does_not_answer(start: Start) -> None:
    page = start(known=1, hangs=True)

    button(page, "Step").click()
    expect(button(page, "Stop")).to_be_enabled()
    expect(button(page, "Run")).to_be_disabled()
    expect(status(page)).to_contain_text("running")
    button(page, "Stop").click()

    expect(status(page)).to_contain_text("stopped")
    expect(button(page, "Stop")).to_be_disabled()
    assert [call["kind"] for call in asked(page, "interrupt")] == ["interrupt"]


def test_an_aborted_tick_tells_what_was_raised_and_the_flow_goes_on(start: Start, recorded: Recorded) -> None:
    recording = recorded
    recording["ticks"][2]["fault"] = "ZeroDivisionError: division by zero\nhydroflow: in `map`, item 0, tick 2"
    page = start(recording, known=2)
    fault = page.locator(".hf-fault")

    button(page, "Step").click()
    expect(fault).to_contain_text("ZeroDivisionError: division by zero")
    expect(fault).to_contain_text("in `map`, item 0, tick 2")
    button(page, "Step").click()
    expect(fault).to_be_hidden()
    button(page, "Step back").click()

    expect(fault).to_contain_text("tick 2 was aborted")


def test_a_tick_tells_which_items_it_failed_with_and_ran_without(start: Start, recorded: Recorded) -> None:
    recording = recorded
    recording["ticks"][2]["set_aside"] = ["0 by `xs`: ZeroDivisionError: division by zero"]
    page = start(recording, known=2)

    button(page, "Step").click()

    expect(page.locator(".hf-fault")).to_have_text("set aside: 0 by `xs`: ZeroDivisionError: division by zero")
    expect(status(page)).to_contain_text("1 item set aside")
    expect(page.locator(".hf-strip .bar.aside")).to_have_attribute("title", re.compile("items were set aside"))


def test_what_was_set_aside_is_plain_text_of_which_nothing_is_hidden(start: Start, recorded: Recorded) -> None:
    recording = recorded
    recording["ticks"][2]["set_aside"] = ["<img src=x onerror=\"document.title='owned'\">\u202e by `xs`", "0 by `xs`"]
    recording["ticks"][2]["more_set_aside"] = 38
    page = start(recording, known=2)

    button(page, "Step").click()

    told = "set aside: <img src=x onerror=\"document.title='owned'\">\N{REPLACEMENT CHARACTER} by `xs`"
    expect(page.locator(".hf-fault")).to_have_text(f"{told}\nset aside: 0 by `xs`\nand 38 items more")
    expect(status(page)).to_contain_text("40 items set aside")
    assert page.title() != "owned"


def test_a_flow_that_was_replaced_can_be_looked_at_only(start: Start) -> None:
    page = start(known=3)

    page.evaluate("kernel.close('this flow was replaced by a newer run of the cell')")

    expect(page.locator(".hf-fault")).to_have_text("this flow was replaced by a newer run of the cell")
    for name in ("Step", "Run", "Send"):
        expect(button(page, name)).to_be_disabled()
    button(page, "Step back").click()
    expect(status(page)).to_contain_text("tick 1: ")


def test_a_live_run_takes_items_and_can_be_looked_back_in_until_it_is_stopped(start: Start) -> None:
    page = start(known=3)
    button(page, "Run live").click()
    expect(button(page, "Run")).to_be_disabled()
    expect(page.locator(".hf-where .next")).to_have_text("live, waits for input")

    page.get_by_role("textbox", name="Item").fill("(10, 3)")
    button(page, "Send").click()
    expect(status(page)).to_contain_text("live, tick 3: ")
    button(page, "Step back").click()
    button(page, "Step back").click()
    button(page, "Step").click()
    expect(status(page)).to_contain_text("tick 2: ")
    button(page, "Stop").click()

    expect(button(page, "Run live")).to_be_enabled()
    assert asked(page, "step") == []


def test_only_a_flow_with_inputs_can_run_live(start: Start) -> None:
    flow = hf.compile("source_iter([1]) -> null();", {}, name="closed")

    page = start({**flow.record().to_dict(), "ticks": []}, known=0)

    expect(button(page, "Run live")).to_be_hidden()
