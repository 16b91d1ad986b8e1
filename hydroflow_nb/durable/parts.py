"""What a snapshot is made of: a head, which says whose it is, and a part for each thing that is held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from hydroflow_nb.durable.layout import CONTEXT, Layout, States
from hydroflow_nb.durable.refusing import refusal
from hydroflow_nb.durable.values import Decoder, encoded, encoded_in_columns
from hydroflow_nb.engine.collector import beginning_later
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.net.messages.undecodable import Undecodable
from hydroflow_nb.source import Span

# What is held: the place, what it is called there, and the value.
Part = tuple[str, str, Any]


class Keeps(StrEnum):
    """What a folder keeps of a flow: all that lasts, or what its `'durable` operators hold."""

    ALL = "all"
    OPERATORS = "operators"


# What a folder keeps, and how it is written: all, or the operators alone.
_KEPT = (
    ("all that a flow holds", '`write="journal"` or `write="state"`'),
    ("what the `'durable` operators of a flow hold, and nothing else", '`write="operators"`'),
)


class Parts:
    """Writes and reads what a flow holds, as its layout says it. `span` is the place that is about all of the flow."""

    def __init__(self, path: Path, layout: Layout, names: Mapping[str, Any], span: Span, keeps: Keeps) -> None:
        self.layout = layout
        self._path = path
        self._names = names
        self._span = span
        self._keeps = keeps

    def of(self, layout: Layout) -> Parts:
        """The same for another flow that the folder may be of."""
        return Parts(self._path, layout, self._names, self._span, self._keeps)

    # --- writing -----------------------------------------------------------------------------------------------------

    def written(self, head: Mapping[str, Any], states: Iterable[Part]) -> Iterator[bytes]:
        """The parts of a snapshot of these states. Raises DurabilityError (HF706) for what cannot be written."""
        keeps = {} if self._keeps is Keeps.ALL else {"keeps": self._keeps.value}
        yield encoded({"lines": self.layout.lines, **keeps, **head})
        for place, role, value in states:
            yield self.part(place, role, value, encode=encoded_in_columns)

    def part(self, place: str, role: str, value: Any, *, encode: Callable[[Any], bytes] = encoded) -> bytes:
        """The part for one thing. Raises DurabilityError (HF706)."""
        try:
            return encode([place, role, value])
        except Misfit as misfit:
            raise self.unwritable(place, misfit) from None

    def unwritable(self, place: str, misfit: Misfit) -> Exception:
        """The error for what is held at a place and cannot be written."""
        node = self.layout.nodes.get(place)
        if node is not None:
            what = f"what `{place}` holds"
        else:
            what = "what closures share by `context.add_state`" if place == CONTEXT else f"what waits on `{place}`"
        return unwritten(what, misfit, self._span if node is None else node.span)

    # --- reading -----------------------------------------------------------------------------------------------------

    def value(self, decoder: Decoder, payload: bytes, file: str = "the snapshot") -> Any:
        """The value of bytes that stand in a file. Raises DurabilityError (HF703)."""
        try:
            return decoder.decoded(payload)
        except Undecodable as undecodable:
            raise self.unread(file, undecodable.reason) from None

    def unread(self, file: str, why: str) -> Exception:
        """The error (HF703) for a value in a file that cannot be read."""
        return refusal(
            "HF703",
            f"{file} in {self._path} holds a value that cannot be read: {why}",
            self._path,
            "the classes of what a flow keeps stay in its namespace, under their names and with their fields",
        )

    def is_of(self, lines: list[str], snapshot: list[bytes] | None) -> bool:
        """True where a snapshot was written by a flow of this text, and of another one than this flow's."""
        return lines != self.layout.lines and snapshot is not None and self.head(snapshot)["lines"] == lines

    def head(self, snapshot: list[bytes]) -> Any:
        """The head of a snapshot. Raises DurabilityError: where it keeps something else than this flow's (HF704)."""
        head = self.value(Decoder(self._names), snapshot[0])
        if head.get("keeps", Keeps.ALL) != self._keeps:
            what, write = _KEPT[self._keeps is Keeps.ALL]
            raise refusal(
                "HF704",
                f"{self._path} keeps {what}",
                self._path,
                f"go on with {write}, or give the flow another folder",
            )
        return head

    def states(self, snapshot: list[bytes]) -> States:
        """What a snapshot holds. Raises DurabilityError: where a flow of another text has written it (HF705), and where
        it cannot be read (HF703).
        """
        head = self.head(snapshot)
        if head["lines"] != self.layout.lines:
            raise refusal(
                "HF705",
                f"{self._path} holds what a flow of another text has kept: {self.layout.differs(head['lines'])}",
                self._span,
                "`flow.migrate(old, function)` before `flow.durable(...)` says what of it becomes what; or give this "
                "flow a folder of its own",
            )
        decoder = Decoder(self._names)
        states: States = {}
        with beginning_later(passes_over=True):
            for part in snapshot[1:]:
                place, role, value = self.value(decoder, part)
                states.setdefault(place, {})[role] = value
        return states

    def must_have_been_put(self, unknown: list[str]) -> None:
        """Raise DurabilityError (HF705) where a migration gives what has no place in this flow."""
        if unknown:
            known = ", ".join(f"`{role}` of `{place}`" for place, role in self.layout.variables)
            raise refusal(
                "HF705",
                f"this flow does not hold {', '.join(unknown)}",
                self._span,
                f"it holds {known or 'nothing'}",
            )


def unwritten(what: str, misfit: Misfit, span: Span) -> Exception:
    """The error (HF706) for what cannot be written."""
    return refusal("HF706", f"{what} cannot be written to the folder: {misfit}", span, misfit.hint)
