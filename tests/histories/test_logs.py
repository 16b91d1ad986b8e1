"""Checks of logs: right and wrong histories, and a comparison with every way to lay out a log."""

from __future__ import annotations

from random import Random

import pytest

from hydroflow_nb.histories import Operation, logs


def send(asked, message, offset=0, key="x", **more):
    return asked("send", fields={"key": key, "msg": message}, offset=offset, **more)


def poll(asked, found, begin=0, **more):
    return asked("poll", fields={"offsets": {"x": begin}}, msgs={"x": found}, **more)


def test_sends_and_polls_of_one_log_are_right(asked):
    history = [send(asked, "a", 0), send(asked, "b", 5), send(asked, "c", 5, key="y")]

    assert (
        logs.problems([*history, poll(asked, [[0, "a"], [5, "b"]]), poll(asked, [[5, "b"]], 1), poll(asked, [])]) == []
    )


@pytest.mark.parametrize(
    ("found", "complaint"),
    [
        ([[0, "z"]], "nobody had sent 'z'"),
        ([[0, "b"]], "two messages at the offset 0"),
        ([[1, "b"], [0, "a"]], "not in order"),
        ([[1, "b"]], "'a' at the offset 0 of 'x' is passed over"),
        ([[0, "a"], [2, "a"]], "is at two offsets"),
        ([[0, "a"], "b"], "no field `msgs`"),
    ],
)
def test_a_poll_that_is_wrong_is_told(asked, found, complaint):
    history = [send(asked, "a", 0), send(asked, "b", 1)]

    assert complaint in "\n".join(logs.problems([*history, poll(asked, found)]))


def test_a_poll_gives_what_was_asked_for(asked):
    history = [send(asked, "a", 0), send(asked, "b", 1)]

    assert "from 1" in logs.problems([*history, poll(asked, [[0, "a"]], 1)])[0]
    other = asked("poll", fields={"offsets": {"y": 0}}, msgs={"x": [[0, "a"]]})
    assert "was not asked for" in logs.problems([*history, other])[0]


def test_sends_one_after_the_other_have_offsets_that_grow(asked):
    assert "which was sent earlier" in logs.problems([send(asked, "a", 1), send(asked, "b", 0)])[0]
    first = send(asked, "a", 1, at=0, until=9)
    assert logs.problems([first, send(asked, "b", 0, at=1, until=8)]) == []


def test_what_was_taken_in_is_polled_in_the_end(asked):
    history = [send(asked, "a", 0), send(asked, "b", 1), send(asked, "c", answer=False)]

    assert logs.problems_at_rest([*history, poll(asked, [[0, "a"], [1, "b"]], is_final=True)]) == []
    assert logs.problems_at_rest([*history, poll(asked, [[0, "a"]], is_final=True)]) == [
        "n1 does not give 'b', sent to 'x' and taken in at 1"
    ]


def commit(asked, offset, **more):
    return asked("commit_offsets", fields={"offsets": {"x": offset}}, **more)


def listed(asked, **offsets):
    return asked("list_committed_offsets", fields={"keys": ["x"]}, offsets=offsets)


def test_committed_offsets_do_not_go_back(asked):
    history = [commit(asked, 3), commit(asked, 1), commit(asked, 7, answer=False)]

    assert logs.problems([listed(asked)]) == []
    assert logs.problems([*history, listed(asked, x=3)]) == []
    assert logs.problems([*history, listed(asked, x=7)]) == []
    assert "3 was committed" in logs.problems([*history, listed(asked, x=1)])[0]
    assert "3 was committed" in logs.problems([*history, listed(asked)])[0]
    assert "nobody has committed 5" in logs.problems([*history, listed(asked, x=5)])[0]


def by_layout(history):
    """Whether there is a log, a message at each place, that all answers are parts of."""
    at = {}
    for one in history:
        entries = one.result["msgs"]["x"] if one.call["type"] == "poll" else [[one.result["offset"], one.call["msg"]]]
        for offset, message in entries:
            if at.setdefault(offset, message) != message:
                return False
    if len(set(at.values())) < len(at):
        return False
    sends = {one.call["msg"]: one for one in history if one.call["type"] == "send"}
    for one in history:
        if one.call["type"] == "send":
            later = [offset for offset, message in at.items() if message in sends and one.precedes(sends[message])]
            if any(offset <= one.result["offset"] for offset in later):
                return False
            continue
        entries, begin = one.result["msgs"]["x"], one.call["offsets"]["x"]
        end = max((offset for offset, _ in entries), default=-1)
        if entries != [[offset, at[offset]] for offset in sorted(at) if begin <= offset <= end]:
            return False
        if any(message not in sends or one.precedes(sends[message]) for _, message in entries):
            return False
    return True


def random_log(random):
    history = []
    for number in range(random.randint(1, 3)):
        at = random.randint(0, 6)
        call = {"type": "send", "key": "x", "msg": number}
        result = {"type": "send_ok", "offset": number if random.random() < 0.8 else random.randint(0, 2)}
        history.append(Operation(call=call, result=result, invoked=at, completed=at + random.randint(1, 3)))
    for _ in range(random.randint(0, 2)):
        at = random.randint(0, 9)
        begin = random.randint(0, 1)
        entries = [[n, n] for n in range(begin, random.randint(begin, 3)) if random.random() < 0.9]
        call = {"type": "poll", "offsets": {"x": begin}}
        result = {"type": "poll_ok", "msgs": {"x": entries}}
        history.append(Operation(call=call, result=result, invoked=at, completed=at + random.randint(1, 3)))
    return history


def test_the_verdict_is_that_of_laying_out_the_log():
    random = Random(2)
    verdicts = []
    for _ in range(3_000):
        history = random_log(random)
        verdicts.append(not logs.problems(history))
        assert verdicts[-1] == by_layout(history), "\n".join(map(str, history))
    assert 300 < sum(verdicts) < 2_700
