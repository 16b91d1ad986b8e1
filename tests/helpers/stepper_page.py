"""The stepper's page as tests see it: what stands on it, and what its kernel was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page

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
# Many operators.
LARGE = "".join(
    f"source_iter([{chain}]) -> map(|n| n + {chain}) -> filter(|n| n > 0) -> map(|n| (n, n)) -> [{chain}]all;"
    for chain in range(9)
)

Recorded = dict[str, Any]
Start = Callable[..., Page]


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
