"""The pages that are written by hand: their links lead somewhere, and their pictures are shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hydroflow_nb import manuals

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "notebooks" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
# The bytes of a picture.
MOST = 160_000


def links(page):
    return re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))


def anchors(page):
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_of_a_page_leads_to_a_file_and_to_a_heading_of_it(page):
    for link in links(page):
        if not re.match(r"\w+:", link):
            name, _, anchor = link.partition("#")
            target = page.parent / name if name else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_every_picture_of_the_manual_is_shown_and_small():
    shown = {
        (page.parent / link).resolve() for page in PAGES for link in links(page) if link.endswith((".png", ".svg"))
    }
    pictures = {*(ROOT / "docs").glob("*.png"), *(ROOT / "docs").glob("*.svg")}
    assert pictures == shown
    assert [picture.name for picture in pictures if picture.stat().st_size > MOST] == []


def test_the_helps_name_every_page_of_the_manual():
    assert sorted(manuals.PAGES) == sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md"))


def test_what_a_docstring_names_of_the_manual_is_there():
    named = [
        (heading, page)
        for folder in ("hydroflow_nb", "magics", "widgets")
        for path in (ROOT / folder).rglob("*.py")
        for heading, page in re.findall(r'More: "([^"]+)" in `(docs/\w+\.md)`', path.read_text(encoding="utf-8"))
    ]
    headings = {
        page: re.findall(r"^#+ (.*)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE) for _, page in named
    }

    assert len(named) > 20
    assert [(heading, page) for heading, page in named if heading not in headings[page]] == []
