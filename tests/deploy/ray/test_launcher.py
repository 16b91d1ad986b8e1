"""What `Ray(...)` takes, and what it refuses before anything of Ray is loaded."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

import hydroflow_nb as hf
from hydroflow_nb.deploy import Ray
from hydroflow_nb.deploy.ray import launcher

TEXT = "one = process(); @one source_stream(lines) -> for_each(print);"


def deploy(on, text=TEXT, **names):
    one = hf.compile(text, {"lines": hf.channel(), **names}, "told")
    return asyncio.run(one.deploy(on=on))


def test_nothing_of_ray_is_loaded_before_a_system_is_deployed():
    code = "import sys; from hydroflow_nb.deploy import Ray; Ray('auto'); assert 'ray' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)


def test_without_ray_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(hf.HydroflowError, match=r'pip install "hydroflow-nb\[ray\]"'):
        deploy(Ray())


def test_a_cluster_that_lets_nobody_in_is_told_and_left_when_it_does(monkeypatch):
    begun, left, is_in = [], [], threading.Event()

    class Slow:
        def join(self, address, *, exposed):
            begun.append(address)
            is_in.wait(100)

        def leave(self):
            left.append(True)

    monkeypatch.setattr(launcher, "CLUSTER", Slow())

    async def main():
        one = hf.compile(TEXT, {"lines": hf.channel()}, "told")
        with pytest.raises(hf.HydroflowError, match=r"has not let told in for 0 s"):
            await one.deploy(on=Ray("auto", patience=0.01))
        assert not left
        is_in.set()
        while not left:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(main(), 60))
    assert begun == ["auto"]


def test_a_location_that_there_is_not_is_refused():
    with pytest.raises(hf.HydroflowError, match="`resources`: told has no flow at 'ones': did you mean 'one'"):
        deploy(Ray(resources={"ones": {"CPU": 1}}))


def test_a_value_that_cannot_be_carried_is_refused():
    with pytest.raises(hf.HydroflowError, match="`held` cannot be carried to one"):
        deploy(Ray(), TEXT.replace("print", "|line| print(held)"), held=object())


@pytest.mark.parametrize("wrong", [{"patience": 0}, {"restarts": -1}, {"cpus": -1}, {"address": "ray://head:10001"}])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"`patience`|Ray's client"):
        Ray(**wrong)
