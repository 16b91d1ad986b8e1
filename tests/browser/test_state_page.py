"""The tabs "state" of a saved page: no kernel, no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import hydroflow_nb as hf
from hydroflow_nb.lattices import SetUnion
from hydroflow_nb.widgets import bundle

SHOP = """# What each customer ordered, and who is known.
orders = source_stream(ordered) -> tee();
orders -> [0]both;
source_stream(prices) -> [1]both;
both = join::<'static>()
    -> unique::<'static>()
    -> map(|(thing, (who, price))| (who, price))
    -> bill;
bill = fold_keyed::<'static>(|| 0, |sum, price| sum + price)
    -> for_each(|_| None);
known = orders -> map(|(_, who)| SetUnion({who})) -> state::<'static, SetUnion>();
"""
TICKS: tuple[tuple[list[Any], list[Any]], ...] = (
    ([("tea", "ada")], [("tea", 3), ("cake", 4)]),
    ([("cake", "ada"), ("<script>window.hacked = 1</script>", "bob")], []),
    ([("cake", "bob")], [("coffee", 2)]),
)
PAGE = """<!doctype html><meta charset="utf-8"><style>{style}</style>
<style>body {{ margin: 16px; color-scheme: light dark; background: light-dark(#fff, #111); }}
[data-jp-theme-light="true"] {{ color-scheme: light; }} [data-jp-theme-light="false"] {{ color-scheme: dark; }}</style>
<body data-jp-theme-light="true"><div id="stage"></div><script type="module">{script}
window.start = (recording) => mount(document.getElementById("stage"), recording);</script></body>"""


def recorded() -> dict[str, Any]:
    ordered, prices = hf.channel(), hf.channel()
    flow = hf.compile(SHOP, {"ordered": ordered, "prices": prices, "SetUnion": SetUnion}, name="shop")
    recording = flow.record()
    for some, more in TICKS:
        ordered.extend(some)
        prices.extend(more)
        flow.run_tick()
    return dict(recording.to_dict())


@pytest.fixture
def page(browser: Browser) -> Any:
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.route("**/*", lambda route: route.abort())
    opened.set_content(PAGE.format(style=bundle.stylesheet("stepper"), script=bundle.script("stepper")))
    opened.evaluate("window.start", recorded())
    yield opened
    opened.close()


def open_state(page: Page, operator: str) -> None:
    page.locator(f'[aria-label^="{operator}::"]').first.click()
    page.get_by_role("tab", name="state of").first.click()


def test_looking_back_shows_the_state_of_then(page: Page, artifacts: Path) -> None:
    open_state(page, "join")

    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("join after tick 2 holds 7 items")
    expect(panel.get_by_role("table").first.locator("tbody tr").first).to_contain_text("'cake'")
    expect(panel.locator("tr.add").first).to_contain_text("new")
    page.screenshot(path=artifacts / "state_light.png")
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    page.wait_for_timeout(400)  # colours go over slowly
    page.screenshot(path=artifacts / "state_dark.png")

    page.get_by_role("button", name="Step back").click()
    expect(panel).to_contain_text("join after tick 1 holds 5 items")
    page.get_by_role("button", name="To start").click()
    expect(panel).not_to_contain_text("holds")


def test_the_size_stands_at_the_node_and_what_changed_inside_is_shown(page: Page, artifacts: Path) -> None:
    open_state(page, "fold_keyed")

    expect(page.get_by_text("holds 2 items").first).to_be_attached()
    expect(page.get_by_role("tabpanel").locator("tr.changed, tr.add").first).to_be_visible()
    assert page.evaluate("window.hacked") is None
    page.screenshot(path=artifacts / "state_fold.png")


def test_a_chosen_metric_stands_at_each_operator_with_a_legend(page: Page, artifacts: Path) -> None:
    chooser = page.get_by_role("combobox", name="Numbers at operators")

    chooser.select_option("items")

    legend = page.get_by_role("group", name="Numbers")
    expect(legend).to_contain_text("items that came to each operator; of a source those that left it in tick 2")
    assert page.locator(".hf-picture .heat-5").count() >= 1
    # No kernel: what has to be measured is not offered.
    assert chooser.locator("option").all_inner_texts() == [
        "numbers",
        "items",
        "state size",
        "selectivity",
        "rounds",
    ]
    page.get_by_role("combobox", name="Of which ticks").select_option("all")
    expect(legend).to_contain_text("in ticks 0 to 2")
    page.wait_for_timeout(400)
    page.screenshot(path=artifacts / "metric_light.png")
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    page.wait_for_timeout(400)
    page.screenshot(path=artifacts / "metric_dark.png")
    chooser.select_option("")
    expect(legend).to_be_hidden()
