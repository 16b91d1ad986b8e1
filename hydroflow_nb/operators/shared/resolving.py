"""How operators emit the results of awaitables: in the tick in which these are ready, or in a tick that waits."""

from __future__ import annotations

from hydroflow_nb.operators.record.emission import Emission, Item, Lines, Part
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Resolving:
    """The emitter of an operator that emits each result in the tick in which it is ready."""

    in_order: bool

    def _futures(self, e: Emission) -> str:
        return e.fixed("futures", f"{e.runtime('Futures')}({self.in_order})", Part.EXTERNAL)

    def receive(self, e: Emission, port: str, item: Item) -> Lines:
        """Lines for one awaitable."""
        return [f"{self._futures(e)}.add({item.once})"]

    def receive_all(self, e: Emission, port: str, iterable: str) -> Lines:
        """Lines for many awaitables."""
        return [f"{self._futures(e)}.add_all({iterable})"]

    def produce(self, e: Emission) -> Lines:
        """Lines that emit the results that are ready."""
        return results(e, f"{self._futures(e)}.take()")


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The emitter of an operator that emits all results in the tick of their awaitables."""

    in_order: bool

    def receive(self, e: Emission, port: str, item: Item) -> Lines:
        """Lines for one awaitable."""
        return [f"{e.scratch('arrived', '[]')}.append({e.runtime('awaitable')}({item.once}))"]

    def receive_all(self, e: Emission, port: str, iterable: str) -> Lines:
        """Lines for many awaitables."""
        return [f"{e.scratch('arrived', '[]')}.extend({e.runtime('map')}({e.runtime('awaitable')}, {iterable}))"]

    def produce(self, e: Emission) -> Lines:
        """Lines that wait for the results, and emit them."""
        return results(e, f"{e.runtime('settled')}({e.scratch('arrived', '[]')}, {self.in_order})")


def results(e: Emission, futures: str) -> Lines:
    """Lines that emit the result of each future in a list; all of them are done."""
    # The iterator stays in a variable: after a fault it tells how many futures are left.
    rest, future = e.local("rest"), e.local("future")
    result = f"{e.runtime('result_of')}({future})"
    return [
        f"{rest} = {e.runtime('iter')}({futures})",
        f"for {future} in {rest}:",
        f"    {e.emit(result)}",
    ]
