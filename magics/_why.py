"""What is written behind `%hydroflow why` and `%hydroflow why-not`."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from hydroflow_nb.ir.place import Places
from hydroflow_nb.magics._errors import usage_error
from hydroflow_nb.records import dataclass
from hydroflow_nb.running import RunningFlow

WHY_OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"--tick": "the tick in which the item went by: `--tick 3`; without it the newest"}
)
WHY_USAGE: Final = "%hydroflow why [NAME] ITEM [at PLACE] [--tick 3]"
_EXAMPLE: Final = "%hydroflow why (1, 2) at hop -> reached"
_AT: Final = re.compile(r"(?:^|\s+)at\s+")
_TICK: Final = re.compile(r"\s--tick(?:\s*=\s*|\s+)(\S*)\s*\Z")
_BARE_TICK: Final = re.compile(r"\s--tick\s*\Z")


@dataclass(frozen=True, kw_only=True)
class WhyLine:
    """The name of a flow behind `%hydroflow why`, empty where there is none, the item as a Python expression, and where
    it is asked about.
    """

    name: str
    item: str
    at: str | None = None
    tick: int | None = None


def read_why(command: str, line: str, flows: Sequence[str]) -> WhyLine:
    """What is written behind the subcommand; `flows` are the names of the notebook's flows. Raises UsageError."""
    write = f"write `{_EXAMPLE.replace('why', command, 1)}`"
    text = f" {line.strip()}"
    tick: int | None = None
    if _BARE_TICK.search(text):
        raise usage_error("`--tick` takes a value after it", write)
    if (found := _TICK.search(text)) is not None:
        if not (found[1].isascii() and found[1].isdigit()):
            raise usage_error(f"`--tick` takes a number, not `{found[1]}`", "write `--tick 3`")
        tick, text = int(found[1]), text[: found.start()]
    name, text = named(text.strip(), flows)
    item, at = divided(text)
    at = at.strip() if at is not None else None
    if not item:
        raise usage_error(f"`%hydroflow {command}` takes an item: a Python expression", write)
    if not _is_expression(item):
        raise usage_error(
            f"`{item}` is not a Python expression",
            f"{write}; the flows are {', '.join(f'`{one}`' for one in flows)}" if flows else write,
        )
    if at == "":
        raise usage_error("a place stands behind `at`", write)
    return WhyLine(name=name, item=item, at=at, tick=tick)


def named(text: str, flows: Sequence[str]) -> tuple[str, str]:
    """The flow that is named first, empty where none is, and the rest."""
    first, _, rest = text.partition(" ")
    return (first, rest.lstrip()) if first in flows else ("", text)


def divided(text: str) -> tuple[str, str | None]:
    """The item and the place: behind the last `at` in front of which there is a whole expression."""
    for found in reversed(list(_AT.finditer(f"{text} "))):
        if _is_expression(text[: found.start()]):
            return text[: found.start()].strip(), text[found.end() :].lstrip()
    return text.strip(), None


def offers(words: str, flows: Mapping[str, RunningFlow]) -> tuple[str, list[tuple[str, str]]]:
    """What completion offers behind the subcommand: the part that it replaces, and words with what is said of each."""
    words = words.lstrip()
    *before, prefix = words.split(" ")
    name, rest = named(words, list(flows))
    flow = flows.get(name) or (next(iter(flows.values())) if len(flows) == 1 else None)
    if before and before[-1] == "--tick":
        recorded = flow.recording.ticks if flow is not None and flow.is_recorded else ()
        return prefix, [(str(tick.tick), "a recorded tick") for tick in reversed(recorded)]
    if not before:
        return prefix, [(one, repr(found)) for one, found in flows.items()]
    options = [] if "--tick" in before else list(WHY_OPTIONS.items())
    at = divided(rest)[1]
    if at is None:
        return prefix, [("at", "the place: `at hop -> reached`"), *options] if rest.strip() else []
    # A place is replaced as a whole: it has blanks.
    places = Places(flow.graph.partitioned).written if flow is not None else []
    fitting = [(place, "a place of this flow") for place in places if place.startswith(at)]
    return (at, fitting) if fitting else (prefix, options)


def _is_expression(text: str) -> bool:
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return False
    return True
