"""The rules of operators that put items off, and of those that hand them to a loop and out of it."""

from __future__ import annotations

from hydroflow_nb.operators.rules.content import Copies, ItemOrder, Loss, Time, normal
from hydroflow_nb.operators.rules.held import comes_behind_all, unpromised, varies
from hydroflow_nb.operators.rules.rule import EVERY, Family, Outcome, RuleView, Spreads
from hydroflow_nb.operators.rules.sharding import kept


class Deferred(Family):
    """Everything one tick later."""

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return kept(view)

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        content = view.input()
        match content.time:
            case Time.ONCE:
                return {EVERY: content.but(time=Time.STREAM)}
            case Time.CONST:
                content = content.but(time=Time.GROWING)
        if content.may_vanish:
            # No tick follows one that gives nothing, so that what was there before is what came last.
            return {EVERY: varies(view, "HF305", "gives an answer that may have been revised since", content)}
        if content.is_view:
            return {EVERY: content.but(because=[view.because("HF312", "is given all its items again in every tick")])}
        return {EVERY: content}


class DeferredLazily(Family):
    """Everything in the next tick, if there is one."""

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return kept(view)

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        content = view.input()
        if content.varies:
            return {EVERY: content}
        because = [view.because("HF307", "keeps what comes in the last tick")]
        match content.time:
            case Time.ONCE | Time.STREAM:
                return {EVERY: normal(content.but(time=Time.STREAM, loss=Loss.PART, because=because))}
            case Time.CONST:
                # Where the first tick is the last one, nothing comes.
                return {EVERY: normal(content.but(time=Time.GROWING, loss=Loss.PART, because=because))}
            case Time.GROWING if content.is_items:
                return {EVERY: normal(content.but(loss=Loss.PART, because=because))}
            case Time.RISING:
                return {EVERY: content.but(loss=Loss.PART, because=because)}
        return {EVERY: varies(view, "HF305", "gives an answer that may have been revised since", content)}


class UntilSignal(Family):
    """What came, when a signal comes."""

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return kept(view, "input")

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        content, signal = view.input("input"), view.input("signal")
        if content.varies:
            return {EVERY: content}
        comes, again = comes_behind_all(signal)
        because = [] if comes else [view.because("HF307", "keeps what comes after the last signal", "signal")]
        loss = None if comes else Loss.PART
        # A view comes in each tick, so there is all of it behind each signal.
        content = content.but(again=comes and (content.again or (again and content.is_view)))
        match content.time:
            case Time.ONCE if view.is_closed:
                return {EVERY: unpromised(signal) if signal.varies else content}
            case Time.ONCE | Time.STREAM:
                return {EVERY: normal(content.but(time=Time.STREAM, loss=loss, because=because))}
            case Time.CONST | Time.GROWING if content.is_items:
                weak = content.but(time=Time.STREAM, order=ItemOrder.ANY, copies=Copies.REPEATS)
                return {EVERY: weak.but(loss=loss, because=because)}
            case Time.RISING:
                return {EVERY: content.but(loss=loss, because=because)}
        if content.is_rising_lattice:
            return {EVERY: content.but(time=Time.RISING, loss=loss, because=because)}
        return {EVERY: varies(view, "HF305", "gives an answer that may have been revised since", content)}


class IntoLoop(Family):
    """What came, where the loop fires. `drops`: what came in a tick in which it does not is lost."""

    drops: bool = False
    keeps: bool = False

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return kept(view)

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        content = view.input()
        if content.varies or (content.time is Time.ONCE and view.is_closed):
            return {EVERY: content}
        if not content.is_batch:
            return {EVERY: varies(view, "HF303", "gives its loop what comes again in every tick", content)}
        if self.drops or self.keeps:
            because = [view.because("HF307", "gives its items only if its loop fires")]
            return {EVERY: normal(content.but(time=Time.STREAM, loss=Loss.PART, because=because))}
        return {EVERY: content}


class Closes(Family):
    """The end of a branch: what leads to it is shown."""

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return kept(view)

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        return {EVERY: view.input()}
