"""An item of a derivation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Protocol

from hydroflow_nb.records import dataclass


@dataclass(kw_only=True, eq=False)
class Cause:
    """An item of a derivation, with what explains it.

    `item` is the item (its text, where only that is kept), `text` its text, and `place` the edge that it was put onto,
    as the text names it; `edge` is the same as a name of drawings, `tick` when. `operator` is the operator that emitted
    it, `because` says why in words that follow its name, `causes` are the items that it was made of. `absent` is what
    had to be absent, `doubt` why the causes are not certain; both are empty for most. `origin` is "input", "literal",
    "clock" or "start" for an item that no other explains, and `input` the name of its input. A state that was read,
    `$name`, is a cause as well: `is_state` is true then. In a network `node` is the node in which it was, and `life`
    which of the node's flows, from 0; `message` is the id of the message by which it came, empty where it came by none.
    """

    item: Any
    text: str
    place: str
    edge: str
    tick: int
    step: int
    index: int
    operator: str
    element: str
    because: str = ""
    causes: list[Cause] = field(default_factory=list)
    absent: Sequence[str] = ()
    doubt: str = ""
    origin: str = ""
    input: str = ""
    is_state: bool = False
    hands_on: bool = False
    node: str = ""
    life: int = 0
    message: str = ""

    def __repr__(self) -> str:
        return f"<{self.text:.80} on {self.place}, tick {self.tick}: {self.operator} {self.because}>"


class Tree(Protocol):
    """What is shown of a derivation."""

    @property
    def root(self) -> Cause:
        """The item."""

    @property
    def steps(self) -> Sequence[Cause]:
        """All items of the tree, each once."""

    @property
    def cited(self) -> Mapping[str, Mapping[int, Sequence[Any]]]:
        """The items of inputs that are cited, by the name that is shown of the input, and by tick."""

    @property
    def doubts(self) -> Sequence[str]:
        """Where the tree is not certain."""
