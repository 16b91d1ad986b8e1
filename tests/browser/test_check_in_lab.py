"""The check of distributed correctness in a real JupyterLab, as a person meets it, on light and on dark pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from playwright.sync_api import Locator, expect

if TYPE_CHECKING:
    from conftest import Lab

SET_UP = """
%load_ext hydroflow_nb
import hydroflow_nb as hf
servers = ["oslo", "lima", "cairo"]
outbound, inbound, address = hf.Network().bind("oslo")
requests, stored, server = hf.channel(), [], "oslo"
numbers, more, totals, pairs = hf.channel(), hf.channel(), [], []
"""
NAIVE = """%%hydroflow naive --no-show
put = source_stream_serde(inbound) -> tee();
put -> fold::<'static>(|| {}, |held, (put, _)| held.update({put[0]: put[1]})) -> for_each(stored.append);
put -> filter(|(_, sender)| sender not in servers)
    -> flat_map(|(put, _)| [(put, server) for server in servers if server != address])
    -> dest_sink_serde(outbound);
"""
CLIENT = """%%hydroflow client --no-show
source_stream(requests) -> map(|put| (put, server)) -> dest_sink_serde(outbound);
"""
NETWORK = """
net = hf.Network()
for name in servers:
    net.node(name, naive)
net.node("alice", client, server="oslo")
net.node("bob", client, server="lima")
net.check()
"""
FOUND = """
net.send("alice", "requests", ("tea", "green"))
net.send("bob", "requests", ("tea", "black"))
net.find("oslo.stored")
"""
ALONE = "counts.find('totals', network='at-least-once', examples={'numbers': [1, 2], 'more': [(3, 4)]})"
COUNTS = """%%hydroflow counts --check
source_stream(numbers) -> map(|x| (x, 1)) -> both;
source_stream(more) -> both;
both = union() -> tee();
both -> fold_keyed::<'static>(|| 0, |n, x| n + x) -> for_each(totals.append);
both -> [0]j; source_iter([(1, 2)]) -> [1]j;
j = join::<'static, 'tick>() -> for_each(pairs.append);
"""

# The least contrast of all texts in an element with what is behind them, as WCAG counts it; transparent grounds are
# looked through.
CONTRAST = """element => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const numbers = colour => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const linear = c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
    const light = rgb => rgb.slice(0, 3).map(c => linear(c / 255))
        .reduce((sum, c, at) => sum + c * [.2126, .7152, .0722][at], 0);
    const over = ([r, g, b, a], ground) => [r, g, b].map((c, at) => c * a / 255 + ground[at] * (1 - a / 255));
    const ground = node => {
        const chain = [];
        for (; node; node = node.parentElement) chain.unshift(numbers(getComputedStyle(node).backgroundColor));
        return chain.reduce((below, colour) => over(colour, below), [255, 255, 255]);
    };
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let least = 21;
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !node.getClientRects().length) continue;
        const behind = ground(node), ink = over(numbers(getComputedStyle(node).color), behind);
        const [one, other] = [light(ink), light(behind)].sort((a, b) => b - a);
        least = Math.min(least, (one + .05) / (other + .05));
    }
    return least;
}"""
# How far the first caret stands from the letter that it marks, in pixels, across and down.
CARET_FROM_LETTER = """([block, marked]) => {
    const text = block.firstChild, at = place => {
        const range = document.createRange();
        range.setStart(text, place); range.setEnd(text, place + 1);
        return range.getBoundingClientRect();
    };
    const letter = at(text.data.indexOf(marked)), caret = at(text.data.indexOf('^'));
    return [Math.abs(caret.left - letter.left), caret.top - letter.top];
}"""


def themes(lab: Lab) -> Iterator[str]:
    # The server keeps the last one for the tests that follow.
    for theme in ("Dark", "Light"):
        lab.command("apputils:change-theme", {"theme": f"JupyterLab {theme}"})
        lab.page.locator(f'[data-jp-theme-name="JupyterLab {theme}"]').wait_for(state="attached")
        lab.page.locator("#jupyterlab-splash").wait_for(state="detached")
        yield theme.lower()


def test_the_naive_store_s_check_says_what_is_wrong_where_and_what_to_do(lab: Lab) -> None:
    lab.open_cells(SET_UP, NAIVE, CLIENT, NETWORK)
    lab.run_all()
    report = lab.cell(3).locator(".jp-OutputArea-output")
    table, finding = report.locator("table.hydroflow-report"), report.locator(".hydroflow-warning")

    expect(report).to_contain_text("oslo.stored, lima.stored and cairo.stored may end differently.")
    expect(finding.locator("strong")).to_have_text(
        "warning[HF301]: `oslo.stored` depends on the order in which items arrive: `fold` keeps what comes last\n",
        use_inner_text=False,
    )
    expect(finding).to_contain_text("hint: use a function that commutes (gives the same in every order)")
    expect(report).to_contain_text("send items into the network, and call net.find('oslo.stored')")

    # As it is shown in docs/check.png.
    kept = lab.screenshot("check_report", report)
    assert kept.stat().st_size < 200_000

    # On a narrow page all columns are seen at once, and carets stand in the next line, under what they mark.
    lab.page.set_viewport_size({"width": 1000, "height": 1000})
    assert table.locator("..").evaluate("box => box.scrollWidth <= box.clientWidth")
    where = finding.locator("span").first.element_handle()
    across, down = lab.page.evaluate(CARET_FROM_LETTER, [where, "fold::<'static>"])
    assert across < 1
    assert 5 < down < 40

    report.get_by_text("what HF301 means").click()
    report.get_by_text("what the words of the table mean").click()
    expect(report.get_by_text("nothing is promised: two runs may end differently")).to_be_visible()
    expect(report.locator("details pre").last).to_contain_text("max(held, x)")
    expect(report.locator("details code").first).to_have_text("flow.check()")
    for theme in themes(lab):
        assert report.evaluate(CONTRAST) > 4.5
        lab.cell(3).evaluate("cell => cell.scrollIntoView({ block: 'end' })")
        lab.screenshot(f"check_{theme}")
    assert lab.complaints == []


def test_two_runs_that_differ_are_seen_whole_with_the_row_in_which_they_part(lab: Lab) -> None:
    lab.open_cells(SET_UP, NAIVE, CLIENT, NETWORK, FOUND, COUNTS.replace("--check", "--no-show"), ALONE)
    lab.run_all()
    tops = {}

    for cell in (4, 6):
        output = lab.cell(cell).locator(".jp-OutputArea-output").last
        pictures = output.locator("svg.hf-run")
        expect(pictures).to_have_count(2)
        for picture in pictures.all():
            box, room = picture.bounding_box(), output.bounding_box()
            assert room["x"] <= box["x"]
            assert box["x"] + box["width"] <= room["x"] + room["width"] + 1
            word = picture.get_by_text("from here on the two runs differ").bounding_box()
            assert box["x"] <= word["x"]
            assert word["x"] + word["width"] <= box["x"] + box["width"]
        tops[cell] = [picture.bounding_box()["y"] for picture in pictures.all()]
        output.evaluate("output => output.scrollIntoView({ block: 'start' })")
        lab.screenshot(f"two_runs_{cell}", output)

    # Five lanes take the width of the page, one lane has room for another one beside it.
    assert tops[4][0] < tops[4][1]
    assert tops[6][0] == tops[6][1]
    assert lab.complaints == []


def thing(stepper: Locator, identity: str) -> Locator:
    return stepper.locator(f".hf-picture [data-id='{identity}']")


def test_the_stepper_says_what_is_the_same_and_lights_the_causes_where_it_is_not(lab: Lab) -> None:
    lab.open_cells(SET_UP, COUNTS)
    lab.page.set_viewport_size({"width": 1280, "height": 1100})
    lab.run_all()
    stepper = lab.page.get_by_role("region", name="Stepper of counts")
    chooser, status = stepper.get_by_role("combobox", name="Same in"), stepper.get_by_role("status")
    level, causes = stepper.locator(".hf-panelhead .hf-level"), stepper.locator(".hf-picture .cause:visible")
    head = stepper.locator(".hf-panelhead")
    words = stepper.locator(".hf-picture text.level")
    drawn = ["sequence", "sequence", "bag", "final", "sequence", "part"]
    expect(words).to_have_text(drawn)

    stepper.get_by_role("button", name="same?", exact=True).click()
    expect(status).to_contain_text("in the kernel, 2 outputs: totals final, pairs part")
    thing(stepper, "op-7").click()
    expect(level).to_have_text("final")
    expect(level).to_have_attribute("title", re.compile("^a view that is revised: at the end its table is the same"))
    expect(causes).to_have_text(["cause"])

    chooser.select_option("over UDP")
    expect(level).to_have_text("differs!")
    expect(level).to_have_attribute("title", "it may differ from run to run, since `fold_keyed`, line 5")
    expect(head).to_contain_text("cause 3: fold_keyed adds up what comes")
    for number, operator in enumerate(("op-1", "op-3", "op-6"), 1):
        expect(thing(stepper, operator).locator(".cause")).to_have_text(f"cause {number}")
    texts = stepper.locator(".hf-source .causing")
    assert texts.evaluate_all("parts => parts.map(part => part.textContent)") == [
        "source_stream(numbers)",
        "source_stream(more)",
        "fold_keyed::<'static>(|| 0, |n, x| n + x)",
    ]
    # The picture was drawn for runs in the kernel; it says the same as the table's head now.
    expect(words).to_have_text(["part", "part", "part", "differs!", "sequence", "part"])
    widths = "id => getComputedStyle(document.querySelector(`.hf-picture [data-id=${id}] .wire`)).strokeWidth"
    assert lab.page.evaluate(widths, "edge-7") == "2.6px"
    for theme in themes(lab):
        assert head.evaluate(CONTRAST) > 4.5
        lab.screenshot(f"same_{theme}", stepper)

    chooser.select_option("in replicas")
    expect(chooser).to_have_attribute(
        "title", "What surrounds the flow: 2 copies get the same items, each in an order of its own"
    )
    expect(level).to_have_text("final")

    stepper.get_by_role("button", name="same?", exact=True).click()
    expect(level).to_be_hidden()
    expect(words).to_have_text(drawn)
    assert lab.complaints == []
