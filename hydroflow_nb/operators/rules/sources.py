"""The rules of operators without an input."""

from __future__ import annotations

from hydroflow_nb.operators.rules.content import Cause, Content, Copies, ItemOrder, Loss, Time, causes
from hydroflow_nb.operators.rules.held import varies
from hydroflow_nb.operators.rules.rule import EVERY, Family, Outcome, RuleView, Spreads


class Begins(Family):
    """All in the first tick. `argument`: where the items are written; `own`: each replica has its own."""

    argument: int | None = None
    own: bool = False

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        if self.own and view.differences.replication:
            return {EVERY: varies(view, "HF308", "reads what each replica has of its own")}
        distinct = self.argument is None or view.is_literal_of_distinct(self.argument)
        return {EVERY: Content(time=Time.ONCE, copies=Copies.DISTINCT if distinct else Copies.COUNTED)}


class Arrives(Family):
    """Items from outside. `sent`: a sender may send them in another order or again, and some may be lost. `own`: each
    replica has its own.
    """

    sent: bool = True
    own: bool = False

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return {EVERY: view.arriving}

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        differences = view.differences
        content = Content(time=Time.STREAM)
        if self.own and differences.replication:
            return {EVERY: varies(view, "HF308", "reads what each replica has of its own")}
        if not self.sent:
            return {EVERY: content}
        because: list[Cause] = []
        if differences.order or differences.replication:
            because.append(view.because("HF301", "takes in what may come in another order"))
        if differences.duplication:
            because.append(view.because("HF302", "takes in what may come twice"))
        if differences.loss:
            because.append(view.because("HF310", "takes in what may be lost"))
        any_order = differences.order or differences.replication
        return {
            EVERY: Content(
                time=Time.STREAM,
                order=ItemOrder.ANY if any_order or (differences.duplication and differences.loss) else content.order,
                copies=Copies.REPEATS if differences.duplication else Copies.COUNTED,
                loss=Loss.PART if differences.loss else Loss.WHOLE,
                because=causes(because),
            )
        }


class Pulses(Family):
    """A timer: its items come again and again, at times that are not known."""

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        return {EVERY: Content(time=Time.PULSE, again=True)}


class EveryTick(Family):
    """The same item in every tick, for as long as the flow lives."""

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        return {EVERY: Content(time=Time.CONST, copies=Copies.DISTINCT, again=True)}
