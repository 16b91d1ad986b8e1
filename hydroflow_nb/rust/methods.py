"""The methods of texts, lists, sets and dicts: what Rust writes for each."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Final

from hydroflow_nb.records import dataclass
from hydroflow_nb.rust.translating import Text, Translating
from hydroflow_nb.rust.types import Misfit, Type, fresh, in_python, kind, parts, same


@dataclass(frozen=True, kw_only=True)
class Method:
    """A method that changes nothing: the types of its arguments, of which those with `&` are lent, of its result, and
    Rust's text for it. In the text `{0}` is the object, then come the arguments.
    """

    takes: tuple[str, ...] = ()
    gives: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """A method that changes its object and gives None; the text is a statement."""

    takes: tuple[str, ...] = ()
    text: str


def _m(gives: str, text: str, *takes: str) -> Method:
    return Method(takes=takes, gives=gives, text=text)


def _c(text: str, *takes: str) -> Change:
    return Change(takes=takes, text=text)


# By the type of the object and the method's name; several for several numbers of arguments. The letters are the types
# of the object's parts: T of a list or set, K and V of a dict.
_METHODS: Final[Mapping[tuple[str, str], Sequence[Method]]] = {
    ("str", "upper"): [_m("str", "{0}.to_uppercase()")],
    ("str", "lower"): [_m("str", "{0}.to_lowercase()")],
    ("str", "strip"): [
        _m("str", "{0}.trim().to_string()"),
        _m("str", "python::stripped(&{0}, {1}, true, true)", "&str"),
    ],
    ("str", "lstrip"): [
        _m("str", "{0}.trim_start().to_string()"),
        _m("str", "python::stripped(&{0}, {1}, true, false)", "&str"),
    ],
    ("str", "rstrip"): [
        _m("str", "{0}.trim_end().to_string()"),
        _m("str", "python::stripped(&{0}, {1}, false, true)", "&str"),
    ],
    ("str", "split"): [
        _m("list[str]", "python::words(&{0})"),
        _m("list[str]", "python::split(&{0}, {1}, -1)", "&str"),
        _m("list[str]", "python::split(&{0}, {1}, {2})", "&str", "int"),
    ],
    ("str", "splitlines"): [_m("list[str]", "python::lines(&{0})")],
    ("str", "join"): [_m("str", "{1}.collect::<Vec<_>>().join({0}.as_str())", "each[str]")],
    ("str", "startswith"): [_m("bool", "{0}.starts_with({1}.as_str())", "str")],
    ("str", "endswith"): [_m("bool", "{0}.ends_with({1}.as_str())", "str")],
    ("str", "removeprefix"): [_m("str", "python::without_prefix(&{0}, {1})", "&str")],
    ("str", "removesuffix"): [_m("str", "python::without_suffix(&{0}, {1})", "&str")],
    ("str", "replace"): [_m("str", "{0}.replace({1}.as_str(), {2})", "str", "&str")],
    ("str", "find"): [_m("int", "python::find(&{0}, {1})", "&str")],
    ("str", "count"): [_m("int", "python::occurrences(&{0}, {1})", "&str")],
    ("str", "isdigit"): [_m("bool", "python::all_characters(&{0}, |one| one.is_ascii_digit())")],
    ("str", "isalpha"): [_m("bool", "python::all_characters(&{0}, char::is_alphabetic)")],
    ("str", "isspace"): [_m("bool", "python::all_characters(&{0}, char::is_whitespace)")],
    ("list", "index"): [_m("int", "python::index_of(&{0}, {1})", "&T")],
    ("list", "count"): [_m("int", "python::count_of(&{0}, {1})", "&T")],
    ("list", "copy"): [_m("list[T]", "{0}.clone()")],
    ("set", "copy"): [_m("set[T]", "{0}.clone()")],
    ("set", "union"): [_m("set[T]", "python::union(&{0}, {1})", "&set[T]")],
    ("set", "intersection"): [_m("set[T]", "python::intersection(&{0}, {1})", "&set[T]")],
    ("set", "difference"): [_m("set[T]", "python::difference(&{0}, {1})", "&set[T]")],
    ("set", "issubset"): [_m("bool", "{0}.is_subset({1})", "&set[T]")],
    ("set", "issuperset"): [_m("bool", "{0}.is_superset({1})", "&set[T]")],
    ("set", "isdisjoint"): [_m("bool", "{0}.is_disjoint({1})", "&set[T]")],
    ("dict", "copy"): [_m("dict[K, V]", "{0}.clone()")],
    ("dict", "get"): [
        _m("option[V]", "{0}.get({1}).cloned()", "&K"),
        _m("V", "{0}.get({1}).cloned().unwrap_or({2})", "&K", "V"),
    ],
    ("dict", "keys"): [_m("list[K]", "{0}.keys().cloned().collect::<Vec<_>>()")],
    ("dict", "values"): [_m("list[V]", "{0}.values().cloned().collect::<Vec<_>>()")],
    ("dict", "items"): [_m("list[(K, V)]", "python::items(&{0})")],
    ("int", "bit_length"): [_m("int", "python::bit_length({0})")],
}
_CHANGES: Final[Mapping[tuple[str, str], Change]] = {
    ("list", "append"): _c("{0}.push({1})", "T"),
    ("list", "extend"): _c("{0}.extend({1})", "each[T]"),
    ("list", "insert"): _c("python::insert(&mut {0}, {1}, {2})", "int", "T"),
    ("list", "remove"): _c("python::remove(&mut {0}, {1})", "&T"),
    ("list", "clear"): _c("{0}.clear()"),
    ("list", "reverse"): _c("{0}.reverse()"),
    ("list", "sort"): _c("python::sort(&mut {0})"),
    ("set", "add"): _c("{0}.insert({1})", "T"),
    ("set", "update"): _c("{0}.extend({1})", "each[T]"),
    ("set", "discard"): _c("{0}.shift_remove({1})", "&T"),
    ("set", "remove"): _c("python::take(&mut {0}, {1})", "&T"),
    ("set", "clear"): _c("{0}.clear()"),
    ("dict", "update"): _c("{0}.extend({1})", "dict[K, V]"),
    ("dict", "clear"): _c("{0}.clear()"),
    ("dict", "__setitem__"): _c("{0}.insert({1}, {2})", "K", "V"),
    ("dict", "pop"): _c("{0}.shift_remove({1})", "&K"),
    ("list", "__setitem__"): _c("*python::item_mut(&mut {0}, {1}) = {2}", "int", "T"),
}


def is_change(of: Type, name: str) -> bool:
    """Whether a method changes its object."""
    return (kind(of), name) in _CHANGES


def called_method(this: Translating, call: ast.Call, on: Text, name: str) -> Text:
    """A call of a method that changes nothing."""
    rows = _METHODS.get((kind(on.type), name), ())
    for row in rows:
        if len(row.takes) == len(call.args):
            letters = _letters(on.type)
            result = fresh(row.gives, letters)
            written = row.text.format(on.wrapped, *_arguments(this, call, row.takes, letters))
            return Text(text=written, type=result)
    if is_change(on.type, name):
        raise this.refuse(
            call,
            f"`.{name}` changes its object, which only the accumulator of a fold lets a function do here",
            "let the function give a new value: `xs + [x]`, `s | {x}`, `d | {k: v}`",
        )
    about = f"with {len(call.args)} arguments " if rows else ""
    raise this.refuse(
        call,
        f"the method `.{name}` of `{in_python(on.type)}` {about}is not translated",
        f"translated are {', '.join(f'`.{one}`' for one in _known(on.type))}" if _known(on.type) else "",
    )


def changed_by_method(this: Translating, call: ast.Call, on: Text, name: str) -> str:
    """A statement: a call of a method that changes its object."""
    change, letters = _CHANGES[(kind(on.type), name)], _letters(on.type)
    if len(change.takes) != len(call.args):
        raise this.refuse(call, f"`.{name}` with {len(call.args)} arguments is not translated")
    return change.text.format(on.wrapped, *_arguments(this, call, change.takes, letters))


def _letters(of: Type) -> dict[str, Type]:
    names = {"dict": "KV", "list": "T", "set": "T"}.get(kind(of), "")
    return dict(zip(names, parts(of), strict=False))


def _arguments(this: Translating, call: ast.Call, takes: Sequence[str], letters: dict[str, Type]) -> list[str]:
    if call.keywords or any(isinstance(one, ast.Starred) for one in call.args):
        raise this.refuse(call, "keywords and stars in a call are not translated", "write the arguments by position")
    written = []
    for node, wanted in zip(call.args, takes, strict=True):
        if wanted.startswith("each"):
            items = this.iterated(node)
            element = fresh(wanted.removeprefix("each[").removesuffix("]"), letters)
            try:
                same(items.type, element)
            except Misfit as misfit:
                raise this.refuse(node, f"the elements are of two types: {misfit}") from None
            written.append(items.text)
            continue
        made = this.as_type(node, fresh(wanted.removeprefix("&"), letters))
        written.append(made.by_reference if wanted.startswith("&") else made.owned)
    return written


def _known(of: Type) -> list[str]:
    return sorted(name for (name_of, name) in [*_METHODS, *_CHANGES] if name_of == kind(of) and name[0] != "_")
