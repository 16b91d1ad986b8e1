"""Random flows that end and begin again between their ticks give what a flow that never ends gives."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nightly import random_flows

import hydroflow_nb as hf


@dataclass(frozen=True)
class Amount:
    """A number that counts how often it is added to."""

    number: int
    additions: ClassVar[int] = 0

    def __add__(self, other: Amount) -> Amount:
        Amount.additions += 1
        return Amount(self.number + other.number)


@pytest.mark.parametrize(("write", "behind"), [("journal", 1), ("state", 104)])
def test_a_tick_costs_what_changed_and_only_the_first_one_behind_the_state_what_is_held(
    tmp_path: Path, write: str, behind: int
) -> None:
    """With a journal that first tick is run again while the flow comes back."""
    text = "source_stream(xs) -> persist::<'static>() -> fold(|| Amount(0), |a, b| a + b) -> for_each(out.append);"
    inputs, out, additions = hf.channel(map(Amount, range(100))), list[Amount](), list[int]()

    for _ in range(2):
        with hf.compile(text, {"xs": inputs, "out": out, "Amount": Amount}).durable(tmp_path, write=write) as flow:
            for _ in range(3):
                inputs.send(Amount(1))
                before = Amount.additions
                flow.run_tick()
                additions.append(Amount.additions - before)

    assert [one.number for one in out] == [4951, 4952, 4953, 4954, 4955, 4956]
    assert additions == [101, 1, 1, behind, 1, 1]


@pytest.mark.timeout(3_600)
@random_flows(6, by_night=2_000)
@given(data=st.data())
def test_outputs_are_those_of_a_flow_that_never_ends(data: st.DataObject, reference: Any) -> None:
    flows = reference.flows
    example = data.draw(flows.examples(), label="flow")
    write = data.draw(st.sampled_from(["journal", "state"]), label="write")
    every = data.draw(st.integers(1, 3), label="snapshot every")
    expected: dict[str, list[Any]] = {name: [] for name in (*example.ordered, "seen")}
    slow = reference.interpreter.Interpreter(
        example.text, {**flows.NAMES, **expected, **{name: hf.channel() for name in example.inputs}}
    )
    with TemporaryDirectory() as folder:

        def begun() -> tuple[hf.Flow, dict[str, list[Any]], dict[str, Any]]:
            sinks: dict[str, list[Any]] = {name: [] for name in expected}
            inputs = {name: hf.channel() for name in example.inputs}
            flow = hf.compile(example.text, {**flows.NAMES, **sinks, **inputs})
            try:
                flow.durable(Path(folder) / "kept", write=write, snapshot_every=every)
            except hf.DurabilityError as refused:
                # It awaits, or holds what cannot be written.
                assume(refused.diagnostics[0].code not in ("HF706", "HF707"))
                raise
            return flow, sinks, inputs

        flow, sinks, inputs = begun()
        for number, batches in enumerate(example.ticks):
            if data.draw(st.booleans(), label="ends"):
                flow.close()
                flow, sinks, inputs = begun()
            for name, items in batches.items():
                inputs[name].extend(items)
            for one in (*expected.values(), *sinks.values()):
                one.clear()
            try:
                slow.run_tick(batches)
            except reference.interpreter.TooMuch:
                assume(False)
            try:
                while flow.current_tick() == number:
                    flow.run_tick()
            except hf.DurabilityError as refused:
                assume(refused.diagnostics[0].code != "HF706")
                raise
            for name, items in expected.items():
                if example.ordered.get(name, False):
                    assert sinks[name] == items, f"{name} in tick {number} of{example!r}"
                else:
                    assert Counter(map(repr, sinks[name])) == Counter(map(repr, items)), (
                        f"{name} in tick {number} of{example!r}"
                    )
        flow.close()
