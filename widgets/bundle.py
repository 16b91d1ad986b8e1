"""The stepper's script as one text: the modules of `static/` joined, since a widget's script must be a single module.

The modules are ordinary ES modules. Joining needs two habits of them, which a test keeps: imports are one line, by
name, from `./`; exports stand before the declaration. Each module becomes a function that returns what it exports.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).parent / "static"
_ENTRY: Final = "stepper"
_IMPORT: Final = re.compile(r'^import \{ ([\w, ]+) \} from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)


@cache
def script() -> str:
    """The whole script: an ES module that exports `mount`, and `{render}` as its default."""
    return "\n".join(_joined(name) for name in modules())


@cache
def stylesheet() -> str:
    """The whole style sheet."""
    return (STATIC / "stepper.css").read_text(encoding="utf-8")


def modules() -> tuple[str, ...]:
    """The names of the modules, each after those that it imports."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        for match in _IMPORT.finditer(_text(name)):
            visit(match[2])
        order.append(name)

    visit(_ENTRY)
    return tuple(order)


def _text(name: str) -> str:
    return (STATIC / f"{name}.js").read_text(encoding="utf-8")


def _joined(name: str) -> str:
    text = _IMPORT.sub(r"const { \1 } = $\2;\n", _text(name))
    if name == _ENTRY:
        return text
    exported = ", ".join(_EXPORT.findall(text))
    return f"const ${name} = (() => {{\n{_EXPORT.sub('', text)}return {{ {exported} }};\n}})();\n"
