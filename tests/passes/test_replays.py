"""Which replays are left out, and that nobody sees it."""

from __future__ import annotations

import random
import types
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings

import hydroflow_nb as hf
from hydroflow_nb.engine.steady import Steady
from hydroflow_nb.operators import BY_NAME, OPERATORS
from hydroflow_nb.optimisations import ALL

Batch = tuple[list[Any], list[Any]]
OFF = "all that it holds is sent again in every tick: "
ON = "only what is new is sent, and the rest carried over: "

# Each is fed by `left` and `right`, pairs of small numbers.
SOURCES = {
    "persist": "source_stream(left) -> persist()",
    "persist of what is unique": "source_stream(left) -> unique::<'static>() -> persist()",
}
STEPS = {
    "nothing": "",
    "map": " -> map(|(k, v)| (v, k + base))",
    "filter": " -> filter(|(k, v)| k <= limit(v))",
    "flat_map": " -> flat_map(|(k, v)| [(k, v), (k, -v)])",
}
ENDS = {
    "join": " -> [0]e; source_stream(right) -> [1]e; e = join::<'tick>() -> sort()",
    "join, other side": " -> [1]e; source_stream(right) -> [0]e; e = join::<'tick>() -> sort()",
    "join_multiset": " -> [0]e; source_stream(right) -> [1]e; e = join_multiset() -> sort()",
    "join with itself": " -> t; t = tee(); t -> [0]e; t -> [1]e; e = join() -> sort(); source_stream(right) -> null()",
    "two joins": " -> t; t = tee(); t -> [0]e; source_stream(right) -> persist() -> [1]e; "
    "e = join() -> map(|(k, (a, b))| (a, b)) -> [0]f; t -> [1]f; f = join() -> sort()",
    "cross_join": " -> [0]e; source_stream(right) -> [1]e; e = cross_join() -> sort()",
    "difference": " -> [neg]e; source_stream(right) -> [pos]e; e = difference()",
    "anti_join": " -> map(|(k, _)| k) -> [neg]e; source_stream(right) -> [pos]e; e = anti_join()",
    "fold": " -> fold(|| 0, |acc, (k, v)| acc * 2 + k - v); source_stream(right) -> null()",
    "fold into a list": " -> fold(list, |acc, x| acc.append(x)) -> map(tuple); source_stream(right) -> null()",
    "reduce": " -> reduce(|a, b| (b[1], a[0])); source_stream(right) -> null()",
    "fold_keyed": " -> fold_keyed(|| 0, |acc, v| acc * 3 + v); source_stream(right) -> null()",
    "reduce_keyed": " -> reduce_keyed(|a, b| a * 3 + b); source_stream(right) -> null()",
    "unique": " -> unique(); source_stream(right) -> null()",
    "unique and join": " -> unique() -> [0]e; source_stream(right) -> [1]e; e = join() -> sort()",
    "sort": " -> sort(); source_stream(right) -> null()",
    "sort_by_key": " -> sort_by_key(|(k, v)| -v); source_stream(right) -> null()",
    "multiset_delta": " -> multiset_delta(); source_stream(right) -> null()",
    "unique that lasts": " -> unique::<'static>(); source_stream(right) -> null()",
    "lattice": " -> map(|x| SetUnion({x})) -> lattice_fold::<'static>(|| SetUnion()) -> map(|x| len(x.reveal())); "
    "source_stream(right) -> null()",
    "join that lasts": " -> [0]e; source_stream(right) -> [1]e; e = join::<'static>() "
    "-> map(|(k, (a, b))| (a, b)) -> unique::<'static>() -> sort()",
    "set": " -> fold::<'static>(set, |acc, x| acc.add(x)) -> map(|acc| len(acc)); source_stream(right) -> null()",
    "sets by key": " -> fold_keyed::<'static>(|| set(), |acc, v| acc.add(v)) -> map(|(k, s)| (k, len(s))); "
    "source_stream(right) -> null()",
    "set of many": " -> fold::<'static>(set, |acc, x| acc | {x}) -> map(|acc| len(acc)); "
    "source_stream(right) -> null()",
    "sets in a dict": " -> fold::<'static>(dict, |acc, (k, v)| acc.setdefault(k, set()).add(v)) "
    "-> map(|acc| sorted((k, sorted(s)) for k, s in acc.items())); source_stream(right) -> null()",
    "greatest": " -> reduce::<'static>(max); source_stream(right) -> null()",
    "least by key": " -> reduce_keyed::<'static>(|acc, v| min(acc, v)); source_stream(right) -> null()",
    "least and greatest": " -> fold::<'static>(|| (9, -9), |(low, high), (k, v)| (min(low, v), max(high, k))); "
    "source_stream(right) -> null()",
    "first by key": " -> reduce_keyed::<'static>(|acc, _| acc); source_stream(right) -> null()",
    "circle": " -> u; u = union() -> unique::<'static>() -> tee(); u -> [0]e; source_stream(right) -> [1]e; "
    "e = join::<'static>() -> map(|(k, (a, b))| (b, a)) -> u; u -> sort()",
}


# Each sends again what may be other than what it sent, or comes between that; with whether it promises an order.
AGAIN = {
    "difference": ("source_stream(left) -> [pos]v; source_stream(right) -> [neg]v; v = difference::<'static>()", True),
    "difference of a tick": (
        "source_stream(left) -> [pos]v; source_stream(right) -> [neg]v; v = difference::<'static, 'tick>()",
        True,
    ),
    "difference behind persist": (
        "source_stream(left) -> persist() -> [pos]v; source_stream(right) -> persist() -> [neg]v; v = difference()",
        True,
    ),
    "anti_join": (
        "source_stream(left) -> [pos]v; source_stream(right) -> map(|(k, _)| k) -> [neg]v; v = anti_join::<'static>()",
        True,
    ),
    "anti_join of a tick": (
        "source_stream(left) -> persist() -> [pos]v; source_stream(right) -> map(|(k, _)| k) -> [neg]v; "
        "v = anti_join()",
        True,
    ),
    "join_multiset_half": (
        "source_stream(left) -> [probe]v; source_stream(right) -> [build]v; v = join_multiset_half::<'static>()",
        True,
    ),
    "join_multiset_half behind persist": (
        "source_stream(left) -> persist() -> [probe]v; source_stream(right) -> persist() -> [build]v; "
        "v = join_multiset_half()",
        True,
    ),
    "join_fused_lhs": (
        "source_stream(left) -> [1]v; source_stream(right) -> [0]v; "
        "v = join_fused_lhs::<'static>(Reduce(lambda a, b: a * 3 + b))",
        True,
    ),
    "join_fused_rhs": (
        "source_stream(left) -> persist() -> [0]v; source_stream(right) -> persist() -> [1]v; "
        "v = join_fused_rhs(Fold(lambda: 0, lambda a, b: a * 3 + b))",
        True,
    ),
    "join_fused": (
        "source_stream(left) -> [0]v; source_stream(right) -> [1]v; "
        "v = join_fused::<'static>(Reduce(lambda a, b: a * 3 + b), Fold(lambda: 1, lambda a, b: a + b))",
        False,
    ),
    "lattice join": (
        "source_stream(left) -> map(|(k, v)| (k, Max(v))) -> [0]v; source_stream(right) -> persist() "
        "-> map(|(k, v)| (k, Max(v))) -> [1]v; v = _lattice_join_fused_join::<'static, 'tick, Max, Max>() "
        "-> map(|m| repr(m))",
        False,
    ),
    "fold_keyed": (
        "source_stream(left) -> v; source_stream(right) -> v; "
        "v = union() -> fold_keyed::<'static>(|| 0, |acc, v| acc * 3 + v)",
        False,
    ),
    "fold_keyed into sets, behind persist": (
        "source_stream(right) -> null(); source_stream(left) -> persist() "
        "-> fold_keyed(set, |acc, v| acc.add(v)) -> map(|(k, s)| (k, len(s)))",
        False,
    ),
    "reduce_keyed behind persist": (
        "source_stream(right) -> null(); source_stream(left) -> persist() -> reduce_keyed(|a, b| a * 3 + b)",
        False,
    ),
}


def text_of(source: str, step: str, end: str) -> str:
    parts = (SOURCES[source] + STEPS[step] + ENDS[end]).split("; ")
    # The flow's output is behind the last statement that is not a sink.
    place = max(number for number, part in enumerate(parts) if not part.endswith("null()"))
    parts[place] += " -> for_each(out.append)"
    return "; ".join(parts) + ";"


def names_of(**more: Any) -> dict[str, Any]:
    return {
        "left": hf.channel(),
        "right": hf.channel(),
        "out": [],
        "base": 1,
        "limit": lambda v: 2 * v,
        "SetUnion": hf.lattices.SetUnion,
        "Max": hf.lattices.Max,
        **more,
    }


class Run:
    """A flow that is fed tick by tick."""

    def __init__(self, text: str, without: Iterable[str] = (), *, recorded: bool = False, **more: Any) -> None:
        self.names = names_of(**more)
        self.flow = hf.compile(text, self.names, without=without)
        if recorded:
            self.flow.record()

    def tick(self, left: Iterable[Any] = (), right: Iterable[Any] = ()) -> tuple[list[Any], str]:
        """What comes out in a tick, and the exception that ends it."""
        self.names["left"].extend(left)
        self.names["right"].extend(right)
        raised = ""
        try:
            self.flow.run_tick()
        except Exception as exception:
            raised = f"{type(exception).__name__}: {exception}"
        out = self.names["out"].copy()
        self.names["out"].clear()
        return out, raised


def batches(seed: int, count: int = 8) -> list[Batch]:
    chance = random.Random(seed)
    return [
        tuple([(chance.randrange(4), chance.randrange(4)) for _ in range(chance.randrange(4))] for _ in range(2))  # type: ignore[misc]
        for _ in range(count)
    ]


CASES = [(source, step) for step in STEPS for source in SOURCES]
IS_NIGHTLY = settings.default.max_examples > 1_000
# Flows of each end: 20,000 in all where there is time.
FLOWS = 20_000 // len(ENDS) if IS_NIGHTLY else 1


def by_reference(interpreter: Any, text: str, ticks: Iterable[Batch]) -> list[tuple[list[Any], str]]:
    """What the reference interpreter says of each tick."""
    names = names_of()
    slow = interpreter.Interpreter(text, names)
    found = []
    for left, right in ticks:
        slow.run_tick({"left": left, "right": right})
        found.append((names["out"].copy(), ""))
        names["out"].clear()
    return found


@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("end", ENDS)
def test_what_comes_out_in_each_tick_is_the_same_with_and_without_replays(end: str, reference: Any) -> None:
    first = list(ENDS).index(end)
    for number in range(first, first + FLOWS):
        source, step = CASES[number % len(CASES)]
        text = text_of(source, step, end)
        ticks = batches(number)
        runs = {
            "plain": Run(text),
            "without replays": Run(text, {"unseen-replays"} if number % 2 else {ALL}),
            "recorded": Run(text, recorded=True),
        }

        expected = by_reference(reference.interpreter, text, ticks)
        for tick, batch in enumerate(ticks):
            if tick == 4:
                # From here on a person watches, and later no more.
                runs["plain"].flow.record()
            for name, run in runs.items():
                assert run.tick(*batch) == expected[tick], f"{name}, tick {tick} of {ticks}: {text}"

        assert runs["plain"].flow._compiled.graph.replays.nodes, text


@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("again", AGAIN)
def test_what_is_known_already_need_not_come_again_where_it_may_have_changed(again: str, reference: Any) -> None:
    sent, in_order = AGAIN[again]
    text = f"{sent} -> map(|x| (base, x)) -> unique::<'static>() -> for_each(out.append);"
    for number in range(4 * FLOWS):
        ticks = batches(number)
        runs = {
            "plain": Run(text),
            "watched now and then": Run(text),
            "without replays": Run(text, {"unseen-replays"} if number % 2 else {ALL}),
        }
        expected = by_reference(reference.interpreter, text, ticks)

        for tick, batch in enumerate(ticks):
            if tick in (2, 5):
                runs["watched now and then"].flow.record(tick == 2)
            for name, run in runs.items():
                found = run.tick(*batch)[0], expected[tick][0]
                if not in_order:
                    found = sorted(found[0]), sorted(found[1])
                assert found[0] == found[1], f"{name}, tick {tick} of {ticks}: {text}"
        rewritten = runs["plain"].flow._compiled.graph.replays.nodes.values()
        spared = {node.operator.name for node in rewritten if node.goes_on is not None and node.goes_on.spares}
        assert spared - {"persist"}, text


@pytest.mark.parametrize("again", AGAIN)
def test_what_may_have_changed_is_sent_again_when_a_name_is_bound_anew_or_a_tick_was_aborted(again: str) -> None:
    text = f"{AGAIN[again][0]} -> map(|x| (base, 6 // limit(1), x)) -> unique::<'static>() -> for_each(out.append);"
    runs = [Run(text), Run(text, {ALL})]

    for number, batch in enumerate(batches(3)):
        for run in runs:
            run.names["base"] = number // 3
            run.names["limit"] = (lambda v: 0) if number == 4 else abs
        found = [(sorted(out), raised) for out, raised in (run.tick(*batch) for run in runs)]
        assert found[0] == found[1], f"tick {number} of {text}"


@pytest.mark.parametrize("again", AGAIN)
def test_what_goes_on_only_with_what_it_was_given_before_gets_all_of_it_where_that_may_have_changed(again: str) -> None:
    text = f"{AGAIN[again][0]} -> reduce(|a, b| (b, 1)) -> for_each(out.append);"
    runs = [Run(text), Run(text, {ALL})]

    for batch in batches(5):
        (found, _), (expected, _) = (run.tick(*batch) for run in runs)

        assert (found == expected) if AGAIN[again][1] else (bool(found) == bool(expected)), text


@pytest.mark.parametrize("end", ENDS)
def test_a_name_that_is_bound_anew_has_the_state_built_again(end: str) -> None:
    for step, changed in (("map", {"base": 2}), ("filter", {"limit": lambda v: v})):
        text = text_of("persist", step, end)
        runs = [Run(text), Run(text, {ALL})]

        for number, batch in enumerate(batches(7)):
            if number in (3, 5):
                for run in runs:
                    run.names.update(changed if number == 3 else {name: names_of()[name] for name in changed})
            assert runs[0].tick(*batch) == runs[1].tick(*batch), text


@pytest.mark.parametrize("end", ENDS)
def test_a_tick_that_was_aborted_is_followed_by_one_that_does_all_again(end: str) -> None:
    text = text_of("persist", "nothing", end).replace(
        "-> persist()", "-> persist() -> map(|(k, v)| (k, 6 // v - 6 // v + v))"
    )
    runs = [Run(text), Run(text, {ALL})]

    for left, right in ([[(1, 1)], [(1, 2)]], [[(2, 3), (3, 0)], [(2, 2)]], [[], [(1, 1)]], [[(1, 3)], [(3, 3)]]):
        one, other = (run.tick(left, right) for run in runs)
        assert one[1] == other[1]
        assert sorted(one[0], key=repr) == sorted(other[0], key=repr)
    assert [str(fault.message) for fault in runs[0].flow.faults] == [
        str(fault.message) for fault in runs[1].flow.faults
    ]


def told(text: str, **more: Any) -> dict[str, str]:
    graph = hf.compile(text, names_of(**more))._compiled.graph
    return {f"{graph.nodes[node].operator.name}": words for node, words in graph.replays.told.items()}


SENT_AGAIN = {
    "-> for_each(out.append)": "`for_each` (flow:1:37) gets all of it",
    "-> map(|x| context.current_tick()) -> unique() -> null()": "the function of `map` (flow:1:37) reads `context`",
    "-> map(|x| x + $n) -> unique() -> null(); n = source_stream(right) -> fold(|| 0, |a, x| a + 1)": "reads `$n`",
    "-> inspect(print) -> unique() -> null()": "`inspect` (flow:1:37) gets all of it",
    "-> map(|x| x.pop()) -> unique() -> null()": "calls `.pop()`, which may have effects",
    "-> u; source_stream(right) -> u; u = union() -> unique() -> null()": "`unique` (flow:1:82) gets all of it",
    "-> u; source_stream(right) -> persist() -> u; u = union() -> reduce(|a, b| a + b)": "`reduce` (flow:1:95) gets",
    "-> defer_tick() -> unique() -> null()": "`defer_tick` (flow:1:37) gets all of it",
    "-> fold::<'static>(|| 0, |acc, x| acc + x[0]) -> null()": "`fold` (flow:1:37) gets all of it",
    "-> fold::<'static>(list, |acc, x| acc.append(x)) -> null()": "`fold` (flow:1:37) gets all of it",
    "-> t; t = tee(); t -> unique() -> null(); t -> for_each(out.append)": "`for_each` (flow:1:81) gets all of it",
}


@pytest.mark.parametrize("behind", SENT_AGAIN)
def test_a_replay_that_somebody_needs_runs_and_the_explanation_says_who(behind: str) -> None:
    text = f"source_stream(left) -> persist() {behind};"

    words = told(text)["persist"]

    assert words.startswith(OFF)
    assert SENT_AGAIN[behind] in words
    assert words in str(hf.compile(text, names_of()).explain())


# What each sends again, where somebody needs it.
WORDS = {
    "persist::<'static>()": "all that it holds",
    "fold_keyed::<'static>(int, |n, x| n + x)": "the value of every key",
    "reduce_keyed::<'static>(|n, x| n + x)": "the value of every key",
    "join::<'static>()": "every match",
    "join_multiset::<'static>()": "every match",
    "join_multiset_half::<'static>()": "every match",
    "cross_join::<'static>()": "every pair",
    "cross_join_multiset::<'static>()": "every pair",
    "difference::<'static>()": "what is not held back",
    "difference_multiset::<'static>()": "what is not held back",
    "anti_join::<'static>()": "what is not held back",
    "anti_join_multiset::<'static>()": "what is not held back",
    "join_fused::<'static>(Reduce(max), Reduce(max))": "what it holds of every key that both sides have",
    "join_fused_lhs::<'static>(Reduce(max))": "every match",
    "join_fused_rhs::<'static>(Reduce(max))": "every match",
    "_lattice_join_fused_join::<'static, Max, Max>()": "what it holds of every key that both sides have",
}


@pytest.mark.parametrize("call", WORDS)
def test_an_explanation_says_what_of_it_is_sent_again(call: str) -> None:
    name = call.partition("::")[0]
    first, *others = BY_NAME[name].input_ports or ("",)
    ports = "".join(
        f"source_stream({side}) -> {f'[{port}]' if port else ''}o;"
        for side, port in zip(("left", "right"), (first, *others), strict=False)
    )
    text = f"{ports} o = {call} -> for_each(out.append);"

    words = told(text, Reduce=hf.Reduce)[name]

    assert words.startswith(f"{WORDS[call]} is sent again in every tick: `for_each`")


def test_each_operator_that_can_spare_a_replay_is_among_them() -> None:
    names = {call.partition("::")[0] for call in WORDS}

    assert names == {operator.name for operator in OPERATORS if operator.replays and operator.goes_on.spares}


def test_what_begins_anew_in_each_tick_is_not_said_to_send_anything_again() -> None:
    words = told("source_stream(left) -> persist() -> inspect(print) -> unique() -> for_each(out.append);")

    assert set(words) == {"persist"}


def test_an_explanation_says_what_goes_on_and_from_which_names_that_depends() -> None:
    text = text_of("persist", "filter", "join")

    words = told(text)

    assert words["persist"].startswith(ON)
    assert "`join`" in words["persist"]
    assert "`limit`" in words["persist"]
    assert words["join"].startswith("goes on from where it stands")


def test_what_can_change_in_place_is_read_anew_in_every_tick() -> None:
    text = (
        "source_stream(left) -> persist() -> filter(|(k, _)| k not in banned) "
        "-> fold(|| 0, |n, _| n + 1) -> for_each(out.append);"
    )
    banned: set[int] = set()
    run = Run(text, banned=banned)

    first = run.tick([(1, 1), (2, 2)])
    banned.add(1)
    second = run.tick()

    assert "uses `banned`, which is bound to a set, which can change" in str(run.flow.explain())
    assert first == ([2], "")
    assert second == ([1], "")


def test_a_function_with_effects_is_called_as_often_as_without_optimisations() -> None:
    text = "source_stream(left) -> persist() -> map(note) -> fold(|| 0, |n, _| n + 1) -> for_each(out.append);"
    calls: dict[str, int] = {}
    for without in ((), (ALL,)):
        seen: list[Any] = []
        run = Run(text, without, note=seen.append)
        for _ in range(3):
            run.tick([(1, 1)])
        calls["".join(without)] = len(seen)

    assert calls == {"": 6, ALL: 6}


def test_a_function_deep_below_that_is_bound_anew_is_seen() -> None:
    module = types.ModuleType("deep")
    module.__dict__["factor"] = 2
    exec("def scaled(x):\n    return x[0] * factor\n", module.__dict__)
    names = {"scaled": module.__dict__["scaled"]}
    run = Run(
        "source_stream(left) -> persist() -> map(scaled) -> fold(|| 0, |a, x| a + x) -> for_each(out.append);", **names
    )

    first = run.tick([(1, 1), (2, 2)])
    module.__dict__["factor"] = 10
    second = run.tick()

    assert (first, second) == (([6], ""), ([30], ""))


def counted(text: str, held: int) -> int:
    """How often a key is hashed in a tick with one new item."""
    calls = [0]

    class Key(int):
        def __hash__(self) -> int:
            calls[0] += 1
            return int.__hash__(self)

    run = Run(text)
    run.tick([(Key(number), Key(number)) for number in range(held)])
    run.tick([(Key(held), Key(held))], [(Key(0), Key(0))])
    before = calls[0]
    run.tick([(Key(held + 1), Key(held + 1))], [(Key(1), Key(1))])
    return calls[0] - before


@pytest.mark.parametrize(
    "end", ["join", "difference", "anti_join", "fold", "reduce", "multiset_delta", "join that lasts", "circle"]
)
def test_a_tick_does_as_much_for_few_held_items_as_for_many(end: str) -> None:
    text = text_of("persist", "nothing", end)

    few, many = (counted(text, held) for held in (10, 1_000))

    assert many == few


# What streams by again in each tick, and matches little of what comes.
STREAMED = {
    "join_multiset_half": "source_stream(left) -> [probe]v; source_stream(right) -> [build]v; "
    "v = join_multiset_half::<'tick, 'static>()",
    "join_multiset_half, both static": "source_stream(left) -> [probe]v; source_stream(right) -> [build]v; "
    "v = join_multiset_half::<'static>()",
    "join_fused_lhs": "source_stream(left) -> [1]v; source_stream(right) -> [0]v; "
    "v = join_fused_lhs::<'tick, 'static>(Reduce(max))",
    "join_fused_rhs": "source_stream(left) -> persist() -> [0]v; source_stream(right) -> [1]v; "
    "v = join_fused_rhs(Fold(list, lambda a, b: a.append(b)))",
}


@pytest.mark.parametrize(
    "text", [*STREAMED.values(), *(f"{text} -> unique::<'static>()" for text, _ in AGAIN.values())]
)
def test_what_is_held_is_not_looked_at_where_it_matches_nothing_or_is_known_already(text: str) -> None:
    few, many = (counted(f"{text} -> for_each(out.append);", held) for held in (10, 1_000))

    assert many == few


def test_a_function_that_takes_the_name_of_one_of_pythons_has_all_sent_again() -> None:
    text = "source_stream(left) -> map(|(_, v)| v) -> persist() -> reduce::<'static>(max) -> for_each(out.append);"
    runs = [Run(text), Run(text, {ALL})]

    for number in range(4):
        if number == 2:
            for run in runs:
                run.names["max"] = lambda a, b: a + b
        first, second = (run.tick([(1, 1 + number)]) for run in runs)

        assert first == second
    assert "uses `max`, which is not Python's own" in str(runs[0].flow.explain())


def test_a_flow_goes_back_to_a_tick_before_a_name_was_bound_anew() -> None:
    run = Run(text_of("persist", "map", "fold"))
    run.flow.record()
    results = [run.tick([(1, 2)])]
    run.names["base"] = 5
    results.append(run.tick([(2, 2)]))

    run.flow.rewind(1)
    run.names["base"] = 1
    again = run.tick()
    other = Run(text_of("persist", "map", "fold"), {ALL})

    assert [other.tick([(1, 2)]), other.tick([(2, 2)])][1] == again


def test_what_an_operator_is_written_to_forget_is_not_shown_as_held() -> None:
    run = Run(text_of("persist", "nothing", "join"))
    run.tick([(1, 2)], [(1, 3)])

    states = run.flow._compiled.memory

    assert [node.operator.name for node in states.remembering] == ["persist"]


def test_names_are_read_through_once_as_long_as_they_mean_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    follow = Steady._follow
    monkeypatch.setattr(Steady, "_follow", lambda *given: (looked.append("once"), follow(*given))[1])
    text = "source_stream(left) -> persist() -> filter(|(k, _)| k not in banned) -> reduce(|a, b| a) -> null();"
    for banned in ((1,), {1}):
        looked.clear()
        run = Run(text, banned=banned)

        for _ in range(5):
            run.tick([(1, 1)])

        assert len(looked) == 1, banned
