"""How messages show what a user wrote: long texts, and characters that cannot be seen or look like other ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

_LONGEST_SHOWN: Final = 40
_QUOTES: Final = frozenset("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\u00ab\u00bb\u2039\u203a\u00b4")
# Letters of other alphabets that look like Latin ones: Cyrillic, then Greek. Source: the confusables of
# Unicode Technical Standard 39.
_LOOK: Final = str.maketrans(
    "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u043e\u0440\u051b\u0455\u051d\u0445\u0443"
    "\u0410\u0412\u0421\u0415\u041d\u0406\u0408\u041a\u041c\u041e\u0420\u0405\u0422\u0425\u0423"
    "\u03b1\u03b9\u03bd\u03bf\u03c1\u03c5\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1"
    "\u03a4\u03a5\u03a7",
    "acdehijopqswxyABCEHIJKMOPSTXYaivopuABEZHIKMNOPTYX",
)


def shortened(text: str) -> str:
    """A text on one line, at most 40 characters of it."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else line[: _LONGEST_SHOWN - 1] + "…"


def plain_look(name: str) -> str:
    """What a name looks like in Latin letters."""
    return name if name.isascii() else name.translate(_LOOK)


def odd_letters(text: str) -> str:
    """The letters of a text that look like Latin ones, by number and name."""
    odd = [letter for letter in dict.fromkeys(text) if not letter.isascii() and plain_look(letter).isascii()]
    return ", ".join(f"{character_named(letter)} is not `{plain_look(letter)}`" for letter in odd[:5])


def by_look(names: Iterable[str]) -> dict[str, str]:
    """Names by what they look like."""
    return {plain_look(name): name for name in names}


def look_alike(name: str, names: Mapping[str, str]) -> str:
    """What to say of a name that was not found among `names`, which are given by their looks. Empty where none of them
    looks like it and all its letters are of one alphabet.
    """
    alike = names.get(plain_look(name))
    if alike is not None:
        return f"`{alike}` only looks like it: {odd_letters(name + alike)}"
    return odd_letters(name) if re.search(r"[A-Za-z]", name) else ""


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
        return "write a space in its place"
    if plain.isascii() and plain.isprintable():
        return f"write `{plain}`"
    return (
        "leave it out"
        if character.isprintable()
        else "leave it out: it is invisible, and usually comes from pasted text"
    )
