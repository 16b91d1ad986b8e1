"""What a tick of a join costs over what it holds, counted by looks at keys and by bytes."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.aggregation import Reduce
from hydroflow_nb.lattices import Max


class Key(int):
    """A number that counts how often it is hashed."""

    looks = 0

    def __hash__(self) -> int:
        Key.looks += 1
        return int.__hash__(self)


JOINS = {
    "join": "join::<'static>()",
    "join in a cycle": "join::<'static>()",
    "join_multiset": "join_multiset::<'static>()",
    "join_multiset in a cycle": "join_multiset::<'static>()",
    "join_fused": "join_fused::<'static>(Reduce(max), Reduce(max))",
    "_lattice_join_fused_join": "_lattice_join_fused_join::<'static, Max, Max>()",
}
# Where one side is of this tick only, its keys are those to go through.
OF_ONE_TICK = {
    "join_fused": "join_fused::<'static, 'tick>(Reduce(max), Reduce(max))",
    "join_fused the other way": "join_fused::<'tick, 'static>(Reduce(max), Reduce(max))",
    "_lattice_join_fused_join": "_lattice_join_fused_join::<'static, 'tick, Max, Max>()",
    "join in a cycle": "join::<'static, 'tick>()",
    "join_multiset in a cycle": "join_multiset::<'static, 'tick>()",
}


def started(join: str, *, cycle: bool) -> tuple[hf.Flow, dict[str, Any]]:
    names: dict[str, Any] = {
        "lhs": hf.channel(),
        "rhs": hf.channel(),
        "out": [],
        "Max": Max,
        "Reduce": Reduce,
    }
    value = "Max(v)" if "lattice" in join else "v"
    made = f"map(|(k, v)| (k, {value}))"
    back = "b = union() -> [0]j; j -> filter(|_| False) -> b;" if cycle else "b = identity() -> [0]j;"
    text = (
        f"source_stream(lhs) -> {made} -> b; source_stream(rhs) -> {made} -> [1]j; {back}"
        f"j = {join} -> tee(); j -> for_each(out.append);"
    )
    return hf.compile(text, names), names


def looks_of_a_tick(join: str, held: int, *, cycle: bool, one_tick: str | None = None) -> tuple[int, int]:
    """How often keys are looked at in a tick with one new item, over so many keys of which one matches; and how many
    items come out.
    """
    flow, names = started(join, cycle=cycle)
    sides = ["lhs", "rhs"] if one_tick is None else ["lhs" if one_tick == "rhs" else "rhs"]
    for sign, side in zip((1, -1), sides, strict=False):
        names[side].extend((Key(sign * number), number) for number in range(held))
    flow.run_tick()
    flow.run_tick()
    names["out"].clear()
    names[one_tick or "rhs"].send((Key(5), 1))
    Key.looks = 0
    flow.run_tick()
    return Key.looks, len(names["out"])


@pytest.mark.parametrize("name", JOINS)
def test_a_replay_looks_at_the_keys_that_match_and_not_at_those_that_are_held(name: str) -> None:
    looks = [looks_of_a_tick(JOINS[name], held, cycle="cycle" in name) for held in (10, 3_000)]

    assert looks[0] == looks[1]
    assert looks[0][1] == 2


@pytest.mark.parametrize("name", OF_ONE_TICK)
def test_a_side_of_one_tick_is_looked_up_in_the_side_that_is_held(name: str) -> None:
    one_tick = "lhs" if "other way" in name else "rhs"
    looks = [looks_of_a_tick(OF_ONE_TICK[name], held, cycle="cycle" in name, one_tick=one_tick) for held in (10, 3_000)]

    assert looks[0] == looks[1]
    assert looks[0][1] == 1


@pytest.mark.parametrize("operator", ["join", "join_multiset"])
def test_a_key_of_one_value_takes_what_an_entry_of_a_dict_takes(operator: str) -> None:
    # Where the values come twice, as from a network, a set holds each once.
    count, times = 25_000, 2 if operator == "join" else 1
    numbers = list(range(count))
    pairs = [(number, number) for number in numbers]
    flow, names = started(f"{operator}::<'static>()", cycle=False)
    flow.run_tick()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(times):
            names["lhs"].extend(pairs)
            flow.run_tick()
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert held / count < 60


@pytest.mark.parametrize("join", ["join::<'static>()", "join_multiset::<'static>()"])
def test_what_matched_is_told_again_in_every_tick_and_after_going_back(join: str) -> None:
    flow, names = started(join, cycle=False)
    flow.record()
    batches = [
        {"lhs": [(1, "a"), (2, "b")]},
        {"rhs": [(2, "x")]},
        {"rhs": [(1, [0]), (1, {})], "lhs": [(3, None)]},
        {},
        {"rhs": [(3, ("y",))], "lhs": [(1, [])]},
    ]
    found = []
    for batch in batches:
        for side, items in batch.items():
            names[side].extend(items)
        flow.run_tick()
        found.append(sorted(names["out"], key=repr))
        names["out"].clear()

    assert [len(tick) for tick in found] == [0, 1, 3, 3, 6]
    for tick in (4, 2, 1):
        flow.rewind(tick)
        again = []
        for _ in range(tick, len(batches)):
            flow.run_tick()
            again.append(sorted(names["out"], key=repr))
            names["out"].clear()
        assert again == found[tick:]
    assert flow.state("j").parts["0"].data == {1: ["a", []], 2: ["b"], 3: [None]}


def test_what_comes_out_is_the_same_without_the_optimisation() -> None:
    text = (
        "source_stream(lhs) -> [0]j; source_stream(rhs) -> [1]j; j = {} -> for_each(out.append);"
        "source_stream(lhs) -> map(|(k, v)| (k, Max(v))) -> [0]l;"
        "source_stream(rhs) -> map(|(k, v)| (k, Max(v))) -> [1]l;"
        "l = _lattice_join_fused_join::<'static, Max, Max>() -> for_each(out.append);"
    )
    for join in ("join::<'static>()", "join_multiset::<'static>()", JOINS["join_fused"]):
        found = []
        for without in ((), ("matched-keys",)):
            names: dict[str, Any] = {"lhs": hf.channel(), "rhs": hf.channel(), "out": [], "Max": Max, "Reduce": Reduce}
            flow = hf.compile(text.format(join), names, without=without)
            assert ("Matched" in flow.generated_source) == (not without)
            for tick in range(4):
                names["lhs"].extend((key, tick) for key in range(tick, 6))
                names["rhs"].extend((key, -tick) for key in range(6 - tick))
                flow.run_tick()
                found.append(sorted(names["out"], key=repr))
                names["out"].clear()

        assert found[:4] == found[4:]


@pytest.mark.parametrize("operator", ["join", "join_multiset"])
@pytest.mark.parametrize("watched", [(0, 2), (2, 4), (3, 6)])
def test_another_variant_of_the_code_goes_on_with_what_the_sides_hold(operator: str, watched: tuple[int, int]) -> None:
    # Nobody can see the replay, so the plain code leaves it out; code with a breakpoint does it in full.
    names: dict[str, Any] = {"lhs": hf.channel(), "rhs": hf.channel(), "out": []}
    text = (
        f"source_stream(lhs) -> [0]j; source_stream(rhs) -> [1]j; j = {operator}::<'static>();"
        "j -> unique::<'static>() -> for_each(out.append);"
    )
    flow, held = hf.compile(text, names), {"lhs": list[Any](), "rhs": list[Any]()}
    for tick in range(6):
        if tick == watched[0]:
            stop = flow.break_on("j -> unique", "False")
        if tick == watched[1]:
            stop.remove()
        for side, items in held.items():
            new = [(key, (side, tick)) for key in range(tick % 3, 4)]
            items += new
            names[side].extend(new)
        flow.run_tick()

        assert sorted(names["out"]) == sorted((k, (a, b)) for k, a in held["lhs"] for key, b in held["rhs"] if k == key)
