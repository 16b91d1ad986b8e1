"""The store of a durable flow: the newest snapshot, and a journal of the ticks since.

A folder has the files `identity.json`, `lock`, `mark`, `snapshot`, and journals, each called by the tick that it
begins with: `journal-000000000120`. A snapshot is written beside the old one and put in its place, a large one by a
forked process while ticks go on; before that a new journal is begun, and after that the journals before it are removed.
So at every instant the snapshot, where there is one, and the journals from its tick on tell all. The first record of
each file is its `Heading`. (Write-ahead logging; see Mohan et al., ARIES, 1992, of which no undo is needed here: a tick
that is in the journal is run.)
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from hydroflow_nb.durable.files import Damaged, Torn, record
from hydroflow_nb.durable.folder import FORMAT, Folder, write_whole
from hydroflow_nb.durable.forked import CAN_FORK
from hydroflow_nb.durable.journal import Journal, read
from hydroflow_nb.durable.mark import MARK, Mark, marked
from hydroflow_nb.durable.refusing import closed_on_failure, refusal, unwritable
from hydroflow_nb.durable.renewal import Renewal
from hydroflow_nb.durable.waiting import Waiting
from hydroflow_nb.records import dataclass

SNAPSHOT: Final = "snapshot"
# A state with more bytes, as far as is known from the snapshot and the journal before it, is written while ticks go on:
# it takes longer than to fork a process.
LARGE: Final = 1 << 17
_LARGE_JOURNAL: Final = 1 << 20
_JOURNAL: Final = re.compile(r"journal-(\d{12,})")

_LOG = logging.getLogger("hydroflow_nb")


class Heading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first record of a file: whose it is, the tick that it begins with, and how many records follow where that is
    known.
    """

    format: int
    identity: str
    tick: int
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a folder keeps: the tick of the snapshot, its parts, and the records since."""

    tick: int
    snapshot: list[bytes] | None
    records: list[bytes]


class Store:
    """The files of a folder, open until `close`. `kept` is what was in them.

    Raises DurabilityError as `Folder` does, where a file is damaged (HF703), and where one lacks what was acknowledged
    (HF710).
    """

    def __init__(self, path: Path) -> None:
        self._folder = Folder(path)
        self._mark: Mark | None = None
        self.path = path
        self.identity = self._folder.identity
        self._journal: Journal | None = None
        self._waiting = Waiting()
        self._renewal: Renewal | None = None
        # Unset by a forked process that failed, until a snapshot was written without one.
        self._forks = CAN_FORK
        # How many records of ticks, and how many bytes, the journals have since the snapshot.
        self.records = 0
        with closed_on_failure(path, self.close):
            self.kept = self._loaded()

    @property
    def size(self) -> int:
        """How many bytes the journal has."""
        return 0 if self._journal is None else self._journal.size

    def append(self, payload: bytes, *, synced: bool = True) -> None:
        """Append a record to the journal; `synced` have the disk hold it and all before it.

        Raises DurabilityError (HF702), where the journal is as it was before.
        """
        assert self._journal is not None
        try:
            self._journal.append(payload, synced=synced)
        except OSError as exception:
            raise unwritable(exception, self._journal.path) from exception
        self.records += 1

    def snapshot(self, tick: int, parts: Iterable[bytes]) -> None:
        """Put a snapshot of the state before a tick in the place of the old one, and begin the journal anew.

        Raises DurabilityError (HF702), where the old snapshot and journals go on.
        """
        pieces = self._pieces(tick, list(parts))
        with suppress(OSError):  # the snapshot holds it
            self._waiting.end()
        self._end_renewal()
        try:
            self._put(tick, pieces)
        except OSError as exception:
            raise unwritable(exception, self.path) from exception

    def begin_snapshot(self, tick: int, parts: Iterable[bytes]) -> Future[OSError | None]:
        """The same in another thread. `sync` waits for it, and raises what it raises; what is returned can be waited
        for in an event loop.
        """
        self._end_renewal()
        return self._waiting.begin(partial(self._put, tick, self._pieces(tick, list(parts))))

    def _put(self, tick: int, pieces: list[bytes]) -> None:
        before = self._journal
        # Were the end of the old journal lost once there is a new one, what follows would be cut off from it. Where the
        # disk fails to hold it, the snapshot does.
        if self.records and before is not None:
            with suppress(OSError):
                before.sync()
        begun = self._begun(tick)
        try:
            write_whole(self.path / SNAPSHOT, pieces)
        except BaseException:
            begun.close()
            if before is None or before.path != begun.path:
                begun.path.unlink(missing_ok=True)
            raise
        self._go_on_in(begun)
        self._remove_journals_before(tick)
        self._forks = CAN_FORK

    def renew(self, tick: int, parts: Callable[[], Iterable[bytes]]) -> None:
        """Begin the journal anew, and have a snapshot of the state before a tick written: a large one by a forked
        process, and `look` puts it in its place. Until then the old snapshot and journals stay.

        Raises DurabilityError (HF702), where the old snapshot and journals go on.
        """
        assert self._journal is not None
        if not (self._forks and self._is_large()):
            self.snapshot(tick, parts())
            return
        try:
            # Only the last journal may end in a record that is not whole.
            self._waiting.end()
            self._journal.sync()
            renewal = Renewal(self.path / SNAPSHOT, tick, lambda: self._pieces(tick, list(parts())))
        except OSError:  # the disk holds no more, or no further process may begin
            self.snapshot(tick, parts())
            return
        try:
            self._go_on_in(self._begun(tick))
        except OSError as exception:
            renewal.end()
            raise unwritable(exception, self.path) from exception
        self._renewal = renewal

    def _is_large(self) -> bool:
        try:
            return self.size > _LARGE_JOURNAL or (self.path / SNAPSHOT).stat().st_size > LARGE
        except FileNotFoundError:
            return False

    @property
    def is_renewing(self) -> bool:
        """True while a forked process writes a snapshot."""
        return self._renewal is not None

    def look(self) -> None:
        """Put the snapshot in its place that a forked process has written. Where it has not, the old ones stay."""
        renewal = self._renewal
        why = None if renewal is None else renewal.failure()
        if renewal is None or why is None:
            return
        self._renewal = None
        if why:
            self._forks = False
            _LOG.warning(
                "%s: a snapshot was not written: %s; the one before it and the journals since then stay, and no tick "
                "runs while the next one is written",
                self.path,
                why,
            )
        else:
            with suppress(OSError):  # the next snapshot removes them
                self._remove_journals_before(renewal.tick)

    @property
    def has_failed(self) -> bool:
        """True once the disk has failed to hold what was appended: only a snapshot is sure to hold it."""
        return self._journal is not None and self._journal.has_failed

    def begin_sync(self) -> Future[OSError | None]:
        """Have the disk hold all that was appended, in another thread. `sync` waits for it, and raises what it raises;
        what is returned can be waited for in an event loop.
        """
        assert self._journal is not None
        return self._waiting.begin(self._journal.sync)

    def sync(self) -> None:
        """Have the disk hold all that was appended. Raises DurabilityError (HF702)."""
        if self._journal is not None:
            try:
                self._waiting.end()
                self._journal.sync()
            except OSError as exception:
                raise unwritable(exception, self._journal.path) from exception

    def close(self) -> None:
        """Let go of the files, and leave the folder to others."""
        self._waiting.close()
        self.look()
        self._end_renewal()
        if self._journal is not None:
            self._journal.close()
        if self._mark is not None:
            self._mark.close()
        self._folder.close()

    # --- writing -----------------------------------------------------------------------------------------------------

    def _heading(self, tick: int, count: int | None = None) -> bytes:
        return msgspec.json.encode(Heading(format=FORMAT, identity=self.identity, tick=tick, count=count))

    def _begun(self, tick: int) -> Journal:
        """A new journal that begins with a tick. It has its heading from its first instant on."""
        path, heading = self._journal_path(tick), record(self._heading(tick), 0)
        write_whole(path, [heading])
        return self._opened(path, tick, len(heading), held=len(heading))

    def _opened(self, path: Path, tick: int, size: int, held: int = 0) -> Journal:
        if self._mark is None:
            self._mark = Mark(self.path)
        return Journal(path, size, held, noted=partial(self._mark.note, tick))

    def _pieces(self, tick: int, parts: list[bytes]) -> list[bytes]:
        pieces: list[bytes] = []
        offset = 0
        for payload in (self._heading(tick, len(parts)), *parts):
            pieces.append(record(payload, offset))
            offset += len(pieces[-1])
        return pieces

    def _go_on_in(self, begun: Journal) -> None:
        before, self._journal, self.records = self._journal, begun, 0
        if before is not None:
            before.close()

    def _remove_journals_before(self, tick: int) -> None:
        for path, begins in self._journals():
            if begins < tick:
                path.unlink()

    def _end_renewal(self) -> None:
        renewal, self._renewal = self._renewal, None
        if renewal is not None:
            renewal.end()

    # --- reading -----------------------------------------------------------------------------------------------------

    def _loaded(self) -> Kept:
        snapshot = self.path / SNAPSHOT
        # Written by a process that ended before it could put them in their places.
        for part in self.path.glob("*.part"):
            part.unlink()
        tick, parts = self._snapshot(snapshot) if snapshot.exists() else (0, None)
        records: list[bytes] = []
        journals = [(path, begins) for path, begins in self._journals() if begins >= tick]
        if journals and journals[0][1] != tick:
            raise damaged_file(Damaged(journals[0][0], 0, f"the journal of the ticks from {tick} on is missing"))
        if not journals and parts is not None:
            raise damaged_file(Damaged(self._journal_path(tick), 0, "the file is missing"))
        sizes: dict[int, int] = {}
        torn: Torn | None = None
        for number, (path, begins) in enumerate(journals):
            found, sizes[begins], torn = self._journal_records(path, begins, is_last=number == len(journals) - 1)
            records += found
        self._must_have_all(tick, sizes)
        if torn is not None:
            _LOG.warning("%s; the record is cut off: nothing that is in it was acknowledged", torn)
        self._journal = self._opened(*journals[-1], size=sizes[journals[-1][1]]) if journals else self._begun(tick)
        self.records = len(records)
        return Kept(tick=tick, snapshot=parts, records=records)

    def _must_have_all(self, tick: int, sizes: Mapping[int, int]) -> None:
        """Raise DurabilityError (HF710) where the journals from a tick on have less than the disk held once."""
        try:
            held = marked(self.path)
        except Damaged as damaged:
            raise damaged_file(damaged) from None
        # A mark from before the snapshot tells of a journal that is no longer needed.
        if held is not None and held.journal >= tick and sizes.get(held.journal, 0) < held.size:
            path, size = self._journal_path(held.journal), sizes.get(held.journal, 0)
            raise refusal(
                "HF710",
                f"{path} has {size:,} bytes of records, and had {held.size:,} on the disk: what the flow has "
                "acknowledged is lost",
                path,
                f"bring the folder back from a newer copy, or begin a new one; without the file {self.path / MARK} the "
                "flow goes on as if what is lost had never come",
            )

    def _snapshot(self, path: Path) -> tuple[int, list[bytes]]:
        try:
            found, _, torn = read(path)
            # It was put in its place when it was whole.
            if torn is not None:
                raise Damaged(path, torn.offset, torn.why)
            heading = self._head(path, found)
            if heading.count != len(found) - 1:
                raise Damaged(path, path.stat().st_size, f"it has {len(found) - 1} of {heading.count} parts")
        except Damaged as damaged:
            raise damaged_file(damaged) from None
        return heading.tick, found[1:]

    def _journal_records(self, path: Path, begins: int, *, is_last: bool) -> tuple[list[bytes], int, Torn | None]:
        """The records of ticks in a journal, the size up to their end, and what is wrong with the last one."""
        try:
            found, size, torn = read(path)
            if torn is not None and not is_last:
                raise Damaged(path, torn.offset, torn.why)
            if self._head(path, found).tick != begins:
                raise Damaged(path, 0, "it was written under another name")
        except Damaged as damaged:
            raise damaged_file(damaged) from None
        return found[1:], size, torn

    def _head(self, path: Path, found: list[bytes]) -> Heading:
        try:
            heading = msgspec.json.decode(found[0] if found else b"", type=Heading)
        except msgspec.MsgspecError as exception:
            raise Damaged(path, 0, f"its first record is not a heading: {exception}") from None
        if (heading.format, heading.identity) != (FORMAT, self.identity):
            raise Damaged(path, 0, f"it belongs to the folder with the identity {heading.identity}, not to this one")
        return heading

    def _journal_path(self, tick: int) -> Path:
        return self.path / f"journal-{tick:012}"

    def _journals(self) -> list[tuple[Path, int]]:
        """The journals, each with the tick that it begins with, oldest first."""
        named = ((path, _JOURNAL.fullmatch(path.name)) for path in self.path.iterdir())
        return sorted(((path, int(name[1])) for path, name in named if name), key=lambda one: one[1])


def damaged_file(damaged: Damaged) -> Exception:
    """The error for a file that does not hold what was written."""
    return refusal(
        "HF703",
        str(damaged),
        damaged.path,
        "a flow does not go on from something else than it was: bring the folder back from a copy, or begin a new one",
    )
