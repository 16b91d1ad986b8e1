"""The rules of operators that aggregate, merge or number their items."""

from __future__ import annotations

from dataclasses import replace

from hydroflow_nb.operators.rules.content import (
    Cause,
    Content,
    Copies,
    Holds,
    ItemOrder,
    Loss,
    Sense,
    Time,
    normal,
)
from hydroflow_nb.operators.rules.held import comes_behind_all, held, unpromised, varies
from hydroflow_nb.operators.rules.rule import (
    EVERY,
    ITEMS,
    READ,
    STATE,
    Family,
    Folding,
    Law,
    Outcome,
    RuleView,
    Spreads,
)
from hydroflow_nb.operators.rules.sharding import by_item, by_key, kept


def folded(
    view: RuleView, function: Folding, *, port: str = "", shape: Holds = Holds.VALUE, silent: bool = False
) -> Content:
    """The value, or the table, that items are folded into. `silent`: a tick without items, or before the first item,
    gives nothing.
    """
    content = held(view, port)
    if content.varies:
        return content
    if shape is Holds.VALUE and function.is_lattice:
        shape = Holds.LATTICE
    lacking = _lacking(view, content, function, port)
    if lacking is not None:
        return lacking
    value = content.but(
        order=ItemOrder.ANY if shape is Holds.TABLE else ItemOrder.ORDERED,
        copies=Copies.DISTINCT,
        shape=shape,
        senses=function.senses,
        scattered=function.may_scatter and (not content.is_ordered or view.differences.replication),
        vanishes=silent and not view.is_static(port) and content.may_vanish,
    )
    if content.is_part and not content.is_items:
        return varies(view, "HF310", "folds a value that may be made of a part only", content, port=port)
    match content.time:
        case Time.ONCE if view.is_closed or (silent and not view.is_static(port)):
            return value
        case Time.ONCE:
            return varies(view, "HF309", "forgets after the first tick what came in it", content, port=port)
        case Time.CONST:
            return value
        case Time.GROWING if content.is_items:
            rises = function.has(Law.RISES) and (view.is_static(port) or function.has(Law.COMMUTES))
            if rises:
                return value
            return value.but(
                time=Time.SETTLING, because=[view.because("HF304", "gives a value that may still change", port)]
            )
        case Time.GROWING | Time.SETTLING:
            because = [view.because("HF304", "folds items that may still change", port)]
            return normal(value.but(time=Time.SETTLING, because=because))
        case Time.STREAM:
            return varies(view, "HF303", f"folds the items of a tick ({function.words})", content, port=port)
        case Time.PULSE:
            return varies(view, "HF308", "counts how often a timer fires", content, port=port)
    return varies(view, "HF305", "folds answers that are revised", content, port=port)


def _lacking(view: RuleView, content: Content, function: Folding, port: str) -> Content | None:
    """What comes of it where the function is not what the input needs; None where it is."""
    if not content.is_ordered and not function.has(Law.COMMUTES):
        return _refused(view, "HF301", content, function, Law.COMMUTES, port)
    if content.repeats and not (content.is_ordered and function.keeps_first):
        for law in (Law.COMMUTES, Law.FORGIVES):
            if not function.has(law):
                return _refused(view, "HF302", content, function, law, port)
    if content.is_part:
        for law in (Law.COMMUTES, Law.RISES):
            if not function.has(law):
                return _refused(view, "HF310", content, function, law, port)
    return None


def _refused(view: RuleView, code: str, content: Content, function: Folding, law: Law, port: str) -> Content:
    if law is not Law.RISES and not function.is_known(law):
        return varies(view, "HF311", f"is given a function that may not {_VERB[law]}", content, port=port)
    return varies(view, code, function.words, content, port=port)


_VERB = {Law.COMMUTES: "commute", Law.FORGIVES: "forgive a repetition", Law.RISES: "rise"}


class Fold(Family):
    """All items folded into one value, or into one for each key. `begins`: there is a value before the first item.
    `replays`: it comes in every tick.
    """

    begins: bool
    keyed: bool = False
    replays: bool = True

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return by_key(view) if view.looks_up_keys and not view.is_mutable() else super().spreads(view)

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        function = view.folding(1, 0) if self.begins else view.folding(0, None)
        if view.is_mutable():
            return {EVERY: kept_and_deleted(view, keyed=True)}
        silent = self.keyed or not self.begins
        content = folded(view, function, shape=Holds.TABLE if self.keyed else Holds.VALUE, silent=silent)
        read = content
        if not self.replays and content.is_view:
            given = view.input()
            if given.may_vanish and not view.is_static():
                # In a tick in which nothing is there it says nothing: the last answer is an old one, or there is none.
                words = "keeps silent where its input is there no more"
                return {EVERY: varies(view, "HF305", words, given), READ: read}
            content = content.but(time=Time.LATEST)
        return {EVERY: content if self.replays else content.but(again=False), READ: read}


def merged(view: RuleView, port: str = "") -> Content:
    """The lattice value that items are merged into: it compares by its own order; of its parts nothing is known."""
    content = held(view, port, lattices=True)
    if content.varies:
        return content
    senses = frozenset({Sense.COMPARES, Sense.COLLECTS} if view.collects else {Sense.COMPARES})
    value = content.but(order=ItemOrder.ORDERED, copies=Copies.DISTINCT, shape=Holds.LATTICE, senses=senses)
    match content.time:
        case Time.ONCE if view.is_closed:
            return value
        case Time.CONST:
            return value
        case Time.GROWING if content.is_items or content.shape is Holds.LATTICE:
            return value
        case Time.ONCE | Time.STREAM | Time.RISING:
            return value.but(time=Time.RISING, order=ItemOrder.ANY, copies=Copies.REPEATS)
        case Time.SETTLING if not content.is_part or content.is_items:
            return normal(value.but(vanishes=content.may_vanish))
        case Time.PULSE:
            return varies(view, "HF308", "merges what a timer gives", content, port=port)
    return varies(view, "HF305", "merges answers that are revised", content, port=port)


class Merge(Family):
    """All items merged into one lattice value."""

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        content = merged(view)
        return {EVERY: content, READ: content}


class MergeBatch(Family):
    """The items of a batch merged into one lattice value, when a signal comes."""

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        content, signal = view.input("input"), view.input("signal")
        if content.varies:
            return {EVERY: content}
        if content.time in (Time.SETTLING, Time.LATEST, Time.PULSE) or not (
            content.is_items or content.is_rising_lattice
        ):
            return {EVERY: varies(view, "HF305", "merges answers that are revised", content)}
        rising = content.but(
            time=Time.RISING, order=ItemOrder.ANY, copies=Copies.REPEATS, shape=Holds.LATTICE, because=signal.because
        )
        again = comes_behind_all(signal)[1]
        comes = again or (signal.is_view and not signal.is_part)
        rising = rising.but(again=comes and (content.again or (again and content.is_view)))
        if comes:
            return {EVERY: rising}
        because = [view.because("HF307", "keeps what comes after the last signal", "signal")]
        return {EVERY: rising.but(loss=Loss.PART, because=because)}


class State(Family):
    """A lattice value that items are merged into, and the items that changed it. `own_class`: each item is a value of
    the lattice itself.
    """

    own_class: bool = True

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        state, content = merged(view), view.input()
        items = self._items(view, state, content)
        # An item that comes again changes nothing.
        items = items.but(again=False) if view.is_static() else items
        return {STATE: state, READ: state, ITEMS: items, EVERY: items}

    def _items(self, view: RuleView, state: Content, content: Content) -> Content:
        if content.varies or state.varies:
            return unpromised(content, state)
        if content.is_batch and content.is_certain and (view.is_static() or view.is_closed):
            return content
        if not self.own_class:
            code = "HF302" if content.repeats else "HF301"
            return varies(view, code, "gives the items that changed its value when they came", content)
        if not state.is_rising_lattice:
            return varies(view, "HF305", "gives what changed a value that is revised", content)
        return state.but(time=Time.RISING, order=ItemOrder.ANY, copies=Copies.REPEATS)


class Numbered(Family):
    """What comes of each item depends on those before it. `by_number`: on how many they are."""

    by_number: bool

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return by_key(view) if view.looks_up_keys else super().spreads(view)

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        content = view.input()
        if content.varies:
            return {EVERY: content}
        words = "numbers the items" if self.by_number else "looks at each item after those before it"
        for lacks, code in (
            (not content.is_items, "HF305"),
            (not content.is_ordered, "HF301"),
            (content.repeats, "HF302"),
            (content.is_part, "HF310"),
        ):
            if lacks:
                return {EVERY: varies(view, code, words, content)}
        copies = Copies.DISTINCT if self.by_number else Copies.COUNTED
        lasts = view.is_static() or view.is_closed
        if content.time is Time.ONCE or (content.time is Time.STREAM and lasts):
            return {EVERY: content.but(copies=copies)}
        if content.is_view and not view.is_static():
            if content.time is Time.CONST:
                return {EVERY: content.but(copies=copies)}
            return {EVERY: content.but(time=Time.SETTLING, copies=copies, because=[_may_change(view)])}
        if content.is_view:
            why = "is given its items again in every tick"
        elif lasts:
            why = f"{words}, and how many come is not the same"
        else:
            why = f"begins anew in every tick: it {words}"
        return {EVERY: varies(view, "HF303", why, content)}


def _may_change(view: RuleView) -> Cause:
    return view.because("HF304", "is given items that may still change")


def kept_and_deleted(view: RuleView, *, keyed: bool) -> Content:
    """What instructions to keep and to delete leave."""
    content = view.input()
    if content.varies:
        return content
    words = "carries out instructions to keep and to delete"
    if not content.is_certain:
        code = "HF310" if content.is_part else "HF302" if content.repeats else "HF301" if content.is_items else "HF305"
        return varies(view, code, words, content)
    kept = content.but(copies=Copies.COUNTED)
    if keyed:
        kept = kept.but(order=ItemOrder.ANY)
    match content.time:
        case Time.ONCE:
            return kept if view.is_closed else kept.but(time=Time.CONST)
        case Time.STREAM:
            return kept.but(time=Time.SETTLING, because=[view.because("HF304", "may delete what it keeps")])
    return varies(view, "HF305", words, content)


class KeptAndDeleted(Family):
    """All that was kept and not deleted since."""

    keyed: bool

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        return {EVERY: kept_and_deleted(view, keyed=self.keyed)}


class Sorted(Family):
    """The items of a tick in ascending order; `stable`: those with equal keys stay as they came."""

    stable: bool = False

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        content = view.input()
        if content.varies:
            return {EVERY: content}
        if content.time is Time.STREAM:
            because = [view.because("HF301", "sorts the items of a tick only")]
            return {EVERY: content.but(order=ItemOrder.ANY, because=because if content.is_ordered else ())}
        if not (content.is_view or content.time is Time.ONCE) or (self.stable and not content.is_ordered):
            return {EVERY: content}
        # What comes to a view does not come behind what was there.
        order = ItemOrder.WITHIN if content.is_view else ItemOrder.ORDERED
        return {EVERY: normal(replace(content, order=order))}


class Unique(Family):
    """Each item once, for a tick or for as long as the flow lives."""

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return by_item(view)

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        content = view.input()
        if not view.is_static():
            return {EVERY: content if content.varies else self._in_a_tick(view, content)}
        # What came once does not come again.
        return {EVERY: self._ever(view, content).but(again=False)}

    def _ever(self, view: RuleView, content: Content) -> Content:
        order = _of_first_copies(content)
        match content.time:
            case Time.VARIES | Time.PULSE:
                return content
            case Time.ONCE | Time.STREAM:
                return content.but(copies=Copies.DISTINCT, order=order)
            case Time.CONST if content.is_items:
                return content.but(time=Time.ONCE, copies=Copies.DISTINCT, order=order)
            case Time.CONST | Time.GROWING if content.is_items:
                return content.but(time=Time.STREAM, copies=Copies.DISTINCT, order=ItemOrder.ANY)
            case Time.CONST | Time.GROWING if content.shape in (Holds.VALUE, Holds.TABLE):
                return content.but(time=Time.LATEST)
        if content.is_rising_lattice:
            return content.but(time=Time.RISING)
        return varies(view, "HF305", "does not give an answer again that it gave before", content)

    def _in_a_tick(self, view: RuleView, content: Content) -> Content:
        if (content.is_view and content.is_items) or content.time is Time.ONCE:
            return content.but(copies=Copies.DISTINCT, order=_of_first_copies(content))
        if content.time is Time.STREAM and content.copies is not Copies.DISTINCT:
            return normal(content.but(copies=Copies.REPEATS))
        return content


def _of_first_copies(content: Content) -> ItemOrder | None:
    """Any order, where the first copy that comes may stand for one that was lost."""
    return ItemOrder.ANY if content.is_part and content.copies is not Copies.DISTINCT else None


class Persisted(Family):
    """All items that have come, in every tick."""

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return kept(view)

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        content = view.input()
        if view.is_closed and content.time is Time.ONCE:
            return {EVERY: content}
        if content.time in (Time.CONST, Time.GROWING) and content.is_items:
            return {EVERY: content.but(copies=Copies.REPEATS, order=ItemOrder.ANY)}
        match content.time:
            case Time.ONCE:
                return {EVERY: content.but(time=Time.CONST)}
            case Time.STREAM:
                return {EVERY: content.but(time=Time.GROWING)}
            case Time.VARIES:
                return {EVERY: content}
        return {EVERY: varies(view, "HF305", "keeps answers that were revised since", content)}


class News(Family):
    """What is more than in the tick before."""

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards."""
        return by_item(view)

    def outputs(self, view: RuleView) -> Outcome:
        """The types of its outputs, by port."""
        return {EVERY: self._more(view, view.input()).but(again=False)}

    def _more(self, view: RuleView, content: Content) -> Content:
        if content.varies or content.time is Time.ONCE:
            return content
        if content.is_items:
            match content.time:
                case Time.GROWING:
                    keeps = content.order is ItemOrder.ORDERED and not content.repeats
                    order = None if keeps else ItemOrder.ANY
                    return normal(content.but(time=Time.STREAM, order=order))
                case Time.CONST if content.repeats:
                    # It is kept again in every tick, so there is more of it in each.
                    return content.but(time=Time.STREAM, order=ItemOrder.ANY)
                case Time.CONST:
                    return content.but(time=Time.ONCE)
                case Time.STREAM if content.copies is Copies.DISTINCT:
                    return content
                case Time.STREAM:
                    because = [view.because("HF307", "drops what came in the tick before")]
                    return content.but(order=ItemOrder.ANY, copies=Copies.REPEATS, loss=Loss.PART, because=because)
        if content.time in (Time.CONST, Time.GROWING) and content.shape in (Holds.VALUE, Holds.TABLE):
            return content.but(time=Time.LATEST)
        if content.is_rising_lattice:
            return content.but(time=Time.RISING, order=ItemOrder.ANY, copies=Copies.REPEATS)
        return varies(view, "HF305", "compares answers that are revised", content)
