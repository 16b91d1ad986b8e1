"""What nodes answer is not trusted: no answer, whatever it holds, breaks a check."""

from __future__ import annotations

from random import Random

import pytest

from hydroflow_nb.histories import Operation
from hydroflow_nb.histories.answers import wrong_types
from hydroflow_nb.simulation.workloads.kinds import KINDS

FIELDS = ("id", "messages", "value", "offset", "msgs", "offsets", "txn", "echo", "code")
JUNK = (None, True, -1, 0, 3, 2.5, "x", [], [3], [[0]], [[0, 1]], [["r", "x", [1]]], {}, {"x": 3}, {"x": [[0, {}]]})


def junk(random, call, first):
    fields = {field: random.choice(JUNK) for field in FIELDS if random.random() < 0.7}
    if "txn" in call and random.random() < 0.5:
        fields["txn"] = [[kind, key, random.choice(JUNK) if kind == "r" else x] for kind, key, x in call["txn"]]
    kind = random.choice([f"{call['type']}_ok", f"{call['type']}_ok", "error", 7, None])
    return Operation(
        call=call,
        result={"type": kind, "in_reply_to": 1, **fields},
        invoked=first,
        completed=first + random.randint(1, 4),
        node=random.choice(["n1", "n2"]),
        is_final=random.random() < 0.3,
    )


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_check_says_what_is_wrong_and_does_not_fail(kind):
    random = Random(4)
    wrong = 0
    for _ in range(100):
        bodies = [kind.body(number, random) for number in range(6)] + [dict(body) for body in kind.last]
        history = [junk(random, body, 2 * at) for at, body in enumerate(bodies)]
        found = [*wrong_types(history), *kind.always(history), *kind.at_rest(history)]
        assert all(isinstance(one, str) for one in found)
        wrong += bool(found)
    assert wrong > 80
