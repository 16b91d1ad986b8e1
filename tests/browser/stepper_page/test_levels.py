"""The levels of a check in the stepper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from stepper_page import UNREACHED, Recorded, Start, asked, button, status, thing

import hydroflow_nb as hf
from hydroflow_nb.widgets.stepper.checking import Checking


@pytest.fixture
def checked() -> Recorded:
    """What checks tell of the flow, in two surroundings."""
    flow = hf.compile(UNREACHED, {"edges": hf.channel(), "found": []}, name="unreach")
    check = Checking(flow).answers["check"]
    told = {"kernel": {"network": None, "replicas": 1}, "udp": {"network": "udp", "replicas": 1}}
    return {name: check(surroundings) for name, surroundings in told.items()}


def test_levels_are_asked_for_and_the_causes_of_an_output_are_named(start: Start, checked: Recorded) -> None:
    page = start(known=4, checked=checked)
    same, chooser = button(page, "same?"), page.get_by_role("combobox", name="Same in")
    level, causes = page.locator(".hf-panelhead .hf-level"), page.locator(".hf-picture .cause:visible")
    assert asked(page, "check") == []
    expect(chooser).to_be_hidden()
    expect(level).to_be_hidden()

    same.click()
    expect(same).to_have_attribute("aria-pressed", "true")
    expect(level).to_have_text("final")
    expect(level).to_have_attribute("title", re.compile("^a view that is revised"))
    expect(status(page)).to_contain_text("in the kernel, 1 output: found final; tick 3")
    expect(thing(page, "edge-1")).to_have_attribute("aria-label", re.compile(r" items?, sequence$"))

    chooser.select_option("over UDP")
    thing(page, "op-12").press("Enter")
    expect(level).to_have_text("differs!")
    expect(causes).to_have_text(["cause 1", "cause 2"])
    assert page.locator(".hf-source .causing").evaluate_all("parts => parts.map((part) => part.dataset.word)") == [
        "cause 1", "cause 2",
    ]  # fmt: skip
    expect(page.locator(".hf-panelhead")).to_contain_text("cause 1: source_stream takes in what may be lost")
    expect(thing(page, "op-1")).to_have_attribute("aria-description", re.compile("cause 1: source_stream takes in"))
    assert [call["network"] for call in asked(page, "check")] == [None, "udp"]

    page.keyboard.press("c")
    expect(level).to_be_hidden()
    expect(causes).to_have_count(0)
    expect(chooser).to_be_hidden()


def test_an_answer_that_comes_after_the_levels_are_switched_off_writes_no_level(
    start: Start, checked: Recorded
) -> None:
    checked["kernel"]["delay"] = 100
    page = start(known=1, checked=checked)

    button(page, "same?").click()
    button(page, "same?").click()
    page.wait_for_timeout(200)

    assert len(asked(page, "check")) == 1
    expect(page.locator(".hf-panelhead .hf-level")).to_be_hidden()
    expect(button(page, "same?")).to_have_attribute("aria-pressed", "false")


def test_a_check_that_is_refused_says_why(start: Start) -> None:
    page = start(known=1)

    button(page, "same?").click()

    expect(status(page)).to_contain_text("this flow was built by hand: there is no text that can be checked")
    expect(button(page, "same?")).to_have_attribute("aria-pressed", "false")


def test_a_saved_page_offers_no_check(start: Start) -> None:
    expect(button(start(kernel=False), "same?")).to_have_count(0)
