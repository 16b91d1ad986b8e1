"""What Hydroflow users write out of habit is answered with the Python way."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf


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
        ("|acc, x| *acc +⟦=⟧ x", "`acc + ...`"),
        ("⟦Vec::new⟧", "`list`"),
        ("⟦HashMap::new⟧", "`dict`"),
        ("⟦String::from⟧", "`str`"),
        ("⟦Result::unwrap⟧", "leave it out"),
        ("|x| x⟦.0⟧", "`x[0]`"),
        ("|x| f(x⟦.1⟧, 2)", "`x[1]`"),
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


def test_var_args_of_rust_is_answered_with_brackets(only_error):
    _, message, hint = only_error("a -> demux(|v, var_args⟦!⟧(b, c)| b.give(v));")

    assert "Rust" in message
    assert "`|item, (a, b)| a.give(item)`" in hint


@pytest.mark.parametrize(
    ("body", "instead"),
    [
        ("x.clone()", "copy.copy(x)"),
        ("x.to_string()", "str(x)"),
        ("Some(x)", "None"),
        ("Ok(x)", "exception"),
        ("x == true", "True"),
        ("[x].len()", "len(x)"),
        ("[x].into_iter()", "leave it out"),
    ],
)
def test_rust_that_only_a_run_finds_gets_a_note(body, instead):
    flow = hf.compile(f"source_iter([1]) -> map(|x| {body}) -> null();", namespace={})

    with pytest.raises((AttributeError, NameError)) as caught:
        flow.run_available()

    assert any("is Rust" in note and instead in note for note in caught.value.__notes__)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("source_iter([1])\u200b -> null();", "U+200B ZERO WIDTH SPACE"),
        ("source_iter([1\u200b]) -> null();", "U+200B ZERO WIDTH SPACE"),
        ("source_iter([1]) -> map(|x| x\u00a0+ 1) -> null();", "U+00A0 NO-BREAK SPACE"),
        ("source_iter([\u201ca\u201d]) -> null();", "U+201C LEFT DOUBLE QUOTATION MARK"),
        ("source_iter([1]) \u202e-> null();", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("source_iter([1\uff0c 2]) -> null();", "U+FF0C FULLWIDTH COMMA"),
    ],
)
def test_a_character_that_nobody_sees_is_named(text, name):
    with pytest.raises(hf.SurfaceSyntaxError) as caught:
        hf.compile(text, namespace={})

    assert name in str(caught.value)
