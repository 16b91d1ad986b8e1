"""Modules of the standard library that are loaded when something of them is first asked for.

`asyncio` alone takes as long to load as a third of this package, and most flows run without an event loop.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__all__ = ["asyncio", "html"]


class _Later(ModuleType):
    def __getattr__(self, name: str) -> Any:
        # What was asked for once is found at once from then on.
        found = vars(self)[name] = getattr(import_module(self.__name__), name)
        return found


if TYPE_CHECKING:
    import asyncio
    import html
else:
    asyncio = _Later("asyncio")
    html = _Later("html")
