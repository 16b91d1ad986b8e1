"""No run refutes the types of the flows that are written down: in the error index, the manuals, the cases, the
tutorials.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from random import Random

import pytest
from contract import refutations
from hypothesis import settings
from written import CannotRun, Written, runnable, written_flows

from hydroflow_nb.errors import HydroflowError

IS_NIGHTLY = settings.default.max_examples >= 5_000
# Runs of a flow in a class: as it is given, all in one tick, and by chance.
COUNT = 60 if IS_NIGHTLY else 3
# How many are run at least; the others do not compile or raise, which is what most wrong flows of the index are for.
LEAST_RUN = 200


@pytest.fixture(scope="module")
def written() -> list[Written]:
    return list(written_flows())


@pytest.mark.timeout(7_200)
def test_no_run_of_a_flow_that_is_written_down_refutes_what_is_said_of_it(
    written: list[Written], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran, found = 0, []
    for one in written:
        try:
            watched, batches = runnable(one)
        except CannotRun:
            continue
        ran += 1
        try:
            found += [
                f"{one.where}: {refuted}" for refuted in islice(refutations(watched, batches, COUNT, Random(1)), 1)
            ]
        except (HydroflowError, TypeError, ValueError):  # some item does not come before another one
            continue
    assert not found, "\n".join(found)
    assert ran >= LEAST_RUN
