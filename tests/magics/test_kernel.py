"""The magics in a real kernel, where cells have file names of another kind."""

from __future__ import annotations

import re
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

CELLS = [
    "%load_ext hydroflow_nb",
    "%%hydroflow reach\nsource_iter([1, 0])\n    -> map(|x| 1 / x)\n    -> for_each(print);",
    "reach.run_tick()",
    "\n%%hydroflow reach\nsource_iter([1])\n    -> mapp(|x| x);",
    "%%hydroflow --nope\nsource_iter([1]) -> for_each(print);",
    "%%hydroflow reach <<\nsource_iter([nope])\n    -> for_each(print);",
    "reach.current_tick()",
    "%hydroflow flows",
]


def notebook_of(cells: list[str]) -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return made


@pytest.fixture(scope="module")
def outputs() -> list[Any]:
    """The outputs of the cells above, all of which were run."""
    made = notebook_of(CELLS)
    NotebookClient(made, timeout=60, allow_errors=True).execute()
    return [cell.outputs for cell in made.cells]


def traceback(outputs: list[Any]) -> str:
    (error,) = [output for output in outputs if output.output_type == "error"]
    return _COLOUR.sub("", "\n".join(error.traceback))


def test_the_output_of_a_cell_shows_the_graph_without_a_kernel_too(outputs):
    output, _, widget = outputs[1]

    assert {one.output_type for one in outputs[1]} == {"display_data"}
    assert "application/vnd.jupyter.widget-view+json" in widget.data
    assert output.data["image/svg+xml"].lstrip().startswith(("<svg", "<?xml"))
    assert "source_iter([1, 0])" in output.data["text/plain"]


def test_a_traceback_ends_in_the_cells_line_under_the_cells_number(outputs):
    shown = traceback(outputs[2])

    assert "Cell In[3], line 1" in shown
    assert "Cell In[2], line 3" in shown
    assert "----> 3     -> map(|x| 1 / x)" in shown
    assert shown.endswith("hydroflow: in `map` at In[2], line 3, item 0, tick 0, stratum 0")
    assert "hydroflow_nb" not in shown


def test_an_error_in_a_cell_is_its_text_only(outputs):
    assert traceback(outputs[3]).splitlines() == [
        "error[HF201]: there is no operator `mapp`",
        " --> In[4]:4:8",
        "4 |     -> mapp(|x| x);",
        "  |        ^^^^",
        "  = hint: did you mean `map`?",
    ]


def test_a_wrong_option_is_one_message(outputs):
    (output,) = outputs[4]

    assert output.name == "stderr"
    assert output.text.startswith("UsageError: `%%hydroflow` has no option `--nope`")


def test_what_an_argument_raises_ends_in_the_cells_line(outputs):
    shown = traceback(outputs[5])

    assert "----> 2 source_iter([nope])" in shown
    assert "hydroflow_nb" not in shown
    assert "interactiveshell" not in shown


def test_after_cells_with_errors_the_flow_is_still_there(outputs):
    (output,) = outputs[6]

    assert output.data["text/plain"] == "1"
    assert "reach" in outputs[7][0].data["text/plain"]


@pytest.mark.parametrize("wrong", [CELLS[3], CELLS[4]])
def test_running_all_cells_stops_at_a_cell_with_an_error(wrong):
    made = notebook_of(["%load_ext hydroflow_nb", wrong, "print('too far')"])

    with pytest.raises(CellExecutionError):
        NotebookClient(made, timeout=60).execute()

    assert made.cells[2].outputs == []


def pictures_of(cells: list[str]) -> list[str]:
    """The pictures of a notebook that was run from its first cell to its last one, as it is saved."""
    made = notebook_of(cells)
    NotebookClient(made, timeout=60).execute()
    return [
        output.data["image/svg+xml"]
        for cell in made.cells
        for output in cell.outputs
        if "image/svg+xml" in output.get("data", {})
    ]


def test_in_a_saved_notebook_the_picture_of_a_recorded_flow_is_that_of_its_last_tick():
    load, text = "%load_ext hydroflow_nb", "source_iter([1, 2, 3]) -> sort() -> defer_tick() -> null();"

    recorded, unrecorded, begun = pictures_of(
        [
            load,
            f"%%hydroflow recorded\n{text}",
            f"%%hydroflow unrecorded --no-recording\n{text}",
            f"%%hydroflow begun --no-recording\n{text}",
            "recorded.run_available(); unrecorded.run_available()",
            "begun.record(); begun.run_tick(); None",
        ]
    )

    assert "tick 1: 6 items moved</text>" in recorded
    assert "items moved" not in unrecorded
    assert "tick 0: 9 items moved</text>" in begun


def test_in_a_saved_notebook_a_flow_that_ran_in_the_background_shows_its_last_tick():
    (picture,) = pictures_of(
        [
            "%load_ext hydroflow_nb\nimport asyncio, hydroflow_nb as hf\nnumbers = hf.channel()",
            "%%hydroflow live --live --recording 1000\nsource_stream(numbers) -> null();",
            "numbers.extend([1, 2])\nawait asyncio.sleep(0.2)\nlive.stop()",
        ]
    )

    assert "2 items moved, batch of 2</text>" in picture
