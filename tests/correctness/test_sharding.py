"""What is the same if the items of a flow's inputs are split among shards by a key, and runs that prove it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from nightly import IS_NIGHTLY

import hydroflow_nb as hf
from hydroflow_nb.operators.rules.content import Time

SINK = " -> for_each(out.append);"
UNIQUE = "-> unique::<'static>()"
COUNTED = "fold_keyed::<'static>(|| 0, |n, _| n + 1)"


@dataclass(frozen=True)
class Put:
    key: int
    value: int


@dataclass
class Aside:
    """Equal ones may have different keys."""

    key: int = field(compare=False)
    value: int


def flow(text, **names):
    _, inbound, _ = hf.Network().bind(5000)
    around = {
        "inbound": inbound,
        "a": hf.channel(),
        "b": hf.channel(),
        "out": [],
        "seen": [],
        "Put": Put,
        "Aside": Aside,
        "hf": hf,
    }
    return hf.compile(text, namespace={**around, **names})


def level(text, shard="[0]"):
    return str(flow(text + SINK).check(shard=shard)["out"].sharding)


# By what comes before the output and where the key stands: the level.
LEVELS = {
    ("source_stream(a)", "[0]"): "bag",
    ("source_stream(a) -> map(|x| hash_of(x))", "[0]"): "bag",
    ("source_iter([1, 2])", "[0]"): "set",
    ("source_stream(a) -> defer_tick() -> filter(|(k, v)| v > 1) -> inspect(print)", "[0]"): "bag",
    # Operators with keys.
    (f"source_stream(a) -> {COUNTED}", "[0]"): "final",
    (f"source_stream(a) -> {COUNTED}", "[1]"): "differs",
    (f"source_stream(a) -> {COUNTED} -> fold_keyed(|| 0, |n, _| n + 1)", "[0]"): "final",
    (f"source_stream(a) -> {COUNTED} -> map(|(k, n)| (n, k)) -> fold_keyed(|| 0, |n, _| n + 1)", "[0]"): "differs",
    ("source_stream(a) -> reduce_keyed::<'static>(max) -> filter(|(k, v)| v > 2)", "[0]"): "final",
    ("source_stream(a) -> enumerate_keyed::<'static>()", "[0]"): "bag",
    ("source_stream(a) -> enumerate_keyed::<'static>()", "[1]"): "differs",
    # Whole items.
    ("source_stream(a) -> unique::<'static>()", "[1]"): "bag",
    ("source_stream(a) -> map(|(k, v)| v) -> unique::<'static>()", "[0]"): "differs",
    ("source_stream(a) -> map(|(k, v)| k) -> unique::<'static>()", "[0]"): "bag",
    # All items in one place.
    ("source_stream(a) -> fold::<'static>(|| 0, |n, _| n + 1)", "[0]"): "differs",
    ("source_stream(a) -> reduce::<'static>(max)", "[0]"): "differs",
    ("source_stream(a) -> sort()", "[0]"): "differs",
    ("source_stream(a) -> enumerate::<'static>()", "[0]"): "differs",
    ("source_stream(a) -> scan::<'static>(|| 0, |n, x| (n + 1, n))", "[0]"): "differs",
    ("source_stream(a) -> [0]z; source_stream(b) -> [1]z; z = zip::<'static>()", "[0]"): "differs",
    ("source_stream(a) -> [0]c; source_stream(b) -> [1]c; c = cross_join::<'static>()", "[0]"): "differs",
    ("source_stream(a) -> [pos]d; source_stream(b) -> [neg]d; d = difference::<'static>()", "[0]"): "final",
    ("source_stream(a) -> map(str) -> [pos]d; source_stream(b) -> [neg]d; d = difference::<'static>()", "[0]"): (
        "differs"
    ),
    # What is equal in all shards.
    ("source_iter([1, 2]) -> fold::<'static>(|| 0, |n, _| n + 1)", "[0]"): "final",
    ("source_stream(a) -> [0]c; source_iter([1]) -> [1]c; c = cross_join_multiset::<'tick, 'static>()", "[0]"): "bag",
    ("source_stream(a) -> [pos]d; source_iter([1]) -> [neg]d; d = difference::<'tick, 'static>()", "[0]"): "bag",
    ("source_iter([1]) -> [pos]d; source_stream(a) -> [neg]d; d = difference::<'static>()", "[0]"): "differs",
    ("source_stream(a) -> [input]c; source_iter([1]) -> [single]c; c = cross_singleton::<'static>()", "[0]"): "bag",
    ("source_iter([1]) -> [input]c; source_stream(a) -> [single]c; c = cross_singleton::<'static>()", "[0]"): "differs",
    ("source_stream(a) -> u; source_iter([(1, 2)]) -> u; u = union()", "[0]"): "set",
    (f"source_stream(a) -> u; source_iter([(1, 2)]) -> u; u = union() -> {COUNTED}", "[0]"): "differs",
    (f"source_stream(a) -> u; source_stream(b) -> u; u = union() -> {COUNTED}", "[0]"): "final",
    (f"source_stream(a) -> u; source_stream(b) -> map(|(k, v)| (v, k)) -> u; u = union() -> {COUNTED}", "[0]"): (
        "differs"
    ),
    # Joins.
    ("source_stream(a) -> [0]j; source_stream(b) -> [1]j; j = join::<'static>()", "[0]"): "set",
    ("source_stream(a) -> [0]j; source_stream(b) -> [1]j; j = join::<'static>()", "[1]"): "differs",
    (
        f"source_stream(a) -> [0]j; source_stream(b) -> [1]j; j = join::<'static>() {UNIQUE} -> {COUNTED}",
        "[0]",
    ): "final",
    ("source_stream(a) -> [0]j; source_iter([(1, 2)]) -> [1]j; j = join_multiset::<'tick, 'static>()", "[1]"): "bag",
    ("source_stream(a) -> [pos]d; source_stream(b) -> map(|(k, v)| k) -> [neg]d; d = anti_join::<'static>()", "[0]"): (
        "final"
    ),
    ("source_stream(a) -> [pos]d; source_stream(b) -> map(|(k, v)| v) -> [neg]d; d = anti_join::<'static>()", "[0]"): (
        "differs"
    ),
    ("source_stream(a) -> [0]j; source_stream(b) -> [1]j; j = join_fused_lhs::<'static>(Reduce(max))", "[0]"): "final",
    ("source_stream(a) -> [0]j; source_stream(b) -> [1]j; j = join_fused_lhs::<'static>(Reduce(max))", "[1]"): (
        "differs"
    ),
    # Messages: the key is in the payload, and not in the address.
    (f"source_stream_serde(inbound) -> map(|(m, _)| m) -> {COUNTED}", "[0]"): "final",
    (f"source_stream_serde(inbound) -> map(|(m, address)| (address, m)) -> {COUNTED}", "[0]"): "differs",
    # States.
    ("h = source_stream(a) -> handoff(); iter_ref($h)", "[0]"): "bag",
    (f"h = source_stream(a) -> handoff(); iter_ref($h) -> {COUNTED}", "[0]"): "final",
    ("n = source_stream(a) -> fold::<'static>(|| 0, |n, _| n + 1); source_stream(b) -> map(|x| (x, $n))", "[0]"): (
        "differs"
    ),
}


@pytest.mark.parametrize(("text", "shard"), LEVELS)
def test_an_output_has_its_level_in_shards(text, shard):
    assert level(text, shard) == LEVELS[text, shard]


# What a closure makes of an item, where the key stands in the item, and whether it is in the key of the result.
MOVES = {
    ("map(|w| (w, 1))", "[0]"): True,
    ("map(|w| (len(w), 1))", "[0]"): False,
    ("map(|(k, v)| (k, v + 1))", "[0]"): True,
    ("map(|(k, v)| (v, k))", "[0]"): False,
    ("map(|(k, v)| (v, k))", "[1]"): True,
    ("map(|(k, v)| ((k, v), 1))", "[0]"): True,
    ("map(|(_, (k, v))| (k, v))", "[1][0]"): True,
    ("map(|(_, (k, v))| (k, v))", "[1][1]"): False,
    ("map(|x| (x[0], x))", "[0]"): True,
    ("map(|x| (x[1], x))", "[0]"): False,
    ("map(|x| (x.key, x.value))", ".key"): True,
    ("map(|x| (x.key, x.value))", ".value"): False,
    ("map(|x| (x[0].key, x[1]))", "[0].key"): True,
    ("map(|x| (x[0], x[1]))", "[0].key"): True,
    ("map(|x| (x[0].key[0], 1))", "[0].key"): False,
    ("map(|Put(k, v)| (k, v))", ".key"): True,
    ("map(|Put(k, v)| (v, k))", ".key"): False,
    ("map(|(k, v)| Put(k, v)) -> map(|x| (x.key, x.value))", "[0]"): True,
    ("map(|(k, v)| Put(value=k, key=v)) -> map(|x| (x.value, 1))", "[0]"): True,
    ("map(|(k, v)| Put(v, k)) -> map(|x| (x.key, 1))", "[0]"): False,
    ("map(|(k, v)| Aside(k, v)) -> map(|x| (x.key, 1))", "[0]"): False,
    ("map(|(k, *rest)| (k, rest))", "[0]"): True,
    ("map(|(*rest, k)| (k, rest))", "[0]"): False,
    ("map(lambda x: (x[0], x[1]))", "[0]"): True,
    ("map(lambda x: (str(x[0]), x[1]))", "[0]"): False,
    ("map(swap)", "[0]"): False,
    ("map(swap)", "[1]"): True,
    ("map(|(k, v)| (k, v) if v else (k, 0))", "[0]"): True,
    ("map(|(k, v)| (k, v) if v else (v, k))", "[0]"): False,
    ("map(|(k, v)| (k, v) if v else None)", "[0]"): False,
    ("filter_map(|(k, v)| (k, v) if v else None)", "[0]"): True,
    ("flat_map(|(k, v)| [(k, v), (k, 1)])", "[0]"): True,
    ("flat_map(|(k, v)| [(k, v), (v, k)])", "[0]"): False,
    ("flat_map(|(k, vs)| [(k, v) for v in vs])", "[0]"): True,
    ("flat_map(|(k, vs)| [(k, v) for k in vs for v in [k]])", "[0]"): False,
    ("flat_map(|(k, vs)| k)", "[0]"): False,
    ("map(|x| (x, 1)) -> flatten() -> map(|x| (x, 1))", "[0]"): False,
}


def swap(pair):
    return pair[1], pair[0]


@pytest.mark.parametrize(("text", "shard"), MOVES)
def test_the_key_is_followed_through_closures(text, shard):
    found = flow(f"source_stream(a) -> {text} -> {COUNTED}{SINK}", swap=swap).check(shard=shard)["out"].sharding
    assert (found == "final") == MOVES[text, shard]


def test_the_key_is_followed_through_ports():
    text = "u = source_stream(a) -> unzip(); u[0] -> unique::<'static>() -> for_each(out.append);"
    report = flow(text + "u[1] -> unique::<'static>() -> for_each(seen.append);").check(shard="[0]")
    assert (report["out"].sharding, report["seen"].sharding) == ("bag", "differs")
    text = "d = source_stream(a) -> demux(|(k, v), (low, high)| low.give(k) if v else high.give(v));"
    text += "d[low] -> unique::<'static>() -> for_each(out.append);"
    report = flow(text + "d[high] -> unique::<'static>() -> for_each(seen.append);").check(shard="[0]")
    assert (report["out"].sharding, report["seen"].sharding) == ("bag", "differs")


def test_the_key_of_a_system_stands_in_what_is_sent():
    text = """
        front = process();
        shards = cluster();
        @front source_stream(a) ~> @shards.by(|(page, _)| page) asked;
        @shards asked = union() -> tee();
        asked -> unique::<'static>() -> map(|(page, _)| (page, 1)) -> fold_keyed::<'static>(int, |n, one| n + one)
            -> for_each(out.append);
        asked -> map(|(page, user)| user) -> unique::<'static>() -> for_each(seen.append);
        source_stream(b) -> asked;
    """
    report = flow(text).flows["shards"].check(shard="[0]")
    assert (report["out"].sharding, report["seen"].sharding) == ("final", "differs")


def test_each_channel_of_a_system_has_its_own_items():
    text = """
        front = process();
        shards = cluster();
        @front source_stream(a) ~> @shards.by(|(page, _)| page) asked;
        @front source_stream(b) ~> @shards.by(|(page, _)| page) told;
        @shards asked = map(|(page, n)| (page, n)) -> reduce_keyed::<'static>(max) -> for_each(out.append);
        @shards told = map(|(page, n)| (n, page)) -> reduce_keyed::<'static>(max) -> for_each(seen.append);
    """
    report = flow(text).flows["shards"].check(shard="[0]")
    assert (report["out"].sharding, report["seen"].sharding) == ("final", "differs")


@pytest.mark.parametrize(
    ("route", "shown", "level"),
    [
        (".by(|(page, _)| page)", COUNTED, "final"),
        (".all", COUNTED, "final"),
        (".all", "fold::<'static>(|| 0, |n, _| n + 1)", "final"),
        (".next", COUNTED, "differs"),
        (".next", "identity()", "bag"),
        (".all", "identity()", "set"),
        (".by(|(page, _)| page)", "map(|x| (x, shards.index(x)))", "differs"),
    ],
)
def test_the_route_of_a_channel_says_which_items_a_shard_has(route, shown, level):
    text = f"front = process(); shards = cluster(); @front source_stream(a) ~> @shards{route} {shown}{SINK}"
    assert flow(text).flows["shards"].check(shard="[0]")["out"].sharding == level


def test_members_that_send_each_other_items_have_them_in_several_shards():
    text = f"shards = cluster(); @shards source_stream(a) ~> @shards.others map(|(x, _)| x) -> {{}}{SINK}"
    report = flow(text.format(COUNTED)).flows["shards"].check(shard="[0]")
    assert report["out"].sharding == "differs"
    assert [label.text for label in report.diagnostics[0].labels] == ["`~>` brings items to several shards"]
    assert flow(text.format("identity()")).flows["shards"].check(shard="[0]")["out"].sharding == "set"


def test_all_members_of_an_open_cluster_are_known_to_each_shard():
    text = f"""
        clients = cluster(open=True);
        shards = cluster();
        @clients source_stream(a) ~> @shards.by(|(page, _)| page) asked;
        @shards asked = map(|(item, client)| item) -> {COUNTED} -> [0]told;
        members(clients) -> [1]told;
        told = cross_join::<'static>() ~> shown;
        @clients shown = for_each(out.append);
        @shards members(clients) -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(seen.append);
    """
    report = flow(text).flows["shards"].check(shard="[0]")
    assert report["seen"].sharding == "final"
    assert "HF313" not in [one.code for one in report.diagnostics]


def test_without_a_key_nothing_is_said_of_shards():
    report = flow(f"source_stream(a){SINK}").check(replicas=3)
    assert report["out"].sharding is None
    assert "sharding" not in report.heads
    with pytest.raises(ValueError, match="batching"):
        report["out"].because_of("sharding")


def test_the_table_has_a_column_and_the_finding_says_where_the_key_is_lost():
    text = f"source_stream(a) -> map(|w| (len(w), 1)) -> {COUNTED}{SINK}"
    report = flow(text).check(shard="[0]")
    assert "sharding" in report.heads
    (found,) = report.diagnostics
    assert found.code == "HF313"
    assert found.message.startswith("`out` is not the same if split by `[0]`: `fold_keyed` needs all items")
    assert found.span.text.startswith("fold_keyed")
    assert [label.span.text for label in found.labels] == ["map(|w| (len(w), 1))"]


def test_sharding_belongs_to_the_surroundings():
    one = flow(f"source_stream(a) -> fold::<'static>(|| 0, |n, _| n + 1){SINK}")
    assert one.check()["out"].level == "final"
    assert one.check(shard="[0]")["out"].level == "differs"
    assert one.check(shard="[0]")["out"].batching == "final"


@pytest.mark.parametrize("shard", ["", "0", "key", "[x]", "[0", "[-1]", ".", "[0].", ".a b", 0])
def test_what_is_no_place_is_refused(shard):
    with pytest.raises(ValueError, match=r"\[0\]\.key"):
        flow(f"source_stream(a){SINK}").check(shard=shard)


def test_a_cycle_keeps_what_each_way_round_keeps():
    text = "source_stream(a) -> r; r = union() -> tee(); r -> unique::<'static>() -> map(|(k, v)| {}) -> r; r"
    assert level(text.format("(k, v)") + " -> unique::<'static>()") == "bag"
    assert level(text.format("(v, k)") + " -> unique::<'static>()") == "differs"


# --- runs ------------------------------------------------------------------------------------------------------------

STEPS = (
    "map(|(k, v)| (v, k))",
    "map(|(k, v)| (k, (v, 1)))",
    "map(|(k, v)| ((k, v), 1))",
    "map(|x| (x[0], x))",
    "map(|x| (x, x[1]))",
    "map(|(k, v)| (str(k)[:1], v))",
    "filter(|(k, v)| v != 2)",
    "filter_map(|(k, v)| (k, v) if k != v else None)",
    "flat_map(|(k, v)| [(k, v), (k, 7)])",
    "flat_map(|(k, v)| [(k, v), (v, k)])",
    "flat_map(|(k, v)| [(k, w) for w in (v, 1)])",
    "unique::<'static>()",
    "unique_keyed::<'static>()",
    "enumerate_keyed::<'static>()",
    "defer_tick()",
    "persist::<'static>()",
    "multiset_delta()",
    "fold_keyed::<'static>(|| 0, |n, _| n + 1)",
    "fold_keyed(|| 0, |n, _| n + 1)",
    "reduce_keyed::<'static>(|x, y| x if str(x) > str(y) else y)",
    "identity()",
    "sort_by_key(|(k, v)| str(k))",
    "enumerate::<'static>()",
)
PAIRS = (
    "{x} -> [0]{n}; {y} -> [1]{n}; {n} = join::<'static>()",
    "{x} -> [0]{n}; {y} -> [1]{n}; {n} = join_multiset::<'static>()",
    "{x} -> [0]{n}; {y} -> [1]{n}; {n} = join::<'tick, 'static>()",
    "{x} -> [0]{n}; {y} -> [1]{n}; {n} = cross_join::<'static>()",
    "{x} -> [0]{n}; {y} -> [1]{n}; {n} = cross_join_multiset::<'tick, 'static>()",
    "{x} -> [pos]{n}; {y} -> [neg]{n}; {n} = difference::<'static>()",
    "{x} -> [pos]{n}; {y} -> [neg]{n}; {n} = difference::<'tick, 'static>()",
    "{x} -> [pos]{n}; {y} -> map(|(k, v)| k) -> [neg]{n}; {n} = anti_join::<'static>()",
    "{x} -> [build]{n}; {y} -> [probe]{n}; {n} = join_multiset_half::<'static>()",
    "{x} -> [0]{n}; {y} -> [1]{n}; {n} = join_fused_lhs::<'static>(Reduce(lambda x, y: x if str(x) > str(y) else y))",
    "{x} -> [0]{n}; {y} -> [1]{n}; {n} = join_fused::<'static>(Fold(lambda: 0, lambda n, _: n + 1), "
    "Fold(lambda: 0, lambda n, _: n + 1))",
    "{x} -> [input]{n}; {y} -> [single]{n}; {n} = cross_singleton::<'static>()",
    "{x} -> {n}; {y} -> {n}; {n} = union()",
    "{x} -> {n}; {y} -> {n}; {n} = union() -> unique::<'static>()",
)
SOURCES = ("source_stream(a)", "source_stream(b)", "source_iter([(0, 1), (1, 1), (2, 0)])")


def some_flow(rng, name="n", depth=1):
    """A flow of pairs, by chance."""
    if depth and rng.random() < 0.6:
        x, y = some_flow(rng, f"{name}x", 0), some_flow(rng, f"{name}y", 0)
        text = rng.choice(PAIRS).format(x=x, y=y, n=name)
    else:
        text = rng.choice(SOURCES)
    return " -> ".join([text, *rng.choices(STEPS, k=rng.randrange(4))])


def run(text, items, rng):
    """All that comes out, what comes out in a tick at rest, and the last value for each key."""
    a, b, out = hf.channel(), hf.channel(), []
    with flow(text, a=a, b=b, out=out) as running:
        for channel, item in items:
            (a if channel == "a" else b).send(item)
            if rng.random() < 0.5:
                running.run_tick()
        for _ in range(4):
            running.run_tick()
        everything = list(out)
        out.clear()
        running.run_tick()
        return everything, list(out)


def same(content, one, several):
    """Whether shards give together what one run gives, as far as the type says."""
    everything, at_rest = zip(*several, strict=True)
    together, rest = [x for some in everything for x in some], [x for some in at_rest for x in some]
    if content.is_batch:
        if content.repeats:
            return set(map(str, together)) == set(map(str, one[0]))
        return Counter(map(str, together)) == Counter(map(str, one[0]))
    return set(map(str, rest)) == set(map(str, one[1]))


PROMISES = {"sequence", "bag", "set", "final"}


@pytest.mark.parametrize("seed", range(300 if IS_NIGHTLY else 4))
def test_shards_give_together_what_one_run_gives(seed):
    rng = random.Random(seed)
    compared = 0
    while compared < 20:
        text = some_flow(rng) + SINK
        if "source_stream" not in text:
            continue  # it has one tick only
        path, take = rng.choice([("[0]", 0), ("[1]", 1)])
        report = flow(text).check(shard=path)["out"]
        content = report.content_of("sharding")
        never_rests = "HF312" in [cause.code for cause in content.because]
        if report.sharding not in PROMISES or content.time not in RUN or never_rests:
            continue
        items = [(rng.choice("ab"), (rng.randrange(4), rng.randrange(3))) for _ in range(12)]
        shards = {key: rng.randrange(3) for key in range(4)}
        parts = [[item for item in items if shards[item[1][take]] == shard] for shard in range(3)]
        one, several = run(text, items, rng), [run(text, part, rng) for part in parts]
        assert same(content, one, several), (text, path, report.sharding, content, one, several)
        compared += 1


# Values that replace each other have no tick that shows all of them.
RUN = frozenset({Time.ONCE, Time.STREAM, Time.CONST, Time.GROWING, Time.SETTLING})
