"""What people who know Hydroflow write in an argument out of habit, and how Python says it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Final

from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Habit:
    """Something of Rust: how it looks, in code without strings and comments, and how Python says it.

    `looks` is a pattern, which is compiled when it is first looked for: texts without errors need none of them.
    """

    looks: str
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
    return f"join names by a dot: `{'.'.join(names) or 'a.b'}`"


# What stands for well-known functions of Rust.
_PATHS: Final = {
    "Vec::new": "`list`, or `|| []`",
    "VecDeque::new": "`collections.deque`",
    "HashMap::new": "`dict`, or `|| {}`",
    "BTreeMap::new": "`dict`, or `|| {}`",
    "HashSet::new": "`set`",
    "BTreeSet::new": "`set`",
    "String::new": "`str`, or `|| ''`",
    "String::from": "`str`; a text in quotes is a `str` already",
    "Default::default": "`|| ...`, a closure that returns the first value",
    "Result::unwrap": "leave it out: a failure raises an exception, and values are not wrapped",
    "Option::unwrap": "leave it out: a value that may be missing is the value or None",
    "Some": "leave it out: a value that may be missing is the value or None",
}
# Names of Rust that Python takes for its own until it looks them up.
_AT_RUN_TIME: Final = {
    "Some": "leave it out; a value that may be missing is the value or None",
    "Ok": "leave it out; a failure raises an exception",
    "Err": "raise an exception, or return a value that describes the failure",
    "true": "Python writes `True`",
    "false": "Python writes `False`",
    "clone": "names are references; `copy.copy(x)` makes a copy",
    "to_owned": "leave it out; `copy.copy(x)` makes a copy",
    "to_string": "`str(x)`",
    "into_iter": "leave it out: an iterable is taken as it is",
    "iter": "leave it out: an iterable is taken as it is",
    "into": "leave it out, or call the class: `str(x)`",
    "len": "`len(x)`",
    "is_empty": "`not x`",
    "unwrap": "leave it out: a failure raises an exception, and values are not wrapped",
    "expect": "leave it out: a failure raises an exception, and values are not wrapped",
    "push": "`append(x)`",
    "push_back": "`append(x)`",
    "push_str": "texts do not change: `text + more`",
    "insert": "`add(x)` for a set; `d[key] = value` for a dict",
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
    "give": "only the outputs that a closure of `demux` gets have it: `demux(|item, (a, b)| a.give(item))`",
    "Output": "the closure names the outputs: `demux(|item, (a, b)| a.give(item))`",
}


def runtime_habit(name: object) -> str:
    """What Python has in the place of a name of Rust that was not found at run time; empty for other names."""
    return _AT_RUN_TIME.get(name, "") if isinstance(name, str) else ""


def _lambda(found: re.Match[str]) -> str:
    names = ", ".join(re.findall(r"[^\W\d]\w*", found["names"]))
    return f"`lambda {names}: ...`" if names else "`lambda: ...`"


def _macro(found: re.Match[str]) -> str:
    match found["name"]:
        case "vec":
            return "write a list as `[...]`"
        case "println" | "print" | "eprintln" | "dbg":
            return "`print(...)`"
        case "var_args":
            return "write the outputs in brackets: `|item, (a, b)| a.give(item)`"
        case "format":
            return 'an f-string: `f"{x}"`'
        case name:
            return f"leave out the `!`: `{name}(...)`"


_HABITS: Final = (
    Habit(
        looks=r"\basync\b(?:\s++move\b)?+(?=\s*+[{|])",
        message="`{}` is Rust; a Python expression cannot wait",
        hint=_says("define an async function in another cell, and write `resolve_futures()` after the operator"),
    ),
    Habit(
        looks=r"(?<=[(,\[])\s*+(?:move\s++)?\|(?P<names>[\w\s,&]{0,200}+)\|(?!\|)",
        message="`{}` starts a closure, which has to be a whole argument; inside an expression it is Rust",
        hint=_lambda,
    ),
    Habit(
        looks=r"(?<=[\w)\]])\.(?P<index>\d++)(?![\w.])",
        message="`{}` takes a part of a tuple in Rust",
        hint=lambda found: f"`x[{found['index']}]`, or a pattern that names the parts: `|(a, b)| a`",
    ),
    # `$` is covered by a letter while Python reads a text.
    Habit(
        looks=r"\$mut\s++(?P<name>[^\W\d]\w*+)",
        message="`{}` is Rust",
        hint=lambda found: f"`${found['name']}` reads the state; only its own operator changes it",
    ),
    Habit(
        looks=r"(?<![.\w])(?P<start>\w*+)\.\.(?P<last>=?)(?!\.)(?P<end>\w*+)",
        message="`{}` is a range in Rust",
        hint=_range,
    ),
    Habit(
        looks=r"::<[^()\[\]>]{0,200}+>+",
        message="`{}` are generics in Rust",
        hint=_says("Python's functions need no generics: leave them out"),
    ),
    Habit(
        looks=r"(?<!\w)\w*+(?:::\w*+)+",
        message="`{}` is a path in Rust",
        hint=_path,
    ),
    Habit(
        looks=r"\b(?P<name>[^\W\d]\w*+)!\s*+[\[({]",
        message="`{}` is a macro in Rust",
        hint=_macro,
    ),
    Habit(
        looks=r"\.await\b",
        message="`{}` is Rust",
        hint=_says("leave it out: `resolve_futures()` after the operator awaits what the operator emits"),
    ),
    Habit(
        looks=r"\bunsafe\b(?=\s*+\{)",
        message="`{}` is Rust",
        hint=_says("leave it out, and the braces too"),
    ),
    Habit(
        looks=r"\b(?P<name>[A-Z]\w*+)\s*+\{(?=\s*+[^\W\d]\w*+\s*+:)",
        message="`{}` makes a struct in Rust",
        hint=lambda found: f"call the class: `{found['name']}(x=1)`",
    ),
    Habit(looks=r"&&", message="`&&` is Rust", hint=_says("`and`")),
    Habit(looks=r"\|\|", message="`||` is Rust", hint=_says("`or`")),
    Habit(looks=r"!(?!=)", message="`!` is Rust", hint=_says("`not x`; `~x` inverts bits")),
    Habit(
        looks=r"&\s*(?:mut\b\s*)?",
        message="`{}` takes a reference in Rust; Python's names are references",
        hint=_says("leave it out"),
    ),
    Habit(looks=r"\b(?:mut|let)\b", message="`{}` is Rust", hint=_says("`(y := ...)` names a part")),
    Habit(
        looks=r"\bas\b\s*+(?P<type>\w*+)",
        message="`{}` is a conversion in Rust",
        hint=lambda found: "`float(x)`" if found["type"].startswith("f") else "`int(x)`",
    ),
    Habit(
        looks=r"\b(?P<number>\d[\d_]*+)[iuf](?:8|16|32|64|128|size)\b",
        message="`{}` is a number in Rust",
        hint=lambda found: f"Python's numbers have no type: `{found['number'].rstrip('_')}`",
    ),
    Habit(looks=r"\?", message="`?` is Rust", hint=_says("leave it out: an exception propagates by itself")),
    Habit(
        looks=r"\bmatch\s++|=>",
        message="`{}` belongs to a `match` in Rust; in Python, `match` is not an expression",
        hint=_says("`a if condition else b`, a dict, or a function with a `match` in another cell"),
    ),
)
# The macro around a flow in a program of Rust, and what begins the statements and functions that lead to it there.
_MACRO: Final = re.compile(r"(?:\w{1,100}::){0,5}(?:hydroflow|dfir)_syntax\w{0,20}\s{0,9}!\s{0,9}\{")
_FUNCTION: Final = re.compile(r"(?:pub(?:\([^()]{0,100}\))?\s+)?(?:(?:async|unsafe|const)\s+){0,3}fn\s+(?P<name>\w+)")
_BEFORE_MACRO: Final = re.compile(
    rf"(?:{_FUNCTION.pattern}|let\s+[\w(]|(?:pub\s+)?(?:use|mod|struct|enum|const|static|type|impl)\s+\w)"
)
# A text between quotes with as many signs `#` around them, with which quotes can stand in it.
_RAW_TEXT: Final = re.compile(r'(?<!\w)b?r(?P<signs>#{1,20})"')
_MOVED_CLOSURE: Final = re.compile(r"move\s+\|(?=[|\S])")
# `0..n` is an attribute of `0.` to Python.
_RANGE_TO_NAME: Final = re.compile(r"(?<![.\w])(?P<start>\d++)\.\.(?P<last>)(?P<end>[^\W\d]\w*)")


# Words before a name that begin a statement of Rust.
STATEMENTS: Final = {"let": "leave out the `let`: `name = ...;`", "use": "leave it out; `import` in another cell"}
RAW_TEXT: Final = (
    "this is a raw text in Rust; in Python, `#` begins a comment",
    "write a raw text as `r\"...\"`, or as `r'''...'''` if it contains quotes",
)


def habit_at(code: str, start: int, end: int) -> tuple[str, str, int, int] | None:
    """Message, hint, start and end of the habit that touches a stretch of the code; None if no habit does."""
    for habit in _HABITS:
        for found in re.finditer(habit.looks, code):
            if found.start() <= end and found.end() >= start:
                return habit.message.format(found[0].strip()), habit.hint(found), found.start(), found.end()
    return None


class Wrapping:
    """The macro around a flow in a text, if there is one."""

    def __init__(self, text: str) -> None:
        self._text = text

    def flow_behind(self, start: int) -> int | None:
        """Where the flow begins in `hydroflow_syntax! { ... }`; None if neither that macro nor what leads to it in Rust
        stands at `start`.
        """
        if not (_MACRO.match(self._text, start) or _BEFORE_MACRO.match(self._text, start)):
            return None
        macro = self._macro
        return macro.end() if macro and macro.start() >= start else None

    @cached_property
    def _macro(self) -> re.Match[str] | None:
        return _MACRO.search(self._text)


def function_at(text: str, start: int) -> str | None:
    """The name of the function of Rust that begins at `start`."""
    found = _FUNCTION.match(text, start)
    return found["name"] if found else None


def raw_text_at(text: str, sign: int) -> tuple[int, str] | None:
    """Where a raw text of Rust begins whose first `#` stands at `sign`, and what ends it; None if it is not one."""
    start = sign - 2 if text[sign - 2 : sign] == "br" else sign - 1
    found = _RAW_TEXT.match(text, max(start, 0))
    return (start, '"' + found["signs"]) if found else None


def raw_text_in(text: str, code: str) -> tuple[int, int] | None:
    """Start and end of the quote of the first raw text of Rust; `code` is the text without strings and comments."""
    found = next((one for one in _RAW_TEXT.finditer(text) if not code[one.start()].isspace()), None)
    return found.span() if found else None


def pattern_habit(text: str, following: str) -> tuple[str, str] | None:
    """Message and hint for Rust among a closure's parameters: by the token there and by the one that follows it."""
    match text, following:
        case "&", _:
            return "`&` is a reference in Rust; Python's names are references", "leave out the `&`"
        case ".", ".":
            return "`..` is Rust", "`*_` takes the rest of an item: `(first, *_)`"
        case ":", ":":
            return "`::` is a path in Rust", "join names by a dot: `shapes.Rect(w, h)`"
        case "!", _:
            hint = "write the outputs in brackets: `|item, (a, b)| a.give(item)`"
            return "a macro of Rust, such as `var_args!`, is not a pattern", hint
        case "mut" | "ref", _ if following not in (",", "|", ")", "]"):
            return f"`{text}` is Rust; in Python, every name can be bound again", f"leave out the `{text}`"
    return None


def readable_habit(code: str) -> tuple[str, str, int, int] | None:
    """Message, hint, start and end of Rust that Python reads as something else: `move |x| ...` and `0..n`."""
    if found := _MOVED_CLOSURE.match(code):
        return "`move` is Rust; Python's closures need no such word", "leave it out", 0, found.start() + 4
    if found := _RANGE_TO_NAME.search(code):
        return f"`{found[0]}` is a range in Rust", _range(found), found.start(), found.end()
    return None
