"""What is written behind `%%hydroflow` on a cell's first line.

The magic reads it in a notebook, and the command line in the notebook's file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from keyword import iskeyword
from types import MappingProxyType
from typing import Final

from hydroflow_nb.optimisations import left_out
from hydroflow_nb.records import dataclass
from hydroflow_nb.syntax.patterns import binding_name

DEFAULT_NAME: Final = "flow"

OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "--no-show": "compile the flow and bind its name, but do not show it",
        "--code": "also show the generated Python code",
        "--live": "run the flow live, in the background: a tick whenever input arrives",
        "--recording": "record at most N items of the run, in place of 20,000: `--recording 100000`",
        "--no-recording": "record nothing until a step in the picture asks for it",
        "--share": "put the run as a page that needs no kernel below the stepper",
        "--check": "also show whether the flow gives the same in every run, and draw that",
        "--without": "leave out an optimisation, as `flow.explain()` lists them: `--without inlining`; or `all`",
    }
)

USAGE: Final = (
    "%%hydroflow [name] [--no-show] [--code] [--live] [--recording N | --no-recording] [--share] [--check] "
    "[--without NAME]..."
)


class OptionError(ValueError):
    """A first line that cannot be understood; `hint` says what to write instead, where that is known."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def closest(word: str, known: Iterable[str], write: str = "{}") -> str:
    """`did you mean ...?` for an unknown word, or nothing where no known one is close; `write` is how it is written."""
    found = get_close_matches(word, list(known), n=1)
    return f"did you mean `{write.format(found[0])}`?" if found else ""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The name that the flow gets, and what is shown of it; `recording` is a budget in items, 0 for no recording, None
    where nothing is said; `without` are the names of optimisations that are left out.
    """

    name: str = DEFAULT_NAME
    show: bool = True
    code: bool = False
    live: bool = False
    check: bool = False
    share: bool = False
    recording: int | None = None
    without: frozenset[str] = frozenset()


def read_options(line: str) -> Options:
    """Options: `[name] [--no-show] [--code] [--live] [--recording N | --no-recording] [--share] [--check]
    [--without NAME]...` or `name <<`, which shows nothing.

    Raises OptionError for anything else.
    """
    # This is not a list of options: the flow begins on this line.
    if "->" in line or ";" in line:
        raise OptionError("the flow begins on the line after `%%hydroflow`", f"write {USAGE}, and the flow below it")
    words = line.replace("<<", " << ").replace("=", " = ").split()
    name: str | None = None
    show, code, live, check, share = True, False, False, False, False
    recording: int | None = None
    without: list[str] = []
    while words:
        word = words.pop(0)
        match word:
            case "--no-show":
                show = False
            case "--code":
                code = True
            case "--live":
                live = True
            case "--check":
                check = True
            case "--share":
                share = True
            case "--recording":
                if words[:1] == ["="]:
                    words.pop(0)
                recording = _budget(words.pop(0) if words else "")
            case "--without":
                if words[:1] == ["="]:
                    words.pop(0)
                without.append(_optimisation(words.pop(0) if words else ""))
            case "--no-recording":
                recording = 0
            case "<<":
                if name is None:
                    raise OptionError("`<<` follows the name of the flow", "write `%%hydroflow name <<`")
                show = False
            case "=":
                raise OptionError("`=` does not belong to an option here", f"write {USAGE}")
            case _ if word.startswith("-"):
                raise OptionError(
                    f"`%%hydroflow` has no option `{word}`", closest(word, OPTIONS) or f"there are {', '.join(OPTIONS)}"
                )
            case _ if name is not None:
                meant = closest(word, (option.removeprefix("--") for option in OPTIONS), write="--{}")
                hint = meant or f"write {USAGE}"
                raise OptionError(f"a flow has one name: `{name}` or `{word}`", hint)
            case _:
                name = _flow_name(word)
    return Options(
        name=name or DEFAULT_NAME,
        show=show,
        code=code,
        live=live,
        check=check,
        share=share,
        recording=recording,
        without=left_out(without),
    )


def _optimisation(word: str) -> str:
    try:
        left_out([word])
    except ValueError as unknown:
        what = str(unknown) if word else "`--without` takes the name of an optimisation; write `--without inlining`"
        message, hint = what.split("; ")
        raise OptionError(message, hint) from None
    return word


def _budget(word: str) -> int:
    digits = word.replace("_", "").replace(",", "")
    if not (digits.isascii() and digits.isdigit() and int(digits) > 0):
        what = f"not `{word}`" if word else "but the number is missing"
        raise OptionError(f"`--recording` takes a number of items, {what}", "write `--recording 10000`")
    return int(digits)


def _flow_name(word: str) -> str:
    name = binding_name(word)
    if name.isidentifier() and not iskeyword(name):
        return name
    instead = re.sub(r"\W", "_", word)
    instead = f"{instead}_" if iskeyword(instead) else instead if instead.isidentifier() else f"flow_{instead}"
    why = "a keyword of Python" if iskeyword(word) else "not a name in Python"
    raise OptionError(f"a flow cannot be called `{word}`: that is {why}", f"write `%%hydroflow {instead}`")
