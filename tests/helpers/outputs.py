"""The outputs of tutorials as they are committed: without what differs from run to run or from machine to machine.

What a run gives is cleaned, and then it is written into the file, or compared with it. Two tags of a cell say that its
outputs cannot be compared: `output-varies` (they differ from run to run, so those in the file are kept as long as they
are of the same kinds) and `output-of-machine` (they tell of the machine, such as what Python's library holds there).
"""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from nbformat import NotebookNode, from_dict

VARIES: Final = "output-varies"
OF_MACHINE: Final = "output-of-machine"
_WIDGET: Final = "application/vnd.jupyter.widget-view+json"
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")
_FRAME: Final = re.compile(r"(?:File|Cell) ")
_REPOSITORY: Final = Path(__file__).parents[2]
# Where Python's own and installed modules are, the longest path first.
_LIBRARIES: Final = sorted({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")}, key=len)[::-1]
_RULES: Final[Sequence[tuple[str, str]]] = (
    (r"\btime=\d{4}-\d\d-\d\dT[\d:.]+Z", "time=2026-01-01T12:00:00.000Z"),
    (r"\bpid=\d+", "pid=1000"),
    (r"(decisions) in [\d.,]+ s\b", r"\1"),
    (r"\b[0-9a-f]{32}\b", "0" * 32),
    (r"\bat 0x[0-9a-f]{6,}\b", "at 0x7f0000000000"),
)
_PORT: Final = re.compile(r"(127\.0\.0\.1(?:'?, |:))(\d+)")


def cleaned(outputs: Sequence[NotebookNode]) -> list[NotebookNode]:
    """The outputs of a cell as they are committed."""
    ports: dict[str, str] = {}
    found = []
    for output in _merged(outputs):
        if output.get("data", {}).get(_WIDGET) is not None:
            # It shows nothing without its kernel; the picture beside it does.
            continue
        plain = {key: value for key, value in output.items() if key not in ("execution_count", "transient")}
        if output.output_type == "error":
            plain["traceback"] = _without_frames(output.traceback)
        if output.output_type == "execute_result":
            plain["execution_count"] = None
        found.append(from_dict(_cleaned(plain, ports)))
    return [one for one in found if one.output_type != "stream" or one.text.strip()]


def _merged(outputs: Sequence[NotebookNode]) -> list[NotebookNode]:
    """The outputs with the pieces of a stream put together, and without what was wiped out on the way."""
    found: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream" and found and found[-1].get("name") == output.name:
            found[-1] = from_dict({**found[-1], "text": found[-1].text + output.text})
        else:
            found.append(output)
    return [
        from_dict({**one, "text": re.sub(r"[^\n]*\r(?!\n)", "", one.text)}) if one.output_type == "stream" else one
        for one in found
    ]


def _without_frames(traceback: Sequence[str]) -> list[str]:
    """A traceback with the frames of cells alone: the others show files of the machine, as they are today."""
    frames = (_ANSI.sub("", frame) for frame in traceback)
    return [
        frame
        for frame, plain in zip(traceback, frames, strict=True)
        if not _FRAME.match(plain) or plain.startswith("Cell ")
    ]


def _cleaned(value: Any, ports: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _cleaned(one, ports) for key, one in value.items()}
    if isinstance(value, list):
        return [_cleaned(one, ports) for one in value]
    if not isinstance(value, str):
        return value
    for path in (str(_REPOSITORY), *_LIBRARIES):
        value = value.replace(f"{path}/", "")
    for pattern, instead in _RULES:
        value = re.sub(pattern, instead, value)
    return _PORT.sub(lambda found: found[1] + ports.setdefault(found[2], str(50_001 + len(ports))), value)


# --- compared --------------------------------------------------------------------------------------------------------


def kinds(outputs: Sequence[NotebookNode]) -> list[object]:
    """What there is, without what it says."""
    return [(one.output_type, sorted(one.get("data", {})), one.get("name")) for one in outputs]


def what_it_says(outputs: Sequence[NotebookNode]) -> list[object]:
    """What outputs say, whatever Graphviz laid out a picture: of a picture its texts, of an error its message."""
    return [_said(one) for one in outputs]


def _said(output: NotebookNode) -> object:
    match output.output_type:
        case "error":
            return output.ename, output.evalue
        case "stream":
            return output.name, output.text
    data = dict(output.data)
    if "image/svg+xml" in data:
        data["image/svg+xml"] = sorted(
            re.findall(r">([^<>]+)<", re.sub(r"<style>.*?</style>", "", data["image/svg+xml"]))
        )
    if "hf-seam" in data.get("text/html", ""):
        # The same picture once more, as an image.
        del data["text/html"]
    return data


def tags(cell: NotebookNode) -> Sequence[str]:
    """The tags of a cell."""
    return list(cell.metadata.get("tags", []))


def is_compared(cell: NotebookNode) -> bool:
    """Whether what a cell gives is the same in every run, on every machine."""
    return not {VARIES, OF_MACHINE} & set(tags(cell))


# --- written ---------------------------------------------------------------------------------------------------------


def written(before: NotebookNode, ran: NotebookNode, version: str) -> NotebookNode:
    """A tutorial with the outputs of a run in place of those that it had, made by a version of Python."""
    for cell, one in zip(before.cells, ran.cells, strict=True):
        if cell.cell_type != "code":
            continue
        new = cleaned(one.outputs)
        if VARIES not in tags(cell) or kinds(new) != kinds(cell.outputs):
            cell.outputs = new
        cell.execution_count = None
    before.metadata.language_info = from_dict({"name": "python", "version": version})
    return before
