"""What the engine raises inside of a flow that gives it a value of the wrong kind."""

from __future__ import annotations

from typing import Any

from hydroflow_nb.portable import Portable

# What to do about a function that returns what a lattice value's `merge` returns.
RETURNS_THE_VALUE = "use `lattice_fold`, or `merge_owned` of `hydroflow_nb.lattices`, which returns the value"


class Misfit(Portable):
    """A value that an operator cannot work with. The flow makes it an `ItemError` that names operator and place."""

    def __init__(self, message: str, hint: str = "", *, assertion: bool = False) -> None:
        super().__init__(message)
        self.hint = hint
        self.assertion = assertion


class Unhashable(Portable, TypeError):
    """An `item` of a batch cannot be hashed."""

    def __init__(self, message: str, item: Any) -> None:
        super().__init__(message)
        self.item = item
