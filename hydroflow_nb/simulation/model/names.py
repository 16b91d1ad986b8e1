"""The names that belong to a node: which values it has copies of, and how they are copied."""

from __future__ import annotations

import copy
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from types import NoneType
from typing import Any

from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError

# Values that a flow's text may change: each node has its own, as a process would.
_CONTAINERS = (Channel, list, dict, set, deque, bytearray)
_CONSTANTS = frozenset({int, str, float, bool, bytes, complex, NoneType})


class NodeNames:
    """The names that belong to a node. Each start copies their values; the copies share what the values share.

    Raises `HydroflowError` for a value that cannot be copied.
    """

    def __init__(self, node: str, names: Mapping[str, Any]) -> None:
        self._names = _copied(node, names)
        once = Counter(map(id, self._names.values()))
        self._constants = {name: value for name, value in self._names.items() if _is_constant(value)}
        # A copy of the container alone is as good as a deep one where nothing in it can change, and much cheaper.
        self._flat: dict[str, Callable[[], Any]] = {
            name: value.copy for name, value in self._names.items() if once[id(value)] == 1 and _holds_constants(value)
        }
        known = self._constants.keys() | self._flat.keys()
        self._deep = {name: value for name, value in self._names.items() if name not in known}

    @property
    def changing(self) -> Sequence[str]:
        """The names of the values that may change while the node runs."""
        return [name for name in self._names if name not in self._constants]

    @property
    def values(self) -> Mapping[str, Any]:
        """The names with the values that each start copies."""
        return self._names

    def fresh(self) -> dict[str, Any]:
        """The names with new copies of their values."""
        found = copy.deepcopy(self._deep) if self._deep else {}
        found.update(self._constants)
        for name, made in self._flat.items():
            found[name] = made()
        return found


def _holds_constants(value: Any) -> bool:
    """True for a container in which nothing can change."""
    if type(value) in (list, set, deque):
        return all(map(_is_constant, value))
    return type(value) is dict and all(map(_is_constant, value)) and all(map(_is_constant, value.values()))


def _is_constant(value: Any) -> bool:
    return type(value) in _CONSTANTS or (type(value) is tuple and all(map(_is_constant, value)))


def is_own(value: Any) -> bool:
    """True for a value that every node has a copy of, though it is not among the names that the node is given."""
    return isinstance(value, _CONTAINERS)


def must_be_meant(node: str, names: Iterable[str], used: Iterable[str]) -> None:
    """Raises `HydroflowError` for a name that the text does not use where it uses one that is almost the same.

    Other names may be unused: classes that messages are rebuilt from, and values that predicates read.
    """
    free = [one for one in used if one not in names]
    for name in names:
        close = [] if name in used else get_close_matches(name, free, 1, cutoff=0.75)
        if close:
            raise HydroflowError(message=f"the flow of {node} does not use `{name}`: did you mean `{close[0]}`?")


def _copied(node: str, names: Mapping[str, Any]) -> dict[str, Any]:
    """The names with copies of their values, which share among each other what the values share."""
    try:
        return copy.deepcopy(dict(names))
    except Exception:
        for name, value in names.items():
            try:
                copy.deepcopy(value)
            except Exception as exception:
                raise HydroflowError(
                    message=f"`{name}` of {node} cannot be copied for each run: {shown(value)} ({exception}); give the "
                    f"node plain data, and let its flow's text make the rest"
                ) from exception
        raise
