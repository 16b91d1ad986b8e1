"""How operators spread their items over shards, by what they are given."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import reduce

from hydroflow_nb.item_paths import Path
from hydroflow_nb.operators.rules.content import causes
from hydroflow_nb.operators.rules.rule import EVERY, RuleView, Spreads
from hydroflow_nb.operators.rules.spread import EVERYWHERE, Spread, mixed_spread


def kept(view: RuleView, port: str = "") -> Spreads:
    """The items of an input go on as they are, where each shard has all of the other inputs."""
    others = [spread for name, spread in view.spreads if name != port]
    if len(view.spreads) > 1 and not all(spread.everywhere for spread in others):
        return None
    return {EVERY: view.spread(port)}


def lost(view: RuleView, spread: Spread, words: str) -> Spread:
    """What is made of items, where the text does not show whether it holds their key."""
    if spread.everywhere:
        return spread
    because = spread.because if not spread.keys else (view.because("HF313", words),)
    return Spread(copied=spread.copied, because=because)


def united_spreads(view: RuleView) -> Spreads:
    """The items of all inputs."""
    spreads = [spread for _, spread in view.spreads]
    united = reduce(mixed_spread, spreads) if spreads else EVERYWHERE
    if united.everywhere or united.keys or not any(spread.keys for spread in spreads):
        return {EVERY: united}
    split = all(spread.keys for spread in spreads)
    words = (
        "mixes items whose keys stand at several places" if split else "mixes items of one shard with items of any key"
    )
    if united.copied:
        words = "mixes items of one shard with items that each shard has"
    return {EVERY: Spread(copied=united.copied, because=(view.because("HF313", words),))}


def by_item(view: RuleView) -> Spreads:
    """Equal items meet: they are in one shard, if their key is in them."""
    spread = view.spread()
    return {EVERY: spread} if spread.everywhere or (spread.keys and not spread.copied) else None


def by_key(view: RuleView) -> Spreads:
    """Pairs with equal keys meet: they are in one shard, if what they are split by is in their own key."""
    spread = view.spread()
    within = in_key(spread)
    return {EVERY: spread if spread.everywhere else within} if spread.everywhere or within.keys else None


def in_key(spread: Spread) -> Spread:
    """The same with only those places that are in the key of a pair; without any where items are in several shards."""
    return spread.moved(lambda path: path if path[:1] == (0,) and not spread.copied else None)


def matched(view: RuleView, left: str, right: str, *, aggregated: Collection[str] = ()) -> Spreads:
    """What two inputs give as pairs, left one first, or as pairs with the key before them. `aggregated`: the inputs of
    which all items with a key are needed.
    """
    sides = [(port, view.spread(port), number) for number, port in enumerate((left, right))]
    split = [side for side in sides if not side[1].everywhere]
    if not split:
        return {EVERY: EVERYWHERE}
    parts = []
    for port, spread, number in split:
        if port in aggregated and not in_key(spread).keys:
            return None
        source = in_key(spread) if port in aggregated else spread
        parts.append(source.moved(_beside_key(number)) if view.looks_up_keys else source.below(number))
    if len(parts) == 1:
        return {EVERY: parts[0]}
    common = in_key(split[0][1]).keys & in_key(split[1][1]).keys
    if not (view.looks_up_keys and common):
        return None
    return {EVERY: Spread(keys=parts[0].keys | parts[1].keys, because=causes(*(part.because for part in parts)))}


def _beside_key(number: int) -> Callable[[Path], Path | None]:
    """Where a part of `(key, value)` stands in `(key, (left, right))`."""

    def move(path: Path) -> Path | None:
        match path:
            case (0, *_):
                return path
            case (1, *rest):
                return (1, number, *rest)
        return None

    return move


def subtracted(view: RuleView) -> Spreads:
    """The items of `pos`: those of `neg` that take them away have to be in the same shard."""
    pos, neg = view.spread("pos"), view.spread("neg")
    if neg.everywhere:
        return {EVERY: pos}
    # An item that takes pairs away by their key is the key itself.
    common = pos.keys & (neg.below(0) if view.looks_up_keys else neg).keys
    if pos.everywhere or pos.copied or not common:
        return None
    return {EVERY: pos}
