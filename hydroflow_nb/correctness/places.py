"""Where parts of an item stand in what a function makes of it, read from its pattern and from the displays, and the
calls of data classes, that it builds.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Iterable, Iterator, Sequence, Set
from types import CodeType
from typing import Any, Final

from hydroflow_nb.correctness.written import MISSING, Written, bound_within
from hydroflow_nb.expressions import Binding, Instance, Pattern, Rest
from hydroflow_nb.expressions import Sequence as Parts
from hydroflow_nb.item_paths import Entry, Path, Step

Places = frozenset[Path]
_NOWHERE: Final[Places] = frozenset()
# Where the standard library writes the methods of a data class.
_GENERATED: Final = "__create_fn__.<locals>."


def places_in_result(
    function: Written, keys: Places, *, apart: bool = False, drops: bool = False, port: str = ""
) -> Places:
    """Where in its result the parts stand that `keys` lead to in the item: all places that are seen. `apart`: in each
    item of the iterable that it gives. `drops`: None stands for no result. `port`: in what it gives to that output,
    which its second pattern names.
    """
    if len(function.parameters) != (2 if port else 1):
        return _NOWHERE
    results = list(
        _gifts(function, port) if port else _items(function.body) if apart else _choices(function.body, drops)
    )
    if not results or None in results:
        return _NOWHERE
    found = [_found(function, keys, result) for result in results if result is not None]
    return frozenset.intersection(*found)


# --- the expressions that are given ----------------------------------------------------------------------------------


def _choices(body: ast.expr, drops: bool) -> Iterator[ast.expr]:
    """What a function of one result gives."""
    match body:
        case ast.IfExp(body=yes, orelse=no):
            yield from _choices(yes, drops)
            yield from _choices(no, drops)
        case ast.Constant(value=None) if drops:
            return
        case _:
            yield body


def _items(body: ast.expr) -> Iterator[ast.expr | None]:
    """The items of an iterable that is written out; None where it is not."""
    match body:
        case ast.IfExp(body=yes, orelse=no):
            yield from _items(yes)
            yield from _items(no)
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            yield from (None if isinstance(part, ast.Starred) else part for part in parts)
        case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.GeneratorExp(elt=element):
            yield element if not _binds_anew(body) else None
        case _:
            yield None


def _binds_anew(body: ast.expr) -> bool:
    """Whether a name that the element of a comprehension reads is one that the comprehension shadows."""
    outer = {
        one.id
        for comprehension in getattr(body, "generators", ())[:1]
        for one in ast.walk(comprehension.iter)
        if isinstance(one, ast.Name)
    }
    return bool(outer & bound_within(body))


def _gifts(function: Written, port: str) -> Iterator[ast.expr | None]:
    """What is given to an output: `port.give(x)`; None where the output is used in another way."""
    given = 0
    for one in ast.walk(function.body):
        match one:
            case ast.Call(func=ast.Attribute(value=output, attr="give"), args=[item], keywords=[]):
                count = sum(isinstance(name, ast.Name) and name.id == port for name in ast.walk(output))
                if count:
                    given += count
                    yield item
    mentions = sum(isinstance(one, ast.Name) and one.id == port for one in ast.walk(function.body))
    if mentions != given:
        yield None


# --- the places ------------------------------------------------------------------------------------------------------


def _found(function: Written, keys: Places, result: ast.expr) -> Places:
    # Where a pattern takes a key apart nothing tells whether it was a tuple, so that one made of its parts is another.
    stored = bound_within(function.body)
    parameter = function.parameters[0]
    found: set[Path] = set()
    for place, part, hidden in _laid_out(function, result, ()):
        chain = _chain(part)
        for key in keys:
            match _bound(function, parameter, key), chain:
                case (str() as name, rest), (other, path) if name == other and name not in stored:
                    # A part of the key is not the key.
                    if rest[: len(path)] == path and _shows(rest[len(path) :], hidden):
                        found.add((*place, *rest[len(path) :]))
                case _:
                    pass
    return frozenset(found)


def _shows(path: Path, hidden: Set[str] | None) -> bool:
    """Whether what a path leads to is there, too, where only the entries of a dict are, without those hidden."""
    match path:
        case _ if hidden is None:
            return True
        case (Entry(name), *_):
            return name not in hidden
    return False


def _laid_out(function: Written, node: ast.expr, place: Path) -> Iterator[tuple[Path, ast.expr, Set[str] | None]]:
    """An expression and the parts that it is a display of, each with its place. Of a dict that is put into another one
    the entries that the other one has itself are hidden.
    """
    yield place, node, None
    parts: Iterable[tuple[Step, ast.expr]] = ()
    match node:
        case ast.Dict(keys=keys, values=values):
            parts, whole, hidden = _entries(keys, values)
            if whole is not None:
                yield place, whole, hidden
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            if not any(isinstance(one, ast.Starred) for one in elements):
                parts = enumerate(elements)
        case ast.Call(func=func, args=arguments, keywords=keywords):
            fields = fields_of(function.value(func))
            if len(arguments) <= len(fields) and not any(isinstance(one, ast.Starred) for one in arguments):
                named = [(one.arg, one.value) for one in keywords if one.arg is not None]
                parts = [*zip(fields, arguments, strict=False), *(one for one in named if one[0] in fields)]
    for step, part in parts:
        yield from _laid_out(function, part, (*place, step))


def _entries(
    keys: Sequence[ast.expr | None], values: Sequence[ast.expr]
) -> tuple[Sequence[tuple[Step, ast.expr]], ast.expr | None, Set[str]]:
    """What stands under each text in a display of a dict, and the dict that `**` puts into it, with the texts under
    which it is not. The last entry with a key stays, so that nothing is known of what stands before another key.
    """
    found: dict[str, ast.expr] = {}
    for key, value in reversed(list(zip(keys, values, strict=True))):
        match key:
            case None:
                return [(Entry(name), one) for name, one in found.items()], value, found.keys()
            case ast.Constant(value=str() as name):
                found.setdefault(name, value)
            case _:
                break
    return [(Entry(name), one) for name, one in found.items()], None, found.keys()


def fields_of(value: Any) -> Sequence[str]:
    """The fields of a data class that keeps, and compares, what it is called with, in their order; empty for all
    else, such as one with methods that were written for it, and a plain class below a data class.
    """
    if not isinstance(value, type) or "__dataclass_fields__" not in vars(value) or not _is_made_plainly(value):
        return ()
    fields = {field.name for field in dataclasses.fields(value)}
    made = _generated(value, "__init__")
    if made is None or _generated(value, "__eq__") is None or not all(one.compare for one in dataclasses.fields(value)):
        return ()
    parameters = made.co_varnames[1 : made.co_argcount + made.co_kwonlyargcount]
    # Others than fields, such as an `InitVar`, go elsewhere.
    return made.co_varnames[1 : made.co_argcount] if fields.issuperset(parameters) else ()


def _is_made_plainly(value: Any) -> bool:
    """Whether a call of a class does nothing beside its `__init__`, whose values are there as attributes."""
    plain = [type(value).__call__ is type.__call__, not hasattr(value, "__post_init__")]
    plain += [value.__new__ is object.__new__, value.__getattribute__ is object.__getattribute__]
    # That of a frozen class is generated, and its `__init__` goes past it.
    plain.append(value.__dataclass_params__.frozen or value.__setattr__ is object.__setattr__)
    kept = (inspect.getattr_static(value, field.name, None) for field in dataclasses.fields(value))
    return all(plain) and not any(hasattr(type(one), "__set__") and not inspect.ismemberdescriptor(one) for one in kept)


def _generated(value: type, name: str) -> CodeType | None:
    """The code of a method that is generated for a data class; None where it has another one by the name."""
    code = getattr(vars(value).get(name), "__code__", None)
    is_known = code is not None and (code.co_filename, code.co_qualname) == ("<string>", f"{_GENERATED}{name}")
    return code if is_known else None


def _chain(node: ast.expr) -> tuple[str, Path] | None:
    """`("x", (0, "key"))` for `x[0].key`; None for all else."""
    path: list[Step] = []
    while True:
        match node:
            case ast.Name(id=name):
                return name, tuple(reversed(path))
            case ast.Attribute(value=value, attr=step):
                node = value
                path.append(step)
            case ast.Subscript(value=value, slice=ast.Constant(value=int() as number)) if number >= 0:
                node = value
                path.append(number)
            case ast.Subscript(value=value, slice=ast.Constant(value=str() as name)):
                node = value
                path.append(Entry(name))
            case _:
                return None


def _bound(function: Written, pattern: Pattern, key: Path) -> tuple[str, Path] | None:
    """The name that holds what a path leads to, with the rest of the path; None where no name does."""
    if isinstance(pattern, Binding):
        return pattern.name, key
    inner = _step(function, pattern, key)
    return None if inner is None else _bound(function, *inner)


def _step(function: Written, pattern: Pattern, key: Path) -> tuple[Pattern, Path] | None:
    match pattern, key:
        case Parts(items=items), (int() as number, *rest):
            rests = [at for at, item in enumerate(items) if isinstance(item, Rest)]
            if number < (rests[0] if rests else len(items)):
                return items[number], tuple(rest)
        case Instance(path=path, items=items), (str() as field, *rest):
            names = _match_args(function, path)
            if field in names and names.index(field) < len(items):
                return items[names.index(field)], tuple(rest)
    return None


def place_of_result(function: Written) -> Path | None:
    """Where in its item that stands which a function gives: `[0]` for `|(k, v)| k`; None where it gives something
    else.
    """
    chain = _chain(function.body)
    if chain is None or len(function.parameters) != 1:
        return None
    place = _place_of_name(function, function.parameters[0], chain[0])
    return None if place is None else (*place, *chain[1])


def _place_of_name(function: Written, pattern: Pattern, name: str) -> Path | None:
    """Where in an item that stands which a pattern gives a name."""
    parts: Iterable[tuple[Step, Pattern]] = ()
    match pattern:
        case Binding(name=own):
            return () if own == name else None
        case Parts(items=items):
            rests = [at for at, item in enumerate(items) if isinstance(item, Rest)]
            parts = enumerate(items[: rests[0] if rests else None])
        case Instance(path=path, items=items):
            parts = zip(_match_args(function, path), items, strict=False)
    for step, part in parts:
        inner = _place_of_name(function, part, name)
        if inner is not None:
            return (step, *inner)
    return None


def _match_args(function: Written, path: Sequence[str]) -> Sequence[str]:
    """The fields that the pattern of a class takes apart, in their order."""
    found = function.names.value(ast.parse(".".join(path), mode="eval").body)
    return getattr(found, "__match_args__", ()) if found is not MISSING else ()
