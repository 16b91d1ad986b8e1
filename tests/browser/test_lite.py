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
from playwright.sync_api import Browser, Request, Route

PATIENCE = 110_000  # milliseconds


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


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


@pytest.mark.parametrize("notebook", ["01_first_flow", "02_reachability", "04_key_value_store", "05_replicated_store"])
def test_a_tutorial_runs_in_a_page_that_asks_no_other_machine(
    address: str, browser: Browser, artifacts: Path, notebook: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    outside: list[str] = []
    loaded = [0]

    def only_this_machine(route: Route, request: Request) -> None:
        if urlsplit(request.url).hostname in ("127.0.0.1", None):
            route.continue_()
        else:
            outside.append(request.url)
            route.abort()

    def add(response: Any) -> None:
        loaded[0] += int(response.headers.get("content-length", 0))

    context.route("**/*", only_this_machine)
    context.on("response", add)
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
    print(f"{notebook}: first picture after {seconds:.1f} s, {loaded[0] / 1e6:.0f} MB")
    page.screenshot(path=artifacts / f"lite-{notebook}.png")

    errors = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']").all_inner_texts()
    # One cell of the first tutorial is meant to fail.
    assert [text for text in errors if "ZeroDivisionError" not in text] == []
    assert outside == []
    context.close()
