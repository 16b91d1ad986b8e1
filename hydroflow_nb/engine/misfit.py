"""What the engine raises inside of a flow when it is given something it cannot take."""

from __future__ import annotations

from typing import Any

from hydroflow_nb.portable import Portable

# What to do about a function that gives back what a lattice value's `merge` returns.
RETURNS_THE_VALUE = "use `lattice_fold`, or `merge_owned` of `hydroflow_nb.lattices`, which returns the value"


class Misfit(Portable):
    """A value that an operator cannot work with. The flow makes an `ItemError` of it that names operator and place."""

    def __init__(self, message: str, hint: str = "", *, assertion: bool = False) -> None:
        super().__init__(message)
        self.hint = hint
        self.assertion = assertion


class Unhashable(Portable, TypeError):
    """An item of a batch that cannot be hashed; `item` is that one."""

    def __init__(self, message: str, item: Any) -> None:
        super().__init__(message)
        self.item = item
