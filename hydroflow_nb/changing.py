"""What a function that takes items into an accumulator can change in it, by the form of the function's text.

Operators are taken to give new values, as everywhere: `acc + x` changes nothing. A call may change its arguments at any
depth. There are two exceptions: Python's own functions that only read; and methods of containers that are called on the
accumulator itself, which change which items it holds and nothing in the items.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from enum import Enum
from functools import lru_cache
from types import BuiltinFunctionType, CodeType, FunctionType, MethodDescriptorType
from typing import Any, Final

from hydroflow_nb.effects import OF_CONTAINERS, READING, puts
from hydroflow_nb.trees import walk


class Change(Enum):
    """What a function can change in an accumulator that it is given."""

    NOTHING = "nothing: it returns a new one"
    TOP = "which items a container holds, and nothing in them"
    ANYTHING = "anything, at any depth"


_CONTAINERS: Final = frozenset({list, dict, set, deque, bytearray, defaultdict, OrderedDict, Counter})
_EXPRESSIONS: Final = (
    *(ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Slice, ast.BinOp, ast.UnaryOp, ast.BoolOp),
    *(ast.Compare, ast.IfExp, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Starred, ast.JoinedStr, ast.FormattedValue),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.comprehension, ast.keyword),
    *(ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
)
_STATEMENTS: Final = (ast.Expr, ast.Return, ast.If, ast.For, ast.While, ast.Pass, ast.Break, ast.Continue)


def change_in(nodes: Iterable[ast.AST], accumulator: str | None) -> Change:
    """What code can change in the accumulator, which is given by its name; None where the accumulator has no name."""
    found = Change.NOTHING
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in READING:
                waiting += [*args, *keywords]
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name), args=args, keywords=keywords) if (
                owner == accumulator and name in OF_CONTAINERS
            ):
                found = Change.TOP
                waiting += [*args, *keywords]
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name != accumulator:
                waiting.append(value)
            case (
                ast.Assign(targets=[ast.Subscript(value=ast.Name(id=owner), slice=index)], value=value)
                | ast.Assign(targets=[ast.Attribute(value=ast.Name(id=owner)) as index], value=value)
            ) if owner == accumulator:
                found = Change.TOP
                waiting += [index, value]
            case ast.Delete(targets=[ast.Subscript(value=ast.Name(id=owner), slice=index)]) if owner == accumulator:
                found = Change.TOP
                waiting.append(index)
            case ast.For(target=target) | ast.comprehension(target=target) if _binds(target, accumulator):
                # From here on the name stands for a part of the accumulator.
                return Change.ANYTHING
            case ast.BinOp(op=operator) if puts(operator):
                return Change.ANYTHING
            case _ if isinstance(node, (*_EXPRESSIONS, *_STATEMENTS)):
                waiting += ast.iter_child_nodes(node)
            case _:
                return Change.ANYTHING
    return found


def _binds(target: ast.expr, name: str | None) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in walk(target))


def change_by(function: Callable[..., Any]) -> Change:
    """What a function can change in its first argument; ANYTHING where its text cannot be read."""
    if isinstance(function, FunctionType):
        return _change_by_code(function.__code__)
    if isinstance(function, MethodDescriptorType) and function.__objclass__ in _CONTAINERS:
        return Change.TOP
    if isinstance(function, BuiltinFunctionType) and function in (max, min):
        return Change.NOTHING
    return Change.ANYTHING


@lru_cache(maxsize=1024)
def _change_by_code(code: CodeType) -> Change:
    text = text_of(code) if code.co_argcount else None
    return Change.ANYTHING if text is None else change_in(text.body, code.co_varnames[0])


def text_of(code: CodeType) -> ast.FunctionDef | None:
    """The tree of a function that was made by a plain `def`; None where its text cannot be read."""
    try:
        module = ast.parse(textwrap.dedent(inspect.getsource(code)))
    except Exception:  # there is no text, or the text is not a function's alone
        return None
    match module.body:
        case [ast.FunctionDef(name=code.co_name, decorator_list=[]) as found] if _is_text_of(module, code):
            return found
    return None


def _is_text_of(module: ast.Module, code: CodeType) -> bool:
    """False where a file has changed since the function was loaded from it."""
    # Default values and annotations may be functions as well.
    found = [one for one in compile(module, "<text>", "exec").co_consts if isinstance(one, CodeType)]
    same = [one for one in found if one.co_name == code.co_name]
    if len(same) != 1:
        return False
    made = same[0]
    if code.co_freevars:  # compiled without its surroundings, the text has them as global names
        return made.co_varnames == code.co_varnames and {*made.co_names} == {*code.co_names, *code.co_freevars}
    return (made.co_varnames, made.co_names, made.co_code) == (code.co_varnames, code.co_names, code.co_code)
