from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.diagnostics import Diagnostic

# What the flows of this module begin with: a source, and what takes the items in the end.
ENDS = "s = source_iter([1]); o = for_each(print);\n"
OUTER = "loop { m = s -> batch(); %s n = all_iterations() -> o; };"


def found(text: str) -> list[Diagnostic]:
    try:
        return list(hf.compile(ENDS + text, {}).diagnostics)
    except hf.HydroflowError as error:
        return list(error.diagnostics)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        # In: through a window, which comes first.
        ("loop { s -> map(f) -> all_iterations() -> o; };", "HF271", "map(f)"),
        ("loop { s -> x; x = defer_tick() -> all_iterations() -> o; };", "HF271", "x"),
        ("loop { s -> map(f) -> batch() -> all_iterations() -> o; };", "HF272", "batch()"),
        ("loop { s -> batch() -> batch_lazy() -> all_iterations() -> o; };", "HF272", "batch_lazy()"),
        # Out: through `all_iterations`, which comes last.
        ("loop { s -> batch() -> map(f) -> o; };", "HF273", "map(f)"),
        ("loop { s -> batch() -> all_iterations() -> map(f) -> all_iterations() -> o; };", "HF273", "all_iterations()"),
        # Not in a loop.
        ("s -> batch() -> o;", "HF270", "batch()"),
        ("s -> snapshot() -> o;", "HF270", "snapshot()"),
        ("s -> all_iterations() -> o;", "HF270", "all_iterations()"),
        # Sources.
        ("loop { source_iter([2]) -> all_iterations() -> o; };", "HF274", "source_iter([2])"),
        ("loop { null() -> all_iterations() -> o; };", "HF274", "null()"),
        ("loop { spin() -> all_iterations() -> o; };", "HF274", "spin()"),
        ("loop { initialize() -> all_iterations() -> o; };", "HF274", "initialize()"),
        # Levels.
        ("loop { loop { s -> batch() -> all_iterations() -> n; }; n = all_iterations() -> o; };", "HF275", "batch()"),
        (
            "loop { s -> batch() -> m; loop { m -> batch() -> all_iterations() -> o; }; m = identity(); };",
            "HF275",
            "all_iterations()",
        ),
        (OUTER % "loop { m -> batch_eager() -> all_iterations() -> n; };", "HF276", "batch_eager()"),
        (OUTER % "loop { m -> snapshot() -> all_iterations() -> n; };", "HF276", "snapshot()"),
        # Reading.
        (
            "loop { s -> batch() -> t; t = fold(|| 0, f); }; source_iter([3]) -> map(|x| x + $t) -> o;",
            "HF278",
            "$t",
        ),
        ("loop { s -> batch() -> resolve_futures_blocking() -> all_iterations() -> o; };", "HF279", None),
    ],
)
def test_an_error_has_its_code_and_its_place(text: str, code: str, place: str | None) -> None:
    ours = [one for one in found(text) if one.code.startswith("HF27") or one.code == code]

    assert [one.code for one in ours] == [code]
    if place is not None:
        assert ours[0].span.text == place
    assert ours[0].hint


def test_every_operator_on_a_cycle_is_told_of() -> None:
    errors = found("loop { s -> batch() -> u; u = union() -> map(f) -> tee(); u -> u; u -> all_iterations() -> o; };")

    assert [(one.code, one.span.text) for one in errors] == [
        ("HF277", "union()"),
        ("HF277", "map(f)"),
        ("HF277", "tee()"),
    ]


@pytest.mark.parametrize("through", ["defer_tick()", "defer_tick_lazy()"])
def test_a_cycle_through_what_defers_is_allowed(through: str) -> None:
    text = "loop { s -> batch() -> u; u = union() -> tee(); u -> %s -> u; u -> all_iterations() -> o; };"

    assert found(text % through) == []


def test_a_cycle_through_a_nested_loop_lies_in_the_outer_one() -> None:
    errors = found(
        "loop { s -> batch() -> u; u = union() -> tee(); loop { u -> batch() -> all_iterations() -> a; };\n"
        "a = identity() -> u; u -> all_iterations() -> o; };"
    )

    assert {one.code for one in errors} == {"HF277"}
    assert [one.span.text for one in errors] == [
        "union()", "tee()", "batch()", "all_iterations()", "identity()"
    ]  # fmt: skip


def test_a_cycle_through_the_outside_waits_for_the_loop() -> None:
    (one,) = found(
        "u = union() -> tee(); s -> u; u -> o; loop { u -> batch() -> all_iterations() -> a; }; a = map(f) -> u;"
    )

    assert (one.code, one.span.text) == ("HF224", "batch()")
    assert "loop -> all_iterations" in one.message or "loop -> map -> union -> tee -> batch" in one.message


def test_a_cycle_from_one_entry_to_another_waits_for_the_loop_though_no_item_goes_round() -> None:
    (one,) = found(
        "loop { s -> batch() -> all_iterations() -> a; b -> batch() -> all_iterations() -> o; };\n"
        "a = map(f) -> b; b = identity();"
    )

    assert one.code == "HF224"


def test_a_state_outside_is_read_inside_and_one_of_a_loop_in_the_loops_in_it() -> None:
    text = (
        "top = s -> fold(|| 0, |a, x| a + x); t = source_iter([2]); loop { m = t -> batch() -> map(|x| x + $top)\n"
        "-> tee();\n"
        "sum = m -> fold(|| 0, |a, x| a + x);\n"
        "loop { m -> batch() -> map(|x| x + $sum) -> all_iterations() -> n; }; n = all_iterations() -> o; };"
    )

    assert found(text) == []


def test_a_loop_that_nothing_makes_fire_is_a_warning() -> None:
    (one,) = found("loop { s -> batch_lazy() -> all_iterations() -> o; };")

    assert (one.code, one.span.text, one.is_error) == ("HF292", "loop", False)
    assert "without bound" not in one.message


def test_what_waits_for_ever_before_a_snapshot_is_told_of() -> None:
    (one,) = found("loop ever { s -> snapshot() -> all_iterations() -> o; };")

    assert (one.code, one.span.text, one.is_error) == ("HF292", "loop ever", False)
    assert "what waits before `snapshot` grows without bound" in one.message


def test_loops_in_loops_have_a_bound() -> None:
    depth = 12
    head = "".join(f"loop {{ n{i + 1} = n{i} -> batch(); " for i in range(depth))
    text = "s -> o; n0 = source_iter([1]); " + head + f"n{depth} -> null(); " + "};" * depth

    assert [one.code for one in found(text)] == ["HF109"]


def test_as_many_loops_as_may_be_nested_run() -> None:
    depth = 8
    head = "".join(f"loop {{ n{i + 1} = n{i} -> batch(); " for i in range(depth))
    out: list[int] = []
    text = "n0 = source_iter([1]); " + head + f"n{depth} -> for_each(out.append); " + "};" * depth

    hf.compile(text, {"out": out}).run_tick()

    assert out == [1]


def test_a_window_that_leads_nowhere_is_reported_once() -> None:
    errors = found("s -> null(); loop { nothing -> batch() -> all_iterations() -> o; };")

    assert [one.code for one in errors] == ["HF203"]
