"""Characters that are no part of the language: what they are called, since many cannot be seen or look like others."""

from __future__ import annotations

import unicodedata
from typing import Final

_QUOTES: Final = frozenset("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\u00ab\u00bb\u2039\u203a\u00b4")


def character_named(character: str) -> str:
    """The number and the name of a character, with the character itself where it can be seen."""
    name = unicodedata.name(character, "")
    number = f"U+{ord(character):04X}" + (f" {name}" if name else "")
    return (
        f"`{character}` ({number})"
        if character.isprintable() and not character.isspace()
        else f"the character {number}"
    )


def instead_of_character(character: str) -> str:
    """What to write in the place of a character."""
    if character in _QUOTES:
        return "a text stands between straight quotes: `'` or `\"`"
    plain = unicodedata.normalize("NFKC", character)
    if plain.isspace():
        return "write a blank in its place"
    if plain.isascii() and plain.isprintable():
        return f"write `{plain}`"
    return (
        "leave it out"
        if character.isprintable()
        else "leave it out: it cannot be seen, and came with a text that was pasted"
    )
