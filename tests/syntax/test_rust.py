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
        ("|x| x⟦.await⟧", "`resolve_futures()`"),
        ("|x| ⟦unsafe⟧ { x }", "leave it out"),
        ("|x| ⟦Point {⟧ x: 1 }", "`Point(x=1)`"),
        ("⟦async move⟧ { x }", "`resolve_futures()`"),
        ("|x| ⟦async move⟧ { f(x).await }", "`resolve_futures()`"),
        ("|x| ⟦async⟧ { x + 1 }", "`resolve_futures()`"),
        ("|x| ⟦async move⟧ |y| y", "`resolve_futures()`"),
        ('|x| x + ⟦r#"a"b"#⟧', '`r"..."`'),
        ('[⟦br##"a"#b"##⟧, 1]', '`r"..."`'),
        ('[\n ⟦r#"⟧a"#,\n 1]', '`r"..."`'),
        ("Fold(⟦||⟧ 0, max)", "`lambda: ...`"),
        ("Reduce(⟦move |a, &b|⟧ a + b)", "`lambda a, b: ...`"),
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
def test_an_invisible_character_is_named(text, name):
    with pytest.raises(hf.SurfaceSyntaxError) as caught:
        hf.compile(text, namespace={})

    assert name in str(caught.value)


@pytest.mark.parametrize("value", ["0", "-1.5", "[]", "{}", "''", "None", "(0, 0)"])
@pytest.mark.parametrize("operator", ["fold", "fold::<'static>", "fold_keyed", "scan"])
def test_a_value_where_a_function_makes_the_first_one_gets_the_closure_that_returns_it(operator, value):
    found = the_only_error(f"source_iter([(1, 2)]) -> {operator}({value}, |a, x| a) -> null();", hf.GraphError)

    assert (found.code, found.span.text) == ("HF225", value)
    assert f"`|| {value}`" in found.hint


def the_only_error(text: str, kind: type[hf.HydroflowError]) -> hf.Diagnostic:
    with pytest.raises(kind) as caught:
        hf.compile(text, namespace={})
    (found,) = caught.value.diagnostics
    return found


@pytest.mark.parametrize(
    "text",
    [
        "/* a /* b */ c */ source_iter([1]) -> null();",
        "/* a -> b;\n/* c -> d; */\n e -> f; */ source_iter([1]) -> null();",
        "source_iter([1]) /* a /* b */ */ -> null();",
    ],
)
def test_a_comment_in_a_comment_is_one_error_at_the_inner_one(text):
    found = the_only_error(text, hf.SurfaceSyntaxError)

    assert found.code == "HF126"
    assert found.span.start == text.rindex("/*")
    assert "`#`" in found.hint


@pytest.mark.parametrize(
    "text",
    [
        "/* a /* b */ source_iter([1]) -> null();",
        "/* a /* b */ source_iter(['*/']) -> null();",
        "/* a /* b */ source_iter([1]) -> null(); # c */",
    ],
)
def test_a_comment_that_only_mentions_one_is_a_comment(text):
    hf.compile(text, namespace={})


@pytest.mark.parametrize(
    "opening",
    [
        "hydroflow_syntax! {",
        "dfir_syntax! {",
        "let mut df = hydroflow_syntax! {",
        "let mut flow: Hydroflow = hydroflow_syntax! {",
        "let df = hydroflow::hydroflow_syntax! {",
    ],
)
def test_a_flow_is_read_in_the_macro_that_stands_around_it_in_rust(opening):
    text = f"{opening}\n source_iter([1]) -> nope(); }};\ndf.run_available();"

    with pytest.raises(hf.SurfaceSyntaxError) as caught:
        hf.compile(text, namespace={})

    assert [found.code for found in caught.value.diagnostics] == ["HF123", "HF201"]
    assert caught.value.diagnostics[0].span.text == opening
    assert "between the braces" in caught.value.diagnostics[0].hint


@pytest.mark.parametrize("lifetime", ["static", "tick"])
def test_a_lifetime_without_its_quote_is_told_from_a_type(lifetime):
    found = the_only_error(f"source_iter([1]) -> fold::<{lifetime}>(|| 0, |a, x| a) -> null();", hf.GraphError)

    assert (found.code, found.span.text) == ("HF112", lifetime)
    assert found.hint == f"write `'{lifetime}`"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("source_iter([1]) -> m\u0430p(abs) -> null();", "write `map`: `\u0430` (U+0430 CYRILLIC SMALL LETTER A)"),
        ("source_iter([1]) -> n\u03bdll();", "no hint"),
        ("s\u03bfurce_iter([1]) -> null();", "write `source_iter`: `\u03bf` (U+03BF GREEK SMALL LETTER OMICRON)"),
        ("b = null(); a\u0430 = source_iter([1]); aa -> b;", "(U+0430 CYRILLIC SMALL LETTER A)"),
    ],
)
def test_letters_that_look_like_others_are_named_by_number_and_name(text, hint):
    with pytest.raises(hf.GraphError) as caught:
        hf.compile(text, namespace={})

    assert (hint in str(caught.value)) is (hint != "no hint")


def test_blanks_of_other_widths_are_blanks_of_a_flow():
    hf.compile("source_iter([1])\u00a0->\u3000null();", namespace={})


def test_a_value_among_the_parameters_is_to_be_looked_at_in_the_body(only_error):
    code, _, hint = only_error("a -> map(|⟦None⟧| 1) -> b;")

    assert code == "HF125"
    assert "`|x| x is None`" in hint


def test_quoted_letters_and_bytes_are_those_of_python():
    out: list[object] = []
    flow = hf.compile("source_iter(['a', b\"b\"]) -> for_each(out.append);", namespace={"out": out})

    flow.run_available()

    assert out == ["a", b"b"]


def test_an_output_outside_of_demux_gets_a_note():
    flow = hf.compile("source_iter([1]) -> for_each(|x| Output.give(x));", namespace={})

    with pytest.raises(NameError) as caught:
        flow.run_available()

    assert any("demux" in note for note in caught.value.__notes__)


@pytest.mark.parametrize("text", ['[r#"a comment\n]', '[1] # r#"a"#\n', "['r#']", 'r"a#b"'])
def test_python_that_looks_like_a_raw_text_of_rust_is_python(arguments, text):
    assert len(arguments(text)) == 1


PROGRAM = """use hydroflow::hydroflow_syntax;
mod helpers;

#[hydroflow::main]
{head} {{
    let (send, recv) = hydroflow::util::unbounded_channel::<usize>();
    let mut flow = {macro}! {{
        source_iter([1]) -> nope();
    }};
    flow.run_available();
}}
"""


@pytest.mark.parametrize("macro", ["hydroflow_syntax", "dfir_syntax", "dfir_rs::dfir_syntax"])
@pytest.mark.parametrize("head", ["fn main()", "pub fn main()", "async fn main()", "pub(crate) async fn run(n: usize)"])
def test_a_whole_program_of_rust_is_one_error_beside_those_of_its_flow(head, macro):
    program = PROGRAM.format(head=head, macro=macro)

    for text in (program, program[program.index("#") :], program[program.index("let (") :]):
        with pytest.raises(hf.SurfaceSyntaxError) as caught:
            hf.compile(text, namespace={})

        first, second = caught.value.diagnostics
        assert (first.code, second.code) == ("HF123", "HF201")
        assert first.span.text.endswith(f"{macro}! {{")
        assert "between the braces" in first.hint


@pytest.mark.parametrize("head", ["fn f(x: usize) -> usize", "pub fn f<T>(x: T)", "async fn f()"])
def test_a_function_of_rust_before_a_flow_is_one_error_and_hides_none(head):
    with pytest.raises(hf.SurfaceSyntaxError) as caught:
        hf.compile(f"{head} {{ x + 1; x }}\nsource_iter([1]) -> nope();", namespace={})

    assert [(found.code, found.span.text) for found in caught.value.diagnostics] == [("HF123", head), ("HF201", "nope")]
    assert "`def f(...):`" in caught.value.diagnostics[0].hint


@pytest.mark.parametrize("name", ["fn", "pub", "use", "type"])
def test_words_of_rust_are_names_where_rust_has_none(name):
    with pytest.raises(hf.GraphError) as caught:
        hf.compile(f"{name} -> nope();", namespace={})

    assert {found.code for found in caught.value.diagnostics} <= {"HF201", "HF203"}


JOINED = "source_iter([(1, 2)]) -> [0]j; source_iter([(1, 2)]) -> [1]j; j = join_fused({}, {}) -> null();"


@pytest.mark.parametrize(
    ("first", "second", "value", "hint"),
    [
        ("Fold(0, max)", "Reduce(max)", "0", "`lambda: 0`"),
        ("Reduce(max)", "Fold([], max)", "[]", "`lambda: []`"),
        ("FoldFrom(-1, max)", "Reduce(max)", "-1", "`lambda a: ...`"),
        ("Reduce('+')", "Reduce(max)", "'+'", "`lambda a, b: ...`"),
    ],
)
def test_a_value_where_an_aggregation_needs_a_function_is_told_of_when_the_flow_is_built(first, second, value, hint):
    found = the_only_error(JOINED.format(first, second), hf.GraphError)

    assert (found.code, found.span.text) == ("HF225", value)
    assert hint in found.hint


def test_all_names_in_aggregations_that_cannot_be_called_are_told_of():
    with pytest.raises(hf.GraphError) as caught:
        hf.compile(JOINED.format("Fold(zero, max)", "Reduce(add)"), namespace={"zero": 0, "add": "+"})

    assert [found.code for found in caught.value.diagnostics] == ["HF225"] * 2
    assert [found.span.text for found in caught.value.diagnostics] == ["zero", "add"]
    assert "`Fold` calls `zero`, which is 0" in str(caught.value)
