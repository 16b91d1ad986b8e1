from __future__ import annotations

import copy
import random
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.aggregation import Fold, Reduce
from hydroflow_nb.lattices import MapUnion, Max, Pair, SetUnion


@dataclass
class Log:
    entries: list[int] = field(default_factory=list)


class Board:
    """A class of the user's, with what it has in a slot and in a dict."""

    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows: dict[str, list[int]] = {"all": []}


def put_in_dict(acc: dict[str, list[int]], x: int) -> None:
    acc.setdefault("all", []).append(x)


def put_in_log(acc: Log, x: int) -> Log:
    acc.entries.append(x)
    return acc


def put_in_board(acc: Board, x: int) -> None:
    acc.rows["all"].append(x)


def put_in_lattice(acc: MapUnion[str, SetUnion[int]], x: int) -> None:
    acc.merge(MapUnion({"all": SetUnion({x})}))


# What an accumulator is at first, what takes an item in, and the items of a state.
HOLDERS: dict[str, tuple[Callable[[], Any], Callable[[Any, int], Any], Callable[[Any], list[int]]]] = {
    "list": (list, list.append, list),
    "deque": (deque, deque.append, list),
    "list in a dict": (dict, put_in_dict, lambda acc: acc.get("all", [])),
    "list in a defaultdict": (lambda: defaultdict(list), put_in_dict, lambda acc: acc.get("all", [])),
    "list in a tuple": (lambda: (0, []), lambda acc, x: acc[1].append(x), lambda acc: acc[1]),
    "dataclass": (Log, put_in_log, lambda acc: acc.entries),
    "class with slots": (Board, put_in_board, lambda acc: acc.rows["all"]),
    "set in a lattice": (MapUnion, put_in_lattice, lambda acc: sorted(acc["all"]) if "all" in acc else []),
    "counts": (Counter, lambda acc, x: acc.update([x]), sorted),
}

OPERATORS = {
    "fold": "{source} -> fold::<'static>(init, f) -> {sink};",
    "fold_no_replay": "{source} -> fold_no_replay::<'static>(init, f) -> {sink};",
    "fold_keyed": "{source} -> map(|x| (0, x)) -> fold_keyed::<'static>(init, f) -> map(|(_, acc)| acc) -> {sink};",
    "fold_keyed that forgets": "{source} -> map(|x| hf.Persist(0, x)) -> fold_keyed::<'mutable>(init, f) "
    "-> map(|(_, acc)| acc) -> {sink};",
    "join_fused": "{source} -> map(|x| (0, x)) -> [0]j; source_iter([(0, 0)]) -> [1]j; "
    "j = join_fused::<'static, 'static>(Fold(init, f), Reduce(min)) -> map(|(_, (acc, _))| acc) -> {sink};",
    "join_fused of an aggregation that is made elsewhere": "{source} -> map(|x| (0, x)) -> [0]j; "
    "source_iter([(0, 0)]) -> [1]j; j = join_fused::<'static, 'static>(made, Reduce(min)) "
    "-> map(|(_, (acc, _))| acc) -> {sink};",
    "join_fused_lhs": "{source} -> map(|x| (0, x)) -> [0]j; source_iter([(0, 0)]) -> [1]j; "
    "j = join_fused_lhs::<'static, 'static>(Fold(init, f)) -> map(|(_, (acc, _))| acc) -> {sink};",
    "join_fused_rhs": "{source} -> map(|x| (0, x)) -> [1]j; source_iter([(0, 0)]) -> [0]j; "
    "j = join_fused_rhs::<'static, 'static>(Fold(init, f)) -> map(|(_, (_, acc))| acc) -> {sink};",
    "scan": "{source} -> scan::<'static>(init, step) -> {sink};",
    "a part of what scan holds": "{source} -> scan::<'static>(lambda: [init()], part) -> {sink};",
    "a name that is read": "{source} -> s; s = fold::<'static>(init, f); "
    "source_stream(asked) -> map(|_| [$s, $s][1]) -> {sink};",
    "fold behind singleton": "{source} -> fold::<'static>(init, f) -> s; s = singleton(); "
    "source_stream(asked) -> map(|_| $s) -> {sink};",
}
SINKS = {
    "kept outside": "for_each(out.append)",
    "deferred": "defer_tick() -> for_each(out.append)",
    "a row of states": "fold_no_replay::<'static>(list, |all, acc| all.append(acc)) -> for_each(rows.append)",
}


def states(operator: str, holder: str, sink: str, *, recorded: bool = False) -> list[list[int]]:
    """What was emitted in the ticks [1], [2], [3] and in a quiet one, read at the end."""
    init, f, items = HOLDERS[holder]

    def step(acc: Any, x: int) -> tuple[Any, Any]:
        f(acc, x)
        return acc, acc

    def part(acc: Any, x: int) -> tuple[Any, Any]:
        f(acc[0], x)
        return acc, acc[0]

    names: dict[str, Any] = {
        "init": init,
        "f": f,
        "step": step,
        "part": part,
        "made": Fold(init, f),
        "given": hf.channel(),
        "asked": hf.channel(),
        "out": [],
        "rows": [],
        "hf": hf,
    }
    text = OPERATORS[operator].format(source="source_stream(given)", sink=SINKS[sink])
    flow = hf.compile(text, namespace=names)
    if recorded:
        flow.record()
    for x in (1, 2, 3):
        names["given"].send(x)
        names["asked"].send(())
        flow.run_tick()
    flow.run_tick()
    found = names["out"] or names["rows"][-1]
    return [list(items(acc)) for acc in found]


@pytest.mark.parametrize("sink", SINKS)
@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("operator", OPERATORS)
def test_what_was_emitted_is_not_changed_by_later_ticks(operator: str, holder: str, sink: str) -> None:
    found = states(operator, holder, sink)

    assert found[:3] == [[1], [1, 2], [1, 2, 3]]
    assert all(state == [1, 2, 3] for state in found[3:])


@pytest.mark.parametrize("operator", OPERATORS)
def test_what_was_emitted_is_not_changed_by_later_ticks_that_are_recorded(operator: str) -> None:
    found = states(operator, "list in a dict", "kept outside", recorded=True)

    assert found[:3] == [[1], [1, 2], [1, 2, 3]]


@pytest.mark.parametrize(
    "text",
    [
        "lattice_fold::<'static>(SetUnion)",
        "lattice_fold(SetUnion)",
        "lattice_reduce::<'static>()",
        "lattice_reduce()",
    ],
)
def test_what_a_growing_value_emitted_is_not_changed_later_in_the_same_tick(text: str) -> None:
    given, out = hf.channel([SetUnion({1})]), list[Any]()
    flow = hf.compile(
        f"source_stream(given) -> all; all = union() -> {text} -> filter(|s| not s.is_bot()) -> tee();"
        "all -> for_each(out.append);"
        "all -> filter(|s| max(s) < 4) -> map(|s| SetUnion({max(s) + 1})) -> all;",
        namespace={"given": given, "out": out, "SetUnion": SetUnion},
    )
    flow.run_tick()

    assert out == [SetUnion({1}), SetUnion({1, 2}), SetUnion({1, 2, 3}), SetUnion({1, 2, 3, 4})]


@pytest.mark.parametrize(
    "text",
    [
        "reduce(f)",
        "reduce::<'static>(f)",
        "reduce(|acc, x| acc['all'].extend(x['all']))",
        "map(|x| (0, x)) -> reduce_keyed(f) -> map(|(_, x)| x)",
        "map(|x| (0, x)) -> reduce_keyed::<'static>(f) -> map(|(_, x)| x)",
    ],
)
def test_a_first_item_that_is_reduced_in_place_stays_as_it_was(text: str) -> None:
    def f(acc: dict[str, list[int]], x: dict[str, list[int]]) -> None:
        acc["all"].extend(x["all"])

    items = [{"all": [1]}, {"all": [2]}]
    out: list[Any] = []
    hf.compile(
        f"source_iter(items) -> {text} -> for_each(out.append);", namespace={"items": items, "out": out, "f": f}
    ).run_tick()

    assert (items, out) == ([{"all": [1]}, {"all": [2]}], [{"all": [1, 2]}])


@pytest.mark.parametrize("made", ["Reduce(put)", "FoldFrom(lambda x: x, put)", "made"])
@pytest.mark.parametrize("persistence", ["", "::<'static>"])
def test_a_first_value_that_a_fused_join_changes_in_place_stays_as_it_was(made: str, persistence: str) -> None:
    def put(acc: list[list[int]], x: list[list[int]]) -> None:
        acc[0].extend(x[0])

    items = [(0, [[1]]), (0, [[2]])]
    out: list[Any] = []
    hf.compile(
        f"source_iter(items) -> [0]j; source_iter([(0, 'x')]) -> [1]j; "
        f"j = join_fused_lhs{persistence}({made}) -> for_each(out.append);",
        namespace={"items": items, "out": out, "put": put, "made": Reduce(put)},
    ).run_tick()

    assert (items, out) == ([(0, [[1]]), (0, [[2]])], [(0, ([[1, 2]], "x"))])


def test_quiet_ticks_hand_out_the_same_object() -> None:
    given, out = hf.channel([1]), list[Any]()
    flow = hf.compile(
        "source_stream(given) -> fold::<'static>(list, f) -> for_each(out.append);",
        namespace={"given": given, "f": lambda acc, x: acc.append(x), "out": out},
    )
    for _ in range(3):
        flow.run_tick()

    assert out[0] is out[1] is out[2]


def test_of_many_keys_only_those_that_change_are_copied() -> None:
    given, out = hf.channel([(key, 1) for key in range(3)]), list[Any]()
    flow = hf.compile(
        "source_stream(given) -> fold_keyed::<'static>(list, f) -> for_each(out.append);",
        namespace={"given": given, "f": lambda acc, x: acc.append(x), "out": out},
    )
    flow.run_tick()
    given.send((1, 2))
    flow.run_tick()

    first, second = dict(out[:3]), dict(out[3:])
    assert (first, second) == ({0: [1], 1: [1], 2: [1]}, {0: [1], 1: [1, 2], 2: [1]})
    assert [first[key] is second[key] for key in range(3)] == [True, False, True]


def test_what_looks_at_an_accumulator_later_keeps_it() -> None:
    given, out = hf.channel(), list[Iterator[int]]()
    flow = hf.compile(
        "source_stream(given) -> fold::<'static>(list, |acc, x| acc.append(x)) -> for_each(|a| out.append(iter(a)));",
        namespace={"given": given, "out": out},
    )
    for x in (1, 2):
        given.send(x)
        flow.run_tick()

    assert [list(items) for items in out] == [[1], [1, 2]]


def test_what_cannot_be_copied_is_shared_and_the_rest_is_not() -> None:
    def f(acc: dict[str, Any], x: int) -> None:
        acc["lock"] = acc.get("lock") or Lock()
        acc.setdefault("all", []).append(x)

    given, out = hf.channel(), list[Any]()
    flow = hf.compile(
        "source_stream(given) -> fold::<'static>(dict, f) -> for_each(out.append);",
        namespace={"given": given, "f": f, "out": out},
    )
    for x in (1, 2):
        given.send(x)
        flow.run_tick()

    assert [acc["all"] for acc in out] == [[1], [1, 2]]
    assert out[0]["lock"] is out[1]["lock"]


def test_an_object_with_a_part_that_cannot_be_copied_is_copied_but_for_that_part() -> None:
    class Guarded:
        def __init__(self) -> None:
            self.lock, self.rows = Lock(), list[int]()

    given, out = hf.channel(), list[Any]()
    flow = hf.compile(
        "source_stream(given) -> fold::<'static>(Guarded, |acc, x| acc.rows.append(x)) -> for_each(out.append);",
        namespace={"given": given, "Guarded": Guarded, "out": out},
    )
    for x in (1, 2):
        given.send(x)
        flow.run_tick()

    assert [acc.rows for acc in out] == [[1], [1, 2]]
    assert out[0].lock is out[1].lock


def test_a_tick_that_fails_in_the_function_leaves_what_was_emitted() -> None:
    def f(acc: list[list[int]], x: int) -> None:
        acc[0].append(x)
        if x == 2:
            raise ValueError(x)

    given, out = hf.channel(), list[Any]()
    flow = hf.compile(
        "source_stream(given) -> fold::<'static>(lambda: [[]], f) -> for_each(out.append);",
        namespace={"given": given, "f": f, "out": out},
    )
    for x in (1, 2, 3):
        given.send(x)
        if x == 2:
            with pytest.raises(ValueError, match="2"):
                flow.run_tick()
        else:
            flow.run_tick()

    assert out == [[[1]], [[1, 2, 3]]]


def test_going_back_leaves_what_was_emitted() -> None:
    given, out = hf.channel(), list[Any]()
    flow = hf.compile(
        "source_stream(given) -> fold::<'static>(dict, f) -> for_each(out.append);",
        namespace={"given": given, "f": put_in_dict, "out": out},
    )
    flow.record()
    for x in (1, 2):
        given.send(x)
        flow.run_tick()
    flow.rewind(1)
    flow.run_tick()
    given.send(3)
    flow.run_tick()

    assert [acc["all"] for acc in out] == [[1], [1, 2], [1, 2], [1, 2, 3]]


@pytest.mark.parametrize(
    "text",
    [
        "fold::<'static>(dict, f)",
        "fold_keyed::<'static>(dict, f)",
        "scan::<'static>(dict, f)",
        "lattice_fold::<'static>(|| Max(0))",
        "state::<'static, Max>()",
    ],
)
def test_what_nobody_reads_is_never_copied(text: str) -> None:
    names = {"given": hf.channel(), "Max": Max, "f": put_in_dict}

    def code(sink: str) -> str:
        return hf.compile(f"source_stream(given) -> {text} -> {sink};", names).generated_source

    assert "lent" not in code("null()")
    assert "fresh" not in code("null()")
    assert "lent" in code("for_each(print)") or "fresh" in code("for_each(print)") or "state" in text


def test_a_scan_that_emits_new_lists_copies_no_state() -> None:
    class Table(dict[int, int]):
        copies = 0

        def __deepcopy__(self, memo: dict[int, Any]) -> Table:
            Table.copies += 1
            return Table(self)

    def step(acc: Table, x: int) -> tuple[Table, list[int]]:
        acc[x] = x
        return acc, [x, x + 1]

    out: list[list[int]] = []
    hf.compile(
        "source_iter(range(10)) -> scan(Table, step) -> for_each(out.append);",
        namespace={"Table": Table, "step": step, "out": out},
    ).run_tick()

    assert (len(out), Table.copies) == (10, 0)


def test_merges_that_say_nothing_new_copy_nothing() -> None:
    given, out = hf.channel([SetUnion({1, 2})]), list[Any]()
    flow = hf.compile(
        "source_stream(given) -> lattice_fold::<'static>(SetUnion) -> for_each(out.append);",
        namespace={"given": given, "SetUnion": SetUnion, "out": out},
    )
    for items in ({1}, {2}, {3}):
        flow.run_tick()
        given.send(SetUnion(items))
    flow.run_tick()

    assert out == [*[SetUnion({1, 2})] * 3, SetUnion({1, 2, 3})]
    assert out[0] is out[1] is out[2]


def put_in_row(acc: dict[int, Any], x: tuple[int, int]) -> None:
    key, value = x
    acc.setdefault(key, []).append(value)


def put_in_set(acc: dict[int, Any], x: tuple[int, int]) -> dict[int, Any]:
    if x[0] not in acc:
        acc[x[0]] = set()
    acc[x[0]].add(x[1])
    return acc


def put_in_two(acc: dict[int, Any], x: tuple[int, int]) -> None:
    acc[x[0]] += [x[1]]
    acc[x[1]].extend(x)


def put_deeper(acc: dict[int, Any], x: tuple[int, int]) -> None:
    acc.setdefault(x[0], [[]])[0].append(x[1])


# The functions, and what a part is at first.
CHANGES: dict[str, tuple[Any, Callable[[], Any]]] = {
    "|acc, (k, v)| acc.setdefault(k, []).append(v)": (lambda acc, x: acc.setdefault(x[0], []).append(x[1]), list),
    "|acc, x| acc[x[0]].__setitem__(x[1], x)": (lambda acc, x: acc[x[0]].__setitem__(x[1], x), dict),
    "|acc, x| (acc[x[1]].clear(), acc[x[0]].append(x[1]), acc)[2]": (
        lambda acc, x: (acc[x[1]].clear(), acc[x[0]].append(x[1]), acc)[2],
        deque,
    ),
    "|acc, (k, v)| acc[k].append(v) if v % 2 else acc.__setitem__(k, [v])": (
        lambda acc, x: acc[x[0]].append(x[1]) if x[1] % 2 else acc.__setitem__(x[0], [x[1]]),
        list,
    ),
    "put_in_row": (put_in_row, list),
    "put_in_set": (put_in_set, set),
    "put_in_two": (put_in_two, list),
    "put_deeper": (put_deeper, lambda: [[]]),
    "|acc, x| acc[x[0]].entries.append(x[1])": (lambda acc, x: acc[x[0]].entries.append(x[1]), Log),
}
KEEPING = {
    "the state": "for_each(|d| out.append(d))",
    "a part": "for_each(|d| out.append(d[3]))",
    "parts": "flat_map(|d| list(d.values())) -> for_each(out.append)",
    "a view": "for_each(|d| out.append(d.values()))",
    "the newest": "for_each(|d| out.append(d) or out.__setitem__(slice(0, -1), out[-1:] * (len(out) - 1)))",
    "some": "for_each(|d| out.append(d if 3 in d and len(out) % 3 else d[4]))",
    "deferred": "defer_tick() -> map(|d| d[3]) -> for_each(out.append)",
}


def plain(value: Any) -> Any:
    return list(value) if isinstance(value, type({}.values()) | type(OrderedDict().values())) else value


@pytest.mark.parametrize("kind", [dict, OrderedDict, "defaultdict", "one object in all"])
@pytest.mark.parametrize("keeping", KEEPING)
@pytest.mark.parametrize("f", CHANGES)
def test_a_state_of_many_parts_gives_what_copies_of_all_of_it_would_give(f: str, keeping: str, kind: Any) -> None:
    function, begin = CHANGES[f]

    def init() -> Any:
        if kind == "one object in all":
            return dict.fromkeys(range(40), begin())
        parts = {key: begin() for key in range(40)}
        return defaultdict(begin, parts) if kind == "defaultdict" else kind(parts)

    rng = random.Random(f"{f} {keeping}")
    ticks = [[(rng.randrange(6), rng.randrange(40)) for _ in range(rng.choice((0, 1, 1, 2, 30)))] for _ in range(12)]
    names: dict[str, Any] = {"init": init, "given": hf.channel(), "out": []}
    names |= {one.__name__: one for one in (put_in_row, put_in_set, put_in_two, put_deeper)}
    flow = hf.compile(f"source_stream(given) -> fold::<'static>(init, {f}) -> {KEEPING[keeping]};", namespace=names)
    copied: dict[str, Any] = {"emitted": hf.channel(), "out": []}
    reference = hf.compile(f"source_stream(emitted) -> {KEEPING[keeping]};", namespace=copied)
    acc = init()
    for items in ticks:
        for item in items:
            function(acc, item)
        names["given"].extend(items)
        copied["emitted"].send(copy.deepcopy(acc))
        flow.run_tick()
        reference.run_tick()

    assert list(map(plain, names["out"])) == list(map(plain, copied["out"]))


@pytest.mark.parametrize("f", ["|acc, (k, v)| acc.setdefault(k, []).append(v)", "put_in_row"])
def test_of_a_state_that_is_kept_only_the_parts_that_change_are_copied(f: str) -> None:
    names = {"given": hf.channel(), "out": list[Any](), "put_in_row": put_in_row}
    flow = hf.compile(f"source_stream(given) -> fold::<'static>(dict, {f}) -> for_each(out.append);", namespace=names)
    names["given"].extend((key, key) for key in range(100))
    flow.run_tick()
    names["given"].extend([(5, 1), (5, 2), (101, 3)])
    flow.run_tick()

    before, after = names["out"]
    assert [key for key in after if before.get(key) is not after[key]] == [5, 101]
    assert (before[5], after[5], after[101]) == ([5], [5, 1, 2], [3])


MERGES = {
    "lattice_fold": "lattice_fold::<'static>(MapUnion)",
    "lattice_fold in a tick": "lattice_fold(MapUnion)",
    "lattice_reduce": "lattice_reduce::<'static>()",
    "state": "s; s = state::<'static, MapUnion>(); s[items] -> null(); s[state]",
    "state_by": "s; s = state_by::<'static, MapUnion>(|m| m, MapUnion); s[items] -> null(); s[state]",
}
KEEPING_MAPS = {
    "the map": "for_each(|m| out.append(m))",
    "the map, hashed": "for_each(|m| hash(m) and out.append(m))",
    "a value, hashed": "for_each(|m| 3 in m and hash(m[3]) and out.append(m[3]))",
    "a view": "for_each(|m| out.append(m.reveal()))",
    "values": "for_each(|m| out.append([value for _, value in m.items()]))",
    "deferred": "defer_tick() -> for_each(out.append)",
}


@pytest.mark.parametrize("keeping", KEEPING_MAPS)
@pytest.mark.parametrize("operator", MERGES)
def test_a_map_of_many_lattices_gives_what_copies_of_all_of_it_would_give(operator: str, keeping: str) -> None:
    rng = random.Random(f"{operator} {keeping}")

    def delta() -> MapUnion[int, SetUnion[int]]:
        keys = [rng.randrange(8) for _ in range(rng.choice((1, 1, 2)))]
        return MapUnion({key: SetUnion({rng.randrange(9)}) for key in keys})

    begin = MapUnion({key: SetUnion({key}) for key in range(60)})
    ticks = [[begin], *([delta() for _ in range(rng.choice((0, 1, 2, 9)))] for _ in range(15))]
    given: dict[str, Any] = {"given": hf.channel(), "out": [], "MapUnion": MapUnion}
    flow = hf.compile(f"source_stream(given) -> {MERGES[operator]} -> {KEEPING_MAPS[keeping]};", namespace=given)
    copied: dict[str, Any] = {"given": hf.channel(), "out": [], "MapUnion": MapUnion}
    reference = hf.compile(f"source_stream(given) -> {KEEPING_MAPS[keeping]};", namespace=copied)
    acc = MapUnion[int, SetUnion[int]]()
    for items in ticks:
        if "in a tick" in operator:
            acc = MapUnion()
        for item in items:
            acc.merge(item)
        given["given"].extend(items)
        copied["given"].send(acc.copy())
        flow.run_tick()
        reference.run_tick()

    assert given["out"] == copied["out"]


def test_of_a_map_that_is_kept_only_the_lattices_that_grow_are_copied() -> None:
    names = {"given": hf.channel(MapUnion({key: Max(0)}) for key in range(100)), "out": [], "MapUnion": MapUnion}
    flow = hf.compile(
        "source_stream(given) -> lattice_fold::<'static>(MapUnion) -> for_each(out.append);", namespace=names
    )
    flow.run_tick()
    for value in (1, 2):
        names["given"].send(MapUnion({5: Max(value)}))
    flow.run_tick()

    before, after = names["out"]
    assert [key for key in after if before[key] is not after[key]] == [5]
    assert (before[5], after[5]) == (Max(0), Max(2))


def test_going_back_leaves_the_parts_that_were_emitted() -> None:
    names = {"given": hf.channel((key, key) for key in range(100)), "out": list[Any](), "put_in_row": put_in_row}
    flow = hf.compile(
        "source_stream(given) -> fold::<'static>(dict, put_in_row) -> for_each(out.append);", namespace=names
    )
    flow.record()
    flow.run_tick()
    for value in (1, 2):
        names["given"].send((5, value))
        flow.run_tick()
    flow.rewind(1)
    for _ in range(2):
        flow.run_tick()
    names["given"].send((5, 3))
    flow.run_tick()

    assert [acc[5] for acc in names["out"]] == [[5], [5, 1], [5, 1, 2], [5, 1], [5, 1, 2], [5, 1, 2, 3]]


class Table(dict[str, list[int]]):
    """A state that counts its copies."""

    copies = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> Table:
        Table.copies += 1
        return Table({key: items.copy() for key, items in self.items()})


def copies_of_a_state_behind_which_is(text: str, **more: Any) -> int:
    names: dict[str, Any] = {"given": hf.channel(), "Table": Table, "f": put_in_dict, "out": [], **more}
    Table.copies = 0
    flow = hf.compile(f"source_stream(given) -> fold::<'static>(Table, f) -> {text};", namespace=names)
    for x in (1, 2, 3):
        names["given"].send(x)
        flow.run_tick()
    return Table.copies


@pytest.mark.parametrize(
    "text",
    [
        "map(|d| len(d)) -> for_each(out.append)",
        "map(len) -> for_each(out.append)",
        "filter(|d| 'all' in d) -> inspect(|d| print(d)) -> map(|d| sum(len(v) for v in d.values())) -> null()",
        "tee() -> t; t = tee(); t -> for_each(|d| d['all']); t -> filter_map(|d| len(d['all']) or None) -> null()",
        "identity() -> flat_map(|d| [len(v) for v in d.values()]) -> defer_tick() -> for_each(out.append)",
    ],
)
def test_what_is_only_read_is_never_copied(text: str) -> None:
    assert copies_of_a_state_behind_which_is(text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "map(|d| d['all']) -> for_each(out.append)",
        "for_each(|d| out.append(d))",
        "map(|d| keep(d) or len(d)) -> null()",
        "defer_tick() -> map(|d| len(d)) -> for_each(out.append)",
        "tee() -> t; t = tee(); t -> map(|d| len(d)) -> null(); t -> for_each(out.append)",
        "map(|d| max(d.values(), key=keep)) -> null()",
    ],
)
def test_what_somebody_may_keep_is_copied(text: str) -> None:
    kept: list[Any] = []

    assert copies_of_a_state_behind_which_is(text, keep=lambda part: kept.append(part) or 0) == 2


def test_what_is_read_by_a_name_that_was_bound_anew_is_not_changed() -> None:
    kept: list[Any] = []
    names: dict[str, Any] = {"given": hf.channel(), "f": put_in_dict}
    flow = hf.compile("source_stream(given) -> fold::<'static>(dict, f) -> map(|d| len(d)) -> null();", namespace=names)
    for x in (1, 2, 3):
        names["given"].send(x)
        flow.run_tick()
        names["len"] = lambda d: kept.append(d)

    assert kept == [{"all": [1, 2]}, {"all": [1, 2, 3]}]


def test_what_a_fault_stopped_at_is_not_changed() -> None:
    names: dict[str, Any] = {"given": hf.channel(), "f": put_in_dict}
    flow = hf.compile(
        "source_stream(given) -> fold::<'static>(dict, f) -> map(|d| len(d.rows)) -> null();", namespace=names
    )
    found = []
    for x in (1, 2):
        names["given"].send(x)
        with pytest.raises(AttributeError) as caught:
            flow.run_tick()
        found.append(caught.value.obj)

    assert found == [{"all": [1]}, {"all": [1, 2]}]


def test_what_was_recorded_of_a_state_that_is_only_read_is_not_changed() -> None:
    names: dict[str, Any] = {"given": hf.channel(), "f": put_in_dict}
    flow = hf.compile("source_stream(given) -> fold::<'static>(dict, f) -> map(|d| len(d)) -> null();", namespace=names)
    flow.record()
    for x in (7, 8):
        names["given"].send(x)
        flow.run_tick()

    moved = [
        [str(item) for step in flow.recording.tick(tick).steps for one in step.moves.values() for item in one.items]
        for tick in (0, 1)
    ]
    assert moved == [["7", "7", "{'all': [7]}", "1"], ["8", "8", "{'all': [7, 8]}", "1"]]


@pytest.mark.parametrize("keep", [True, False])
def test_a_function_that_a_name_is_bound_to_anew_finds_the_parts_as_the_first_one_left_them(keep: bool) -> None:
    def share(lists: dict[str, list[int]], pair: tuple[str, int]) -> None:
        key, value = pair
        lists.setdefault(key, []).append(value)
        lists["all"] = lists[key]

    def add(lists: dict[str, list[int]], pair: tuple[str, int]) -> None:
        key, value = pair
        lists.setdefault(key, []).append(value)

    seen: list[Any] = []
    names: dict[str, Any] = {"pairs": hf.channel(), "change": share, "seen": seen}
    names["see"] = seen.append if keep else lambda lists: seen.append({key: [*one] for key, one in lists.items()})
    flow = hf.compile(
        "source_stream(pairs) -> fold::<'static>(lambda: {str(n): [] for n in range(20)}, change) -> for_each(see);",
        names,
    )
    names["pairs"].send(("a", 1))
    flow.run_tick()
    names["change"] = add
    names["pairs"].send(("a", 2))
    flow.run_tick()

    assert [(one["a"], one["all"]) for one in seen] == [([1], [1]), ([1, 2], [1, 2])]


def test_a_function_whose_default_value_is_a_function_is_read_as_any_other() -> None:
    def add(numbers: dict[int, list[int]], x: int, key: Any = lambda n: n) -> None:
        numbers.setdefault(0, []).append(key(x))

    seen: list[Any] = []
    names: dict[str, Any] = {"numbers": hf.channel(), "add": add, "seen": seen}
    flow = hf.compile("source_stream(numbers) -> fold::<'static>(lambda: {}, add) -> for_each(seen.append);", names)
    for number in range(3):
        names["numbers"].send(number)
        flow.run_tick()

    assert seen == [{0: [0]}, {0: [0, 1]}, {0: [0, 1, 2]}]


# What looks at a state and keeps nothing, by a function that the compiler knows nothing of.
LOOKING = [
    "for_each(see)",
    "map(|d| (1, d)) -> for_each(see)",
    "next_stratum() -> for_each(see)",
    "sort() -> for_each(see)",
    "s; s = singleton(); source_stream(asked) -> map(|_| $s) -> for_each(see)",
    "s; s = optional(); source_stream(asked) -> map(|_| $s) -> for_each(see)",
    "s; s = handoff(); source_stream(asked) -> map(|_| $s[0]) -> for_each(see)",
    "[single]c; source_stream(asked) -> [input]c; c = cross_singleton() -> for_each(see)",
    "[0]z; source_stream(asked) -> [1]z; z = zip() -> for_each(see)",
    "[0]c; source_stream(asked) -> [1]c; c = cross_join() -> for_each(see)",
    "map(|d| (1, d)) -> [0]j; source_stream(asked) -> map(|x| (1, x)) -> [1]j; j = join_multiset() -> for_each(see)",
]
STATES = {
    "a list": "fold::<'static>(|| [], |acc, x| acc.append(x))",
    "a dict": "fold::<'static>(|| {}, |acc, x| acc.__setitem__(x, x))",
    "a dict of lists": "fold::<'static>(|| {}, |acc, x| acc.setdefault(x % 50, []).append(x))",
    "a list by a named function": "fold::<'static>(list, put)",
    "a first item": "map(|x| [x]) -> reduce::<'static>(|acc, x| acc.extend(x))",
    "a set in a lattice": "map(|x| SetUnion({x})) -> lattice_fold::<'static>(|| SetUnion())",
    "a map of lattices": "map(|x| MapUnion({x: Max(x)})) -> lattice_fold::<'static>(|| MapUnion())",
    "lattices in a lattice": "map(|x| Pair(SetUnion({x}), Max(x))) -> lattice_reduce::<'static>()",
}


@pytest.mark.parametrize(
    ("state", "looking"),
    # To hash a lattice value freezes it.
    [
        (state, looking)
        for state in STATES
        for looking in LOOKING
        if "lattice" not in state or "= cross_join" not in looking
    ],
)
def test_a_state_that_was_looked_at_and_let_go_is_changed_in_place(state: str, looking: str) -> None:
    seen: list[int] = []

    def see(item: Any) -> None:
        while isinstance(item, tuple):
            item = next(part for part in item if not isinstance(part, int))
        seen.append(id(item))

    names: dict[str, Any] = {
        "given": hf.channel(),
        "asked": hf.channel(),
        "see": see,
        "put": lambda acc, x: acc.append(x),
        "SetUnion": SetUnion,
        "MapUnion": MapUnion,
        "Max": Max,
        "Pair": Pair,
    }
    flow = hf.compile(f"source_stream(given) -> {STATES[state]} -> {looking};", namespace=names)
    names["given"].extend(range(1_000))
    for x in range(3):
        names["given"].send(1_000 + x)
        names["asked"].send(1)
        flow.run_tick()

    assert len(seen) == 3
    assert len(set(seen)) == 1
