"""What operators with several outputs ask at run time: where an item goes."""

from __future__ import annotations

from collections.abc import Sequence
from enum import EnumMeta
from typing import Any, get_args
from unicodedata import normalize

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.redefined import redefined_among
from hydroflow_nb.engine.shown import shown


class Output:
    """An output of `demux` as the user's code sees it: `items` collects what `give` is called with in a run."""

    __slots__ = ("give", "items")

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.give = self.items.append


class Routes(dict[type, int]):
    """The outputs of a `demux_enum` by the class of the item, as far as items of a class have come."""

    def __init__(self, kind: Any, ports: Sequence[str]) -> None:
        super().__init__()
        self.kind = getattr(kind, "__value__", kind)  # what a `type` statement names
        self.ports = {port: index for index, port in enumerate(ports)}

    def find(self, item: Any) -> int:
        """The output for an item of a class that has not been seen, or for a member of an enum. Raises Misfit.

        Items of a class that was defined after the flow go where those of its nearest base go.
        """
        if isinstance(item, self.kind):
            if isinstance(self.kind, EnumMeta):
                port = self.ports.get(item.name)
                if port is not None:
                    return port
            for base in type(item).__mro__:
                port = self.ports.get(base.__name__)
                if port is not None:
                    self[type(item)] = port
                    return port
        name = redefined_among(get_args(self.kind) or (self.kind,), type(item))
        if name is not None:
            raise Misfit(
                f"the class `{name}` was defined again after the flow was compiled, and the item {shown(item)} is of "
                "its new definition",
                "run the flow's cell again, or compile it again",
            )
        known = ", ".join(f"`[{port}]`" for port in self.ports)
        raise Misfit(
            f"the item {shown(item)} fits no output; there {'are' if len(self.ports) > 1 else 'is'} {known or 'none'}",
            f"an item has to be of a kind that `{getattr(self.kind, '__name__', self.kind)}` names",
        )


def spelled(chosen: Any) -> Any:
    """What `partition`'s function returned; a name in Python's normal form."""
    return normalize("NFKC", chosen) if isinstance(chosen, str) else chosen


def misdirected(chosen: Any, ports: Sequence[str]) -> None:
    """Raises Misfit for what `partition`'s function returned, which is not the name of an output."""
    if isinstance(chosen, str) and chosen in ports:
        # A function of one parameter returns texts; the names that a closure's pattern binds are not texts.
        raise Misfit(
            f"its function returned the text {shown(chosen)}, not the output that its parameter `{chosen}` stands for",
            f"write the name without quotes, or let the function take only the item: `partition(|item| {chosen!r})`",
        )
    numbers = ports[0].isdecimal()
    known = f"0 to {len(ports) - 1}" if numbers else ", ".join(f"`{port}`" for port in ports)
    raise Misfit(
        f"its function returned {shown(chosen)}, but no output has this name",
        f"the {'numbers' if numbers else 'names'} of its outputs are {known}",
    )


def count(number: Any) -> int:
    """The same number. Raises Misfit for a value that cannot be a number of items."""
    if isinstance(number, int) and number >= 0:
        return number
    raise Misfit(f"{shown(number)} is not a number of items", "give it a whole number of 0 or more")
