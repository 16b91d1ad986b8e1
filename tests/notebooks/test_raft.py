"""Raft: what is as it has to be survives the same searches that find each of the mistakes in the tutorial."""

from __future__ import annotations

from typing import Any

import pytest
from nightly import IS_NIGHTLY

CELLS = (
    "load",
    "helpers",
    "names",
    "raft",
    "first",
    "cut",
    "properties",
    "scenes",
    "right",
    "wrong-functions",
    "mistakes",
)
# The schedules that the right one has to survive, over all scenes.
SCHEDULES = 10_000 if IS_NIGHTLY else 36


@pytest.fixture(scope="module")
def raft(notebook_names: Any) -> dict[str, Any]:
    """The names of the tutorial."""
    names: dict[str, Any] = notebook_names("19_raft.ipynb", *CELLS)
    return names


def test_the_right_one_survives_crashes_cuts_losses_and_duplicates(raft: dict[str, Any]) -> None:
    scenes = raft["SCENES"]

    for begin in scenes:
        net = raft["scene"](begin)
        found = net.explore(-(-SCHEDULES // len(scenes)), seed=11, progress=False, **raft["ANYTHING"])
        assert found.violation is None, f"{begin.__name__}: {found}"


def test_clients_are_answered_by_whoever_leads(raft: dict[str, Any]) -> None:
    net = raft["three"](seed=4)
    for number, leader in enumerate(("oslo", "lima", "cairo"), 1):
        # One that has not heard of the last term stands for it in vain.
        for _ in range(2):
            net.send(leader, "timeouts", ())
            net.run()
        raft["call"](net, number, 1)
        net.run()
        net.crash(leader)
        net.restart(leader, "durable")

    told = [total for kind, *_, total in net["clients"]["history"] if kind == "told"]
    assert told == [1, 2, 3]
