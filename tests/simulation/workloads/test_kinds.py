"""The kinds of workloads: their names, and requests by chance."""

from __future__ import annotations

from random import Random

import pytest

from hydroflow_nb.simulation.workloads.kinds import KINDS, kind_of


def test_a_kind_has_our_name_and_maelstroms():
    assert list(KINDS) == ["echo", "unique-ids", "broadcast", "counter", "log", "transactions", "store"]
    assert kind_of("g-counter") is KINDS["counter"]
    assert kind_of("kafka") is KINDS["log"]


@pytest.mark.parametrize(("wrong", "meant"), [("brodcast", "did you mean 'broadcast'"), ("zzz", "there are echo")])
def test_another_name_is_refused(wrong, meant):
    with pytest.raises(ValueError, match=meant):
        kind_of(wrong)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_requests_are_chosen_by_chance_and_the_same_for_the_same_seed(kind):
    def bodies(seed):
        random = Random(seed)
        return [kind.body(number, random) for number in range(40)]

    assert bodies(1) == bodies(1)
    assert kind.name in ("echo", "unique-ids") or bodies(1) != bodies(2)


def test_values_of_transactions_are_written_once():
    random = Random(1)
    written = [
        (key, value)
        for number in range(100)
        for step, key, value in KINDS["transactions"].body(number, random)["txn"]
        if step == "w"
    ]

    assert len(written) == len(set(written))


@pytest.mark.parametrize(
    ("kind", "first"),
    [("broadcast", ["broadcast"]), ("counter", ["add"]), ("log", ["send", "send"]), ("store", ["write"])],
)
def test_the_first_requests_give_something_to_find(kind, first):
    for seed in range(20):
        random = Random(seed)
        assert [KINDS[kind].body(number, random)["type"] for number in range(len(first))] == first


def test_the_first_transactions_write_to_one_key():
    for seed in range(20):
        random = Random(seed)
        assert [KINDS["transactions"].body(number, random)["txn"][0] for number in (0, 1)] == [
            ["w", "x", 0],
            ["w", "x", 10],
        ]
