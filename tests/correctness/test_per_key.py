"""Which locations of a system may be split among members by a key, and runs that prove it."""

from __future__ import annotations

import operator
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sharded import Send, names_of, outcome, refused, sharded

import hydroflow_nb as hf
from hydroflow_nb.diagnostics import Diagnostic

COUNT = "fold_keyed::<'static>(int, |n, one| n + one)"
# What shards send each other, by another key.
AGAIN = "asked -> map(|(k, v)| (v, k)) ~> @shards.by(|x| x[0]) again; again ="
FRONT = """
front = process();
shards = cluster();
@front source_stream(asks) ~> @shards.by(|item| item[0]) asked;
"""


def told(diagnostics: list[Diagnostic]) -> list[tuple[str, list[str]]]:
    """The operators at fault, each with what its labels are at."""
    return [(one.span.text, [label.span.text for label in one.labels]) for one in diagnostics]


def test_a_state_for_each_key_is_kept_by_the_members() -> None:
    assert refused(f"{FRONT} @shards asked = {COUNT} -> for_each(log.append);") == []


def test_a_state_for_all_items_is_refused_at_its_operator() -> None:
    (found,) = refused(f"{FRONT} @shards asked = fold::<'static>(int, |n, one| n + 1) -> for_each(log.append);")

    assert found.is_error
    assert found.code == "HF313"
    assert found.message == (
        "`shards` is not the same if split by `[0]`: `fold` needs all items, and each shard has its own"
    )
    assert found.span.text == "fold::<'static>(int, |n, one| n + 1)"
    assert [(label.span.text, label.text) for label in found.labels] == [
        ("~> @shards.by(|item| item[0])", "`~>` brings the items of one shard")
    ]
    assert found.hint == (
        "`fold_keyed` keeps a state for each key; or send what all shards give to a process, and let that do it"
    )


def test_the_place_where_the_key_is_lost_is_told() -> None:
    found = refused(f"{FRONT} @shards asked = map(|(k, v)| (str(k), v)) -> {COUNT} -> for_each(log.append);")

    assert told(found) == [(COUNT, ["map(|(k, v)| (str(k), v))"])]


def test_of_operators_that_depend_on_each_other_the_first_is_told() -> None:
    found = refused(
        f"{FRONT} @shards asked = tee(); asked -> sort() -> enumerate() -> null(); asked -> sort() -> null();"
    )

    assert told(found) == [("sort()", ["~> @shards.by(|item| item[0])"])] * 2


def test_of_operators_in_a_cycle_the_first_in_the_text_is_told() -> None:
    found = refused(
        f"{FRONT} @shards asked = union() -> enumerate() -> map(|(n, x)| x) -> tee(); "
        "asked -> defer_tick() -> sort() -> asked; asked -> null();"
    )

    assert [one.span.text for one in found] == ["enumerate()"]


@pytest.mark.parametrize(
    ("inputs", "at", "words"),
    [
        ("source_iter([(0, 1)]) -> u", "union()", "`union` mixes items of one shard with items that each shard has"),
        ("turns -> u", "union()", "`union` mixes items of one shard with items of any key"),
        (
            "told -> map(|(k, v)| (v, k)) -> u",
            "union()",
            "`union` mixes items whose keys stand at several places",
        ),
    ],
)
def test_where_items_of_several_kinds_meet_is_told(inputs: str, at: str, words: str) -> None:
    (found,) = refused(sharded(f"asked -> u; {inputs}; u = union() -> {COUNT} -> for_each(log.append);"))

    assert [(label.span.text, label.text) for label in found.labels] == [(at, words)]


def test_what_a_shard_is_given_by_itself_has_any_key() -> None:
    (found,) = refused(sharded(f"asked -> null(); source_stream(own) -> {COUNT} -> for_each(log.append);"))

    assert [(label.span.text, label.text) for label in found.labels] == [
        ("source_stream(own)", "`source_stream` takes in items of any key at each shard")
    ]


# --- runs -------------------------------------------------------------------------------------------------------------

NUMBERS = Counter()


def numbered(item: Any) -> Any:
    NUMBERS["items"] += 1
    return NUMBERS["items"], item


@dataclass(frozen=True)
class Put:
    key: Any
    value: int


@dataclass
class Swapped:
    key: Any
    value: int

    def __init__(self, value: Any, key: Any) -> None:
        self.key, self.value = key, value


hits: list[Any] = []


def puts(item: Any) -> None:
    found = hits
    found.append(item)


def looks(item: Any) -> bool:
    return NUMBERS[item] % 2 == 0


class State:
    """What is the same for all items."""

    n = 0
    items: ClassVar[list[Any]] = []

    @classmethod
    def counted(cls, item: Any) -> Any:
        cls.n += 1
        return item, cls.n


class Counting:
    """An object that counts what it is called with."""

    def __init__(self) -> None:
        self.n = 0

    def step(self, item: Any) -> Any:
        self.n += 1
        return item, self.n

    __call__ = step

    @property
    def next(self) -> int:
        self.n += 1
        return self.n


def by_default(item: Any, seen: list[Any] = []) -> Any:  # noqa: B006
    seen.append(item)
    return item, len(seen)


def in_class(item: Any) -> Any:
    State.n += 1
    return item, State.n


def by_other_name(item: Any) -> Any:
    first = hits
    second = first
    second.append(item)
    return item, len(second)


def augmented(item: Any) -> Any:
    found = hits
    found += [item]
    return item, len(found)


def by_function(item: Any) -> Any:
    setattr(State, "n", State.n + 1)  # noqa: B010
    return item, State.n


def put_into(found: list[Any], item: Any) -> Any:
    found.append(item)
    return item, len(found)


def gives_to(item: Any) -> Any:
    return put_into(hits, item)


def within(item: Any) -> Any:
    NUMBERS.get("hits", hits).append(item)
    return item, len(hits)


counting = Counting()
step = counting.step
unnamed = lambda item: (item, hits.append(item), len(hits))  # noqa: E731
bound = partial(put_into, hits)
# Functions that count items, each in another way.
KEEPING = (
    *("by_default", "in_class", "by_other_name", "augmented", "by_function", "gives_to", "within", "unnamed", "bound"),
    *("State.counted", "counting", "counting.step", "step", "|x| counting.step(x)", "|x| (x, counting.next)"),
    "|x| (operator.setitem(table, x, 1), len(table))",
    "|x| (hits.__iadd__([x]), len(hits))",
    "|x| (hits.append(x), [hits for hits in x])",
    "|x| [one.append(x) or len(one) for one in [hits]]",
    "|x| (table['x'].append(x), len(table['x']))",
    "|x| (list.append(hits, x), len(hits))",
    "lambda x, seen=[]: seen.append(x) or len(seen)",
)
NAMES = {
    **{one: value for one, value in globals().items() if one in {word.partition(".")[0] for word in KEEPING}},
    "numbered": numbered,
    "NUMBERS": NUMBERS,
    "Put": Put,
    "Swapped": Swapped,
    "operator": operator,
    "table": {"x": []},
    "hits": hits,
    "same": hits,
    "puts": puts,
    "looks": looks,
}

# What shards do, and by what their outputs together are the same, however many there are.
KEPT = {
    # Each item by itself.
    "asked -> for_each(log.append);": "bag",
    "asked -> map(|(k, v)| v) -> filter(|v| v > 0) -> for_each(log.append);": "bag",
    "asked -> flat_map(|(k, v)| [(k, v), (v, k)]) -> for_each(log.append);": "bag",
    "asked -> defer_tick() -> for_each(log.append);": "bag",
    "turns -> map(|x| (x, 1)) -> for_each(log.append);": "bag",
    "asked -> inspect(|x| x) -> assert(|x| True) -> for_each(log.append);": "bag",
    # A state for each key.
    f"asked -> {COUNT} -> for_each(log.append);": "at rest",
    f"asked -> {COUNT} -> unique::<'static>() -> for_each(log.append);": "table",
    f"asked -> {COUNT} -> map(|(k, n)| {{'page': k, 'n': n}}) -> map(|x| (x['page'], x['n'])) -> unique::<'static>() "
    "-> for_each(log.append);": "table",
    f"asked -> map(|(k, v)| Put(k, v)) -> map(|p| (p.key, p.value)) -> {COUNT} -> for_each(log.append);": "at rest",
    f"asked -> map(|(k, v)| ((k, v), 1)) -> {COUNT} -> for_each(log.append);": "at rest",
    f"asked -> {COUNT.replace('static', 'durable')} -> for_each(log.append);": "at rest",
    "asked -> reduce_keyed::<'static>(max) -> for_each(log.append);": "at rest",
    "asked -> enumerate_keyed::<'static>() -> for_each(log.append);": "bag",
    # A state for each item.
    "asked -> unique::<'static>() -> for_each(log.append);": "bag",
    "asked -> unique_keyed::<'static>() -> for_each(log.append);": "bag",
    "asked -> persist::<'static>() -> multiset_delta() -> for_each(log.append);": "bag",
    "asked -> persist::<'static>() -> for_each(log.append);": "at rest",
    # Messages of shards, without their senders.
    f"{AGAIN} map(|(x, _)| x) -> {COUNT} -> for_each(log.append);": "at rest",
    f"{AGAIN} tee() -> filter(|(x, who)| x) -> map(|m| m[0]) -> unique::<'static>() -> for_each(log.append);": "bag",
    # Two inputs.
    "asked -> [0]j; told -> [1]j; j = join::<'static>() -> for_each(log.append);": "set",
    "asked -> [0]j; told -> [1]j; j = join_multiset::<'static>() -> for_each(log.append);": "at rest",
    "asked -> [0]j; told -> [1]j; j = join_fused_lhs::<'static>(Reduce(max)) -> for_each(log.append);": "at rest",
    "asked -> [pos]d; told -> map(|(k, _)| k) -> [neg]d; d = anti_join::<'static>() "
    "-> for_each(log.append);": "at rest",
    "asked -> [pos]d; told -> [neg]d; d = difference::<'static>() -> for_each(log.append);": "at rest",
    f"asked -> u; told -> u; u = union() -> {COUNT} -> for_each(log.append);": "at rest",
    # What each shard has.
    "asked -> [0]j; source_iter([(0, 7), (1, 8)]) -> [1]j; j = join_multiset::<'tick, 'static>() "
    "-> for_each(log.append);": "bag",
    "asked -> [0]c; source_iter([7, 8]) -> [1]c; c = cross_join_multiset::<'tick, 'static>() "
    "-> for_each(log.append);": "bag",
    "asked -> [0]c; news -> [1]c; c = cross_join::<'static>() -> for_each(log.append);": "set",
    "asked -> [pos]d; news -> [neg]d; d = difference::<'static>() -> for_each(log.append);": "at rest",
    "news -> fold::<'static>(int, |n, _| n + 1) -> for_each(log.append);": "at rest",
    "news -> unique::<'static>() -> for_each(log.append);": "set",
    "asked -> null(); source_iter([1, 2, 3]) -> map(|x| (x, 1)) -> for_each(log.append);": "set",
    "limit = source_iter([1]) -> fold::<'static>(int, |n, x| n + x); asked -> filter(|(_, v)| v >= $limit) "
    "-> for_each(log.append);": "bag",
    "h = asked -> handoff(); iter_ref($h) -> unique::<'static>() -> for_each(log.append);": "bag",
    # Round and round.
    "asked -> r; r = union() -> unique::<'static>() -> tee(); r -> filter(|(_, v)| v < 5) -> map(|(k, v)| (k, v + 1)) "
    "-> r; r -> for_each(log.append);": "bag",
}

KEYS = [("asks", (0, 1)), ("asks", (1, 1)), ("asks", (2, 1)), ("asks", (0, 2)), ("asks", (3, 1))]

# What shards do that is refused, and whose outputs differ for these items; None where no items are found, since the
# check knows too little.
REFUSED = {
    # One state for all items.
    "asked -> fold::<'static>(int, |n, _| n + 1) -> for_each(log.append);": ("at rest", KEYS),
    "asked -> reduce::<'static>(max) -> for_each(log.append);": ("at rest", KEYS),
    "asked -> enumerate::<'static>() -> for_each(log.append);": ("bag", KEYS),
    "asked -> scan::<'static>(int, |n, _| (n + 1, n)) -> for_each(log.append);": ("bag", KEYS),
    "asked -> map(|(k, v)| hf.Persist((k, v))) -> persist_mut::<'static>() -> for_each(log.append);": ("at rest", None),
    "asked -> lattice_reduce::<'static>() -> for_each(log.append);": ("at rest", None),
    "asked -> sort() -> for_each(log.append);": ("bag", None),
    "asked -> [0]c; told -> [1]c; c = cross_join::<'static>() -> for_each(log.append);": (
        "set",
        [*KEYS, ("tells", (0, 5)), ("tells", (1, 5))],
    ),
    "asked -> [0]z; told -> [1]z; z = zip::<'static>() -> for_each(log.append);": (
        "bag",
        [*KEYS, ("tells", (2, 5)), ("tells", (1, 5)), ("tells", (0, 5))],
    ),
    # States of other keys, and keys that are lost.
    f"asked -> map(|(k, v)| (v, 1)) -> {COUNT} -> for_each(log.append);": ("at rest", KEYS),
    f"asked -> map(|(k, v)| (k % 2, v)) -> {COUNT} -> for_each(log.append);": ("at rest", KEYS),
    f"asked -> map(|(k, v)| (str(k), v)) -> {COUNT} -> for_each(log.append);": ("at rest", None),
    "asked -> map(|(k, v)| v) -> unique::<'static>() -> for_each(log.append);": ("bag", KEYS),
    "asked -> [0]j; told -> map(|(k, v)| (v, k)) -> [1]j; j = join::<'static>() -> for_each(log.append);": (
        "set",
        [*KEYS, ("tells", (5, 0)), ("tells", (6, 1)), ("tells", (7, 2)), ("tells", (8, 3))],
    ),
    "asked -> [pos]d; told -> map(|(k, v)| v) -> [neg]d; d = anti_join::<'static>() -> for_each(log.append);": (
        "at rest",
        [*KEYS, ("tells", (5, 0)), ("tells", (6, 1)), ("tells", (7, 2)), ("tells", (8, 3))],
    ),
    # Places that another meaning of a name, or of a class, hides.
    f"p = asked -> demux(|(k, v), (one, other)| (lambda k: one.give((k, 1)))(v)); p[one] -> {COUNT} "
    "-> for_each(log.append); p[other] -> null();": ("at rest", KEYS),
    f"asked -> map(|(k, v)| Swapped(k, v)) -> map(|p| (p.key, p.value)) -> {COUNT} -> for_each(log.append);": (
        "at rest",
        KEYS,
    ),
    f"turns -> {COUNT} -> for_each(log.append);": ("at rest", [("nexts", (0, 1)), ("nexts", (0, 2))]),
    # What each shard has, beside what is split.
    f"asked -> u; source_iter([(0, 1)]) -> u; u = union() -> {COUNT} -> for_each(log.append);": ("at rest", KEYS),
    "source_iter([(0, 1), (9, 9)]) -> [pos]d; asked -> [neg]d; d = difference::<'static>() -> for_each(log.append);": (
        "at rest",
        KEYS,
    ),
    "news -> u; asked -> u; u = union() -> enumerate_keyed::<'static>() -> for_each(log.append);": (
        "bag",
        [*KEYS, ("alls", (0, 4))],
    ),
    # States that are read.
    "n = asked -> fold::<'static>(int, |n, _| n + 1); told -> map(|x| (x, $n)) -> for_each(log.append);": (
        "set",
        [*KEYS, ("tells", (0, 1))],
    ),
    f"n = asked -> {COUNT} -> handoff(); told -> map(|(k, v)| (k, len(list($n)))) -> for_each(log.append);": (
        "set",
        [*KEYS, ("tells", (0, 1))],
    ),
    # What is a shard's own.
    "asked -> map(|x| (x, address)) -> for_each(log.append);": ("bag", KEYS),
    "asked -> map(|x| (x, len(shards))) -> for_each(log.append);": ("bag", KEYS),
    "asked -> map(numbered) -> for_each(log.append);": ("bag", None),
    "asked -> map(|(k, v)| NUMBERS.update([v]) or NUMBERS[v]) -> for_each(log.append);": ("bag", KEYS),
    "asked -> [0]p; members(shards) -> fold::<'static>(int, |n, _| n + 1) -> [1]p; "
    "p = cross_join::<'static>() -> unique::<'static>() -> for_each(log.append);": ("set", None),
    "asked -> [0]p; source_iter(shards) -> fold::<'static>(int, |n, _| n + 1) -> [1]p; "
    "p = cross_join::<'static>() -> unique::<'static>() -> for_each(log.append);": ("set", KEYS),
    "asked -> [0]p; source_iter(address) -> [1]p; p = cross_join::<'static>() -> for_each(log.append);": ("set", None),
    # The sender that shards see is a shard.
    f"{AGAIN} map(|((v, k), who)| (v, who)) -> unique::<'static>() -> for_each(log.append);": ("bag", KEYS),
    "asked -> map(|(k, v)| (v, 1)) ~> @shards.by(|x| x[0]) again; again = unique::<'static>() -> map(|(x, _)| x) "
    "-> for_each(log.append);": ("bag", KEYS),
    f"{AGAIN} tee() -> filter(|(x, _)| x) -> for_each(log.append);": ("bag", KEYS),
    f"{AGAIN} map(|m| (m[0], str(m))) -> for_each(log.append);": ("bag", KEYS),
    f"{AGAIN} for_each(log.append);": ("bag", KEYS),
    # What a sink changes is read.
    "t = asked -> tee(); t -> for_each(hits.append); t -> map(|(k, v)| (k, len(hits))) -> for_each(log.append);": (
        "bag",
        None,
    ),
    "asked -> inspect(|x| hits.append(x)) -> filter(|x| len(hits) % 2 == 0) -> for_each(log.append);": ("bag", KEYS),
    "asked -> for_each(|x| log.append((x, len(log))));": ("bag", KEYS),
    "asked -> inspect(hits.append) -> filter(|x| len(same) % 2 == 0) -> for_each(log.append);": ("bag", None),
    "asked -> inspect(puts) -> filter(|x| len(hits) % 2 == 0) -> for_each(log.append);": ("bag", None),
    "asked -> inspect(NUMBERS.update) -> filter(looks) -> for_each(log.append);": ("bag", None),
    "t = asked -> tee(); t -> dest_sink(hits); t -> map(|x| len(hits)) -> for_each(log.append);": ("bag", None),
    # What functions keep from item to item.
    **{f"asked -> map({function}) -> for_each(log.append);": ("bag", None) for function in KEEPING},
}


@pytest.fixture(scope="module")
def systems() -> dict[str, Any]:
    """The systems by what their shards do, each compiled once."""

    class Compiled(dict[str, Any]):
        def __missing__(self, text: str) -> Any:
            self[text] = hf.compile(sharded(text), names_of(NAMES), "shards")
            return self[text]

    return Compiled()


@pytest.mark.parametrize("text", KEPT)
def test_a_location_is_accepted_that_gives_the_same_in_shards(text: str, systems: dict[str, Any]) -> None:
    assert refused(sharded(text), **NAMES) == []

    sends = [*KEYS, *(("tells", item) for item in [(0, 1), (1, 5)]), ("alls", 3), ("alls", (0, 1)), ("nexts", 1)]
    sends = [one for one in sends if one[0] in systems[text].flows["front"].used_names]
    one, two, three = (outcome(systems[text], shards, sends).seen_as(KEPT[text]) for shards in (1, 2, 3))
    assert one == two == three
    assert one


@pytest.mark.parametrize("text", REFUSED)
def test_a_location_is_refused_that_may_give_something_else_in_shards(text: str, systems: dict[str, Any]) -> None:
    assert [one.code for one in refused(sharded(text), **NAMES)] == ["HF313"]

    seen, sends = REFUSED[text]
    if sends is not None:
        one, three = (outcome(systems[text], shards, sends).seen_as(seen) for shards in (1, 3))
        assert one != three


ITEMS = st.tuples(st.integers(0, 4), st.integers(0, 3))
SENDS = st.lists(st.tuples(st.sampled_from(["asks", "tells", "alls", "nexts"]), ITEMS), min_size=1, max_size=12)


@settings(max_examples=25)
@given(st.sampled_from(sorted(KEPT)), SENDS, st.integers(0, 1_000))
def test_what_is_accepted_gives_the_same_in_all_shards_whatever_comes(
    systems: dict[str, Any], text: str, sends: list[Send], seed: int
) -> None:
    sends = [one for one in sends if one[0] in systems[text].flows["front"].used_names]

    one, two, three = (outcome(systems[text], n, sends, seed + n).seen_as(KEPT[text]) for n in (1, 2, 3))

    assert one == two == three
