"""Flows at random, with all their operators, cycles and loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import strategies as st

import hydroflow_nb as hf

Ran = Callable[..., hf.Flow]


@pytest.fixture(scope="session")
def random_run(reference: Any) -> Ran:
    """`random_run(data)`: a flow that was recorded from its first tick on, and has run."""

    def run(data: st.DataObject) -> hf.Flow:
        if data.draw(st.booleans(), label="with loops"):
            items = st.lists(st.integers(0, 6), max_size=3)
            batch = st.fixed_dictionaries({"input_1": items, "input_2": items})
            text, sinks = data.draw(reference.loops.texts(), label="flow"), ("sink_1",)
            # Cycles within cycles within loops may take a very long time.
            assume(text.count("defer_tick") < 4)
            ticks = data.draw(st.lists(batch, min_size=1, max_size=4), label="batches")
        else:
            example = data.draw(reference.flows.examples(cyclic=data.draw(st.booleans(), label="cyclic")), label="flow")
            text, sinks, ticks = example.text, (*example.ordered, "seen"), example.ticks
        inputs = {name: hf.channel() for name in ticks[0]}
        flow = hf.compile(text, {**reference.flows.NAMES, **{name: [] for name in sinks}, **inputs})
        flow.record(copies=data.draw(st.booleans(), label="copies"))
        for batches in ticks:
            for name, batch in batches.items():
                inputs[name].extend(batch)
            flow.run_tick()
        return flow

    return run
