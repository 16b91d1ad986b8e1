from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time

import pytest

import hydroflow_nb as hf

posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")

ENDLESS = "source_iter([1]) -> n; n = union() -> inspect(started) -> map(|x| x + 1) -> n;"
LINES = "source_stdin() -> map(|line| line.upper()) -> for_each(print);"


def field(line, name):
    """The value of a field in a line of the log."""
    return re.search(rf"\b{name}=(\S+)", line)[1]


def test_a_flow_runs_until_it_is_idle_and_its_output_is_all_there_is_on_standard_output(start, write):
    flow = write("one.hf", "source_iter([1, 2]) -> map(|n| n * factor) -> for_each(print);")

    running = start("run", flow, "--set", "factor=3", "--until-idle")

    assert running.end() == 0
    assert running.output == ["3", "6"]
    assert [field(line, "event") for line in running.log] == ["started", "ready", "stopped"]
    assert "reason=idle exit=0 ticks=1 faults=0" in running.log[-1]


def test_at_a_breakpoint_a_process_goes_on(start, write):
    flow = write("one.hf", "source_iter([1, 2]) -> breakpoint(|n| n > 1) -> next_stratum() -> for_each(print);")

    running = start("run", flow, "--until-idle")

    assert running.end() == 0
    assert running.output == ["1", "2"]


def test_a_flow_of_a_notebook_runs_with_the_cells_that_it_needs(start, write_notebook):
    path = write_notebook(
        "%load_ext hydroflow_nb\nimport asyncio",
        "role = 1 / 0",
        "async def roles():\n    await asyncio.sleep(0)\n    return [role]\nmade = await roles()",
        "raise RuntimeError('not needed')",
        "%%hydroflow server\nsource_iter(made) -> for_each(print);",
    )

    running = start("run", path, "--flow", "server", "--set", "role=server", "--until-idle")

    assert running.end() == 0, running.log
    assert running.output == ["server"]
    assert field(running.wait_for("event=started"), "cells") == "1,3,5"


def test_lines_of_the_standard_input_come_out_at_once_and_its_end_ends_a_flow_that_asks_for_it(start, write):
    running = start("run", write("lines.hf", LINES), "--exit-on-eof")

    running.wait_for("ready")
    running.type("hello")
    running.wait_for("HELLO")
    running.type("bye")
    running.process.stdin.close()

    assert running.end() == 0
    assert running.output == ["HELLO", "BYE"]
    assert 'reason="end of input"' in running.log[-1]


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_flow_that_waits_for_a_line_also_behind_the_end_of_its_input(start, write, number):
    running = start("run", write("lines.hf", LINES))
    running.type("x")
    running.process.stdin.close()
    running.wait_for("X")

    running.signal(number)

    assert running.end() == 0
    assert f"reason={number.name} exit=0" in running.log[-1]


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_tick_that_never_ends_is_ended_and_what_was_recorded_is_written(start, write, tmp_path, number):
    python = write("names.py", "def started(n):\n    if n == 1:\n        print('round it goes')")
    running = start("run", write("endless.hf", ENDLESS), "--python", python, "--record", "r.json")
    running.wait_for("round it goes")

    running.signal(number)

    assert running.end() == 0
    assert f"reason={number.name} exit=0 ticks=1 faults=1" in running.log[-1]
    (tick,) = json.loads((tmp_path / "r.json").read_text())["ticks"]
    assert tick["fault"] == "interrupted"


@posix
def test_a_function_that_sleeps_is_ended_by_a_signal(start, write):
    python = write("names.py", "import time\ndef started(n):\n    print('begins')\n    time.sleep(1000)")
    running = start("run", write("endless.hf", ENDLESS), "--python", python)
    running.wait_for("begins")

    running.signal(signal.SIGTERM)

    assert running.end() == 0


@posix
def test_a_cell_that_waits_is_ended_by_a_signal(start, write_notebook):
    path = write_notebook(
        "import asyncio, threading\nprint('begins')\nthreading.Thread(target=threading.Event().wait).start()\n"
        "x = await asyncio.to_thread(threading.Event().wait)",
        "%%hydroflow server\nsource_iter([x]) -> null();",
    )
    running = start("run", path)
    running.wait_for("begins")

    running.signal(signal.SIGTERM)

    assert running.end() == 0
    assert "reason=SIGTERM" in running.log[-1]


@posix
def test_a_signal_lets_the_tick_under_way_come_to_its_end(start, write):
    python = write(
        "names.py",
        "import os, signal\ndef stop(n):\n    if n == 1:\n        os.kill(os.getpid(), signal.SIGINT)\n    return n",
    )
    flow = write("stop.hf", "source_iter([1, 2, 3]) -> map(stop) -> for_each(print);")

    running = start("run", flow, "--python", python)

    assert running.end() == 0
    assert running.output == ["1", "2", "3"]
    assert "reason=SIGINT exit=0 ticks=1 faults=0" in running.log[-1]


def test_what_the_flow_raises_ends_it_and_is_told_with_its_place_and_recorded(start, write, tmp_path):
    running = start("run", write("zero.hf", "source_iter([0]) -> map(|n| 1 / n) -> null();"), "--record", "r.json")

    assert running.end() == 1
    line = next(line for line in running.log if "event=fault" in line)
    assert 'error="ZeroDivisionError: division by zero" note="hydroflow: in `map` at ' in line
    assert not any("hydroflow_nb/" in line for line in running.log)
    assert "reason=failed exit=1 ticks=1 faults=1" in running.log[-1]
    assert json.loads((tmp_path / "r.json").read_text())["ticks"][0]["fault"].startswith("ZeroDivisionError")


def test_a_run_is_written_as_a_page_or_as_a_recording_that_can_be_loaded(start, write, tmp_path):
    flow = write("some.hf", "source_iter([1, 2]) -> map(|n| n + 1) -> for_each(print);")

    assert start("run", flow, "--until-idle", "--record", "run.html").end() == 0
    assert start("run", flow, "--until-idle", "--record", "run.json").end() == 0

    assert (tmp_path / "run.html").read_text().startswith("<!doctype html>")
    (tick,) = hf.Recording.load(tmp_path / "run.json").ticks
    assert tick.steps[1].moves["edge-2"].items == [2, 3]


def test_a_flow_may_go_on_after_a_fault(start, write):
    flow = write("some.hf", "source_stdin() -> map(|n| 12 // int(n)) -> for_each(print);")
    running = start("run", flow, "--on-fault", "continue", "--exit-on-eof")
    running.type("0")
    running.wait_for("event=fault")
    running.type("3")
    running.wait_for("4")
    running.process.stdin.close()

    assert running.end() == 0
    assert "faults=1" in running.log[-1]


def test_an_item_that_fails_is_set_aside_and_told_and_the_rest_of_its_batch_is_not_lost(start, write):
    flow = write(
        "some.hf",
        "words = source_stdin() -> tee();\nwords -> map(|n| 12 // int(n)) -> for_each(print);\n"
        "words -> fold::<'static>(|| 0, |count, _| count + 1) -> for_each(|count| print('count', count));",
    )
    running = start("run", flow, "--on-fault", "set-aside", "--exit-on-eof")
    running.type("0")
    running.wait_for('event="set aside"')
    running.type("3")
    running.wait_for("count 1")
    running.process.stdin.close()

    assert running.end() == 0
    (line,) = [line for line in running.log if 'event="set aside"' in line]
    assert "input=source_stdin() item='0' error=\"ZeroDivisionError: integer division or modulo by zero\"" in line
    assert "note=\"in `map` at some.hf, line 2, item '0', tick " in line
    assert "faults=0 set_aside=1" in running.log[-1]


def test_a_cell_that_raises_is_told_with_its_place(start, write_notebook):
    path = write_notebook("x = 0\n\nx = 1 / x", "%%hydroflow server\nsource_iter([x]) -> null();")

    running = start("run", path, "--log", "json")

    assert running.end() == 1
    failed = next(event for event in map(json.loads, running.log) if event["event"] == "failed")
    assert 'chat.ipynb[1]", line 3, in <module>' in failed["traceback"]


@pytest.mark.parametrize(
    ("text", "code", "error"),
    [
        ("source_iter([1]) -> unin();", 3, "HF201"),
        ("source_iter([1]) ->", 3, "HF1"),
        ("source_iter([1]) -> assert_eq([1, 2]);", 1, "HF403"),
        ("source_iter([1]) -> for_each(lambda _: exit(7));", 7, ""),
    ],
)
def test_the_exit_code_says_how_it_went(start, write, text, code, error):
    running = start("run", write("x.hf", text), "--until-idle")

    assert running.end() == code
    assert error in "".join(running.log)
    assert f"exit={code}" in running.log[-1]


def test_an_address_in_use_has_an_exit_code_of_its_own(start, write):
    flow = write("echo.hf", "source_stream_serde(inbound) -> dest_sink_serde(outbound);")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        running = start("run", flow, "--bind", f"udp:127.0.0.1:{taken.getsockname()[1]}")

        assert running.end() == 4
    assert any("no network" in line for line in running.log)


def test_ticks_and_time_are_limits_and_the_graph_is_written(start, write, tmp_path):
    flow = write("spin.hf", "spin() -> map(|_| context.current_tick()) -> for_each(print);")

    by_ticks = start("run", flow, "--ticks", "3", "--graph", "g.mmd")
    by_time = start("run", flow, "--for", "0.01", "--graph", "g.txt")

    assert (by_ticks.end(), by_time.end()) == (0, 0)
    assert by_ticks.output == ["0", "1", "2"]
    assert "reason=ticks exit=0 ticks=3" in by_ticks.log[-1]
    assert "reason=time" in by_time.log[-1]
    assert (tmp_path / "g.mmd").read_text().strip()
    assert "spin" in (tmp_path / "g.txt").read_text()


@posix
def test_a_flow_whose_output_nobody_reads_any_more_stops(start, write):
    reader, writer = os.pipe()
    os.close(reader)

    running = start("run", write("clock.hf", "source_interval(0.001) -> for_each(print);"), output=writer)
    os.close(writer)

    assert running.end() == 0
    assert 'reason="output closed" exit=0' in running.log[-1]


CHAT = (
    "import hydroflow_nb as hf\nfrom dataclasses import dataclass",
    "@dataclass(frozen=True)\nclass Line:\n    name: str\n    text: str",
    "port, server, name = 5000, ('127.0.0.1', 5000), 'nobody'",
    ("outbound, inbound, address = await hf.net.bind_tcp(port)", ["server"]),
    "%%hydroflow server\nlines = source_stream_serde::<Line>(inbound) -> tee();\n"
    "lines -> map(|(_, peer)| peer) -> [0]all;\nlines -> map(|(line, _)| line) -> [1]all;\n"
    "all = cross_join::<'static, 'tick>() -> map(|(peer, line)| (line, peer)) -> dest_sink_serde(outbound);",
    "server.run_available()",
    ("outbound, inbound, address = await hf.net.connect_tcp(server)", ["client"]),
    "%%hydroflow client\nsource_stdin() -> map(|text| (Line(name, text), server)) -> dest_sink_serde(outbound);\n"
    "source_stream_serde::<Line>(inbound) -> for_each(|(line, _)| print(f'{line.name}: {line.text}'));",
)


def test_a_chat_of_a_notebook_runs_as_a_server_and_clients(start, write_notebook):
    path = write_notebook(*CHAT)
    server = start("run", path, "--flow", "server", "--set", "port=0")
    address = field(server.wait_for("event=ready"), "address")
    names = ("alice", "bob")
    clients = [
        start("run", path, "--flow", "client", "--set", f"name={name}", "--set", f"server={address}") for name in names
    ]
    for client, name in zip(clients, names, strict=True):
        client.wait_for("event=ready")
        client.type("hello")
        client.wait_for(f"{name}: hello")
    clients[1].type("bye")
    clients[0].wait_for("bob: bye")

    for running in (*clients, server):
        running.process.terminate()

    assert [running.end() for running in (*clients, server)] == [0, 0, 0]
    assert "received=3 sent=" in server.log[-1]


def test_sockets_of_the_command_line_stand_in_for_those_of_the_notebook(start, write_notebook):
    path = write_notebook(
        "import hydroflow_nb as hf\nnet = hf.Network()\noutbound, inbound, _ = net.bind('simulated')",
        "%%hydroflow echo\nsource_stream_serde(inbound) -> dest_sink_serde(outbound);",
    )
    running = start("run", path, "--bind", "udp:127.0.0.1:0")
    host, port = field(running.wait_for("event=ready"), "address").split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.settimeout(60)
        peer.sendto(b"\x12[1, 2]", (host, int(port)))

        assert peer.recv(100)
    running.process.terminate()
    assert running.end() == 0


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@posix
def test_a_client_goes_on_when_its_server_is_killed_and_finds_it_when_it_is_back(start, write_notebook):
    path, port = write_notebook(*CHAT), free_port()
    serving = ("run", path, "--flow", "server", "--set", f"port={port}")
    server = start(*serving)
    server.wait_for("event=ready")
    client = start("run", path, "--flow", "client", "--set", f"server=127.0.0.1:{port}")
    client.type("before")
    client.wait_for("nobody: before")

    server.signal(signal.SIGKILL)
    server.end()
    client.wait_for("level=warning event=net")
    start(*serving).wait_for("event=ready")
    client.wait_for("connected with")
    client.type("after")

    client.wait_for("nobody: after")
    client.signal(signal.SIGTERM)
    assert client.end() == 0
    assert "reconnects=1" in client.log[-1]


def test_a_process_needs_neither_ipython_nor_widgets(start, write):
    python = write("names.py", "import sys\nloaded = {'IPython', 'anywidget', 'ipywidgets'} & sys.modules.keys()")

    running = start(
        "run", write("x.hf", "source_iter([loaded]) -> for_each(print);"), "--python", python, "--until-idle"
    )

    assert running.end() == 0
    assert running.output == ["set()"]


def test_a_socket_that_cannot_be_opened_there_is_a_wrong_command(start, write):
    flow = write("x.hf", "source_stream_serde(inbound) -> null();")

    running = start("run", flow, "--bind", "unix:no/such/folder/socket")

    assert running.end() == 2
    assert 'event="cannot run" error="' in running.log[-2]
    assert "cannot bind" in running.log[-2]


def test_a_channel_that_nothing_binds_may_be_the_standard_input(start, write):
    running = start("run", write("x.hf", "source_stream(words) -> null();"))

    assert running.end() == 2
    assert "`--set words=VALUE`, or `--stdin words`" in running.log[-1]


def test_a_flow_that_reads_lines_is_told_that_until_idle_does_not_wait_for_them(start, write):
    flow = write("x.hf", "source_stream(words) -> for_each(print);")

    running = start("run", flow, "--stdin", "words", "--until-idle")

    assert running.end() == 0
    assert any("level=warning" in line and "`--exit-on-eof`" in line for line in running.log)


@posix
def test_a_tick_that_never_ends_is_ended_when_the_time_is_over(start, write):
    python = write("names.py", "def started(_):\n    pass")

    running = start("run", write("endless.hf", ENDLESS), "--python", python, "--for", "0.1")

    assert running.end() == 0
    assert "reason=time exit=0 ticks=1 faults=1" in running.log[-1]


def test_what_a_cell_says_when_it_exits_is_in_the_log(start, write_notebook):
    path = write_notebook(
        "import sys\nsys.exit('no licence')\nitems = []", "%%hydroflow x\nsource_iter(items) -> null();"
    )

    running = start("run", path)

    assert running.end() == 1
    assert 'level=error event=exit text="no licence"' in running.log[-2]
    assert "reason=exit exit=1" in running.log[-1]


def test_a_flow_on_a_simulated_network_is_told_that_nobody_reaches_it(start, write_notebook):
    path = write_notebook(
        "import hydroflow_nb as hf\noutbound, inbound, address = hf.Network().bind('server')",
        "%%hydroflow server\nsource_stream_serde(inbound) -> null();",
    )

    alone = start("run", path, "--until-idle")
    bound = start("run", path, "--until-idle", "--bind", "tcp:0")

    assert alone.end() == bound.end() == 0
    assert "`inbound` is an end of a simulated network" in next(line for line in alone.log if "level=warning" in line)
    assert not any("level=warning" in line for line in bound.log)


@posix
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_process_that_is_started_with_a_stream_closed_ends_as_any_other(write, tmp_path, closed):
    write("x.hf", "source_iter([1]) -> for_each(print);")
    command = f"exec {shlex.quote(sys.executable)} -m hydroflow_nb run x.hf --until-idle {closed}"

    ended = subprocess.run(["sh", "-c", command], check=False, cwd=tmp_path, capture_output=True, text=True)

    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_exception_that_cannot_say_what_it_is_ends_the_flow_as_any_other(start, write):
    python = write(
        "bad.py",
        "class Bad(Exception):\n    def __str__(self):\n        return 1 / 0\n\n\ndef fail(item):\n    raise Bad",
    )

    running = start("run", write("x.hf", "source_iter([1]) -> for_each(fail);"), "--python", python)

    assert running.end() == 1
    assert field(running.wait_for("event=fault"), "error") == "Bad"
    assert "reason=failed exit=1" in running.log[-1]


@posix
def test_letters_that_cannot_be_read_or_printed_stop_no_flow(write, tmp_path):
    write("x.hf", 'source_stream(lines) -> map(|line| f"{line} \\u65e5") -> dest_sink(out);')
    words = ("run", "x.hf", "--stdin", "lines", "--stdout", "out", "--exit-on-eof")

    ended = subprocess.run(
        [sys.executable, "-m", "hydroflow_nb", *words],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict"},
        input=b"a\xff\nb\n",
        capture_output=True,
        timeout=60,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == b"a\\xff \\u65e5\nb \\u65e5\n"


def test_what_was_sent_before_the_end_of_the_input_leaves_when_the_server_is_back(start, write):
    flow = write(
        "order.hf",
        """
        source_stdin() -> map(|line| (line, address_of_server)) -> dest_sink_serde(outbound);
        source_stream_serde(inbound) -> null();
        """,
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        where = server.getsockname()
        address = f"address_of_server={where!r}"
        running = start("run", flow, "--connect", f"tcp:127.0.0.1:{where[1]}", "--set", address, "--exit-on-eof")
        first, _ = server.accept()
        running.wait_for("event=ready")
    first.close()
    running.wait_for("connection with")
    running.type("an order")
    running.process.stdin.close()
    time.sleep(1)

    with socket.create_server(where) as server:
        server.settimeout(60)
        again, _ = server.accept()
        with again:
            again.settimeout(60)
            came = b""
            while b"an order" not in came:
                data = again.recv(1000)
                assert data
                came += data

    assert running.end() == 0


def test_a_process_speaks_in_lines_with_any_program_and_in_values_over_another_socket(start, write):
    flow = write(
        "shout.hf",
        """
        source_stream_serde(lines) -> map(|(line, who)| ((line.upper(), who), address)) -> dest_sink_serde(outbound);
        source_stream_serde(inbound) -> map(|(answer, _)| answer) -> dest_sink_serde(answers);
        """,
    )
    bound = ("--codec", "lines", "--bind", "answers,lines=tcp:127.0.0.1:0", "--bind", "tcp+msgpack:127.0.0.1:0")

    running = start("run", flow, *bound, "--log-level", "info")
    port = int(re.search(r"127\.0\.0\.1:(\d+)", running.wait_for("event=ready"))[1])
    with socket.create_connection(("127.0.0.1", port)) as own:
        own.sendall(b"hello\r\n")
        assert own.makefile("rb").readline() == b"HELLO\n"

    assert "was closed by the peer" in running.wait_for("closed by the peer")
    running.process.terminate()
    running.end()
    assert "closed=1" in running.log[-1]
