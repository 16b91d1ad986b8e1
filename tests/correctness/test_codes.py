"""What is known of findings, classes of runs and networks in other places: whoever adds one is told what is missing."""

from __future__ import annotations

import re
from dataclasses import fields
from importlib.resources import files

import pytest

from hydroflow_nb.correctness.codes import KINDS
from hydroflow_nb.correctness.levels import CLASSES, MEANINGS, NETWORKS, WHAT_DIFFERS, Level, classes_in
from hydroflow_nb.correctness.report import OutputReport
from hydroflow_nb.error_index import explain_error
from hydroflow_nb.operators.rules.rule import Differences, together

PACKAGE = files("hydroflow_nb")


def test_each_code_that_a_rule_gives_is_in_the_table_and_in_the_error_index():
    rooms = [PACKAGE / "operators" / "rules", PACKAGE / "correctness"]
    texts = [one.read_text() for room in rooms for one in room.iterdir() if one.name.endswith(".py")]
    given = {code for text in texts for code in re.findall(r'"(HF3[01]\d)"', text)}

    assert given == set(KINDS)
    for code in KINDS:
        assert code in explain_error(code)


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.about])
def test_a_finding_is_about_a_class_that_there_is(kind):
    assert kind.about in CLASSES


def test_each_difference_has_a_class_with_words_and_a_level_in_reports():
    of_fields = {one.name for one in fields(Differences)} - {"shard"}

    assert of_fields == set(CLASSES) - {"batching"}
    assert set(WHAT_DIFFERS) == {*CLASSES, "sharding"}
    assert all(isinstance(getattr(OutputReport, word), property) for word in WHAT_DIFFERS)


def test_differences_come_together_and_each_of_them_happens_in_all():
    every = together(*CLASSES.values(), Differences(shard=()))

    assert every == Differences(order=True, duplication=True, loss=True, replication=True, shard=())
    assert classes_in(every) == ["batching", "order", "duplication", "loss", "replication", "sharding"]
    assert classes_in(NETWORKS["tcp"]) == ["batching", "order"]


def test_the_stepper_offers_each_network():
    chooser = (PACKAGE / "widgets" / "static" / "stepper" / "checked.js").read_text()

    assert re.findall(r'^  \["([\w-]+)", ', chooser, re.M) == ["kernel", *NETWORKS, "replicas"]


def test_each_level_says_what_it_means():
    assert set(MEANINGS) == set(Level)
