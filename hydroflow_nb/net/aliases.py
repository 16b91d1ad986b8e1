"""Names for addresses within one process: what its flows call each other, although nothing on the wire says a name."""

from __future__ import annotations

from typing import Any


class Aliases:
    """Names for some of the addresses of a network; all others stand for themselves."""

    def __init__(self) -> None:
        self._addresses: dict[Any, Any] = {}
        self._names: dict[Any, str] = {}

    def put(self, name: str, address: Any) -> None:
        """Call an address by a name from now on."""
        self._addresses[name] = address
        self._names[address] = name

    def address_of(self, name: Any) -> Any:
        """The address that a name stands for; anything else as it is."""
        try:
            return self._addresses.get(name, name)
        except TypeError:
            return name

    def name_of(self, address: Any) -> Any:
        """The name of an address, or the address."""
        return self._names.get(address, address)
