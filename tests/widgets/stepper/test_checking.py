from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from fronts import Front

from hydroflow_nb import core

COUNTS = """
words = source_stream(numbers) -> tee();
words -> map(|w| (w, 1)) -> fold_keyed::<'static>(|| 0, |n, x| n + x) -> for_each(total.append);
words -> unique::<'static>() -> for_each(out.append);
"""
WITHOUT_A_CHECK = f"""
import sys
import hydroflow_nb as hf
from hydroflow_nb.widgets import Stepper
flow = hf.compile({COUNTS!r}, {{"numbers": hf.channel(), "total": [], "out": []}})
Stepper(flow, {{}}).close()
flow.run_tick()
print(*(name for name in sys.modules if name.startswith("hydroflow_nb.correctness")))
"""


def levels(answer: dict[str, Any]) -> dict[str, str]:
    return {known["output"]: known["level"] for known in answer["known"].values() if known["output"]}


@pytest.mark.parametrize(
    ("network", "replicas", "expected"),
    [
        (None, 1, {"total": "final", "out": "sequence"}),
        ("tcp", 1, {"total": "final", "out": "bag"}),
        ("at-least-once", 1, {"total": "differs", "out": "bag"}),
        ("udp", 1, {"total": "differs", "out": "part"}),
        (None, 2, {"total": "final", "out": "bag"}),
    ],
)
def test_the_levels_of_outputs_are_those_in_the_surroundings_that_are_asked_for(
    front: Callable[[str], Front], network: str | None, replicas: int, expected: dict[str, str]
) -> None:
    answer = front(COUNTS).ask("check", network=network, replicas=replicas)

    assert levels(answer) == expected


def test_every_edge_has_its_level_and_its_sentence(front: Callable[[str], Front]) -> None:
    page = front(COUNTS)

    known = page.ask("check", network="tcp", replicas=1)["known"]

    assert [id for id in known if id.startswith("edge")] == list(page.stepper.graph["edges"])
    assert known["edge-1"] == {
        "level": "bag",
        "early": True,
        "sentence": "a bag: the same items in every run, each as often; the order may differ, "
        "since `source_stream`, line 2",
        "causes": [{"op": "op-1", "words": "takes in what may come in another order"}],
        "output": "",
    }


def test_the_causes_of_an_output_that_differs_are_where_it_comes_in_and_what_is_at_fault(
    front: Callable[[str], Front],
) -> None:
    page = front(COUNTS)

    known = page.ask("check", network="udp", replicas=1)["known"]

    found = next(one for one in known.values() if one["output"] == "total")
    assert [(page.stepper.graph["ops"][cause["op"]]["name"], cause["words"]) for cause in found["causes"]] == [
        ("source_stream", "takes in what may come twice"),
        ("fold_keyed", "adds up what comes"),
    ]


def test_a_check_neither_runs_nor_records_the_flow_and_tells_no_news(front: Callable[[str], Front]) -> None:
    page = front(COUNTS)

    page.ask("check", network=None, replicas=1)

    assert page.flow.current_tick() == 0
    assert not page.flow.is_recorded
    assert page.news == []


def test_a_closed_flow_can_be_checked(front: Callable[[str], Front]) -> None:
    page = front(COUNTS)
    page.flow.close()

    assert levels(page.ask("check", network=None, replicas=1)) == {"total": "final", "out": "sequence"}


def test_surroundings_that_there_are_not_are_refused_by_name(front: Callable[[str], Front]) -> None:
    answer = front(COUNTS).ask("check", network="pigeons", replicas=1)

    assert "'pigeons' is not the name of a network" in answer["error"]["message"]


def test_a_flow_that_was_built_by_hand_has_no_text_that_can_be_checked() -> None:
    builder = core.Builder()

    @builder.subgraph()
    def nothing(context: Any) -> None:
        pass

    page = Front(builder.build(), {})

    answer = page.ask("check", network=None, replicas=1)

    assert answer["error"]["message"] == "this flow was built by hand: there is no text that can be checked"


def test_a_stepper_that_is_not_asked_imports_nothing_of_the_check() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_A_CHECK], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""
