"""The rules of operators that treat each item by itself: they hand it on, map it, or leave it out."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from hydroflow_nb.item_paths import Path
from hydroflow_nb.operators.rules.content import Content, Copies, Holds, ItemOrder, Loss, Sense, Time, causes, normal
from hydroflow_nb.operators.rules.held import all_causes, unpromised, varies
from hydroflow_nb.operators.rules.rule import EVERY, READ, Family, Judged, Law, Outcome, RuleView, Spreads
from hydroflow_nb.operators.rules.sharding import kept, lost
from hydroflow_nb.operators.rules.spread import EVERYWHERE, Spread


class Same(Family):
    """Every item goes on. What `$name` reads of it came in the tick, where it is not a view."""

    handles_reads: ClassVar[bool] = True

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return kept(view)

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        content = view.input()
        return {EVERY: content, READ: content}


class Compared(Same):
    """Every item goes on, once it was compared with the one that is expected at its position."""

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards: it expects all items, each behind those before it."""
        return Family.spreads(self, view)


class Gives(Enum):
    """What a function gives for an item: one item, one or nothing, an iterable of items, or the parts of the item."""

    ONE = "one"
    MAYBE = "maybe"
    MANY = "many"
    PARTS = "parts"


class Mapped(Family):
    """A function of each item; without one the item itself is taken apart."""

    handles_reads: ClassVar[bool] = True

    gives: Gives = Gives.ONE
    has_function: bool = True

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards: a function may put the key at another place."""
        spread = view.spread()
        if spread.everywhere:
            return {EVERY: spread}
        if self.gives is Gives.PARTS:
            return {port: self._part(view, spread, port) for port in view.output_ports or ("",)}
        if not self.has_function:
            return {EVERY: lost(view, spread, "takes its items apart")}
        keys = view.function().places(spread.keys, apart=self.gives is Gives.MANY, drops=self.gives is Gives.MAYBE)
        return {EVERY: _moved(view, spread, keys)}

    def _part(self, view: RuleView, spread: Spread, port: str) -> Spread:
        if self.has_function:
            return _moved(view, spread, view.function().places(spread.keys, port=port))
        part = spread.at(int(port)) if port.isdigit() else Spread()
        return _moved(view, spread, part.keys)

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        content = view.input()
        function = view.function() if self.has_function else None
        if content.varies:
            return {EVERY: content}
        if content.time is Time.PULSE and view.reads:
            return {EVERY: _told(view, content, function)}
        if content.time is Time.PULSE:
            return {EVERY: _of_pulse(view, content, function)}
        mapped = reading(view, self._mapped(view, content, function))
        return {EVERY: mapped if self.gives is Gives.ONE else _left_out(mapped)}

    def _mapped(self, view: RuleView, content: Content, function: Judged | None) -> Content:
        if _is_each_by_itself(content):
            keeps = self.gives in (Gives.ONE, Gives.MAYBE) and function is not None and function.keeps_item
            copies = Copies.COUNTED if content.copies is Copies.DISTINCT and not keeps else content.copies
            scatters = self.gives is Gives.MANY and function is not None and function.gives_set
            scatters = scatters or (self.gives in (Gives.MANY, Gives.PARTS) and not content.is_items)
            shape = Holds.ITEMS if self.gives in (Gives.MANY, Gives.PARTS) else None
            return normal(content.but(copies=copies, order=ItemOrder.ANY if scatters else None, shape=shape))
        if _lists(content, function):
            return _listed(view, content)
        if function is not None and not _stays_scattered(content, function):
            content = content.but(scattered=False, senses=content.senses - {Sense.COLLECTS})
        wraps = _wraps(content, function)
        content = _seen_through(content, function) if wraps else content
        if self.gives in (Gives.MANY, Gives.PARTS):
            return self._apart(view, content, wraps=wraps and function is not None and function.gives_list)
        if content.time is Time.RISING:
            return content if wraps else varies(view, "HF306", "reads a value that may still rise", content)
        if content.is_part and not wraps and content.time in (Time.LATEST, Time.CONST):
            return varies(view, "HF310", "depends on a value that may be made of a part only", content)
        if content.time is Time.LATEST and self.gives is Gives.MAYBE and not wraps:
            return varies(view, "HF305", "may leave out a value that replaces another", content)
        if content.shape is Holds.TABLE and not (function is not None and function.keeps_key):
            return self._of_table(view, content, function)
        if content.time in (Time.LATEST, Time.CONST):
            return content
        if content.time is Time.GROWING and function is not None:
            if function.ignores_item:
                return content.but(shape=Holds.ITEMS, copies=Copies.DISTINCT)
            if wraps:
                return content
            if function.reveals:
                # How it compares is not known: of a `Min` less and less is revealed.
                return content.but(shape=Holds.VALUE, senses=content.senses & {Sense.COLLECTS})
            if function.gathers and Sense.COLLECTS in content.senses:
                return content.but(shape=Holds.VALUE, senses=frozenset({Sense.COLLECTS}))
        return revised(view, content)

    def _of_table(self, view: RuleView, content: Content, function: Judged | None) -> Content:
        """The pairs of a table as items: it is not known that one of them replaces another."""
        if content.time is Time.LATEST:
            return varies(view, "HF305", "makes of a pair what bears no key", content)
        if function is not None and function.ignores_value:
            return content.but(shape=Holds.ITEMS, copies=Copies.COUNTED)
        items = content.but(shape=Holds.ITEMS, copies=Copies.COUNTED)
        return items if content.time is Time.CONST else revised(view, items, shape=Holds.ITEMS, of_value=True)

    def _apart(self, view: RuleView, content: Content, *, wraps: bool) -> Content:
        """A value that is taken apart: equal values may be taken apart in different orders."""
        scattered = content.but(order=ItemOrder.ANY)
        if wraps and self.gives is Gives.MANY and content.is_rising_lattice:
            return scattered
        if content.time is Time.RISING:
            return varies(view, "HF306", "takes apart a value that may still rise", content)
        if content.time is Time.LATEST:
            return varies(view, "HF305", "takes apart a value that is replaced", content)
        items = scattered.but(shape=Holds.ITEMS, copies=Copies.COUNTED)
        if content.time is Time.CONST:
            return items
        return revised(view, items, shape=Holds.ITEMS, of_value=True)


def _moved(view: RuleView, spread: Spread, keys: frozenset[Path]) -> Spread:
    if not keys:
        return lost(view, spread, "gives items that do not show the key")
    return Spread(keys=keys, copied=spread.copied, because=spread.because)


def _is_each_by_itself(content: Content) -> bool:
    """True for items that do not replace each other, and for a value that comes once and is whole."""
    if content.is_batch:
        return content.is_items or not content.is_part
    return content.is_items and content.time not in (Time.RISING, Time.LATEST)


def _wraps(content: Content, function: Judged | None) -> bool:
    """Whether what is made of a value grows as the value does."""
    if function is None or function.reveals or function.gathers:
        return False
    if function.is_display:
        return Sense.PARTS in content.senses or not _looks_into(content, function)
    return Sense.COMPARES in content.senses and function.has(Law.MONOTONE)


def _lists(content: Content, function: Judged | None) -> bool:
    """Whether items get an order that they do not have: those of a set or a dict, which collects and has no parts."""
    if content.is_items or function is None:
        return False
    collects = Sense.COLLECTS in content.senses and Sense.PARTS not in content.senses
    if not (collects or content.scattered):
        return False
    # A value that only collects may be a number that a lattice reveals, whose text is the same in every run.
    return function.lists(keyed=content.shape is Holds.TABLE, prints=content.scattered)


def _stays_scattered(content: Content, function: Judged) -> bool:
    """Whether what is made of a set or a dict may be one too."""
    return function.reveals or function.gathers or function.carries(keyed=content.shape is Holds.TABLE)


def _listed(view: RuleView, content: Content) -> Content:
    return varies(view, "HF301", "lists what is in a set or a dict, which has no order of its own", content)


def _looks_into(content: Content, function: Judged) -> bool:
    return function.takes_apart or (function.takes_pair_apart and content.shape is not Holds.TABLE)


def _seen_through(content: Content, function: Judged | None) -> Content:
    """A value with the senses in which what wraps it grows."""
    if function is None:
        return content.but(senses=frozenset())
    parts = frozenset({Sense.PARTS} if content.is_rising_lattice and content.senses else ())
    if function.calls:
        # In what a lattice value is wrapped in, it is found again; how other classes compare is not known.
        return content.but(senses=parts)
    if _looks_into(content, function) or not function.is_display:
        return content.but(senses=frozenset({Sense.COMPARES}) | (parts & content.senses))
    return content.but(senses=(content.senses - {Sense.COLLECTS}) | (parts if function.gives_list else frozenset()))


class Filtered(Family):
    """Some items go on, each as it is; to one output, or each to one of several."""

    handles_reads: ClassVar[bool] = True

    has_function: bool = True

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return kept(view)

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        content = view.input()
        function = view.function() if self.has_function else None
        if content.varies:
            return {EVERY: content}
        if content.time is Time.PULSE:
            return {EVERY: content if function is None or function.ignores_item else _of_pulse(view, content, function)}
        return {EVERY: _left_out(reading(view, _filtered(view, content, function, to_several=self.tells_kinds_apart)))}


class ToldApart(Filtered):
    """Each item goes on to one of several outputs, which may be named after the kinds of items."""

    tells_kinds_apart: ClassVar[bool] = True


def _filtered(view: RuleView, content: Content, function: Judged | None, *, to_several: bool) -> Content:
    if _is_each_by_itself(content):
        return content
    if _lists(content, function):
        return _listed(view, content)
    by_kind = function is None or function.tells_kinds_apart
    if content.time is Time.RISING:
        return content if by_kind else varies(view, "HF306", "tests a value that may still rise", content)
    if content.time is Time.LATEST:
        return varies(view, "HF305", "tests a value that is replaced", content)
    if content.time is Time.CONST or (by_kind and content.shape is Holds.LATTICE):
        return content
    if content.time is Time.GROWING and function is not None:
        if content.shape is Holds.TABLE and function.ignores_value:
            return content
        if to_several:
            # What passes a threshold leaves the output that it went to before.
            return revised(view, content)
        if function.has(Law.FREEZES):
            return content.but(shape=Holds.ITEMS, copies=Copies.DISTINCT)
        looks_into = function.takes_pair_apart and content.shape is not Holds.TABLE
        needs = function.needs | ({Sense.PARTS} if looks_into else set())
        if function.has(Law.THRESHOLD) and needs <= content.senses:
            return content
    return revised(view, content)


def _left_out(content: Content) -> Content:
    """What may leave out a revised answer that was there in an earlier tick."""
    return content.but(vanishes=True) if content.time is Time.SETTLING else content


def revised(view: RuleView, content: Content, *, shape: Holds | None = None, of_value: bool = False) -> Content:
    """What an operator makes of a value that may still change: it may be taken back until the run is at rest."""
    if content.is_part and (of_value or not content.is_items):
        return varies(view, "HF310", "depends on a value that may be made of a part only", content)
    if content.time is Time.SETTLING:
        return content.but(shape=shape)
    return content.but(
        time=Time.SETTLING, shape=shape, because=[view.because("HF304", "is given a value that may still change")]
    )


def _of_pulse(view: RuleView, content: Content, function: Judged | None) -> Content:
    """What is made of a timer's items: they say when, and that is never the same."""
    if function is None or not function.ignores_item:
        return varies(view, "HF308", "makes something of the time at which a timer fires", content)
    return Content(time=Time.STREAM, order=ItemOrder.ANY, copies=Copies.REPEATS, again=True, because=content.because)


def _told(view: RuleView, pulse: Content, function: Judged | None) -> Content:
    """A state that is told again and again."""
    states = tuple(view.reads.values())
    if any(state.varies for state in states):
        return unpromised(pulse, *states).but(again=pulse.again)
    tells = function is not None and function.ignores_item and (function.is_display or function.has(Law.MONOTONE))
    if function is not None and tells and all(state.is_rising_lattice for state in states):
        return Content(
            time=Time.RISING,
            order=ItemOrder.ANY,
            copies=Copies.REPEATS,
            loss=Loss.PART if any(state.is_part for state in states) else Loss.WHOLE,
            shape=Holds.LATTICE,
            again=True,
            senses=frozenset({Sense.PARTS} if function.calls or function.gives_list else {Sense.COMPARES}),
            because=all_causes([pulse, *states]),
        )
    return reading(view, _of_pulse(view, pulse, function))


def reading(view: RuleView, content: Content) -> Content:
    """What comes of it that the operator reads states while it works."""
    again = content.again
    return _reading(view, content).but(again=again) if view.reads else content


def _reading(view: RuleView, content: Content) -> Content:
    for name, state in view.reads.items():
        if content.varies:
            return content
        if state.varies:
            content = unpromised(content, state)
        elif state.is_part:
            content = varies(view, "HF310", f"reads `${name}`, of which a part may be missing", content, state)
        elif state.time is Time.CONST or (view.is_closed and state.time is Time.ONCE):
            content = content.but(because=state.because)
        elif state.is_batch:
            content = varies(view, "HF303", f"reads `${name}`, which holds what came in the tick", content, state)
        elif content.is_view and state.is_view and not _reads_the_same(view, name, state):
            code, words = ("HF302", "counts") if state.is_ordered else ("HF301", "looks at the order of")
            content = varies(view, code, f"{words} the items of `${name}`", content, state)
        elif content.is_view and state.is_view:
            because = [view.because("HF304", f"reads `${name}` while it may still change")]
            content = normal(content.but(time=Time.SETTLING, because=causes(state.because, because)))
        else:
            content = varies(view, "HF306", f"reads `${name}` while it may still change", content, state)
    return content


def _reads_the_same(view: RuleView, name: str, state: Content) -> bool:
    """Whether what it looks at of a state is the same in every run; of many items, or of a table, it reads a list."""
    certain = state.shape in (Holds.VALUE, Holds.LATTICE) or (state.is_ordered and not state.repeats)
    return certain or view.reads_members(name, counted=not state.repeats, keyed=state.shape is Holds.TABLE)


class Listed(Family):
    """The items of a state that it reads, in every tick."""

    handles_reads: ClassVar[bool] = True
    lists_state: ClassVar[bool] = True

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        spreads = list(view.read_spreads.values())
        return {EVERY: spreads[0]} if len(spreads) == 1 else None

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        states = tuple(view.reads.values())
        if len(states) != 1:
            return {EVERY: varies(view, "HF306", "reads several states", *states)}
        (state,) = states
        if state.varies or state.is_batch:
            return {EVERY: state}
        if state.is_rising_lattice:
            return {
                EVERY: state.but(shape=Holds.ITEMS, order=ItemOrder.ANY, copies=Copies.DISTINCT)
                if state.is_view
                else varies(view, "HF306", "reads a state while it may still change", state)
            }
        if not state.is_view:
            return {EVERY: varies(view, "HF306", "reads a state while it may still change", state)}
        if state.is_items:
            return {EVERY: state}
        # A value that is a list may hold items that are equal.
        listed = state.but(order=ItemOrder.ANY, copies=Copies.COUNTED)
        if state.time is Time.CONST:
            return {EVERY: listed.but(shape=Holds.ITEMS)}
        return {EVERY: revised(view, listed, shape=Holds.ITEMS, of_value=True)}


class Awaited(Family):
    """What items come to, once they were waited for; `ordered` where the results keep the order of the items, `within`
    where they come in the tick in which the items came.
    """

    ordered: bool
    within: bool

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return {EVERY: lost(view, view.spread(), "gives what its items come to")}

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        content = view.input()
        if content.varies:
            return {EVERY: content}
        order = None if self.ordered else ItemOrder.ANY
        copies = Copies.COUNTED if content.copies is Copies.DISTINCT else None
        if self.within:
            return {EVERY: normal(content.but(order=order, copies=copies))}
        if not content.is_batch:
            return {EVERY: varies(view, "HF303", "gives results in later ticks", content)}
        return {EVERY: normal(content.but(time=Time.STREAM, order=order, copies=copies))}


class Nothing(Family):
    """No item at all."""

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards: no shard has any."""
        return {EVERY: EVERYWHERE}

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        return {EVERY: Content(time=Time.ONCE, copies=Copies.DISTINCT)}


class Opaque(Family):
    """A function of whole inputs: nothing can be told of it."""

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        contents = [content for _, content in view.inputs]
        return {EVERY: varies(view, "HF311", "is a function of its whole inputs, which cannot be judged", *contents)}
