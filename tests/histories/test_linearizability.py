"""Linearizability: small histories, right and wrong, and a comparison with trying all orders."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.histories import UNKNOWN, Operation, Register, linearize, linearize_keys


def op(invoked, completed, *call, result=None):
    return Operation(call=call, result=result, invoked=invoked, completed=completed)


WRITE_THEN_READ = [op(0, 1, "write", 1), op(2, 3, "read", result=1)]
RIGHT = {
    "nothing": [],
    "a read of the start": [op(0, 1, "read", result=None)],
    "a read of what was written": WRITE_THEN_READ,
    "a read beside a write sees the old value": [op(0, 5, "write", 1), op(1, 2, "read", result=None)],
    "a read beside a write sees the new value": [op(0, 5, "write", 1), op(1, 2, "read", result=1)],
    "two writes at once in either order": [
        op(0, 5, "write", 1),
        op(0, 5, "write", 2),
        op(6, 7, "read", result=1),
    ],
    "a write without an answer is seen late": [
        op(0, None, "write", 1),
        op(1, 2, "read", result=None),
        op(8, 9, "read", result=1),
    ],
    "a write without an answer is never seen": [op(0, None, "write", 1), op(8, 9, "read", result=None)],
    "one of two swaps wins": [op(0, 5, "cas", None, 1, result=True), op(0, 5, "cas", None, 2, result=False)],
    "a swap without an answer": [
        op(0, 1, "write", 1),
        op(2, None, "cas", 1, 2),
        op(3, 4, "read", result=1),
        op(5, 6, "read", result=2),
    ],
    "what ends as another begins overlaps it": [op(0, 1, "write", 1), op(1, 2, "read", result=None)],
}
WRONG = {
    "a value that nobody wrote": [op(0, 1, "read", result=1)],
    "a stale read": [op(0, 1, "write", 1), op(2, 3, "read", result=None)],
    "new, then old": [op(0, 9, "write", 1), op(1, 2, "read", result=1), op(3, 4, "read", result=None)],
    "both swaps win": [op(0, 5, "cas", None, 1, result=True), op(0, 5, "cas", None, 2, result=True)],
    "a write without an answer is seen, then not": [
        op(0, None, "write", 1),
        op(1, 2, "read", result=1),
        op(3, 4, "read", result=None),
    ],
    "readers disagree on the order": [
        op(0, 9, "write", 1),
        op(0, 9, "write", 2),
        op(1, 2, "read", result=1),
        op(3, 4, "read", result=2),
        op(5, 6, "read", result=1),
    ],
}


@pytest.mark.parametrize("history", RIGHT.values(), ids=RIGHT)
def test_a_linearizable_history_has_an_order_that_a_single_thread_could_have_done(history):
    found = linearize(history)

    assert found
    assert is_an_order(found.order)
    assert {id(one) for one in history if one.is_answered} <= {id(one) for one in found.order}


@pytest.mark.parametrize("history", WRONG.values(), ids=WRONG)
def test_a_history_that_is_not_linearizable_says_where_it_is_stuck(history):
    found = linearize(history)

    assert not found
    assert is_an_order(found.order)
    assert found.stuck
    assert "none of these can come next" in str(found)


def is_an_order(order):
    """Whether operations in this order obey the register and the clock."""
    state = None
    for at, one in enumerate(order):
        if any(later.precedes(one) for later in order[at + 1 :]):
            return False
        fits, state = Register().step(state, one.call, one.result if one.is_answered else UNKNOWN)
        if not fits:
            return False
    return True


def by_all_orders(history):
    """Whether some order of the answered operations, and of some of the others, is one that a thread could do."""
    answered = [one for one in history if one.is_answered]
    open_ones = [one for one in history if not one.is_answered]
    return any(
        is_an_order(order)
        for chosen in range(1 << len(open_ones))
        for order in permutations(answered + [one for at, one in enumerate(open_ones) if chosen >> at & 1])
    )


def random_history(random):
    history = []
    for _ in range(random.randint(1, 5)):
        invoked = random.randint(0, 8)
        completed = None if random.random() < 0.2 else invoked + random.randint(1, 5)
        match random.choice(["read", "write", "cas"]):
            case "read":
                history.append(op(invoked, completed, "read", result=random.choice([None, 1, 2])))
            case "write":
                history.append(op(invoked, completed, "write", random.choice([1, 2])))
            case _:
                old, new = random.choice([None, 1, 2]), random.choice([1, 2])
                history.append(op(invoked, completed, "cas", old, new, result=random.random() < 0.5))
    return history


VALUES = st.sampled_from([None, 1, 2])
CALLS = st.one_of(
    st.just(("read",)),
    st.tuples(st.just("write"), VALUES),
    st.tuples(st.just("cas"), VALUES, VALUES),
)


@st.composite
def small_histories(draw):
    """Up to five operations of a register, with any answers, at moments that may be the same."""
    history = []
    for call in draw(st.lists(CALLS, max_size=5)):
        invoked = draw(st.integers(0, 8))
        took = draw(st.one_of(st.none(), st.integers(0, 5)))
        result = draw(VALUES if call[0] == "read" else st.booleans())
        history.append(op(invoked, None if took is None else invoked + took, *call, result=result))
    return history


@given(small_histories())
def test_the_verdict_is_that_of_brute_force(history):
    found = linearize(history)

    assert bool(found) == by_all_orders(history)
    assert is_an_order(found.order)
    assert bool(found) or found.stuck


def test_the_verdict_is_that_of_trying_all_orders():
    random = Random(1)
    verdicts = []
    for _ in range(500):
        history = random_history(random)
        found = linearize(history)
        assert bool(found) == by_all_orders(history), "\n".join(map(str, history))
        assert is_an_order(found.order)
        verdicts.append(bool(found))
    assert 100 < sum(verdicts) < 400


def test_keys_are_checked_each_by_itself():
    x = [op(0, 1, "write", "x", 1), op(2, 3, "read", "x", result=1)]
    y = [op(0, 1, "write", "y", 1), op(2, 3, "read", "y", result=None)]

    assert linearize_keys(x)
    found = linearize_keys([*x, *y])

    assert not found
    assert found.key == "y"
    assert "not linearizable at the key 'y'" in str(found)
    assert list(found.stuck) == [y[1]]


def test_many_operations_that_overlap_are_decided_without_trying_their_orders():
    writers = [op(0, 100, "write", number) for number in range(14)]
    readers = [op(200 + number, 201 + number, "read", result=7) for number in range(50)]

    assert linearize([*writers, *readers])
    assert not linearize([*writers, *readers, op(300, 301, "read", result=99)])


def long_history(random, count, clients):
    """What clients saw of a register that took each operation at one moment between call and answer."""
    free, moments = [0.0] * clients, []
    for _ in range(count):
        client = min(range(clients), key=free.__getitem__)
        invoked = free[client] + random.random()
        moment = invoked + 3 * random.random()
        free[client] = moment + 3 * random.random()
        moments.append((moment, invoked, free[client]))
    value, history = None, []
    for number, (_, invoked, completed) in enumerate(sorted(moments)):
        match random.choice(["read", "write", "cas"]):
            case "read":
                history.append(op(invoked, completed, "read", result=value))
            case "write":
                value = number % 5
                history.append(op(invoked, completed, "write", value))
            case _:
                old, new = random.randrange(5), random.randrange(5)
                history.append(op(invoked, completed, "cas", old, new, result=value == old))
                value = new if value == old else value
    return history


def test_a_thousand_operations_of_ten_clients_are_decided():
    history = long_history(Random(1), 1_000, 10)
    found = linearize(history)

    assert found
    assert len(found.order) == 1_000
    at = next(number for number in range(500, 1_000) if history[number].call == ("read",))
    assert not linearize([*history[:at], replace(history[at], result="never written"), *history[at + 1 :]])


def test_a_call_that_a_register_does_not_have_is_refused():
    with pytest.raises(ValueError, match="no call"):
        linearize([op(0, 1, "increment")])
