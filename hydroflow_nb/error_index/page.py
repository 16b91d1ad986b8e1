"""The error index as Markdown."""

from __future__ import annotations

from collections.abc import Iterable

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
    parts = [f"{heading} {entry.code}", f"**{entry.title}.** It shows {entry.stage}.", entry.meaning]
    if entry.network is not None:
        parts.append(f'Checked by `flow.check(network="{entry.network}")`.')
    if entry.shard is not None:
        parts.append(f'Checked by `flow.check(shard="{entry.shard}")`.')
    parts += [f"The file `{name}`:\n\n{_block(text)}" for name, text in entry.files.items()]
    language = "python" if entry.by_hand else "text"
    parts += [f"Wrong:\n\n{_block(entry.wrong, language)}", f"Right:\n\n{_block(entry.right, language)}"]
    return "\n\n".join(parts) + "\n"


def _block(flow: str, language: str = "text") -> str:
    lines = (line if len(line) <= _MOST_SHOWN else f"{line[:_MOST_SHOWN]}…" for line in flow.splitlines())
    return "\n".join([f"```{language}", *lines, "```"])
