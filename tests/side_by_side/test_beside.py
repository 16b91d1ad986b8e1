"""Two checkouts beside each other: each in a process of its own, which answers requests."""

from __future__ import annotations

import json

import pytest

from side_by_side.__main__ import main
from side_by_side.beside import HERE, CannotRun, compared, process, serve
from side_by_side.shape import HAND, OURS
from side_by_side.shapes import batches


def answers(*requests):
    return [json.loads(line) for line in serve(map(json.dumps, requests))]


def test_a_process_chooses_a_shape_then_says_what_runs_take_and_give():
    chosen, taken, items = answers(["shape", 0.001, "map x20", OURS], ["run"], ["items"])

    assert chosen == [None, ""]
    assert taken[0] >= 0
    assert items[0][0] == "20"


def test_what_a_checkout_does_not_know_is_told_in_place_of_an_answer():
    [(answer, fault)] = answers(["shape", 0.001, "map x20", "another way"])

    assert (answer, fault) == (None, "KeyError: 'another way'")


def test_the_checkouts_and_the_loop_by_hand_are_timed_in_as_many_rounds_as_asked():
    shape = next(shape for shape in batches(0.001) if shape.title == "map x20")

    found = compared(shape, HERE, 1, 0.001)

    assert {way: len(seconds) for way, seconds in found.seconds.items()} == {OURS: 1, HAND: 1, str(HERE): 1}


def test_a_checkout_that_does_not_run_a_shape_says_why(tmp_path):
    (tmp_path / "hydroflow_nb").mkdir()
    (tmp_path / "hydroflow_nb" / "__init__.py").touch()

    with pytest.raises(CannotRun), process(tmp_path, "map x20", OURS, 0.001) as way:
        way.run()


def test_the_command_prints_a_row_for_each_shape(capsys):
    status = main(["--beside", str(HERE), "--scale", "0.001", "--rounds", "1", "--only", "fan-in"])

    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert lines[0] == "|  | this checkout | the other, of it | by hand, of it |"
    assert lines[2].startswith("| fan-in of 20 | ")


def test_a_folder_that_is_not_a_checkout_is_refused(tmp_path, capsys):
    assert main(["--beside", str(tmp_path), "--only", "fan-in"]) == 1
    assert "is not a checkout of this package" in capsys.readouterr().err


def test_two_checkouts_are_compared_alone(capsys):
    with pytest.raises(SystemExit):
        main(["--beside", str(HERE), "--rust"])

    assert "--beside compares two checkouts, and nothing else" in capsys.readouterr().err
