"""One cluster of Ray for all tests of this folder, in a network namespace of its own. It ends with them."""

from __future__ import annotations

import faulthandler
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
import ray_cluster
from namespaces import Namespace, skip_without_namespaces
from ray_stand_in import StandIn, ray_stands_in

# How often, and for how many seconds each, Ray is given the chance to start: it has deadlines of its own, which a busy
# machine misses.
STARTS, SECONDS = 2, 90.0


@pytest.fixture(autouse=True)
def patience() -> None:
    """Let a test last as long as its own timeout says: on a busy machine Ray takes minutes to start some processes, and
    the clock for all tests would end the worker.
    """
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def ray() -> Iterator[StandIn]:
    """What stands in for Ray; a test imports what uses that."""
    with ray_stands_in() as standing_in:
        yield standing_in


@pytest.fixture(scope="package")
def namespace() -> Iterator[Namespace]:
    """The namespace in which a cluster of two nodes is up; functions that are called there find it by
    `ray_cluster.cluster()`.
    """
    # To import it takes seconds, and is done in the namespace alone.
    if find_spec("ray") is None:
        pytest.skip("Ray is not installed: `pip install 'hydroflow-nb[ray]'`")
    skip_without_namespaces()
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        for start in range(STARTS):
            with Namespace(environment=ray_cluster.environment(folder)) as namespace:
                try:
                    namespace.call(ray_cluster.begin, patience=SECONDS)
                except AssertionError as error:
                    if start + 1 == STARTS:
                        pytest.skip(f"Ray does not start here: {error}")
                else:
                    yield namespace
                    return
