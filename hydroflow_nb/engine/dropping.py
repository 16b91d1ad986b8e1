"""What an aborted tick had on its way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import CodeType, MappingProxyType
from typing import Any

from hydroflow_nb.engine.notes import traceback_of
from hydroflow_nb.engine.program import Program

_LIST_ITERATOR: type = type(iter([]))


def dropped(
    program: Program,
    exception: BaseException,
    strata: Sequence[Callable[[], None]],
    at_work: Collection[CodeType],
    rests: Mapping[CodeType, Sequence[str]] = MappingProxyType({}),
) -> int:
    """How many items an aborted tick had on their way; they are removed.

    `exception` came out of one of the strata, or out of a function that runs plain ticks; `at_work` is the code of the
    engine's methods that run ticks, also those of other flows. `rests` are variables of such functions, by their code,
    for what is left of batches: a tuple of at most one item where it is no iterator.
    """
    count = sum(inbox.drop() for inbox in program.inboxes)
    begun = list(_begun_lists(exception, strata, at_work, rests))
    count += sum(left for _, left in begun)
    for handoff in [*program.handoffs, *(buffer.now for buffer in program.tick_buffers)]:
        # A list that a stratum goes through still holds all of its items.
        if not any(handoff is items for items, _ in begun):
            count += len(handoff)
        handoff.clear()
    for buffer in program.tick_buffers:
        if buffer.within_tick:
            count += len(buffer.next)
            buffer.next.clear()
    return count


def _begun_lists(
    exception: BaseException,
    strata: Sequence[Callable[[], None]],
    at_work: Collection[CodeType],
    rests: Mapping[CodeType, Sequence[str]],
) -> Iterator[tuple[list[Any], int]]:
    """The lists that the strata were going through, each with the number of its items that were not finished.

    A stratum keeps the iterator of such a list in a variable; the item that it gave last is not finished.
    """
    codes = {getattr(stratum, "__code__", None) for stratum in strata}
    traceback = traceback_of(exception)
    is_inside = False
    while traceback is not None:
        frame = traceback.tb_frame
        if is_inside and (frame.f_code in at_work or frame.f_code in rests):
            # Another flow that was run from here, or the older part of an exception's traceback that was raised before.
            return
        if frame.f_code in codes or frame.f_code in rests:
            is_inside = True
            variables = frame.f_locals
            for name in rests.get(frame.f_code, ()):
                if isinstance(one := variables.get(name), tuple):
                    yield [*one], len(one)
            for name in frame.f_code.co_varnames:
                iterator: Any = variables.get(name)
                if type(iterator) is not _LIST_ITERATOR:
                    continue
                state: Any = iterator.__reduce__()
                # An iterator at its end has no index, and no longer knows its list.
                if len(state) == 3:
                    items: list[Any] = state[1][0]
                    yield items, len(items) - max(state[2] - 1, 0)
        traceback = traceback.tb_next
