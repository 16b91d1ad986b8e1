from __future__ import annotations

import contextlib
import os
import socket
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.net.frames import frame
from hydroflow_nb.net.greeting import Greeting
from hydroflow_nb.net.messages.codec import MSGPACK, encoded


def test_a_client_is_known_by_the_name_that_it_was_given_and_is_answered(net: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "a.sock"

    async def go() -> None:
        async with (
            await hf.net.bind_unix(path) as one,
            await hf.net.connect_unix(path) as other,
            await hf.net.connect_unix(path) as third,
        ):
            server, client, another = net.Node(one, net.ECHO), net.Node(other), net.Node(third)
            async with net.running(server.flow, client.flow, another.flow):
                client.send("hello", to=str(path))
                another.send("hi", to=path)
                await net.eventually(lambda: client.seen and another.seen)
            assert set(one.outbound._peers) == {client.address, another.address}
            assert client.address.startswith(f"{path}#")
        assert client.seen == [("hello", str(path))]
        assert another.seen == [("hi", str(path))]

    net.run(go)


def test_a_client_keeps_its_name_when_it_comes_back(net: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "a.sock"

    async def go() -> None:
        first = await hf.net.bind_unix(path)
        async with await hf.net.connect_unix(path) as other:
            client = net.Node(other)
            first.close()
            await net.eventually(lambda: not other.outbound._connections)
            async with await hf.net.bind_unix(path) as second:
                server = net.Node(second)
                async with net.running(server.flow, client.flow):
                    client.send("back", to=path)
                    await net.eventually(lambda: server.seen)
        assert server.seen == [("back", client.address)]

    net.run(go)


def test_only_this_user_can_connect_and_the_file_goes_with_the_ends(net: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "a.sock"

    async def go() -> None:
        ends = await hf.net.bind_unix(path)
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        ends.close()
        assert not path.exists()

    net.run(go)


def test_a_file_that_a_dead_process_left_is_replaced(net: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "a.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))

    async def go() -> None:
        async with await hf.net.bind_unix(path) as ends:
            assert ends.address == str(path)

    net.run(go)


def test_a_path_in_use_is_not_taken_away_from_its_owner(net: SimpleNamespace, tmp_path: Path) -> None:
    path, file = tmp_path / "a.sock", tmp_path / "file"
    file.write_text("precious")

    async def go() -> None:
        async with await hf.net.bind_unix(path):
            with pytest.raises(OSError, match=r"a\.sock is in use: close the ends that use it"):
                await hf.net.bind_unix(path)
            async with await hf.net.connect_unix(path):
                pass
        with pytest.raises(OSError, match="file is in use"):
            await hf.net.bind_unix(file)

    net.run(go)
    assert file.read_text() == "precious"


def test_a_greeting_that_no_peer_would_send_ends_its_connection_only(net: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "a.sock"
    greetings = [
        Greeting(path="/tmp/\x1b[31mred"),
        Greeting(path="x" * 200),
        Greeting(token="a#b"),
        Greeting(token="a" * 99),
    ]

    async def go() -> None:
        async with await hf.net.bind_unix(path) as one, await hf.net.connect_unix(path) as other:
            server, client = net.Node(one), net.Node(other)
            async with net.running(server.flow, client.flow):
                for greeting in greetings:
                    with socket.socket(socket.AF_UNIX) as raw:
                        raw.connect(str(path))
                        raw.sendall(greeting.frame() + frame(encoded(MSGPACK, "x")))
                with socket.socket(socket.AF_UNIX) as raw:
                    raw.connect(str(path))
                    raw.sendall(frame(encoded(MSGPACK, "no greeting")))
                client.send("fine", to=path)
                await net.eventually(lambda: len(server.seen) == 2 and server.statistics.undecodable == len(greetings))
        assert sorted(server.seen) == sorted([("no greeting", f"{path}#1"), ("fine", client.address)])

    net.run(go)


@pytest.mark.parametrize("path", ["", "x" * 200, 5000, None, "a\0b", b"/tmp/a.sock"])
def test_what_is_no_path_is_refused(net: SimpleNamespace, path: Any) -> None:
    async def go() -> None:
        with pytest.raises(ValueError, match="Unix socket"):
            await hf.net.bind_unix(path)
        with pytest.raises(ValueError, match="Unix socket"):
            await hf.net.connect_unix(path)

    net.run(go)


def test_nobody_listening_is_an_error_that_names_the_path(net: SimpleNamespace, tmp_path: Path) -> None:
    async def go() -> None:
        with pytest.raises(OSError, match=r"cannot connect to .*a\.sock: .*is it bound"):
            await hf.net.connect_unix(tmp_path / "a.sock")

    net.run(go)


def test_somebody_who_accepts_nobody_is_not_connected_with(net: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "a.sock"

    async def go() -> None:
        with socket.socket(socket.AF_UNIX) as listening, contextlib.ExitStack() as stack:
            listening.bind(str(path))
            listening.listen(0)
            with contextlib.suppress(OSError):
                for _ in range(200):
                    waiting = stack.enter_context(socket.socket(socket.AF_UNIX))
                    waiting.setblocking(False)
                    waiting.connect(str(path))
            with pytest.raises(OSError, match=r"cannot connect to .*a\.sock"):
                await hf.net.connect_unix(path)

    net.run(go)
