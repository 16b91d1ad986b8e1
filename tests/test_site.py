"""`make site`: static pages of the manuals and the tutorials, with runs that can be stepped."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest


class Addresses(HTMLParser):
    """The addresses that a page loads by itself, and those that a reader can go to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self.links.append(given.get("href") or "")
        else:
            self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "data")]


@pytest.fixture(scope="module")
def site(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site with one tutorial, built once."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "lite").mkdir()
    (folder / "lite" / "index.html").write_text("<!doctype html>")
    command = [sys.executable, ".ci/site.py", str(folder), "01_first_flow"]
    subprocess.run(command, cwd=repository, check=True, capture_output=True, timeout=100)
    return folder


def test_every_manual_and_the_tutorial_are_pages(site: Path, repository: Path) -> None:
    manuals = {path.stem for path in (repository / "docs").glob("*.md")}

    assert {path.stem for path in site.glob("*.html")} == manuals | {"index", "01_first_flow"}


def test_no_page_loads_anything_from_elsewhere_and_every_link_leads_somewhere(site: Path) -> None:
    for path in site.glob("*.html"):
        found = Addresses(path.read_text(encoding="utf-8"))
        for address in found.loaded:
            assert not urlsplit(address).scheme or address.startswith("data:"), f"{path.name} loads {address[:80]}"
        for address in (*found.loaded, *found.links):
            parts = urlsplit(address)
            if not parts.scheme and parts.path:
                assert (site / unquote(parts.path)).exists(), f"{path.name} leads to {address}"


def test_the_runs_of_the_tutorial_are_pages_with_ticks(site: Path) -> None:
    page = (site / "01_first_flow.html").read_text(encoding="utf-8")

    runs = re.findall(r'src="(runs/[^"]+)"', page)
    assert len(runs) >= 3
    for run in runs:
        data = re.search(r'<script type="application/json">(.*?)</script>', (site / run).read_text(encoding="utf-8"))
        assert data is not None
        assert json.loads(data[1])["ticks"]
    assert "srcdoc" not in page
    assert "already loaded" not in page


def test_where_jupyterlite_was_built_the_site_links_to_it(site: Path) -> None:
    assert 'href="lite/index.html"' in (site / "index.html").read_text(encoding="utf-8")
