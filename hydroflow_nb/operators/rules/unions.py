"""The rules of operators that hand on the items of several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from hydroflow_nb.operators.rules.content import (
    Content,
    Copies,
    Holds,
    ItemOrder,
    Time,
    again_and_again,
    normal,
    weaker_copies,
    weaker_loss,
    weaker_order,
)
from hydroflow_nb.operators.rules.held import all_causes, unpromised, varies
from hydroflow_nb.operators.rules.rule import EVERY, Family, Outcome, RuleView, Spreads
from hydroflow_nb.operators.rules.sharding import united_spreads


class Union(Family):
    """The items of all inputs; `in_turn`: all of the first one before those of the second."""

    takes_what_is_known: ClassVar[bool] = True

    in_turn: bool = False

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return united_spreads(view)

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        contents = view.united()
        # Both halves of a join are one input, and not a mixture.
        alone = len(contents) == 1 and len(view.inputs) > 1
        return {EVERY: contents[0] if alone else united(view, contents, in_turn=self.in_turn)}


def united(view: RuleView, contents: Sequence[Content], *, in_turn: bool = False) -> Content:
    """The type of what several edges bring together."""
    if any(content.varies for content in contents):
        return unpromised(*contents)
    times = {content.time for content in contents}
    because = list(all_causes(contents))
    base = Content(
        time=Time.ONCE,
        order=weaker_order(*(content.order for content in contents)),
        copies=weaker_copies(Copies.COUNTED, *(content.copies for content in contents)),
        loss=weaker_loss(*(content.loss for content in contents)),
        again=again_and_again(contents),
        because=because,
    )
    of_items = all(content.is_items for content in contents)
    if times == {Time.ONCE}:
        return normal(base.but(order=ItemOrder.ANY if view.is_in_cycle else None))
    if times == {Time.PULSE}:
        return base.but(time=Time.PULSE)
    if any(content.is_rising_lattice and not content.is_items for content in contents) and all(
        content.is_rising_lattice or content.is_batch for content in contents
    ):
        return base.but(time=Time.RISING, order=ItemOrder.ANY, copies=Copies.REPEATS, shape=Holds.LATTICE)
    mixes = view.because("HF301", "takes its inputs as they come")
    if times <= {Time.ONCE, Time.STREAM}:
        return normal(base.but(time=Time.STREAM, order=ItemOrder.ANY, because=[mixes]))
    in_order = weaker_order(base.order, ItemOrder.WITHIN) if in_turn else ItemOrder.ANY
    if of_items and times <= {Time.CONST, Time.GROWING}:
        time = Time.CONST if times == {Time.CONST} else Time.GROWING
        return normal(base.but(time=time, order=in_order))
    if of_items and times <= {Time.ONCE, Time.STREAM, Time.CONST, Time.GROWING}:
        again = view.because("HF302", "takes in every tick what it took before")
        return base.but(time=Time.STREAM, order=ItemOrder.ANY, copies=Copies.REPEATS, because=[again])
    if times <= {Time.CONST, Time.GROWING, Time.SETTLING}:
        return _settling(view, base, contents, in_order)
    if Time.PULSE in times:
        return varies(view, "HF308", "mixes a timer with other items", *contents)
    return varies(view, "HF305", "mixes answers that are revised with other items", *contents)


def _settling(view: RuleView, base: Content, contents: Sequence[Content], order: ItemOrder | None) -> Content:
    if any(content.is_part and not content.is_items for content in contents):
        return varies(view, "HF310", "takes a value that may be made of a part only", *contents)
    return normal(
        base.but(
            time=Time.SETTLING, order=order, because=[view.because("HF304", "takes in what may still be taken back")]
        )
    )


class FirstOf(Family):
    """The first items of several inputs, one input after the other."""

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        contents = [content for _, content in view.inputs]
        if any(content.varies for content in contents):
            return {EVERY: unpromised(*contents)}
        base = united(view, contents, in_turn=True)
        if base.is_part:
            return {EVERY: varies(view, "HF310", "leaves out what comes behind others", *contents)}
        if not all(content.is_certain for content in contents):
            code = "HF302" if any(content.repeats for content in contents) else "HF301"
            return {EVERY: varies(view, code, "takes as many items as come first", *contents)}
        if all(content.time is Time.ONCE for content in contents) and not view.is_in_cycle:
            return {EVERY: base}
        if all(content.is_view for content in contents):
            return {EVERY: base if base.time is Time.CONST else base.but(time=Time.SETTLING)}
        return {EVERY: varies(view, "HF303", "counts the items of a tick", *contents)}
