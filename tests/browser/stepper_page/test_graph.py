"""The picture of the graph: names, selection, boxes, and graphs that are larger than their pane."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from stepper_page import LARGE, Recorded, Start, button, status, step_by, thing

import hydroflow_nb as hf


def test_edges_and_handoffs_are_named_by_their_ends_and_counts(start: Start) -> None:
    page = start(known=4)
    step_by(page, "stratum")

    button(page, "Step back").click()

    expect(thing(page, "handoff-4")).to_have_attribute("aria-label", "tee to difference, 8 items")
    expect(thing(page, "edge-11")).to_have_attribute("aria-label", "tee to flat_map, 1 item")


@pytest.fixture
def reading() -> Recorded:
    """A flow in which one operator reads the state of another."""
    text = "top = source_iter([1, 3]) -> fold(|| 0, max); source_iter(range(6)) -> filter(|x| x < $top) -> null();"
    flow = hf.compile(text, {})
    recording = flow.record()
    flow.run_tick()
    return recording.to_dict()


def test_a_reference_is_linked_to_its_ends_and_opens_no_table(start: Start, reading: Recorded) -> None:
    page = start(reading, kernel=False)
    tabs = page.get_by_role("tab").all_inner_texts()

    thing(page, "read-1").locator(".hit").dispatch_event("click")

    expect(page.get_by_role("button", name="filter reads $top of fold")).to_have_attribute("aria-pressed", "true")
    expect(thing(page, "read-1")).to_have_class("read selected")
    expect(page.locator(".hf-picture .node.hot")).to_have_count(2)
    expect(page.locator(".hf-source .hot")).to_have_text(["fold(|| 0, max)", "filter(|x| x < $top)"])
    assert page.get_by_role("tab").all_inner_texts() == tabs
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(".hf-picture .hot")).to_have_count(0)


def test_a_reference_is_told_in_the_table_of_the_graph(start: Start, reading: Recorded) -> None:
    page = start(reading, kernel=False)

    rows = page.locator(".hf-unseen tbody tr").all()

    told = [row.locator("td").last.text_content() for row in rows]
    assert told == ["", "", "", "filter reads $top of fold", ""]


def test_an_operator_of_an_imported_module_has_no_part_of_the_source(start: Start, recorded: Recorded) -> None:
    recorded["graph"]["ops"]["op-1"]["span"] = [0, 0]
    page = start(recorded, kernel=False)

    thing(page, "op-1").click()

    expect(thing(page, "op-1")).to_have_class(re.compile("selected"))
    expect(page.locator(".hf-source .selected")).to_have_count(0)
    expect(page.locator(".hf-source [data-id='op-1']")).to_have_count(0)


def test_one_selection_for_the_text_and_the_graph(start: Start) -> None:
    page = start(known=4)
    written = page.locator(".hf-source [data-id='op-7']")

    written.hover()
    expect(thing(page, "op-7")).to_have_class("node op pull hot")
    written.click()
    expect(thing(page, "op-7")).to_have_class("node op pull selected")
    thing(page, "op-8").click()

    expect(page.locator(".hf-source .selected")).to_have_text("flat_map(|(src, (_, dst))| [src, dst])")


def test_without_a_picture_the_graph_is_a_table(start: Start, recorded: Recorded) -> None:
    page = start({**recorded, "svg": ""}, known=4)

    table = page.get_by_role("group", name="Graph").get_by_role("table")

    expect(table).to_be_visible()
    expect(table).to_contain_text("source_stream(edges)")


def test_a_tall_picture_that_is_zoomed_follows_the_pointer_that_drags_it(start: Start) -> None:
    flow = hf.compile("source_iter([1])" + " -> map(|n| n + 1)" * 40 + " -> null();", {}, name="tall")
    page = start({**flow.record().to_dict(), "ticks": []}, kernel=False)
    page.set_default_timeout(60_000)
    for _ in range(3):
        button(page, "Zoom in").click()
    picture = page.locator(".hf-picture")
    background = thing(page, "stratum-0")
    before = background.bounding_box()
    frame = picture.bounding_box()
    assert before is not None
    assert frame is not None
    x, y = frame["x"] + 8, frame["y"] + frame["height"] / 2

    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 100, steps=4)
    page.mouse.up()

    after = background.bounding_box()
    assert after is not None
    assert after["y"] - before["y"] == pytest.approx(-100, abs=3)


def test_a_large_graph_is_readable_at_first_from_its_sources_on(start: Start, artifacts: Path) -> None:
    flow = hf.compile(f"all = union(); {LARGE} all -> unique() -> for_each(|n| None);", {}, name="large")
    page = start({**flow.record().to_dict(), "ticks": []}, kernel=False)
    picture = page.locator(".hf-picture")
    frame = picture.bounding_box()
    letters = picture.locator(".node text").first.evaluate(
        "text => Number(text.getAttribute('font-size')) * text.getScreenCTM().a"
    )
    page.screenshot(path=artifacts / "stepper_large.png")

    assert frame is not None
    assert letters >= 10.9
    source = thing(page, "op-2").bounding_box()
    assert source is not None
    assert frame["x"] <= source["x"]
    assert source["x"] + source["width"] <= frame["x"] + frame["width"]
    assert frame["y"] <= source["y"] <= frame["y"] + frame["height"] / 2
    hidden = thing(page, list(flow.graph.to_dict()["ops"])[-1])
    hidden.focus()
    moved = hidden.bounding_box()
    assert moved is not None
    assert frame["x"] <= moved["x"] <= frame["x"] + frame["width"]
    button(page, "Fit").click()
    whole = thing(page, "stratum-0").bounding_box()
    assert whole is not None
    assert frame["x"] <= whole["x"]
    assert whole["x"] + whole["width"] <= frame["x"] + frame["width"]


def test_a_box_folds_by_its_title_or_a_key_and_says_what_it_holds(start: Start, artifacts: Path) -> None:
    page = start(known=4)
    lid = page.get_by_role("button", name=re.compile("^stratum 1, folded: "))

    page.locator(".hf-picture .handle[data-box='stratum-1']").click()
    expect(lid).to_have_attribute("aria-label", "stratum 1, folded: 4 operators, 13 items inside, 2 in, 0 out")
    expect(thing(page, "op-12")).to_be_hidden()
    expect(thing(page, "op-7")).to_be_visible()
    page.screenshot(path=artifacts / "stepper_folded.png")
    button(page, "Step back").click()
    expect(lid).not_to_have_attribute("aria-label", re.compile("13 items"))
    lid.click()
    expect(thing(page, "op-12")).to_be_visible()

    thing(page, "op-12").focus()
    page.keyboard.press("x")
    expect(page.get_by_role("button", name=re.compile("^subgraph 3, folded: "))).to_be_focused()
    page.keyboard.press("Enter")
    expect(thing(page, "op-12")).to_be_focused()
    page.keyboard.press("X")
    expect(page.locator(".hf-picture .node:not(.away)")).to_have_count(0)
    page.locator(".hf-source [data-id='op-7']").click()
    expect(thing(page, "op-7")).to_be_visible()
    expect(page.locator(".hf-picture .lid")).to_have_count(1)


def test_a_module_folds_with_all_its_parts_by_its_title_or_a_key(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, artifacts: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "total.hf").write_text("mod -> map(|x| x) -> filter(|x| x > 1) -> fold(|| 0, |a, x| a + x) -> mod;")
    flow = hf.compile('source_iter([1, 2, 3]) -> import!("total.hf") -> null();', {})
    recording = flow.record()
    flow.run_tick()
    page = start(recording.to_dict(), kernel=False)
    lids = page.locator(".hf-picture .lid")

    page.locator(".hf-picture .handle[data-box='module-1.1']").click()
    expect(lids).to_have_count(2)
    first = page.get_by_role("button", name="total.hf 1/2, folded: 2 operators, 3 items inside, 1 in, 1 out")
    expect(first).to_have_count(1)
    expect(thing(page, "op-4")).to_be_hidden()
    expect(page.locator(".hf-picture .badge:visible text")).to_have_text(["2", "2", "3", "1"])
    page.screenshot(path=artifacts / "stepper_module_folded.png")
    first.click()
    expect(lids).to_have_count(0)

    thing(page, "op-4").focus()
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="total.hf 2/2, folded: 1 operator")).to_be_focused()
    page.keyboard.press("M")
    expect(lids).to_have_count(0)
    thing(page, "op-3").click()
    expect(page.locator(".hf-panelhead")).to_contain_text("operator of total.hf, subgraph 1, stratum 0")


WATCH = """() => {
  window.touched = new Set();
  const listed = (changes) => changes.forEach(({ target }) => touched.add(target.closest("[data-id]")?.dataset.id));
  window.watch = new MutationObserver(listed);
  watch.observe(document.querySelector(".hf-picture > g"), { subtree: true, attributes: true, characterData: true });
}"""


def test_what_is_out_of_sight_is_left_alone_until_it_comes_into_sight(start: Start) -> None:
    edges = hf.channel()
    chains = [f"all -> map(|x| x + {number}) -> filter(|x| True) -> null();" for number in range(40)]
    flow = hf.compile("all = source_stream(edges) -> tee();" + "".join(chains), {"edges": edges})
    recording = flow.record()
    for items in ([1], [1, 2], [1, 2, 3]):
        edges.extend(items)
        flow.run_tick()
    page = start(recording.to_dict(), known=2)
    everything = len(recording.graph.partitioned.nodes) + len(recording.graph.partitioned.handoffs)
    expect(page.locator(".hf-picture .node")).to_have_count(everything)
    ends = page.evaluate("""() => {
      const frame = document.querySelector(".hf-graph").getBoundingClientRect();
      const away = [...document.querySelectorAll(".hf-picture .node")].filter((node) => {
        const box = node.getBoundingClientRect();
        return box.left > frame.right + 200 || box.right < frame.left - 200;
      });
      return away.map((node) => node.dataset.id);
    }""")
    assert len(ends) > 20
    page.evaluate(WATCH)

    button(page, "Step").click()
    expect(status(page)).to_contain_text("tick 2: ")

    touched = set(page.evaluate("() => [...touched]"))
    assert "op-1" in touched
    assert touched.isdisjoint(ends)
    thing(page, ends[-1]).focus()
    expect(thing(page, ends[-1])).to_have_attribute("aria-description", re.compile("^3 in, "))


def test_a_search_jumps_to_operators_and_goes_on_from_one_to_the_next(start: Start) -> None:
    page = start(known=4)
    page.locator(".hf").focus()

    page.keyboard.press("/")
    page.keyboard.type("flat_map")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("1 of 2")
    first = page.get_by_role("tab", selected=True).inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("2 of 2")
    assert page.get_by_role("tab", selected=True).inner_text() != first
    expect(page.locator(".hf-picture .selected")).to_have_attribute("aria-label", re.compile("^flat_map"))
    page.keyboard.type("nowhere")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("none")
    page.keyboard.press("Escape")

    expect(page.get_by_role("search")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(status(page)).to_contain_text("tick 2: ")


def test_a_graph_larger_than_its_pane_has_a_map_that_moves_it(start: Start) -> None:
    flow = hf.compile(f"all = union(); {LARGE} all -> unique() -> for_each(|n| None);", {}, name="large")
    page = start({**flow.record().to_dict(), "ticks": []}, kernel=False)
    little = page.locator(".hf-map")
    frame = little.bounding_box()
    before = page.locator(".hf-picture").get_attribute("viewBox")
    assert frame is not None

    page.mouse.click(frame["x"] + frame["width"] * 0.9, frame["y"] + frame["height"] / 2)

    assert page.locator(".hf-picture").get_attribute("viewBox") != before
    button(page, "Fit").click()
    expect(little).to_be_hidden()
