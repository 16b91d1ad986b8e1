from __future__ import annotations

import json
import logging
import re

import pytest

from hydroflow_nb.processes.logs import PACKAGE, JsonLines, TextLines, line, logger, start_logging


def record(message, *arguments, name=logger.name, level=logging.INFO, **fields):
    made = logging.LogRecord(name, level, "here.py", 1, message, arguments, None)
    made.created = 0.25
    made.__dict__.update(fields)
    return made


def test_an_event_is_a_line_of_pairs():
    line = TextLines().format(record("started", flow="server", cells=[1, 2], note='a "b" = c\n'))

    assert line == (
        "time=1970-01-01T00:00:00.250Z level=info event=started flow=server cells=1,2 "
        r'note="a \"b\" = c\n"'
    )


def test_an_event_is_a_json_object():
    line = JsonLines().format(record("started", flow="server", cells=[1, 2], traceback="a\nb"))

    assert json.loads(line) == {
        "time": "1970-01-01T00:00:00.250Z",
        "level": "info",
        "event": "started",
        "flow": "server",
        "cells": [1, 2],
        "traceback": "a\nb",
    }
    assert "\n" not in line


def test_what_other_loggers_tell_is_an_event_with_a_text():
    line = TextLines().format(record("%s lost", "peer", name="hydroflow_nb.net", level=logging.WARNING, peer="x"))

    assert line.endswith('level=warning event=net text="peer lost" peer=x')


def test_a_warning_of_python_is_told_without_its_line_of_code():
    line = TextLines().format(record("%s", "a.py:1: UserWarning: open\n  bind()\n", name="py.warnings"))

    assert line.endswith('event=warning text="a.py:1: UserWarning: open"')


def test_a_warning_that_the_package_gives_has_no_place_in_its_code():
    line = TextLines().format(
        record("%s", f"{PACKAGE}/ends.py:28: UserWarning: open: wide\n  bind()\n", name="py.warnings")
    )

    assert line.endswith('event=warning text="UserWarning: open: wide"')


def test_a_traceback_stands_below_its_event():
    try:
        exec(compile("\n1 / 0", "chat.ipynb[3]", "exec"))
    except ZeroDivisionError as error:
        failure = error
    made = record("failed")
    made.exc_info = (ZeroDivisionError, failure, failure.__traceback__)

    lines = TextLines().format(made).splitlines()

    assert lines[0].endswith("event=failed")
    assert '    File "chat.ipynb[3]", line 2, in <module>' in lines
    assert lines[-1] == "  ZeroDivisionError: division by zero"


@pytest.mark.parametrize("bad", ["\x1b[31m", "\u202e", "\x9b", "\u2028", "\r"])
def test_no_character_that_a_terminal_acts_on_comes_through(bad):
    made = record("fault", error=f"x{bad}y", traceback=f"x{bad}y")

    for form in (TextLines(), JsonLines()):
        assert bad not in form.format(made)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_line_for_those_who_cannot_wait_for_the_log_has_the_log_s_form(monkeypatch, form):
    for name in ("hydroflow_nb", "py.warnings", "asyncio"):
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    monkeypatch.setattr(logging, "captureWarnings", lambda capture: None)
    start_logging(form, "info")

    written = line(logging.ERROR, "killed", {"reason": "does not stop"})

    assert written.endswith("\n")
    if form == "json":
        assert json.loads(written)["event"] == "killed"
    else:
        assert re.fullmatch(r'time=\S+ level=error event=killed reason="does not stop"\n', written)
