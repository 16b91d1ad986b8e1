"""What is no state of its own."""

from __future__ import annotations


class Derived:
    """The base of what an operator keeps only to know whether it has to look again: it changes no result, so two states
    that differ in it are equal.
    """

    __slots__ = ()
