"""The operators that stand for a `~>`, as text: what a person would have written by hand."""

from __future__ import annotations

from hydroflow_nb.locations import LocationKind, Route


def message_text(channel: str, item: str = "item") -> str:
    """A message: an item with the name of its channel."""
    return f'{{"channel": "{channel}", "item": {item}}}'


def tagging_text(channel: str, to: str, kind: LocationKind, route: Route, by: str) -> str:
    """The operators that choose the receivers of an item and put the name of the channel to it.

    `to` is the name of the receivers' location. `by` is what the route `.by` comes to, with `message` for the message.
    """
    message = message_text(channel)
    if kind is LocationKind.PROCESS:
        return f"map(|item| ({message}, {to}))"
    match route:
        case Route.ALL:
            return f"flat_map(|item| [({message}, member) for member in {to}])"
        case Route.OTHERS:
            return f"flat_map(|item| [({message}, member) for member in {to} if member != address])"
        case Route.NEXT:
            return f"enumerate::<'static>() -> map(|(turn, item)| ({message}, {to}[turn % len({to})]))"
        case Route.BY:
            return by
        case Route.DIRECT:
            return f"map(|(item, member)| ({message}, member))"


def by_closure_text(channel: str, to: str, pattern: str, key: str, member_of: str) -> str:
    """The operators of `.by(|pattern| key)`; `member_of` is the name of what chooses a member by a key."""
    return f"map(|item| (item, item)) -> map(|({pattern}, item)| ({message_text(channel)}, {member_of}({to}, {key})))"


def by_function_text(channel: str, to: str, function: str, member_of: str) -> str:
    """The operators of `.by(function)`."""
    return f"map(|item| ({message_text(channel)}, {member_of}({to}, {function}(item))))"


def greeting_text(channel: str, host: str, kind: LocationKind, known: str) -> str:
    """The operators by which a member of an open cluster greets a location until the state `known` is true."""
    message = message_text(channel, "()")
    sent = f"map(|_| ({message}, {host}))"
    if kind is LocationKind.CLUSTER:
        sent = f"flat_map(|_| [({message}, member) for member in {host}])"
    return f"source_interval(1) -> filter(|_| not ${known}) -> {sent}"


def answer_text(channel: str) -> str:
    """The operators that answer members who greet."""
    return f"map(|member| ({message_text(channel, '()')}, member))"


# What a greeting comes to: who greeted, each time and once; and whether an answer has come.
GREETED = "map(|(_, member)| member) -> tee()"
JOINED = "unique::<'static>() -> tee()"
ANSWERED = "fold::<'static>(|| False, |_, __| True)"
