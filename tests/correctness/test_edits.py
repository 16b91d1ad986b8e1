"""Edits of a flow's text: what is tried for a cause, and what the text is with it."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness.edits import Candidate, Edit, candidates
from hydroflow_nb.operators.rules.content import Cause, Place


def offered(text: str, code: str, operator: str, *, port: str = "", sorts: bool = False) -> dict[str, str]:
    """The edited texts that are candidates for one cause, with what they are, the smallest first."""
    graph = compile_source(hf.Source(text=text), "flow").graph.flat
    node = next(node for node in graph.nodes.values() if node.operator.name == operator)
    output = next(node for node in graph.nodes.values() if not graph.outputs(node.id))
    cause = Cause(code=code, place=Place(node.id), port=port, words="", decides=True)
    found = candidates(graph, output, [cause], sorts=sorts)
    return {one.apply(text): one.words for one in found}


SUM = "source_stream(a) -> fold::<'static>(|| 0, |n, x| n + x) -> for_each(out.append);"
JOIN = "source_stream(a) -> [0]j; source_stream(b) -> [1]j; j = join() -> for_each(out.append);"


def test_edits_are_made_from_the_last_one_to_the_first():
    candidate = Candidate(
        code="",
        words="",
        edits=[Edit(start=0, end=1, text="long"), Edit(start=2, end=3, text=""), Edit(start=4, end=4, text="!")],
    )

    assert candidate.apply("abcdef") == "longbd!ef"
    assert candidate.size == (3, 4 + 1 + 1 + 1)


def test_a_candidate_that_changes_fewer_things_than_it_has_edits_says_so():
    edits = [Edit(start=0, end=0, text="ab"), Edit(start=1, end=2, text="")]

    assert Candidate(code="", words="", edits=edits, changes=1).size == (1, 3)


def test_items_that_come_again_are_made_one_before_the_operator():
    found = offered(SUM, "HF302", "fold")

    assert list(found) == [SUM.replace("fold", "unique::<'static>() -> fold")]
    assert list(found.values()) == ["put `unique::<'static>()` before `fold`, if equal items are one item"]


def test_items_that_come_again_are_made_one_behind_the_source():
    assert list(offered(SUM, "HF302", "source_stream")) == [SUM.replace("(a)", "(a) -> unique::<'static>()")]


def test_an_operator_that_counts_equal_items_takes_the_place_of_one_that_does_not():
    assert JOIN.replace("join()", "join_multiset()") in offered(JOIN, "HF302", "for_each")


@pytest.mark.parametrize(
    ("call", "edited"),
    [
        ("join()", ["join::<'static, 'tick>()", "join::<'tick, 'static>()", "join::<'static>()"]),
        ("join::<'tick>()", ["join::<'static, 'tick>()", "join::<'tick, 'static>()", "join::<'static>()"]),
        ("join::<'tick, 'static>()", ["join::<'static>()"]),
        ("join::<'static>()", []),
        (
            "join::<HalfMultisetJoinState>()",
            [
                "join::<'static, 'tick, HalfMultisetJoinState>()",
                "join::<'tick, 'static, HalfMultisetJoinState>()",
                "join::<'static, HalfMultisetJoinState>()",
            ],
        ),
    ],
)
def test_what_is_missed_is_remembered_on_each_port_and_on_both(call, edited):
    text = JOIN.replace("join()", call)
    found = [one for one in offered(text, "HF309", "join") if "join_multiset" not in one]

    assert sorted(found) == sorted(text.replace(call, one) for one in edited)


def test_what_is_revised_is_forgotten():
    text = SUM.replace("-> for_each", "-> unique::<'static>() -> for_each")

    assert list(offered(text, "HF305", "unique")) == [text.replace("unique::<'static>", "unique::<'tick>")]


def test_an_operator_with_one_lifetime_only_is_not_changed():
    text = "source_stream(a) -> sort() -> for_each(out.append);"

    assert offered(text, "HF309", "sort") == {}


def test_the_other_half_of_a_join_is_put_beside_it():
    found = [text for text in offered(JOIN, "HF307", "join") if "union()" in text]

    assert found == [
        "source_stream(a) -> j_left; source_stream(b) -> j_right; j = union() -> for_each(out.append);\n"
        "j_left = tee();\nj_right = tee();\n"
        "j_left -> [0]j_now; j_right -> [1]j_now; j_now = join::<'tick, 'static>() -> j;\n"
        "j_left -> [0]j_later; j_right -> [1]j_later; j_later = join::<'static, 'tick>() -> j;\n"
    ]
    compile_source(hf.Source(text=found[0]), "flow")


def test_names_that_are_put_into_a_text_are_not_in_it_yet():
    text = JOIN + " j_left = source_iter([1]) -> null(); gate = source_iter([1]) -> null();"

    assert any("j_left_ = tee();" in one for one in offered(text, "HF307", "join"))
    assert any("gate_ = defer_signal()" in one for one in offered(text, "HF303", "join"))


def test_what_depends_on_a_tick_is_held_back_until_the_end():
    text = SUM.replace("::<'static>", "")
    found = [one for one in offered(text, "HF303", "fold") if "defer_signal" in one]

    assert found == [
        "source_stream(a) -> [input]gate;\ngate = defer_signal() -> fold(|| 0, |n, x| n + x) -> for_each(out.append);\n"
        "source_stream(ends) -> [signal]gate;\n"
    ]
    compile_source(hf.Source(text=found[0]), "flow")


def test_items_are_sorted_on_request_only():
    assert offered(SUM, "HF301", "fold") == {}
    assert list(offered(SUM, "HF301", "fold", sorts=True)) == [
        SUM.replace("fold::<'static>", "persist::<'static>() -> sort() -> fold::<'tick>")
    ]


def test_a_cause_at_one_port_is_mended_at_that_port():
    text = (
        "source_stream(a) -> [pos]d; source_stream(b) -> [neg]d; d = difference_multiset::<'static>() -> for_each(out);"
    )

    assert list(offered(text, "HF302", "difference_multiset", port="pos")) == [
        text.replace("-> [pos]", "-> unique::<'static>() -> [pos]")
    ]


def test_no_candidate_is_the_text_itself_and_the_smallest_comes_first():
    found = list(offered(JOIN, "HF307", "join"))

    assert JOIN not in found
    assert [len(one) for one in found][-1] == max(len(one) for one in found)


def test_a_code_without_edits_offers_none():
    for code in ("HF304", "HF306", "HF308", "HF310", "HF311", "HF312", "HF313"):
        assert offered(SUM, code, "fold") == {}
