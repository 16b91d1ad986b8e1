"""Comprehensions, and what the elements that they go through are bound to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from hydroflow_nb.rust.scope import Local, rust_name
from hydroflow_nb.rust.translating import Text, Translating, owned
from hydroflow_nb.rust.types import Type, dict_of, in_python, kind, list_of, parts, set_of


def list_comprehension(this: Translating, node: ast.ListComp | ast.GeneratorExp) -> Text:
    """A list that is made of another one."""
    made = this.iterated(node)
    return Text(text=f"{made.text}.collect::<Vec<_>>()", type=list_of(made.type))


def set_comprehension(this: Translating, node: ast.SetComp) -> Text:
    """A set that is made of something."""
    made = comprehended(this, node.generators, lambda: owned(this.value(node.elt)))
    this.must_hash(node, made.type)
    return Text(text=f"{made.text}.collect::<IndexSet<_>>()", type=set_of(made.type))


def dict_comprehension(this: Translating, node: ast.DictComp) -> Text:
    """A dict that is made of something."""
    pair = ast.copy_location(ast.Tuple(elts=[node.key, node.value], ctx=ast.Load()), node)
    made = comprehended(this, node.generators, lambda: owned(this.value(pair)))
    key, value = parts(made.type)
    this.must_hash(node, key)
    return Text(text=f"{made.text}.collect::<IndexMap<_, _>>()", type=dict_of(key, value))


def comprehended(this: Translating, generators: Sequence[ast.comprehension], element: Callable[[], Text]) -> Text:
    """An iterator over what is made of elements; `element` translates that once their names are known."""
    first, rest = generators[0], generators[1:]
    if first.is_async:
        raise this.refuse(first.iter, "an asynchronous comprehension is not translated")
    items = this.iterated(first.iter)
    names: list[Local] = []
    target = bound_to(this, first.target, items.type, names)
    with this.with_names(names):
        test = " && ".join(this.truth(one).wrapped for one in first.ifs)
        inner = comprehended(this, rest, element) if rest else element()
    if rest:
        gathered = f"{inner.text}.collect::<Vec<_>>()"
        body = f"if {test} {{ {gathered} }} else {{ Vec::new() }}" if test else gathered
        return Text(text=f"{items.text}.flat_map(|{target}| {body})", type=inner.type)
    if test:
        body = f"if {test} {{ Some({inner.text}) }} else {{ None }}"
        return Text(text=f"{items.text}.filter_map(|{target}| {body})", type=inner.type)
    return Text(text=f"{items.text}.map(|{target}| {inner.text})", type=inner.type)


def bound_to(this: Translating, node: ast.expr, of: Type, names: list[Local], mark: str = "") -> str:
    """What a value is bound to, as a pattern of Rust; the names are added to a list. `mark` stands before each."""
    match node:
        case ast.Name(id="_"):
            return "_"
        case ast.Name(id=name):
            names.append(Local(name=name, type=of))
            return f"{mark}{rust_name(name)}"
        case ast.Tuple(elts=elements) if kind(of) == "tuple" and len(parts(of)) == len(elements):
            inner = [bound_to(this, one, part, names, mark) for one, part in zip(elements, parts(of), strict=True)]
            return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
    raise this.refuse(node, f"this does not take `{in_python(of)}` apart")
