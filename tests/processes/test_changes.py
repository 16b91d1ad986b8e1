"""What is seen of a statement that changes something without binding a name."""

from __future__ import annotations

import ast

import pytest

from hydroflow_nb.processes.changes import changed, changed_later, magics, perhaps_changed, surroundings


def statement(text: str) -> ast.stmt:
    return ast.parse(text).body[0]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("data.append(2)", "data"),
        ("data.rows['x'].extend([2])", "data"),
        ("last = data.pop()", "data"),
        ("setattr(data, 'x', 1)", "data"),
        ("heapq.heappush(data, 1)", "data"),
        ("random.shuffle(data)", "data"),
        ("random.seed(7)", "random"),
        ("for n in [2]: data.append(n)", "data"),
        ("for row in rows: row.append(0)", "row rows"),
        ("if big:\n  with lock:\n    data.update(x=1)", "data"),
        ("[data.append(n) for n in range(3)]", "data"),
        ("sys.path.insert(0, 'lib')", "sys.path"),
        ("sys.path += ['lib']", "sys.path"),
        ("sys.path[:0] = ['lib']", "sys.path"),
        ("def f(): data.append(2)", ""),
        ("f = lambda: data.append(2)", ""),
        ("print(data)", ""),
        ("n = len(data.keys())", ""),
    ],
)
def test_what_is_surely_changed(text, names):
    assert " ".join(sorted(changed(statement(text)))) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("fill(data)", "data"),
        ("fill(*data, x=other)", "data other"),
        ("data.load()", "data"),
        ("@app.route('/')\ndef f(): pass", "app"),
        ("print(data, data.keys())", ""),
        ("data.append(2)", ""),
    ],
)
def test_what_is_perhaps_changed(text, names):
    assert " ".join(sorted(perhaps_changed(statement(text)))) == names


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("os.environ['X'] = '1'", "the environment"),
        ("del os.environ['X']", "the environment"),
        ("os.environ.update(X='1')", "the environment"),
        ("home = os.environ['HOME']", ""),
        ("os.chdir('/')", "the working directory"),
        ("exec('x = 1')", "names"),
        ("globals().update(x=1)", "names"),
        ("x = globals()['y']", ""),
    ],
)
def test_what_all_code_runs_in(text, words):
    assert surroundings(statement(text)) == words


def test_what_a_function_changes_when_it_is_called():
    text = "def fill():\n  global count\n  data.append(1)\n  table[1] = 2"

    assert changed_later(statement(text)) == {"count", "data", "table"}


def test_magics_that_change_what_runs_after_them():
    text = "%load_ext hydroflow_nb\n%env X=1\n  %cd lib\n%run other.py\n%matplotlib inline\nx = 7 %env"

    assert list(magics(text)) == ["%env X=1", "%cd lib", "%run other.py"]
