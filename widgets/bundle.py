"""The script and the style sheet of a widget, each as one text: the files of `static/` joined.

A widget's script must be a single module, so the modules of its room and those that it imports are joined. `static/`
has a room for each widget, whose entry bears the room's name (`stepper/stepper.js`), and `shared/` for what several
widgets use. A module imports from its own room and from `shared/`; a widget that holds another one imports its entry.

The modules are ordinary ES modules. Joining relies on habits, which a test checks: imports are one line, by name, from
`./` or `../shared/`; exports stand before the declaration, and a default export last. Each module becomes a function
that returns what it exports. Documentation comments (`/** … */`) are for people and for the type checker: they are left
out.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from hydroflow_nb.render.palette import PALETTE

STATIC: Final = Path(__file__).parent / "static"
SHARED: Final = "shared"
_IMPORT: Final = re.compile(r'^import \{ ([\w, ]+) \} from "(?:\./|\.\./(\w+)/)(\w+)\.js";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
_DOCUMENTATION: Final = re.compile(r"^[ ]*/\*\*(?:[^*]|\*(?!/))*\*/\n", re.MULTILINE)

_COMMENT: Final = re.compile(r"^(?://[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)\n", re.MULTILINE)
_MARGIN: Final = re.compile(r"^(?:[ ]+|\n)", re.MULTILINE)


@cache
def script(entry: str) -> str:
    """The whole script of a widget, `entry` its room: an ES module that exports what `<entry>/<entry>.js` does."""
    return "\n".join(_joined(name, is_entry=name == f"{entry}/{entry}") for name in modules(entry))


@cache
def stylesheet(entry: str) -> str:
    """The whole style sheet of a widget, `entry` its room: the colours, what all share, what it holds, then its own. Of
    the sheets of a room the one with its name comes first, then the others by name.
    """
    held = dict.fromkeys(name.partition("/")[0] for name in modules(entry))
    rooms = [SHARED, *(room for room in held if room not in (SHARED, entry)), entry]
    paths = [
        path
        for room in rooms
        for path in sorted((STATIC / room).glob("*.css"), key=lambda path: (path.stem != room, path.name))
    ]
    rules = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    used = [name for name in PALETTE if f"var(--hf-{name})" in rules]
    colours = "".join(f"  --hf-{name}: {PALETTE[name].css};\n" for name in used)
    return f".hf {{\n{colours}}}\n{rules}"


def compact(text: str) -> str:
    """A script or a style sheet without indentation, empty lines and comments that are whole lines."""
    return _COMMENT.sub("", _MARGIN.sub("", text))


def modules(entry: str) -> tuple[str, ...]:
    """The names of a widget's modules, as in `shared/dom`, each after those that it imports."""
    order: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in order:
            return
        for imported in _imports(name):
            visit(imported)
        order[name] = None

    visit(f"{entry}/{entry}")
    return tuple(order)


def _imports(name: str) -> list[str]:
    """The names of the modules that a module imports."""
    own = name.partition("/")[0]
    return [f"{match[2] or own}/{match[3]}" for match in _IMPORT.finditer(_text(name))]


def _text(name: str) -> str:
    return (STATIC / f"{name}.js").read_text(encoding="utf-8")


def _joined(name: str, *, is_entry: bool) -> str:
    room = name.partition("/")[0]

    def taken(match: re.Match[str]) -> str:
        return f"const {{ {match[1]} }} = {_variable(f'{match[2] or room}/{match[3]}')};\n"

    text = _IMPORT.sub(taken, _DOCUMENTATION.sub("", _text(name)))
    if is_entry:
        return text
    # What makes a widget of it is of use to the front end alone.
    body, default, _ = text.partition("\nexport default ")
    text = f"{body}\n" if default else text
    exported = ", ".join(_EXPORT.findall(text))
    return f"const {_variable(name)} = (() => {{\n{_EXPORT.sub('', text)}return {{ {exported} }};\n}})();\n"


def _variable(name: str) -> str:
    """The name that a module has in the joined script: no module of another room has it."""
    return "$" + name.replace("/", "_")
