"""What is written behind `%hydroflow check`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from hydroflow_nb.magics._errors import usage_error
from hydroflow_nb.syntax.first_line import closest

CHECK_OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "--network": "what messages go through: `--network udp`",
        "--replicas": "how many copies of the flow get the same items: `--replicas 3`",
        "--shard": "where the key stands by which items are split among copies: `--shard [0]`",
    }
)
CHECK_USAGE: Final = "%hydroflow check NAME [--network udp] [--replicas 3] [--shard [0]]"


@dataclass(frozen=True, kw_only=True)
class CheckLine:
    """The name behind `%hydroflow check`, empty where there is none, and what `check` is given."""

    name: str
    given: Mapping[str, Any]


def read_check(words: Iterable[str]) -> CheckLine:
    """The words behind `%hydroflow check`, in any order. Raises UsageError for an option that does not exist, one
    without its value, or a second name.
    """
    left = [part for word in words for part in (word.split("=", 1) if word.startswith("--") else [word])]
    name, given = "", {}
    while left:
        word = left.pop(0)
        if not word.startswith("-"):
            if name:
                raise usage_error(f"`%hydroflow check` takes one name, not `{name}` and `{word}`", _write())
            name = word
            continue
        if word not in CHECK_OPTIONS:
            hint = closest(word, CHECK_OPTIONS) or f"there are {', '.join(CHECK_OPTIONS)}"
            raise usage_error(f"`%hydroflow check` has no option `{word}`", hint)
        if not left or left[0].startswith("-"):
            raise usage_error(f"`{word}` takes a value after it", _write())
        given[word.removeprefix("--")] = _value(word, left.pop(0))
    return CheckLine(name=name, given=given)


def values_of(option: str) -> list[tuple[str, str]]:
    """What completion offers behind an option, each with what is said of it."""
    if option == "--shard":
        return [("[0]", "the first part of each item")]
    if option == "--replicas":
        return [("3", "copies of the flow")]
    # Loaded here: a notebook that checks nothing does without it.
    from hydroflow_nb.correctness.levels import NETWORKS

    return [(name, ", ".join(word for word, differs in vars(NETWORKS[name]).items() if differs)) for name in NETWORKS]


def _value(option: str, word: str) -> Any:
    if option != "--replicas":
        return word
    if not (word.isascii() and word.isdigit()):
        raise usage_error(f"`--replicas` takes a number, not `{word}`", "write `--replicas 3`")
    return int(word)


def _write() -> str:
    return f"write `{CHECK_USAGE}`"
