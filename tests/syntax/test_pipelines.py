"""Arrows, groups, and what stands in the place of a node."""

from __future__ import annotations

import pytest

from hydroflow_nb.syntax.tree import Group, ModuleBoundary, NameReference


def nodes(read, text):
    (statement,) = read(text).flow.statements
    return statement.pipeline.nodes


@pytest.mark.parametrize("arrow", ["=>", "- >", "→", "|>", "-->", "-"])
def test_what_looks_like_an_arrow_is_reported_as_one(only_error, arrow):
    code, message, hint = only_error(f"a ⟦{arrow}⟧ b;")

    assert code == "HF107"
    assert message.endswith("is not an arrow")
    assert hint == "the arrow is `->`"


def test_an_arrow_to_the_left_is_turned_by_swapping_its_ends(only_error):
    code, message, hint = only_error("a ⟦<-⟧ b;")

    assert (code, message) == ("HF107", "a flow runs from left to right")
    assert hint == "write `->` and swap the two ends"


def test_a_name_a_group_and_a_module_boundary_have_ports_at_both_sides(read):
    found = nodes(read, "[0]a[1] -> [b](c -> d)[e] -> [2]mod[3];")

    assert [type(ported.node) for ported in found] == [NameReference, Group, ModuleBoundary]
    assert [(ported.before.label, ported.after.label) for ported in found] == [(0, 1), ("b", "e"), (2, 3)]


@pytest.mark.parametrize(
    ("marked", "hint"),
    [
        ("a -> ⟦->⟧ b;", "leave out one of the arrows"),
        ("⟦->⟧ b;", "begin with a source, an operator or a name"),
        ("a -> ⟦;⟧", "write what comes after `->`, or leave it out"),
        ("a -> ⟦'⟧b;", "a text can stand only in an operator's parentheses"),
        ("a -> ⟦}⟧;", "`(` and `)` group the parts of a flow"),
        ("a -> ⟦$⟧b;", "leave out the `$`"),
        (
            "a -> ⟦7⟧;",
            "a number is a port, `[0]name`, or stands in an operator's parentheses; names begin with a letter",
        ),
        ("a ⟦b⟧;", "join nodes by `->`; end a statement by `;`"),
        ("(a ⟦b⟧);", "join nodes by `->`"),
        ("a⟦,⟧ b;", "join nodes by `->`; give a name to an operator with several inputs: `a -> [0]j; b -> [1]j;`"),
    ],
)
def test_the_hint_says_what_to_write_in_the_place_of_what_is_there(only_error, marked, hint):
    assert only_error(marked)[2] == hint


def test_groups_may_stand_in_groups_to_a_depth_that_no_one_writes(read):
    sound, deep = (read(f"{'(' * depth}a{')' * depth};") for depth in (100, 101))

    assert not sound.diagnostics
    assert deep.diagnostics[0].code == "HF109"
