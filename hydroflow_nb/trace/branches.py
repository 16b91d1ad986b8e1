"""The branches of a recorded run, to look at: a tree that prints as one, and how two of them differ."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

from hydroflow_nb.trace.lines import Line, Lines
from hydroflow_nb.trace.ticks import RecordedTick

if TYPE_CHECKING:
    from hydroflow_nb.trace.diff import Diff


class Branched(Protocol):
    """A recording with branches."""

    @property
    def lines(self) -> Lines:
        """The lines of the run."""

    @property
    def ticks(self) -> Sequence[RecordedTick]:
        """The ticks on the way to the current line, oldest first."""

    @property
    def changed_on(self) -> Callable[[Line], tuple[str, ...]]:
        """The names whose values have changed on a line."""

    def own_ticks(self, line: Line) -> list[RecordedTick]:
        """The ticks that are kept of a line alone, oldest first."""

    def of_branch(self, name: str) -> Self:
        """What is recorded of a branch. Raises KeyError."""

    def diff(self, other: Any, tick: int | None = None) -> Diff:
        """How another run differs from this one."""


R = TypeVar("R", bound=Branched)


class RecordedBranch(Generic[R]):
    """A branch of a recorded run, from `recording.branches`. It prints what it is.

    `name`; `parent`, the name of the branch that it branches off, None for the first one; `begins`, the number of its
    first tick; `ticks`, the numbers of its own ticks that are recorded; `is_current`. `changed` are the names of the
    text whose values have changed since the branch that it left was run.
    """

    def __init__(self, recording: R, line: Line) -> None:
        self._recording = recording
        self._line = line

    @property
    def name(self) -> str:
        """Its name."""
        return self._line.name

    @property
    def parent(self) -> str | None:
        """The name of the branch that it branches off."""
        return None if self._line.parent is None else self._line.parent.name

    @property
    def begins(self) -> int:
        """The number of its first tick."""
        return self._line.begins

    @property
    def is_current(self) -> bool:
        """True where the flow is on it, or was when the recording was saved."""
        return self._recording.lines.current is self._line

    @property
    def ticks(self) -> list[int]:
        """The numbers of its own ticks that are recorded."""
        return [tick.tick for tick in self._recording.own_ticks(self._line)]

    @property
    def changed(self) -> tuple[str, ...]:
        """The names whose values have changed since the branch that it left was run."""
        return self._recording.changed_on(self._line)

    @property
    def recording(self) -> R:
        """What is recorded of it, from the start of the run on."""
        return self._recording if self.is_current else self._recording.of_branch(self.name)

    @property
    def sent_before(self) -> dict[str, list[Any]]:
        """What had left the flow before it went back to where this branch begins, by edge: sent before the rewind, and
        sent again where the branch does it again. Of items that can change it is the text.
        """
        return moved_since(self._recording, self._line, self._line.sent)

    @property
    def sent_count(self) -> int:
        """How many items had left the flow before it went back, as far as they were recorded."""
        return sum(self._line.sent.values())

    def diff(self, other: RecordedBranch[R] | str) -> Diff:
        """How another branch differs from this one; see `Recording.diff`."""
        if isinstance(other, str):
            other = RecordedBranches(self._recording)[other]
        return replace(self.recording.diff(other.recording), names=(self.name, other.name))

    def __str__(self) -> str:
        words = [_ticks_in_words(self.ticks)]
        if self.parent is not None:
            words.append(f"from tick {self.begins} of {self.parent}")
        if self.changed:
            words.append(f"changed: {', '.join(self.changed)}")
        count = self.sent_count
        if count:
            words.append(f"{count:,} item{'s' * (count > 1)} sent before the rewind")
        return f"{self.name}: {', '.join(words)}{' (the flow is here)' if self.is_current else ''}"

    def __repr__(self) -> str:
        return f"<branch {self}>"


B = TypeVar("B", bound=RecordedBranch[Any])


class BranchTree(Mapping[str, B], Generic[B]):
    """Branches by name, in the order in which they were begun. Subclasses say what each one is."""

    @property
    def recording(self) -> Branched:
        """What is recorded of the run."""
        raise NotImplementedError

    def made(self, line: Line) -> B:
        """The branch that a line is."""
        raise NotImplementedError

    def line(self, name: str) -> Line:
        """A line by its name. Raises KeyError."""
        line = self.recording.lines.get(name)
        if line is None:
            known = ", ".join(f"`{one.name}`" for one in self.recording.lines)
            raise KeyError(f"there is no branch `{name}`: there {'is' if len(self) == 1 else 'are'} {known}")
        return line

    def __getitem__(self, name: str) -> B:
        return self.made(self.line(name))

    def __iter__(self) -> Iterator[str]:
        return (line.name for line in self.recording.lines)

    def __len__(self) -> int:
        return len(self.recording.lines)

    def _tree(self) -> Iterator[tuple[int, B]]:
        lines = self.recording.lines

        def below(line: Line, depth: int) -> Iterator[tuple[int, B]]:
            yield depth, self.made(line)
            for child in lines.children(line):
                yield from below(child, depth + 1)

        first = next(iter(lines))
        yield from below(first, 0)

    def __repr__(self) -> str:
        return "\n".join(f"{'  ' * (depth - 1) + '└ ' if depth else ''}{branch}" for depth, branch in self._tree())

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td style='text-align:left;padding-left:{depth * 1.5 + 0.5}em'>{escape(one.name)}"
            f"{' <b>(the flow is here)</b>' if one.is_current else ''}</td>"
            f"<td>{escape(_ticks_in_words(one.ticks))}</td><td>{one.begins if one.parent else ''}</td>"
            f"<td>{escape(', '.join(one.changed))}</td><td>{one.sent_count or ''}</td></tr>"
            for depth, one in self._tree()
        )
        names = ("branch", "recorded", "from tick", "changed", "sent before the rewind")
        head = "".join(f"<th>{name}</th>" for name in names)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


class RecordedBranches(BranchTree[RecordedBranch[R]], Generic[R]):
    """The branches of a recording by name: `recording.branches`."""

    def __init__(self, recording: R) -> None:
        self._recording = recording

    @property
    def recording(self) -> R:
        """What is recorded of the run."""
        return self._recording

    def made(self, line: Line) -> RecordedBranch[R]:
        """The branch that a line is."""
        return RecordedBranch(self._recording, line)


def moved_since(recording: Branched, line: Line, edges: Container[str]) -> dict[str, list[Any]]:
    """What went over some edges on the line that a line left, from where it begins on, by edge."""
    if line.left is None or recording.lines.get(line.left.name) is not line.left:
        return {}
    found: dict[str, list[Any]] = {}
    for tick in recording.of_branch(line.left.name).ticks:
        if tick.tick >= line.begins:
            for step in tick.steps:
                for edge, moved in step.moves.items():
                    if edge in edges:
                        found.setdefault(edge, []).extend(moved.items)
    return found


def _ticks_in_words(ticks: list[int]) -> str:
    if not ticks:
        return "no ticks"
    return f"tick {ticks[0]}" if len(ticks) == 1 else f"ticks {ticks[0]} to {ticks[-1]}"
