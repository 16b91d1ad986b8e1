"""Two runs of each flow of the tutorials whose output differs: they are small, and one step apart."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from nightly import IS_NIGHTLY
from written import CannotRun, of_notebook, runnable, searchable

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.simulation.finding.witness import Witness

TUTORIALS = Path(__file__).parents[2] / "notebooks"
NETWORKS = (None, "tcp", "at-least-once", "udp") if IS_NIGHTLY else (None, "udp")
MOST_DECISIONS = 12


def pairs(tutorial: str) -> dict[str, list[Witness]]:
    """Two runs, in each surroundings where some were found, of each output that differs in one of them."""
    found: dict[str, list[Witness]] = defaultdict(list)
    for one in of_notebook(TUTORIALS / f"{tutorial}.ipynb"):
        try:
            flow, examples = searchable(*runnable(one))
            reports = {network: flow.check(network=network) for network in NETWORKS if any(examples.values())}
        except (CannotRun, HydroflowError):
            continue
        for network, report in reports.items():
            for output in report:
                if report[output].level == "differs":
                    witness = flow.find(output, network=network, examples=examples)
                    found[f"{one.where} {output}"] += [witness] if witness else []
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("tutorial", "least"), [("04_key_value_store", 1), ("05_replicated_store", 3), ("06_the_same_in_every_run", 5)]
)
def test_the_pair_of_an_output_that_differs_is_small(tutorial: str, least: int) -> None:
    found = pairs(tutorial)

    assert len(found) >= least
    for place, witnesses in found.items():
        assert witnesses, place
        for witness in witnesses:
            assert witness.is_minimal, place
            assert witness.refuted == "", place
            assert witness.outputs[0] != witness.outputs[1], place
            assert len(witness.first) <= MOST_DECISIONS, place
            assert len(witness.second) <= MOST_DECISIONS, place
