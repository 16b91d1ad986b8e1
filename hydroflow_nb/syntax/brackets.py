"""The brackets that are open at a place of a text, and the lambdas that have begun in them."""

from __future__ import annotations


class Brackets(list[tuple[int, str]]):
    """The brackets that are open, outermost first: the offset of each, and the character that closes it.

    A lambda has begun until its `:` comes: until then a comma is its own. It ends with the bracket that it stands in,
    whether its `:` has come or not.
    """

    __slots__ = ("_depths", "_lambdas")

    def __init__(self, opening: int, closer: str) -> None:
        super().__init__()
        self._depths = {closer: [0]}
        self._lambdas: list[int] = []
        self.append((opening, closer))

    def push(self, offset: int, closer: str) -> None:
        """Open a bracket."""
        self._depths.setdefault(closer, []).append(len(self))
        self.append((offset, closer))

    def close_down_to(self, depth: int) -> None:
        """Close all brackets but so many of the outermost ones."""
        while len(self) > depth:
            self.close_innermost()

    def close_innermost(self) -> None:
        """Close the innermost bracket."""
        _, closer = self.pop()
        self._depths[closer].pop()
        while self._lambdas and self._lambdas[-1] > len(self):
            self._lambdas.pop()

    def innermost(self, closer: str) -> int | None:
        """The depth of the innermost bracket that a character closes, 0 for the outermost one; None where it closes
        none.
        """
        depths = self._depths.get(closer)
        return depths[-1] if depths else None

    # --- lambdas ------------------------------------------------------------------------------------------------------

    def begin_lambda(self) -> None:
        """A lambda begins in the innermost bracket."""
        self._lambdas.append(len(self))

    def is_in_lambda(self) -> bool:
        """Whether the parameters of a lambda are being read in the innermost bracket."""
        return bool(self._lambdas) and self._lambdas[-1] == len(self)

    def end_parameters(self) -> None:
        """A `:` has come: it ends the parameters of the lambda of the innermost bracket, if one has begun there."""
        if self.is_in_lambda():
            self._lambdas.pop()

    def end_lambdas(self) -> None:
        """End all lambdas, with the piece that they stand in."""
        self._lambdas.clear()
