from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.simulation import ImpossibleDecision, Tick
from hydroflow_nb.simulation.model.saved import Saved, read

Build = Callable[..., hf.Network]


def saved(tmp_path: Path, net: hf.Network) -> Path:
    path = tmp_path / "run.json"
    net.save(path)
    return path


def test_a_saved_run_is_replayed_from_its_file(
    tmp_path: Path, chat: Build, state_of: Callable[[hf.Network], list[Any]]
) -> None:
    net = chat(seed=3, loss=0.1, partitions=0.1)
    net.send("alice", "lines", "café ☕ \n $")
    net.run()
    path = saved(tmp_path, net)

    other = chat(seed=99)
    other.replay(path)

    assert other.decisions == net.decisions
    assert state_of(other) == state_of(net)


def test_each_decision_has_a_line_of_its_own(tmp_path: Path, echo: Build) -> None:
    net = echo()
    net.run()

    lines = saved(tmp_path, net).read_text(encoding="utf-8").splitlines()

    told = [json.loads(line.rstrip(",")) for line in lines if line.startswith("    ")]
    assert told == [decision.to_dict() for decision in net.decisions]


def test_a_run_without_decisions_can_be_saved(tmp_path: Path, echo: Build) -> None:
    path = saved(tmp_path, echo())

    assert echo().replay(path) == 0


def test_a_file_may_be_edited_and_laid_out_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(
        '{"note": "decisions", "decisions": [{"do": "tick", "node": "no"}],\n'
        '"decisions" :\n[ {"do":"tick",\n"node":"a"}\n, {"do": "tick", "node": "b"}],\n "format": 1}'
    )

    run = read(path)

    assert run.decisions == [Tick("a"), Tick("b")]
    assert run.lines == [3, 5]


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (("alice>server#1", "alice>server#9"), r"line 9: decision 2, deliver alice>server#9, is not possible"),
        (('"tick", "node": "alice"', '"tik", "node": "alice"'), 'line 8: "do" is \'tik\': did you mean "tick"'),
        (('"node": "alice"', '"node" "alice"'), "line 8: this is not JSON: Expecting ':' delimiter"),
        (('"format": 1', '"format": 7'), "line 1: its format is 7; only format 1 can be read"),
        (
            ('"decisions": [', '"choices": ['),
            'line 1: this is not a run of a network, which is an object with "decisions"',
        ),
        (('"bob":', '"bert":'), "with the node bert: add it"),
        (('"fifo": true', '"fifo": false'), "with fifo=False, this one has fifo=True"),
    ],
)
def test_an_error_in_an_edited_file_is_named_with_its_line(
    tmp_path: Path, echo: Build, edit: tuple[str, str], why: str
) -> None:
    net = echo()
    net.tick("server")
    net.tick("alice")
    net.deliver("alice>server#1")
    path = saved(tmp_path, net)
    text = path.read_text(encoding="utf-8")
    assert edit[0] in text
    path.write_text(text.replace(*edit, 1), encoding="utf-8")

    with pytest.raises(hf.HydroflowError) as raised:
        net.replay(path)

    assert why in str(raised.value)


def test_a_file_that_an_editor_marked_as_utf_8_is_read(tmp_path: Path, echo: Build) -> None:
    net = echo()
    net.run()
    path = saved(tmp_path, net)

    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert echo().replay(path) == len(net.decisions)


@pytest.mark.parametrize(
    ("content", "why"), [(b"\xff\xfe{", "is not a text in UTF-8"), (b"[" * 200_000, "it nests too deeply")]
)
def test_a_file_that_cannot_be_read_at_all_is_named(tmp_path: Path, echo: Build, content: bytes, why: str) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content)

    with pytest.raises(hf.HydroflowError, match=f"run.json.*{why}"):
        echo().replay(path)


def test_a_saved_run_tells_its_seed_and_nodes() -> None:
    run = Saved(seed=7, settings={"fifo": True}, nodes={"a": "127.0.0.1:2000"}, decisions=[Tick("a")])

    told = json.loads(run.to_text())

    assert told == {
        "format": 1,
        "seed": 7,
        "settings": {"fifo": True},
        "nodes": {"a": "127.0.0.1:2000"},
        "decisions": [{"do": "tick", "node": "a"}],
    }


def test_a_file_that_is_not_there_is_an_oserror(echo: Build) -> None:
    with pytest.raises(FileNotFoundError):
        echo().replay("nowhere.json")


def test_strict_replay_of_a_file_raises_and_lenient_replay_does_not(tmp_path: Path, echo: Build) -> None:
    net = echo()
    net.run()
    path = saved(tmp_path, net)
    path.write_text(path.read_text().replace("alice>server#1", "alice>server#7"))

    with pytest.raises(ImpossibleDecision):
        net.replay(path)
    performed = net.replay(path, strict=False)

    assert 0 < performed < len(read(path).decisions)
