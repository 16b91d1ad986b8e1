"""Texts and payloads in few characters, as decisions, messages, drawings and reports show them."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterable
from typing import Final

from hydroflow_nb.ir.text import printable

_TAGGED: Final = re.compile(r'\{"channel":"([^"\\]+>[^"\\]+)","item":')
# A longer text is not worth reading for the sake of its start.
LONGEST_READ = 100_000


def clean(text: str, limit: int) -> str:
    """The text on one line, without characters that steer a page, at most `limit` characters long."""
    line = printable(text[: limit + 1])
    return line if len(line) <= limit else line[: limit - 1] + "…"


def brief(text: str, limit: int) -> str:
    """A message's JSON in few characters, as Python writes its value: `ChatMsg("bob", "hello")`. One of a system is
    written as its text has it, by what it is sent to: `said: "hello"`.
    """
    if len(text) > LONGEST_READ:
        return clean(text, limit)
    try:
        value = json.loads(text)
        match value:
            case {"channel": str(channel), "item": item} if len(value) == 2 and ">" in channel:
                return clean(f"{channel.partition('>')[2]}: {_brief(item)}", limit)
        return clean(_brief(value), limit)
    except (ValueError, TypeError, RecursionError):
        return clean(text, limit)


def channel_of(text: str) -> str | None:
    """The name of the channel that a message of a system bears, by its JSON; None for any other message."""
    found = _TAGGED.match(text)
    return found[1] if found else None


def in_words(text: str) -> str:
    """The JSON of a message; of one of a system the JSON of its item, behind what it is sent to."""
    found = _TAGGED.match(text)
    return f"{found[1].partition('>')[2]}: {text[found.end() : -1]}" if found else text


def _brief(value: object) -> str:
    match value:
        case list():
            return f"[{_listed(value)}]"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case dict() if isinstance(kind := value.get("$class"), str):
            return f"{kind}({_listed(held for key, held in value.items() if key != '$class')})"
        case {"$lattice": str(kind), "of": list(held)}:
            return f"{kind}({_listed(held)})"
        case {"$enum": str(kind), "value": held}:
            return f"{kind}({_brief(held)})"
        case dict() if len(value) == 1:
            return _marked(*next(iter(value.items())))
        case dict():
            return _mapped(value.items())
    return repr(value)


def _marked(key: str, held: object) -> str:
    """An object with one key, which may mark a type that JSON does not have."""
    match key, held:
        case "$tuple", list():
            return f"({_listed(held)}{',' * (len(held) == 1)})"
        case "$set", list():
            return f"{{{_listed(held)}}}" if held else "set()"
        case "$frozenset", list():
            return f"frozenset({{{_listed(held)}}})" if held else "frozenset()"
        case "$map", list():
            return _mapped(held)
        case "$bytes", str():
            return repr(b64decode(held))
        case "$bytearray", str():
            return repr(bytearray(b64decode(held)))
        case _ if key.startswith("$"):
            return held if isinstance(held, str) else _brief(held)
    return _mapped([(key, held)])


def _listed(values: Iterable[object]) -> str:
    return ", ".join(map(_brief, values))


def _mapped(pairs: Iterable[tuple[object, object]]) -> str:
    return f"{{{', '.join(f'{_brief(key)}: {_brief(held)}' for key, held in pairs)}}}"


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
