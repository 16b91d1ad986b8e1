"""Who the members of a system are: what `System.network` and `System.start` are given, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sized
from typing import Any, Final, TypeAlias

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.locations import DeclaredLocation, LocationKind
from hydroflow_nb.suggestions import Suggestions

# The members of each location, with the names of their own.
Groups: TypeAlias = dict[str, Mapping[str, Mapping[str, Any]]]
# What stands among the names of a member and says how a simulated network treats it.
SIMULATED: Final = frozenset({"join_later", "outside", "durable", "on_fault"})


def groups_of(
    system: str, locations: Mapping[str, DeclaredLocation], given: dict[str, Any], settings: Collection[str]
) -> Groups:
    """The members of each location that nodes are at; they are taken out of what is given, and settings are left.

    Raises TypeError for what is neither a location nor a setting and for a cluster of which no members are given, and
    `HydroflowError` for members that cannot be.
    """
    for name in given:
        _must_be_known(system, name, locations, settings)
    groups: Groups = {}
    where: dict[str, str] = {}
    for name, location in locations.items():
        if location.kind is LocationKind.EXTERNAL:
            continue
        members = groups[name] = _members(name, location, given.pop(name, None))
        for member, own in members.items():
            if member in where:
                raise HydroflowError(
                    message=f"`{where[member]}` and `{name}` both have a member {member!r}: each has a name of its own"
                )
            where[member] = name
            _must_be_own(member, own, locations)
    return groups


def _must_be_known(
    system: str, name: str, locations: Mapping[str, DeclaredLocation], settings: Collection[str]
) -> None:
    if name in settings:
        return
    location = locations.get(name)
    if location is None:
        meant = Suggestions().closest(name, [*locations, *settings])
        neither = f"neither a location of `{system}` nor a setting" if settings else f"not a location of `{system}`"
        raise TypeError(f"`{name}` is {neither}{f': did you mean `{meant}`?' if meant else ''}")
    if location.kind is LocationKind.EXTERNAL:
        raise TypeError(f"`{name}` is external: it stands for programs of other make, and has no members to give")


def _members(name: str, location: DeclaredLocation, given: Any) -> Mapping[str, Mapping[str, Any]]:
    """The members of a location, with the names of their own."""
    if location.shards_by is not None:
        _must_be_shards(name, given)
    if location.kind is LocationKind.PROCESS:
        match given:
            case None:
                return {name: {}}
            case Mapping():
                return {name: given}
        raise HydroflowError(
            message=f"`{name}` is a process, one node: it takes a dict of names of its own, not {shown(given)}"
        )
    match given:
        case None:
            raise TypeError(f"`{name}` is a cluster: say how many members it has, as in `{name}=3`")
        case bool() | str():
            pass
        case int() if given >= 0:
            return {f"{name}{number}": {} for number in range(1, given + 1)}
        case Mapping() if all(isinstance(member, str) for member in given):
            for member, own in given.items():
                if not isinstance(own, Mapping):
                    raise HydroflowError(
                        message=f"{member} of `{name}` takes a dict of names of its own, as in "
                        f"`{name}={{{member!r}: {{}}}}`, not {shown(own)}"
                    )
            return given
        case Iterable() if not isinstance(given, Mapping):
            members = list(given)
            if all(isinstance(member, str) for member in members):
                if len(set(members)) < len(members):
                    twice = next(member for member in members if members.count(member) > 1)
                    raise HydroflowError(message=f"`{name}` has the member {twice!r} twice: each has a name of its own")
                return {member: {} for member in members}
    raise HydroflowError(message=f"the members of `{name}` are a number, names, or a dict of names, not {shown(given)}")


def _must_be_shards(name: str, given: Any) -> None:
    """Raise HydroflowError for members that cannot share items by a key: none, and those that are in no order."""
    if isinstance(given, set | frozenset):
        raise HydroflowError(
            message=f"the members of `{name}` share items in their order, and a set has none: give a list of names"
        )
    if not isinstance(given, bool) and (given == 0 or (isinstance(given, Sized) and not len(given))):
        raise HydroflowError(
            message=f"`{name}` is sharded, and each item goes to the member of its key: it has at least one member, "
            f"as in `{name}=1`"
        )


def _must_be_own(member: str, own: Mapping[str, Any], locations: Mapping[str, DeclaredLocation]) -> None:
    """Raise HydroflowError for a name that a member cannot have for itself."""
    for name in own:
        if name in locations:
            what = "is a location, and stands for its address at every member"
        elif name == "at":
            what = "cannot be chosen: a member is at its name, and over sockets at a free port"
        else:
            continue
        raise HydroflowError(message=f"`{name}` of {member} {what}: leave it out")
