"""Systems as programs of their own: what runs the members of `await system.deploy(...)`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hydroflow_nb.deploy.processes import Processes

__all__ = ["Processes"]

# Each is loaded when it is asked for.
_LATER: Final = {"Processes": "hydroflow_nb.deploy.processes"}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
