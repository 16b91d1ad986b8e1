"""How an operator can go on from tick to tick, in place of doing again what it did."""

from __future__ import annotations

from collections.abc import Callable, Collection

from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Resumed:
    """The code of an operator that goes on from where it stands, where that is not its code under `'static`.

    `carried` are the lines where all that came in earlier ticks would come again. What it replays then, it `spares` and
    `keeps_order` of as `GoingOn` says.
    """

    begin: Callable[[Emission], Lines] | None = None
    receive: Callable[[Emission, str, Item], Lines] | None = None
    produce: Callable[[Emission], Lines] | None = None
    carried: Callable[[Emission], Lines] | None = None
    spares: bool = False
    keeps_order: bool = False


@dataclass(frozen=True, kw_only=True)
class GoingOn:
    """What an operator does with items that come again in each tick, and with those that it sends again.

    Ports are those of inputs, `*` stands for every one.

    - `resumes`: an input that is given in each tick all that it was given in the ticks before, and then what is new,
      gives the same if it is held as `'static` and given only what is new. `in_order`: to these inputs those of earlier
      ticks have to come first, and in the same order. `resumed` is the code that does so where that of `'static` does
      not.
    - `forgives`: where the input is `'static`, an item that came before changes nothing, and nothing comes out of it;
      not so with one of the type arguments `unless`. Where `folds` is the position of a function, that depends on what
      it does (`forgiving.forgives`).
    - `spares`: where these inputs are `'static`, or go on, it can send only what is new, and leave out what it sent in
      earlier ticks. `keeps_order`: that would come first, and in the same order. `varies`: what it would send again
      differs from tick to tick, so that only those have no use for it that know it already. `again` is what it would
      send again, in words.
    """

    resumes: Collection[str] = ()
    in_order: Collection[str] = ()
    resumed: Resumed | None = None
    forgives: Collection[str] = ()
    unless: Collection[str] = ()
    folds: int | None = None
    spares: Collection[str] = ()
    keeps_order: bool = False
    varies: bool = False
    again: str = "all that it holds"

    def can_resume(self, port: str) -> bool:
        """Whether an input can go on from where it stands."""
        return port in self.resumes or "*" in self.resumes

    def needs_order(self, port: str) -> bool:
        """Whether an input can only go on where what came before came first, and in the same order."""
        return port in self.in_order or "*" in self.in_order

    def has_to_last(self, port: str) -> bool:
        """Whether an input has to last for a replay to be spared."""
        return port in self.spares or "*" in self.spares

    def is_forgiving(self, port: str, type_name: str) -> bool:
        """Whether an item that came to a `'static` input before does nothing there."""
        return (port in self.forgives or "*" in self.forgives) and type_name not in self.unless
