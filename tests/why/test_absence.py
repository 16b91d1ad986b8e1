"""Why an item is not where it was looked for: in each case a cause is planted, and named."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.lattices import Max

E = "-> for_each(out.append);"
X = "source_stream(xs)"


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A flow that lost an item, and what it is lost by: the kind, the operator, and what the sentence says."""

    name: str
    text: str
    item: Any
    stop: str
    by: str
    says: str
    xs: tuple[list[Any], ...] = ([1, 2, 3],)
    ys: tuple[list[Any], ...] = ()
    at: str | None = None
    tick: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def two(operator: str, left: str = "0", right: str = "1") -> str:
    return f"xs_ = {X}; ys_ = source_stream(ys); xs_ -> [{left}]j; ys_ -> [{right}]j; j = {operator} {E}"


def lagging(window: str, arguments: str = "") -> str:
    """A loop that an input enters by a window; the other one makes it fire."""
    return (
        "s = source_stream(xs); t = source_stream(ys); done = for_each(out.append);"
        f"loop {{ t -> batch() -> null(); s -> {window}({arguments}) -> all_iterations() -> done; }};"
    )


def going_round(delay: str, *, nested: bool = True) -> str:
    """A loop in which items go round while they are small, within a tick where it is nested."""
    inner = (
        "u = union() -> tee(); b -> batch() -> u; u -> all_iterations() -> o;"
        f"u -> map(|x| x * 10) -> filter(|x| x < 100) -> {delay} -> u;"
    )
    if not nested:
        return f"b = source_stream(xs); o = for_each(out.append); loop {{ {inner} }};"
    return (
        "s = source_stream(xs); done = for_each(out.append);"
        f"loop {{ b = s -> batch(); loop {{ {inner} }}; o = all_iterations() -> done; }};"
    )


PLANTED = [
    Planted(name="filter", text=f"{X} -> filter(|x| x > 5) {E}", item=2, stop="filtered", by="filter",
            says="`|x| x > 5` is False for it", facts={"test": False}),
    Planted(name="filter with a value", text=f"{X} -> filter(|x| x % 2) {E}", item=2, stop="filtered", by="filter",
            says="is 0 for it", facts={"test": 0}),
    Planted(name="filter behind map", text=f"{X} -> map(|x| x * 10) -> filter(|x| x < 15) {E}", item=20,
            stop="filtered", by="filter", says="is False for it"),
    Planted(name="filter before map", text=f"{X} -> filter(|x| x != 2) -> map(|x| x * 10) {E}", item=20,
            stop="filtered", by="filter", says="`|x| x != 2` is False"),
    Planted(name="filter before two maps", text=f"{X} -> filter(|x| x != 2) -> map(|x| x * 10) -> map(str) {E}",
            item="20", stop="filtered", by="filter", says="is False"),
    Planted(name="filter before flat_map", text=f"{X} -> filter(|x| x != 2) -> flat_map(|x| [x, x + 100]) {E}",
            item=102, stop="filtered", by="filter", says="is False"),
    Planted(name="filter before flatten", text=f"{X} -> filter(|x| len(x) < 2) -> flatten() {E}",
            xs=([(1,), (2, 3)],), item=3, stop="filtered", by="filter", says="is False"),
    Planted(name="filter before filter_map", text=f"{X} -> filter(|x| x > 2) -> filter_map(|x| x + 1) {E}", item=3,
            stop="filtered", by="filter", says="is False"),
    Planted(name="filter in a branch of a union",
            text=f"u = union() {E} {X} -> filter(|x| x > 2) -> [0]u; source_iter([7]) -> [1]u;", item=1,
            stop="filtered", by="filter", says="is False"),
    Planted(name="filter before a join", text=f"xs_ = {X} -> filter(|(k, v)| v > 5); ys_ = source_stream(ys);"
            f"xs_ -> [0]j; ys_ -> [1]j; j = join() {E}", xs=([("a", 1)],), ys=([("a", 2)],), item=("a", (1, 2)),
            stop="filtered", by="filter", says="is False"),
    Planted(name="filter raises", text=f"{X} -> filter(|x| 1 / x) {E}", xs=([0, 2],), item=0, stop="raised",
            by="filter", says="ZeroDivisionError"),
    Planted(name="no partner in join", text=two("join()"), xs=([("db", 1)],), ys=([("dc", 2), ("web", 3)],),
            item=("db", (1, 2)), stop="no partner", by="join", says="the nearest keys there are 'dc', 'web'",
            facts={"nearest": ["dc", "web"]}),
    Planted(name="no partner with that value", text=two("join()"), xs=([(1, "l")],), ys=([(1, "r")],),
            item=(1, ("l", "s")), stop="no partner", by="join", says="with that key there is (1, 'r')"),
    Planted(name="nothing to join with", text=two("join()"), xs=([(1, "l")],), ys=([],), item=(1, ("l", "r")),
            stop="no partner", by="join", says="no partner came to `[1]`: (1, 'r'), nor anything else"),
    Planted(name="partner of an earlier tick", text=two("join()"), xs=([], [(1, "l")]), ys=([(1, "r")], []),
            item=(1, ("l", "r")), stop="no partner", by="join", says="came to `[1]` in tick 0, and is remembered for"),
    Planted(name="left partner of an earlier tick", text=two("join::<'tick, 'static>()"), xs=([(1, "l")], []),
            ys=([], [(1, "r")]), item=(1, ("l", "r")), stop="no partner", by="join",
            says="came to `[0]` in tick 0"),
    Planted(name="no partner in join_multiset", text=two("join_multiset()"), xs=([(1, "l")],), ys=([(5, "r")],),
            item=(1, ("l", "r")), stop="no partner", by="join_multiset", says="the nearest keys there are 5"),
    Planted(name="no partner in half join", text=two("join_multiset_half()", "probe", "build"), xs=([(1, "l")],),
            ys=([(5, "r")],), item=(1, ("l", "r")), stop="no partner", by="join_multiset_half", says="`[build]`"),
    Planted(name="no partner in cross_join", text=two("cross_join()"), xs=([1],), ys=([5],), item=(1, 6),
            stop="no partner", by="cross_join", says="no partner came to `[1]`: 6"),
    Planted(name="keys differ before a map", text=two("join() -> map(|(k, (a, b))| a + b)"), xs=([("db", 1)],),
            ys=([("DB", 2)],), item=3, stop="no partner", by="join", says="'db', and that of ('DB', 2) is 'DB'"),
    Planted(name="no single", text=two("cross_singleton()", "input", "single"), xs=([1],), ys=([],), item=(1, 5),
            stop="no partner", by="cross_singleton", says="nothing came to `[single]`"),
    Planted(name="another single", text=two("cross_singleton()", "input", "single"), xs=([1],), ys=([7, 5],),
            item=(1, 5), stop="replaced", by="cross_singleton", says="the single is 7, which came first"),
    Planted(name="zipped with another", text=two("zip()"), xs=([1, 2],), ys=([5, 6],), item=(1, 6),
            stop="no partner", by="zip", says="at place 0 of `[0]`, where the other input has 5"),
    Planted(name="zipped with nothing", text=two("zip()"), xs=([1, 2],), ys=([5],), item=(2, 6),
            stop="no partner", by="zip", says="where the other input has nothing yet"),
    Planted(name="in neg", text=two("difference()", "pos", "neg"), xs=([1, 2],), ys=([2],), item=2,
            stop="subtracted", by="difference", says="it is in `[neg]`"),
    Planted(name="in neg since an earlier tick", text=two("difference::<'tick, 'static>()", "pos", "neg"),
            xs=([], [2]), ys=([2], []), item=2, tick=1, stop="subtracted", by="difference",
            says="where it came in tick 0"),
    Planted(name="key in neg", text=two("anti_join()", "pos", "neg"), xs=([("a", 1)],), ys=(["a"],), item=("a", 1),
            stop="subtracted", by="anti_join", says="its key is in `[neg]`"),
    Planted(name="in neg, before a map", text=two("difference() -> map(|x| x * 10)", "pos", "neg"), xs=([1, 2],),
            ys=([2],), item=20, stop="subtracted", by="difference", says="it is in `[neg]`"),
    Planted(name="unique saw it before", text=f"{X} -> unique::<'static>() {E}", xs=([1], [], [1]), item=1, tick=2,
            stop="seen before", by="unique", says="in tick 0, and is emitted only the first time",
            facts={"first_tick": 0}),
    Planted(name="unique_keyed saw it before", text=f"{X} -> unique_keyed::<'static>() {E}", xs=([(1, 2)], [(1, 2)]),
            item=(1, 2), tick=1, stop="seen before", by="unique_keyed", says="in tick 0"),
    Planted(name="no more than in the tick before", text=f"{X} -> multiset_delta() {E}", xs=([1], [1]), item=1,
            tick=1, stop="seen before", by="multiset_delta", says="as often in the tick before, 0"),
    Planted(name="a state that held it already",
            text=f"s = {X} -> map(Max) -> state::<'static, Max>(); s {E}", xs=([3], [2]),
            item=Max(2), tick=1, stop="seen before", by="state", says="the value held it already"),
    Planted(name="deferred", text=f"{X} -> defer_tick() {E}", xs=([1], []), item=1, tick=0, stop="deferred",
            by="defer_tick", says="it is put off until tick 1"),
    Planted(name="deferred to a tick that has not run", text=f"{X} -> defer_tick_lazy() {E}", xs=([1],), item=1,
            stop="deferred", by="defer_tick_lazy", says="the next tick, which has not run yet"),
    Planted(name="deferred before a map", text=f"{X} -> defer_tick() -> map(|x| x + 1) {E}", xs=([1],), item=2,
            stop="deferred", by="defer_tick", says="which has not run yet"),
    Planted(name="held without a signal", text=two("defer_signal()", "input", "signal"), xs=([1],), ys=([],), item=1,
            stop="blocked", by="defer_signal", says="nothing came to `[signal]`"),
    Planted(name="the first few", text=f"c = chain_first_n(2) {E} {X} -> [0]c; source_stream(ys) -> [1]c;",
            xs=([1, 2],), ys=([3],), item=3, stop="no place", by="chain_first_n",
            says="2 other items of the tick came before it"),
    Planted(name="another output of partition",
            text=f"p = {X} -> partition(|x, [a, b]| a if x > 2 else b); p[a] {E} p[b] -> null();", item=1,
            at="for_each", stop="other port", by="partition", says="another output than `[a]`"),
    Planted(name="not given to the output",
            text=f"p = {X} -> filter(|x| x < 3) -> demux(|x, (a, b)| a.give(x) if x > 1 else b.give(x)); p[a] {E}"
            "p[b] -> null();", item=3, at="for_each", stop="filtered", by="filter", says="is False"),
    Planted(name="key replaced by a newer one", text=f"{X} -> reduce_keyed::<'static>(|a, b| b) {E}",
            xs=([("a", 1), ("a", 2)],), item=("a", 1), stop="replaced", by="reduce_keyed",
            says="had that value until ('a', 2) came in tick 0: it is 2 now"),
    Planted(name="value replaced by a newer one", text=f"{X} -> reduce::<'static>(|a, b| b) {E}", xs=([1, 2],),
            item=1, stop="replaced", by="reduce", says="until 2 came in tick 0"),
    Planted(name="another sum", text=f"{X} -> fold(|| 0, |a, b| a + b) {E}", item=7, stop="other value", by="fold",
            says="the value is 6, folded from 3 items", facts={"value": 6}),
    Planted(name="another sum of the key", text=f"{X} -> fold_keyed(|| 0, |a, b| a + b) {E}",
            xs=([("a", 1), ("b", 2)],), item=("a", 5), stop="other value", by="fold_keyed",
            says="the value of the key 'a' is 1"),
    Planted(name="key of an earlier tick", text=f"{X} -> fold_keyed(|| 0, |a, b| a + b) {E}",
            xs=([("a", 1)], [("b", 2)]), item=("a", 1), tick=1, stop="forgotten", by="fold_keyed",
            says="came in tick 0, and is remembered for one tick only"),
    Planted(name="deleted", text=f"{X} -> persist_mut() {E}", xs=([hf.Persist(1)], [hf.Delete(1)]), item=1, tick=1,
            stop="deleted", by="persist_mut", says="deleted in tick 1"),
    Planted(name="key deleted", text=f"{X} -> persist_mut_keyed() {E}",
            xs=([hf.Persist("a", 1)], [hf.Delete("a")]), item=("a", 1), tick=1, stop="deleted",
            by="persist_mut_keyed", says="deleted in tick 1"),
    Planted(name="no item of the key in a fused join",
            text=two("join_fused(Reduce(lambda a, b: a + b), Reduce(lambda a, b: a + b))"), xs=([("a", 1)],),
            ys=([("b", 1)],), item=("a", (1, 1)), stop="no partner", by="join_fused",
            says="no item of the key 'a' came to `[1]`"),
    Planted(name="another number", text=f"{X} -> enumerate() {E}", item=(0, 2), stop="other value", by="enumerate",
            says="its number is 1, not 0", facts={"number": 1}),
    Planted(name="never came", text=f"{X} -> map(|x| x + 1) {E}", item=9, stop="never came", by="source_stream",
            says="did not come in tick 0"),
    Planted(name="came in another tick", text=f"{X} {E}", xs=([1], [2]), item=2, tick=0, stop="never came",
            by="source_stream", says="it came in tick 1", facts={"ticks": [1]}),
    Planted(name="not among the literals", text=f"source_iter([1, 2]) -> map(|x| x + 1) {E}", xs=([],), item=9,
            stop="never came", by="source_iter", says="it never gave"),
    Planted(name="a function that raises", text=f"{X} -> map(|x| 10 // x) {E}", xs=([0],), item=5, stop="raised",
            by="map", says="raised ZeroDivisionError of it"),
    Planted(name="dropped by null", text=f"n = {X} -> null(); n {E}", item=1, stop="blocked", by="null",
            says="drops whatever comes"),
    Planted(name="kept before a loop that did not fire", text=lagging("snapshot"), xs=([1], []), ys=([], []), item=1,
            at="done", stop="waits", by="snapshot", says="waits before its loop, which did not fire"),
    Planted(name="dropped before a loop that did not fire", text=lagging("batch_lazy"), xs=([1], []), ys=([], [9]),
            item=1, at="done", stop="forgotten", by="batch_lazy", says="a lazy batch then drops what waits"),
    Planted(name="a loop that did not fire", text=lagging("batch() -> fold::<'static>", "|| 0, |a, b| a + b"),
            xs=([1], []), item=1, at="done", tick=1, stop="blocked", by="fold",
            says="did not fire in tick 1: nothing came over `t -> batch` or `s -> batch`"),
    Planted(name="too large to go round", text=going_round("defer_tick()"), item=100, xs=([1],), stop="filtered",
            by="filter", says="`|x| x < 100` is False"),
    Planted(name="put off to a firing that did not come", text=going_round("defer_tick_lazy()", nested=False),
            xs=([1], [], []), item=10, stop="deferred", by="defer_tick_lazy",
            says="waits until its loop fires, which it did not do from tick 1 on"),
    Planted(name="partner of an earlier firing",
            text="s = source_stream(xs); t = source_stream(ys); done = for_each(out.append); loop { s -> batch() ->"
            "[0]j; t -> batch() -> [1]j; j = cross_join() -> all_iterations() -> done; };", xs=([1], []),
            ys=([], [2]), item=(1, 2), stop="no partner", by="cross_join", says="came to `[0]` in tick 0"),
    Planted(name="behind a blocking input",
            text=f"{X} -> map(|x| 10 // x) -> sort() {E}", xs=([2, 0],), item=5, stop="blocked", by="sort",
            says="the tick was aborted"),
]  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_the_planted_cause_is_the_first_obstacle(planted: Planted) -> None:
    names: dict[str, Any] = {"xs": hf.channel(), "ys": hf.channel(), "out": [], "Max": Max}
    flow = hf.compile(planted.text, namespace=names)
    flow.record()
    for number in range(max(len(planted.xs), len(planted.ys))):
        for name, batches in (("xs", planted.xs), ("ys", planted.ys)):
            if number < len(batches):
                names[name].extend(batches[number])
        with suppress(ZeroDivisionError):
            flow.run_tick()

    found = flow.why_not(planted.item, at=planted.at, tick=planted.tick)

    first = found.first
    assert (first.stop, first.operator) == (planted.stop, planted.by), f"{found}\n{found.obstacles}"
    assert planted.says in first.words
    assert planted.facts.items() <= first.facts.items()
    assert first.words in str(found)


def test_there_are_fifty_planted_causes() -> None:
    assert len(PLANTED) >= 50
    assert len({planted.name for planted in PLANTED}) == len(PLANTED)


def ran(text: str, *batches: list[Any]) -> tuple[hf.Flow, Any]:
    channel = hf.channel()
    flow = hf.compile(text, namespace={"xs": channel, "out": []})
    flow.record()
    for batch in batches:
        channel.extend(batch)
        flow.run_tick()
    return flow, channel


def test_an_item_that_waits_in_its_input_is_told() -> None:
    flow, channel = ran(f"{X} -> map(|x| x + 1) {E}", [1])
    channel.send(5)

    found = flow.why_not(6)

    assert found.stop == "waits"
    assert "the next tick takes it in" in found.words


def test_an_item_that_did_go_by_is_refused_with_how_to_ask_why() -> None:
    flow, _ = ran(f"{X} -> map(|x| x + 1) {E}", [1])

    with pytest.raises(HydroflowError, match=r"2 did go over `map -> for_each` in tick 0: `flow.why"):
        flow.why_not(2)


def test_the_way_from_the_obstacle_to_the_place_is_named() -> None:
    flow, _ = ran(f"{X} -> filter(|x| x > 5) -> map(|x| x * 2) -> unique() {E}", [1])

    found = flow.why_not(2)

    assert found.first.place == "source_stream -> filter"
    assert list(found.first.on_the_way) == ["filter -> map", "map -> unique", "unique -> for_each"]
    assert "on its way to `filter -> map`" in str(found)


def test_a_stratum_that_has_not_run_blocks() -> None:
    flow, channel = ran(f"{X} -> sort() {E}")
    channel.send(1)
    flow.run_stratum()

    assert flow.why_not(1).stop == "blocked"
    assert "stratum 1 of the tick has not run" in flow.why_not(1).words


def test_a_loop_that_does_not_fire_lets_items_wait() -> None:
    flow, _ = ran(
        "s = source_stream(xs); done = for_each(out.append); t = source_iter([]);"
        "loop { t -> batch() -> [0]c; s -> snapshot() -> [1]c; c = union() -> all_iterations() -> done; };",
        [1],
    )

    found = flow.why_not(1)

    assert (found.stop, found.first.operator) == ("waits", "snapshot")


def test_a_flow_that_is_not_recorded_says_what_to_do() -> None:
    flow = hf.compile("source_iter([1]) -> null();")

    with pytest.raises(HydroflowError, match=r"call `flow.record\(\)` before it runs"):
        flow.why_not(1)
    flow.record()
    with pytest.raises(HydroflowError, match="no tick is recorded yet"):
        flow.why_not(1)


def test_what_is_shown_is_escaped() -> None:
    flow, _ = ran(f"{X} -> filter(|x| x == '') {E}", ["<script>"])

    html = flow.why_not("<script>")._repr_mimebundle_()["text/html"]

    assert "<script" not in html


def test_a_search_round_a_cycle_of_many_items_ends_soon() -> None:
    flow, _ = ran(
        "arcs = source_stream(xs) -> tee(); reached = union() -> unique() -> tee(); source_iter([0]) -> [0]reached;"
        "reached[0] -> map(|v| (v, ())) -> [0]hop; arcs[0] -> [1]hop; arcs[1] -> null(); reached[1] -> null();"
        "hop = join() -> flat_map(|(src, (_, dst))| [dst]) -> [1]reached;",
        [(number, number + 1) for number in range(500)],
    )

    found = flow.why_not(-5, at="hop -> reached")

    assert {one.stop for one in found.obstacles} == {"never came"}
    assert "source_stream" in {one.operator for one in found.obstacles}
