"""Which parts of a dict or a list a function changes when it takes an item into it, by the form of the function's text.

`acc.setdefault(k, []).append(v)` changes the part at `k`. The following is known of such a function: it changes nothing
that is deeper in the dict. The parts that it puts in are new, so no two of them are the same object. It returns the
dict or None. The item alone tells the keys, before the function is called. Reading an attribute or an index is taken to
change nothing.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

from hydroflow_nb.changing import text_of
from hydroflow_nb.effects import MAKING, PUTTING, puts
from hydroflow_nb.reading import MayKeepError, Reading
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The keys of the parts, as expressions over the names of the item and the names that `before` binds. This holds as
    long as the names in `relied_on` mean Python's own functions. `alone`: nothing else changes, so the parts of a list
    stay at their places.
    """

    keys: tuple[ast.expr, ...]
    before: tuple[ast.stmt, ...] = ()
    relied_on: frozenset[str]
    alone: bool = True


class _OtherwiseError(Exception):
    """The function may change something else as well."""


def parts_in(body: Sequence[ast.stmt] | ast.expr, accumulator: str, item: Collection[str]) -> Parts | None:
    """The parts that code changes in the accumulator, which is given by its name; None where the code may change
    something else. `item` holds the names that stand for the item and for what is in it.
    """
    statements = [ast.Return(value=body)] if isinstance(body, ast.expr) else list(body)
    looking = _Looking(accumulator, set(item))
    try:
        before = looking.bound(statements)
        looking.statements(statements[len(before) :])
    except (_OtherwiseError, MayKeepError):
        return None
    if not looking.keys:
        return None
    return Parts(
        keys=tuple(looking.keys),
        before=tuple(before),
        relied_on=frozenset(looking.reading.relied_on),
        alone=looking.alone,
    )


def keys_by(function: Callable[..., Any]) -> Callable[..., tuple[Any, ...] | None] | None:
    """A function that gives the keys of the parts that another one, of an accumulator and an item, changes; None where
    that one may change something else.

    It takes the same arguments. It gives None for an item that can be taken apart only once, for a list of which more
    than parts changes, and while a name is bound to something else than Python's own function.
    """
    if not isinstance(function, FunctionType):
        return None
    found = _keys_by_code(function.__code__)
    if found is None:
        return None
    code, relied_on, alone = found
    names = function.__globals__
    keys: Callable[..., tuple[Any, ...] | None] = FunctionType(code, names)

    def keys_of(accumulator: Any, item: Any) -> tuple[Any, ...] | None:
        # Asked each time, as a notebook may bind a name anew.
        for name in relied_on:
            if name in names and names[name] is not getattr(builtins, name):
                return None
        return keys(accumulator, item) if alone or type(accumulator) is not list else None

    return keys_of


@lru_cache(maxsize=1024)
def _keys_by_code(code: CodeType) -> tuple[CodeType, frozenset[str], bool] | None:
    text = text_of(code)
    if text is None or code.co_freevars or code.co_cellvars or not _takes_two(text.args):
        return None
    accumulator, item = code.co_varnames[:2]
    parts = parts_in(text.body, accumulator, {item})
    if parts is None:
        return None
    body: list[ast.stmt] = []
    for statement in parts.before:
        match statement:
            case ast.Assign(targets=[ast.Tuple()], value=value):
                # Only a tuple is known to survive this: an iterator, for example, can be taken apart only once.
                body += ast.parse(f"if ({ast.unparse(value)}).__class__ is not ().__class__: return None").body
        body.append(statement)
    body.append(ast.Return(value=ast.Tuple(elts=list(parts.keys), ctx=ast.Load())))
    made = ast.FunctionDef(name="keys", args=text.args, body=body, decorator_list=[], returns=None)
    for argument in made.args.args:
        argument.annotation = None
    made.args.defaults = []
    module = ast.fix_missing_locations(ast.Module(body=[made], type_ignores=[]))
    (found,) = (one for one in compile(module, "<keys>", "exec").co_consts if isinstance(one, CodeType))
    return found, parts.relied_on, parts.alone


def _takes_two(arguments: ast.arguments) -> bool:
    """True where a function takes exactly two arguments, an accumulator and an item."""
    others = (arguments.posonlyargs, arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    return len(arguments.args) == 2 and not any(others)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What stands for a part: `key` is None for a variable, whose key is known; `default` is put in where none is."""

    key: ast.expr | None = None
    default: ast.expr | None = None


class _Looking:
    """Goes through the code of a function, and notes the keys of the parts. Raises for what may change more."""

    def __init__(self, accumulator: str, item: set[str]) -> None:
        self.accumulator = accumulator
        self.item = item
        self.keys: list[ast.expr] = []
        self.reading = Reading()
        # Nothing but parts changes.
        self.alone = True
        # Variables that stand for parts.
        self._parts: set[str] = set()

    def bound(self, statements: Sequence[ast.stmt]) -> list[ast.stmt]:
        """The statements at the start that take the item apart."""
        found: list[ast.stmt] = []
        for statement in statements:
            match statement:
                case ast.Assign(targets=[ast.Name() | ast.Tuple() as target], value=value) if self._is_of_item(value):
                    names = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
                    plain = not isinstance(target, ast.Tuple) or all(isinstance(one, ast.Name) for one in target.elts)
                    if not plain or not names.isdisjoint({self.accumulator, *self.item}):
                        raise _OtherwiseError
                    self.item |= names
                    found.append(statement)
                case _:
                    break
        return found

    def statements(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value=value):
                self._effect(value)
            case ast.Return(value=value):
                if value is not None:
                    self._returned(value)
            case ast.If(test=test, body=body, orelse=otherwise):
                self._read(test)
                self.statements([*body, *otherwise])
            case ast.Pass():
                pass
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if self._is_free(name):
                self._note_part(value)
                self._parts.add(name)
            case ast.Assign(targets=[ast.Subscript(value=owner, slice=key)], value=value):
                self._put(owner, key, value)
            case ast.AugAssign(target=ast.Subscript() as part, op=op, value=value) if not puts(op):
                # A number is replaced by this, a list changed.
                self._note_part(part)
                self._stored(value)
            case ast.Delete(targets=[ast.Subscript(value=owner, slice=key)]):
                self._read(key)
                if not self._is_accumulator(owner):
                    self._note_part(owner)
                else:
                    self.alone = False
            case _:
                raise _OtherwiseError

    def _is_free(self, name: str) -> bool:
        return name != self.accumulator and name not in self.item

    def _is_accumulator(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id == self.accumulator

    def _returned(self, node: ast.expr) -> None:
        """Look at an expression whose value is returned. Refuse any value but None and the accumulator."""
        match node:
            case ast.Constant(value=None):
                pass
            case ast.Name() if self._is_accumulator(node):
                pass
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                self._read(test)
                self._returned(body)
                self._returned(otherwise)
            case ast.BoolOp(values=values):
                for value in values:
                    self._returned(value)
            case ast.Subscript(
                value=ast.Tuple(elts=[*first, last]),
                slice=ast.Constant(value=index) | ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=index)) as at,
            ) if index == (len(first) if isinstance(at, ast.Constant) else 1):
                for one in first:
                    self._effect(one)
                self._returned(last)
            case ast.Call() if self._is_putting(node):
                self._putting(node)
            case _:
                raise _OtherwiseError

    def _effect(self, node: ast.expr) -> None:
        """Look at an expression whose value is dropped."""
        match node:
            case ast.Call() if self._is_putting(node):
                self._putting(node)
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                self._read(test)
                self._effect(body)
                self._effect(otherwise)
            case ast.Call(func=ast.Attribute(value=owner, attr="setdefault")) if self._is_accumulator(owner):
                self._note_part(node)
            case _:
                self._read(node)

    def _is_putting(self, node: ast.Call) -> bool:
        """True for a call of a method that changes which items the accumulator or a part holds, and returns None."""
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=name), keywords=[]) if name in PUTTING:
                return self._is_accumulator(owner) or self._part(owner) is not None
        return False

    def _putting(self, node: ast.Call) -> None:
        """Look at such a call."""
        assert isinstance(node.func, ast.Attribute)
        owner = node.func.value
        if not self._is_accumulator(owner):
            self._note_part(owner)
            for one in node.args:
                self._stored(one)
            return
        self.alone = False
        match node.func.attr, node.args:
            case "__setitem__", [key, value]:
                self._put(owner, key, value)
            case "__delitem__", [key]:
                self._read(key)
            case "clear", []:
                pass
            case _:
                raise _OtherwiseError

    def _put(self, owner: ast.expr, key: ast.expr, value: ast.expr) -> None:
        """Look at an item that is put into the accumulator or a part."""
        self._read(key)
        if self._is_accumulator(owner):
            self.alone = False
            self._made(value)
        else:
            self._note_part(owner)
            self._stored(value)

    def _part(self, node: ast.expr) -> _Part | None:
        """What an expression says of the part that it stands for; None where it stands for no part."""
        match node:
            case ast.Name(id=name) if name in self._parts:
                return _Part()
            case ast.Subscript(value=owner, slice=key) if self._is_accumulator(owner) and self._is_of_item(key):
                return _Part(key=key)
            case ast.Call(func=ast.Attribute(value=owner, attr=name), args=[key, *others], keywords=[]) if (
                self._is_accumulator(owner) and self._is_of_item(key)
            ):
                match name, others:
                    case "get", []:
                        return _Part(key=key)
                    case "setdefault", [default]:
                        return _Part(key=key, default=default)
        return None

    def _note_part(self, node: ast.expr) -> None:
        """Note the key of a part. Refuse what stands for no part."""
        part = self._part(node)
        if part is None:
            raise _OtherwiseError
        if part.default is not None:
            self._made(part.default)
        if part.key is not None:
            self.keys.append(part.key)

    def _is_of_item(self, node: ast.expr) -> bool:
        """True where the item alone, without a call, tells the value of an expression."""
        match node:
            case ast.Name(id=name):
                return name in self.item
            case ast.Constant():
                return True
            case ast.Attribute(value=value):
                return self._is_of_item(value)
            case ast.Subscript(value=value, slice=index):
                return self._is_of_item(value) and self._is_of_item(index)
            case ast.Tuple(elts=elements):
                return all(map(self._is_of_item, elements))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._is_of_item(operand)
            case ast.BinOp(left=left, right=right, op=op) if not puts(op):
                return self._is_of_item(left) and self._is_of_item(right)
        return False

    def _read(self, node: ast.expr) -> None:
        """Refuse an expression that does more than read."""
        self.reading.part(node, frozenset({self.accumulator, *self._parts, *self.item}))

    def _stored(self, node: ast.expr) -> None:
        """Refuse to store the accumulator or what it holds."""
        self._read(node)
        if self.reading.part(node, frozenset({self.accumulator, *self._parts})):
            raise _OtherwiseError

    def _made(self, node: ast.expr) -> None:
        """Refuse an expression that may give an object that existed before."""
        self._stored(node)
        match node:
            case ast.Constant() | ast.List() | ast.Set() | ast.Dict() | ast.ListComp() | ast.SetComp() | ast.DictComp():
                pass
            case ast.Tuple() | ast.JoinedStr() | ast.Compare() | ast.BinOp() | ast.UnaryOp():
                pass
            case ast.Call(func=ast.Name(id=name)) if name in MAKING:
                pass
            case _:
                raise _OtherwiseError
