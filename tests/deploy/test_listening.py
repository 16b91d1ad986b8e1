"""What runs listens on the loopback alone, though the machine has another interface that is up.

Each test looks at all sockets of a network namespace of its own, so it sees those of every process that it starts.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from contextlib import closing
from itertools import takewhile
from pathlib import Path

import namespaces
import pytest
from namespaces import OUTWARD, Listener, Namespace, listeners, looked_at, skip_without_namespaces
from whole_systems import TWO_PC

import hydroflow_nb as hf
from hydroflow_nb.deploy import Processes
from hydroflow_nb.systems.runs import State

pytestmark = pytest.mark.timeout(400)
PATIENCE = 100.0


@pytest.fixture(scope="module")
def namespace():
    skip_without_namespaces()
    with Namespace(outward=True) as namespace:
        yield namespace


EVERYWHERE = [("127.0.0.1", True), ("::1", True), (OUTWARD, False), ("0.0.0.0", False), ("::", False)]


def open_everywhere() -> list[set[Listener]]:
    """What is seen of a socket at each address: one of TCP, and one of UDP."""
    found = []
    for host, _ in EVERYWHERE:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, 0), family=family), socket.socket(family, socket.SOCK_DGRAM) as packets:
            packets.bind((host, 0))
            with looked_at() as seen:
                pass
        found.append(seen)
        assert not listeners()
    return found


def test_a_socket_that_others_can_reach_is_seen(namespace):
    for (host, is_here), seen in zip(EVERYWHERE, namespace.call(open_everywhere), strict=True):
        assert sorted((one.kind, one.is_on_loopback) for one in seen) == [("tcp", is_here), ("udp", is_here)], host


async def until(holds):
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.02)


async def all_have_decided(run):
    await until(lambda: all(member["log"] == [("t1", "commit")] for member in run.members.values()))


def two_pc():
    return hf.compile(TWO_PC, {"requests": hf.channel(), "refuses": set(), "log": []}, "two_pc")


def started(transport: str) -> set[Listener]:
    async def main():
        with looked_at() as seen:
            async with await two_pc().start(transport=transport, participants=1) as run:
                run.send("coordinator", "requests", "t1")
                await all_have_decided(run)
                seen |= listeners()
        return seen

    return asyncio.run(main())


def deployed(transport: str) -> set[Listener]:
    async def main():
        with looked_at() as seen:
            on = Processes(transport=transport, patience=PATIENCE)
            async with await two_pc().deploy(on=on, participants=1) as run:
                run.kill("participants1")
                # UDP loses what comes while it is not there.
                await until(lambda: run["participants1"].restarts == 1 and run["participants1"].state is State.RUNNING)
                await run.send("coordinator", "requests", "t1")
                await all_have_decided(run)
                seen |= listeners()
        return seen

    return asyncio.run(main())


@pytest.mark.parametrize("way", [started, deployed])
@pytest.mark.parametrize(("transport", "kinds"), [("tcp", {"tcp"}), ("udp", {"udp"}), ("unix", set())])
def test_the_members_of_a_system_listen_on_the_loopback(namespace, way, transport, kinds):
    seen = namespace.call(way, transport)

    assert {one.kind for one in seen} == kinds
    assert all(one.is_on_loopback for one in seen), seen


ECHO = """
    source_stream_serde(inbound) -> dest_sink_serde(outbound);
    source_stream_serde(packets_in) -> dest_sink_serde(packets_out);
"""


def run_by_command(folder: Path) -> set[Listener]:
    text = folder / "echo.hf"
    text.write_text(ECHO)
    words = ["-m", "hydroflow_nb", "run", str(text), "--bind=tcp:0", "--bind=packets_out,packets_in=udp:0"]
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with closing(process.stdout), looked_at() as seen:
        try:
            told = list(takewhile(lambda line: "event=ready" not in line, process.stdout))
            assert process.poll() is None, told
            seen |= listeners()
        finally:
            process.kill()
            process.wait()
    return seen


def test_a_program_whose_ends_have_a_port_alone_listens_on_the_loopback(namespace, tmp_path):
    seen = namespace.call(run_by_command, tmp_path)

    assert {one.kind for one in seen} == {"tcp", "udp"}
    assert all(one.is_on_loopback for one in seen), seen


SCRIPT = """
import sys, time
sys.path.insert(0, sys.argv[1])
from namespaces import Namespace

def sleep():
    print("asleep", flush=True)
    time.sleep(1_000)

if __name__ == "__main__":
    Namespace().call(sleep)
"""


def test_what_runs_in_a_namespace_ends_with_the_tests_however_these_end(tmp_path):
    skip_without_namespaces()
    (tmp_path / "script.py").write_text(SCRIPT)
    words = [sys.executable, str(tmp_path / "script.py"), str(Path(namespaces.__file__).parent)]

    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as script:
        assert script.stdout.readline() == "asleep\n"
        script.kill()
        # It is at its end when nobody has it any more.
        assert script.stdout.read() == ""
