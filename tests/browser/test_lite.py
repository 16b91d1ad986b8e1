"""The tutorials in JupyterLite, whose kernel runs in the page: `make lite` builds it into site/lite."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Request, Route, expect

PATIENCE = 110_000  # milliseconds


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, logs nothing, and counts their bytes."""

    sent = 0

    def log_message(self, *_: Any) -> None:
        pass

    def send_header(self, keyword: str, value: str) -> None:
        if keyword == "Content-Length":
            Quiet.sent += int(value)
        super().send_header(keyword, value)


@pytest.fixture(scope="module")
def address(repository: Path) -> Iterator[str]:
    site = repository / "site" / "lite"
    if not (site / "lab" / "index.html").is_file():
        pytest.skip("`make lite` builds the site that this tests")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "notebook",
    [
        *("01_first_flow", "02_reachability", "04_key_value_store", "05_replicated_store"),
        *("13_two_phase_commit", "14_leader_election", "15_sharded_counter"),
    ],
)
def test_a_tutorial_runs_in_a_page_that_asks_no_other_machine(
    address: str, browser: Browser, artifacts: Path, notebook: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    outside: list[str] = []
    Quiet.sent = 0

    def only_this_machine(route: Route, request: Request) -> None:
        if urlsplit(request.url).hostname in ("127.0.0.1", None):
            route.continue_()
        else:
            outside.append(request.url)
            route.abort()

    context.route("**/*", only_this_machine)
    began = time.monotonic()
    page.goto(f"{address}/lab/index.html?path={notebook}.ipynb")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=PATIENCE)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for(timeout=PATIENCE)
    page.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click()
    page.locator(".lm-Menu-itemLabel", has_text="Run All Cells").first.click()
    page.locator(".jp-OutputArea-output svg").first.wait_for(timeout=PATIENCE, state="attached")
    seconds = time.monotonic() - began
    page.wait_for_function(
        "() => ![...document.querySelectorAll('.jp-InputPrompt')].some(one => one.textContent.includes('*'))",
        timeout=PATIENCE,
    )
    print(f"{notebook}: first picture after {seconds:.1f} s, {Quiet.sent / 1e6:.0f} MB")
    page.screenshot(path=artifacts / f"lite-{notebook}.png")

    errors = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']").all_inner_texts()
    # One cell of the first tutorial is meant to fail.
    assert [text for text in errors if "ZeroDivisionError" not in text] == []
    assert outside == []
    context.close()


def test_mistakes_are_underlined_there_and_the_pointer_and_shift_tab_show_the_pages_of_operators(
    address: str, browser: Browser, artifacts: Path
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/lab/index.html?path=01_first_flow.ipynb")
    first = page.locator(".jp-CodeCell").first
    first.locator(".cm-content").click(timeout=PATIENCE)
    page.keyboard.press("Control+Enter")
    expect(first.locator(".jp-InputPrompt")).to_have_text("[1]:", timeout=PATIENCE)
    flow = page.locator(".jp-CodeCell", has_text="%%hydroflow").first
    flow.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nsource_iter([1]) -> mapp(|x| x) -> for_each(print);")
    page.keyboard.press("Escape")

    expect(flow.locator(".cm-lintRange-error").first).to_have_text("mapp")
    operator = flow.locator(".cm-line span").filter(has_text="source_iter").last
    operator.hover()
    expect(page.locator(".hydroflow-page")).to_contain_text("source_iter(iterable)")
    page.screenshot(path=artifacts / "lite-editor.png")
    page.mouse.move(0, 0)
    operator.click()
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".jp-Tooltip")).to_contain_text("source_iter(iterable)")
    page.close()
