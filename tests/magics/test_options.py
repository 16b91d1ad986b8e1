from __future__ import annotations

import pytest
from IPython.core.error import UsageError

from hydroflow_nb.magics._options import OPTIONS, Options, read_options


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("", Options()),
        ("reach", Options(name="reach")),
        ("  reach  --code ", Options(name="reach", code=True)),
        ("--code reach", Options(name="reach", code=True)),
        ("--no-show", Options(show=False)),
        ("reach --no-show --code", Options(name="reach", show=False, code=True)),
        ("--recording 500", Options(recording=500)),
        ("--recording=500", Options(recording=500)),
        ("--recording 100_000 reach", Options(name="reach", recording=100_000)),
        ("--check reach", Options(name="reach", check=True)),
        ("reach --share", Options(name="reach", share=True)),
        ("reach <<", Options(name="reach", show=False)),
        ("reach<<", Options(name="reach", show=False)),
        ("größe", Options(name="größe")),
        ("match", Options(name="match")),
    ],
)
def test_a_line_says_what_the_cell_is_called_and_what_is_shown(line, options):
    assert read_options(line) == options


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("--cod", "`%%hydroflow` has no option `--cod`", "did you mean `--code`?"),
        ("--xyz", "`%%hydroflow` has no option `--xyz`", "there are --no-show, --code, --live, --recording"),
        ("-c", "`%%hydroflow` has no option `-c`", "there are"),
        ("reach code", "a flow has one name: `reach` or `code`", "did you mean `--code`?"),
        ("two words", "a flow has one name: `two` or `words`", "write %%hydroflow [name]"),
        ("a b", "a flow has one name: `a` or `b`", "write %%hydroflow [name]"),
        ("my-flow", "a flow cannot be called `my-flow`: that is not a name in Python", "write `%%hydroflow my_flow`"),
        ("1st", "a flow cannot be called `1st`", "write `%%hydroflow flow_1st`"),
        ("class", "a flow cannot be called `class`: that is a keyword of Python", "write `%%hydroflow class_`"),
        ("{name}", "a flow cannot be called `{name}`", "write `%%hydroflow _name_`"),
        (
            "--recording",
            "`--recording` takes a number of items, but the number is missing",
            "write `--recording 10000`",
        ),
        ("--recording many", "`--recording` takes a number of items, not `many`", "write `--recording 10000`"),
        ("--recording 0", "not `0`", "write"),
        ("--recording -5", "not `-5`", "write"),
        ("<<", "`<<` follows the name", "write `%%hydroflow name <<`"),
        ("name = 5", "`=` does not belong to an option", "write %%hydroflow [name]"),
        ("source_iter([1]) -> null();", "the flow begins on the line after `%%hydroflow`", "and the flow below it"),
    ],
)
def test_a_line_that_says_something_else_is_told_what_to_write(line, message, hint):
    with pytest.raises(UsageError) as raised:
        read_options(line)

    said, _, hinted = str(raised.value).partition("\n  = hint: ")
    assert message in said
    assert hint in hinted


def test_every_option_that_is_listed_can_be_written():
    for option in OPTIONS:
        value = {"--recording": " 10", "--without": " all"}.get(option, "")
        read_options(f"name {option}{value}")
