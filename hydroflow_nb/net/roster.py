"""Which member sends from which address: over UDP, senders are known by the addresses that a directory gives them."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.addresses import HostPort, destination, numeric_host, resolved
from hydroflow_nb.net.directory import Directory
from hydroflow_nb.net.naming import Naming

# For how long what the directory says of a sender holds, in seconds.
_AGE: Final = 1.0
# The directory is read again for a sender that it does not know, but not so often that a flood of datagrams costs more
# than this share of a processor.
_SHARE: Final = 0.1
# So often a second at most: what the disk or the network takes for a reading is no time of the processor.
_MOST: Final = 20
# For how long the numbers of a host hold, in seconds.
AGE_OF_NUMBERS: Final = 5.0


class Roster:
    """The members of a directory by the addresses of their sockets. `family` is the address family of the own socket.

    Raises ValueError for a directory that does not list its names.
    """

    def __init__(self, naming: Naming, family: int, spawn: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        if not isinstance(naming.directory, Directory):
            raise ValueError(
                f"{shown(naming.directory)} does not list its names: over UDP a sender is known by its address alone, "
                f"so give a `hydroflow_nb.net.Directory`, or use TCP"
            )
        self._naming = naming
        self._directory = naming.directory
        self._family = family
        self._spawn = spawn
        self._names: dict[HostPort, str] = {}
        self._numbers: dict[HostPort, list[HostPort]] = {}
        self._read_at = self._looked_up_at = -AGE_OF_NUMBERS
        self._is_looking = False
        # The processor time of the last reading, in seconds: on a busy machine the clock runs on while nothing is read,
        # and new members would be refused for that long.
        self._cost = 0.0
        # When it was read for senders that it did not know, the last times.
        self._readings: deque[float] = deque([-AGE_OF_NUMBERS] * _MOST, maxlen=_MOST)

    @property
    def lets_strangers_in(self) -> bool:
        """True where datagrams from other addresses are taken in as well."""
        return self._naming.strangers

    def name_at(self, address: HostPort) -> str | None:
        """The member at an address; None if the directory has none there."""
        now = time.monotonic()
        if address in self._names:
            if now - self._read_at >= _AGE:
                self._read()
        elif now - self._read_at >= self._cost / _SHARE and now - self._readings[0] >= 1.0:
            self._readings.append(now)
            self._read()
        return self._names.get(address)

    def where(self, name: str) -> HostPort:
        """The address of a member as it is now. Raises OSError, with a reason, if the directory does not say it."""
        try:
            return destination(self._naming.where(name))
        except ValueError as exception:
            raise OSError(0, f"the directory is wrong: {exception}") from None

    async def look_up(self) -> None:
        """Look up the numbers of all hosts that the directory names."""
        self._is_looking = True
        try:
            hosts = [place for place in self._places() if numeric_host(place[0]) is None]
            found = await asyncio.gather(*(self._look_up(place) for place in hosts))
            self._numbers = dict(zip(hosts, found, strict=True))
        finally:
            self._looked_up_at = time.monotonic()
            self._is_looking = False
        self._read()

    async def _look_up(self, place: HostPort) -> list[HostPort]:
        try:
            return await resolved(*place, family=self._family)
        except OSError:
            # This member may come later.
            return self._numbers.get(place, [])

    def _read(self) -> None:
        began = time.thread_time()
        places = self._places()
        self._names = {
            number: name
            for place, name in places.items()
            for number in ([place] if numeric_host(place[0]) else self._numbers.get(place, ()))
        }
        self._read_at = time.monotonic()
        self._cost = time.thread_time() - began
        has_hosts = any(numeric_host(host) is None for host, _ in places)
        if has_hosts and not self._is_looking and self._read_at - self._looked_up_at >= AGE_OF_NUMBERS:
            self._is_looking = True
            self._spawn(self.look_up())

    def _places(self) -> dict[HostPort, str]:
        places: dict[HostPort, str] = {}
        for name in self._directory.names():
            try:
                places[self.where(name)] = name
            except OSError:
                # A message to it will tell.
                continue
        return places
