from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.processes.failures import Misuse
from hydroflow_nb.processes.notebook import python_file, read_notebook, text_as_notebook


def nodes(cell):
    return [type(statement.node).__name__ for statement in cell.statements]


def test_code_cells_are_counted_as_a_run_from_the_top_counts_them(write_notebook):
    path = write_notebook("x = 1", "%%hydroflow server\nnull();", "y = 2")

    notebook = read_notebook(path)

    assert [cell.label for cell in notebook.cells] == ["chat.ipynb[1]", "chat.ipynb[2]", "chat.ipynb[3]"]
    assert [cell.flow_name for cell in notebook.cells] == [None, "server", None]


def test_the_source_of_a_cell_may_be_a_list_of_lines(write_notebook):
    cell = read_notebook(write_notebook((["x = 1\n", "y = 2"], []))).cells[0]

    assert nodes(cell) == ["Assign", "Assign"]


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("%load_ext hydroflow_nb\nx = 1", ["Pass", "Assign"]),
        ("!echo it's \"\nx = 1", ["Pass", "Assign"]),
        ("files = !ls\nx = 1", ["Pass", "Assign"]),
        ("t = %timeit -o f()\nx = 1", ["Pass", "Assign"]),
        ("x?\n?x\nx = 1", ["Pass", "Pass", "Assign"]),
        ("if x:\n    %time f()\nx = 1", ["If", "Assign"]),
        ("x = (7\n  % 3)\ny = '''\n%no magic\n!'''", ["Assign", "Assign"]),
        ("%%time\nx = 1", ["Pass", "Assign"]),
        ("%%bash\nls -l", []),
        ("%%html\n<b>", []),
        ("x = await f()", ["Assign"]),
    ],
)
def test_what_only_ipython_understands_is_left_out(write_notebook, text, statements):
    (cell,) = read_notebook(write_notebook(text)).cells

    assert cell.problem is None
    assert nodes(cell) == statements


def test_a_cell_that_is_no_python_says_so_and_has_no_statements(write_notebook):
    (cell,) = read_notebook(write_notebook("x = = 1")).cells

    assert cell.problem is not None
    assert nodes(cell) == []


def test_lines_of_a_flow_are_counted_as_its_cell_counts_them(write_notebook):
    (cell,) = read_notebook(write_notebook("\n%%time\n%%hydroflow reach --code\nnull();\nunion();")).cells

    assert cell.flow_name == "reach"
    assert cell.flow.first_line == 4
    assert cell.flow.text == "null();\nunion();"


def test_a_flow_is_found_by_name_then_by_tag_then_among_python_cells(write_notebook):
    notebook = read_notebook(
        write_notebook(
            "%%hydroflow server\nnull();",
            ("%%hydroflow flow\nnull();", ["tagged"]),
            "built = hf.compile('null();')",
            ("other = hf.compile('null();')", ["other"]),
            "%%hydroflow server\nunion();",
            ("%%hydroflow server\nwrong", ["raises-exception"]),
        )
    )

    found = {name: notebook.cell_of(name).number for name in ("server", "flow", "tagged", "built", "other")}

    assert found == {"server": 5, "flow": 2, "tagged": 2, "built": 3, "other": 4}


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        (
            "sever",
            "chat.ipynb has no flow `sever`: it has 2 flows: `server`, `client`\n  = hint: did you mean `server`?",
        ),
        ("xyz", "chat.ipynb has no flow `xyz`: it has 2 flows: `server`, `client`"),
        (None, "chat.ipynb has 2 flows: `server`, `client`\n  = hint: say which one: `--flow NAME`"),
    ],
)
def test_a_flow_that_is_not_there_is_answered_with_those_that_are(write_notebook, flow, message):
    notebook = read_notebook(write_notebook("%%hydroflow server\nnull();", "%%hydroflow client\nnull();"))

    with pytest.raises(Misuse) as raised:
        notebook.cell_of(flow)

    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not a notebook"),
        ("[]", "is not a notebook of format 4"),
        ('{"worksheets": []}', "is not a notebook of format 4"),
        ('{"cells": [1]}', "is not a notebook"),
        ('{"cells": [{"cell_type": "code"}]}', "is not a notebook"),
        ('{"cells": [{"cell_type": "code", "source": [1]}]}', "is not a notebook"),
    ],
)
def test_a_file_that_is_no_notebook_is_refused(write, text, message):
    with pytest.raises(Misuse, match=message):
        read_notebook(write("x.ipynb", text))


def test_files_that_cannot_be_read_are_refused(tmp_path, write):
    with pytest.raises(Misuse, match="No such file"):
        read_notebook(tmp_path / "none.ipynb")
    with pytest.raises(Misuse, match="is not Python"):
        python_file(write("x.py", "x = = 1"))


def test_the_text_of_a_flow_is_a_notebook_with_its_names(write):
    notebook = text_as_notebook(write("my-flow.hf", "\nnull();"), write("x.py", "x = 1"))

    flow = notebook.cell_of(None)

    assert (flow.flow_name, flow.flow.text, flow.flow.first_line) == ("my_flow", "\nnull();", 1)
    assert notebook.cells[1].bound == {"x"}


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_a_cell_that_was_written_on_windows_is_one_like_any_other(write_notebook, newline):
    cells = read_notebook(
        write_notebook(newline.join(["\ufeff%%hydroflow server", "null();"]), newline.join(["!ls", "y = 2"]))
    ).cells

    assert [cell.flow_name for cell in cells] == ["server", None]
    assert nodes(cells[1]) == ["Pass", "Assign"]


def test_a_flow_is_found_by_any_spelling_of_its_name(write_notebook):
    notebook = read_notebook(write_notebook("%%hydroflow \u00b5\nnull();", "%%hydroflow \u03bc2\nnull();"))

    assert notebook.cell_of("\u00b5").number == notebook.cell_of("\u03bc").number == 1
    assert notebook.cell_of("\u00b52").number == 2


def test_the_modules_of_a_text_are_looked_for_in_the_folder_that_is_given(write, tmp_path):
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "plus.hf").write_text("mod -> map(|x| x + 1) -> mod;")
    text = write("flow.hf", "source_iter([1]) -> import!('plus.hf') -> for_each(print);".replace("'", '"'))

    found = text_as_notebook(text, None, tmp_path / "modules").cells[-1]
    elsewhere = text_as_notebook(text, None).cells[-1]

    assert hf.compile(found.flow, {}).graph is not None
    with pytest.raises(hf.HydroflowError, match="plus"):
        hf.compile(elsewhere.flow, {})
