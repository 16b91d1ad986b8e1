"""What people who know Hydroflow write in an argument out of habit, and how Python says it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Habit:
    """Something of Rust: how it looks, in code without strings and comments, and how Python says it."""

    looks: re.Pattern[str]
    message: str
    hint: Callable[[re.Match[str]], str]


def _says(text: str) -> Callable[[re.Match[str]], str]:
    return lambda _found: text


def _range(found: re.Match[str]) -> str:
    start, end = found["start"] or "0", found["end"] or "n"
    return f"`range({start}, {end}{' + 1' if found['last'] else ''})`"


def _path(found: re.Match[str]) -> str:
    if found[0] in _PATHS:
        return _PATHS[found[0]]
    names = re.findall(r"[^\W\d]\w*", found[0])
    return f"names are joined by a dot: `{'.'.join(names) or 'a.b'}`"


# What stands for well-known functions of Rust.
_PATHS: Final = {
    "Vec::new": "`list`, or `|| []`",
    "VecDeque::new": "`collections.deque`",
    "HashMap::new": "`dict`, or `|| {}`",
    "BTreeMap::new": "`dict`, or `|| {}`",
    "HashSet::new": "`set`",
    "BTreeSet::new": "`set`",
    "String::new": "`str`, or `|| ''`",
    "String::from": "`str`; a text in quotes is one already",
    "Default::default": "`|| ...`, a closure that returns the first value",
    "Result::unwrap": "leave it out: what fails raises an exception, and nothing is wrapped",
    "Option::unwrap": "leave it out: a value that may be missing is the value or None",
    "Some": "leave it out: a value that may be missing is the value or None",
}
# Names of Rust that Python takes for its own until it looks them up.
_AT_RUN_TIME: Final = {
    "Some": "leave it out; what may be missing is the value itself, or None",
    "Ok": "leave it out; what fails raises an exception",
    "Err": "raise an exception, or return a value that tells of it",
    "true": "Python writes `True`",
    "false": "Python writes `False`",
    "clone": "names are references; `copy.copy(x)` makes a copy",
    "to_owned": "leave it out; `copy.copy(x)` makes a copy",
    "to_string": "`str(x)`",
    "into_iter": "leave it out: what can be iterated is taken as it is",
    "iter": "leave it out: what can be iterated is taken as it is",
    "into": "leave it out, or call the class: `str(x)`",
    "len": "`len(x)`",
    "is_empty": "`not x`",
    "unwrap": "leave it out: what fails raises an exception, and nothing is wrapped",
    "expect": "leave it out: what fails raises an exception, and nothing is wrapped",
    "push": "`append(x)`",
    "push_back": "`append(x)`",
    "push_str": "texts do not change: `text + more`",
    "insert": "a set has `add(x)`; a dict is set by `d[key] = value`",
    "contains": "`x in y`",
    "contains_key": "`x in y`",
    "collect": "`list(x)`, `set(x)` or `dict(x)`",
    "is_some": "`x is not None`",
    "is_none": "`x is None`",
    "as_str": "leave it out",
    "as_ref": "leave it out",
    "cloned": "leave it out",
    "unwrap_or": "`y if x is None else x`",
    "and_then": "`None if x is None else f(x)`",
    "extend_from_slice": "`extend(x)`",
    "to_uppercase": "`upper()`",
    "to_lowercase": "`lower()`",
    "trim": "`strip()`",
    "split_whitespace": "`split()`",
    "starts_with": "`startswith(x)`",
    "ends_with": "`endswith(x)`",
    "parse": "`int(x)` or `float(x)`",
    "give": "only what a closure of `demux` gets has it: `demux(|item, (a, b)| a.give(item))`",
    "Output": "the outputs are named by the closure: `demux(|item, (a, b)| a.give(item))`",
}


def runtime_habit(name: object) -> str:
    """What Python has in the place of a name of Rust that it could not find; empty for other names."""
    return _AT_RUN_TIME.get(name, "") if isinstance(name, str) else ""


def _macro(found: re.Match[str]) -> str:
    match found["name"]:
        case "vec":
            return "a list is written `[...]`"
        case "println" | "print" | "eprintln" | "dbg":
            return "`print(...)`"
        case "var_args":
            return "the outputs stand in brackets: `|item, (a, b)| a.give(item)`"
        case "format":
            return 'an f-string: `f"{x}"`'
        case name:
            return f"leave out the `!`: `{name}(...)`"


_HABITS: Final = (
    Habit(
        looks=re.compile(r"(?<=[\w)\]])\.(?P<index>\d++)(?![\w.])"),
        message="`{}` is a part of a tuple in Rust",
        hint=lambda found: f"`x[{found['index']}]`, or a pattern that names the parts: `|(a, b)| a`",
    ),
    # `$` is covered by a letter while Python reads a text.
    Habit(
        looks=re.compile(r"\$mut\s++(?P<name>[^\W\d]\w*+)"),
        message="`{}` is Rust",
        hint=lambda found: f"`${found['name']}` reads the state; it is changed by its own operator only",
    ),
    Habit(
        looks=re.compile(r"(?<![.\w])(?P<start>\w*+)\.\.(?P<last>=?)(?!\.)(?P<end>\w*+)"),
        message="`{}` is a range of Rust",
        hint=_range,
    ),
    Habit(
        looks=re.compile(r"::<[^()\[\]>]{0,200}+>+"),
        message="`{}` are generics of Rust",
        hint=_says("Python's functions need none: leave them out"),
    ),
    Habit(
        looks=re.compile(r"(?<!\w)\w*+(?:::\w*+)+"),
        message="`{}` is a path of Rust",
        hint=_path,
    ),
    Habit(
        looks=re.compile(r"\b(?P<name>[^\W\d]\w*+)!\s*+[\[({]"),
        message="`{}` is a macro of Rust",
        hint=_macro,
    ),
    Habit(
        looks=re.compile(r"\.await\b"),
        message="`{}` is Rust",
        hint=_says("leave it out: `resolve_futures()` behind the operator awaits what it emits"),
    ),
    Habit(
        looks=re.compile(r"\bunsafe\b(?=\s*+\{)"),
        message="`{}` is Rust",
        hint=_says("leave it out, and the braces with it"),
    ),
    Habit(
        looks=re.compile(r"\b(?P<name>[A-Z]\w*+)\s*+\{(?=\s*+[^\W\d]\w*+\s*+:)"),
        message="`{}` makes a struct in Rust",
        hint=lambda found: f"a class is called: `{found['name']}(x=1)`",
    ),
    Habit(looks=re.compile(r"&&"), message="`&&` is Rust", hint=_says("`and`")),
    Habit(looks=re.compile(r"\|\|"), message="`||` is Rust", hint=_says("`or`")),
    Habit(looks=re.compile(r"!(?!=)"), message="`!` is Rust", hint=_says("`not x`; bits are inverted by `~x`")),
    Habit(
        looks=re.compile(r"&\s*(?:mut\b\s*)?"),
        message="`{}` takes a reference in Rust; Python's names are references",
        hint=_says("leave it out"),
    ),
    Habit(looks=re.compile(r"\b(?:mut|let)\b"), message="`{}` is Rust", hint=_says("`(y := ...)` names a part")),
    Habit(
        looks=re.compile(r"\bas\b\s*+(?P<type>\w*+)"),
        message="`{}` is a conversion of Rust",
        hint=lambda found: "`float(x)`" if found["type"].startswith("f") else "`int(x)`",
    ),
    Habit(
        looks=re.compile(r"\b(?P<number>\d[\d_]*+)[iuf](?:8|16|32|64|128|size)\b"),
        message="`{}` is a number of Rust",
        hint=lambda found: f"Python's numbers have no type: `{found['number'].rstrip('_')}`",
    ),
    Habit(looks=re.compile(r"\?"), message="`?` is Rust", hint=_says("leave it out: an exception goes up by itself")),
    Habit(
        looks=re.compile(r"\bmatch\s++|=>"),
        message="`{}` is of a `match` in Rust, which is no expression in Python",
        hint=_says("`a if condition else b`, a dict, or a function with a `match` in another cell"),
    ),
)
# The macro around a flow in a program of Rust, with what it is assigned to.
_WRAPPER: Final = re.compile(
    r"(?:let\s+(?:mut\s+)?\w{1,100}\s*(?::[^=;{}]{0,100})?=\s*)?(?:\w{1,100}::){0,5}"
    r"(?:hydroflow|dfir)_syntax\w{0,20}\s*!\s*\{"
)
_MOVED_CLOSURE: Final = re.compile(r"move\s+\|(?=[|\S])")
# `0..n` is an attribute of `0.` to Python.
_RANGE_TO_NAME: Final = re.compile(r"(?<![.\w])(?P<start>\d++)\.\.(?P<last>)(?P<end>[^\W\d]\w*)")


def habit_at(code: str, start: int, end: int) -> tuple[str, str, int, int] | None:
    """Message, hint, start and end of the Rust that touches a stretch of the code; None if there is none."""
    for habit in _HABITS:
        for found in habit.looks.finditer(code):
            if found.start() <= end and found.end() >= start:
                return habit.message.format(found[0].strip()), habit.hint(found), found.start(), found.end()
    return None


def wrapper_at(text: str, start: int) -> int | None:
    """Where the flow begins in `hydroflow_syntax! { ... }`, which stands at `start` if it does."""
    found = _WRAPPER.match(text, start)
    return found.end() if found else None


def readable_habit(code: str) -> tuple[str, str, int, int] | None:
    """The same of Rust that Python reads as something else: `move |x| ...` and `0..n`."""
    if found := _MOVED_CLOSURE.match(code):
        return "`move` is Rust; Python's closures need no such word", "leave it out", 0, found.start() + 4
    if found := _RANGE_TO_NAME.search(code):
        return f"`{found[0]}` is a range of Rust", _range(found), found.start(), found.end()
    return None
