"""What is written behind `%hydroflow check`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.magics._errors import usage_error
from hydroflow_nb.records import dataclass
from hydroflow_nb.syntax.first_line import closest

if TYPE_CHECKING:
    from hydroflow_nb.correctness.report import Fix, Report
    from hydroflow_nb.simulation.finding.found import Found

CHECK_OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "--network": "what messages go through: `--network udp`",
        "--replicas": "how many copies of the flow get the same items: `--replicas 3`",
        "--shard": "where the key stands by which items are split among copies: `--shard [0]`",
        "--fix": "put the flow with the fix of this number into the next cell: `--fix 1`",
        "--find": "show two runs that differ, one decision apart; at most so many are tried: `--find`, `--find 100`",
    }
)
CHECK_USAGE: Final = "%hydroflow check NAME [--network udp] [--replicas 3] [--shard [0]] [--fix 1] [--find [1000]]"


@dataclass(frozen=True, kw_only=True)
class CheckLine:
    """The name behind `%hydroflow check`, empty where there is none, what `check` is given, the number of the fix that
    is asked for, and the number of runs that are tried at most in search of two that differ.
    """

    name: str
    given: Mapping[str, Any]
    fix: int | None = None
    find: int | None = None


def read_check(words: Iterable[str]) -> CheckLine:
    """The words behind `%hydroflow check`, in any order. Raises UsageError for an option that does not exist, one
    without its value, or a second name.
    """
    left = [part for word in words for part in (word.split("=", 1) if word.startswith("--") else [word])]
    name, given = "", dict[str, Any]()
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
        if word in _DEFAULTS and not (left and left[0].isdigit()):
            given[word.removeprefix("--")] = _DEFAULTS[word]
            continue
        if not left or left[0].startswith("-"):
            raise usage_error(f"`{word}` takes a value after it", _write())
        given[word.removeprefix("--")] = _value(word, left.pop(0))
    fix, find = given.pop("fix", None), given.pop("find", None)
    return CheckLine(name=name, given=given, fix=fix, find=find)


def searches(checked: Any, report: Report, asked: CheckLine) -> Iterator[Found]:
    """For each output of a flow or a network that nothing is promised of, two runs that differ; where there is no such
    output, what all runs have in common, for each output. Raises UsageError where there are no items to send, and for
    a number of runs that is not one.
    """
    from hydroflow_nb.correctness.levels import Level
    from hydroflow_nb.simulation.alone import search

    if not asked.find:
        raise usage_error("`--find` tries at least one run", "write `--find`, or `--find 100`")
    doubted = [name for name, one in report.items() if one.level in (Level.DIFFERS, Level.UNKNOWN)]
    for output in doubted or report:
        try:
            if isinstance(checked, Flow):
                yield search(checked, output, network=asked.given.get("network"), runs=asked.find)
            else:
                yield checked.search(output, runs=asked.find)
        except HydroflowError as wrong:
            lacks_items = isinstance(checked, Flow) and checked.inputs and not checked.is_recorded
            hint = "the items that a recording holds are sent, too: step the flow first"
            raise usage_error(str(wrong), hint if lacks_items else "") from None


def fix_of(report: Report, number: int) -> Fix:
    """The fix of a number, from 1, of all fixes of a report. Raises UsageError, which lists them."""
    fixes = report.fixes
    if 1 <= number <= len(fixes):
        return fixes[number - 1]
    if not fixes:
        raise usage_error("there is no fix: no edit that is known lifts the level of an output")
    there_are = "; ".join(f"{at}: {fix.words}" for at, fix in enumerate(fixes, 1))
    raise usage_error(f"there is no fix {number}", there_are)


def values_of(option: str) -> list[tuple[str, str]]:
    """What completion offers behind an option, each with what is said of it."""
    if option == "--shard":
        return [("[0]", "the first part of each item")]
    if option == "--fix":
        return [("1", "the first fix")]
    if option == "--find":
        return [("1000", "runs at most")]
    if option == "--replicas":
        return [("3", "copies of the flow")]
    # Loaded here: a notebook that checks nothing does without it.
    from hydroflow_nb.correctness.levels import NETWORKS

    return [(name, ", ".join(word for word, differs in vars(NETWORKS[name]).items() if differs)) for name in NETWORKS]


# The options that take a number, each with one of them.
_NUMBERS: Final = MappingProxyType({"--replicas": 3, "--fix": 1, "--find": 1_000})
# The options that do without a value, each with what it stands for then.
_DEFAULTS: Final = MappingProxyType({"--find": 1_000})


def _value(option: str, word: str) -> Any:
    if option not in _NUMBERS:
        return word
    if not (word.isascii() and word.isdigit()):
        raise usage_error(f"`{option}` takes a number, not `{word}`", f"write `{option} {_NUMBERS[option]}`")
    return int(word)


def _write() -> str:
    return f"write `{CHECK_USAGE}`"
