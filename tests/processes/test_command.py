from __future__ import annotations

import sys
import tomllib
from importlib import import_module

import pytest
from commands import said

import hydroflow_nb

SERVER = "%%hydroflow server\nsource_iter(edges) -> null();"


@pytest.fixture
def chat(write_notebook):
    return write_notebook(
        "%load_ext hydroflow_nb\nedges = []\nedges",
        SERVER,
        ("port = 1", ["setup"]),
        ("%%hydroflow client\nsource_iter(edges) -> unin();", ["raises-exception"]),
    )


def test_the_flows_of_a_notebook_are_listed_with_the_cells_that_they_need(capsys, chat):
    code, out, _ = said(capsys, "list", chat)

    assert code == 0
    assert [line.split() for line in out.splitlines()] == [
        ["flow", "cell", "needs", "cells", "tags"],
        ["server", "2", "1", "3"],
        ["client", "4", "1", "3", "raises-exception"],
    ]


def test_the_cells_that_would_run_are_shown_with_what_is_left_out(capsys, chat):
    code, out, _ = said(capsys, "run", chat, "--flow", "server", "--cells")

    assert code == 0
    assert out.splitlines() == [
        "chat.ipynb[1]",
        "  - %load_ext hydroflow_nb",
        "    edges = []",
        "  - edges",
        "chat.ipynb[3]",
        "    port = 1",
        "chat.ipynb[2]  the flow `server` runs",
    ]


def test_a_check_tells_what_is_wrong_and_where(capsys, chat):
    code, out, _ = said(capsys, "check", chat, "--flow", "client")

    assert code == 3
    assert "error[HF201]: there is no operator `unin`" in out
    assert "chat.ipynb[4]:2:" in out


def test_a_check_of_a_notebook_leaves_out_what_is_meant_to_fail(capsys, chat):
    assert said(capsys, "check", chat)[:2] == (0, "chat.ipynb[2]: `server` compiles\n")


COUNT = "source_stdin() -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(print);"


@pytest.fixture
def count(tmp_path):
    path = tmp_path / "count.hf"
    path.write_text(COUNT, encoding="utf-8")
    return path


def test_a_check_tells_what_is_the_same_in_every_run(capsys, count):
    code, out, _ = said(capsys, "check", count, "--network", "at-least-once")

    compiles, report = out.split("\n\n", 1)
    assert code == 0
    assert compiles == "count.hf: `count` compiles"
    assert report.split()[:7] == ["output", "batching", "order", "duplication", "loss", "replication", "early"]
    assert "warning[HF302]: `print` counts" in report


def test_a_check_exits_with_1_where_an_output_is_weaker_than_is_asked_for(capsys, count):
    words = ["check", count, "--at-least", "final"]

    assert said(capsys, *words)[0] == 0
    code, out, _ = said(capsys, *words, "--network", "udp")
    assert code == 1
    assert "error[HF321]: `print` is `differs`, and at least `final` is expected" in out


def test_a_check_takes_replicas(capsys, count):
    code, out, _ = said(capsys, "check", count, "--replicas", "2", "--at-least", "final")

    assert code == 1
    assert "warning[HF308]" in out


SHARDED = """%%hydroflow counts
front = process();
counters = cluster(shards_by="[0]");
@front source_stream(words) -> map(|w| (w, 1)) ~> counted;
@counters counted = map(changed) -> fold_keyed::<'static>(int, |n, one| n + one) -> for_each(print);
"""


@pytest.mark.parametrize(
    ("function", "code"),
    [
        ("def changed(pair):\n    return pair[0], pair[1] + 1", 0),
        ("def changed(pair):\n    return pair[1], pair[0]", 3),
        # What no text tells is not judged.
        ("changed = make()", 0),
    ],
)
def test_a_check_tells_where_shards_do_not_keep_their_state_for_each_key(capsys, write_notebook, function, code):
    path = write_notebook(f"words = channel()\n{function}", SHARDED)

    found, out, _ = said(capsys, "check", path)

    assert found == code
    assert ("error[HF313]: `counters` is not the same if split by `[0]`: `fold_keyed`" in out) == (code == 3)


def test_a_check_reads_functions_of_cells_and_runs_none(capsys, write_notebook):
    path = write_notebook(
        "raise SystemExit('it ran')",
        "inb, out = input(), []\ndef newest(held: int, x: int) -> int:\n    return max(held, x)",
        "%%hydroflow greatest\nsource_stream(inb) -> fold::<'static>(|| 0, newest) -> for_each(out.append);",
    )
    code, out, _ = said(capsys, "check", path, "--network", "at-least-once", "--at-least", "final")

    assert code == 0
    assert "runs no cells" not in out


def test_a_check_says_of_a_function_that_no_text_tells_where_it_is_known(capsys, write_notebook):
    path = write_notebook(
        "def made():\n    return lambda held, x: x\nnewest = made()",
        "%%hydroflow last\nsource_stream(inb) -> fold::<'static>(|| 0, newest) -> for_each(print);",
    )
    code, out, _ = said(capsys, "check", path, "--network", "tcp", "--at-least", "final")

    assert code == 1
    assert "This check runs no cells, and their text does not tell what `newest` will be: `%hydroflow check`" in out


def test_a_check_refuses_a_level_or_network_that_does_not_exist(capsys, count):
    code, _, err = said(capsys, "check", count, "--at-least", "good")
    assert code == 2
    assert "'good' is not a level: sequence, bag, set, final, part, unknown, differs are" in err

    code, _, err = said(capsys, "check", count, "--network", "pigeons")
    assert code == 2
    assert "'pigeons'" in err

    code, _, err = said(capsys, "check", count, "--shard", "key of")
    assert code == 2
    assert "--shard" in err


def test_a_flow_that_does_not_compile_comes_before_one_that_is_weaker(capsys, write_notebook):
    path = write_notebook(f"%%hydroflow count\n{COUNT}", "%%hydroflow wrong\nsource_iter([1]) -> unin();")

    code, out, _ = said(capsys, "check", path, "--network", "udp", "--at-least", "set")

    assert code == 3
    assert "HF321" in out
    assert "HF201" in out


def test_a_check_runs_no_cells_but_for_the_classes_among_generics(capsys, write_notebook, monkeypatch):
    path = write_notebook(
        "1 / 0\nedges = []",
        "import enum\nclass Shape(enum.Enum):\n    ROUND = 1",
        "%%hydroflow server\na = source_iter(edges) -> demux_enum::<Shape>();\na[ROUND] -> null();",
    )
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])

    code, out, err = said(capsys, "check", path)

    assert (code, err) == (0, "")
    assert "`server` compiles" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--flow", "sever"], "chat.ipynb has no flow `sever`"),
        (["--set", "edges"], "`edges` does not give a value to a name: write `--set name=value`"),
        (["--set", "a-b=1"], "`a-b=1` does not give a value to a name"),
        (["--flow", "server", "--set", "edgs=1"], "did you mean `edges`?"),
        (["--flow", "server", "--stdin", "edgs"], "did you mean `edges`?"),
        (["--flow", "server", "--stdin", "edges", "--stdout", "edges"], "`edges` cannot have two values"),
        (["--flow", "server", "--set", "edges=1", "--stdin", "edges"], "`edges` cannot have two values"),
        (["--ticks", "0"], "`0` is not a whole number of 1 or more"),
        (["--for", "-1"], "`-1` is not a number of seconds"),
        (["--for", "nan"], "`nan` is not a number of seconds"),
        (["--graph", "x.png"], "`x.png` does not end in one of .svg, .dot, .mmd, .txt"),
        (["--record", "run.txt"], "`run.txt` does not end in one of .html, .json"),
        (["--bind", "5000"], "`5000` is not an address here"),
        (["--connect", "udp:127.0.0.1:1"], "UDP has no connections"),
        (["--flow", "server", "--record", "no/such/folder.json"], "the folder no/such does not exist"),
        (["--python", "none.py"], "cannot read none.py"),
    ],
)
def test_a_line_that_cannot_be_carried_out_says_why(capsys, chat, words, message):
    code, _, err = said(capsys, "run", chat, *words)

    assert code == 2
    assert message in err


def test_help_shows_examples_and_exit_codes(capsys):
    code, out, _ = said(capsys, "run", "--help")

    assert code == 0
    assert "hydroflow-nb run chat.ipynb --flow server --set role=server --set port=5000" in out
    assert "4  an address is in use" in out


def test_the_version_is_the_package_s(capsys):
    assert said(capsys, "--version")[1] == f"hydroflow-nb {hydroflow_nb.__version__}\n"


def test_the_console_script_is_the_module_s_own_command(repository):
    scripts = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]

    module, _, function = scripts["hydroflow-nb"].partition(":")

    assert getattr(import_module(module), function) is import_module("hydroflow_nb.__main__").main


def test_the_text_of_one_flow_has_no_list(capsys, tmp_path):
    path = tmp_path / "x.hf"
    path.write_text("source_iter([1]) -> null();")

    code, _, err = said(capsys, "list", path)

    assert code == 2
    assert f"`hydroflow-nb check {path}` compiles it" in err


def test_a_check_says_that_there_is_nothing_to_check(capsys, write_notebook):
    assert said(capsys, "check", write_notebook("x = 1"))[:2] == (0, "chat.ipynb has no flow\n")


def test_a_cell_whose_first_line_makes_no_flow_is_told_of_wherever_flows_are_looked_for(capsys, write_notebook):
    path = write_notebook("%%hydroflow server --no-shwo\nsource_iter([1]) -> null();")
    why = "chat.ipynb[1] makes no flow: `%%hydroflow` has no option `--no-shwo` (did you mean `--no-show`?)"

    assert said(capsys, "list", path)[1].splitlines()[1:] == [why]
    assert said(capsys, "check", path)[:2] == (3, f"{why}\n")
    for words in ((), ("--flow", "server")):
        code, _, err = said(capsys, "run", path, *words)
        assert (code, why in err) == (2, True)


def test_what_is_neither_a_notebook_nor_a_flow_s_text_says_how_these_are_called(capsys, tmp_path):
    path = tmp_path / "x.py"
    path.write_text("import this")

    code, _, err = said(capsys, "run", path)

    assert code == 2
    assert "the name of a flow's file in .hf" in err


def test_a_flow_runs_without_the_optimisations_that_the_command_names(capsys, tmp_path):
    (tmp_path / "one.hf").write_text("source_iter([1, 2]) -> map(|x| x + 1) -> for_each(print);")

    code, out, _ = said(capsys, "run", tmp_path / "one.hf", "--ticks", 1, "--without", "inlining", "--without", "bulk")

    assert code == 0
    assert out.split() == ["2", "3"]
    assert said(capsys, "run", tmp_path / "one.hf", "--without", "zzz")[0] == 2
