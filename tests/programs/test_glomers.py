"""The challenges of Gossip Glomers: six solutions that hold, and six naive ones that are always refuted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nightly import IS_NIGHTLY

import hydroflow_nb as hf
from hydroflow_nb.maelstrom import reply
from hydroflow_nb.simulation import PropertyViolated

TEXTS = Path(__file__).parent / "glomers"
CHALLENGES = ("echo", "unique-ids", "broadcast", "counter", "log", "transactions")
# What has to go wrong in the network for a naive solution to fail; the others fail without.
FAULTS = {"broadcast": {"loss": 1}, "counter": {"loss": 1}}
# What may go wrong between nodes, as the page on workloads names it: a column of its table each.
SURROUNDINGS: dict[str, dict[str, Any]] = {
    "a tenth lost": {"loss": 0.1},
    "a tenth doubled": {"duplication": 0.1},
    "any order": {"fifo": False},
    "cuts": {"partitions": 0.05},
    "all of these": {"loss": 0.1, "duplication": 0.1, "fifo": False, "partitions": 0.05},
    "crashes, state kept": {"crashes": 0.01},
    "crashes, state lost": {"crashes": 0.01, "restarts": "lost"},
}
# What a node that forgets is asked again, and gets wrong.
FORGOTTEN = {
    "unique-ids": {"type": "generate"},
    "counter": {"type": "add", "delta": 5},
    "log": {"type": "send", "key": "x", "msg": 9},
}
PAGE = Path(__file__).parents[2] / "docs" / "workloads.md"
MOST_LINES = 20
MOST_DECISIONS = 25


def network(text: str, nodes: int, **rates: Any) -> hf.Network:
    system = hf.compile((TEXTS / text).read_text(encoding="utf-8"), {"reply": reply})
    return system.network(nodes=[f"n{number}" for number in range(1, nodes + 1)], recording=0, **rates)


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_a_solution_has_at_most_twenty_lines(challenge: str) -> None:
    lines = (TEXTS / f"{challenge}.hf").read_text(encoding="utf-8").splitlines()

    assert len([line for line in lines if line.strip() and not line.strip().startswith("#")]) <= MOST_LINES
    assert max(map(len, lines)) <= 120


def table() -> dict[tuple[str, str], str]:
    """What the page says of each solution in each of the surroundings."""
    lines = PAGE.read_text(encoding="utf-8").partition("\n| solution |")[1:]
    head, _, *rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")]
        for line in "".join(lines).partition("\n\n")[0].strip().splitlines()
    ]
    return {(row[0], one): verdict for row in rows for one, verdict in zip(head[1:], row[1:], strict=True)}


def holds(challenge: str, surroundings: str, seed: int) -> None:
    net = network(
        f"{challenge}.hf", 5 if surroundings == "all of these" else 3, seed=seed, **SURROUNDINGS[surroundings]
    )
    workload = net.workload(challenge, operations=8)
    net.run()

    assert workload.problems() == []
    assert "crashes" in surroundings or all(one.is_answered for one in workload.operations)


def test_the_page_has_a_verdict_on_each_solution_in_all_surroundings() -> None:
    assert list(table()) == [(challenge, one) for challenge in CHALLENGES for one in SURROUNDINGS]
    assert {key for key, verdict in table().items() if verdict != "right"} == {
        (challenge, "crashes, state lost") for challenge in (*FORGOTTEN, "broadcast")
    }


@pytest.mark.parametrize("challenge", CHALLENGES)
@pytest.mark.parametrize("surroundings", list(SURROUNDINGS) if IS_NIGHTLY else ["all of these", "crashes, state kept"])
def test_a_solution_is_right_where_the_page_says_so(challenge: str, surroundings: str) -> None:
    for seed in range(30 if IS_NIGHTLY else 1):
        if table()[challenge, surroundings] == "right":
            holds(challenge, surroundings, seed)


@pytest.mark.parametrize("challenge", FORGOTTEN)
def test_a_node_that_forgets_gives_wrong_answers_where_the_page_says_so(challenge: str) -> None:
    net = network(f"{challenge}.hf", 3, seed=1)
    workload = net.workload(challenge)
    workload.ask("c1", "n1", FORGOTTEN[challenge])
    net.run()
    net.crash("n1")
    net.restart("n1", "lost")
    workload.ask("c1", "n1", FORGOTTEN[challenge])
    with pytest.raises(PropertyViolated):
        net.run()


def test_broadcast_loses_what_a_node_forgets_before_another_has_heard_of_it() -> None:
    net = network("broadcast.hf", 3)
    workload = net.workload("broadcast", operations=0)
    workload.ask("c1", "n1", {"type": "broadcast", "message": 7})
    net.tick("clients")
    net.deliver("clients>n1#2")
    net.tick("n1")
    for receiver in ("n2", "n3"):
        net.drop(f"n1>{receiver}#1")
    net.crash("n1")
    net.restart("n1", "lost")
    with pytest.raises(PropertyViolated):
        net.run()

    assert "does not know 7, which n1 took in" in workload.problems()[0]


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_a_solution_is_not_refuted_by_a_search(challenge: str) -> None:
    net = network(f"{challenge}.hf", 3)
    net.workload(challenge)

    assert net.explore(300 if IS_NIGHTLY else 5, partitions=1, loss=1, duplication=1).counterexample is None


def is_refuted_by(net: hf.Network, decisions: list[Any]) -> bool:
    try:
        net.replay(decisions)
        net.settle()
    except PropertyViolated:
        return True
    return False


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_a_naive_solution_is_refuted_in_every_run(challenge: str) -> None:
    for seed in range(60 if IS_NIGHTLY else 2):
        net = network(f"naive/{challenge}.hf", 3, seed=seed)
        workload = net.workload(challenge)
        found = net.explore(200, **FAULTS.get(challenge, {}))

        assert found.counterexample is not None
        assert len(found.counterexample) <= MOST_DECISIONS
        assert is_refuted_by(net, found.counterexample)
        assert workload.problems()


def test_broadcast_loses_nothing_with_five_nodes_a_tenth_lost_and_a_cut() -> None:
    net = network("broadcast.hf", 5, seed=7, loss=0.1)
    workload = net.workload("broadcast", operations=15)
    net.cut(["n1", "n2"], ["n3", "n4", "n5"])
    for _ in range(150):
        net.step()
    net.heal()
    net.run()

    sent = sorted(one.call["message"] for one in workload.operations if one.call["type"] == "broadcast")
    lost = [event for event in net.history.events if type(event).__name__ == "Dropped"]
    ends = {one.node: sorted(one.result["messages"]) for one in workload.operations if one.is_final}
    assert lost
    assert len(sent) >= 5
    assert ends == {f"n{number}": sent for number in range(1, 6)}


@pytest.mark.parametrize("challenge", [one for one in CHALLENGES if one != "log"])
def test_a_solution_answers_while_no_node_hears_of_another(challenge: str) -> None:
    net = network(f"{challenge}.hf", 3, seed=1)
    workload = net.workload(challenge)
    net.cut("n1", "n2", "n3")
    net.run()

    assert len(workload.operations) > 6 or challenge in ("echo", "unique-ids")
    assert all(one.is_answered for one in workload.operations)
