"""Why an item is where it is."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.errors import HydroflowError

REACH = """arcs = source_stream(edges) -> tee();
reached = union() -> unique::<'static>() -> tee();
source_iter([0]) -> [0]reached;
reached[0] -> map(|v| (v, ())) -> [0]hop;
arcs[0] -> [1]hop;
hop = join::<'static>() -> flat_map(|(src, (_, dst))| [dst]) -> [1]reached;
arcs[1] -> map(|(src, dst)| dst) -> [pos]unreached;
reached[1] -> [neg]unreached;
unreached = difference() -> for_each(out.append);
"""


@dataclass(frozen=True)
class Point:
    x: int
    y: int


def ran(text: str, *batches: list[Any], **names: Any) -> hf.Flow:
    """A flow that ran a tick for each batch of its input `xs`."""
    channel = names.setdefault("xs", hf.channel())
    flow = hf.compile(text, namespace={"out": [], "Point": Point, "hf": hf, **names})
    flow.record()
    for batch in batches:
        channel.extend(batch)
        flow.run_tick()
    return flow


def reach(*batches: list[Any]) -> hf.Flow:
    edges = hf.channel()
    return ran(REACH, *batches, xs=edges, edges=edges)


def test_the_tree_of_an_item_goes_back_to_inputs_and_literals() -> None:
    flow = reach([(0, 1), (1, 2), (7, 8)])

    found = flow.why(2, at="hop -> reached", tick=0)

    assert (found.item, found.place, found.tick) == (2, "hop -> reached", 0)
    assert found.causes[0].item == (1, ((), 2))
    assert {cause.item for cause in found.causes[0].causes} == {(1, ()), (1, 2)}
    assert found.inputs == {"edges": {0: [(0, 1), (1, 2)]}}
    assert [literal.item for literal in found.literals] == [0]
    assert found.is_exact
    assert found.is_monotone


def test_the_items_of_earlier_ticks_are_cited_with_their_ticks() -> None:
    flow = reach([(1, 2)], [], [(0, 1)])

    assert flow.why(2, at="hop -> reached").inputs == {"edges": {0: [(1, 2)], 2: [(0, 1)]}}


def test_without_a_place_the_newest_one_is_meant() -> None:
    flow = reach([(0, 1)], [(1, 2)])

    assert flow.why(2).tick == 1
    assert flow.why(1).tick == 0  # the join remembers it, and it is carried over


def test_a_difference_names_what_is_absent() -> None:
    found = reach([(0, 1), (7, 8)]).why(8, at="unreached")

    assert found.absent == ["8 in `[neg]` in tick 0 (`difference`, tick 0)"]
    assert not found.is_monotone
    assert found.is_exact


def test_the_items_of_a_fold_are_those_that_changed_it_the_last_one_first() -> None:
    flow = ran("source_stream(xs) -> fold::<'static>(|| 0, max) -> for_each(out.append);", [3, 1], [7, 2])

    found = flow.why(7)

    assert [cause.item for cause in found.causes] == [7, 3]
    assert found.root.because == "is folded from 2 items, the last one first; 2 more changed nothing"


def test_of_many_items_those_that_changed_a_fold_are_found_too() -> None:
    flow = ran("source_stream(xs) -> fold(|| 0, max) -> for_each(out.append);", [1, 9, *[5] * 8_000])

    found = flow.why(9, at="fold")

    assert [cause.item for cause in found.causes] == [9, 1]
    assert found.is_exact


def test_a_fold_by_key_cites_the_items_of_the_key() -> None:
    flow = ran(
        "source_stream(xs) -> fold_keyed::<'static>(|| 0, |a, b| a + b) -> for_each(out.append);",
        [("a", 1), ("b", 5)],
        [("a", 2)],
    )

    assert flow.why(("a", 3)).inputs == {"xs": {0: [("a", 1)], 1: [("a", 2)]}}


@pytest.mark.parametrize(
    ("text", "item", "cited"),
    [
        ("source_stream(xs) -> defer_tick() -> for_each(out.append);", 2, {0: [2]}),
        ("source_stream(xs) -> persist() -> for_each(out.append);", 2, {0: [2]}),
        ("source_stream(xs) -> enumerate() -> for_each(out.append);", (1, 2), {0: [1, 2]}),
        ("source_stream(xs) -> sort() -> for_each(out.append);", 2, {0: [2]}),
        ("source_stream(xs) -> flat_map(|x| [x, 10 * x]) -> for_each(out.append);", 20, {0: [2]}),
        ("source_stream(xs) -> filter_map(|x| x * x if x > 1 else None) -> for_each(out.append);", 9, {0: [3]}),
        ("source_stream(xs) -> map(|x| (x, -x)) -> y; y = unzip(); y[0] -> null(); y[1] -> for_each(out.append);", -2,
         {0: [2]}),
        ("p = source_stream(xs) -> partition(|x, [odd, even]| odd if x % 2 else even); p[odd] -> null();"
         "p[even] -> for_each(out.append);", 2, {0: [2]}),
        ("p = source_stream(xs) -> demux(|x, (odd, even)| odd.give(x) if x % 2 else even.give(x * 5));"
         "p[odd] -> null();"
         "p[even] -> for_each(out.append);", 10, {0: [2]}),
        ("source_stream(xs) -> map(|x| [x, x]) -> flatten() -> for_each(out.append);", 2, {0: [2]}),
        ("source_stream(xs) -> map(|x| Point(x, 1)) -> filter(|p| p.x > 1) -> map(|p| p.x) -> for_each(out.append);", 3,
         {0: [3]}),
        ("source_stream(xs) -> map(|x| x + context.current_tick()) -> for_each(out.append);", 3, {0: [3]}),
        ("xs_ = source_stream(xs) -> tee(); xs_ -> [0]z; xs_ -> map(|x| -x) -> [1]z;"
         "z = zip() -> for_each(out.append);",
         (1, -1), {0: [1]}),
        ("done = for_each(out.append); s = source_stream(xs);"
         "loop { s -> batch() -> fold(|| 0, |a, b| a + b) -> all_iterations() -> done; };", 6, {0: [1, 2, 3]}),
    ],
)  # fmt: skip
def test_an_operator_cites_the_items_that_it_made_it_of(text: str, item: Any, cited: dict[int, list[Any]]) -> None:
    found = ran(text, [1, 2, 3], []).why(item)

    assert found.inputs == {"xs": cited}
    assert found.is_exact


LAGGING = """s = source_stream(xs); t = source_stream(ys); done = for_each(out.append);
loop { t -> batch() -> null(); s -> %s -> all_iterations() -> done; };"""


@pytest.mark.parametrize("inside", ["snapshot()", "batch() -> fold::<'static>(|| 0, |a, b| a + b)"])
def test_what_made_a_loop_fire_is_a_cause_of_what_leaves_it(inside: str) -> None:
    ys = hf.channel()
    flow = ran(LAGGING % inside, [1], [], ys=ys)
    ys.extend([8, 9])
    flow.run_tick()

    found = flow.why(1, tick=2)

    assert found.inputs == {"xs": {0: [1]}, "ys": {2: [8]}}
    assert "; its loop fires for 8" in str(found)


def test_of_a_lazy_batch_what_was_dropped_is_not_taken_for_what_came_later() -> None:
    ys = hf.channel()
    flow = ran(LAGGING % "batch_lazy()", [1], ys=ys)
    flow.inputs["xs"].extend([1])
    ys.send(9)
    flow.run_tick()

    assert flow.why(1).inputs == {"xs": {1: [1]}, "ys": {1: [9]}}


@pytest.mark.parametrize("nested", [True, False])
def test_what_goes_round_in_a_loop_is_followed_to_where_it_entered(nested: bool) -> None:
    round_ = (
        "u = union() -> tee(); b -> batch() -> u; u -> all_iterations() -> o;"
        "u -> map(|x| x * 10) -> filter(|x| x < 1000) -> defer_tick() -> u;"
    )
    text = f"b = source_stream(xs); o = for_each(out.append); loop {{ {round_} }};"
    if nested:
        text = (
            "s = source_stream(xs); done = for_each(out.append);"
            f"loop {{ b = s -> batch(); loop {{ {round_} }}; o = all_iterations() -> done; }};"
        )
    found = ran(text, [1, 5], [], [], []).why(100)

    assert found.inputs == {"xs": {0: [1]}}
    assert found.is_exact
    assert [cause.item for cause in found if cause.operator == "map"] == [100, 10]


def test_a_state_that_is_read_is_a_cause() -> None:
    flow = ran(
        "n = source_stream(xs) -> fold(|| 0, |a, b| a + b);"
        "source_iter([10]) -> map(|x| x + $n) -> for_each(out.append);",
        [1, 2],
    )

    found = flow.why(13)

    assert [cause.text for cause in found.causes] == ["10", "$n = 3"]
    assert found.inputs == {"xs": {0: [1, 2]}}


def test_an_item_of_a_state_that_is_listed_is_explained_by_that_item() -> None:
    flow = ran("n = source_stream(xs) -> handoff(); iter_ref($n) -> for_each(out.append);", [1, 2])

    assert flow.why(2).inputs == {"xs": {0: [2]}}


COUNTING = "source_stream(xs) -> flat_map(|x| [x + len(calls.append(x) or calls)] * 2) -> for_each(out.append);"


def test_where_a_function_gives_something_else_when_it_is_called_again_the_tick_runs_again() -> None:
    calls: list[int] = []
    flow = ran(COUNTING, [5], [10, 20], calls=calls)

    found = flow.why(23)

    assert found.inputs == {"xs": {1: [20]}}
    assert found.is_exact
    assert "as the order of items shows when the tick is run again" in found.root.because
    assert len(flow.recording.ticks) == 2  # it is a copy that ran


def test_the_tick_runs_again_from_its_state_where_the_ticks_before_are_no_longer_recorded() -> None:
    flow = ran(
        "source_stream(xs) -> flat_map(|x| [x, next(numbers)]) -> persist() -> for_each(out.append);",
        [10],
        [20],
        numbers=itertools.count(100),
    )
    flow.recording.ticks.popleft()

    found = flow.why(101, at="flat_map -> persist")

    assert found.inputs == {"xs": {1: [20]}}
    assert found.is_exact


def test_where_it_cannot_run_again_all_that_came_is_named_and_why() -> None:
    flow = ran(COUNTING, [1], [10, 20], calls=[])
    flow.recording.ticks.popleft()
    snapshots = flow.drive().engine.snapshots
    assert snapshots is not None
    snapshots.replace({}, {})

    found = flow.why(23)

    assert found.inputs == {"xs": {1: [10, 20]}}
    assert "called again" in found.doubts[0]
    assert "it cannot be run again: the recording begins at tick 1" in found.doubts[0]


def test_a_run_that_makes_more_or_fewer_items_when_it_runs_again_tells_nothing() -> None:
    turns = iter(range(1, 100))
    flow = ran(
        "source_stream(xs) -> flat_map(|x| [x] * next(turns)) -> flat_map(|x| [next(turns)]) -> for_each(out.append);",
        [7],
        [8, 9],
        turns=turns,
    )

    found = flow.why(next(iter(flow.channel("op-3 -> for_each", tick=1))), tick=1)

    assert "run again, the tick does something else" in found.doubts[0]


def test_a_map_is_inverted_by_place_whatever_its_function_does() -> None:
    numbers = iter(range(100))
    flow = ran(
        "source_stream(xs) -> map(|x| (next(numbers), x)[0]) -> for_each(out.append);", ["a", "b"], numbers=numbers
    )

    assert flow.why(1).inputs == {"xs": {0: ["b"]}}


def test_items_of_which_the_text_is_kept_are_found_by_their_value_or_their_text() -> None:
    flow = ran("source_stream(xs) -> map(|x| {'n': x}) -> for_each(out.append);", [1, 2])

    assert flow.why({"n": 2}).inputs == {"xs": {0: [2]}}


def test_what_is_not_kept_of_an_edge_is_told() -> None:
    channel = hf.channel(range(3_000))
    text = "source_stream(xs) -> fold(|| 0, |a, b| a + b) -> for_each(out.append);"
    flow = hf.compile(text, namespace={"xs": channel, "out": []})
    flow.record(budget=1_000)
    flow.run_tick()

    found = flow.why(sum(range(3_000)))

    assert not found.is_exact
    assert "of the 3,000 items that went there in tick 0" in found.doubts[0]


def test_a_recording_that_began_late_is_told() -> None:
    channel = hf.channel()
    flow = hf.compile("source_stream(xs) -> persist() -> for_each(out.append);", namespace={"xs": channel, "out": []})
    channel.send(1)
    flow.run_tick()
    flow.record()
    flow.run_tick()

    found = flow.why(1)

    assert "the ticks before tick 1 were not recorded" in found.doubts[0]


def test_an_item_that_did_not_go_by_is_refused_with_where_it_did() -> None:
    flow = reach([(0, 1)], [(1, 2)])

    with pytest.raises(HydroflowError, match="no 2 went over `hop -> reached` in tick 0; it did in tick 1"):
        flow.why(2, at="hop -> reached", tick=0)
    with pytest.raises(HydroflowError, match=r"no 99 went over an edge in a recorded tick: `flow.why_not\(99\)`"):
        flow.why(99)
    with pytest.raises(HydroflowError, match="tick 9 is not recorded, ticks 0 to 1 are"):
        flow.why(2, tick=9)
    with pytest.raises(HydroflowError, match="did you mean `reached`"):
        flow.why(2, at="hop -> reachd")


def test_of_several_edges_that_a_place_means_the_item_tells_which() -> None:
    flow = ran(
        "s = source_stream(xs) -> tee(); s -> map(|x| x + 1) -> for_each(out.append);"
        "s -> map(|x| x * 10) -> for_each(out.append);",
        [1, 3],
    )

    assert flow.why(30, at="map").root.because == "is made by `|x| x * 10`"
    assert flow.why(4, at="map -> for_each").root.because == "is made by `|x| x + 1`"
    with pytest.raises(HydroflowError, match=r"no 5 went over `map`, which is `map -> op-4` and `map -> op-6`,"):
        flow.why(5, at="map")
    assert flow.why_not(5, at="map").stop == "never came"


def test_a_flow_that_is_not_recorded_says_what_to_do() -> None:
    flow = hf.compile("source_iter([1]) -> null();")

    with pytest.raises(HydroflowError, match=r"call `flow.record\(\)` before it runs"):
        flow.why(1)
    assert not flow.is_recorded


def test_a_chain_of_thousands_of_ticks_needs_no_recursion() -> None:
    flow = ran(
        "n = union() -> tee(); source_stream(xs) -> [0]n; n -> map(|x| x + 1) -> filter(|x| x < 3_000) -> defer_tick()"
        "-> [1]n; n -> for_each(out.append);",
        [0],
        *([] for _ in range(1_900)),
    )

    found = flow.why(1_900)

    assert found.inputs == {"xs": {0: [0]}}
    assert len(found) > 1_900
    assert len(str(found).splitlines()) < 200
    assert len(found._repr_mimebundle_()["text/html"]) < 400_000


def test_what_explains_several_items_stands_in_the_tree_once() -> None:
    doubling = "x0 = source_stream(xs);" + "".join(
        f"t{n} = x{n} -> tee(); x{n + 1} = join() -> map(|(k, (a, _))| (k, a + 1)); t{n} -> [0]x{n + 1};"
        f"t{n} -> [1]x{n + 1};"
        for n in range(20)
    )
    flow = ran(f"{doubling} x20 -> for_each(out.append);", [(0, 0)])

    found = flow.why((0, 20))

    assert len(found) < 200  # as a tree it would be a million
    assert "(told above)" in str(found)


ROUND = """first = union(); s = source_iter([4, 3, 5, 6]);
new = first -> unique::<'static>() -> tee(); s -> first; new -> met;
two = source_iter([2, 4]);
pairs = cross_join::<'static, 'static>(); made = pairs; new -> [0]pairs; two -> [1]pairs;
sums = made -> fold::<'tick>(|| [], |acc, x| acc.append([x])) -> defer_tick() -> map(|xs| len(xs) % 7);
all = union(); given -> all; given = source_stream(xs);
once = all -> unique() -> tee();
again = once -> map(|x| (x + context.current_tick()) % 7);
met = union(); sums -> met; again -> met; met -> all;
later = source_stream(late) -> defer_tick(); later -> first;
"""


@pytest.mark.parametrize("place", ["again -> met", "met -> all", "all -> once", "once -> again"])
def test_of_equal_items_that_went_round_in_one_run_none_explains_itself(place: str) -> None:
    found = ran(ROUND, [3, 5, 4], late=hf.channel()).why(6, at=place, tick=0)

    assert found.is_exact, found
    assert [literal.item for literal in found.literals] == [6]


HOSTILE = "<script>alert(1)</script>"


def test_the_tree_is_light_or_dark_as_jupyterlab_s_theme_is() -> None:
    flow = hf.compile("source_iter([1]) -> null();")
    flow.record()
    flow.run_tick()

    html = flow.why(1)._repr_mimebundle_()["text/html"]

    for light, scheme in (("true", "light"), ("false", "dark")):
        assert f"[data-jp-theme-light={light}] .hf-why{{color-scheme:{scheme}}}" in html


def test_the_page_escapes_what_the_user_wrote() -> None:
    flow = ran(f"source_stream(xs) -> map(|x| x + '{HOSTILE}') -> for_each(out.append);", [HOSTILE])

    bundle = flow.why(HOSTILE + HOSTILE)._repr_mimebundle_()

    assert "<script" not in bundle["text/html"]
    assert "&lt;script&gt;" in bundle["text/html"]
    assert bundle["text/html"].count("<ul>") == bundle["text/html"].count("</ul>")
    assert "source_stream `xs`: came from outside" in bundle["text/plain"]


@pytest.fixture
def built() -> Callable[[], Any]:
    from hydroflow_nb import core

    def build() -> Any:
        builder = core.Builder("sums")
        numbers, sums = builder.handoff("numbers"), builder.handoff("sums")
        channel = builder.input("xs", into=numbers)

        @builder.subgraph(reads=[numbers], writes=[sums])
        def add(context: Any, items: list[int], out: Any) -> None:
            out.send(sum(items))

        @builder.subgraph(reads=[sums])
        def end(context: Any, items: list[int]) -> None:
            items.clear()

        flow = builder.build()
        flow.record()
        channel.extend([1, 2])
        flow.run_tick()
        return flow

    return build


def test_a_function_of_a_flow_that_was_built_by_hand_cites_all_that_it_got(built: Callable[[], Any]) -> None:
    found = built().why(3)

    assert not found.is_exact
    assert [cause.item for cause in found.causes] == [1, 2]
    assert found.inputs == {"xs": {0: [1, 2]}}
