"""Linearizability: whether each operation of a history may have taken effect at one moment between its call and its
answer (M. Herlihy, J. Wing, "Linearizability: A Correctness Condition for Concurrent Objects", TOPLAS 12(3), 1990).

The search is that of J. Wing and C. Gong, "Testing and Verifying Concurrent Objects", Journal of Parallel and
Distributed Computing 17, 1993, with the improvements of G. Lowe, "Testing for Linearizability", Concurrency and
Computation 29(4), 2017: it does not come back to a set of operations with a state that it has been in. A key-value
store is linearizable where the history of each key is (Herlihy and Wing's locality); A. Horn and D. Kroening, "Faster
Linearizability Checking via P-Compositionality", FORTE 2015, use it so, as do Knossos and Porcupine.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from math import inf
from typing import Any

from hydroflow_nb.histories.models import UNKNOWN, Model, Register
from hydroflow_nb.histories.operation import Operation
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Linearization:
    """Whether a history is linearizable; `bool()` of it says so.

    `order` is an order in which the operations may have taken effect, those without an answer only where they need to
    have. Where there is none it is the longest beginning of one that was found, and `stuck` are the answered operations
    one of which would have to come next, and none can. `key` is that of the store at which it failed.
    """

    is_linearizable: bool
    order: Sequence[Operation]
    stuck: Sequence[Operation] = ()
    key: Any = None

    def __bool__(self) -> bool:
        return self.is_linearizable

    def __str__(self) -> str:
        lines = [f"  {operation}" for operation in self.order]
        if self.is_linearizable:
            return "\n".join(["linearizable, in this order:", *lines])
        of = "" if self.key is None else f" at the key {self.key!r}"
        return "\n".join(
            [f"not linearizable{of}: after", *(lines or ["  nothing"]), "none of these can come next:"]
            + [f"  {operation}" for operation in self.stuck]
        )


def linearize(operations: Iterable[Operation], model: Model | None = None) -> Linearization:
    """Look for an order of operations that a single thread could have done on a model (by default `Register()`).

    An operation without an answer may have taken effect at any time after its call, or never. Leave out operations
    that are known to have failed. The time it takes grows with the number of operations that overlap.
    """
    return _Search(list(operations), model or Register()).result()


def linearize_keys(
    operations: Iterable[Operation],
    model: Callable[[], Model] = Register,
    *,
    split: Callable[[Any], tuple[Any, Any]] = lambda call: (call[1], (call[0], *call[2:])),
) -> Linearization:
    """As `linearize`, for a store with an object of its own for each key.

    `split` gives the key of a call, and the call without it: `("write", "x", 3)` is `("x", ("write", 3))`. The result
    is that of the first key whose history is not linearizable; the order is by key.
    """
    keys: dict[Hashable, list[tuple[Operation, Any]]] = {}
    for operation in operations:
        key, call = split(operation.call)
        keys.setdefault(key, []).append((operation, call))
    order: list[Operation] = []
    for key, own in keys.items():
        parts = [replace(operation, call=call) for operation, call in own]
        whole = {id(part): operation for part, (operation, _) in zip(parts, own, strict=True)}
        found = linearize(parts, model())
        named = [whole[id(part)] for part in found.order]
        if not found:
            return replace(found, order=named, stuck=[whole[id(part)] for part in found.stuck], key=key)
        order += named
    return Linearization(is_linearizable=True, order=order)


class _Entry:
    """A call or an answer in the list of what is not in the order yet; the list is linked both ways."""

    __slots__ = ("answer", "before", "behind", "number")

    def __init__(self, number: int, answer: _Entry | None) -> None:
        self.number = number
        # Of a call: its answer's entry.
        self.answer = answer
        self.before: _Entry | None = None
        self.behind: _Entry | None = None

    def lift(self) -> None:
        """Take a call and its answer out."""
        for one in (self, self.answer):
            if one is not None and one.before is not None:
                one.before.behind = one.behind
                if one.behind is not None:
                    one.behind.before = one.before

    def put_back(self) -> None:
        """Put in again what was lifted last."""
        for one in (self.answer, self):
            if one is not None and one.before is not None:
                one.before.behind = one
                if one.behind is not None:
                    one.behind.before = one


class _Search:
    def __init__(self, operations: list[Operation], model: Model) -> None:
        self.operations = operations
        self.model = model
        self.head = _Entry(-1, None)
        events: list[tuple[float, int, int, _Entry]] = []
        for number, operation in enumerate(operations):
            answer = _Entry(number, None)
            end = inf if operation.completed is None else operation.completed
            # At one moment calls come before answers: then the operations overlap.
            events.append((operation.invoked, 0, number, _Entry(number, answer)))
            events.append((end, 1, number, answer))
        last = self.head
        for *_, entry in sorted(events, key=lambda event: event[:3]):
            last.behind, entry.before = entry, last
            last = entry

    def result(self) -> Linearization:
        operations, model, head = self.operations, self.model, self.head
        left = sum(operation.is_answered for operation in operations)
        state: Hashable = model.initial
        done = 0
        seen: set[tuple[int, Hashable]] = set()
        path: list[tuple[_Entry, Hashable]] = []
        longest: list[int] = []
        stuck: list[int] = []
        entry = head.behind
        while left:
            # The end of the list is an answer, for each call has one behind it: `entry` is never None here.
            assert entry is not None
            if entry.answer is not None:
                operation = operations[entry.number]
                result = operation.result if operation.is_answered else UNKNOWN
                fits, after = model.step(state, operation.call, result)
                key = (done | 1 << entry.number, after)
                if fits and key not in seen:
                    seen.add(key)
                    path.append((entry, state))
                    state, done = after, key[0]
                    left -= operation.is_answered
                    entry.lift()
                    entry = head.behind
                else:
                    entry = entry.behind
                continue
            # An answer whose call is not in the order: the order so far leads nowhere.
            if len(path) >= len(longest):
                longest = [one.number for one, _ in path]
                stuck = self._next()
            if not path:
                return Linearization(
                    is_linearizable=False,
                    order=[operations[number] for number in longest],
                    stuck=[operations[number] for number in stuck],
                )
            entry, state = path.pop()
            done &= ~(1 << entry.number)
            left += operations[entry.number].is_answered
            entry.put_back()
            entry = entry.behind
        return Linearization(is_linearizable=True, order=[operations[one.number] for one, _ in path])

    def _next(self) -> list[int]:
        """The answered operations that may come next: those called before the first answer."""
        found = []
        entry = self.head.behind
        while entry is not None and entry.answer is not None:
            if self.operations[entry.number].is_answered:
                found.append(entry.number)
            entry = entry.behind
        return found
