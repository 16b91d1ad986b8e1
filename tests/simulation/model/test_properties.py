"""Properties, checked in runs by hand, by chance and by replay."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.simulation import Deliver, PropertyViolated, Tick
from hydroflow_nb.simulation.model.properties import Properties, When

SENDER = """
source_iter(items) -> map(lambda item: (item, "bob")) -> dest_sink_serde(outbound);
source_stream_serde(inbound) -> null();
"""
RECEIVER = "source_stream_serde(inbound) -> for_each(lambda message: seen.append(message[0]));"


@pytest.fixture
def net() -> hf.Network:
    net = hf.Network(seed=3)
    net.node("alice", SENDER, items=["one", "two"])
    net.node("bob", RECEIVER, seen=[])
    return net


def test_what_must_always_hold_is_checked_after_every_decision_of_a_run(net):
    looked = []
    net.always(lambda net: looked.append(len(net.decisions)) or True, "looked")

    made = net.run()

    assert looked == list(range(1, made + 1))


def test_a_run_stops_at_the_decision_that_violates_a_property(net):
    net.always(lambda net: net["bob"]["seen"] != ["one"], "never only one")

    with pytest.raises(PropertyViolated) as raised:
        net.replay([Tick("alice"), Deliver("alice>bob#1"), Tick("bob"), Deliver("alice>bob#2"), Tick("bob")])

    assert (raised.value.property, raised.value.index, raised.value.decision) == ("never only one", 2, Tick("bob"))
    assert str(raised.value) == "always 'never only one' is violated after decision 2 (tick bob)"
    assert len(net.decisions) == 3


def test_a_decision_by_hand_is_checked_too(net):
    net.always(lambda net: not net.in_flight, "nothing flies")

    with pytest.raises(PropertyViolated, match="nothing flies"):
        net.tick("alice")


def test_what_must_hold_eventually_may_fail_before_the_run_is_at_rest(net):
    net.eventually(lambda net: net["bob"]["seen"] == ["one", "two"], "all seen")

    net.replay([Tick("alice"), Deliver("alice>bob#1"), Tick("bob")])
    net.run()

    assert net["bob"]["seen"] == ["one", "two"]


def test_what_must_hold_eventually_is_checked_when_a_run_has_come_to_rest(net):
    net.eventually(lambda net: net["bob"]["seen"] == ["one"], "one alone")

    with pytest.raises(PropertyViolated, match="'one alone' is violated at the end of the run"):
        net.run()


def test_a_replay_that_comes_to_rest_is_checked_too(net):
    net.run()
    decisions = net.decisions
    net.eventually(lambda net: net["bob"]["seen"] == ["one"], "one alone")

    with pytest.raises(PropertyViolated, match="one alone"):
        net.replay(decisions)


def test_a_network_that_is_still_cut_has_not_come_to_rest(net):
    net.eventually(lambda net: net["bob"]["seen"] == ["one", "two"], "all seen")
    net.cut("bob")

    net.run()
    held = len(net.in_flight)
    net.heal()
    net.run()

    assert held == 2
    assert net["bob"]["seen"] == ["one", "two"]


def test_single_steps_end_with_a_look_at_what_must_hold_eventually(net):
    net.eventually(lambda net: False, "nothing")

    def steps() -> None:
        while net.step() is not None:
            pass

    with pytest.raises(PropertyViolated, match="nothing"):
        steps()


def test_a_network_settles_in_the_same_way_each_time(net):
    net.tick("bob")
    made = net.settle()
    first = net.decisions

    net.replay(first[:1])
    net.settle()

    assert made == len(first) - 1
    assert net.decisions == first
    assert net["bob"]["seen"] == ["one", "two"]


def test_settling_heals_and_lets_late_nodes_join_and_leaves_what_is_down(net):
    net.node("carol", RECEIVER, join_later=True, seen=[])
    net.cut("bob")
    net.settle()
    healed = net["bob"]["seen"]

    net.reset()
    net.crash("bob")
    net.settle()

    assert healed == ["one", "two"]
    assert net["carol"].is_up
    assert not net["bob"].is_up


def test_properties_can_be_written_as_decorated_functions(net):
    @net.eventually
    def all_arrive(net):
        return len(net["bob"]["seen"]) == 2

    net.run()

    assert [str(one) for one in net.properties] == ["eventually 'all_arrive'"]
    assert all_arrive(net)


def test_what_a_predicate_raises_is_no_violation_and_says_where_it_comes_from(net):
    net.always(lambda net: net["bob"]["sen"] == [], "a slip")

    with pytest.raises(KeyError) as raised:
        net.run()

    assert any("in the predicate of always 'a slip' after decision 0" in note for note in raised.value.__notes__)


def test_a_predicate_that_forgets_to_return_is_told_so(net):
    net.always(lambda net: None, "forgetful")

    with pytest.raises(TypeError, match="let it return the condition"):
        net.run()


def test_what_is_no_function_is_no_property(net):
    with pytest.raises(TypeError, match="a property is a function of the network"):
        net.always(True)
    with pytest.raises(TypeError, match="a property's name is a text, not 3"):
        net.eventually(lambda net: True, 3)


def test_a_property_is_no_coroutine(net):
    async def holds(net):
        return False

    with pytest.raises(TypeError, match="nothing can be awaited: write `def`"):
        net.always(holds)


def test_a_lambda_is_called_by_its_text():
    properties = Properties()

    properties.add(When.ALWAYS, lambda net: net["a"]["x"] >= 0 and all(net["b"]))

    assert [one.name for one in properties] == ['net["a"]["x"] >= 0 and all(net["b"])']


def test_a_property_of_the_same_name_is_replaced():
    properties = Properties()
    properties.add(When.ALWAYS, lambda net: True, "x")

    properties.add(When.EVENTUALLY, lambda net: False, "x")

    assert [(one.name, one.when) for one in properties] == [("x", When.EVENTUALLY)]


def test_the_properties_that_a_loop_makes_are_all_kept_and_all_replaced_by_the_next_loop():
    properties = Properties()

    for cell in range(2):
        code = compile("lambda net: net[node]", f"cell {cell}", "eval")
        for _ in "abc":
            properties.add(When.ALWAYS, eval(code), "fine")

    assert [one.name for one in properties] == ["fine", "fine (2)", "fine (3)"]
    assert {one.predicate.__code__.co_filename for one in properties} == {"cell 1"}
