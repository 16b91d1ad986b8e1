"""Fixes: edits of the text that were tried, and lift the level of an output."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.correctness import fixes
from hydroflow_nb.correctness.edits import candidates
from hydroflow_nb.correctness.report import Report

COUNT = (
    "words = source_stream(a) -> map(|w| (w, 1));\n"
    "words -> fold_keyed::<'static>(|| 0, |n, x| n + x) -> for_each(out.append);"
)
SUM = "source_stream(a) -> fold::<'static>(|| 0, |n, x| n + x) -> for_each(out.append);"
CHANNELS = ("a", "b", "ends", "ends_")
SINK = " -> for_each(out.append);"


def flow(text, **names):
    return hf.compile(text, namespace={**{name: hf.channel() for name in CHANNELS}, "out": [], "seen": [], **names})


def fixed(text, network=None, *, sort=False):
    """The texts of the fixes of `out`, each with the level that a flow of it has."""
    found = flow(text).check(network=network)["out"].fixes_with(sort=sort)
    return [(one.text, str(flow(one.text).check(network=network)["out"].level)) for one in found]


def test_equal_items_are_made_one_before_the_operator_that_counts_them_or_where_they_come_in():
    assert fixed(COUNT, "at-least-once") == [
        (COUNT.replace("words -> fold", "words -> unique::<'static>() -> fold"), "final"),
        (COUNT.replace("(a) -> map", "(a) -> unique::<'static>() -> map"), "final"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "level"),
    [
        ("a0 = source_stream(a) -> fold(|| 0, |n, x| n + x)", "fold::<'static>(", "final"),
        ("a0 = source_stream(a) -> fold::<'tick>(|| 0, |n, x| n + x)", "fold::<'static>(", "final"),
        (
            "source_stream(a) -> [pos]a0; source_iter([2]) -> [neg]a0; a0 = difference()",
            "::<'tick, 'static>",
            "sequence",
        ),
        ("source_stream(a) -> [0]a0; source_stream(b) -> [1]a0; a0 = join::<'static, 'tick>()", "::<'static>", "set"),
        ("source_stream(a) -> [0]a0; source_iter([1]) -> [1]a0; a0 = join()", "::<'tick, 'static>", "set"),
    ],
)
def test_what_is_forgotten_is_remembered(before, after, level):
    text, found = fixed(before + SINK)[0]
    assert after in text
    assert found == level


def test_one_port_is_remembered_before_both_are():
    text = "source_stream(a) -> [pos]d; source_iter([2]) -> [neg]d; d = difference()" + SINK
    first, second = fixed(text)
    assert "::<'tick, 'static>" in first[0]
    assert "::<'static>" in second[0]


def test_answers_that_are_revised_are_not_remembered():
    text = "source_stream(a) -> fold::<'static>(|| 0, |n, x| n - x) -> unique::<'static>()" + SINK
    assert fixed(text) == [(text.replace("unique::<'static>", "unique::<'tick>"), "final")]


def test_a_join_counts_equal_items():
    text = "source_stream(a) -> [0]j; source_iter([(1, 2)]) -> [1]j; j = join::<'tick, 'static>()" + SINK
    assert fixed(text) == [(text.replace("join::", "join_multiset::"), "bag")]


def test_a_join_gets_its_other_half_and_gives_what_both_sides_together_give():
    text = "source_stream(a) -> [0]j; source_stream(b) -> [1]j;\nj = join::<'tick, 'static>()" + SINK
    halves = next(one for one, _ in fixed(text) if "tee()" in one)
    a, b, out = hf.channel(), hf.channel(), []
    running = flow(halves, a=a, b=b, out=out)
    assert running.check()["out"].level == "set"
    for channel, item in ((a, (1, "x")), (b, (1, "y")), (a, (1, "z"))):
        channel.send(item)
        running.run_available()
    assert set(out) == {(1, ("x", "y")), (1, ("z", "y"))}


def test_two_halves_of_a_zip_are_no_whole():
    text = (
        "x = source_stream(a) -> tee(); y = source_stream(b) -> tee(); x -> [0]z; y -> [1]z; x -> [0]w; y -> [1]w;"
        "z = zip::<'tick, 'static>() -> u; w = zip::<'static, 'tick>() -> u; u = union()"
    )
    assert flow(text + SINK).check()["out"].level == "differs"


def test_items_are_sorted_on_request_only():
    text = "source_stream(a) -> fold::<'static>(|| [], |held, x| held + [x])" + SINK
    assert fixed(text, "tcp") == []
    ((found, level),) = fixed(text, "tcp", sort=True)
    assert "persist::<'static>() -> sort() -> fold::<'tick>" in found
    assert level == "final"


def test_items_are_held_back_until_the_end_where_that_promises_more():
    text = "source_stream(a) -> persist::<'static>() -> resolve_futures()" + SINK
    ((found, level),) = fixed(text)
    assert "defer_signal()" in found
    assert level == "part"


def test_a_fix_for_one_class_of_runs_is_offered_where_others_still_differ():
    (fix,) = flow(SUM).check(network="udp")["out"].fixes
    assert "unique::<'static>()" in fix.text
    assert fix.report["out"].duplication == "final"


def test_a_report_has_the_fixes_of_all_outputs_each_text_once():
    text = "s = source_stream(a) -> fold(|| 0, |n, x| n + x) -> tee(); s -> for_each(seen.append); s"
    report = flow(text + SINK).check()
    assert [fix.text for fix in report.fixes] == [fix.text for fix in report["seen"].fixes]


def test_what_is_the_same_needs_no_fix():
    assert flow(SUM).check()["out"].fixes == []
    assert flow("source_stream(a)" + SINK).check()["out"].fixes == []


def test_an_edit_that_weakens_another_output_is_not_offered(monkeypatch):
    text = (
        "source_stream(a) -> [0]j; source_stream(b) -> [1]j; j = join_multiset() -> tee(); j -> for_each(out.append);"
        "j -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(seen.append);"
    )
    assert flow(text).check()["seen"].level == "part"
    assert flow(text).check()["out"].fixes == []
    monkeypatch.setattr(fixes.Mender, "_weakens", lambda *_: False)
    assert {str(fix.report["seen"].level) for fix in flow(text).check()["out"].fixes} == {"differs"}


def test_an_edit_that_makes_no_flow_is_not_offered(monkeypatch):
    monkeypatch.setattr(fixes, "candidates", lambda *_, **__: [_Break()])
    assert flow(COUNT).check(network="at-least-once")["out"].fixes == []


class _Break:
    code = "HF302"
    words = "break the text"
    size = (1, 1)

    def apply(self, text):
        return text + " -> -> nothing"


def test_a_fix_has_its_diff_its_report_and_says_what_it_means():
    fix = flow(COUNT).check(network="at-least-once")["out"].fixes[0]
    assert "-words -> fold_keyed" in fix.diff
    assert "+words -> unique::<'static>() -> fold_keyed" in fix.diff
    assert isinstance(fix.report, Report)
    assert fix.report["out"].level == "final"
    assert "if equal items are one item" in fix.words


def test_the_diff_is_shown_as_html_that_is_escaped():
    fix = flow(COUNT.replace("w, 1", "w, '<b>'")).check(network="at-least-once")["out"].fixes[0]
    assert "<b>" not in fix._repr_html_()
    assert "&lt;b&gt;" in fix._repr_html_()


def test_the_hint_of_a_finding_is_its_first_fix():
    report = flow(COUNT).check(network="at-least-once")
    assert report.diagnostics[0].hint == report["out"].fixes[0].words


def test_a_check_tries_no_edit_until_it_is_asked_for_one(monkeypatch):
    monkeypatch.setattr(fixes, "candidates", None)
    report = flow(COUNT).check(network="at-least-once")
    assert report["out"].level == "differs"
    assert not report.holds("final")
    with pytest.raises(hf.GuaranteeError):
        report["out"].expect("final")


def test_the_flow_is_left_as_it_is_and_nothing_of_it_runs():
    out, called = [], []
    text = "source_iter([1]) -> map(note) -> for_each(out.append); source_stream(a) -> fold(|| 0, |n, x| n + x)"
    one = flow(text + " -> for_each(seen.append);", out=out, note=called.append)
    before = one.source.text, one.generated_source, one.current_tick
    assert one.check()["seen"].fixes
    assert (one.source.text, one.generated_source, one.current_tick) == before
    assert (out, called) == ([], [])


def test_a_text_that_is_imported_is_not_edited(tmp_path):
    (tmp_path / "sum.hf").write_text("mod -> fold::<'static>(|| 0, |n, x| n + x) -> mod;")
    text = 'source_stream(a) -> import!("sum.hf") -> for_each(out.append);'
    path = tmp_path / "whole.hf"
    path.write_text(text)
    one = hf.compile_file(path, {"a": hf.channel(), "out": []})
    found = one.check(network="at-least-once")["out"].fixes
    assert [fix.text for fix in found] == [text.replace("(a) ->", "(a) -> unique::<'static>() ->")]


def test_an_operator_that_is_imported_is_not_edited_at_its_place_in_another_text(tmp_path):
    (tmp_path / "last.hf").write_text("mod -> fold::<'static>(|| 0, |_, x| x) -> mod;")
    text = '# What came last, of all that come.\nsource_stream(a) -> import!("last.hf") -> for_each(out.append);'
    path = tmp_path / "whole.hf"
    path.write_text(text)
    one = hf.compile_file(path, {"a": hf.channel(), "out": []})
    output = one.check(network="tcp")["out"]

    edited = candidates(one.graph.partitioned.flat, output.node, output.because, sorts=True)

    assert [
        found for found in edited if not found.apply(text).startswith("# What came last, of all that come.\n")
    ] == []


def test_in_a_loop_the_fault_is_shown_and_mended_at_its_place():
    text = """
        source_stream(a) -> inner;
        loop {
            inner = batch() -> fold_keyed::<'static>(|| 0, |n, x| n + x) -> all_iterations() -> outer;
        };
        outer = for_each(out.append);
    """
    one = flow(text, a=hf.channel(), out=[])
    output = one.check(network="at-least-once")["out"]
    found, *_ = output.diagnostics

    assert found.span.text == "fold_keyed::<'static>(|| 0, |n, x| n + x)"
    assert [label.span.text for label in found.labels] == ["source_stream(a)"]
    first, second = output.fixes
    assert first.text == text.replace("batch() ->", "batch() -> unique::<'static>() ->")
    assert second.text == text.replace("(a) ->", "(a) -> unique::<'static>() ->")
    assert (first.report["out"].level, second.report["out"].level) == ("final", "final")


def test_names_that_the_text_uses_are_not_taken():
    text = "ends = source_stream(a); gate = ends -> persist::<'static>(); gate -> resolve_futures()" + SINK
    ((found, _),) = fixed(text)
    assert "gate_ = defer_signal()" in found
    assert "source_stream(ends_)" in found
