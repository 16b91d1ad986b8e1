"""The items that a durable flow has set aside, in a file of its folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hydroflow_nb.durable.files import Damaged, record
from hydroflow_nb.durable.folder import write_whole
from hydroflow_nb.durable.journal import Journal, read
from hydroflow_nb.durable.refusing import unwritable
from hydroflow_nb.durable.store import damaged_file
from hydroflow_nb.durable.values import Decoder, encoded
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.set_aside import ItemSetAside, SetAside
from hydroflow_nb.engine.shown import shown

SET_ASIDE: Final = "set-aside"


class AsideFile:
    """The file `set-aside` of a folder: how many items are there no more, and then a record for each.

    What a flow has set aside before `tick` is there again, and what it sets aside from now on is written before the
    tick runs without it. In a tick that has not ended well it is set aside again. Raises DurabilityError: where the
    file is damaged or holds what cannot be read (HF703), and where it cannot be written (HF702).
    """

    def __init__(self, folder: Path, names: Mapping[str, Any], set_aside: SetAside, tick: int) -> None:
        self._path = folder / SET_ASIDE
        self._all = set_aside
        # How many records the file has.
        self._count = 0
        dropped, found = self._read(Decoder(names)) if self._path.exists() else (0, [])
        set_aside.restore([one for one in found if one.tick < tick], dropped)
        if len(found) != len(set_aside):
            self._write()
        set_aside.listen(self._note)

    def _read(self, decoder: Decoder) -> tuple[int, list[ItemSetAside]]:
        try:
            payloads, self._size, _ = read(self._path)
        except Damaged as damaged:
            raise damaged_file(damaged) from None
        self._count = max(0, len(payloads) - 1)
        dropped, *found = [decoder.decoded(payload) for payload in payloads] or [0]
        return dropped, [ItemSetAside(**one) for one in found]

    def _note(self, one: ItemSetAside) -> None:
        if not self._count or self._count > 2 * self._all.most:
            self._write(one)
            return
        payload = _payload(one)
        try:
            journal = Journal(self._path, self._size)
            try:
                journal.append(payload)
                self._size = journal.size
            finally:
                journal.close()
        except OSError as exception:
            raise unwritable(exception, self._path) from exception
        self._count += 1

    def _write(self, *more: ItemSetAside) -> None:
        """Write the file anew, with those that are kept."""
        pieces: list[bytes] = []
        self._size = 0
        for payload in (encoded(self._all.dropped), *map(_payload, [*self._all, *more])):
            pieces.append(record(payload, self._size))
            self._size += len(pieces[-1])
        try:
            write_whole(self._path, pieces)
        except OSError as exception:
            raise unwritable(exception, self._path) from exception
        self._count = len(pieces) - 1


def _payload(one: ItemSetAside) -> bytes:
    told = {"tick": one.tick, "input": one.input, "error": one.error, "where": one.where}
    try:
        return encoded({**told, "item": one.item, "sender": one.sender})
    except Misfit:
        # What cannot be written is told as a text.
        return encoded({**told, "item": shown(one.item), "sender": None if one.sender is None else shown(one.sender)})
