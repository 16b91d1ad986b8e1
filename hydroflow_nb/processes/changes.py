"""What a statement changes without binding a name: the objects of names, and the surroundings of all code.

`changed` has the names whose objects a statement surely changes, as `data.append(2)`, `setattr(data, ...)` and
`sys.path.insert(0, ...)` do. `perhaps_changed` has those whose objects an unknown function or method may change.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

# Methods of Python's containers and random generators that change their object.
CHANGING_METHODS: Final = frozenset(
    [
        "add",
        "append",
        "appendleft",
        "clear",
        "difference_update",
        "discard",
        "extend",
        "extendleft",
        "insert",
        "intersection_update",
        "move_to_end",
        "pop",
        "popitem",
        "popleft",
        "remove",
        "reverse",
        "rotate",
        "seed",
        "setdefault",
        "sort",
        "symmetric_difference_update",
        "update",
        "__setitem__",
        "__delitem__",
        "__setattr__",
        "__iadd__",
    ]
)
# Functions that change their first argument.
CHANGING_FUNCTIONS: Final = frozenset(
    [
        "setattr",
        "delattr",
        "setitem",
        "delitem",
        "iadd",
        "shuffle",
        "heapify",
        "heappush",
        "heappop",
        "heapreplace",
        "heappushpop",
        "insort",
        "insort_left",
        "insort_right",
    ]
)
# Functions that only look at their arguments, and methods that only look at their object.
LOOKING: Final = frozenset(
    [
        "print",
        "display",
        "len",
        "repr",
        "str",
        "type",
        "id",
        "isinstance",
        "issubclass",
        "sorted",
        "list",
        "tuple",
        "set",
        "dict",
        "frozenset",
        "sum",
        "min",
        "max",
        "any",
        "all",
        "enumerate",
        "zip",
        "range",
        "map",
        "filter",
        "reversed",
        "iter",
        "hash",
        "bool",
        "int",
        "float",
        "vars",
        "dir",
        "help",
        "callable",
        "getattr",
        "hasattr",
        "format",
        "pprint",
        "abs",
        "round",
        "keys",
        "values",
        "items",
        "get",
        "copy",
        "deepcopy",
        "count",
        "index",
        "union",
        "intersection",
        "difference",
        "symmetric_difference",
        "issubset",
        "issuperset",
        "isdisjoint",
        "join",
        "split",
        "rsplit",
        "strip",
        "startswith",
        "endswith",
        "lower",
        "upper",
        "encode",
        "decode",
        "most_common",
    ]
)
# Stands, like a name, for the list of folders in which imports look.
IMPORT_PATH: Final = "sys.path"
# The surroundings of all code, by the function or the object that changes them.
_SURROUNDINGS: Final = {
    "os.environ": "the environment",
    "os.putenv": "the environment",
    "os.unsetenv": "the environment",
    "os.chdir": "the working directory",
    "os.umask": "the permissions of new files",
    "locale.setlocale": "the locale",
    "exec": "names",
    "globals": "names",
    "sys.modules": "modules",
    "sys.setrecursionlimit": "the interpreter",
}
# Line magics that change what runs after them, `%name` at the start of a line.
_CHANGING_MAGIC: Final = re.compile(
    r"^\s*%{1,2}(?:env|set_env|cd|pushd|popd|run|load|autoreload|writefile|pip|conda)\b.*"
)


def dotted(node: ast.expr) -> str:
    """The text of a name, or of names with dots between them. For an item or a call, the text of its object."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            base = dotted(value)
            return base and f"{base}.{attr}"
        case ast.Subscript(value=value) | ast.Call(func=value) | ast.Await(value=value):
            return dotted(value)
    return ""


def changed(statement: ast.stmt) -> frozenset[str]:
    """The names whose objects a statement surely changes, `IMPORT_PATH` among them."""
    found = set[str]()
    for node in _at_once(statement):
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in CHANGING_METHODS:
                found.add(_root(value))
            case ast.Call(func=ast.Name() | ast.Attribute() as called, args=[first, *_]):
                if dotted(called).rpartition(".")[2] in CHANGING_FUNCTIONS:
                    found.add(_root(first))
            case ast.Subscript(ctx=ast.Store() | ast.Del(), value=value) if dotted(value) == IMPORT_PATH:
                found.add(IMPORT_PATH)
            case ast.Attribute(ctx=ast.Store()) if dotted(node) == IMPORT_PATH:
                found.add(IMPORT_PATH)
    return _with_sources(frozenset(found - {""}), statement)


def changed_later(statement: ast.stmt) -> frozenset[str]:
    """The names that the functions defined by a statement change, or bind again, when they are called."""
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return frozenset()
    found = set[str]()
    for part in ast.walk(statement):
        match part:
            case ast.Global(names=names):
                found.update(names)
            case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()):
                found.add(_root(part))
            case ast.stmt() if part is not statement:
                found.update(changed(part))
    return frozenset(found - {""})


def perhaps_changed(statement: ast.stmt) -> frozenset[str]:
    """The names whose objects an unknown function or method may change."""
    found = set[str]()
    for node in _at_once(statement):
        match node:
            case ast.Call(func=called, args=args, keywords=keywords):
                name = dotted(called)
                if name.rpartition(".")[2] in LOOKING:
                    continue
                if isinstance(called, ast.Attribute):
                    found.add(_root(called.value))
                for given in (*args, *(keyword.value for keyword in keywords)):
                    found.add(_root(given.value if isinstance(given, ast.Starred) else given))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.update(map(_root, node.decorator_list))
    return frozenset(found - {""}) - changed(statement)


def surroundings(statement: ast.stmt) -> str:
    """The surroundings that a statement changes, in words; empty if it changes none."""
    for node in _at_once(statement):
        name = ""
        match node:
            case ast.Call(func=called):
                name = dotted(called)
            case ast.Subscript(ctx=ast.Store() | ast.Del()):
                name = dotted(node)
        for key, words in _SURROUNDINGS.items():
            if (name == key and not _only_looks(node)) or (
                name.startswith(f"{key}.") and name.rpartition(".")[2] in CHANGING_METHODS
            ):
                return words
    return ""


def magics(text: str) -> Iterator[str]:
    """The lines of a cell that are magics which change what runs after them."""
    return (line.strip() for line in text.split("\n") if _CHANGING_MAGIC.match(line))


def _with_sources(names: frozenset[str], statement: ast.stmt) -> frozenset[str]:
    """The names, and those that their objects come from within the statement: `for row in rows: row.append(0)`."""
    taken: dict[str, set[str]] = {}
    for node in _at_once(statement):
        match node:
            case ast.For(target=target, iter=source) | ast.AsyncFor(target=target, iter=source):
                targets: list[ast.expr] = [target]
            case ast.Assign(targets=targets, value=source):
                pass
            case _:
                continue
        roots = {_root(one) for one in (source.elts if isinstance(source, ast.List | ast.Tuple) else [source])}
        for one in targets:
            for name in ast.walk(one):
                if isinstance(name, ast.Name):
                    taken.setdefault(name.id, set()).update(roots - {""})
    found, new = set(names), set(names)
    while new:
        new = {source for name in new for source in taken.get(name, ())} - found
        found |= new
    return frozenset(found)


def _only_looks(node: ast.AST) -> bool:
    """True for `globals()` alone."""
    return isinstance(node, ast.Call) and dotted(node) == "globals"


def _root(node: ast.expr) -> str:
    name = dotted(node)
    return IMPORT_PATH if name == IMPORT_PATH or name.startswith(f"{IMPORT_PATH}.") else name.partition(".")[0]


def _at_once(statement: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when the statement runs: the bodies of functions run later."""
    yield statement
    for part in ast.iter_child_nodes(statement):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and (
            part in statement.body if isinstance(statement.body, list) else part is statement.body
        ):
            continue
        yield from _at_once(part)
