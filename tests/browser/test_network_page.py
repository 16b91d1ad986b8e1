"""A network's run as a page, opened from a file with the network blocked: everything but deciding works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import hydroflow_nb as hf

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
ECHO = "source_stream_serde(inbound) -> map(|(m, a)| (m.upper(), a)) -> dest_sink_serde(outbound);"
CLIENT = """
source_stream(lines) -> map(|line| (line, "server")) -> dest_sink_serde(outbound);
source_stream_serde(inbound) -> for_each(|(m, a)| seen.append(m));
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with all that may happen, more than a window is high."""
    net = hf.Network(3, loss=0.2, duplication=0.2, fifo=False)
    net.node("server", ECHO)
    for name in ("alice", "bob", "carol"):
        net.node(name, CLIENT, lines=hf.channel([f"{name} says hello", HOSTILE]), seen=[])
    for _ in range(14):
        net.step()
    net.cut("carol")
    for _ in range(3):
        net.tick("bob")
    net.crash("bob")
    net.step()
    net.heal()
    net.restart("bob", "lost")
    for number in range(8):
        net.send("alice", "lines", f"line {number}")
    for _ in range(40):
        net.step()
    net.send("bob", "lines", "the last")
    net.tick("bob")
    path = tmp_path_factory.mktemp("page") / "net.html"
    net.recording.save(path)
    return path


@pytest.fixture
def page(browser: Browser, saved: Path) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1180, "height": 900})
    page.set_default_timeout(60_000)
    complaints: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(saved.as_uri())
    yield page
    page.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith("file:")] == []


def test_the_heads_stay_in_sight_quiet_ticks_fold_and_no_line_goes_through_a_text(page: Page) -> None:
    chart = page.locator(".hf-chart").first
    head = page.locator('.hf-nethead[data-node="server"]')

    # The newest rows are in sight at first, the oldest after scrolling, and the heads always.
    assert chart.evaluate("one => one.scrollHeight > one.clientHeight + 200 && one.scrollTop > 0")
    below = head.bounding_box()
    chart.evaluate("one => { one.scrollTop = 0; }")
    expect(page.locator('.tick[data-id="t0"], .tick[data-id="t1"]').first).to_be_visible()
    assert head.bounding_box() == below

    chart.evaluate("one => { one.scrollTop = 280; }")
    fold = page.locator(".fold").first
    expect(fold).to_contain_text("quiet ticks: bob")
    row = int(fold.get_attribute("data-fold") or "")
    expect(page.locator(f'.tick[data-id="t{row}"]')).to_have_count(0)
    fold.click()
    expect(page.locator(f'.tick[data-id="t{row}"]')).to_have_count(1)

    struck = page.evaluate("""() => [...document.querySelectorAll('.hf-net-picture .label')].filter(label => {
        const [plate, text] = ['rect', 'text'].map(tag => label.querySelector(tag).getBBox());
        const isBehind = document.querySelector('.messages').compareDocumentPosition(label) & 4;
        return !isBehind || text.x < plate.x || text.x + text.width > plate.x + plate.width + 1;
    }).map(label => label.textContent)""")
    assert struck == []


def test_past_and_future_of_what_is_pointed_at_are_lit_and_c_keeps_them(page: Page) -> None:
    picture = page.locator(".hf-net-picture").first
    tick = page.locator('.tick[data-node="server"]').last

    tick.hover()
    expect(picture.locator(".past")).not_to_have_count(0)
    tick.focus()
    page.keyboard.press("c")
    page.locator(".hf-trayhead").hover()
    expect(tick).to_have_class("tick point")
    page.keyboard.press("Escape")
    page.locator(".hf-status").last.click()
    expect(picture.locator(".past")).to_have_count(0)


def test_a_node_and_a_row_open_without_a_kernel_and_what_needs_one_says_so(page: Page) -> None:
    page.locator(".hf-chart").first.evaluate("one => { one.scrollTop = 0; }")
    page.locator('.tick[data-node="alice"]').first.click()
    stepper = page.get_by_role("region", name="Stepper of alice", exact=True)
    expect(stepper.get_by_role("status").first).to_contain_text("tick 0: ")

    page.locator(".label.words").first.click()
    expect(page.locator("tr.meant")).to_have_count(1)
    expect(page.locator(".hf-nodehead")).to_contain_text("takes in")
    page.locator(".hf-nodehead").get_by_role("button", name="sent by").click()
    expect(page.locator(".hf-nodehead")).to_contain_text("sends")

    undo = page.get_by_role("button", name="Undo", exact=True)
    expect(undo).to_have_attribute("title", "Undo: this is a saved run: run the notebook to decide something else")
    undo.click(force=True)
    expect(page.locator(".hf-status output").last).to_contain_text("this is a saved run")
    expect(page.locator(".hf-cards")).to_contain_text("the last")


def test_what_is_pressed_is_drawn_anew_behind_the_click_alone(page: Page) -> None:
    chart = page.locator(".hf-chart").first
    label = page.locator(".label.words", has_text="LINE").last
    label.hover()
    page.mouse.down()
    label.evaluate("one => { window.pressed = one; }")
    # What is in sight is drawn with the next picture of the screen.
    scrolled = "one => { one.dispatchEvent(new Event('scroll')); return new Promise(requestAnimationFrame); }"
    chart.evaluate(scrolled)
    assert page.evaluate("window.pressed.isConnected")
    page.mouse.up()

    expect(page.locator("tr.meant")).to_have_count(1)
    chart.evaluate(scrolled)
    page.wait_for_function("!window.pressed.isConnected")


def test_a_message_tells_why_through_all_nodes_and_its_way_is_lit_in_the_lanes(page: Page, artifacts: Path) -> None:
    page.locator(".label.words", has_text="LINE").last.hover()
    page.keyboard.press("w")

    tree = page.get_by_role("list", name="What made it")
    expect(tree).to_contain_text("came as message server>alice#")
    expect(tree).to_contain_text("came as message alice>server#")
    expect(tree.locator(".line.origin")).to_contain_text("alice source_stream -> map")
    page.locator(".hf-status").last.hover()
    picture = page.locator(".hf-net-picture").first
    expect(picture.locator(".tick.past")).not_to_have_count(0)
    expect(picture.locator(".message.past")).not_to_have_count(0)
    page.screenshot(path=artifacts / "network_why_light.png")
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(300)  # colours go over slowly
    page.screenshot(path=artifacts / "network_why_dark.png")

    tree.locator("button.cause", has_text="server map -> dest_sink_serde").click()
    expect(page.get_by_role("region", name="Stepper of server", exact=True)).to_be_visible()
    expect(page.locator(".hf-nodehead")).to_contain_text("server, tick")
    # The tree stays, and leads back.
    tree.locator("button.cause", has_text="alice source_stream -> map").click()
    expect(page.get_by_role("region", name="Stepper of alice", exact=True)).to_be_visible()
    expect(page.locator(".hf-picture .node.lit.now")).to_have_count(2)
