"""The tutorials hold the outputs of a run, so that a code host shows them; `make notebooks` writes them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import nbformat
import pytest
from outputs import cleaned, is_compared, kinds, tags, what_it_says, written

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(path.name for path in FOLDER.glob("*.ipynb"))
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# The bytes that a tutorial may have: a code host shows no larger one.
MOST = 600_000


def files():
    return {name: nbformat.read(FOLDER / name, as_version=4) for name in NOTEBOOKS}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_outputs_in_the_file_are_those_of_a_run(ran, name, request):
    path = FOLDER / name
    notebook = nbformat.read(path, as_version=4)
    if request.config.getoption("--update-notebooks"):
        nbformat.write(written(notebook, ran(name).notebook, VERSION), path)
        return
    made_by = notebook.metadata.language_info.get("version")
    if made_by != VERSION:
        pytest.skip(f"the outputs were made by Python {made_by}")

    for cell, one in zip(notebook.cells, ran(name).notebook.cells, strict=True):
        if cell.cell_type == "code":
            outputs = cleaned(one.outputs)
            assert kinds(cell.outputs) == kinds(outputs), f"{cell.id}: run `make notebooks`"
            if is_compared(cell):
                assert what_it_says(cell.outputs) == what_it_says(outputs), f"{cell.id}: run `make notebooks`"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_file_holds_pictures_and_nothing_of_the_machine_that_made_them(name):
    notebook = nbformat.read(FOLDER / name, as_version=4)

    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.id for cell in code if cell.execution_count or "execution" in cell.metadata] == []
    assert notebook.metadata.kernelspec.name == "python3"
    assert "widgets" not in notebook.metadata
    assert sum("image/svg+xml" in output.get("data", {}) for cell in code for output in cell.outputs) >= 2
    assert (FOLDER / name).stat().st_size < MOST
    given = json.dumps([cell.outputs for cell in code])
    assert re.findall(r".{0,40}(?:widget-view|site-packages|/home/|/tmp/|/usr/|/root/).{0,40}", given) == []
    assert str(FOLDER.parent) not in given


def test_every_picture_shows_a_run_but_that_of_a_flow_whose_tick_never_ends():
    pictures = [
        (name, cell.id, output.get("data", {}).get("image/svg+xml", ""))
        for name, one in files().items()
        for cell in one.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]
    assert [(name, id) for name, id, svg in pictures if "nothing is recorded yet" in svg] == [
        ("01_first_flow.ipynb", "endless-tick-flow")
    ]


def test_few_outputs_are_not_compared():
    apart = [(name, cell.id) for name, one in files().items() for cell in one.cells if not is_compared(cell)]
    assert apart == [
        *(
            ("02_reachability.ipynb", id)
            for id in ("read", "reach-flow", "reach-run", "truth", "rest-flow", "rest-run")
        ),
        *(("02_reachability.ipynb", id) for id in ("hops-flow", "hops-run")),
        ("03_chat.ipynb", "start"),
        # Where the pieces of a connection end, and so the ticks, is chance.
        ("17_http_hello.ipynb", "lines-flow"),
        ("17_http_hello.ipynb", "hello-flow"),
        # The last line of each member's log, with what it has seen of the others; how many ticks one has run.
        *(("21_deployed.ipynb", id) for id in ("deploy", "record")),
    ]


# --- how outputs are cleaned -----------------------------------------------------------------------------------------


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def said(*outputs):
    return [one.text for one in cleaned(outputs)]


def test_times_processes_and_ports_become_the_same_ones_in_every_run():
    assert said(stream("time=2026-11-29T22:56:37.859Z event=ready pid=30380 address=127.0.0.1:38383\n")) == [
        "time=2026-01-01T12:00:00.000Z event=ready pid=1000 address=127.0.0.1:50001\n"
    ]
    assert said(stream("('127.0.0.1', 43423), ('127.0.0.1', 5), 127.0.0.1:43423")) == [
        "('127.0.0.1', 50001), ('127.0.0.1', 50002), 127.0.0.1:50001"
    ]
    assert said(stream("all 96 schedules (6,689 decisions in 0.41 s)")) == ["all 96 schedules (6,689 decisions)"]


def test_what_was_wiped_out_is_left_out_and_pieces_are_put_together():
    assert said(stream("\r61 of 100"), stream("\r      "), stream("\r")) == []
    assert said(stream("one\ntw"), stream("o\n"), stream("oh\n", "stderr")) == ["one\ntwo\n", "oh\n"]
    assert said(stream("10 %\r20 %\rdone\n")) == ["done\n"]


def test_a_widget_goes_and_the_picture_beside_it_stays():
    picture = nbformat.v4.new_output("display_data", {"image/svg+xml": "<svg/>", "text/plain": "a"})
    widget = nbformat.v4.new_output(
        "display_data", {"application/vnd.jupyter.widget-view+json": {"model_id": "ab"}, "text/html": ""}
    )

    assert kinds(cleaned([picture, widget])) == [("display_data", ["image/svg+xml", "text/plain"], None)]


def test_a_traceback_has_the_frames_of_cells_alone():
    frames = [
        "---",
        "ZeroDivisionError  Traceback",
        "Cell In[1], line 1\n1/0",
        "File /x/y.py:3, in f()\n",
        "\x1b[31mend",
    ]
    error = nbformat.v4.new_output("error", ename="E", evalue="e", traceback=frames)

    assert [one.traceback for one in cleaned([error])] == [[*frames[:3], frames[4]]]


def test_an_output_that_varies_is_kept_as_long_as_it_is_of_the_same_kinds():
    def notebook(text, name="stdout", tagged=()):
        cell = nbformat.v4.new_code_cell("f()", id="f", outputs=[stream(text, name)], metadata={"tags": list(tagged)})
        return nbformat.v4.new_notebook(cells=[cell])

    for tagged, name, kept in [
        ((), "stdout", "new"),
        (("output-varies",), "stdout", "old"),
        (("output-varies",), "stderr", "new"),
    ]:
        after = written(notebook("old", tagged=tagged), notebook("new", name), "3.11")
        assert after.cells[0].outputs[0].text == kept
        assert tags(after.cells[0]) == list(tagged)


def test_of_a_picture_its_texts_are_compared_and_not_where_they_stand():
    def picture(svg):
        return [nbformat.v4.new_output("display_data", {"image/svg+xml": svg})]

    one = picture('<svg><text x="1">map</text><text x="2">12</text></svg>')
    moved = picture('<svg><text x="9">12</text><text x="2">map</text></svg>')
    other = picture('<svg><text x="1">map</text><text x="2">13</text></svg>')

    assert what_it_says(one) == what_it_says(moved) != what_it_says(other)
