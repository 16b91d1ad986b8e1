from __future__ import annotations

import asyncio
import doctest
import queue
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb import core


def nothing(*values: Any) -> None:
    """A function that a subgraph of any shape can have."""


def test_the_example_of_the_documentation_runs() -> None:
    assert doctest.testmod(core).failed == 0
    assert doctest.testmod(core).attempted > 0


def test_a_subgraphs_function_stays_as_it_is() -> None:
    b = core.Builder()

    decorated = b.subgraph(name="first")(nothing)

    assert decorated is nothing
    assert [node.operator.name for node in b.build().graph.partitioned.nodes.values()] == ["first"]


def test_an_input_makes_a_channel_where_none_is_given() -> None:
    b = core.Builder()
    made = b.input("made", into=b.handoff("a"))
    given = b.input("given", into=b.handoff("b"), source=(channel := hf.channel()))

    assert isinstance(made, hf.Channel)
    assert given is channel


@pytest.mark.parametrize(
    "source", [hf.channel([1]), queue.Queue(), asyncio.Queue()], ids=lambda one: type(one).__name__
)
def test_an_input_takes_what_a_source_stream_takes(source: Any) -> None:
    if not isinstance(source, hf.Channel):
        source.put_nowait(1)
    out: list[int] = []
    b = core.Builder()
    numbers = b.handoff("numbers")
    b.input("numbers", into=numbers, source=source)
    b.subgraph(reads=[numbers])(lambda context, numbers: out.extend(numbers))

    b.build().run_available()

    assert out == [1]


def test_one_builder_builds_flows_with_states_of_their_own() -> None:
    out: list[int] = []
    b = core.Builder()
    count = b.state(0)

    @b.subgraph()
    def counted(context: Any) -> None:
        context.state[count] += 1
        out.append(context.state[count])

    one, other = b.build(), b.build()
    one.run_tick()
    one.run_tick()
    other.run_tick()

    assert out == [1, 2, 1]


def test_what_makes_no_sense_is_refused_where_it_is_written() -> None:
    b, other = core.Builder(), core.Builder()
    handoff, foreign = b.handoff("handoff"), other.handoff("handoff")
    b.input("input", into=handoff)

    with pytest.raises(ValueError, match="the handoff `handoff` already exists"):
        b.handoff("handoff")
    with pytest.raises(ValueError, match=r"a handoff cannot be called `\*`"):
        b.handoff("*", delay="tick")
    with pytest.raises(ValueError, match="the input `input` already exists"):
        b.input("input", into=handoff)
    with pytest.raises(ValueError, match="a delay is 'tick' or 'lazy', not 'later'"):
        b.handoff("late", delay="later")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the handoff `handoff` belongs to another builder"):
        b.subgraph(reads=[foreign])
    with pytest.raises(ValueError, match="belongs to another builder"):
        b.input("other", into=foreign)
    with pytest.raises(ValueError, match="reads a handoff only once"):
        b.subgraph(reads=[handoff, handoff.complete])
    with pytest.raises(ValueError, match="strata are counted from 0"):
        b.subgraph(stratum=-1)
    with pytest.raises(TypeError, match=r"made by `Builder\.handoff`; this is a str"):
        b.subgraph(writes=["handoff"])  # type: ignore[list-item]
    with pytest.raises(TypeError, match=r"cannot read from list: give it a `hydroflow_nb\.channel"):
        b.input("list", into=handoff, source=[1])
    with pytest.raises(TypeError, match="either a value or a factory"):
        b.state()
    with pytest.raises(TypeError, match="either a value or a factory"):
        b.state(None, factory=list)
    with pytest.raises(ValueError, match="a persistence is 'tick' or 'static', not 'mutable'"):
        b.state(0, persistence="mutable")  # type: ignore[arg-type]
