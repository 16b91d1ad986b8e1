"""Clusters that are sharded by a key: one member, two and three give the same."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nightly import random_flows

import hydroflow_nb as hf
from hydroflow_nb.deploy import Compose
from hydroflow_nb.errors import GraphError

WORD_COUNT = """
front = process();
counters = cluster(shards_by="[0]");

@front source_stream(words) -> map(|word| (word, 1)) ~> counted;
@counters counted = fold_keyed::<'static>(int, |n, one| n + one) -> for_each(|(word, n)| counts.update({word: n}));
"""
# Each payment is matched with the orders of its customer.
ORDERS = """
front = process();
shops = cluster(shards_by='["customer"]');

@front source_stream(orders) ~> ordered;
@front source_stream(payments) ~> paid;
@shops ordered = map(|order| (order["customer"], order["thing"])) -> [0]matched;
@shops paid = map(|payment| (payment["customer"], payment["sum"])) -> [1]matched;
@shops matched = join::<'static>() -> unique::<'static>() -> for_each(bills.append);
"""
KEYS = st.sampled_from(["ada", "bob", "", 0, 1, 2, 1.0, True, -0.0, 2.5, (1, "a"), (1.0, "a"), None])


@cache
def word_count() -> hf.System:
    system = hf.compile(WORD_COUNT, {"words": hf.channel(), "counts": {}}, "word_count")
    assert isinstance(system, hf.System)
    return system


@cache
def orders() -> hf.System:
    names = {"orders": hf.channel(), "payments": hf.channel(), "bills": []}
    system = hf.compile(ORDERS, names, "orders")
    assert isinstance(system, hf.System)
    return system


@given(words=st.lists(KEYS, max_size=12), seed=st.integers(0, 99))
@random_flows(10)
def test_words_are_counted_alike_by_any_number_of_shards(words: list[Any], seed: int) -> None:
    for shards in (1, 2, 3):
        net = word_count().network(seed=seed, counters=shards)
        for word in words:
            net.send("front", "words", word)
        net.run()

        parts = [net[name]["counts"] for name in net.clusters["counters"]]
        assert sum(map(len, parts)) == len(set(words)), "each word is at one shard"
        assert {word: n for part in parts for word, n in part.items()} == Counter(words)


# What may run at a shard: some of it keeps its state for each key, some not, some loses the key.
STEPS = (
    "map(|(k, v)| (v, k))",
    "map(|(k, v)| ((k, v), 1))",
    "map(|(k, v)| (str(k)[:1], v))",
    "map(|(k, v)| (k, str(v)))",
    "filter(|(k, v)| v != 2)",
    "flat_map(|(k, v)| [(k, v), (k, 7)])",
    "unique::<'static>()",
    "enumerate_keyed::<'static>() -> map(|(k, (n, v))| (k, (n, v)))",
    "fold_keyed::<'static>(|| 0, |n, _| n + 1)",
    "reduce_keyed::<'static>(|x, y| max(x, y, key=str))",
    "fold::<'static>(|| 0, |n, _| n + 1) -> map(|n| (n, n))",
    "enumerate::<'static>()",
    "defer_tick()",
    "tee()",
)
AT_SHARDS = """
front = process();
shards = cluster(shards_by="{shards_by}");
@front source_stream(a) ~> came;
@shards came = {steps} -> for_each(out.append);
"""


def accepted(text: str, names: dict[str, Any]) -> hf.System | None:
    """The system of a text; None where a state at the shards is not kept for each key."""
    try:
        system = hf.compile(text, names, "at_shards")
    except GraphError as refused:
        codes = {one.code for one in refused.diagnostics if one.is_error}
        return None if codes == {"HF313"} else pytest.fail(str(refused))
    assert isinstance(system, hf.System)
    return system


@given(
    shards_by=st.sampled_from(["[0]", "[1]"]),
    steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=3),
    items=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=4),
)
@example("[0]", ["fold_keyed::<'static>(|| 0, |n, _| n + 1)", "enumerate_keyed::<'static>()"], [(0, 0), (1, 0)])
@random_flows(12)
def test_what_is_not_refused_gives_the_same_in_any_number_of_shards(
    shards_by: str, steps: list[str], items: list[Any]
) -> None:
    text = AT_SHARDS.format(shards_by=shards_by, steps=" -> ".join(steps))
    system = accepted(text, {"a": hf.channel(), "out": []})
    if system is None:
        return
    if str(system.flows["shards"].check(shard=shards_by)["out"].batching) == "differs":
        # A shard has fewer ticks than one member has, in which what is counted is given again.
        return

    def given_by(shards: int) -> set[Any]:
        # One item after the other, so that ticks end at the same places.
        net = system.network(seed=1, shards=shards)
        for item in items:
            net.send("front", "a", item)
            net.run()
        return {one for name in net.clusters["shards"] for one in net[name]["out"]}

    assert given_by(1) == given_by(2) == given_by(3)


@given(
    sends=st.lists(st.tuples(st.sampled_from(["orders", "payments"]), KEYS, st.integers(1, 3)), max_size=10),
    seed=st.integers(0, 99),
)
@random_flows(10)
def test_a_keyed_join_gives_the_same_in_any_number_of_shards(sends: list[Any], seed: int) -> None:
    def bills(shards: int) -> Counter[Any]:
        net = orders().network(seed=seed, shops=shards, fifo=False)
        for channel, customer, what in sends:
            net.send("front", channel, {"customer": customer, "thing" if channel == "orders" else "sum": what})
        net.run()
        return Counter(bill for name in net.clusters["shops"] for bill in net[name]["bills"])

    assert bills(1) == bills(2) == bills(3)


def test_the_shards_over_sockets_are_those_of_the_simulation() -> None:
    words = ["ada", "bob", "eve", "ada", "joe", 1, True, 1.0]

    async def over_sockets() -> dict[str, Any]:
        async with await word_count().start(counters=3) as run:
            for word in words:
                run.send("front", "words", word)
            async with asyncio.timeout(60):
                while sum(sum(run[name]["counts"].values()) for name in names) < len(words):
                    await asyncio.sleep(0.01)
            return {name: dict(run[name]["counts"]) for name in names}

    net = word_count().network(seed=1, counters=3)
    names = net.clusters["counters"]
    for word in words:
        net.send("front", "words", word)
    net.run()

    assert asyncio.run(over_sockets()) == {name: net[name]["counts"] for name in names}


def test_manifests_run_the_sharded_text() -> None:
    files = word_count().manifests(Compose(), counters=2)

    assert any('cluster(shards_by="[0]")' in files[name] for name in files)


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ("7", "'int' object is not subscriptable"),
        ("(object(), 1)", "cannot choose a member: an instance of `object` is equal to nothing but itself"),
    ],
)
def test_an_item_without_a_key_is_told_at_its_arrow(item: str, says: str) -> None:
    text = WORD_COUNT.replace("(word, 1)", item)
    system = hf.compile(text, {"words": hf.channel(), "counts": {}}, "word_count")
    assert isinstance(system, hf.System)
    net = system.network(counters=2)
    net.send("front", "words", "ada")

    with pytest.raises(Exception, match=says) as told:
        net.run()

    assert "`~>`" in "".join([str(told.value), *getattr(told.value, "__notes__", ())])


def test_what_shards_a_location_is_shown() -> None:
    system = word_count()

    assert repr(system.locations["counters"]) == "<cluster sharded by [0] counters>"
    assert repr(system) == "<system word_count: front, counters sharded by [0]>"
    assert "counters, cluster sharded by [0]" in system.svg()
    assert "counted by [0]" in system.svg()
    assert "sharded by [0]" in system.mermaid()
    assert "sharded by [0]" in system.dot()


@pytest.mark.parametrize(
    ("members", "says"),
    [
        (0, "`counters` is sharded, and each item goes to the member of its key: it has at least one member"),
        ([], "it has at least one member, as in `counters=1`"),
        ({}, "it has at least one member, as in `counters=1`"),
        ({"a", "b"}, "the members of `counters` share items in their order, and a set has none: give a list of names"),
        (frozenset({"a"}), "a set has none: give a list of names"),
    ],
    ids=["zero", "no names", "no dict", "a set", "a frozenset"],
)
def test_shards_are_at_least_one_and_in_an_order(members: Any, says: str) -> None:
    with pytest.raises(hf.HydroflowError) as refused:
        word_count().network(counters=members)

    assert says in str(refused.value)
    assert "open=True" not in str(refused.value)
