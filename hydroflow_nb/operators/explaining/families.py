"""The families of rules, by their names, as records name them: `explains=Folding(keyed=True)`.

A family is loaded when one of its rules is asked for the first time: most flows are never asked, and pay for no import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hydroflow_nb.operators.explaining.folding import Folding, Running
    from hydroflow_nb.operators.explaining.functions import Awaiting, Making, Opaque
    from hydroflow_nb.operators.explaining.fused import JoiningFused
    from hydroflow_nb.operators.explaining.joining import Joining, WithSingle, Zipping
    from hydroflow_nb.operators.explaining.keeping import Keeping, Numbering
    from hydroflow_nb.operators.explaining.merging import Combining, Merging, MergingBatch, Stating
    from hydroflow_nb.operators.explaining.passing import (
        Choosing,
        Dropping,
        Filtering,
        First,
        FirstFew,
        Gated,
        Lasting,
        Listing,
        More,
        Passing,
        Subtracting,
    )
    from hydroflow_nb.operators.explaining.sources import FromOutside, Given

__all__ = [
    "Awaiting",
    "Choosing",
    "Combining",
    "Dropping",
    "Filtering",
    "First",
    "FirstFew",
    "Folding",
    "FromOutside",
    "Gated",
    "Given",
    "Joining",
    "JoiningFused",
    "Keeping",
    "Lasting",
    "Listing",
    "Making",
    "Merging",
    "MergingBatch",
    "More",
    "Numbering",
    "Opaque",
    "Passing",
    "Running",
    "Stating",
    "Subtracting",
    "WithSingle",
    "Zipping",
]

_ROOMS: Final = ("passing", "functions", "joining", "folding", "merging", "fused", "keeping", "sources")


class _Rule:
    """A rule that is not loaded yet: it is asked as the rule itself is."""

    def __init__(self, family: str, settings: dict[str, Any]) -> None:
        self._family = family
        self._settings = settings

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        from importlib import import_module

        rooms = (import_module(f"hydroflow_nb.operators.explaining.{room}") for room in _ROOMS)
        made = next(getattr(room, self._family) for room in rooms if hasattr(room, self._family))(**self._settings)
        # From now on the rule is found at once.
        self.__dict__.update(
            because=made.because,
            stops=made.stops,
            holds=made.holds,
            tells_reads=made.tells_reads,
            one_by_one=made.one_by_one,
        )
        return self.__dict__[name]

    def __repr__(self) -> str:
        return f"{self._family}({', '.join(f'{name}={value!r}' for name, value in self._settings.items())})"


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(name)
        return lambda **settings: _Rule(name, settings)
