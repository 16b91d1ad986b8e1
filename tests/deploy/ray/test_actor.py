"""What an actor is called for: by other members, and by the program that deploys."""

from __future__ import annotations

import asyncio
import sys
import threading

import msgspec
import pytest
from ray_stand_in import Actor, ActorDiedError, RayTaskError
from town import in_loop

from hydroflow_nb.deploy.program import VERSION
from hydroflow_nb.deploy.ray.parcels import Parcel, Receipt, Unreached
from hydroflow_nb.deploy.ray.task import News, Task
from hydroflow_nb.processes.asking import Question, Word, packed

PARCEL = Parcel(sender="a", life=1, to=1, number=1, room=0)


@in_loop
async def test_the_loop_goes_on_while_an_actor_is_looked_up(ray):
    from hydroflow_nb.deploy.ray.actor import ActorCalls

    goes_on = threading.Event()

    def look(name, *, namespace):
        assert goes_on.wait(30), "nothing else ran"
        return Actor(ray, carry=lambda parcel: Receipt(life=3))

    ray.get_actor = look
    bringing = asyncio.create_task(ActorCalls("run").bring("b", PARCEL))
    await asyncio.sleep(0)
    goes_on.set()
    assert (await bringing).life == 3


@pytest.mark.parametrize("given", [ActorDiedError(), RayTaskError(), b"\xc1"], ids=["gone", "failed", "unreadable"])
@in_loop
async def test_an_actor_that_does_not_answer_as_one_is_not_reached_and_looked_up_again(ray, given):
    from hydroflow_nb.deploy.ray.actor import ActorCalls

    def carry(parcel):
        if isinstance(given, Exception):
            raise given
        return given

    calls = ActorCalls("run")
    ray.actors["b"] = Actor(ray, carry=carry)
    with pytest.raises(Unreached):
        await calls.bring("b", PARCEL)
    ray.actors["b"] = Actor(ray, carry=lambda parcel: Receipt(life=4))
    assert (await calls.bring("b", PARCEL)).life == 4


@in_loop
async def test_an_actor_that_there_is_not_is_not_reached(ray):
    from hydroflow_nb.deploy.ray.actor import ActorCalls

    with pytest.raises(Unreached):
        await ActorCalls("run").bring("b", PARCEL)


@pytest.fixture
def actor(ray, monkeypatch):
    """The process of an actor whose flow cannot be made."""
    from hydroflow_nb.deploy.ray import actor as module

    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    monkeypatch.setattr(module, "start_logging", lambda *given: None)
    task = Task(
        version=VERSION,
        run="run",
        name="one",
        location="one",
        texts={},
        text="none.py",
        names="names.py",
        places={},
        members=["one"],
    )
    return lambda: module.MemberActor(packed(task))


@in_loop
async def test_who_asks_for_another_life_than_the_one_of_this_process_is_told_nothing(actor):
    one = actor()
    assert await one.news(1, False) == await one.ask(1, packed(Question(number=1, word=Word.VALUE))) == b""
    await one.begin(2, 0)
    assert await one.news(1, False) == await one.ask(1, packed(Question(number=1, word=Word.VALUE))) == b""
    assert await one.begin(3, 0) == await one.begin(2, 0)
    assert await one.begin(3, 2) == b""
    await one.end()


@in_loop
async def test_the_last_news_of_a_life_have_what_stands_behind_the_last_line_end(actor):
    one = actor()
    await one.begin(1, 0)
    print("no end", end="")
    lines, code = [], None
    while code is None:
        news = msgspec.msgpack.decode(await one.news(1, False), type=News)
        lines, code = lines + news.lines, news.code
    assert any(line.startswith(b"no end") for line in lines)
