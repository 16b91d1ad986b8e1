"""A flow as those see it who drive it from outside."""

from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb import core
from hydroflow_nb.engine.turn import FREE
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.running import ticked_flow


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

    world.driven.run_tick(world.driven.engine)

    assert (world.out, told) == ([0.5], [1])


def test_what_comes_out_of_the_engine_is_explained() -> None:
    world = World()
    world.flow.inputs["numbers"].send(0)

    with pytest.raises(ZeroDivisionError) as raised:
        world.driven.run_tick(world.driven.engine)

    assert "`map`" in raised.value.__notes__[0]


def test_who_listens_is_told_of_ticks_of_others_and_leaves_them_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticked_flow, "MANY", 0)
    world = World()
    told: list[int] = []
    end = world.driven.listen(lambda: told.append(world.flow.current_tick()))

    world.flow.run_tick()
    world.flow.run_tick()
    world.flow.inputs["numbers"].send(1)
    world.flow.run_tick()
    is_plain = world.driven.engine.turn.state == FREE
    world.flow.reset()
    end()
    world.flow.run_tick()

    assert told == [1, 2, 0]
    assert is_plain


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
