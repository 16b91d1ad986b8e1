"""The operators that stand for a `~>`, as text: what a person would have written by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from hydroflow_nb.locations import DeclaredLocation, LocationKind, Route

# So many tests, one behind the other, are looked up by name.
_MANY: Final = 9


def free_name(word: str, taken: Collection[str]) -> str:
    """A word as a name, with a number where it is taken."""
    found, number = word, 2
    while found in taken:
        found, number = f"{word}_{number}", number + 1
    return found


def waits_for_members(cluster: DeclaredLocation, route: Route) -> bool:
    """Whether an item by a route waits until the cluster has a member that it can go to."""
    return cluster.is_open and route in (Route.NEXT, Route.BY)


def members_channel(cluster: str) -> str:
    """The channel by which the members of an open cluster greet; no statement has such a name."""
    return f"{cluster}>members()"


def welcome_channel(host: str) -> str:
    """The channel by which a location answers members who greet."""
    return f"{host}>welcome()"


def message_text(channel: str, item: str = "item") -> str:
    """A message: an item with the name of its channel."""
    return f'{{"channel": "{channel}", "item": {item}}}'


def tagging_text(channel: str, to: str, kind: LocationKind, route: Route, by: str, turn_of: str = "") -> str:
    """The operators that choose the receivers of an item and put the name of the channel to it.

    `to` is the name of the receivers' location. `by` is what the route `.by` comes to. `turn_of` is the name of what
    gives the member whose turn it is; without it, the text says it.
    """
    item, member, turn = (free_name(word, (to,)) for word in ("item", "member", "turn"))
    message = message_text(channel, item)
    if kind is LocationKind.PROCESS:
        return f"map(|{item}| ({message}, {to}))"
    match route:
        case Route.ALL:
            return f"flat_map(|{item}| [({message}, {member}) for {member} in {to}])"
        case Route.OTHERS:
            return f"flat_map(|{item}| [({message}, {member}) for {member} in {to} if {member} != address])"
        case Route.NEXT:
            count = f"len({to})" if to != "len" else f"{to}.__len__()"
            whose = f"{turn_of}({to}, {turn})" if turn_of else f"{to}[{turn} % {count}]"
            return f"enumerate::<'static>() -> map(|({turn}, {item})| ({message}, {whose}))"
        case Route.BY:
            return by
        case Route.DIRECT:
            return f"map(|({item}, {member})| ({message}, {member}))"


def by_closure_text(channel: str, to: str, pattern: str, key: str, member_of: str, taken: Collection[str]) -> str:
    """The operators of `.by(|pattern| key)`; `member_of` is the name of what chooses a member by a key, `taken` are the
    names in the closure.
    """
    item = free_name("item", {*taken, to})
    paired, message = f"map(|{item}| ({item}, {item}))", message_text(channel, item)
    if to not in taken and member_of not in taken:
        return f"{paired} -> map(|({pattern}, {item})| ({message}, {member_of}({to}, {key})))"
    # The closure has another meaning for the name of the location.
    chosen = free_name("key", (to, item, member_of))
    return (
        f"{paired} -> map(|({pattern}, {item})| ({key}, {item})) "
        f"-> map(|({chosen}, {item})| ({message}, {member_of}({to}, {chosen})))"
    )


def by_function_text(channel: str, to: str, function: str, member_of: str, taken: Collection[str]) -> str:
    """The operators of `.by(function)`; `taken` are the names in the function's text."""
    item = free_name("item", {*taken, to})
    return f"map(|{item}| ({message_text(channel, item)}, {member_of}({to}, {function}({item}))))"


def by_path_text(channel: str, to: str, path: str, member_of: str) -> str:
    """The operators by which an item goes to the member that its part at a path belongs to."""
    item = free_name("item", (to, member_of))
    return f"map(|{item}| ({message_text(channel, item)}, {member_of}({to}, {item}{path})))"


def choice_text(channels: Sequence[str], channel: str, others: int | None = None) -> str:
    """The number of a channel among several, as an expression: `channel` reads it from a message. `others` is that of
    messages of no channel.
    """
    last = len(channels) - 1 if others is None else others
    tests = channels if others is not None else channels[:-1]
    if len(tests) < _MANY:
        return " ".join([*(f'{n} if {channel} == "{name}" else' for n, name in enumerate(tests)), str(last)])
    numbers = ", ".join(f'"{name}": {n}' for n, name in enumerate(channels))
    return f"{{{numbers}}}[{channel}]" if others is None else f"{{{numbers}}}.get({channel}, {last})"


def greeting_text(channel: str, host: str, kind: LocationKind, known: str) -> str:
    """The operators by which a member of an open cluster greets a location until the state `known` is true."""
    message = message_text(channel, "()")
    sent = f"map(|_| ({message}, {host}))"
    if kind is LocationKind.CLUSTER:
        member = free_name("member", (host,))
        sent = f"flat_map(|_| [({message}, {member}) for {member} in {host}])"
    return f"source_interval(1) -> filter(|_| not ${known}) -> {sent}"


def answer_text(channel: str) -> str:
    """The operators that answer members who greet."""
    return f"map(|member| ({message_text(channel, '()')}, member))"


# Where items wait until an open cluster has a member, the ports of that, and what is emitted in each tick from then on.
HELD: Final = "defer_signal()"
HELD_PORT: Final = "input"
RELEASE_PORT: Final = "signal"
SOMEBODY: Final = "map(|_| ()) -> unique::<'static>() -> persist() -> tee()"
# What a greeting comes to: who greeted, each time and once; and whether an answer has come.
GREETED = "map(|(_, member)| member) -> tee()"
JOINED = "unique::<'static>() -> tee()"
ANSWERED = "fold::<'static>(|| False, |_, __| True)"
