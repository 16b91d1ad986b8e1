"""How the joins that fuse a side with an aggregation put the values of a key together: `Fold`, `Reduce`, `FoldFrom`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from hydroflow_nb.engine.lending import own_value
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown


class Aggregation(ABC):
    """What becomes of the values of one key: an accumulator takes in one value after another.

    `f(acc, value)` returns the new accumulator. Where it returns None, the old one stays: `f` may have changed it in
    place.
    """

    f: Callable[[Any, Any], Any]
    # Whether a key's first accumulator is a new object, and not its first value or a part of that.
    begins_fresh = False

    @abstractmethod
    def begin(self, value: Any) -> Any:
        """The accumulator after a key's first value."""

    def add(self, groups: dict[Any, Any], key: Any, value: Any, fresh: set[Any]) -> None:
        """Take a value into its key's accumulator. `fresh` holds the keys whose accumulators belong to the tick alone.

        The accumulator of any other key may have been emitted, or belong to the value's owner: it is copied before it
        changes, and its key is put into `fresh`.
        """
        if key not in groups:
            groups[key] = self.begin(value)
            if self.begins_fresh:
                fresh.add(key)
            return
        if key not in fresh:
            accumulator = groups[key]
            groups[key] = own_value(accumulator)
            fresh.add(key)
        groups[key] = self._taken_in(groups[key], value)

    def _taken_in(self, accumulator: Any, value: Any) -> Any:
        result = self.f(accumulator, value)
        return accumulator if result is None else result


class Fold(Aggregation):
    """`Fold(init, f)`: a key's first accumulator is `init()`; for each value it becomes `f(acc, value)`."""

    begins_fresh = True

    def __init__(self, init: Callable[[], Any], f: Callable[[Any, Any], Any]) -> None:
        self.init = _callable(init)
        self.f = _callable(f)

    def begin(self, value: Any) -> Any:
        """The accumulator after a key's first value."""
        return self._taken_in(self.init(), value)


class Reduce(Aggregation):
    """`Reduce(f)`: a key's first value is its first accumulator; for each further value it becomes
    `f(acc, value)`.
    """

    def __init__(self, f: Callable[[Any, Any], Any]) -> None:
        self.f = _callable(f)

    def begin(self, value: Any) -> Any:
        """The accumulator after a key's first value."""
        return value


class FoldFrom(Aggregation):
    """`FoldFrom(f0, f)`: a key's first accumulator is `f0(value)` of its first value; for each further value it becomes
    `f(acc, value)`.
    """

    def __init__(self, f0: Callable[[Any], Any], f: Callable[[Any, Any], Any]) -> None:
        self.f0 = _callable(f0)
        self.f = _callable(f)

    def begin(self, value: Any) -> Any:
        """The accumulator after a key's first value."""
        return self.f0(value)


def aggregation(value: Any) -> Aggregation:
    """The value itself. Raises Misfit for a value that is not an aggregation."""
    if isinstance(value, Aggregation):
        return value
    raise Misfit(
        f"takes `Fold(init, f)`, `Reduce(f)` or `FoldFrom(f0, f)`, not {shown(value)}",
        "for the sum of a key's values: `Reduce(lambda acc, value: acc + value)`",
    )


def _callable(function: Any) -> Any:
    if callable(function):
        return function
    raise Misfit(f"cannot call {shown(function)}", "give it a function, such as a `lambda`")
