"""What the tutorial "The same in every run" does with the predictions of its readers."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

import hydroflow_nb as hf
from hydroflow_nb.predicting import Prediction
from hydroflow_nb.processes.command import run_command

PATH = Path(__file__).parents[2] / "notebooks" / "06_the_same_in_every_run.ipynb"
# By the cell that asks: what is right, and what a reader may hold to be right.
ANSWERS = {
    "news-prediction": ("sequence", "bag"),
    "counter-prediction": ("differs", "final"),
    "counter-second-prediction": (2, 3),
    "cart-prediction": ("differs", "bag"),
    "patient-prediction": (2, 1),
    "sealed-prediction": (True, False),
    "count-prediction": ("final", "differs"),
    "count-prediction-duplication": ("differs", "final"),
    "count-prediction-loss": ("part", "differs"),
    "count-told-prediction": ("final", "part"),
    "store-prediction": ("differs", "final"),
    "replica-prediction": ("part", "final"),
    "replica-prediction-order": ("final", "differs"),
}


def is_question(cell: NotebookNode) -> bool:
    return "hf.predict(" in cell.source


def code_cells() -> list[NotebookNode]:
    return [cell for cell in nbformat.read(PATH, as_version=4).cells if cell.cell_type == "code"]


def result_of(source: str, names: dict[str, Any]) -> Any:
    """What the last expression of a cell gives."""
    *before, last = ast.parse(source).body
    exec(compile(ast.Module(before, []), "cell", "exec", dont_inherit=True), names)
    assert isinstance(last, ast.Expr)
    return eval(compile(ast.Expression(last.value), "cell", "eval", dont_inherit=True), names)


@pytest.fixture(scope="module")
def asked() -> dict[str, list[Prediction]]:
    """What the cells that ask tell a reader who is right, one who is wrong, and one who says nothing."""
    found: dict[str, list[Prediction]] = {}
    names: dict[str, Any] = {"__name__": "reader"}
    for cell in code_cells():
        first, _, rest = cell.source.partition("\n")
        if is_question(cell):
            said = [*map(repr, ANSWERS[cell.id]), "..."]
            found[cell.id] = [result_of(cell.source.replace("...", one), names) for one in said]
        elif first.startswith("%%hydroflow"):
            names[first.split()[1]] = hf.compile(rest, names, first.split()[1])
        elif "raises-exception" not in cell.metadata.get("tags", []):
            source = cell.source.replace("%load_ext hydroflow_nb", "")
            exec(compile(source, cell.id, "exec", dont_inherit=True), names)
    return found


def test_each_question_has_three_dots_to_be_replaced_and_a_hint():
    questions = [cell for cell in code_cells() if is_question(cell)]

    assert [cell.id for cell in questions] == list(ANSWERS)
    assert [cell.id for cell in questions if cell.source.count("...") != 1 or "hint=" not in cell.source] == []


def test_right_predictions_are_called_right_wrong_ones_not_and_three_dots_neither(asked):
    told = {id: ([one.is_right for one in ones], [one.is_made for one in ones]) for id, ones in asked.items()}

    assert told == dict.fromkeys(ANSWERS, ([True, False, False], [True, True, False]))


@pytest.mark.parametrize(("flow", "code"), [("counter_of_new", 0), ("counter", 1)])
def test_the_command_of_the_text_ends_as_it_says(flow, code, monkeypatch, capsys):
    monkeypatch.chdir(PATH.parent)
    text = next(cell.source for cell in nbformat.read(PATH, as_version=4).cells if cell.id == "keep-ways")
    (line,) = re.findall(r"```\n(.*?)\n```", text, re.DOTALL)
    python, module, name, *words = shlex.split(line.replace("counter_of_new", flow))
    assert (python, module, name) == ("python", "-m", "hydroflow_nb")

    assert run_command(words) == code

    assert "counts" in capsys.readouterr().out
