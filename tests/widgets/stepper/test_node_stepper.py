"""`net["alice"].stepper()`: the widget of a node."""

from __future__ import annotations

import pytest
from fronts import Front

import hydroflow_nb as hf

COUNTS = "source_stream(numbers) -> fold::<'static>(|| 0, |a, b| a + b) -> for_each(sums.append);"


@pytest.fixture
def net() -> hf.Network:
    """A network of one node, which has run two ticks."""
    net = hf.Network()
    net.node("adder", COUNTS, numbers=hf.channel([1, 2]), sums=[])
    net.tick("adder")
    net.send("adder", "numbers", 3)
    net.tick("adder")
    return net


def page_of(net: hf.Network, life: int | None = None) -> Front:
    stepper = net["adder"].stepper(life)
    return Front(net["adder"].flow, {}, stepper)


def test_the_stepper_of_a_node_shows_its_ticks_and_steps_it(net: hf.Network) -> None:
    page = page_of(net)

    page.ask("hello")
    answer = page.ask("step", grain="tick")

    assert "error" not in answer
    assert page.news[0]["newest"] == 1
    assert page.news[-1]["newest"] == 2
    assert len(net.decisions) == 4


def test_it_says_what_it_cannot(net: hf.Network) -> None:
    assert {"start", "discard", "rewind"} <= page_of(net).stepper.cannot.keys()


def test_beside_it_stands_the_picture_of_the_node_s_newest_tick(net: hf.Network) -> None:
    stepper = net["adder"].stepper()

    forms = stepper._picture.forms

    assert "Graph of adder, adder in its network, tick 1: " in forms["image/svg+xml"]


def test_a_life_that_is_not_kept_has_no_stepper(net: hf.Network) -> None:
    with pytest.raises(KeyError, match="adder has no life 3"):
        net["adder"].stepper(3)


def test_a_network_that_records_nothing_has_steppers_that_record_from_the_first_step() -> None:
    net = hf.Network(recording=0)
    net.node("adder", COUNTS, numbers=hf.channel([1]), sums=[])
    net.tick("adder")
    page = page_of(net)
    page.ask("hello")

    page.ask("step", grain="tick")

    assert page.news[0]["newest"] is None
    assert page.news[-1]["newest"] == 1
