"""Steps through time: by the kernel, inside the recording, on the timeline, and while a key is held."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect
from stepper_page import Recorded, Start, asked, button, status, step_by, thing


def test_a_step_beyond_the_recording_asks_the_kernel_and_shows_the_tick(start: Start) -> None:
    page = start(known=0)
    expect(status(page)).to_have_text("not started yet")

    button(page, "Step").click()

    expect(status(page)).to_contain_text("tick 0: ")
    assert [call["grain"] for call in asked(page, "step")] == ["tick"]


def test_looking_back_and_forward_inside_the_recording_asks_the_kernel_to_run_nothing(start: Start) -> None:
    page = start(known=4)

    button(page, "Step back").click()
    button(page, "Step back").click()
    expect(status(page)).to_contain_text("tick 1: ")
    expect(page.get_by_text("looking back")).to_be_visible()
    button(page, "Step").click()
    expect(status(page)).to_contain_text("tick 2: ")
    button(page, "To newest").click()

    expect(status(page)).to_contain_text("tick 3: ")
    expect(page.get_by_text("looking back")).to_be_hidden()
    assert asked(page, "step") == []


def test_every_grain_steps_forward_through_the_places_that_it_stepped_back_through(start: Start) -> None:
    page = start(known=4)

    for grain in ("tick", "stratum", "subgraph", "operator"):
        step_by(page, grain)
        seen = [page.locator(".hf-where .place").inner_text()]
        for _ in range(6):
            if button(page, "Step back").is_enabled():
                button(page, "Step back").click()
                seen.append(page.locator(".hf-where .place").inner_text())
        for place in reversed(seen[:-1]):
            button(page, "Step").click()
            expect(page.locator(".hf-where .place")).to_have_text(place)


def test_the_status_says_what_an_operator_took_and_gave(start: Start) -> None:
    page = start(known=4)
    step_by(page, "operator")

    for _ in range(60):
        if "join: 1 in" in status(page).inner_text() or button(page, "Step back").is_disabled():
            break
        button(page, "Step back").click()

    expect(status(page)).to_contain_text("stratum 0, join")
    expect(thing(page, "op-7")).to_have_class("node op pull ran")


def test_a_stratum_step_runs_one_stratum_of_the_tick(start: Start) -> None:
    page = start(known=2)
    step_by(page, "stratum")

    button(page, "Step").click()
    expect(status(page)).to_contain_text("tick 2, stratum 0: ")
    expect(page.locator(".hf-where .next")).to_have_text("next: stratum 1 of tick 2")
    button(page, "Step").click()

    expect(status(page)).to_contain_text("tick 2, stratum 1: ")
    assert [call["grain"] for call in asked(page, "step")] == ["stratum", "stratum"]


def test_the_timeline_shows_a_tick_on_a_click_a_drag_and_by_keys(start: Start) -> None:
    page = start(known=6)
    slider = page.get_by_role("slider", name="Tick")

    page.locator(".hf-strip [data-tick='2']").click()
    expect(status(page)).to_contain_text("tick 2: ")
    slider.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuenow", "1")
    places = [page.locator(f".hf-strip [data-tick='{tick}']").bounding_box() for tick in (1, 3, 4)]
    for place in places:
        assert place is not None
        page.mouse.move(place["x"] + 5, place["y"] + 5)
        page.mouse.down()
    page.mouse.up()
    expect(slider).to_have_attribute("aria-valuetext", "tick 4")
    page.locator(".hf-lane .step").nth(2).click()

    expect(page.get_by_text("looking back")).to_be_visible()
    assert asked(page, "step") == []


def test_thousands_of_ticks_put_few_bars_on_the_page(start: Start, recorded: Recorded) -> None:
    recording = recorded
    last = recording["ticks"][-1]
    recording["ticks"] = [{**last, "tick": number} for number in range(4000)]
    page = start(recording, known=4000)

    bars = page.locator(".hf-strip .bar")

    assert bars.count() < 200
    expect(page.locator(".hf-strip .now")).to_be_visible()
    button(page, "Step back").click()
    expect(status(page)).to_contain_text("tick 3998: ")
    button(page, "To start").click()
    button(page, "Step").click()
    expect(page.locator(".hf-strip [data-from='0'].now")).to_be_visible()


def test_a_saved_recording_steps_without_a_kernel(start: Start) -> None:
    page = start(kernel=False)
    expect(status(page)).to_contain_text("tick 5: ")

    button(page, "Step back").click()

    expect(status(page)).to_contain_text("tick 4: ")
    expect(button(page, "Run")).to_be_hidden()
    expect(page.get_by_role("form", name="Inject")).to_be_hidden()
    button(page, "Step").click()
    expect(button(page, "Step")).to_be_disabled()


def settled(page: Page) -> int:
    """How many steps the kernel was asked for, once none is asked for any more."""
    before = -1
    while before != (now := len(asked(page, "step"))):
        before = now
        # By a timer of the page, which comes behind what the page has to do.
        page.evaluate("new Promise((done) => setTimeout(done, 400))")
    return now


def many(recording: Recorded, count: int) -> Recorded:
    last = recording["ticks"][-1]
    return {**recording, "ticks": [{**last, "tick": number} for number in range(count)]}


def test_presses_during_a_step_are_one_step_each(start: Start) -> None:
    page = start(known=0, holds=True)
    page.locator(".hf").focus()

    for _ in range(2):
        page.keyboard.press("n")
    button(page, "Step").click()
    expect(page.locator(".hf-where .next")).to_have_text("running … and 2 more")
    page.evaluate("() => kernel.goOn()")

    expect(status(page)).to_contain_text("tick 2: ")
    assert settled(page) == 3


def test_a_stop_forgets_the_presses_that_wait(start: Start) -> None:
    page = start(known=1, hangs=True)
    page.locator(".hf").focus()
    for _ in range(3):
        page.keyboard.press("n")

    button(page, "Stop").click()

    expect(button(page, "Stop")).to_be_disabled()
    assert settled(page) == 1


def test_a_held_key_steps_as_fast_as_the_kernel_follows_and_stops_with_its_release(
    start: Start, recorded: Recorded
) -> None:
    page = start(many(recorded, 50), known=0, slow=100)
    page.locator(".hf").focus()

    begin = time.monotonic()
    for _ in range(30):
        page.keyboard.down("ArrowRight")
        page.wait_for_timeout(20)
    page.keyboard.up("ArrowRight")
    during, seconds = len(asked(page, "step")), time.monotonic() - begin

    assert 2 <= during <= 2 + seconds / 0.1
    assert settled(page) == during


def test_a_held_button_steps_on_until_it_is_let_go(start: Start, recorded: Recorded) -> None:
    page = start(many(recorded, 50), known=0, slow=100)
    button(page, "Step").hover()

    page.mouse.down()
    page.wait_for_function("() => kernel.calls.filter((call) => call.kind === 'step').length >= 3")
    page.mouse.up()
    during = len(asked(page, "step"))

    assert settled(page) == during
    button(page, "Step").click()
    assert settled(page) == during + 1
