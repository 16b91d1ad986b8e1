"""What gives some results in the simulation gives them as actors of Ray, spread over two nodes."""

from __future__ import annotations

import asyncio

import pytest
import ray_cluster
from nightly import IS_NIGHTLY
from whole_systems import PROGRAMS, answers_when_launched

from hydroflow_nb.deploy import Ray

pytestmark = pytest.mark.timeout(600)
# What the simulation gives of these, `tests/systems/test_same_everywhere.py` says.
NAMES = PROGRAMS if IS_NIGHTLY else ["two_pc", "store"]
PATIENCE = 250.0


def answers(name: str) -> bool:
    on = Ray(ray_cluster.cluster().address, patience=PATIENCE)
    return asyncio.run(answers_when_launched(PROGRAMS[name], on, PATIENCE))


@pytest.mark.parametrize("name", NAMES)
def test_over_ray(namespace, name):
    assert namespace.call(answers, name, patience=2 * PATIENCE)
