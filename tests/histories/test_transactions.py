"""Checks of transactions: each anomaly, and a comparison with trying all orders."""

from __future__ import annotations

from itertools import permutations
from random import Random

from hydroflow_nb.histories import Operation, transactions


def txn(asked, *steps, reads=(), **more):
    """A transaction of steps such as `("r", "x")` and `("w", "x", 1)`; `reads` are the values of the reads in turn."""
    values = iter(reads)
    call = [[kind, key, *(value or [None])] for kind, key, *value in steps]
    done = [[kind, key, next(values, None) if kind == "r" else value[0]] for kind, key, *value in steps]
    return asked("txn", fields={"txn": call}, txn=done, **more)


def test_reads_of_what_was_committed_are_right(asked):
    history = [
        txn(asked, ("w", "x", 1), ("w", "x", 2)),
        txn(asked, ("r", "x"), ("w", "x", 3), ("r", "x"), reads=[2, 3]),
        txn(asked, ("r", "x"), reads=[None]),
        txn(asked, ("w", "y", 4), answer=False),
        txn(asked, ("r", "y"), reads=[4]),
    ]

    assert transactions.problems(history) == []


def problem(*history):
    return "\n".join(transactions.problems(history))


def test_each_anomaly_is_named(asked):
    failed = txn(asked, ("w", "x", 1), error=30)
    assert "G1a" in problem(failed, txn(asked, ("r", "x"), reads=[1]))
    twice = txn(asked, ("w", "x", 1), ("w", "x", 2))
    assert "G1b" in problem(twice, txn(asked, ("r", "x"), reads=[1]))
    one = txn(asked, ("w", "x", 1), ("r", "y"), reads=[2], at=0, until=9)
    other = txn(asked, ("w", "y", 2), ("r", "x"), reads=[1], at=0, until=9)
    assert "G1c" in problem(one, other)
    assert "nobody had written" in problem(txn(asked, ("r", "x"), reads=[9]))
    assert "nobody had written" in problem(txn(asked, ("r", "x"), reads=[[9]]))
    assert "itself" in problem(txn(asked, ("w", "x", 1), ("r", "x"), reads=[None]))
    assert "itself" in problem(twice, txn(asked, ("w", "x", 7), ("r", "x"), reads=[2]))


def test_an_answer_with_other_steps_is_wrong(asked):
    asks = {"txn": [["r", "x", None], ["w", "x", 1]]}

    for done in (None, [], [["r", "x", None]], [["r", "y", None], ["w", "x", 1]], [["r", "x", None], ["w", "x", 2]]):
        assert "the same steps" in problem(asked("txn", fields=asks, txn=done))


def test_nodes_that_differ_in_the_end_are_told(asked):
    same = [txn(asked, ("r", "x"), node=node, reads=[1], is_final=True) for node in ("n1", "n2")]
    other = txn(asked, ("r", "x"), node="n2", reads=[2], is_final=True)

    assert transactions.problems_at_rest(same) == []
    assert transactions.problems_at_rest([same[0], other]) == ["the nodes differ at 'x' in the end: n1 has 1, n2 has 2"]


def by_all_orders(history):
    """Whether there is an order of all transactions in which each reads what one before it wrote last, or nothing."""

    def fits(order):
        before = {}
        for one in order:
            own = {}
            for kind, key, value in one.result["txn"]:
                if kind == "w":
                    own[key] = value
                elif key in own:
                    if value != own[key]:
                        return False
                elif value is not None and value not in before.get(key, ()):
                    return False
            for key, value in own.items():
                before.setdefault(key, set()).add(value)
        return True

    return any(map(fits, permutations(history)))


def random_history(random):
    values = {}
    calls = []
    for number in range(random.randint(2, 4)):
        steps = []
        for step in range(random.randint(1, 3)):
            key = random.choice("xy")
            if random.random() < 0.5:
                values.setdefault(key, [None]).append(10 * number + step)
                steps.append(["w", key, 10 * number + step])
            else:
                steps.append(["r", key, None])
        calls.append(steps)
    history = []
    for steps in calls:
        done = [[k, key, x if k == "w" else random.choice(values.get(key, [None]))] for k, key, x in steps]
        call, result = {"type": "txn", "txn": steps}, {"type": "txn_ok", "txn": done}
        history.append(Operation(call=call, result=result, invoked=0, completed=9))
    return history


def test_the_verdict_is_that_of_trying_all_orders():
    random = Random(3)
    verdicts = []
    for _ in range(2_000):
        history = random_history(random)
        verdicts.append(not transactions.problems(history))
        assert verdicts[-1] == by_all_orders(history), "\n".join(map(str, history))
    assert 300 < sum(verdicts) < 1_700
