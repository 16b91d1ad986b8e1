"""What is written behind `%%hydroflow` on the cell's first line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from keyword import iskeyword
from types import MappingProxyType
from typing import Final

from hydroflow_nb.magics._errors import closest, usage_error

DEFAULT_NAME: Final = "flow"

OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "--no-show": "compile the flow and bind its name, but do not show it",
        "--code": "show the generated Python code, too",
        "--recording": "record the run from its first tick on, at most so many items: `--recording 10000`",
    }
)

USAGE: Final = "%%hydroflow [name] [--no-show] [--code] [--recording N]"


@dataclass(frozen=True, kw_only=True)
class Options:
    """The name that the flow gets, and what is shown of it; `recording` is the budget in items, None: off for now."""

    name: str = DEFAULT_NAME
    show: bool = True
    code: bool = False
    recording: int | None = None


def read_options(line: str) -> Options:
    """The options of a line: `[name] [--no-show] [--code] [--recording N]`, or `name <<`, which shows nothing either.

    Raises UsageError for anything else.
    """
    # What follows is no list of options: somebody began the flow right here.
    if "->" in line or ";" in line:
        raise usage_error("the flow begins on the line after `%%hydroflow`", f"write {USAGE}, and the flow below it")
    words = line.replace("<<", " << ").replace("=", " = ").split()
    name: str | None = None
    show, code = True, False
    recording: int | None = None
    while words:
        word = words.pop(0)
        match word:
            case "--no-show":
                show = False
            case "--code":
                code = True
            case "--recording":
                if words[:1] == ["="]:
                    words.pop(0)
                recording = _budget(words.pop(0) if words else "")
            case "<<":
                if name is None:
                    raise usage_error("`<<` stands behind the name that the flow gets", "write `%%hydroflow name <<`")
                show = False
            case "=":
                raise usage_error("`=` belongs to no option here", f"write {USAGE}")
            case _ if word.startswith("-"):
                raise usage_error(
                    f"`%%hydroflow` has no option `{word}`", closest(word, OPTIONS) or f"there are {', '.join(OPTIONS)}"
                )
            case _ if name is not None:
                meant = closest(word, (option.removeprefix("--") for option in OPTIONS), write="--{}")
                hint = meant or f"write {USAGE}"
                raise usage_error(f"a flow has one name: `{name}` or `{word}`", hint)
            case _:
                name = _flow_name(word)
    return Options(name=name or DEFAULT_NAME, show=show, code=code, recording=recording)


def _budget(word: str) -> int:
    digits = word.replace("_", "").replace(",", "")
    if not (digits.isascii() and digits.isdigit() and int(digits) > 0):
        what = f"`{word}` is none" if word else "there is none"
        raise usage_error(f"`--recording` takes a number of items, {what}", "write `--recording 10000`")
    return int(digits)


def _flow_name(word: str) -> str:
    if word.isidentifier() and not iskeyword(word):
        return word
    instead = re.sub(r"\W", "_", word)
    instead = f"{instead}_" if iskeyword(instead) else instead if instead.isidentifier() else f"flow_{instead}"
    why = "a word of Python's own" if iskeyword(word) else "no name in Python"
    raise usage_error(f"a flow cannot be called `{word}`: that is {why}", f"write `%%hydroflow {instead}`")
