"""The rules of operators with two inputs that are matched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar

from hydroflow_nb.operators.rules.content import (
    Content,
    Copies,
    Holds,
    ItemOrder,
    Loss,
    Sense,
    Time,
    again_and_again,
    normal,
    weaker_copies,
)
from hydroflow_nb.operators.rules.folding import folded
from hydroflow_nb.operators.rules.held import Side, all_causes, held, together, unpromised, varies
from hydroflow_nb.operators.rules.rule import EVERY, Family, Law, Outcome, RuleView, Spreads
from hydroflow_nb.operators.rules.sharding import kept, lost, matched, subtracted

_MISSES = "matches only what comes in the same tick"


class Join(Family):
    """All pairs of items that match; `keeps_copies` where equal items count as often as they come. `distinct_by_type`:
    the type arguments that say so, or that they count once.
    """

    has_halves: ClassVar[bool] = True

    keeps_copies: bool
    distinct_by_type: Mapping[str, bool] = MappingProxyType({})

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return matched(view, "0", "1")

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        sides = [Side(port=port, content=held(view, port)) for port in ("0", "1")]
        content = together(view, sides, _MISSES)
        keeps_copies = not self.distinct_by_type.get(view.type_name, not self.keeps_copies)
        return {EVERY: normal(content.but(copies=_copies(content, sides, keeps_copies=keeps_copies)))}


def _copies(content: Content, sides: list[Side], *, keeps_copies: bool) -> Copies:
    copies = [side.content.copies for side in sides]
    if keeps_copies:
        return weaker_copies(*copies)
    if content.time is not Time.STREAM:
        return Copies.DISTINCT
    # Equal items count once within a tick only.
    of_batches = [side.content.copies for side in sides if side.content.is_batch]
    return Copies.DISTINCT if Copies.DISTINCT in of_batches else Copies.REPEATS


class HalfJoin(Family):
    """The items of `probe`, each with those of `build` that match; `build` is complete before."""

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return matched(view, "probe", "build")

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        build, probe = held(view, "build"), held(view, "probe")
        content = together(
            view, [Side(port="build", content=build, linear=False), Side(port="probe", content=probe)], _MISSES
        )
        stays = build.is_ordered and (build.time is Time.CONST or (view.is_closed and build.time is Time.ONCE))
        order = probe.order if stays else ItemOrder.ANY
        return {EVERY: normal(content.but(order=order, copies=weaker_copies(build.copies, probe.copies)))}


class AggregatedJoin(Family):
    """A join with sides whose values are aggregated by key: `aggregates` gives the argument that says how, by port."""

    aggregates: tuple[tuple[str, int], ...]

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return matched(view, "0", "1", aggregated=[port for port, _ in self.aggregates])

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        how = dict(self.aggregates)
        sides = []
        for port in ("0", "1"):
            if port in how:
                table = folded(view, view.fused(how[port]), port=port, shape=Holds.TABLE, silent=True)
                sides.append(Side(port=port, content=table, linear=False, grows=False))
            else:
                sides.append(Side(port=port, content=held(view, port)))
        content = together(view, sides, _MISSES)
        plain = [side.content for side in sides if side.port not in how]
        if not plain:
            shape = Holds.TABLE if content.is_view else Holds.ITEMS
            return {EVERY: normal(content.but(copies=Copies.DISTINCT, shape=shape))}
        (one,) = plain
        return {EVERY: normal(content.but(order=one.order, copies=one.copies))}


class LatticeJoin(Family):
    """The least upper bounds of the values of both sides, for each key on both."""

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        both = matched(view, "0", "1", aggregated=("0", "1"))
        return both and {EVERY: lost(view, both[EVERY], "gives items that do not show the key")}

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        contents = [held(view, port, lattices=True) for port in ("0", "1")]
        if any(content.varies for content in contents):
            return {EVERY: unpromised(*contents)}
        if any(content.time in (Time.SETTLING, Time.LATEST, Time.PULSE) for content in contents):
            return {EVERY: varies(view, "HF305", "merges answers that are revised", *contents)}
        if any(
            content.time is Time.GROWING and not content.is_items and Sense.COMPARES not in content.senses
            for content in contents
        ):
            return {EVERY: varies(view, "HF305", "merges values that may become less", *contents)}
        fleeting = [content for content in contents if not content.is_view]
        # An input that comes again and again comes when all of the other one is held.
        whole = view.is_closed or not fleeting or (len(fleeting) == 1 and fleeting[0].again)
        rising = Content(
            time=Time.RISING,
            order=ItemOrder.ANY,
            copies=Copies.REPEATS,
            shape=Holds.LATTICE,
            loss=Loss.PART if any(content.is_part for content in contents) or not whole else Loss.WHOLE,
            again=again_and_again(contents),
            because=all_causes(contents),
        )
        return {EVERY: rising if whole else rising.but(because=[view.because("HF307", _MISSES)])}


class Bimorphism(Family):
    """What a function of two states gives that distributes over merge in both."""

    handles_reads: ClassVar[bool] = True

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        contents = [*(content for _, content in view.inputs), *view.reads.values()]
        if any(content.varies for content in contents):
            return {EVERY: unpromised(*contents)}
        states = tuple(view.reads.values())
        if not all(state.is_rising_lattice for state in states):
            return {EVERY: varies(view, "HF306", "reads states that are not growing lattices", *contents)}
        if not view.function().has(Law.MONOTONE):
            code = "HF306" if view.function().is_known(Law.MONOTONE) else "HF311"
            return {EVERY: varies(view, code, "is given a function that is not known to be a bimorphism", *contents)}
        return {
            EVERY: Content(
                time=Time.RISING,
                order=ItemOrder.ANY,
                copies=Copies.REPEATS,
                shape=Holds.LATTICE,
                loss=Loss.PART if any(state.is_part for state in states) else Loss.WHOLE,
                again=again_and_again(content for _, content in view.inputs),
                because=all_causes(contents),
            )
        }


class Subtract(Family):
    """The items of `pos` that `neg` does not take away."""

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return subtracted(view)

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        pos, neg = held(view, "pos"), held(view, "neg")
        sides = [Side(port="pos", content=pos), Side(port="neg", content=neg, linear=False, grows=False)]
        content = together(view, sides, _MISSES)
        return {EVERY: normal(content.but(order=pos.order, copies=pos.copies))}


class CrossSingleton(Family):
    """Each item of `input` with the one item of `single`."""

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        paired = kept(view, "input")
        return paired and {EVERY: paired[EVERY].below(0)}

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        content, single = view.input("input"), view.input("single")
        if content.varies or single.varies:
            return {EVERY: unpromised(content, single)}
        again = content.again or (content.is_view and single.again)
        paired = content.but(again=again, because=single.because)
        fixed = single.time is Time.CONST or (single.time is Time.ONCE and (view.is_closed or view.is_static("single")))
        if single.is_part:
            return {EVERY: varies(view, "HF310", "needs the item of `single`", content, single)}
        if fixed and (single.is_ordered or not single.is_items):
            return {EVERY: paired}
        if view.is_static("single"):
            if single.time is Time.STREAM and single.is_items and single.is_ordered and content.is_batch:
                # The first item is the same, even if items come again.
                if content.again:
                    # It comes again when the item is there.
                    return {EVERY: paired.but(time=Time.STREAM)}
                because = [view.because("HF307", "drops what comes before the item of `single`")]
                return {EVERY: normal(paired.but(time=Time.STREAM, loss=Loss.PART, because=because))}
            return {EVERY: varies(view, "HF301", "takes the first item of `single`", content, single)}
        if fixed:
            return {EVERY: varies(view, "HF301", "takes the first item of `single`", content, single)}
        if single.is_view and content.is_view and single.is_items and not single.is_ordered:
            return {EVERY: varies(view, "HF301", "takes the first item of `single`", content, single)}
        if single.is_view and content.is_view:
            return {
                EVERY: normal(
                    paired.but(
                        time=Time.SETTLING,
                        vanishes=True,
                        because=[view.because("HF304", "pairs items with a value that may still change")],
                    )
                )
            }
        if single.is_batch and content.time is Time.ONCE and single.time is Time.ONCE and single.is_ordered:
            return {EVERY: paired}
        if single.is_batch:
            return {EVERY: varies(view, "HF303", "needs the item of `single` in the same tick", content, single)}
        return {EVERY: varies(view, "HF306", "pairs an item with a value that may still change", content, single)}


class Zip(Family):
    """Pairs by number; `longest`: the items of a tick, with something in the place of those that are missing."""

    longest: bool = False

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        contents = [view.input(port) for port in ("0", "1")] if not self.longest else [one for _, one in view.inputs]
        if any(content.varies for content in contents):
            return {EVERY: unpromised(*contents)}
        for content in contents:
            if not content.is_items or not content.is_certain:
                return {EVERY: varies(view, _lacking(content), "pairs items by their numbers", *contents)}
        base = Content(
            time=Time.STREAM,
            copies=weaker_copies(Copies.COUNTED, *(content.copies for content in contents)),
            again=again_and_again(contents),
            because=all_causes(contents),
        )
        if all(content.time is Time.ONCE for content in contents):
            return {EVERY: replace(base, time=Time.ONCE)}
        statics = not self.longest and all(view.is_static(port) for port in ("0", "1"))
        if statics and all(content.is_batch for content in contents):
            return {EVERY: base}
        if not statics and all(content.is_view for content in contents):
            if all(content.time is Time.CONST for content in contents):
                return {EVERY: replace(base, time=Time.CONST)}
            return {
                EVERY: base.but(
                    time=Time.SETTLING, because=[view.because("HF304", "pairs items that may still change")]
                )
            }
        return {EVERY: varies(view, "HF303", "pairs the items of a tick by their numbers", *contents)}


def _lacking(content: Content) -> str:
    """The code for what keeps a type from being certain."""
    if content.is_part:
        return "HF310"
    if content.repeats:
        return "HF302"
    return "HF301" if content.is_items else "HF305"
