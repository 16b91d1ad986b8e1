"""Schedules of a flow alone: which items come in which tick; and the single steps from one to another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from itertools import combinations, pairwise, permutations
from math import factorial
from random import Random
from typing import Final

from hydroflow_nb.operators.rules.rule import Differences
from hydroflow_nb.records import dataclass

# Up to so many items, all orders and batches are tried: 5! * 2**4 schedules.
FEW: Final = 5
Batches = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Items, by their numbers, a group for each tick. One that comes again stands there again, one that is lost not."""

    batches: Batches

    @property
    def order(self) -> tuple[int, ...]:
        """The items in the order in which they come."""
        return tuple(item for batch in self.batches for item in batch)


def reference(count: int) -> Schedule:
    """All items in one tick."""
    return Schedule(batches=(tuple(range(count)),) if count else ())


def cut(order: Sequence[int], ends: Sequence[int]) -> Schedule:
    """Items in an order, where ticks end behind so many of them."""
    bounds = [0, *sorted(ends), len(order)]
    batches = (tuple(order[start:end]) for start, end in pairwise(bounds))
    return Schedule(batches=tuple(batch for batch in batches if batch))


def schedules(inputs: Sequence[str], differences: Differences, runs: int, rng: Random) -> Iterator[Schedule]:
    """Schedules in which items come in other batches, inputs interleave, and items come as the differences say in
    another order, again, or never: simple ones first, then all of few items, then `runs` by chance, where that is not
    all there is. `inputs` has the input of each item.
    """
    count = len(inputs)
    items = list(range(count))
    one_by_one = range(1, count)
    yield cut(items, one_by_one)
    reordered = _reorders(differences)
    if reordered:
        yield cut(items[::-1], ())
        yield cut(items[::-1], one_by_one)
    if differences.duplication:
        yield cut(items * 2, ())
        yield cut(items * 2, (count,))
    if differences.loss:
        for item in items:
            yield cut([one for one in items if one != item], ())
    yield from _with_a_quiet_tick(count)
    if count <= FEW:
        for order in permutations(items):
            if not reordered and not _keeps_order(order, inputs):
                continue
            for number in range(count):
                for ends in combinations(one_by_one, number):
                    yield cut(order, ends)
    if are_all(count, differences):
        return
    for _ in range(runs):
        yield _by_chance(inputs, differences, rng, reordered=reordered)


def _with_a_quiet_tick(count: int) -> Iterator[Schedule]:
    whole = reference(count).batches
    yield Schedule(batches=((), *whole))
    yield Schedule(batches=(*whole, ()))


def thinned(schedule: Schedule, items: Container[int], again: Container[int], ends: Container[int]) -> Schedule:
    """A schedule with some of its items, some of which come again and the others only at last, and with some of the
    ends of its ticks, by how many items come before each.
    """
    batches: list[Sequence[int]] = []
    waiting: list[int] = []
    last = {item: place for place, item in enumerate(schedule.order)}
    before = 0
    for batch in schedule.batches:
        for item in batch:
            if item in items and (item in again or last[item] == before):
                waiting.append(item)
            before += 1
        if before in ends and (waiting or not batch):
            batches.append(tuple(waiting))
            waiting = []
    return Schedule(batches=tuple(map(tuple, [*batches, waiting] if waiting else batches)))


def are_all(count: int, differences: Differences) -> bool:
    """True where all schedules of so many items are tried: there are few, and each comes once."""
    return count <= FEW and not (differences.duplication or differences.loss)


def number_of(inputs: Sequence[str], differences: Differences) -> int:
    """How many schedules there are in which each item comes once: the orders by the batches, and two with a tick
    without items.
    """
    count = len(inputs)
    orders = factorial(count)
    if not _reorders(differences):
        for of_input in Counter(inputs).values():
            orders //= factorial(of_input)
    return (orders << max(0, count - 1)) + 2


def _reorders(differences: Differences) -> bool:
    return differences.order or differences.replication


def _keeps_order(order: Sequence[int], inputs: Sequence[str]) -> bool:
    """Whether the items of each input come in their own order."""
    newest: dict[str, int] = {}
    for item in order:
        if item < newest.get(inputs[item], -1):
            return False
        newest[inputs[item]] = item
    return True


def _by_chance(inputs: Sequence[str], differences: Differences, rng: Random, *, reordered: bool) -> Schedule:
    order = _interleaved(inputs, rng)
    if differences.loss:
        order = [item for item in order if rng.random() < 0.7]
    if differences.duplication:
        for item in list(order):
            if rng.random() < 0.4:
                order.insert(rng.randint(order.index(item) + 1, len(order)), item)
    if reordered:
        rng.shuffle(order)
    ends = [place for place in range(1, len(order)) if rng.random() < rng.choice((0.2, 0.5))]
    return cut(order, ends)


def _interleaved(inputs: Sequence[str], rng: Random) -> list[int]:
    """The items in an order by chance, which keeps the order of each input."""
    waiting: dict[str, list[int]] = {}
    for item, name in enumerate(inputs):
        waiting.setdefault(name, []).append(item)
    turns = list(inputs)
    rng.shuffle(turns)
    return [waiting[name].pop(0) for name in turns]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step from a schedule to the next: what happens, to which item, and beside which other one.

    `lost`: it never arrives. `again`: it arrives once more. `before`: it arrives before the other one. `end`: a tick
    ends after it. `woken`, `quiet`: a tick without items happens before it, after it.
    """

    kind: str
    item: int
    other: int | None = None


def way(start: Schedule, goal: Schedule) -> list[tuple[Step | None, Schedule]]:
    """The schedules from one to the other by single steps, both included, each with the step that led to it."""
    order, wanted = list(start.order), list(goal.order)
    found: list[tuple[Step | None, Schedule]] = [(None, start)]
    if () in goal.batches:
        step = Step(kind="woken", item=wanted[0]) if goal.batches[0] == () else Step(kind="quiet", item=wanted[-1])
        return [*found, (step, goal)]

    def note(step: Step, ends: Sequence[int] = ()) -> None:
        found.append((step, cut(order, ends)))

    have, need = Counter(order), Counter(wanted)
    for item in sorted(have - need):
        order.remove(item)
        note(Step(kind="lost", item=item))
    for item in sorted((need - have).elements()):
        order.append(item)
        note(Step(kind="again", item=item))
    for place, item in enumerate(wanted):
        at = order.index(item, place)
        while at > place:
            order[at - 1], order[at] = order[at], order[at - 1]
            at -= 1
            if order[at] != order[at + 1]:
                note(Step(kind="before", item=item, other=order[at + 1]))
    ends: list[int] = []
    behind = 0
    for batch in goal.batches[:-1]:
        behind += len(batch)
        ends.append(behind)
        note(Step(kind="end", item=order[behind - 1]), ends)
    return found
