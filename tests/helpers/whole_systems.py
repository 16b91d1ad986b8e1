"""Six whole systems, each as one text, with what is asked of them and what they have to answer wherever they run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import hydroflow_nb as hf
from hydroflow_nb.lattices import Max
from hydroflow_nb.systems.launching import Launcher

CHAT = """
server = process();
clients = cluster(open=True);
@clients source_stream(requests) -> map(|text| (nickname, text)) ~> said;
@server said = map(|(said, _)| said) -> unique::<'static>() -> [0]told;
members(clients) -> [1]told;
told = cross_join_multiset::<'static>() -> unique::<'static>() ~> shown;
@clients shown = map(|(who, text)| f"{who}: {text}") -> unique::<'static>() -> for_each(log.append);
"""

# Replicas send on what is new to them, until all hold all of it.
STORE = """
client = process();
replicas = cluster();
@client source_stream(requests) ~> @replicas.by(|line| line) news;
@replicas {
    told = map(|(line, _)| line) -> news;
    news = union() -> unique::<'static>() -> tee();
    news -> for_each(log.append);
    news ~> @replicas.others told;
}
"""

TWO_PC = """
coordinator = process();
participants = cluster();

# Phase 1: all are asked, and vote.
@coordinator source_stream(requests) ~> @participants.all map(|t| (t, t not in refuses)) ~> vote;

# Phase 2: what all want is committed, what one does not want is aborted.
@coordinator vote = map(|((t, yes), who)| (t, yes, who)) -> unique::<'static>() -> tee();
vote -> filter_map(|(t, yes, _)| (t, 1) if yes else None) -> fold_keyed::<'static>(int, |n, one| n + one)
    -> filter(|(_, n)| n == len(participants)) -> map(|(t, _)| (t, "commit")) -> decision;
vote -> filter_map(|(t, yes, _)| None if yes else (t, "abort")) -> decision;
decision = union() -> unique::<'static>() -> tee();
decision -> for_each(log.append);
decision ~> @participants.all for_each(log.append);
"""

# Who is told that its time is over asks for votes in the next term; the first that asks in a term gets the vote.
ELECTION = """
nodes = cluster();
@nodes {
    source_stream(requests) -> map(|_| ($term.reveal() or 0) + 1) ~> @nodes.all asked;
    asked = tee();
    asked -> map(|(term, _)| Max(term)) -> term;
    term = state::<'static, Max>();
    asked -> reduce_keyed::<'static>(|first, _| first) -> unique::<'static>() ~> votes;
    votes = unique::<'static>() -> fold_keyed::<'static>(set, |voters, who| voters | {who})
        -> filter(|(_, voters)| 2 * len(voters) > len(nodes)) -> map(|(term, _)| term)
        -> unique::<'static>() -> for_each(log.append);
}
"""

# The work goes to one worker after the other.
QUEUE = """
desk = process();
workers = cluster();
@desk source_stream(requests) ~> @workers.next map(|job| (job, job.upper())) ~> done;
@desk done = map(|(result, _)| result) -> unique::<'static>() -> for_each(log.append);
"""

# The words of lines are counted at their own shards, each word of a line once, and all counts are told to the front.
WORDS = """
front = process();
shards = cluster();
@front source_stream(requests) -> flat_map(|line| [(word, line, place) for place, word in enumerate(line.split())])
    ~> @shards.by(|(word, *_)| word) read;
@shards read = unique::<'static>() -> map(|(word, *_)| (word, 1)) -> fold_keyed::<'static>(int, |n, one| n + one)
    -> unique::<'static>() ~> totals;
@front totals = map(|(total, _)| total) -> unique::<'static>() -> for_each(log.append);
"""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A system with its members, by location, and their own names; what is put into their inputs `requests`; and what
    then has to stand in their `log`.
    """

    text: str
    members: Mapping[str, Any]
    requests: Mapping[str, Sequence[str]]
    answers: Callable[[Mapping[str, Sequence[Any]]], bool]
    names: Mapping[str, Any] = field(default_factory=dict)

    def system(self, text: str | None = None, **names: Any) -> hf.System:
        """The system, or the one of another form of its text, with further names."""
        names = {
            "requests": hf.channel(),
            "log": [],
            "refuses": set(),
            "nickname": "nobody",
            "Max": Max,
            **names,
        }
        found = hf.compile(text or self.text, names, "whole")
        assert isinstance(found, hf.System)
        return found


def _sets(**expected: set[Any]) -> Callable[[Mapping[str, Sequence[Any]]], bool]:
    return lambda logs: {name: set(logs[name]) for name in expected} == expected


def _totals(**expected: int) -> Callable[[Mapping[str, Sequence[Any]]], bool]:
    # The greatest count of a word comes last.
    return lambda logs: dict(sorted(logs["front"])) == expected


def one_leader_a_term(logs: Mapping[str, Sequence[int]]) -> bool:
    """What an election promises."""
    terms = [term for log in logs.values() for term in log]
    return len(terms) == len(set(terms))


def has_log(flow: hf.Flow) -> bool:
    """Whether results come to a log where this flow runs."""
    return "log" in flow.used_names


_SAID = {"ann: hello", "ann: bye", "bob: here"}
_DECIDED = {("t1", "commit"), ("t2", "abort")}
_JOBS = ["a", "bc", "d", "ef", "g"]

PROGRAMS: Mapping[str, Program] = {
    "chat": Program(
        text=CHAT,
        members={"clients": {"ann": {"nickname": "ann"}, "bob": {"nickname": "bob"}}},
        requests={"ann": ["hello", "bye"], "bob": ["here"]},
        answers=_sets(ann=_SAID, bob=_SAID),
    ),
    "store": Program(
        text=STORE,
        members={"replicas": {"r1": {}, "r2": {}}},
        requests={"client": ["x=1", "y=2", "z=3"]},
        answers=_sets(r1={"x=1", "y=2", "z=3"}, r2={"x=1", "y=2", "z=3"}),
    ),
    "two_pc": Program(
        text=TWO_PC,
        members={"participants": {"p1": {}, "p2": {"refuses": {"t2"}}}},
        requests={"coordinator": ["t1", "t2"]},
        answers=_sets(coordinator=_DECIDED, p1=_DECIDED, p2=_DECIDED),
    ),
    "election": Program(
        text=ELECTION,
        members={"nodes": {"n1": {}, "n2": {}, "n3": {}}},
        requests={"n1": ["now"], "n2": ["now"]},
        answers=lambda logs: any(logs.values()) and one_leader_a_term(logs),
    ),
    "queue": Program(
        text=QUEUE,
        members={"workers": {"w1": {}, "w2": {}}},
        requests={"desk": _JOBS},
        answers=_sets(desk={(job, job.upper()) for job in _JOBS}),
    ),
    "words": Program(
        text=WORDS,
        members={"shards": {"s1": {}, "s2": {}}},
        requests={"front": ["to be or", "not to be", "that is the question"]},
        answers=_totals(to=2, be=2, **{"or": 1, "not": 1, "that": 1, "is": 1, "the": 1, "question": 1}),
    ),
}


def repeating(text: str, seconds: float) -> str:
    """The same system, in which all that goes over a `~>` is sent again and again: it bears networks that lose."""
    first, *rest = text.split(" ~> ")
    numbers = count(1)
    again = (
        f" -> [0]again{n}; source_interval({seconds}) -> [1]again{n};\n"
        f"again{n} = cross_join::<'static, 'tick>() -> map(|(item, _)| item) ~> {part}"
        for n, part in zip(numbers, rest, strict=False)
    )
    return first + "".join(again)


async def answers_when_launched(program: Program, on: Launcher, patience: float) -> bool:
    """Whether a system gives its answers where a launcher runs its members, in so many seconds."""
    system = program.system()
    async with await system.deploy(on=on, **program.members) as run:
        await asyncio.gather(
            *(run.send(member, "requests", line) for member, lines in program.requests.items() for line in lines)
        )
        telling = {name: one for name, one in run.members.items() if has_log(system.flows[one.location])}
        try:
            async with asyncio.timeout(patience):
                while not program.answers({name: one["log"] for name, one in telling.items()}):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            return False
    return True
