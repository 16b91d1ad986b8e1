from __future__ import annotations

import asyncio

import pytest
from cells import notebook
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.processes.failures import Misuse
from hydroflow_nb.processes.slicing import check_names, plan
from hydroflow_nb.processes.workspace import Workspace


def numbers(cells, flow="server", given=()):
    return [step.cell.number for step in plan(notebook(*cells), flow, frozenset(given)).steps]


def left_out(cells, flow="server"):
    steps = plan(notebook(*cells), flow).steps
    return [
        cells[step.cell.number - 1].splitlines()[statement.node.lineno - 1]
        for step in steps
        for statement in step.cell.statements
        if statement not in step.statements
    ]


SERVER = "%%hydroflow server\nsource_stream_serde(inbound) -> map(answer) -> dest_sink_serde(outbound);"
CHAT = (
    "%load_ext hydroflow_nb\nimport hydroflow_nb as hf",  # 1
    "port = 5000\nhost = '127.0.0.1'",  # 2
    "def answer(message):\n    return prefix + message",  # 3
    "outbound, inbound, address = await hf.net.bind_udp((host, port))",  # 4
    "prefix = 'echo: '",  # 5
    SERVER,  # 6
    "server.run_available()\nserver.current_tick()",  # 7
    "lines = hf.channel()\nout, inn, here = await hf.net.bind_udp(0)",  # 8
    "%%hydroflow client\nsource_stream(lines) -> map(|line| (line, address)) -> dest_sink_serde(out);",  # 9
    "lines.send('hello')\nclient.run_available()",  # 10
)


def test_the_cells_that_bind_what_the_flow_uses_are_needed_and_those_that_use_it_are_not():
    assert numbers(CHAT) == [1, 2, 3, 4, 5, 6]
    assert numbers(CHAT, "client") == [1, 2, 4, 8, 9]


def test_a_name_that_has_a_value_needs_no_cell():
    assert numbers(CHAT, given=["outbound", "inbound", "address"]) == [3, 5, 6]
    assert numbers(CHAT, given=["host", "port"]) == [1, 3, 4, 5, 6]


def test_what_is_above_of_a_new_binding_is_not_needed():
    cells = ("x = old()", "x = 1", "x += 1", "%%hydroflow server\nsource_iter(x) -> null();")

    assert numbers(cells) == [2, 3, 4]


def test_what_a_function_reads_when_it_is_called_above_is_bound_by_then():
    cells = ("x = 1", "def f():\n    return x", "y = f()", "x = 2", "%%hydroflow server\nsource_iter(y) -> null();")

    assert numbers(cells) == [1, 2, 3, 4, 5]


def test_what_a_function_reads_later_is_what_was_bound_last():
    cells = (
        "x = old()",
        "def f():\n    return x",
        "x = 2",
        "%%hydroflow server\nsource_iter([1]) -> map(|_| f()) -> null();",
    )

    assert numbers(cells) == [2, 3, 4]


def test_names_that_no_cell_above_binds_are_looked_for_below():
    cells = ("%%hydroflow server\nsource_iter([1]) -> map(f) -> null();", "print(f)", "f = abs", "f = 1")

    assert numbers(cells) == [3, 1]


def test_a_needed_cell_runs_whole_but_for_what_shows_something_or_uses_flows():
    cells = (
        "%%hydroflow other\nnull();",
        "seen = []\nseed(1)\nseen\nother.run_tick()\ntask = create(other.run_async())\ntask.cancel()\ndisplay(seen)\n"
        "with other:\n    pass\nfor i in seen:\n    other.run_tick()",
        "%%hydroflow server\nnull() -> for_each(seen.append);",
    )

    assert left_out(cells) == [
        "seen",
        "other.run_tick()",
        "task = create(other.run_async())",
        "task.cancel()",
        "display(seen)",
        "with other:",
        "for i in seen:",
    ]


def test_what_runs_in_a_needed_cell_has_its_own_names():
    cells = ("import random", "seen = []\nrandom.seed(1)", "%%hydroflow server\nnull() -> for_each(seen.append);")

    assert numbers(cells) == [1, 2, 3]


def test_a_function_that_drives_flows_does_not_bring_them_along():
    cells = (
        "%%hydroflow client\nsource_iter(lines) -> null();",
        "seen = []\ndef both():\n    client.run_tick(); server.run_tick()",
        "%%hydroflow server\nnull() -> for_each(seen.append);",
    )

    assert numbers(cells) == [2, 3]


def test_a_flow_that_an_argument_names_is_compiled():
    cells = (
        "lines = []",
        "%%hydroflow client\nsource_iter(lines) -> null();",
        "entry = client.inputs",
        "%%hydroflow server\nsource_iter([1]) -> for_each(entry.get);",
    )

    assert numbers(cells) == [1, 2, 3, 4]


def test_tags_say_which_cells_run():
    cells = (
        ("import warnings; warnings.simplefilter('error')", ["setup"]),
        ("inbound = outbound = hf.Network()", ["notebook-only"]),
        ("inbound = 1; outbound = 2", ["server"]),
        ("inbound = 3; outbound = 4", ["client"]),
        ("1 / 0; answer = 1", ["raises-exception"]),
        "answer = str",
        SERVER,
        "%%hydroflow client\nsource_iter(inbound) -> null();",
    )

    assert numbers(cells) == [1, 3, 6, 7]
    assert numbers(cells, "client") == [1, 4, 8]


def test_the_last_of_the_flows_that_python_code_makes_is_taken_with_what_it_needs():
    cells = ("import hydroflow_nb as hf\ntext = 'null();'", "server = hf.compile(text)\nserver.run_tick()\nserver")

    found = plan(notebook(*cells), "server")

    assert [step.cell.number for step in found.steps] == [1, 2]
    assert [statement.node.lineno for statement in found.steps[-1].statements] == [1]


def test_names_that_nothing_binds_are_missing_and_unknown_ones_are_refused():
    found = plan(notebook("answer = str\nport = 1", SERVER), "server", frozenset({"prot"}))

    with pytest.raises(Misuse, match=r"no name in .* is `prot`\n  = hint: did you mean `port`\?"):
        check_names(found, {"prot"})
    with pytest.raises(Misuse, match=r"uses `inbound`, `outbound`, which no cell .*\n.*`--bind tcp:127.0.0.1:5000`"):
        check_names(found, set())
    check_names(found, {"inbound", "outbound", "port"})


def test_what_a_statement_may_bind_is_not_missing():
    ends_by_role = """
match role:
    case 'server':
        inbound, outbound = ends()
    case 'notebook':
        inbound = outbound = None
"""
    cells = (
        "role = 'notebook'",
        ends_by_role,
        "def answer(message): return message",
        SERVER,
    )

    found = plan(notebook(*cells), "server")

    assert found.missing == {"ends"}
    assert [step.cell.number for step in found.steps] == [1, 2, 3, 4]


def test_a_star_import_may_bind_anything():
    found = plan(notebook("from somewhere import *", "answer = str", SERVER), "server")

    check_names(found, set())
    assert [step.cell.number for step in found.steps] == [1, 2, 3]


NAMES = st.sampled_from("abcd")
FUNCTIONS = st.sampled_from("fg")
STATEMENTS = st.one_of(
    st.builds("{0} = {1} + {2}".format, NAMES, NAMES, st.integers(0, 9)),
    st.builds("{0} += {1}".format, NAMES, NAMES),
    st.builds("def {0}():\n    return {1} + {2}".format, FUNCTIONS, NAMES, NAMES),
    st.builds("{0} = {1}()".format, NAMES, FUNCTIONS),
    st.builds("for {0} in range({1} % 3):\n    {2} = {0} + {3}".format, NAMES, NAMES, NAMES, NAMES),
    st.builds("if {0} % 2:\n    {1} = {2}\nelse:\n    {3} = {2}()".format, NAMES, NAMES, FUNCTIONS, NAMES),
    st.builds("{0} = [{1} + {2} for {1} in range(3)][-1]".format, NAMES, NAMES, NAMES),
).map(lambda text: text.replace("= f\n", "= f()\n").replace("= g\n", "= g()\n").replace("()()", "()"))
BEGIN = "a, b, c, d = 1, 2, 3, 4\ndef f():\n    return a\ndef g():\n    return f() + d"


@given(cells=st.lists(st.lists(STATEMENTS, min_size=1, max_size=3).map("\n".join), max_size=8), needed=NAMES)
def test_a_name_has_in_the_slice_the_value_that_it_has_in_the_notebook(cells, needed):
    whole: dict[str, object] = {}
    texts = [BEGIN, *cells]
    for text in texts:
        exec(text, whole)
    workspace = Workspace({})
    found = plan(notebook(*texts, f"%%hydroflow server\nsource_iter({needed}) -> map(|_| f()) -> null();"), "server")

    async def run():
        for step in found.steps:
            if not step.makes_flow:
                await workspace.run(step)

    asyncio.run(run())

    assert workspace.names[needed] == whole[needed]
    assert workspace.names["f"]() == whole["f"]()


def test_a_cell_that_is_no_python_is_named_where_a_name_is_missing():
    found = plan(notebook("edges = [1", "%%hydroflow server\nsource_iter(edges) -> null();"), "server")

    with pytest.raises(Misuse, match=r"uses `edges`, .*; n\.ipynb\[1\] is not Python: '\[' was never closed, line 1"):
        check_names(found, set())


def test_a_cell_that_is_no_python_matters_only_to_flows_that_need_it():
    found = plan(notebook("x = (", "edges = [1]", "%%hydroflow server\nsource_iter(edges) -> null();"), "server")

    check_names(found, set())


def test_a_cell_that_always_runs_has_to_be_python():
    found = plan(notebook(("x = (", ["setup"]), "%%hydroflow server\nsource_iter([1]) -> null();"), "server")

    with pytest.raises(Misuse, match=r"n\.ipynb\[1\] is not Python"):
        check_names(found, set())


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["edges = [start()]", "def start(): return 1"], r"n\.ipynb\[2\] binds `start`, after it is used"),
        (
            [("edges = []", ["notebook-only"])],
            r"n\.ipynb\[1\] binds `edges`, but its tags say that it does not run here",
        ),
    ],
)
def test_a_cell_that_binds_a_missing_name_in_vain_is_named(cells, why):
    found = plan(notebook(*cells, "%%hydroflow server\nsource_iter(edges) -> null();"), "server")

    with pytest.raises(Misuse, match=why):
        check_names(found, set())


READER = "%%hydroflow server\nsource_iter(data) -> for_each(print);"


@pytest.mark.parametrize(
    "change",
    [
        "data.append(2)",
        "data.extend([2])",
        "for n in [2]: data.append(n)",
        "if data:\n    data.append(2)",
        "last = data.pop()",
        "setattr(data, 'x', 1)",
        "data[0] = 1",
        "del data[0]",
        "data.x = 1",
        "data += [2]",
        "globals()['data'] = [3]",
        "import random; random.shuffle(data)",
    ],
)
def test_a_cell_that_surely_changes_what_a_flow_reads_is_needed(change):
    found = plan(notebook("data = [1]", change, "print(data)", READER), "server")

    assert [step.cell.number for step in found.steps] == [1, 2, 4]
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("fill(data)", "`fill(data)` may change `data`, which the flow uses"),
        ("data.load()", "`data.load()` may change `data`, which the flow uses"),
        ("@data.register\ndef handler(): pass", "may change `data`, which the flow uses"),
        ("import os\nos.environ['X'] = '1'", "`os.environ['X'] = '1'` changes the environment"),
        ("import os\nos.chdir('/')", "changes the working directory"),
        ("%env X=1", "`%env X=1` may change what runs after it, but magics do not run here"),
        ("rows = data\nrows.append(2)", "`rows.append(2)` may change `data`, which the flow uses"),
        ("def fill(): data.append(2)\nfill()", "`fill()` may change `data`, which the flow uses"),
    ],
)
def test_a_cell_that_may_change_what_a_flow_reads_is_told_of(change, why):
    found = plan(notebook("data = [1]", change, READER), "server")

    assert [step.cell.number for step in found.steps] == [1, 3]
    (told,) = found.warnings
    assert told.startswith("n.ipynb[2] is left out: ")
    assert why in told
    assert "the tag `setup` makes the cell run, the tag `notebook-only` leaves it out without a warning" in told


def test_what_cannot_change_what_a_flow_reads_is_not_told_of():
    cells = (
        "import hydroflow_nb as hf\ndata = [1]\nlines = hf.channel()",
        "other = []\nother.append(1)\nfill(other)",
        "print(data, len(data))\ndata.index(1)",
        "lines.send('hello')\nlines.extend(['hello'])",
        ("fill(data)", ["notebook-only"]),
        "%load_ext hydroflow_nb",
        "%%hydroflow server\nsource_iter(data) -> null(); source_stream(lines) -> null();",
        "server.run_tick()\ndata.append(3)",
    )

    found = plan(notebook(*cells), "server")

    assert found.warnings == ()
    assert [step.cell.number for step in found.steps] == [1, 7]


def test_folders_that_imports_look_into_are_needed_where_something_is_imported():
    path = "import sys\nsys.path.insert(0, 'lib')"

    assert numbers((path, "from lib import data", "%%hydroflow server\nsource_iter(data) -> null();")) == [1, 2, 3]
    assert numbers((path, "data = [1]", "%%hydroflow server\nsource_iter(data) -> null();")) == [2, 3]


def test_a_change_of_what_no_cell_binds_leaves_it_missing():
    found = plan(notebook("data.append(1)", READER), "server")

    assert found.missing == {"data"}


def test_a_value_that_is_given_is_changed_by_no_cell():
    found = plan(notebook("data = [1]", "data.append(2)", READER), "server", frozenset({"data"}))

    assert [step.cell.number for step in found.steps] == [3]
    assert found.warnings == ()
