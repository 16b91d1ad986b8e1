"""A life as the program that deploys sees it: what ends it, and what only has a call fail."""

from __future__ import annotations

import asyncio

import pytest
import ray_stand_in
from ray_stand_in import Actor, ActorDiedError, ActorUnavailableError, RayTaskError
from town import in_loop

from hydroflow_nb.deploy.deployed_member import Ended, Refused
from hydroflow_nb.deploy.member_log import MemberLog
from hydroflow_nb.deploy.ray.task import Born, News
from hydroflow_nb.deploy.telling import MemberTelling, Telling
from hydroflow_nb.processes.asking import Answer, Word

TEXT_OF_A_FAULT = "ray::MemberActor.news()\n  at line 1\nKeyError: 'one'"


class Calls:
    """What a method gives, one call after the other: errors are raised, and the last value is given for ever."""

    def __init__(self, *given):
        self.given = list(given)
        self.arguments = []

    def __call__(self, *arguments):
        self.arguments.append(arguments)
        given = self.given.pop(0) if len(self.given) > 1 else self.given[0]
        if isinstance(given, Exception):
            raise given
        return given.wait() if isinstance(given, asyncio.Event) else given


@pytest.fixture
def log(tmp_path):
    return MemberLog(tmp_path / "one.log", MemberTelling(Telling(everything=False), "one", tmp_path / "one.log"))


async def born(ray, log, *news, **methods):
    """A life, and its actor, whose news these are."""
    from hydroflow_nb.deploy.ray.life import ActorLife

    methods.setdefault("begin", Calls(Born(life=1, pid=7, node="n")))
    actor = Actor(ray, news=Calls(*news), **methods)
    return await ActorLife.begin(actor, 1, 0, log)


def must_end(life):
    return asyncio.wait_for(life.ended.wait(), 30)


@in_loop
async def test_a_life_whose_news_fail_goes_on_and_is_heard_again(ray, log):
    ready, last = News(lines=[], is_ready=True), News(lines=[b"bye"], is_ready=True, code=0)
    life = await born(ray, log, RayTaskError(TEXT_OF_A_FAULT), ActorUnavailableError(), ready, last)
    await life.ready
    await must_end(life)
    assert life.code == 0
    note, line = log.lines
    assert note.endswith("KeyError: 'one'")
    assert line == "bye"


@pytest.mark.parametrize("sign", [ActorDiedError(), b""], ids=["its actor died", "another process answers"])
@in_loop
async def test_a_life_ends_with_its_process(ray, log, sign):
    life = await born(ray, log, sign)
    with pytest.raises(Ended):
        await life.ready
    await must_end(life)
    assert life.code is None


@in_loop
async def test_no_number_is_given_twice_where_the_answer_of_a_begin_was_lost(ray, log):
    def begin(number, former):
        begun.append(number)
        if len(begun) == 1:
            raise ActorUnavailableError
        return Born(life=number, pid=7, node="n")

    begun = []
    life = await born(ray, log, asyncio.Event(), begin=begin)
    assert begun == [1, 2]
    assert life.number == 2


@in_loop
async def test_what_cannot_be_answered_is_refused_and_the_life_goes_on(ray, log):
    life = await born(ray, log, asyncio.Event(), ask=Calls(RayTaskError(TEXT_OF_A_FAULT)))
    with pytest.raises(Refused, match="KeyError: 'one'"):
        await life.ask(Word.VALUE, b"")
    assert not life.ended.is_set()


@in_loop
async def test_what_changes_nothing_is_asked_again_where_the_actor_was_not_reached(ray, log):
    asked = Calls(ActorUnavailableError(), Answer(number=1, given=b"value"))
    life = await born(ray, log, asyncio.Event(), ask=asked)
    assert await life.ask(Word.VALUE, b"") == b"value"
    assert len(asked.arguments) == 2


@in_loop
async def test_an_item_is_not_sent_again_where_nobody_knows_whether_it_was_taken_in(ray, log):
    life = await born(ray, log, asyncio.Event(), ask=Calls(ActorUnavailableError()))
    with pytest.raises(Refused, match="whether it has taken the item in is not known"):
        await life.ask(Word.SEND, b"")


@pytest.mark.parametrize("sign", [ActorDiedError(), b""], ids=["its actor died", "another process answers"])
@in_loop
async def test_who_asks_a_process_that_is_gone_is_told_so(ray, log, sign):
    life = await born(ray, log, asyncio.Event(), ask=Calls(sign))
    with pytest.raises(Ended):
        await life.ask(Word.VALUE, b"")


@pytest.mark.parametrize("way", ["end", "kill"])
@in_loop
async def test_a_life_is_over_where_the_program_has_left_the_cluster_itself(ray, log, way):
    life = await born(ray, log, asyncio.Event())
    ray.is_connected = False
    with pytest.raises(Ended):
        await life.ask(Word.VALUE, b"")
    if way == "end":
        await life.end(30)
    else:
        life.kill()
    await must_end(life)
    with pytest.raises(OSError, match="not connected with the cluster"):
        await born(ray, log, asyncio.Event())


def bases() -> dict[str, list[str]]:
    """What the errors of Ray itself are, by the names of those that stand in for them."""
    from ray import exceptions

    return {error.__name__: kinds(getattr(exceptions, error.__name__)) for error in ray_stand_in.ERRORS}


def kinds(error: type[Exception]) -> list[str]:
    names = {error.__name__ for error in ray_stand_in.ERRORS}
    return [one.__name__ for one in error.__mro__ if one.__name__ in names]


def test_what_stands_in_has_the_errors_of_ray(namespace):
    assert namespace.call(bases) == {error.__name__: kinds(error) for error in ray_stand_in.ERRORS}
