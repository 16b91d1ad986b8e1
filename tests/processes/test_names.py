from __future__ import annotations

import ast

import pytest

from hydroflow_nb.processes.names import names_of, names_of_flow, names_of_generics
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse


def names(text):
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    (statement,) = compile(text, "<cell>", "exec", flags).body
    found = names_of(statement)
    return {kind: " ".join(sorted(getattr(found, kind))) for kind in ("binds", "may_bind", "reads", "later")}


@pytest.mark.parametrize(
    ("text", "binds", "may_bind", "reads", "later"),
    [
        ("x = y", "x", "", "y", ""),
        ("x = x + 1", "x", "", "x", ""),
        ("x += y", "", "x", "x y", ""),
        ("x[0].a = z", "", "x", "x z", ""),
        ("del x[0]", "", "x", "x", ""),
        ("x, (y, *z) = w", "x y z", "", "w", ""),
        ("out, inn, _ = await net.bind(port)", "_ inn out", "", "net port", ""),
        ("(n := 5)", "", "n", "", ""),
        ("x: int = y", "x", "", "int y", ""),
        ("import a.b, c.d as e", "a e", "", "", ""),
        ("from m import a as b", "b", "", "", ""),
        ("from m import *", "", "*", "", ""),
        ("f = lambda u: u + v", "f", "", "", "v"),
        ("xs = [a for a in b if c(a)]", "xs", "", "b c", ""),
        ("xs = [await a async for a in b]", "xs", "", "b", ""),
        ("xs = {a: b for a in c if (d := a)}, {e for e in [f for f in g]}", "xs", "d", "b c g", ""),
        ("f = lambda: [a for a in b]", "f", "", "", "b"),
        ("def f(a, b=c): return g + a + b", "f", "", "c", "g"),
        ("async def f(): await g()", "f", "", "", "g"),
        ("class A(B):\n  z: int = q\n  def m(self): return w", "A", "", "B int q", "w"),
        ("@dataclass\nclass M:\n  kind: str", "M", "", "dataclass str", ""),
        ("for i in xs:\n  t = t + i", "", "i t", "t xs", ""),
        ("for i in xs:\n  j = i\n  k = j", "", "i j k", "xs", ""),
        ("with open(p) as f:\n  data = f.read()", "", "data f", "open p", ""),
        ("if a:\n  x = 1\nelse:\n  x = b", "", "x", "a b", ""),
        ("while a:\n  a = next(b)", "", "a", "a b next", ""),
        ("try:\n  x = a\nexcept E as e:\n  print(e)\nfinally:\n  b()", "", "e x", "E a b print", ""),
        ("match a:\n  case K(x=b): print(b)\n  case [c, *d] if c: print(d, e)", "", "b c d", "K a e print", ""),
        ("print(seen)", "", "", "print seen", ""),
    ],
)
def test_a_statement_binds_and_reads_names_now_or_later(text, binds, may_bind, reads, later):
    assert names(text) == {"binds": binds, "may_bind": may_bind, "reads": reads, "later": later}


def flow(text):
    return parse(Source(text=text)).flow


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("source_iter(edges) -> map(double) -> null();", "double edges"),
        ("source_iter(a) -> map(|(x, (_, y))| x + y + z) -> for_each(lambda item: seen.append(item));", "a seen z"),
        ("source_stream_serde::<Message>(inbound) -> null();", "Message inbound"),
        ("a = source_iter([1]) -> fold(|| 0, |t, i| t + i); source_iter(b) -> map(|x| x + $a) -> null();", "b"),
        ("source_iter(a) -> map(|_| context.current_tick()) -> null();", "a"),
        ("(source_iter(a) -> map(f)) -> null();", "a f"),
        ("source_iter(a) -> map(|Rect(w, *rest)| rest + [w, h]);", "Rect a h"),
        ("source_iter(a) -> map(|(k, shapes.Rect(Point(x, _), _))| x);", "Point a shapes"),
        ("source_iter(a) -> demux(|v, (x, y)| x.give(v) if p else y.give(v));", "a p"),
    ],
)
def test_a_flow_needs_the_names_in_its_arguments(text, needed):
    assert " ".join(sorted(names_of_flow(flow(text)))) == needed


def test_a_flow_needs_the_names_in_the_modules_that_it_imports(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inner.hf").write_text("mod -> map(scale) -> mod;")

    assert names_of_flow(flow('source_iter(a) -> import!("inner.hf") -> null();')) == {"a", "scale"}


def test_only_generics_are_looked_up_by_the_compiler():
    assert names_of_generics(flow("source_iter(a) -> demux_enum::<Shape>() -> null();")) == {"Shape"}


def test_what_others_hang_on_the_nodes_of_trees_is_not_looked_at(monkeypatch):
    class Tracebacks:
        def __deepcopy__(self, memo):
            raise AssertionError("copied")

    # Python makes one such node for all trees.
    shared = ast.parse("a").body[0].value.ctx
    monkeypatch.setattr(shared, "parent", Tracebacks(), raising=False)

    assert names("x = [a for a in b]")["reads"] == "b"
