"""In how many orders the decisions of a run could have been made."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from random import Random
from typing import Final

from hydroflow_nb.simulation.model.schedule import below

# So many orders, drawn by chance, estimate how many there are.
ORDERS: Final = 10


def orders(before: Sequence[int], random: Random) -> Fraction:
    """About the number of orders in which decisions may be made; each has a bit for each one that it depends on."""
    # What a decision waits for: what it depends on, without what only others of these depend on.
    after: list[list[int]] = [[] for _ in before]
    counts = []
    for other, needed in enumerate(before):
        count = 0
        while needed:
            at = needed.bit_length() - 1
            after[at].append(other)
            needed &= ~(before[at] | 1 << at)
            count += 1
        counts.append(count)
    total = 0
    for _ in range(ORDERS):
        waits = counts.copy()
        free = [at for at, count in enumerate(waits) if not count]
        orders = 1
        while free:
            orders *= len(free)
            chosen = below(random, len(free))
            free[chosen], free[-1] = free[-1], free[chosen]
            for other in after[free.pop()]:
                waits[other] -= 1
                if not waits[other]:
                    free.append(other)
        total += orders
    return Fraction(total, ORDERS)
