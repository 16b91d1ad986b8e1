"""What names stand for at the members of a system: those of its locations, and those of Python."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.locations import DeclaredLocation, LocationKind
from hydroflow_nb.net.addresses import host_and_port, is_host_and_port
from hydroflow_nb.simulation.model.names import NodeNames, is_own, must_be_meant
from hydroflow_nb.systems.groups import SIMULATED
from hydroflow_nb.systems.members import Members


def inhabited(locations: Mapping[str, DeclaredLocation]) -> list[str]:
    """The locations that nodes are at."""
    return [name for name, one in locations.items() if one.kind is not LocationKind.EXTERNAL]


def value_of(location: DeclaredLocation, members: Iterable[Any]) -> Any:
    """What the name of a location stands for in arguments: the address of a process, or those of a cluster."""
    if location.kind is LocationKind.PROCESS:
        return next(iter(members), location.name)
    return Members() if location.is_open else tuple(members)


def as_address(value: Any) -> Any:
    """An address, or several, in the form in which messages bear them: "127.0.0.1:5000" is a pair."""
    match value:
        case str() if is_host_and_port(value):
            return host_and_port(value)
        case list():
            return tuple(map(as_address, value))
        case tuple() if not (len(value) == 2 and isinstance(value[1], int)):
            return tuple(map(as_address, value))
    return value


def own_names(member: str, own: Mapping[str, Any], known: Mapping[str, Any], used: Collection[str]) -> dict[str, Any]:
    """Copies of what belongs to a member: the channels and containers of the `known` names that its text uses, and its
    own names.
    """
    shared = {one: known[one] for one in used if one in known and is_own(known[one])}
    return NodeNames(member, {**shared, **own}).fresh()


def must_be_for_sockets(member: str, own: Mapping[str, Any], used: Collection[str] | None) -> None:
    """Raise HydroflowError for a name that a node over sockets cannot have, or that seems misspelt: its text uses
    others. `used` is None where no flow runs.
    """
    for one in sorted(SIMULATED & own.keys()):
        raise HydroflowError(message=f"`{one}` of {member} is for simulated networks: leave it out")
    if used is not None:
        must_be_meant(member, own, used)
