"""A text of Rust as HTML, with its words in colours."""

from __future__ import annotations

import re
from html import escape
from typing import Final

_TOKENS: Final = re.compile(
    r"""(?P<comment>//[^\n]*)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<life>'(?:static|tick)\b)"""
    r"""|(?P<number>\b\d[\w.]*)|(?P<word>\b(?:const|else|fn|for|if|in|let|match|mod|move|mut|ref|static|use)\b)"""
    r"""|(?P<macro>\b\w+!)"""
)
# Colours that can be read on a light and on a dark ground.
_COLOURS: Final = {
    "comment": "#7a8288",
    "text": "#3a8a3a",
    "life": "#b06a10",
    "number": "#b06a10",
    "word": "#8a5ad0",
    "macro": "#2f7fb8",
}


def as_html(text: str) -> str:
    """The text as a block that scrolls."""
    parts, end = [], 0
    for found in _TOKENS.finditer(text):
        parts.append(escape(text[end : found.start()]))
        parts.append(f'<span style="color: {_COLOURS[str(found.lastgroup)]}">{escape(found[0])}</span>')
        end = found.end()
    parts.append(escape(text[end:]))
    return f'<pre style="max-height: 40em; overflow: auto; line-height: 1.3">{"".join(parts)}</pre>'
