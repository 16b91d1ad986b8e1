"""The locations of a system as processes: each finds the others by what the command line says."""

from __future__ import annotations

import socket

TWO_PC = """%%hydroflow two_pc
coordinator = process();
participants = cluster();
@coordinator source_stdin() ~> @participants.all map(|t| (t, t not in refuses)) ~> vote;
@coordinator vote = map(|((t, yes), who)| (t, yes, who)) -> unique::<'static>() -> tee();
vote -> filter_map(|(t, yes, _)| (t, 1) if yes else None) -> fold_keyed::<'static>(int, |n, one| n + one)
    -> filter(|(_, n)| n == len(participants)) -> map(|(t, _)| (t, "commit")) -> decision;
vote -> filter_map(|(t, yes, _)| None if yes else (t, "abort")) -> decision;
decision = union() -> unique::<'static>() -> tee();
decision -> for_each(print);
decision ~> @participants.all for_each(print);
"""
CELLS = ("%load_ext hydroflow_nb", "refuses = set()", TWO_PC)


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
        "run", path, "--flow", "two_pc@coordinator", "--bind", f"tcp:{first}", "--set", f"participants={others!r}"
    )

    for running in (coordinator, *members):
        running.wait_for("ready")
    coordinator.type("t1")
    coordinator.type("t2")
    for running in (coordinator, *members):
        running.wait_for("('t1', 'commit')")
        running.wait_for("('t2', 'abort')")


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


def test_a_system_is_listed_and_checked_by_its_locations(start, write_notebook):
    path = write_notebook(*CELLS)

    listed, checked = start("list", path), start("check", path)

    assert (listed.end(), checked.end()) == (0, 0)
    assert [line.split()[0] for line in listed.output[1:]] == ["two_pc@coordinator", "two_pc@participants"]
    assert any("`two_pc` compiles" in line for line in checked.output)
    assert any("two_pc@participants" in line for line in checked.output)
