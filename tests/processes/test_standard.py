from __future__ import annotations

import asyncio
import io

import pytest

from hydroflow_nb.processes.standard import read_stream

CHANNELS = (
    "import hydroflow_nb as hf\nkeyboard, screen = hf.channel(), hf.channel()",
    "%%hydroflow louder\nsource_stream(keyboard) -> map(|line| line.upper()) -> dest_sink(screen);",
    "keyboard.send('hello')\nlouder.run_tick()\nscreen.waiting()",
)


def test_lines_that_are_typed_come_in_by_a_channel_and_what_another_is_given_is_printed(start, write_notebook):
    running = start("run", write_notebook(*CHANNELS), "--stdin", "keyboard", "--stdout", "screen", "--exit-on-eof")
    running.wait_for("ready")
    running.type("hello")
    running.wait_for("HELLO")
    running.type("bye")
    running.process.stdin.close()

    assert running.end() == 0
    assert running.output == ["HELLO", "BYE"]
    assert 'reason="end of input"' in running.log[-1]


def test_a_flow_goes_on_behind_the_end_of_its_input(start, write_notebook):
    running = start("run", write_notebook(*CHANNELS), "--stdin", "keyboard", "--stdout", "screen")
    running.type("hello")
    running.process.stdin.close()
    running.wait_for("HELLO")

    running.process.terminate()

    assert running.end() == 0
    assert "reason=SIGTERM exit=0" in running.log[-1]


@pytest.mark.parametrize("option", ["--stdin", "--stdout"])
def test_a_channel_that_the_flow_does_not_use_cannot_be_replaced(start, write_notebook, option):
    running = start("run", write_notebook(*CHANNELS), option, "keybord")

    assert running.end() == 2
    assert "chat.ipynb[2] does not use `keybord`" in "".join(running.log)


def test_what_is_no_name_is_no_channel_s():
    with pytest.raises(ValueError, match=r"`a\.b` is not a name"):
        read_stream("a.b", is_input=True)


def test_where_there_is_no_standard_input_that_is_said(monkeypatch):
    monkeypatch.setattr("sys.stdin", None)

    with pytest.raises(ValueError, match="this process has no standard input"):
        asyncio.run(read_stream("lines", is_input=True).open())


def test_a_text_in_memory_is_read_whole_and_its_lines_wait_in_the_channel(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("one\ntwo\n"))

    names = asyncio.run(read_stream("lines", is_input=True).open())

    assert names["lines"].waiting() == ["one", "two"]
