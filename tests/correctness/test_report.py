"""A report: the same each time that it is asked for, and clear about what it is asked."""

from __future__ import annotations

import subprocess
import sys
from itertools import permutations

import pytest

import hydroflow_nb as hf

STATEMENTS = (
    "t = source_stream(a) -> tee()",
    "t -> [0]j",
    "source_stream(b) -> [1]j",
    "j = join::<'static>() -> unique::<'static>() -> for_each(out.append)",
    "t -> fold_keyed::<'static>(|| set(), |held, x| held | {x}) -> for_each(seen.append)",
)
SCRIPT = f"""
import hydroflow_nb as hf
text = {"; ".join(STATEMENTS) + ";"!r}
flow = hf.compile(text, {{"a": hf.channel(), "b": hf.channel(), "out": [], "seen": []}})
print(flow.check(network="udp", replicas=2))
print(*(one.laws for one in flow.check(network="udp").values()))
"""


def report_of(text, **surroundings):
    names = {"a": hf.channel(), "b": hf.channel(), "out": [], "seen": []}
    return hf.compile(text, names).check(**surroundings)


def test_a_report_does_not_depend_on_the_seed_of_hashes():
    told = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }

    assert len(told) == 1
    assert "HF310" in told.pop()


def test_a_flow_that_is_checked_twice_is_told_the_same_twice():
    flow = hf.compile("; ".join(STATEMENTS) + ";", {"a": hf.channel(), "b": hf.channel(), "out": [], "seen": []})

    assert str(flow.check(network="udp")) == str(flow.check(network="udp"))


def test_the_order_of_statements_does_not_matter():
    rows = {tuple(sorted(report_of("; ".join(order) + ";", network="udp").rows)) for order in permutations(STATEMENTS)}

    assert len(rows) == 1


def test_the_laws_of_an_output_are_those_of_the_functions_before_it():
    text = (
        "source_stream(a) -> fold::<'static>(|| 0, |n, x| n + x) -> for_each(out.append);"
        "held = source_stream(b) -> fold::<'static>(|| 0, |n, x| max(n, x)); held -> null();"
        "source_iter([1]) -> map(|x| x + $held) -> for_each(seen.append);"
    )
    report = report_of(text, network="tcp")
    texts = {name: {place.text for place, _, _ in report[name].laws} for name in report}

    assert texts == {"out": {"|n, x| n + x"}, "seen": {"|n, x| max(n, x)"}}


def test_the_laws_that_were_asked_for_are_told_with_how_they_are_known():
    text = "source_stream(a) -> fold::<'static>(|| 0, |n, x| n + x) -> for_each(out.append);"
    laws = {law: how for _, law, how in report_of(text, network="at-least-once")["out"].laws}

    assert laws["commutes"] == "by form"
    assert laws["forgives"] == "does not hold"


def test_a_report_is_no_truth_value():
    with pytest.raises(TypeError, match="holds"):
        bool(report_of("source_stream(a) -> for_each(out.append);"))


def test_what_is_no_level_and_no_class_is_refused_with_all_that_are():
    report = report_of("source_stream(a) -> for_each(out.append);")

    with pytest.raises(ValueError, match="sequence"):
        report["out"].expect("good")
    with pytest.raises(ValueError, match="duplication"):
        report["out"].because_of("weather")


def test_early_is_expected_by_itself():
    report = report_of("source_stream(a) -> fold::<'static>(|| 0, |n, x| n - x) -> for_each(out.append);")

    report["out"].expect("final")
    with pytest.raises(hf.GuaranteeError, match="early"):
        report["out"].expect("final", early=True)
