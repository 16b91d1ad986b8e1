"""The error index as Markdown, and an entry of it as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

from hydroflow_nb.error_index.entry import Entry, Stage

_HEAD = """\
# The errors and warnings

Every message of Hydroflow has a code, as in `error[HF201]`. The meaning of a code stays the same; messages may become
clearer. Each entry shows a flow with the error and one without it. In a notebook, `%hydroflow error HF201` shows an
entry; elsewhere, `hf.explain_error("HF201")` returns it.

An exception that your own functions raise while a flow runs has no code. It comes out as it is, with a note that names
operator, line, item, tick and stratum.

This page is generated from the package's own records: `make docs` writes it.
"""

# A flow that a program made would fill the page.
_MOST_SHOWN = 200


def page(entries: Iterable[Entry]) -> str:
    """The whole index: a list of all codes, then an entry for each, by the stage that finds it."""
    entries = list(entries)
    rows = [f"| [{entry.code}](#{entry.code.lower()}) | {entry.title} |" for entry in entries]
    parts = [_HEAD, "\n".join(["| code | |", "|---|---|", *rows, ""])]
    for stage in Stage:
        parts.append(f"## What shows {stage.value}\n")
        parts += [explanation(entry, heading="###") for entry in entries if entry.stage is stage]
    return "\n".join(parts)


def explanation(entry: Entry, *, heading: str = "##") -> str:
    """One entry under a heading of its code."""
    parts = [f"{heading} {entry.code}"]
    for text, language in _parts(entry):
        parts.append(f"```{language}\n{text}\n```" if language else text)
    return "\n\n".join(parts) + "\n"


def explanation_as_html(entry: Entry) -> str:
    """One entry, without its heading, as a piece of a page. It needs no script and nothing from elsewhere."""
    parts = []
    for text, language in _parts(entry):
        shown = escape(text, quote=False)
        if language:
            parts.append(f'<pre style="overflow-x: auto; white-space: pre">{shown}</pre>')
        else:
            shown = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", shown)
            parts.append(f"<p>{re.sub('`([^`]+)`', _as_code, shown)}</p>")
    return "".join(parts)


def _as_code(quoted: re.Match[str]) -> str:
    return f"<code>{quoted[1]}</code>"


def _parts(entry: Entry) -> Iterator[tuple[str, str]]:
    """What an entry says, part by part: a paragraph, with no language, or a text in a language."""
    yield f"**{entry.title}.** It shows {entry.stage}.", ""
    yield entry.meaning, ""
    if entry.network is not None:
        yield f'Checked by `flow.check(network="{entry.network}")`.', ""
    if entry.shard is not None:
        yield f'Checked by `flow.check(shard="{entry.shard}")`.', ""
    for name, text in entry.files.items():
        yield f"The file `{name}`:", ""
        yield _cut(text), "text"
    for head, flow in (("Wrong:", entry.wrong), ("Right:", entry.right)):
        yield head, ""
        yield _cut(flow), "python" if entry.by_hand else "text"


def _cut(flow: str) -> str:
    return "\n".join(line if len(line) <= _MOST_SHOWN else f"{line[:_MOST_SHOWN]}…" for line in flow.splitlines())
