"""Runs as files: JSON that a person can read and edit, one decision a line."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.model.decisions import Decision, from_dict

FORMAT: Final = 1


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A run as a file holds it: the network's seed, settings and nodes with their addresses, and the decisions.

    `lines` are the numbers of the lines on which the decisions stand.
    """

    seed: int
    settings: Mapping[str, Any]
    nodes: Mapping[str, str]
    decisions: Sequence[Decision]
    lines: Sequence[int] = ()

    def to_text(self) -> str:
        """The file's text."""
        head = {"format": FORMAT, "seed": self.seed, "settings": dict(self.settings), "nodes": dict(self.nodes)}
        parts = [f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in head.items()]
        lines = ",\n".join(f"    {json.dumps(one.to_dict(), ensure_ascii=False)}" for one in self.decisions)
        parts.append(f'  "decisions": [\n{lines}\n  ]')
        return "{\n" + ",\n".join(parts) + "\n}\n"

    def must_fit(self, path: str | Path, nodes: Collection[str], settings: Mapping[str, Any]) -> None:
        """Raises `HydroflowError` where a network with these nodes and settings cannot repeat the run of a file."""
        missing = [name for name in self.nodes if name not in nodes]
        if missing:
            raise HydroflowError(
                message=f"{path} is the run of a network with the node{'s' * (len(missing) > 1)} {', '.join(missing)}: "
                f"add {'them' if len(missing) > 1 else 'it'} by `net.node(name, flow)` first"
            )
        for name, value in settings.items():
            if self.settings.get(name, value) != value:
                raise HydroflowError(
                    message=f"{path} is the run of a network with {name}={self.settings[name]}, this one has "
                    f"{name}={value}"
                )


def read(path: str | Path) -> Saved:
    """The run in a file. Raises OSError, and `HydroflowError`, which names the line, for wrong text."""
    try:
        # Some editors begin a file with a mark of its encoding.
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise HydroflowError(message=f"{path} is not a text in UTF-8") from None

    def wrong(why: str, position: int = 0) -> HydroflowError:
        return HydroflowError(message=f"{path}, line {text.count(chr(10), 0, position) + 1}: {why}")

    try:
        data = json.loads(text)
    except json.JSONDecodeError as exception:
        raise wrong(f"this is not JSON: {exception.msg}", exception.pos) from None
    except RecursionError:
        raise wrong("it nests too deeply") from None
    if not isinstance(data, dict) or not isinstance(data.get("decisions"), list):
        raise wrong('this is not a run of a network, which is an object with "decisions", a list')
    if data.get("format") != FORMAT:
        raise wrong(f"its format is {shown(data.get('format'))}; only format {FORMAT} can be read")
    decisions = []
    lines = []
    for position, value in _elements(text):
        try:
            decisions.append(from_dict(value))
        except ValueError as exception:
            raise wrong(str(exception), position) from None
        lines.append(text.count("\n", 0, position) + 1)
    nodes, settings = data.get("nodes", {}), data.get("settings", {})
    if not isinstance(nodes, dict) or not isinstance(settings, dict):
        raise wrong('"nodes" and "settings" are objects')
    return Saved(seed=data.get("seed", 0), settings=settings, nodes=nodes, decisions=decisions, lines=lines)


def _elements(text: str) -> Iterator[tuple[int, Any]]:
    """The elements of the list under "decisions", each with its position; the text is valid."""
    decoder = json.JSONDecoder()
    position = _value_of(text, "decisions", decoder) + 1
    while True:
        position = _skipped(text, position)
        if text[position] == "]":
            return
        value, end = decoder.raw_decode(text, position)
        yield position, value
        position = end


def _value_of(text: str, name: str, decoder: json.JSONDecoder) -> int:
    """Where the value of a name begins in the text of an object; of several the last one, as JSON has it."""
    position = _skipped(text, 0) + 1
    found = 0
    while True:
        position = _skipped(text, position)
        if text[position] == "}":
            return found
        key, position = decoder.raw_decode(text, position)
        position = _skipped(text, position)
        if key == name:
            found = position
        _, position = decoder.raw_decode(text, position)


def _skipped(text: str, position: int) -> int:
    """The next position that does not hold a space, comma or colon."""
    while text[position] in " \t\r\n,:":
        position += 1
    return position
