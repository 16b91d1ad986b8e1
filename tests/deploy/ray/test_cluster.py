"""Joining a cluster and starting one, with a stand-in for Ray."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

import hydroflow_nb as hf
from hydroflow_nb.deploy.ray import cluster
from hydroflow_nb.deploy.ray.cluster import Cluster
from hydroflow_nb.net.addresses import ExposedWarning


class StandIn(ModuleType):
    """What is asked of Ray for a connection."""

    def __init__(self):
        super().__init__("ray")
        self.exceptions = SimpleNamespace(RayError=KeyError)
        self.begun = []
        self.has_tokens = True
        self.ended = 0

    def is_initialized(self):
        return len(self.begun) > self.ended

    def init(self, **given):
        self.begun.append(given)
        if self.has_tokens:
            cluster.os.environ["RAY_AUTH_MODE"] = "token"

    def shutdown(self):
        self.ended += 1

    def get_runtime_context(self):
        return SimpleNamespace(gcs_address="10.0.0.7:6379")


@pytest.fixture
def ray(monkeypatch):
    found = StandIn()
    monkeypatch.setitem(sys.modules, "ray", found)
    # It is as it was when the test is over, whatever is set there.
    monkeypatch.setenv("RAY_AUTH_MODE", "")
    monkeypatch.delenv("RAY_AUTH_MODE")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "1")
    monkeypatch.setattr(cluster, "beyond_loopback", lambda: [("eth0", "10.0.0.7")])
    return found


def test_where_others_reach_this_machine_none_is_started(ray):
    with pytest.raises(hf.HydroflowError, match=r"listens on all interfaces, eth0 \(10.0.0.7\): join one"):
        Cluster().join(None, exposed=False)
    assert not ray.begun


def test_one_that_others_may_reach_is_started_with_a_warning_that_names_the_interfaces(ray):
    with pytest.warns(ExposedWarning, match=r"eth0 \(10.0.0.7\)"):
        Cluster().join(None, exposed=True)
    assert ray.begun[0]["address"] == "local"
    assert "_node_ip_address" not in ray.begun[0]


def test_where_nobody_else_reaches_this_machine_one_is_started_on_the_loopback(ray, monkeypatch):
    monkeypatch.setattr(cluster, "beyond_loopback", list)
    Cluster().join(None, exposed=False)
    assert ray.begun[0]["_node_ip_address"] == "127.0.0.1"
    assert cluster.os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_one_without_tokens_is_not_started(ray, monkeypatch):
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    with pytest.raises(hf.HydroflowError, match="RAY_AUTH_MODE=disabled would let every program"):
        Cluster().join(None, exposed=True)


def test_a_version_of_ray_that_knows_no_tokens_is_ended(ray):
    ray.has_tokens = False
    with pytest.raises(hf.HydroflowError, match="this version of Ray starts clusters without tokens"), pytest.warns():
        Cluster().join(None, exposed=True)
    assert ray.ended == 1


def test_the_last_run_that_leaves_ends_what_was_begun(ray):
    one = Cluster()
    one.join("auto", exposed=False)
    one.join("auto", exposed=False)
    assert len(ray.begun) == 1
    one.leave()
    assert not ray.ended
    one.leave()
    assert ray.ended == 1


def test_a_connection_that_was_there_before_stays(ray):
    ray.init(address="auto")
    one = Cluster()
    one.join(None, exposed=False)
    one.join("10.0.0.7:6379", exposed=False)
    with pytest.raises(hf.HydroflowError, match=r"at 10.0.0.7:6379, and with one at a time: leave out '10.0.0.8:6379'"):
        one.join("10.0.0.8:6379", exposed=False)
    one.leave()
    one.leave()
    assert not ray.ended


def test_a_cluster_that_does_not_answer_is_told(ray, monkeypatch):
    def init(**given):
        raise ConnectionError("nobody is there")

    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(hf.HydroflowError, match=r"cannot be reached at '10.0.0.9:6379': nobody is there"):
        Cluster().join("10.0.0.9:6379", exposed=False)
