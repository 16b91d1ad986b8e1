from __future__ import annotations

import pytest

from hydroflow_nb.syntax.first_line import OptionError, Options, closest, read_options


def test_a_close_word_is_asked_for_and_a_far_one_is_not():
    assert closest("--cod", ["--code", "--no-show"]) == "did you mean `--code`?"
    assert closest("xyz", ["--code", "--no-show"]) == ""


def test_a_first_line_is_read_without_ipython():
    assert read_options("reach --code") == Options(name="reach", code=True)


def test_an_error_tells_what_to_write_apart_from_what_is_wrong():
    with pytest.raises(OptionError) as raised:
        read_options("my-flow")

    assert str(raised.value) == "a flow cannot be called `my-flow`: that is not a name in Python"
    assert raised.value.hint == "write `%%hydroflow my_flow`"


def test_a_name_is_the_one_that_python_reads():
    assert read_options("\u00b5 --no-show").name == "\u03bc"


def test_optimisations_are_left_out_by_name() -> None:
    assert read_options("f --without inlining --without=bulk").without == {"inlining", "bulk"}
    assert len(read_options("--without all").without) > 5
    for line, message, hint in [
        ("--without", "takes the name of an optimisation", "write `--without inlining`"),
        ("--without bul", "there is no optimisation `bul`", "did you mean `bulk`?"),
    ]:
        with pytest.raises(OptionError, match=message) as refused:
            read_options(line)
        assert refused.value.hint == hint
