"""Builds the site: the manuals as pages, and the tutorials as pages whose runs can be stepped. All of it is static.

Usage: python .ci/site.py FOLDER [TUTORIAL...]

Each tutorial is run, and each picture of a flow in it is a page of the run in a frame, in a file of its own under
`runs/`. Without names all tutorials are built. A folder `lite/` that is there, as `make lite` leaves it, is linked to.
No page asks another machine for anything.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Container, Iterable, Sequence
from html import escape, unescape
from pathlib import Path
from typing import Final

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter

ROOT: Final = Path(__file__).resolve().parent.parent
# The manuals in the order in which they are listed, with what they are called there.
MANUALS: Final = {
    "understanding": "Understanding a run",
    "systems": "Systems",
    "deploying": "Deploying",
    "workloads": "Workloads",
    "correctness": "The same in every run",
    "networks": "Networks",
    "durable": "Flows that are kept",
    "operators": "Operators",
    "errors": "Errors and warnings",
    "editor": "Writing in the editor",
    "pictures": "The picture of a run",
    "performance": "Speed",
    "rust": "A flow as a Rust program",
    "architecture": "How the package is built",
}
_SHARE: Final = "get_ipython().config.HydroflowMagics.share = True"
_FRAME: Final = re.compile(r'(<iframe class="hf-frame"[^>]*) srcdoc="([^"]*)"></iframe>(?:<img [^>]*>)?')
_PICTURES: Final = ("application/vnd.jupyter.widget-view+json", "image/svg+xml")
_LINK: Final = re.compile(r'<a href="(?!https?:|#)(?:\.\./|docs/|notebooks/)*([^"#]*)(#[^"]*)?">(.*?)</a>', re.DOTALL)
_IMAGE: Final = re.compile(r'(src=")(?:\.\./)?docs/')

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="stylesheet" href="site.css"></head>
<body><nav>{nav}</nav><main>
{body}
</main></body></html>
"""
_STYLE: Final = """
:root { color-scheme: light dark; --line: color-mix(in srgb, CanvasText 18%, transparent);
  --sunk: color-mix(in srgb, CanvasText 5%, transparent); }
body { margin: 0; display: grid; grid-template-columns: 230px minmax(0, 1fr); background: Canvas; color: CanvasText;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
nav { padding: 20px 18px; border-right: 1px solid var(--line); font-size: 14px; }
nav b { display: block; margin: 18px 0 4px; } nav a { display: block; padding: 2px 0; color: inherit; }
nav a:first-child { font-size: 17px; font-weight: 600; } nav [aria-current] { font-weight: 600; text-decoration: none; }
main { padding: 12px 32px 60px; max-width: 1240px; box-sizing: border-box; width: 100%; }
main > :is(p, ul, ol, h1, h2, h3, table, blockquote) { max-width: 46em; }
code, pre { font-family: Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 13px; }
pre { background: var(--sunk); border: 1px solid var(--line); border-radius: 3px; padding: 8px 12px; overflow: auto;
  line-height: 1.45; }
:not(pre) > code { background: var(--sunk); padding: 1px 3px; border-radius: 3px; }
.highlight, .highlight pre { background: none; margin: 0; }
div.highlight pre { background: var(--sunk); margin: 10px 0; }
table { border-collapse: collapse; margin: 12px 0; } th, td { border: 1px solid var(--line); padding: 3px 9px;
  text-align: left; vertical-align: top; font-size: 14px; }
img, svg { max-width: 100%; height: auto; } .anchor-link { display: none; }
.text_cell_render, .jp-RenderedMarkdown { max-width: 46em; } iframe { margin: 6px 0; }
.output_wrapper, .jp-OutputArea { overflow-x: auto; } .prompt, .jp-InputPrompt, .jp-OutputPrompt { display: none; }
@media (max-width: 800px) { body { display: block; } nav { border: 0; } main { padding: 0 16px 40px; } }
"""


def main(target: Path, wanted: Sequence[str]) -> None:
    """Leave the site in a folder; what else is in it stays."""
    target.mkdir(parents=True, exist_ok=True)
    (target / "runs").mkdir(exist_ok=True)
    found = sorted((ROOT / "notebooks").glob("*.ipynb"))
    tutorials = [one for one in found if not wanted or one.stem in wanted]
    titles = {one.stem: title_of(nbformat.read(one, as_version=4), one.stem) for one in tutorials}
    pages = {"index", *MANUALS, *titles}
    has_lite = (target / "lite" / "index.html").is_file()

    def write(name: str, title: str, body: str) -> None:
        page = _PAGE.format(title=escape(title), nav=navigation(name, titles, has_lite=has_lite), body=body)
        (target / f"{name}.html").write_text(page, encoding="utf-8")

    (target / "site.css").write_text(_STYLE + colours(), encoding="utf-8")
    for picture in [*(ROOT / "docs").glob("*.png"), *(ROOT / "docs").glob("*.svg")]:
        shutil.copy(picture, target / picture.name)
    write("index", "Hydroflow in a notebook", page_of(ROOT / "README.md", pages))
    for name, title in MANUALS.items():
        write(name, title, page_of(ROOT / "docs" / f"{name}.md", pages))
    for tutorial in tutorials:
        print(f"{tutorial.stem} ...", flush=True)
        write(tutorial.stem, titles[tutorial.stem], tutorial_page(tutorial, target, pages))


def page_of(path: Path, pages: Container[str]) -> str:
    """A file of Markdown as HTML."""
    return linked(markdown2html_mistune(path.read_text(encoding="utf-8")), pages)


def linked(html: str, pages: Container[str]) -> str:
    """HTML whose links and images are those of the site; of a link to what is not on it the words are left."""

    def link(match: re.Match[str]) -> str:
        name = "index" if match[1] == "README.md" else match[1].removesuffix(".md").removesuffix(".ipynb")
        return f'<a href="{name}.html{match[2] or ""}">{match[3]}</a>' if name in pages else match[3]

    return _IMAGE.sub(r"\1", _LINK.sub(link, html))


def tutorial_page(path: Path, target: Path, pages: Container[str]) -> str:
    """A tutorial that was run, as HTML; its runs are written beside."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(_SHARE))
    resources = {"metadata": {"path": str(path.parent)}}
    # Some cells show what is said of a mistake.
    NotebookClient(notebook, timeout=600, allow_errors=True, store_widget_state=False, resources=resources).execute(
        env={**os.environ, "PYTHONHASHSEED": "0"}
    )
    del notebook.cells[0]
    count = 0

    def in_a_file(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        name = f"runs/{path.stem}-{count}.html"
        (target / name).write_text(unescape(match[2]), encoding="utf-8")
        return f'{match[1]} loading="lazy" src="{name}"></iframe>'

    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [without_frames(output, in_a_file) for output in with_one_picture(cell.outputs)]
    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True)
    html, _ = exporter.from_notebook_node(notebook)
    return linked(html, pages)


def with_one_picture(outputs: Sequence[NotebookNode]) -> Iterable[NotebookNode]:
    """The outputs of a cell, without the picture and the widget of a flow where its run stands there, too."""
    is_shared = any("hf-frame" in html_of(output) for output in outputs)
    for output in outputs:
        data = output.get("data", {})
        is_flow = any(kind in data for kind in _PICTURES) or "hf-seam" in html_of(output)
        if not (is_shared and is_flow and "hf-frame" not in html_of(output)):
            yield output


def without_frames(output: NotebookNode, in_a_file: object) -> NotebookNode:
    """An output whose frames show files."""
    if "hf-frame" in html_of(output):
        output.data["text/html"] = _FRAME.sub(in_a_file, html_of(output))  # type: ignore[call-overload]
    return output


def html_of(output: NotebookNode) -> str:
    """The HTML of an output; empty where it has none."""
    return str("".join(output.get("data", {}).get("text/html", "")))


def title_of(notebook: NotebookNode, otherwise: str) -> str:
    """The first heading of a notebook."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = re.search(r"^# (.+)$", cell.source, re.MULTILINE)
            if heading:
                return heading[1].replace("`", "")
    return otherwise


def navigation(current: str, tutorials: dict[str, str], *, has_lite: bool) -> str:
    """The list of pages, with the one that it stands on marked."""

    def link(name: str, title: str) -> str:
        mark = ' aria-current="page"' if name == current else ""
        return f'<a href="{name}.html"{mark}>{escape(title)}</a>'

    parts = [link("index", "Hydroflow in a notebook")]
    if has_lite:
        parts.append('<a href="lite/index.html">Try it in the browser</a>')
    parts += ["<b>Tutorials</b>", *(link(name, title) for name, title in tutorials.items())]
    parts += ["<b>Manuals</b>", *(link(name, title) for name, title in MANUALS.items())]
    return "".join(parts)


def colours() -> str:
    """The colours of code, on light and on dark."""
    light, dark = (HtmlFormatter(style=style).get_style_defs(".highlight") for style in ("default", "github-dark"))
    without_ground = [re.sub(r"\.highlight \{[^}]*\}", "", sheet) for sheet in (light, dark)]
    return f"{without_ground[0]}\n@media (prefers-color-scheme: dark) {{\n{without_ground[1]}\n}}\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
