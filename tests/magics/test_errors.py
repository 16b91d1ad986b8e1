from __future__ import annotations

from hydroflow_nb.magics._errors import hide_machinery, usage_error


def test_a_usage_error_tells_what_to_write_on_a_line_of_its_own():
    assert str(usage_error("that is wrong", "write this")) == "that is wrong\n  = hint: write this"
    assert str(usage_error("that is wrong")) == "that is wrong"


def raised_in(filename: str) -> Exception:
    def machinery() -> None:
        exec(compile("1 / 0", filename, "exec"), {})

    try:
        machinery()
    except ZeroDivisionError as error:
        return error
    raise AssertionError("nothing was raised")


def test_frames_outside_of_the_cell_are_hidden():
    error = raised_in("<cell>")

    hide_machinery(error, lambda frame: frame.f_code.co_filename == "<cell>")

    hidden = []
    traceback = error.__traceback__
    while traceback is not None:
        hidden.append(traceback.tb_frame.f_locals.get("__tracebackhide__", False))
        traceback = traceback.tb_next
    assert hidden == [True, True, False]


def test_an_error_of_the_machinery_itself_keeps_its_frames():
    error = raised_in("<somewhere else>")

    hide_machinery(error, lambda frame: frame.f_code.co_filename == "<cell>")

    assert error.__traceback__ is not None
    assert "__tracebackhide__" not in error.__traceback__.tb_frame.f_locals
