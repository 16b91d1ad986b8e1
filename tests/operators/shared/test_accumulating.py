from __future__ import annotations

import copy
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.aggregation import Fold
from hydroflow_nb.lattices import MapUnion, Max, SetUnion

CHANGING = {
    "fold": "fold::<{}>(list, |acc, x| acc.append(x))",
    "fold_no_replay": "fold_no_replay::<{}>(list, |acc, x| acc.append(x))",
    "reduce": "map(|x| [x]) -> reduce::<{}>(|acc, x| acc.extend(x))",
    "reduce_no_replay": "map(|x| [x]) -> reduce_no_replay::<{}>(|acc, x| acc.extend(x))",
    "fold_keyed": "map(|x| (0, x)) -> fold_keyed::<{}>(list, |acc, x| acc.append(x)) -> map(|(_, acc)| acc)",
    "reduce_keyed": "map(|x| (0, [x])) -> reduce_keyed::<{}>(|acc, x| acc.extend(x)) -> map(|(_, acc)| acc)",
    "scan": "scan::<{}>(list, grow_and_give)",
}


@dataclass
class Log:
    lines: dict[str, list[int]] = field(default_factory=lambda: {"all": []})

    def add(self, item: int) -> None:
        self.lines["all"].append(item)


def grow_and_give(acc: list[int], item: int) -> tuple[list[int], list[int]]:
    acc.append(item)
    return acc, acc


def grow_within(acc: dict[str, list[int]], item: int) -> None:
    acc.setdefault("all", []).append(item)


def grow_log(acc: Log, item: int) -> None:
    acc.add(item)


def grow_part(acc: tuple[list[int], int], item: int) -> tuple[list[int], int]:
    acc[0].append(item)
    return acc[0], acc[1] + 1


# For each a flow's text, what makes numbers of what it gives, and these numbers for the ticks [1], [2], [].
KEPT = {
    "a list": ("fold::<'static>(list, |acc, x| acc.append(x))", lambda acc: acc),
    "a list in a dict": ("fold::<'static>(dict, grow_within)", lambda acc: acc["all"]),
    "a list in a tuple": ("fold::<'static>(lambda: ([], 0), grow_part)", lambda acc: acc[0]),
    "an object": ("fold::<'static>(Log, grow_log)", lambda acc: acc.lines["all"]),
    "an object, by its method": ("fold::<'static>(Log, |acc, x| acc.add(x))", lambda acc: acc.lines["all"]),
    "a set": ("fold::<'static>(set, |acc, x| acc.add(x))", sorted),
    "a lattice": ("map(|x| SetUnion({x})) -> lattice_fold::<'static>(SetUnion)", lambda acc: sorted(acc.reveal())),
    "a lattice that is reduced": (
        "map(|x| SetUnion({x})) -> lattice_reduce::<'static>()",
        lambda acc: sorted(acc.reveal()),
    ),
    "a lattice that is folded by hand": (
        "map(|x| SetUnion({x})) -> fold::<'static>(SetUnion, |acc, x| (acc.merge(x), acc)[1])",
        lambda acc: sorted(acc.reveal()),
    ),
    "a list in a dict, by key": (
        "map(|x| (0, x)) -> fold_keyed::<'static>(dict, grow_within)",
        lambda pair: pair[1]["all"],
    ),
    "a list in a dict, reduced": (
        "map(|x| {'all': [x]}) -> reduce::<'static>(|acc, x| acc['all'].extend(x['all']))",
        lambda acc: acc["all"],
    ),
    "a list in a list, reduced by key": (
        "map(|x| (0, [[x]])) -> reduce_keyed::<'static>(|acc, x| acc[0].extend(x[0]))",
        lambda pair: pair[1][0],
    ),
}


def kept_over_ticks(text: str, *ticks: list[int]) -> list[Any]:
    """What a flow has emitted, looked at when all ticks have run."""
    items, out = hf.channel(), []
    names = {
        "items": items,
        "out": out,
        "SetUnion": SetUnion,
        "MapUnion": MapUnion,
        "Max": Max,
        "Log": Log,
        "grow_within": grow_within,
        "grow_log": grow_log,
        "grow_part": grow_part,
        "grow_and_give": grow_and_give,
    }
    flow = hf.compile(f"source_stream(items) -> {text} -> for_each(out.append);", namespace=names)
    for tick in ticks:
        items.extend(tick)
        flow.run_tick()
    return out


@pytest.mark.parametrize("operator", CHANGING)
def test_what_a_lasting_accumulator_emitted_is_not_changed_by_later_ticks(
    through: Callable[..., Any], operator: str
) -> None:
    found = kept_over_ticks(CHANGING[operator].format("'static"), [1], [2])

    assert found == [[1], [1, 2]]


@pytest.mark.parametrize("case", KEPT)
def test_what_was_emitted_stays_as_it_was_at_any_depth(case: str) -> None:
    text, seen = KEPT[case]

    found = [seen(item) for item in kept_over_ticks(text, [1], [2], [3])]

    assert found == [[1], [1, 2], [1, 2, 3]]


@pytest.mark.parametrize("case", KEPT)
def test_a_part_that_is_kept_stays_as_it_was_when_the_whole_is_let_go(case: str) -> None:
    text, seen = KEPT[case]
    items, parts = hf.channel(), []
    names = {"items": items, "keep": lambda item: parts.append(seen(item)), "SetUnion": SetUnion, "Log": Log}
    names |= {"grow_within": grow_within, "grow_log": grow_log, "grow_part": grow_part}
    flow = hf.compile(f"source_stream(items) -> {text} -> for_each(keep);", namespace=names)

    for number in (1, 2, 3):
        items.send(number)
        flow.run_tick()

    assert parts == [[1], [1, 2], [1, 2, 3]]


# Folds into a few lists that hold much, and what is seen of the first one.
IN_A_LIST = [
    "fold::<'static>(|| [list(range(600)) for _ in range(3)], |acc, x| acc[x % 3].append(x))",
    "fold::<'static>(|| [list(range(600)) for _ in range(3)], |acc, x| acc[x - 3].append(x))",
    "fold::<'static>(|| [list(range(600))] * 3, |acc, x| acc[x % 2].append(x))",
    "fold::<'static>(|| [list(range(600)) for _ in range(9)], "
    "|acc, x| (acc[x % 2].append(x), acc.__delitem__(0), acc)[2])",
    "fold::<'static>(|| {k: list(range(600)) for k in range(3)}, |acc, x| acc[x % 3].append(x))",
    "fold::<'static>(list_of_lists, by_place)",
]


@pytest.mark.parametrize("text", IN_A_LIST)
@pytest.mark.parametrize("keeps", ["|acc| out.append(acc)", "|acc| out.append(acc[0])", "|acc| out.append(len(acc))"])
def test_a_list_of_large_lists_that_was_emitted_stays_as_it_was(text: str, keeps: str) -> None:
    def by_place(acc: list[list[int]], x: int) -> None:
        acc[x % 3].append(x)

    runs = []
    for copies in (False, True):
        items, out = hf.channel(), list[Any]()
        names = {"items": items, "out": out, "by_place": by_place}
        names["list_of_lists"] = lambda: [list(range(600)) for _ in range(3)]
        kept = keeps.replace("(acc", "(deepcopy(acc") + ")" if copies else keeps
        names["deepcopy"] = deepcopy
        flow = hf.compile(f"source_stream(items) -> {text} -> for_each({kept});", namespace=names)
        for batch in ([1], [2, 3], [], [1, 2, 3], [3], [0]):
            items.extend(batch)
            flow.run_tick()
        runs.append(out)

    assert runs[0] == runs[1]


@pytest.mark.parametrize("fold", ["Fold(dict, grow_within)", "FoldFrom(lambda x: {'all': [x]}, grow_within)", "given"])
def test_what_a_fused_join_emitted_stays_as_it_was(fold: str) -> None:
    left, right, out = hf.channel(), hf.channel([(0, "r")]), []
    names = {"left": left, "right": right, "out": out, "grow_within": grow_within}
    names["given"] = Fold(dict, grow_within)
    text = f"""
        source_stream(left) -> [0]joined; source_stream(right) -> [1]joined;
        joined = join_fused_lhs::<'static, 'static>({fold}) -> for_each(out.append);
    """
    flow = hf.compile(text, namespace=names)

    for number in (1, 2, 3):
        left.send((0, number))
        flow.run_tick()

    assert [half["all"] for _, (half, _) in out] == [[1], [1, 2], [1, 2, 3]]


@pytest.mark.parametrize(
    ("state", "seen"),
    [
        ("fold::<'static>(dict, grow_within)", lambda acc: acc["all"]),
        ("map(|x| [[x]]) -> reduce::<'static>(|acc, x| acc[0].extend(x[0]))", lambda acc: acc[0]),
        ("map(|x| SetUnion({x})) -> state::<'static, SetUnion>()", lambda acc: sorted(acc.reveal())),
        ("state_by::<'static, SetUnion>(|x| SetUnion({x}), SetUnion)", lambda acc: sorted(acc.reveal())),
        ("map(|x| SetUnion({x})) -> lattice_fold::<'static>(SetUnion)", lambda acc: sorted(acc.reveal())),
    ],
)
def test_what_a_name_read_stays_as_it_was(state: str, seen: Callable[[Any], Any]) -> None:
    items, out = hf.channel(), []
    names = {"items": items, "out": out, "SetUnion": SetUnion, "grow_within": grow_within}
    text = (
        f"items_ = source_stream(items) -> tee(); s = items_ -> {state}; items_ -> map(|x| $s) -> for_each(out.append);"
    )
    flow = hf.compile(text, namespace=names)

    for number in (1, 2, 3):
        items.send(number)
        flow.run_tick()

    assert [seen(item) for item in out] == [[1], [1, 2], [1, 2, 3]]


@pytest.mark.parametrize("operator", ["lattice_fold::<'static>(SetUnion)", "lattice_reduce::<'static>()"])
def test_a_lattice_that_was_hashed_downstream_goes_on_growing(operator: str) -> None:
    found = kept_over_ticks(f"map(|x| SetUnion({{x}})) -> {operator} -> unique::<'static>()", [1], [2], [2], [3])

    assert [sorted(value.reveal()) for value in found] == [[1], [1, 2], [1, 2, 3]]


def test_a_lattice_in_a_fold_that_was_hashed_downstream_goes_on_growing() -> None:
    text = "map(|x| SetUnion({x})) -> fold::<'static>(SetUnion, |acc, x| (acc.merge(x), acc)[1]) -> unique()"

    found = kept_over_ticks(text, [1], [2], [3])

    assert [sorted(value.reveal()) for value in found] == [[1], [1, 2], [1, 2, 3]]


def test_an_item_that_begins_a_reduction_stays_as_it_was() -> None:
    first, out = [[1]], []
    text = "source_iter([first, [[2]]]) -> reduce(|acc, x| acc[0].extend(x[0])) -> for_each(out.append);"

    hf.compile(text, namespace={"first": first, "out": out}).run_tick()

    assert (first, out) == ([[1]], [[[1, 2]]])


class Counted(dict[str, int]):
    copies = 0

    def __deepcopy__(self, memo: Any) -> Counted:
        Counted.copies += 1
        return Counted(copy.deepcopy(dict(self), memo))


@pytest.mark.parametrize("ticks", [[[1], [], [], []], [[1, 2, 3]]])
def test_quiet_ticks_and_items_of_one_tick_copy_nothing(ticks: list[list[int]]) -> None:
    Counted.copies = 0
    items, out = hf.channel(), []
    names = {"items": items, "out": out, "Counted": Counted, "grow": lambda acc, x: acc.update({str(x): x})}
    flow = hf.compile(
        "source_stream(items) -> fold::<'static>(Counted, grow) -> for_each(out.append);", namespace=names
    )

    for tick in ticks:
        items.extend(tick)
        flow.run_tick()

    assert Counted.copies == 0


def test_what_nobody_keeps_is_not_copied() -> None:
    seen: set[int] = set()
    items = hf.channel()
    names = {"items": items, "look": lambda acc: seen.add(id(acc))}
    text = "source_stream(items) -> fold::<'static>(dict, |acc, x| acc.update({x: x})) -> for_each(look);"
    flow = hf.compile(text, namespace=names)

    for number in range(5):
        items.send(number)
        flow.run_tick()

    assert len(seen) == 1


@pytest.mark.parametrize("operator", CHANGING)
def test_an_accumulator_of_one_tick_is_handed_on_as_it_is(operator: str) -> None:
    if operator == "scan":
        pytest.skip("it emits within the tick")

    text = f"source_iter([1]) -> {CHANGING[operator].format(chr(39) + 'tick')} -> null();"

    assert "own" not in hf.compile(text, {}).generated_source
