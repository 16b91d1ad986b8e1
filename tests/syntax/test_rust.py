"""What Hydroflow users write out of habit is answered with the Python way."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("marked", "hint"),
    [
        ("⟦0..10⟧", "`range(0, 10)`"),
        ("⟦0..=10⟧", "`range(0, 10 + 1)`"),
        ("⟦a..b⟧", "`range(a, b)`"),
        ("⟦0..n⟧", "`range(0, n)`"),
        ("⟦std::mem::drop⟧", "`std.mem.drop`"),
        ("|x| x.collect⟦::<Vec<_>>⟧()", "leave them out"),
        ("⟦vec![⟧1, 2]", "`[...]`"),
        ("|x| ⟦println!(⟧'{}', x)", "`print(...)`"),
        ("|x| ⟦format!(⟧'{}', x)", "f-string"),
        ("|x| ⟦todo!(⟧)", "`todo(...)`"),
        ("|x| x > 1 ⟦&&⟧ x < 3", "`and`"),
        ("|x| x ⟦||⟧ y", "`or`"),
        ("|x| ⟦!⟧x", "`not x`"),
        ("|x| ⟦&⟧x", "leave it out"),
        ("|x| f(⟦&mut ⟧x)", "leave it out"),
        ("|x| x ⟦as u32⟧", "`int(x)`"),
        ("|x| x ⟦as f64⟧", "`float(x)`"),
        ("⟦10_u32⟧", "`10`"),
        ("|x| x.parse()⟦?⟧", "exception"),
        ("|x| ⟦match ⟧x { 1 => 2 }", "`a if condition else b`"),
        ("⟦move⟧ |x| x + 1", "leave it out"),
        ("|x| ⟦{ let y = x; y }⟧", "one expression"),
        ("|x| x + ⟦#total⟧", "`$total`"),
        ("|x| f(⟦#total⟧, x)", "`$total`"),
    ],
)
def test_rust_in_an_argument_gets_a_hint_in_python(only_error, marked, hint):
    code, message, found_hint = only_error(f"a -> map({marked}) -> b;")

    assert code == "HF123"
    assert "Rust" in message or "#" in message
    assert hint in found_hint


@pytest.mark.parametrize(("marked", "hint"), [("⟦let⟧ x = a;", "`name = ...;`"), ("⟦use⟧ std::mem;", "`import`")])
def test_rust_statements_get_a_hint(only_error, marked, hint):
    code, _, found_hint = only_error(marked)

    assert code == "HF123"
    assert hint in found_hint


@pytest.mark.parametrize(
    "text", ["x[a::2]", "x[::b]", "'0..10'", "'a::b' # 0..3\n", "move | x | y", "...", "x[..., 1]"]
)
def test_python_that_looks_like_rust_is_python(arguments, text):
    assert len(arguments(text)) == 1


def test_an_error_elsewhere_is_not_blamed_on_what_looks_like_rust(only_error):
    code, _, _ = only_error("a -> map(|x| x[a::2] ⟦+⟧);")

    assert code == "HF121"
