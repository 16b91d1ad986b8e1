"""What an operator holds of its inputs, and the time of the output of an operator that works on what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from hydroflow_nb.operators.rules.content import (
    Cause,
    Content,
    Copies,
    ItemOrder,
    Loss,
    Time,
    again_and_again,
    causes,
    normal,
    varying,
    weaker_loss,
)
from hydroflow_nb.operators.rules.rule import RuleView
from hydroflow_nb.records import dataclass


def all_causes(contents: Iterable[Content]) -> tuple[Cause, ...]:
    """The causes of several types, each once."""
    return causes(*(content.because for content in contents))


def varies(view: RuleView, code: str, words: str, *inputs: Content, port: str = "") -> Content:
    """Nothing is promised any more, because of what the operator does with these inputs."""
    cause = replace(view.because(code, words, port), decides=True)
    return varying(causes(all_causes(inputs), [cause]), again=again_and_again(inputs))


def unpromised(*inputs: Content) -> Content:
    """Nothing is promised, because nothing is promised of one of the inputs."""
    return varying(all_causes(inputs), again=again_and_again(inputs))


def held(view: RuleView, port: str = "", *, lattices: bool = False) -> Content:
    """What the operator holds of an input in a tick: its own content, or with `'static` all that has come so far.

    `lattices`: it merges what comes, so that it can hold values that only grow.
    """
    content = view.input(port)
    if content.varies or not view.is_static(port):
        return content
    match content.time:
        case Time.ONCE:
            return content if view.is_closed else content.but(time=Time.CONST)
        case Time.STREAM:
            return content.but(time=Time.GROWING)
        case Time.CONST | Time.GROWING if content.is_items:
            # They are added again in each tick, and behind what is held already.
            order = ItemOrder.ANY if content.order is ItemOrder.WITHIN else None
            return normal(content.but(copies=Copies.REPEATS, order=order))
    if lattices and content.is_rising_lattice:
        return content.but(time=Time.GROWING)
    return varies(view, "HF305", "keeps answers that were revised since", content, port=port)


@dataclass(frozen=True, kw_only=True)
class Side:
    """What an operator holds of one input. It is `linear` where a batch gives the union of what its items give, and
    `grows` where more of it never gives less.
    """

    port: str
    content: Content
    linear: bool = True
    grows: bool = True


def together(view: RuleView, sides: Sequence[Side], misses: str) -> Content:
    """What comes of all sides together: its time, what is lost and why, in no order and counted.

    `misses` says of the operator what it does not see, where one side forgets what the other one has still to bring.
    """
    contents = [side.content for side in sides]
    if any(content.varies for content in contents):
        return unpromised(*contents)
    for side in sides:
        if side.content.is_part and not side.grows:
            return varies(view, "HF310", "needs all of what comes", *contents, port=side.port)
    base = Content(
        time=Time.ONCE,
        order=ItemOrder.ANY,
        loss=weaker_loss(*(content.loss for content in contents)),
        again=again_and_again(contents),
        because=all_causes(contents),
    )
    batches = [side for side in sides if side.content.is_batch]
    rest = [side for side in sides if not side.content.is_batch]
    times = {side.content.time for side in rest}
    if view.is_closed and not rest:
        return base
    if all(content.is_view for content in contents):
        return _of_views(view, base, sides)
    if not times <= {Time.CONST, Time.GROWING}:
        return varies(view, "HF303", "works on what a tick holds", *contents)
    all_once = all(side.content.time is Time.ONCE for side in batches)
    if times <= {Time.CONST} and all(side.linear for side in batches) and (len(batches) == 1 or all_once):
        return replace(base, time=batches[0].content.time)
    if len(batches) == 1 and batches[0].content.again and _adds(batches[0]) and all(_adds(side) for side in rest):
        # It comes again after all that is held, so it misses nothing.
        return base.but(time=Time.STREAM)
    forgets = any(side.content.time is Time.ONCE for side in batches)
    if all(_adds(side) for side in sides):
        code = "HF309" if forgets else "HF307"
        words = _FORGETS if forgets else misses
        return normal(base.but(time=Time.STREAM, loss=Loss.PART, because=[view.because(code, words)]))
    if forgets:
        return varies(view, "HF309", _FORGETS, *contents)
    return varies(view, "HF303", "works on what a tick holds", *contents)


_FORGETS: Final = "forgets after the first tick what came in it"


def _adds(side: Side) -> bool:
    """Whether what comes adds to what the operator gives, and changes nothing of it."""
    content = side.content
    if content.is_batch:
        return side.linear and side.grows
    return content.time is Time.CONST or (content.time is Time.GROWING and content.is_items and side.grows)


def _of_views(view: RuleView, base: Content, sides: Sequence[Side]) -> Content:
    if all(side.content.time is Time.CONST for side in sides):
        return replace(base, time=Time.CONST)
    if all(_adds(side) for side in sides):
        return replace(base, time=Time.GROWING)
    return base.but(time=Time.SETTLING, because=[view.because("HF304", "depends on items that may still come")])


def comes_behind_all(signal: Content) -> tuple[bool, bool]:
    """Whether a signal comes behind all items, whenever they come; and whether it comes again and again."""
    if signal.varies:
        return False, False
    again = signal.time is Time.PULSE or (signal.again and not signal.is_part)
    return again or (signal.is_view and signal.is_items and not signal.is_part), again
