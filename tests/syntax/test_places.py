from __future__ import annotations

import pytest

from hydroflow_nb.locations import LocationKind, Route
from hydroflow_nb.syntax.tree import Loop


def statements(read, text):
    result = read(text)
    assert not result.diagnostics, result.diagnostics
    return result.flow.statements


@pytest.mark.parametrize(
    ("text", "kind", "is_open", "at"),
    [
        ("server = process();", LocationKind.PROCESS, False, None),
        ('server = process(at="10.0.0.7:5000");', LocationKind.PROCESS, False, "10.0.0.7:5000"),
        ("clients = cluster();", LocationKind.CLUSTER, False, None),
        ("clients = cluster(open=True);", LocationKind.CLUSTER, True, None),
        ("others = external()", LocationKind.EXTERNAL, False, None),
    ],
)
def test_a_location_is_declared_in_a_statement_of_its_own(read, text, kind, is_open, at):
    result = read(text)

    (declared,) = result.flow.locations
    assert not result.diagnostics
    assert (declared.name, declared.kind, declared.is_open, declared.at) == (text.split(" ")[0], kind, is_open, at)
    assert result.flow.statements == ()


@pytest.mark.parametrize(
    ("written", "place"), [("[0]", "[0]"), (".key", ".key"), ("[007].key", "[7].key"), ("['page'][1]", '["page"][1]')]
)
def test_a_cluster_may_be_sharded_by_the_key_at_a_place(read, written, place):
    (declared,) = read(f"counters = cluster(shards_by={written!r});").flow.locations

    assert declared.shards_by == place
    assert repr(declared) == f"<cluster sharded by {place} counters>"


def test_process_alone_is_a_name_and_a_call_of_it_without_a_name_is_an_operator(read):
    first, second = statements(read, "a = process -> b; process() -> b;")

    assert not first.pipeline.is_located
    assert not second.pipeline.is_located


@pytest.mark.parametrize("text", ["@server a = b() -> c();", "a = @server b() -> c();", "@server { a = b() -> c(); }"])
def test_a_location_stands_before_a_statement_before_its_pipeline_or_around_it(read, text):
    (statement,) = statements(read, text)

    assert statement.name == "a"
    assert statement.pipeline.location.name == "server"
    assert statement.pipeline.location.span.text == "@server"


def test_all_statements_of_a_block_are_at_its_place_and_what_follows_is_not(read):
    first, second, loop, last = statements(read, "@a { b(); c = d(); loop { e(); }; };\nf();")

    assert isinstance(loop, Loop)
    assert [one.location.name for one in (first.pipeline, second.pipeline, loop)] == ["a", "a", "a"]
    assert last.pipeline.location is None


def test_a_loop_may_be_placed(read):
    (loop,) = statements(read, "@a loop turns { b() -> c(); };")

    assert (loop.name, loop.location.name) == ("turns", "a")


@pytest.mark.parametrize(
    ("arrow", "destination", "route", "types"),
    [
        ("~>", None, Route.DIRECT, []),
        ("~> @b", "b", Route.DIRECT, []),
        ("~> @b ->", "b", Route.DIRECT, []),
        ("~> @b.all", "b", Route.ALL, []),
        ("~> @b.others", "b", Route.OTHERS, []),
        ("~> @b.next", "b", Route.NEXT, []),
        ("~> @b.by(|(k, _)| k)", "b", Route.BY, []),
        ("~> @b.by(key_of) ->", "b", Route.BY, []),
        ("~> @b::<Connect | Said>", "b", Route.DIRECT, ["Connect | Said"]),
        ("~> @b.all::<int>", "b", Route.ALL, ["int"]),
    ],
)
def test_an_arrow_to_another_place_has_a_destination_a_route_and_a_type(read, arrow, destination, route, types):
    (statement,) = statements(read, f"@a source() -> x {arrow} y -> z();")

    before, crossing, after = statement.pipeline.crossings
    assert (before, after) == (None, None)
    assert (crossing.destination and crossing.destination.name) == destination
    assert crossing.route is route
    assert [one.span.text for one in crossing.types] == types
    assert crossing.span.text == arrow.removesuffix("->").strip()
    assert (crossing.key is not None) == (route is Route.BY)


def test_a_text_without_locations_has_no_crossings(read):
    flow = read("a = b() -> c(); a -> d(); loop { e(); };").flow

    assert not flow.is_located
    assert all(pipeline.crossings == () for pipeline in flow.pipelines())


@pytest.mark.parametrize("text", ["a = process();", "@a b();", "b() ~> c();", "@a loop { b(); };", "a = cluster(3);"])
def test_a_text_that_says_where_something_runs_is_located(read, text):
    assert read(text).flow.is_located


@pytest.mark.parametrize(
    ("marked", "code", "message"),
    [
        ("⟦@⟧ -> b();", "HF501", "expected the name of a location after `@`, found `->`"),
        ("a() ⟦~⟧ b();", "HF501", "`~` does not begin an arrow"),
        ("a() ~> @b⟦.everyone⟧ c();", "HF502", "there is no route `.everyone`"),
        ("a() ~> @b⟦.by⟧ c();", "HF502", "`.by` takes one function"),
        ("a() ~> @b⟦.by(f, g)⟧ c();", "HF502", "`.by` takes one function"),
        ("a() ~> @b⟦.all(f)⟧ c();", "HF502", "`.all` takes no arguments"),
        ("a() -> ⟦@b⟧ c();", "HF504", "`->` joins operators at one place"),
        ("@a b = ⟦@c⟧ d();", "HF504", "`@c` stands within `@a`"),
        ("@a { ⟦@b⟧ c(); }", "HF504", "`@b` stands within `@a`"),
        ("@a { b(); ⟦@c⟧ { d(); } }", "HF504", "`@c` stands within `@a { ... }`"),
        ("@a { ⟦b⟧ = process(); }", "HF504", "a location is declared within another one"),
        ("loop { ⟦@a⟧ b(); };", "HF504", "`@a` stands in a loop"),
        ("(a() ⟦~>⟧ b());", "HF507", "`~>` stands in parentheses"),
        ("loop { a() ⟦~>⟧ b(); };", "HF507", "`~>` stands in a loop"),
        ("@a ⟦{⟧ b();", "HF102", "`{` is never closed"),
        ("@a { b()⟦}⟧", "HF101", "the last statement of a location ends with `;` too"),
        ("a() ~> @b::⟦c⟧;", "HF112", "expected `<` after `::`"),
        ("a() ~> @b::<int, ⟦str⟧> c();", "HF112", "a channel has one type"),
        ("a() ~> @b::<⟦3⟧> c();", "HF112", "`3` is not a type"),
        ("a() ~> @b::<⟦[int]⟧> c();", "HF112", "`[int]` is not a type"),
        ("a() ~> @b::<⟦'static⟧> c();", "HF112", "a message has no lifetime"),
        ("a = process(⟦b=1⟧);", "HF513", "a process has no option `b`"),
        ("a = cluster(⟦open=1⟧);", "HF513", "`open` cannot be `1`"),
        ('a = cluster(⟦shards_by="key"⟧);', "HF513", "`shards_by` is the place of a key in an item"),
        ('a = cluster(⟦shards_by=".class"⟧);', "HF513", "`shards_by` is the place of a key in an item"),
        ('a = cluster(⟦shards_by=""⟧);', "HF513", "`shards_by` is the place of a key in an item"),
        ('a = cluster(⟦shards_by=["[0]", "[1]"]⟧);', "HF513", "`shards_by` cannot be `['[0]', '[1]']`"),
        ("a = cluster(⟦shards_by=0⟧);", "HF513", "`shards_by` cannot be `0`"),
        ('a = process(⟦shards_by="[0]"⟧);', "HF513", "a process has no option `shards_by`"),
        ('a = ⟦cluster(open=True, shards_by="[0]")⟧;', "HF513", "the shards of an open cluster would be other ones"),
        ("a = cluster(⟦3⟧);", "HF513", "this is not an option of a cluster"),
        ('a = external(⟦at="x"⟧);', "HF513", "an external location has no option `at`"),
        ("a = process(⟦at=ADDRESS⟧);", "HF513", "the value of `at` is written here itself"),
        ('a = process(at="x", ⟦at="y"⟧);', "HF513", "`at` is given twice"),
        ("a = process⟦(⟧;", "HF102", "`(` is never closed"),
        ("⟦transport⟧ = process();", "HF513", "`transport` is the name of a setting"),
        ("a = process() ⟦->⟧ b();", "HF101", "expected `;` before `->`"),
        ("a = process()\n⟦b⟧ = process();", "HF101", "expected `;` before `b`"),
        ("⟦@a⟧ b = process();", "HF504", "a location is declared within another one"),
        ("⟦@⟧ map(f) -> b;", "HF501", "expected the name of a location after `@`, found `map(...)`"),
        ("a() ~> ⟦@⟧ map(f);", "HF501", "expected the name of a location after `@`, found `map(...)`"),
        ("a() ⟦<~⟧ @b c();", "HF501", "a flow runs from left to right"),
        ("a ⟦<~⟧ b;", "HF501", "a flow runs from left to right"),
        ("@a⟦.all⟧ b();", "HF502", "`.all` chooses who is sent an item"),
        ("a() ~> @b⟦. c⟧();", "HF502", "there is no route `.c`"),
        ("a() -> ⟦@b⟧.by(f) c();", "HF504", "`->` joins operators at one place"),
        ("a() ~> @b.all⟦;⟧", "HF101", "after `~> @b.all`, found `;`"),
        ("a() ~> ⟦->⟧ @b c();", "HF101", "`~>` is followed by its destination"),
        ("a() -> ⟦~>⟧ @b c();", "HF101", "expected an operator, a name or `(` after `->`"),
        ("⟦class⟧ = process();", "HF513", "`class` is a word of Python"),
    ],
)
def test_what_is_wrong_with_a_place_is_told_where_it_stands(only_error, marked, code, message):
    found, told, hint = only_error(marked)

    assert found == code
    assert message in told
    assert hint


@pytest.mark.parametrize(
    ("marked", "hint"),
    [
        ("a() -> ⟦@b⟧.by(f) c();", "write `~> @b.by(f)`"),
        ("b = external(); a() ~> @b⟦;⟧", "what goes to programs of other make goes to the name alone: `~> b`"),
        ("b = process(); a() ~> @b⟦;⟧", "write what takes in the items there, as in `~> @b for_each(f)`"),
        ("here = process(); ⟦@⟧ -> b();", "write `@here`"),
        ("a = process() ⟦->⟧ b();", "a location is declared in a statement of its own: end it by `;`"),
        ("a() -> ⟦~>⟧ @b c();", "leave out one of the arrows"),
        (
            'a = cluster(⟦shards_by="[-1]"⟧);',
            'write `shards_by="[0]"`, counted from the front; a key that is the whole item, or made of several parts, '
            "is put into the item before it is sent: `(word,)`, `((a, b), n)`",
        ),
    ],
)
def test_a_hint_says_what_to_write_at_this_place(only_error, marked, hint):
    assert only_error(marked)[2] == hint


def test_a_text_without_locations_is_told_nothing_of_them(read):
    assert [one.hint for one in read("a()) -> b();").diagnostics] == ["leave out the `)`", "leave out the `->`"]


def test_what_stands_behind_a_declaration_without_its_end_is_read(read):
    result = read("a = process()\n@a b() -> c();\nd = cluster()\ne = external();")

    assert [one.span.text for one in result.diagnostics] == ["@", "e"]
    assert [one.name for one in result.flow.locations] == ["a", "d", "e"]
    assert [one.span.text for one in result.flow.statements] == ["b() -> c()"]


def test_an_error_in_a_block_hides_no_other_statement(read):
    result = read("@a {\n  b() -> ;\n  c() -> d();\n}\n@e f() -> ;\ng();")

    assert [one.span.line for one in result.diagnostics] == [2, 5]
    assert [one.span.text for one in result.flow.statements] == ["c() -> d()", "g()"]
    assert result.flow.statements[0].pipeline.location.name == "a"
