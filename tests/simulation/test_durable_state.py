"""What is `'durable` survives a restart of its node, and nothing else does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

import pytest
from lasting import LASTING, NAMES, batches, inputs_of, text_of

import hydroflow_nb as hf
from hydroflow_nb.simulation import Restart
from hydroflow_nb.simulation.model.decisions import State
from hydroflow_nb.simulation.model.legal import legal


def run(text: str, restart: str, without: Collection[str] = ()) -> list[Any]:
    """What a node's sink got, restarted between its ticks."""
    net = hf.Network(seed=1)
    channels = {name: hf.channel() for name in inputs_of(text)}
    flow = hf.compile(text, {**NAMES, **channels, "log": []}, without=without)
    net.node("a", flow)
    for batch, restarts in zip(batches(), (False, True, False, True), strict=True):
        if restarts:
            net.crash("a")
            net.restart("a", restart)
        for name in channels:
            for item in batch[name]:
                net.send("a", name, item)
        net.tick("a")
    return list(net["a"]["log"])


@pytest.mark.parametrize("operator", LASTING, ids=lambda operator: operator.name)
def test_a_durable_operator_goes_on_as_if_its_node_had_not_crashed(operator: Any) -> None:
    found = run(text_of(operator.name, "durable"), "durable")

    assert found == run(text_of(operator.name, "static"), "kept")
    assert found != run(text_of(operator.name, "static"), "durable")


def test_each_input_has_a_lifetime_of_its_own() -> None:
    def held(lifetimes: str) -> set[Any]:
        sides = "source_stream(xs) -> [0]j; source_stream(ys) -> [1]j;"
        found = run(f"{sides} j = join::<{lifetimes}>() -> for_each(log.append);", "durable")
        return {(left, right) for _, (left, right) in found}

    left, right = held("'durable, 'static"), held("'static, 'durable")

    # A durable side meets what comes to the other one later.
    assert {(8, 10), (10, 8)} & left == {(10, 8)}
    assert {(8, 10), (10, 8)} & right == {(8, 10)}
    assert held("'durable") == left | right
    assert held("'static") == left & right


def test_of_items_that_wait_for_partners_the_durable_ones_are_there_again() -> None:
    def waiting(lifetimes: str) -> list[Any]:
        """What waits for partners at the two sides of a `zip` when its node has restarted."""
        net = hf.Network()
        names = {"xs": hf.channel(), "ys": hf.channel(), "log": []}
        net.node("a", hf.compile(text_of("zip", lifetimes), names))
        found = []
        for name in ("xs", "ys"):
            net.send("a", name, name)
            net.tick("a")
            net.crash("a")
            net.restart("a", "durable")
            net.tick("a")
            found += [net["a"].flow.state("zip").value]
            net.reset()
        return [{side for side, items in one.items() if items} for one in found]

    assert waiting("durable, 'static") == [{"0"}, set()]
    assert waiting("static, 'durable") == [set(), {"1"}]
    assert waiting("durable") == [{"0"}, {"1"}]


@pytest.mark.parametrize("lifetimes", ["durable, 'static", "static, 'durable"])
@pytest.mark.parametrize("operator", [one for one in LASTING if one.most_persistences > 1], ids=lambda one: one.name)
def test_what_one_input_leaves_behind_is_met_by_what_comes_to_the_other_one(operator: Any, lifetimes: str) -> None:
    found = run(text_of(operator.name, lifetimes), "durable")

    # Without the passes by which an operator keeps what both inputs have. No order is promised.
    plain = run(text_of(operator.name, lifetimes), "durable", without={"all"})
    assert Counter(map(repr, found)) == Counter(map(repr, plain))


def test_what_a_durable_operator_leads_to_is_built_again_from_it() -> None:
    text = (
        "source_stream(xs) -> persist::<'durable>() -> map(|(_, n)| n) -> kept; kept = tee();"
        "kept -> fold(list, |acc, x| acc.append(x)) -> for_each(log.append);"
        "kept -> unique::<'static>() -> map(|n| n * 10) -> for_each(log.append);"
    )

    assert [one for one in run(text, "durable") if isinstance(one, list)][-1] == [10, 0, 9, 0, 8, 0, 7, 0]
    assert [one for one in run(text, "durable") if isinstance(one, int)] == [100, 0, 100, 0, 90, 80, 100, 0, 90, 80, 70]


def test_only_what_sinks_use_stands_outside_of_a_node() -> None:
    text = "source_stream(xs) -> map(|x| (seen.append(x), len(seen))[1]) -> for_each(log.append);"
    net = hf.Network()
    net.node("a", hf.compile(text, {"xs": hf.channel([1]), "seen": [], "log": []}))
    net.tick("a")
    net.crash("a")

    net.restart("a", "durable")
    net.send("a", "xs", 2)
    net.tick("a")

    # The channel is a new one as well: what it held at the start comes again.
    assert (net["a"]["log"], net["a"]["seen"]) == ([1, 1, 2], [1, 2])


def test_a_restart_with_durable_state_is_offered_where_there_is_some() -> None:
    def offered(lifetime: str) -> list[str]:
        net = hf.Network()
        net.node("a", f"source_iter([1]) -> unique::<'{lifetime}>() -> null();")
        net.crash("a")
        return [one.state.value for one in legal(net) if isinstance(one, Restart)]

    assert offered("static") == ["kept", "lost"]
    assert offered("durable") == ["kept", "lost", "durable"]


def test_by_chance_a_node_of_which_nothing_is_durable_restarts_as_new() -> None:
    def restarted(lifetime: str) -> tuple[list[Restart], list[Restart]]:
        """What the scheduler may choose, and what it chose before the end of a run in which it had crashed the node."""
        net = hf.Network(restarts="durable")
        net.node("a", f"source_iter([1]) -> unique::<'{lifetime}>() -> null();")
        net.crash("a")
        offered = [one for one in net.possible() if isinstance(one, Restart)]
        net.reset()
        net.run(crashes=1.0)
        return offered, [one for one in net.decisions if isinstance(one, Restart)][:1]

    as_new, durable = Restart("a", State.LOST), Restart("a", State.DURABLE)
    assert restarted("static") == ([as_new], [as_new])
    assert restarted("durable") == ([durable], [durable])


def test_all_that_a_durable_node_holds_survives_and_what_waited_is_lost() -> None:
    text = """
        lines = source_stream(xs) -> tee();
        lines -> fold::<'static>(|| 0, |a, b| a + b) -> for_each(log.append);
        lines -> defer_tick() -> map(|x| -x) -> for_each(log.append);
        source_iter(["begun"]) -> for_each(log.append);
    """
    net = hf.Network()
    net.node("a", hf.compile(text, {"xs": hf.channel(), "log": []}), durable=True)
    net.send("a", "xs", 5)
    net.tick("a")
    net.send("a", "xs", 7)
    net.crash("a")

    net.restart("a", "durable")
    net.send("a", "xs", 2)
    net.tick("a")

    assert sorted(map(str, net["a"]["log"])) == sorted(map(str, [5, "begun", 7, -5]))
    assert net["a"].flow.current_tick() == 2
    made = net.decisions
    net.replay(made)
    assert net["a"].flow.current_tick() == 2


def test_a_durable_node_may_restart_so_whatever_its_text_says() -> None:
    net = hf.Network()
    net.node("a", "source_iter([1]) -> unique::<'static>() -> null();", durable=True)
    net.crash("a")

    assert [one.state.value for one in legal(net) if isinstance(one, Restart)] == ["kept", "lost", "durable"]


def test_a_run_with_such_a_restart_can_be_repeated_saved_and_read() -> None:
    net = hf.Network(seed=3)
    net.node(
        "a",
        hf.compile(
            "source_stream(xs) -> unique::<'durable>() -> for_each(log.append);", {"xs": hf.channel(), "log": []}
        ),
    )
    net.send("a", "xs", 1)
    net.run()
    net.crash("a")
    net.restart("a", "durable")
    net.send("a", "xs", 1)
    net.send("a", "xs", 2)
    net.run()

    assert net["a"]["log"] == [1, 2]
    made = net.decisions
    net.replay(made)
    assert net["a"]["log"] == [1, 2]
    assert str(Restart("a", "durable")) == "restart a with its durable state"  # type: ignore[arg-type]
    assert "restarted, durable state kept" in net.diagram().svg()
