"""Texts of files that were made and are not written yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Final

from hydroflow_nb.suggestions import Suggestions

# The colours of words by the names of their kinds in Pygments; the first that holds a word's kind is taken. They can be
# read on a light and on a dark ground.
_COLOURS: Final = {
    "Comment": "#7a8288",
    "Keyword": "#8a5ad0",
    "Literal.Number": "#b06a10",
    "Literal": "#3a8a3a",
    "Name.Tag": "#2f7fb8",
    "Name.Variable": "#2f7fb8",
}
# Of a file so many characters are shown.
_MOST: Final = 100_000


class Files(Mapping[str, str]):
    """Texts by the paths of their files, in the order in which one reads them.

    A notebook shows them with highlighting; `write(folder)` writes them.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def write(self, folder: str | Path) -> Path:
        """Write the files into a folder, which is made if it is missing; files of the same names are replaced. Gives
        the folder. Raises OSError.
        """
        root = Path(folder)
        for path, text in self._texts.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            if text.startswith("#!"):
                target.chmod(0o755)
        return root

    def __getitem__(self, path: str) -> str:
        if path not in self._texts:
            meant = Suggestions().closest(path, self._texts)
            raise KeyError(f"there is no file {path!r}: " + (f"did you mean {meant!r}?" if meant else f"{self!r}"))
        return self._texts[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __repr__(self) -> str:
        return f"<files: {', '.join(self._texts)}>"

    def __str__(self) -> str:
        return "\n".join(f"# {path}\n{text}" for path, text in self._texts.items())

    def _repr_html_(self) -> str:
        return "".join(
            f"<details{' open' if number == 0 else ''}><summary><code>{escape(path)}</code></summary>"
            f'<pre style="max-height: 40em; overflow: auto; line-height: 1.3">{highlighted(text, path)}</pre></details>'
            for number, (path, text) in enumerate(self._texts.items())
        )


def highlighted(text: str, path: str) -> str:
    """A text as HTML, with the colours of the language that its file's name tells; of a long text the beginning."""
    shown = text[:_MOST]
    rest = f"\n... and {len(text) - _MOST:,} more characters" if len(text) > _MOST else ""
    try:
        from pygments import lex
        from pygments.lexers import get_lexer_for_filename
        from pygments.util import ClassNotFound
    except ImportError:
        return escape(shown + rest)
    try:
        lexer = get_lexer_for_filename(path, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape(shown + rest)
    return "".join(_coloured(word, str(kind)) for kind, word in lex(shown, lexer)) + escape(rest)


def _coloured(word: str, kind: str) -> str:
    colour = next((colour for name, colour in _COLOURS.items() if kind.startswith(f"Token.{name}")), None)
    return escape(word) if colour is None else f'<span style="color: {colour}">{escape(word)}</span>'
