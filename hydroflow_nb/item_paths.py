"""Where a part of an item stands: paths such as `[0].key`, as texts and as steps."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, TypeAlias


class Entry(NamedTuple):
    """The step from a dict to what it holds under a text."""

    name: str


# One step of the way to a part of an item: a number, the name of an attribute, or the key of a dict.
Step: TypeAlias = int | str | Entry
# The way: `(0, "key", Entry("of"))` stands for `item[0].key["of"]`, and `()` for the whole item.
Path: TypeAlias = tuple[Step, ...]

_TEXT: Final = r"\"[^\"\\]*\"|'[^'\\]*'"
_PATH: Final = re.compile(rf"(?:\[(?:[0-9]+|{_TEXT})\]|\.[^\W\d]\w*)+")
_STEP: Final = re.compile(rf"\[([0-9]+)\]|\[({_TEXT})\]|\.(\w+)")


def path_from(text: object) -> Path:
    """The path that a text such as `[0].key` or `["key"]` stands for. Raises ValueError for another text."""
    if not isinstance(text, str) or _PATH.fullmatch(text) is None:
        raise ValueError(
            f'a key has a place in each item, such as "[0]", ".key", "[0].key" or \'["key"]\', not {text!r}'
        )
    return tuple(
        int(step[1]) if step[1] else Entry(step[2][1:-1]) if step[2] else step[3] for step in _STEP.finditer(text)
    )


def text_of(path: Path) -> str:
    """A path as it is written, `[0].key` or `["key"]`: behind the name of an item an expression of Python."""
    return "".join(map(_step_as_text, path))


def _step_as_text(step: Step) -> str:
    match step:
        case int():
            return f"[{step}]"
        case Entry(name):
            return f'["{name}"]' if '"' not in name else f"['{name}']"
    return f".{step}"
