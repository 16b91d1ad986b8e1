"""A flow as those see it who drive it from outside."""

from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb import core
from hydroflow_nb.errors import HydroflowError


class World:
    """A flow with the input `numbers`, and what drives it."""

    def __init__(self) -> None:
        self.out: list[float] = []
        self.names: dict[str, Any] = {"numbers": hf.channel(), "out": self.out}
        self.flow = hf.compile("source_stream(numbers) -> map(|x| 1 / x) -> for_each(out.append);", self.names)
        self.driven = self.flow.drive()


def test_the_engine_that_is_driven_runs_the_flow_and_who_subscribed_is_told() -> None:
    world = World()
    told: list[int] = []
    world.flow.subscribe(lambda: told.append(world.flow.current_tick()))
    world.driven.inboxes["numbers"].channel.send(2)

    world.driven.do(world.driven.engine.run_tick)

    assert (world.out, told) == ([0.5], [1])


def test_what_comes_out_of_the_engine_is_explained() -> None:
    world = World()
    world.flow.inputs["numbers"].send(0)

    with pytest.raises(ZeroDivisionError) as raised:
        world.driven.do(world.driven.engine.run_tick)

    assert "`map`" in raised.value.__notes__[0]


def test_after_a_reset_the_new_engine_and_its_inboxes_are_driven() -> None:
    world = World()
    world.flow.run_tick()
    engine, inbox = world.driven.engine, world.driven.inboxes["numbers"]

    world.flow.reset()

    assert world.driven.engine is not engine
    assert world.driven.inboxes["numbers"] is not inbox
    assert (engine.is_closed, world.driven.engine.context.tick) == (True, 0)


def test_a_closed_flow_says_so_to_who_drives_it() -> None:
    world = World()
    world.flow.close()

    assert world.driven.is_closed
    with pytest.raises(HydroflowError, match="is closed"):
        world.driven.must_be_open()


def test_names_are_those_of_the_flow_and_none_where_it_was_built_by_hand() -> None:
    world, built = World(), core.Builder().build()

    assert world.driven.names is world.names
    assert built.drive().names is None
