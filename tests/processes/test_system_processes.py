"""The locations of a system as processes: each finds the others by what the command line says. All systems run so in
`tests/systems/test_same_everywhere.py`.
"""

from __future__ import annotations

import json
import signal
import socket

import pytest
from certificates import Authority
from whole_systems import CHAT, TWO_PC

from hydroflow_nb.processes.command import run_command

NAMES = """
import hydroflow_nb as hf

class Printed:
    def append(self, item):
        print(repr(item))

requests, log, refuses, nickname = hf.channel(), Printed(), set(), "nobody"
"""
CELLS = ("%load_ext hydroflow_nb", NAMES, f"%%hydroflow two_pc{TWO_PC}")


def ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return found


def test_two_phase_commit_runs_as_processes(start, write_notebook):
    path = write_notebook(*CELLS)
    first, *others = [f"127.0.0.1:{port}" for port in ports(3)]
    members = [
        start(
            "run", path, "--flow", "two_pc@participants", "--bind", f"tcp:{at}", "--set", f"coordinator={first}",
            *(("--set", "refuses={'t2'}") if number else ()),
        )
        for number, at in enumerate(others)
    ]  # fmt: skip
    coordinator = start(
        "run", path, "--flow", "two_pc@coordinator", "--bind", f"tcp:{first}", "--set", f"participants={others!r}",
        "--stdin", "requests",
    )  # fmt: skip

    for running in (coordinator, *members):
        running.wait_for("ready")
    coordinator.type("t1")
    coordinator.type("t2")
    for running in (coordinator, *members):
        running.wait_for("('t1', 'commit')")
        running.wait_for("('t2', 'abort')")


def write_peers(folder, kind="tcp"):
    """A directory of three members, as a file."""
    at = ports(3) if kind != "unix" else [f"{folder}/{number}.sock" for number in range(3)]
    where = [one if kind == "unix" else f"127.0.0.1:{one}" for one in at]
    path = folder / "peers.json"
    path.write_text(json.dumps({"coordinator": where[0], "participants": {"p1": where[1], "p2": where[2]}}))
    return path


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_members_are_found_by_their_names_in_a_directory(start, write_notebook, tmp_path, kind):
    path, peers = write_notebook(*CELLS), write_peers(tmp_path, kind)
    key = tmp_path / "cluster.key"
    key.write_text("correct horse battery staple\n")
    words = ["--directory", peers, "--key-file", key]
    if kind == "tcp":
        made = Authority(tmp_path / "tls").certificate("member")
        words += ["--tls-cert", made.cert, "--tls-key", made.key, "--tls-ca", made.ca]

    coordinator = start("run", path, "--flow", "two_pc@coordinator", *words, "--stdin", "requests")
    members = [
        start("run", path, "--flow", "two_pc@participants", "--name", name, *words, "--set", f"refuses={refuses}")
        for name, refuses in (("p1", "set()"), ("p2", "{'t2'}"))
    ]

    assert "coordinator at " in coordinator.wait_for("ready")
    assert "p1 at " in members[0].wait_for("ready")
    members[1].wait_for("ready")
    coordinator.type("t1")
    coordinator.type("t2")
    for running in (coordinator, *members):
        running.wait_for("('t1', 'commit')")
        running.wait_for("('t2', 'abort')")


NAMED = """%%hydroflow named
hub = process(); members = cluster();
@members source_iter([address]) ~> @hub asked;
@hub asked = tee();
asked -> map(|heard| ("heard", heard)) -> for_each(print);
asked -> map(|(said, who)| ((said, who, address, hub, members), who)) ~> @members answered;
@members answered = map(|told| ("told", told)) -> for_each(print);
"""


def test_processes_see_the_names_that_the_simulation_has(start, write_notebook, tmp_path):
    peers = tmp_path / "peers.json"
    one, two, three = (f"127.0.0.1:{port}" for port in ports(3))
    peers.write_text(json.dumps({"hub": one, "members": {"oslo": two, "rome": three}}))
    path = write_notebook("%load_ext hydroflow_nb", NAMED)

    hub = start("run", path, "--flow", "named@hub", "--directory", peers)
    hub.wait_for("ready")
    others = {
        name: start("run", path, "--flow", "named@members", "--directory", peers, "--name", name)
        for name in ("oslo", "rome")
    }

    for name, member in others.items():
        hub.wait_for(str(("heard", (name, name))))
        member.wait_for(str(("told", (name, name, "hub", "hub", ("oslo", "rome")))))


def test_a_process_with_another_key_is_refused_and_told(start, write_notebook, tmp_path, monkeypatch):
    path, peers = write_notebook(*CELLS), write_peers(tmp_path)
    monkeypatch.setenv("HF_PEERS", peers.read_text())
    monkeypatch.setenv("HF_KEY", "correct horse battery staple")
    coordinator = start("run", path, "--flow", "two_pc@coordinator", "--name", "coordinator", "--stdin", "requests")
    monkeypatch.setenv("HF_KEY", "the key of another cluster")
    member = start("run", path, "--flow", "two_pc@participants", "--name", "p1")

    for running in (coordinator, member):
        running.wait_for("ready")
    coordinator.type("t1")

    assert "its key is another one" in coordinator.wait_for("is refused")
    coordinator.signal(signal.SIGTERM)
    coordinator.end()
    assert "refused=" in coordinator.wait_for("stopped")
    assert not any("correct horse" in line or "another cluster" in line for line in (*coordinator.log, *member.log))


def test_what_tls_lacks_is_told(capsys, write_notebook, tmp_path):
    path, peers, broken = write_notebook(*CELLS), write_peers(tmp_path), tmp_path / "broken.pem"
    broken.write_text("no certificate")
    made = Authority(tmp_path / "tls").certificate("member")

    def said(*words):
        line = ["run", path, "--flow", "two_pc@participants", "--name", "p1", "--directory", peers, *words]
        assert run_command([str(word) for word in line]) == 2
        return capsys.readouterr().err

    assert "write `--tls-cert` as well" in said("--tls-key", made.key)
    assert "broken.pem for TLS" in said("--tls-cert", broken)
    assert "none.pem for TLS: No such file" in said("--tls-ca", tmp_path / "none.pem")
    assert "only TCP has TLS" in said("--tls-cert", made.cert, "--tls-key", made.key, "--bind", "udp")


def test_what_names_lack_is_told_with_what_to_write(capsys, write_notebook, tmp_path, monkeypatch):
    path, peers = write_notebook(*CELLS), write_peers(tmp_path)
    short = tmp_path / "short.key"
    short.write_text("short")

    def said(*words):
        assert run_command(["run", str(path), "--flow", "two_pc@participants", *map(str, words)]) == 2
        return capsys.readouterr().err

    assert "--directory peers.json" in said("--name", "p1")
    assert "write `--name p1`" in said("--directory", peers)
    assert "did you mean `p1`?" in said("--directory", peers, "--name", "p11")
    assert "cannot read the directory" in said("--directory", tmp_path / "none.json", "--name", "p1")
    assert "cannot read the key" in said("--directory", peers, "--name", "p1", "--key-file", tmp_path / "none.key")
    assert "has 5 bytes" in said("--directory", peers, "--name", "p1", "--key-file", short)
    assert "a key proves names" in said("--key-file", short)
    assert "without names all are strangers" in said("--bind", "tcp:127.0.0.1:0", "--strangers")
    assert "write `--bind`" in said("--directory", peers, "--name", "p1", "--connect", "tcp:127.0.0.1:1")
    assert "Maelstrom names its nodes" in said("--directory", peers, "--name", "p1", "--bind", "maelstrom")
    assert "no directory does so" in said("--bind", "tcp")
    assert "cannot be proved" in said(
        "--directory", peers, "--name", "p1", "--bind", "udp", "--key-file", __file__, "--set", "refuses=1"
    )
    monkeypatch.setenv("HF_PEERS", "[")
    assert "HF_PEERS is not JSON" in said("--name", "p1")


def test_a_location_is_named_and_its_surroundings_are_given(start, write_notebook):
    path = write_notebook(*CELLS)

    def said(*words):
        running = start("run", path, *words)
        assert running.end() == 2
        return "\n".join(running.log)

    assert "`--flow two_pc@coordinator`, `--flow two_pc@participants`" in said("--flow", "two_pc")
    assert "did you mean `participants`" in said("--flow", "two_pc@participant")
    assert "--bind tcp:127.0.0.1:5000" in said("--flow", "two_pc@participants")
    lacking = said("--flow", "two_pc@participants", "--bind", "tcp:127.0.0.1:0")
    assert "--set coordinator=" in lacking


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("two_pc@", "`@` is followed by the name of a location"),
        ("two_pc@", "`--flow two_pc@coordinator`, `--flow two_pc@participants`"),
        ("two_pc@nobody", "`--flow two_pc@coordinator`, `--flow two_pc@participants`"),
        ("two_pc@coordinator --bind tcp:127.0.0.1:0 --set participants=127.0.0.1:5001", "is not a list of addresses"),
        ("two_pc@coordinator --bind tcp:127.0.0.1:0 --set participants=('127.0.0.1',5001)", "not a list of addresses"),
        ("two_pc@coordinator --bind tcp:127.0.0.1:0 --set participants=3", "3 is not a list of addresses"),
        ("two_pc@coordinator --bind tcp:127.0.0.1:0 --set participants=['nowhere']", "'nowhere' is not an address"),
        ("two_pc@participants --bind tcp:127.0.0.1:0 --set coordinator=['127.0.0.1:5001']", "gives one address"),
        ("two_pc@participants --bind tcp:127.0.0.1:0 --set coordinator=127.0.0.1", "is not an address"),
        (
            "two_pc@participants --bind tcp:127.0.0.1:0 --set coordinator=127.0.0.1:1 --codec lines",
            "no place for the name of a channel, and `coordinator>participants_1` is one",
        ),
    ],
)
def test_what_the_command_line_says_of_locations_has_to_fit(capsys, write_notebook, words, told):
    assert run_command(["run", str(write_notebook(*CELLS)), "--for", "0.1", "--flow", *words.split()]) == 2
    assert told in capsys.readouterr().err


def test_a_system_is_listed_and_checked_by_its_locations(start, write_notebook):
    path = write_notebook(*CELLS)

    listed, checked = start("list", path), start("check", path)

    assert (listed.end(), checked.end()) == (0, 0)
    assert [line.split()[0] for line in listed.output[1:]] == ["two_pc@coordinator", "two_pc@participants"]
    assert any("`two_pc` compiles" in line for line in checked.output)
    assert any("two_pc@participants" in line for line in checked.output)


TYPED_CHAT = (
    CHAT.replace("source_stream(requests)", "source_stdin()")
    .replace("log.append", "print")
    .replace("nickname", "address")
)


def test_a_file_with_the_text_of_a_system_is_listed_checked_and_drawn(start, tmp_path):
    path, picture = tmp_path / "chat.hf", tmp_path / "chat.svg"
    path.write_text(TYPED_CHAT)

    listed = start("list", str(path))
    assert listed.end() == 0
    assert [line.split()[0] for line in listed.output[1:]] == ["chat@server", "chat@clients"]
    checked = start("check", str(path), "--flow", "@server", "--graph", str(picture))
    assert checked.end() == 0
    said = "\n".join(checked.output)
    assert "chat@server" in said
    assert "chat@clients" not in said
    assert "dest_sink_serde" in picture.read_text()
    # What the compiler puts in to know the members is no output of the text.
    assert [line.split()[0] for line in checked.output if " " in line and line.startswith(("clients", "outbound"))] == [
        "outbound"
    ]
    whole = start("check", str(path), "--graph", str(picture))
    assert whole.end() == 0
    assert "clients, open cluster" in picture.read_text()


def test_a_file_with_the_text_of_a_system_runs_as_processes_that_leave_recordings(start, tmp_path):
    path, recording, graph = tmp_path / "chat.hf", tmp_path / "server.json", tmp_path / "server.svg"
    path.write_text(TYPED_CHAT)
    (at,) = [f"127.0.0.1:{port}" for port in ports(1)]
    server = start(
        "run", str(path), "--flow", "@server", "--bind", f"tcp:{at}", "--record", str(recording), "--graph", str(graph)
    )
    server.wait_for("ready")
    clients = [
        start("run", str(path), "--flow", "chat@clients", "--bind", "tcp:127.0.0.1:0", "--set", f"server={at}")
        for _ in range(2)
    ]
    for client in clients:
        client.wait_for("ready")
    clients[0].type("hello")
    for client in clients:
        client.wait_for(": hello")
    server.signal(signal.SIGTERM)
    server.end()

    assert "chat@server" in recording.read_text()
    assert "dest_sink_serde" in graph.read_text()
