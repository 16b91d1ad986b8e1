"""What the tutorial "The same in every run" does with the predictions of its readers."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

import hydroflow_nb as hf
from hydroflow_nb.processes.command import run_command

PATH = Path(__file__).parents[2] / "notebooks" / "06_the_same_in_every_run.ipynb"
# By the cell that asks: what is right, and what a reader may hold to be right.
ANSWERS = {
    "news-prediction": (("sequence",), ("bag",)),
    "counter-prediction": (("differs",), ("final",)),
    "counter-second-prediction": ((2,), (3,)),
    "cart-prediction": (("differs",), ("bag",)),
    "patient-prediction": ((2,), (1,)),
    "sealed-prediction": ((True,), (False,)),
    "count-prediction": (("final", "differs", "part"), ("final", "differs", "differs")),
    "count-told-prediction": (("final",), ("part",)),
    "store-prediction": (("differs",), ("final",)),
    "replica-prediction": (("part", "final"), ("final", "final")),
}


def is_question(cell: NotebookNode) -> bool:
    return re.fullmatch(r"[a-z, ]+ = \.\.\.(, \.\.\.)*", cell.source) is not None


def code_cells() -> list[NotebookNode]:
    return [cell for cell in nbformat.read(PATH, as_version=4).cells if cell.cell_type == "code"]


def compared(names: dict[str, Any], choice: int) -> Iterator[tuple[str, str]]:
    """The cells that look at a prediction, each with what it raised; `choice` is 0 for right ones."""
    asked = None
    for cell in code_cells():
        first, _, rest = cell.source.partition("\n")
        if "raises-exception" in cell.metadata.get("tags", []):
            continue
        if first.startswith("%%hydroflow"):
            names[first.split()[1]] = hf.compile(rest, names, first.split()[1])
        elif is_question(cell):
            asked = cell.id
            variables = cell.source.split(" = ")[0].split(", ")
            names.update(zip(variables, ANSWERS[asked][choice], strict=True))
        else:
            source = cell.source.replace("%load_ext hydroflow_nb", "")
            raised = ""
            try:
                exec(compile(source, cell.id, "exec", dont_inherit=True), names)
            except AssertionError as error:
                raised = str(error)
            if asked is not None and "compare(" in source:
                yield asked, raised
                asked = None
    assert asked is None


def test_each_question_is_followed_by_its_answer():
    cells = code_cells()

    questions = [cell.id for cell in cells if is_question(cell)]
    answers = [after.id for cell, after in pairwise(cells) if is_question(cell)]

    assert questions == list(ANSWERS)
    assert [cell.id for cell in cells if "compare(" in cell.source and cell.id != "helpers"] == answers


def test_right_predictions_are_called_right(capsys):
    assert dict(compared({"__name__": "right"}, 0)) == dict.fromkeys(ANSWERS, "")
    out = capsys.readouterr().out
    assert "You did not say" not in out
    assert out.count("Right. It is ") == sum(len(right) for right, _ in ANSWERS.values())


def test_a_wrong_prediction_fails_with_the_answer_and_its_reason():
    for asked, raised in compared({"__name__": "wrong"}, 1):
        right, wrong = ANSWERS[asked]
        said, is_so = next(pair for pair in zip(wrong, right, strict=True) if pair[0] != pair[1])
        assert raised.startswith(f"You wrote {said}, and it is {is_so}: "), asked
        assert len(raised.split()) > 12


@pytest.mark.parametrize(("flow", "code"), [("counter_of_new", 0), ("counter", 1)])
def test_the_command_of_the_text_ends_as_it_says(flow, code, monkeypatch, capsys):
    monkeypatch.chdir(PATH.parent)
    text = next(cell.source for cell in nbformat.read(PATH, as_version=4).cells if cell.id == "keep-ways")
    (line,) = re.findall(r"```\n(.*?)\n```", text, re.DOTALL)
    python, module, name, *words = shlex.split(line.replace("counter_of_new", flow))
    assert (python, module, name) == ("python", "-m", "hydroflow_nb")

    assert run_command(words) == code

    assert "counts" in capsys.readouterr().out
