"""The tables of channels: what is new, pins, pages, search, and items that are long or were not kept."""

from __future__ import annotations

from playwright.sync_api import expect
from stepper_page import Recorded, Start, asked, button, cells, step_by, thing


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


def test_the_whole_text_of_an_item_does_not_take_a_row_from_under_the_pointer(start: Start, recorded: Recorded) -> None:
    for step in recorded["ticks"][0]["steps"]:
        for move in step["moves"].values():
            move["items"] = ["x" * 150 + "… (9,000 characters)"] * move["count"]
    page = start(recorded, known=1)
    thing(page, "op-4").click()
    rows = page.get_by_role("tabpanel").locator("tbody tr")

    # The kernel is asked by the click, and answers while another row is pressed, whose release somebody else stops.
    is_there = page.get_by_role("tabpanel").evaluate(
        """async panel => {
            panel.querySelector("tbody tr").click();
            const pressed = [...panel.querySelectorAll("tbody tr")].at(-1);
            panel.addEventListener("pointerup", event => event.stopPropagation());
            pressed.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
            await new Promise(done => setTimeout(done, 200));
            return pressed.isConnected;
        }"""
    )
    assert is_there
    rows.last.dispatch_event("pointerup")

    expect(rows.first).to_contain_text("the whole of item 0")
