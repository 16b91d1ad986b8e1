"""The stepper's page, without a notebook: a recorded run, and a kernel that plays it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import hydroflow_nb as hf
from hydroflow_nb.widgets import bundle
from hydroflow_nb.widgets.stepper.checking import Checking

UNREACHED = """# Which vertices cannot be reached from 0?
arcs = source_stream(edges) -> tee();
reached = union() -> tee();

source_iter([0]) -> [0]reached;
reached[0] -> map(|v| (v, ())) -> [0]hop;
arcs[0] -> [1]hop;
hop = join::<'static>()
    -> flat_map(|(src, (_, dst))| [src, dst]);
hop -> [1]reached;

arcs[1] -> flat_map(|(src, dst)| [src, dst])
    -> filter(|v| v > 0) -> [pos]unreached;
reached[1] -> [neg]unreached;
unreached = difference::<'static>()
    -> for_each(found.append);
"""
BATCHES = ([], [(0, 5)], [(5, 10), (0, 3)], [(10, 3)], [(7, 8), (8, 7)], [(3, 1), (1, 2), (0, 4)])

PAGE = """<!doctype html><meta charset="utf-8"><style>{style}</style>
<style>body {{ margin: 16px; color-scheme: light dark; background: light-dark(#fff, #111); }}
[data-jp-theme-light="true"] {{ color-scheme: light; }} [data-jp-theme-light="false"] {{ color-scheme: dark; }}</style>
<body data-jp-theme-light="true"><div id="stage"></div><div id="second"></div><input id="outside">
<script>{kernel}</script><script type="module">{script}
window.start = (recording, options, stage = "stage") => {{
  const widget = {{ graph: recording.graph, svg: recording.svg }};
  window.kernel = options ? scriptedKernel(recording, options) : null;
  window.cleanup = mount(document.getElementById(stage), options ? widget : recording, window.kernel, window.makers);
}};
</script></body>"""

Recorded = dict[str, Any]
Start = Callable[..., Page]


@pytest.fixture(scope="session")
def unreached() -> Recorded:
    edges = hf.channel()
    flow = hf.compile(UNREACHED, {"edges": edges, "found": []}, name="unreach")
    recording = flow.record()
    for batch in BATCHES:
        edges.extend(batch)
        flow.run_tick()
    return dict(recording.to_dict())


@pytest.fixture
def recorded(unreached: Recorded) -> Recorded:
    """Six ticks of a flow with a cycle, two strata and one input; a copy that the test may change."""
    return deepcopy(unreached)


@pytest.fixture
def start(browser: Browser, repository: Path, recorded: Recorded) -> Iterator[Start]:
    """Opens a page with the stepper: `start(known=4)` with a kernel that ran 4 ticks, `start(kernel=False)` saved."""
    script = (repository / "tests" / "widgets" / "page" / "scripted_kernel.js").read_text(encoding="utf-8")
    html = PAGE.format(style=bundle.stylesheet("stepper"), kernel=script, script=bundle.script("stepper"))
    pages: list[Page] = []
    complaints: list[str] = []

    def open_page(
        recording: Recorded | None = None,
        *,
        kernel: bool = True,
        width: int = 1200,
        before: str = "() => {}",
        **options: object,
    ) -> Page:
        page = browser.new_page(viewport={"width": width, "height": 1000})
        pages.append(page)
        page.set_default_timeout(5_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_content(html)
        page.wait_for_function("() => Boolean(window.start)")
        page.evaluate(before)
        page.evaluate(
            "([recording, options]) => start(recording, options)", [recording or recorded, options if kernel else None]
        )
        if kernel:
            page.wait_for_function(
                "() => kernel.calls.length > 0 && !document.querySelector('[aria-label=Run]').disabled"
            )
        return page

    yield open_page
    for page in pages:
        page.close()
    assert complaints == []


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def step_by(page: Page, grain: str) -> None:
    page.get_by_role("combobox", name="Step by").select_option(grain)


def status(page: Page) -> Locator:
    return page.get_by_role("status")


def cells(page: Page) -> list[list[str]]:
    rows = page.get_by_role("tabpanel").locator("tbody tr")
    return [[cell.strip() for cell in row.locator("td").all_inner_texts()] for row in rows.all()]


def asked(page: Page, kind: str) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = page.evaluate("kind => kernel.calls.filter((call) => call.kind === kind)", kind)
    return calls


def thing(page: Page, element: str) -> Locator:
    return page.locator(f".hf-picture [data-id='{element}']")


def test_controls_have_their_roles_and_names(start: Start) -> None:
    page = start(known=2)

    bar = page.get_by_role("toolbar", name="Stepper")
    for name in ("To start", "Step back", "Step", "To newest", "Run", "Stop"):
        expect(bar.get_by_role("button", name=name, exact=True)).to_have_count(1)
    assert bar.get_by_role("combobox", name="Step by").locator("option").all_inner_texts() == [
        "tick", "stratum", "subgraph", "operator",
    ]  # fmt: skip
    expect(status(page)).to_have_attribute("aria-live", "polite")
    graph = page.get_by_role("group", name="Graph")
    expect(graph.get_by_role("button", name="source_stream(edges)", exact=True)).to_have_attribute("tabindex", "0")
    expect(page.get_by_role("tablist", name="Channels")).to_have_count(1)
    expect(page.get_by_role("searchbox", name="Search items")).to_have_count(1)
    expect(button(page, "Pin")).to_have_count(1)
    form = page.get_by_role("form", name="Inject")
    expect(form.get_by_role("combobox", name="Input")).to_have_count(1)
    expect(form.get_by_role("textbox", name="Item")).to_have_count(1)
    expect(form.get_by_role("button", name="Send")).to_have_count(1)
    expect(form.get_by_role("list", name="Waiting")).to_have_count(1)
    expect(page.get_by_role("slider", name="Tick")).to_have_attribute("aria-valuenow", "1")


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


def test_a_channels_table_says_what_is_new_what_was_consumed_and_what_is_carried(start: Start) -> None:
    page = start(known=6)
    step_by(page, "subgraph")
    button(page, "Step back").click()
    button(page, "Step back").click()

    thing(page, "handoff-4").click()

    expect(page.get_by_role("tabpanel", name="tee ⇥ difference[neg]")).to_be_visible()
    assert [row[2].partition("\n")[0] for row in cells(page)] == ["+new"] * 2 + ["carried"] * 12
    button(page, "To newest").click()
    assert {row[2].partition("\n")[0] for row in cells(page)} == {"−consumed"}


def test_pinned_tables_follow_time_and_a_preview_gives_way(start: Start) -> None:
    page = start(known=4)
    thing(page, "op-7").click()
    button(page, "Pin").click()
    thing(page, "op-8").click()
    thing(page, "op-4").click()

    tabs = page.get_by_role("tab").all_inner_texts()

    assert [name.strip() for name in tabs] == ["join (hop)", "tee (reached)"]
    expect(button(page, "Pin")).to_have_attribute("aria-pressed", "false")


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


def test_search_keeps_the_rows_that_contain_the_text(start: Start) -> None:
    page = start(known=4)
    thing(page, "op-7").click()

    page.get_by_role("searchbox", name="Search items").fill("(10")

    items = [row[2] for row in cells(page)]
    assert items
    assert all("(10" in item for item in items)
    expect(page.locator(".hf-find .shown")).to_contain_text(f"{len(items)} found in ")


def test_a_table_of_more_than_200_rows_is_fetched_by_pages(start: Start, recorded: Recorded) -> None:
    recording = recorded
    step = next(step for step in recording["ticks"][0]["steps"] if step["op"] == "op-5")
    edge = next(iter(step["moves"]))
    step["moves"][edge] = {"count": 1500, "items": [f"item {number}" for number in range(200)]}
    page = start(recording, known=1)
    page.locator(f".hf-picture [data-id='{edge}'] .hit").dispatch_event("click")

    expect(page.locator(".hf-find .shown")).to_have_text("0 to 199 of 1,500 shown")
    button(page, "Next rows").click()

    expect(page.get_by_role("tabpanel").locator("tbody tr").first).to_contain_text("item 200")
    assert [call["offset"] for call in asked(page, "page")] == [200]
    for _ in range(5):
        button(page, "Next rows").click()
    expect(page.get_by_role("tabpanel").locator("tbody tr").first).to_contain_text("not kept")
    assert page.get_by_role("tabpanel").locator("tbody tr").count() <= 200


def test_a_search_says_how_many_rows_it_could_read(start: Start, recorded: Recorded) -> None:
    step = next(step for step in recorded["ticks"][0]["steps"] if step["op"] == "op-5")
    edge = next(iter(step["moves"]))
    step["moves"][edge] = {"count": 1500, "items": [f"item {number}" for number in range(200)]}
    page = start(recorded, known=1)
    page.locator(f".hf-picture [data-id='{edge}'] .hit").dispatch_event("click")

    page.get_by_role("searchbox", name="Search items").fill("item 1499")

    expect(page.locator(".hf-find .shown")).to_have_text("0 found in 1,000 items; 500 not kept")


def test_items_that_were_not_kept_are_one_row_and_a_search_reads_all_that_were(
    start: Start, recorded: Recorded
) -> None:
    step = next(step for step in recorded["ticks"][0]["steps"] if step["op"] == "op-5")
    edge = next(iter(step["moves"]))
    items = [f"item {number}" for number in (*range(100), *range(18_500, 30_000))]
    step["moves"][edge] = {"count": 30_000, "items": items, "kept": len(items), "gaps": [[100, 18_400]]}
    recorded["ticks"] = recorded["ticks"][:1]
    page = start(recorded, kernel=False)
    page.locator(f".hf-picture [data-id='{edge}'] .hit").dispatch_event("click")
    rows, shown = page.get_by_role("tabpanel").locator("tbody tr"), page.locator(".hf-find .shown")

    expect(rows.nth(100)).to_have_text("… 18,400 items not kept …")
    expect(rows.nth(101)).to_contain_text("item 18500")
    expect(rows.nth(101).locator("td").first).to_have_text("18500")
    expect(shown).to_have_text("0 to 18,598 of 30,000 shown; 18,400 not kept")
    rows.nth(100).click()
    page.get_by_role("searchbox", name="Search items").fill("item 2999")

    expect(shown).to_have_text("10 found in 11,600 items; 18,400 not kept")
    expect(rows).to_have_count(10)
    expect(rows.last).to_contain_text("item 29999")


def test_a_long_item_unfolds_to_its_whole_text(start: Start, recorded: Recorded) -> None:
    recording = recorded
    for step in recording["ticks"][0]["steps"]:
        for move in step["moves"].values():
            move["items"] = ["x" * 150 + "… (9,000 characters)"] * move["count"]
    page = start(recording, known=1)
    thing(page, "op-4").click()
    row = page.get_by_role("tabpanel").locator("tbody tr").first

    row.click()

    expect(row).to_contain_text("the whole of item 0")


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


def test_a_flow_that_was_replaced_can_be_looked_at_only(start: Start) -> None:
    page = start(known=3)

    page.evaluate("kernel.close('this flow was replaced by a newer run of the cell')")

    expect(page.locator(".hf-fault")).to_have_text("this flow was replaced by a newer run of the cell")
    for name in ("Step", "Run", "Send"):
        expect(button(page, name)).to_be_disabled()
    button(page, "Step back").click()
    expect(status(page)).to_contain_text("tick 1: ")


def test_keys_step_change_the_grain_and_leave_ctrl_to_the_notebook(start: Start) -> None:
    page = start(known=4)
    page.locator(".hf").focus()

    page.keyboard.press("ArrowLeft")
    expect(status(page)).to_contain_text("tick 2: ")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("combobox", name="Step by")).to_have_value("stratum")
    page.keyboard.press("n")
    expect(status(page)).to_contain_text("tick 3, stratum 0")
    page.keyboard.press("Home")
    expect(status(page)).to_contain_text("before the first recorded tick")
    page.keyboard.press("End")
    expect(status(page)).to_contain_text("tick 3, stratum 1")
    page.evaluate(
        """() => { window.heard = []; addEventListener("keydown", (event) =>
            heard.push([event.key, Boolean(document.querySelector("[data-lm-suppress-shortcuts]"))])); }"""
    )
    page.keyboard.press("z")
    page.keyboard.press("Control+s")

    assert ["z", True] in page.evaluate("heard")
    assert ["s", False] in page.evaluate("heard")


def test_keys_do_nothing_while_the_focus_is_elsewhere(start: Start) -> None:
    page = start(known=4)
    page.locator("#outside").focus()

    page.keyboard.press("ArrowLeft")
    page.keyboard.press("n")

    expect(status(page)).to_contain_text("tick 3: ")
    expect(page.locator("#outside")).to_have_value("n")


def test_tab_goes_along_the_edges_and_enter_opens_a_table(start: Start) -> None:
    page = start(known=4)
    thing(page, "op-1").focus()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("tab", selected=True)).to_contain_text("tee")
    page.keyboard.press("e")
    expect(page.get_by_role("tab", selected=True)).to_contain_text("source_stream → tee")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(".hf-picture .selected")).to_have_count(0)


def test_one_selection_for_the_text_and_the_graph(start: Start) -> None:
    page = start(known=4)
    written = page.locator(".hf-source [data-id='op-7']")

    written.hover()
    expect(thing(page, "op-7")).to_have_class("node op pull hot")
    written.click()
    expect(thing(page, "op-7")).to_have_class("node op pull selected")
    thing(page, "op-8").click()

    expect(page.locator(".hf-source .selected")).to_have_text("flat_map(|(src, (_, dst))| [src, dst])")


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


def test_html_in_items_and_names_is_text(start: Start, recorded: Recorded) -> None:
    bad = "<img src=x onerror='window.pwned=1'><script>window.pwned=1</script>"
    recording = recorded
    recording["graph"]["ops"]["op-7"]["text"] = bad
    recording["graph"]["name"] = bad
    for step in recording["ticks"][0]["steps"]:
        for move in step["moves"].values():
            move["items"] = [bad] * move["count"]
    run = "window.pwned=1"
    hostile = f"<script>{run}</script><foreignObject><body onload='{run}'/></foreignObject>"
    hostile += f'<a href="javascript:{run}" onclick="{run}"><g id="op-77"/></a><g onclick="{run}" id="op-7"'
    recording["svg"] = recording["svg"].replace('<g id="op-7"', hostile)
    page = start(recording, known=1, waiting={"edges": [bad]})

    thing(page, "op-4").click()
    thing(page, "op-7").click()

    expect(page.get_by_role("list", name="Waiting")).to_contain_text("<img src=x")
    expect(page.locator(".hf-panelhead")).to_contain_text("<script>")
    assert page.evaluate("window.pwned") is None
    assert page.locator(".hf img, .hf script, .hf foreignObject, .hf a, .hf [onclick]").count() == 0


def test_two_views_on_one_page_keep_apart(start: Start, recorded: Recorded) -> None:
    page = start(known=4)
    page.evaluate("recording => start(recording, null, 'second')", recorded)
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((element) => element.id)")

    page.locator("#second").get_by_role("button", name="Step back").click()

    assert len(ids) == len(set(ids))
    expect(page.locator("#stage").get_by_role("status")).to_contain_text("tick 3: ")
    expect(page.locator("#second").get_by_role("status")).to_contain_text("tick 4: ")


def test_a_saved_recording_steps_without_a_kernel(start: Start) -> None:
    page = start(kernel=False)
    expect(status(page)).to_contain_text("tick 5: ")

    button(page, "Step back").click()

    expect(status(page)).to_contain_text("tick 4: ")
    expect(button(page, "Run")).to_be_hidden()
    expect(page.get_by_role("form", name="Inject")).to_be_hidden()
    button(page, "Step").click()
    expect(button(page, "Step")).to_be_disabled()


def test_without_a_picture_the_graph_is_a_table(start: Start, recorded: Recorded) -> None:
    page = start({**recorded, "svg": ""}, known=4)

    table = page.get_by_role("group", name="Graph").get_by_role("table")

    expect(table).to_be_visible()
    expect(table).to_contain_text("source_stream(edges)")


def test_a_tall_picture_that_is_zoomed_follows_the_pointer_that_drags_it(start: Start) -> None:
    flow = hf.compile("source_iter([1])" + " -> map(|n| n + 1)" * 40 + " -> null();", {}, name="tall")
    page = start({**flow.record().to_dict(), "ticks": []}, kernel=False)
    page.set_default_timeout(5_000)
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


LARGE = "".join(
    f"source_iter([{chain}]) -> map(|n| n + {chain}) -> filter(|n| n > 0) -> map(|n| (n, n)) -> [{chain}]all;"
    for chain in range(9)
)


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


FEATURE = """() => {
  window.makers = [({ view, act }) => {
    const button = Object.assign(document.createElement("button"), { textContent: "Probe" });
    button.addEventListener("click", () => act.showTab("probe"));
    const element = document.createElement("p");
    const octagon = "M5 1h6l4 4v6l-4 4H5l-4-4V5z";
    return {
      buttons: [button],
      keys: [{ key: "x", meaning: "probe", press: (at) => { window.lit = at.id; act.redraw(); } }],
      tabs: {
        probe: { element, label: () => "the probe", draw: () => { element.textContent = `at ${view.cursor.tick}`; } },
        inner: { element: document.createElement("i"), label: (id) => `inside ${id}`, draw() {},
          beside: (id) => id === "op-7" },
      },
      mark: (id) => id === window.lit ? { classes: "lit", badge: "12", sign: octagon, words: "holds 12" } : null,
    };
  }];
}"""


def test_a_feature_adds_a_button_a_key_tabs_and_marks(start: Start, artifacts: Path) -> None:
    page = start(known=4, before=FEATURE)
    button(page, "Probe").click()
    expect(page.get_by_role("tabpanel", name="the probe").locator("p")).to_have_text("at 3")
    button(page, "Step back").click()
    expect(page.get_by_role("tabpanel", name="the probe").locator("p")).to_have_text("at 2")

    thing(page, "op-7").click()
    expect(page.get_by_role("tab", name="inside op-7")).to_have_attribute("aria-selected", "false")
    page.keyboard.press("x")
    expect(thing(page, "op-7")).to_have_class(re.compile(r"\blit\b"))
    expect(thing(page, "op-7")).to_have_attribute("aria-description", re.compile("holds 12"))
    expect(thing(page, "op-7").locator(".mark-of text")).to_have_text("12")
    page.screenshot(path=artifacts / "stepper_marked.png")
    page.evaluate("lit = 'edge-3'")
    button(page, "Step back").click()

    expect(page.locator(".hf-picture .mark-of")).to_have_count(1)
    expect(thing(page, "edge-3")).to_have_class(re.compile(r"\blit\b"))
    expect(thing(page, "edge-3")).to_have_attribute("aria-label", re.compile("holds 12"))
    page.evaluate("lit = null")
    button(page, "Step").click()
    expect(page.locator(".hf-picture :is(.mark-of, .lit)")).to_have_count(0)


def settled(page: Page) -> int:
    """How many steps the kernel was asked for, once none is asked for any more."""
    before = -1
    while before != (now := len(asked(page, "step"))):
        before = now
        page.wait_for_timeout(400)
    return now


def many(recording: Recorded, count: int) -> Recorded:
    last = recording["ticks"][-1]
    return {**recording, "ticks": [{**last, "tick": number} for number in range(count)]}


def test_presses_during_a_step_are_one_step_each(start: Start) -> None:
    page = start(known=0, slow=400)
    page.locator(".hf").focus()

    for _ in range(2):
        page.keyboard.press("n")
    button(page, "Step").click()
    expect(page.locator(".hf-where .next")).to_have_text("running … and 2 more")

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

    for _ in range(30):
        page.keyboard.down("ArrowRight")
        page.wait_for_timeout(20)
    page.keyboard.up("ArrowRight")
    during = len(asked(page, "step"))

    assert 2 <= during <= 20
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


NAMED = """() => {
  const stop = document.activeElement;
  if (!stop.closest(".hf")) return "outside";
  const words = stop.getAttribute("aria-label") || stop.textContent.trim() || stop.labels?.[0]?.textContent;
  return words ? stop.tagName : `${stop.tagName} ${stop.getAttribute("class")}`;
}"""


@pytest.mark.parametrize("width", [1200, 600])
def test_every_stop_of_tab_has_a_name(start: Start, width: int) -> None:
    flow = hf.compile(f"all = union(); {LARGE} all -> unique() -> for_each(|n| None);", {}, name="large")
    recording = flow.record()
    flow.run_tick()
    page = start(recording.to_dict(), known=1, width=width)
    page.locator("body").press("Tab")

    stops = []
    while (stop := page.evaluate(NAMED)) != "outside" and len(stops) < 150:
        stops.append(stop)
        page.keyboard.press("Tab")

    assert 50 < len(stops) < 150
    assert set(stops) <= {"DIV", "BUTTON", "SELECT", "INPUT", "g", "TR"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(start: Start, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed here")
    script = (Path(axe.__path__[0]) / "axe.min.js").read_text(encoding="utf-8")
    page = start(known=6, waiting={"edges": ["(5, 7)"]})
    page.evaluate("light => { document.body.dataset.jpThemeLight = light; }", str(theme == "light").lower())
    step_by(page, "operator")
    button(page, "Step back").click()
    thing(page, "op-7").click()
    button(page, "Pin").click()
    page.keyboard.press("/")
    page.locator(".hf-picture .handle[data-box='stratum-1']").click()
    page.evaluate(script)

    found = page.evaluate("() => axe.run('.hf')")["violations"]

    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in serious] == []


WATCHED = """() => {
  window.touched = new Set();
  new MutationObserver((changes) => changes.forEach(({ target }) => touched.add(
    (target.nodeType === 3 ? target.parentElement : target).closest("[data-id], .badge") ?? target,
  ))).observe(document.querySelector(".hf-picture"), {
    attributes: true, childList: true, characterData: true, subtree: true });
}"""


def test_a_step_touches_only_what_changes_in_the_picture(start: Start) -> None:
    page = start(known=6)
    step_by(page, "operator")
    for _ in range(8):
        button(page, "Step back").click()
    page.evaluate(WATCHED)

    button(page, "Step").click()
    page.wait_for_timeout(100)
    step = page.evaluate("touched.size")
    page.evaluate("touched.clear()")
    thing(page, "op-7").hover()
    page.wait_for_timeout(100)

    assert 1 <= step <= 14  # two operators, their edges with their numbers, boxes: of 53
    assert page.evaluate("touched.size") <= 2


COUNTED = """() => { window.draws = 0; window.makers = [({ act }) => {
  window.redraw = act.redraw;
  return { draw() { window.draws += 1; } };
}]; }"""


def test_what_happens_within_a_frame_is_drawn_once_with_the_next_one(start: Start) -> None:
    page = start(known=4, before=COUNTED)

    page.evaluate("""() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
        draws = 0; for (let time = 0; time < 100; time += 1) redraw();
        requestAnimationFrame(() => requestAnimationFrame(done)); })))""")

    assert page.evaluate("draws") == 2


def test_cleanup_leaves_nothing_behind(start: Start) -> None:
    page = start(known=2)

    page.evaluate("cleanup()")
    page.keyboard.press("ArrowLeft")

    assert page.locator("#stage > *").count() == 0


@pytest.mark.parametrize("width", [1200, 700, 420])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_overflows_and_text_has_contrast(start: Start, artifacts: Path, theme: str, width: int) -> None:
    page = start(known=6, width=width, waiting={"edges": ["(5, 7)", "(4, 2)"]})
    page.evaluate("light => { document.body.dataset.jpThemeLight = light; }", str(theme == "light").lower())
    step_by(page, "operator")
    thing(page, "handoff-4").focus()
    thing(page, "handoff-4").click()
    button(page, "Pin").click()
    for _ in range(25):
        button(page, "Step back").click()
    thing(page, "op-7").focus()
    thing(page, "op-7").click()

    page.screenshot(path=artifacts / f"stepper_{theme}_{width}.png", full_page=True)

    overflow = page.evaluate(
        "() => { const hf = document.querySelector('.hf'); return hf.scrollWidth - hf.clientWidth; }"
    )
    assert overflow <= 0
    ink, ground = page.evaluate(
        """() => { const read = (name) => { const s = document.createElement("span"); s.style.color = `var(${name})`;
        document.querySelector(".hf").append(s); const c = getComputedStyle(s).color; s.remove();
        return c.match(/[\\d.]+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0); };
        return [read("--hf-ink"), read("--hf-ground")]; }"""
    )
    assert (ink < ground) == (theme == "light")


def test_share_gives_the_cells_of_the_kernel_and_downloads_its_page(start: Start, tmp_path: Path) -> None:
    page = start(known=2)

    button(page, "Share").click()
    expect(page.locator(".hf-cell pre")).to_have_text(["%%hydroflow unreach", "unreach.run_tick()"])
    with page.expect_download() as download:
        button(page, "Download the page").click()
    button(page, "Close sharing").click()

    assert download.value.suggested_filename == "unreach.html"
    download.value.save_as(tmp_path / "run.html")
    assert (tmp_path / "run.html").read_text() == "<!doctype html><title>Run of unreach</title>"
    expect(page.locator(".hf-share")).to_be_hidden()
