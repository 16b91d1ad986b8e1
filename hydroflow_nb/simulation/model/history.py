"""What happened in a run, decision by decision: its diagram is drawn from this.

A network appends events while it runs. They hold texts and names only, so they do not change with the nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import force_setattr

from hydroflow_nb.records import dataclass

# A message can be a megabyte long; of its text the history keeps this many characters.
LONGEST_TEXT = 2_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """A node as the history names it; one that joins later is there from its `Joined` on."""

    node: str
    address: str = ""
    joins_later: bool = False


class _Event(Struct, frozen=True, kw_only=True, gc=False):
    """What happened by the decision `row`. A run has many, and a search makes them for each run that it tries."""

    row: int


class Ticked(_Event, frozen=True, kw_only=True, gc=False):
    """A node ran a tick; `tick` is its number in that node. `error` says what was raised in it, `note` anything
    else of interest, such as a timer that was due. The tick took in what had reached the node since its last tick;
    `set_aside` are the items that it ran without, each with its reason, because it failed with them.
    """

    node: str
    tick: int
    error: str = ""
    note: str = ""
    set_aside: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.set_aside:
            force_setattr(self, "set_aside", tuple(map(cut_text, self.set_aside)))


class Sent(_Event, frozen=True, kw_only=True, gc=False):
    """A message left its sender and is in flight; `message` is its id, as decisions name it. `again` is the id of the
    first one, where a durable node sends once more what was not acknowledged.

    Sender and receiver are names of nodes; any other text is outside of the diagram, such as an address that no
    node has.
    """

    message: str
    sender: str
    receiver: str
    text: str
    again: str = ""

    def __post_init__(self) -> None:
        if len(self.text) > LONGEST_TEXT:
            force_setattr(self, "text", cut_text(self.text))


class Delivered(_Event, frozen=True, kw_only=True, gc=False):
    """A message reached the inbox of its receiver; `unread` says why no tick takes it in, where that is so, as for an
    acknowledgement.
    """

    message: str
    unread: str = ""


class Dropped(_Event, frozen=True, kw_only=True, gc=False):
    """A message is lost for good; `reason` says why where no decision lost it, as in "bob is down"."""

    message: str
    reason: str = ""


class Duplicated(_Event, frozen=True, kw_only=True, gc=False):
    """The network made a second message of one in flight. The copy has an id of its own and no `Sent`."""

    message: str
    copy: str


class Delayed(_Event, frozen=True, kw_only=True, gc=False):
    """A message in flight was delayed: others may overtake it. `behind` are those that it waits for; without them it
    waits for a decision.
    """

    message: str
    behind: tuple[str, ...] = ()


class Divided(_Event, frozen=True, kw_only=True, gc=False):
    """The network was cut into these groups of nodes, until the next `Divided` or `Healed`.

    The nodes in no group are one more group.
    """

    groups: Sequence[Sequence[str]]


class Healed(_Event, frozen=True, kw_only=True, gc=False):
    """The groups are one network again."""


class Crashed(_Event, frozen=True, kw_only=True, gc=False):
    """A node went down, and what was in its inbox is lost; `error` says what was raised where that was the reason, `at`
    behind which step of the protocol a durable node went down. Where its tick runs `again` after the restart, that
    takes in what the one before the crash did.
    """

    node: str
    error: str = ""
    at: str = ""
    again: bool = False


class Restarted(_Event, frozen=True, kw_only=True, gc=False):
    """A node came up again, with the state that it had, or as new; `durable`: but for its durable state."""

    node: str
    kept: bool
    durable: bool = False


class Joined(_Event, frozen=True, kw_only=True, gc=False):
    """A node that joins later is there from now on."""

    node: str


class Resent(_Event, frozen=True, kw_only=True, gc=False):
    """The connection of two durable nodes broke and was made again; what either sends once more follows."""

    node: str
    peer: str


class Given(_Event, frozen=True, kw_only=True, gc=False):
    """A person put an item into an input of a node, from outside."""

    node: str
    input: str
    text: str

    def __post_init__(self) -> None:
        if len(self.text) > LONGEST_TEXT:
            force_setattr(self, "text", cut_text(self.text))


Event: TypeAlias = (
    Ticked
    | Sent
    | Delivered
    | Dropped
    | Duplicated
    | Delayed
    | Divided
    | Healed
    | Crashed
    | Restarted
    | Joined
    | Resent
    | Given
)


@dataclass(kw_only=True)
class History:
    """The nodes of a run in the order in which they are shown, and what happened.

    The `row` of an event is the index of the decision that it came from, 0 for the first; what happens before any
    decision, such as what a node sends at its start, has row -1. Events are in order; a decision has any number of
    them. `rows` is the number of decisions so far.
    """

    lanes: list[Lane] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    rows: int = 0


def cut_text(text: str) -> str:
    """The text of a message or an item, as far as a history keeps it."""
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}… ({len(text):,} characters)"
