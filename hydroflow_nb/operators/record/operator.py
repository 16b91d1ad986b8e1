"""An operator as a record: everything that the compiler, the manual, the completion and the drawings know of it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.expressions import OperatorCall
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts, Result, Shape, Wanted
from hydroflow_nb.operators.record.going_on import GoingOn
from hydroflow_nb.operators.record.holding import Holding
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.operators.rules.rule import Rule
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Span

if TYPE_CHECKING:
    from hydroflow_nb.operators.explaining.explaining import Explains


class Category(StrEnum):
    """What an operator is for; the manual is ordered by it."""

    SOURCE = "sources"
    ONE_TO_ONE = "one input, one output"
    SINK = "sinks"
    FAN = "fan-in and fan-out"
    BINARY = "two inputs"
    AGGREGATION = "aggregation"
    PERSISTENCE = "persistence and time"
    LOOP = "loops"
    STATE = "states that are read by name"
    LATTICE = "lattices"


class Persistence(StrEnum):
    """How long an operator remembers: for one tick, for as long as the flow lives, or so long until it is told to
    forget. What is durable is static, and survives a restart as well: it may stand wherever static may.
    """

    TICK = "tick"
    STATIC = "static"
    MUTABLE = "mutable"
    DURABLE = "durable"


class InputDelay(StrEnum):
    """What an input waits for: the end of all earlier strata, the next tick, or the next tick that happens anyway.

    One that accumulates waits for all there is at the moment, and may be given more later in the tick: its output only
    grows, so a cycle through it is sound.
    """

    STRATUM = "stratum"
    TICK = "tick"
    LAZY = "lazy"
    ACCUMULATING = "accumulating"

    @property
    def crosses_ticks(self) -> bool:
        """True where it is the next tick that the input waits for."""
        return self is InputDelay.TICK or self is InputDelay.LAZY


class Await(Enum):
    """How the items of an operator are awaited: together, with the results in order or as they are completed, or one
    after the other by the operator's worker.
    """

    IN_ORDER = "in order"
    AS_COMPLETED = "as completed"
    ONE_BY_ONE = "one by one"


class Window(Enum):
    """How items enter a loop: whether what waits makes the loop fire, and what becomes of it where the loop does not.

    A batch does; a lazy batch does not, and is dropped; an eager one has the loop fire in every tick; a snapshot does
    not, and is kept until the loop fires.
    """

    BATCH = "batch"
    LAZY = "lazy batch"
    EAGER = "eager batch"
    SNAPSHOT = "snapshot"

    @property
    def roots_only(self) -> bool:
        """True where it can stand in a loop only that stands in no other loop."""
        return self in (Window.EAGER, Window.SNAPSHOT)


class ArgumentKind(Enum):
    """How an argument is taken: a function of items, a value that is evaluated once, when the flow is compiled, or an
    expression that is evaluated whenever the operator runs.
    """

    FUNCTION = "function"
    VALUE = "value"
    EXPRESSION = "expression"


@dataclass(frozen=True, kw_only=True)
class Argument:
    """One argument: its name, how it is taken, how many parameters a function has, and what it means.

    `parameters` is None where the operator's own check looks at them. `known` are the names in a value that mean the
    engine's own, whatever the notebook calls so, with the functions that each is called with and the numbers of their
    parameters. A function that `begins` makes the operator's state: it is called in
    every tick, and once before the first one where the persistence is `'static`. One that `takes_async` may be an async
    function: what it returns is an item, or is awaited. A value that is an `end` is what the flow reads from or sends
    to: the flow keeps it, and tells where its name was bound anew. `result` is what the function has to return, None
    if it can return anything.
    """

    name: str
    kind: ArgumentKind
    parameters: int | None = 0
    known: Mapping[str, Mapping[str, int]] = field(default_factory=dict, hash=False)
    begins: bool = False
    takes_async: bool = False
    end: bool = False
    result: Result | None = None
    meaning: str


@dataclass(frozen=True, kw_only=True)
class Arity:
    """How many edges an operator takes on one side: outside of `least`..`most` is an error (`None`: no limit), fewer
    than `usual` is a warning.
    """

    least: int
    most: int | None
    usual: int = 0

    def __str__(self) -> str:
        if self.most is None:
            return f"at least {self.least}" if self.least else "any number of"
        if self.least == self.most:
            return f"exactly {self.least}"
        return f"{self.least} to {self.most}"

    def allows(self, count: int) -> bool:
        """True if this number of edges is allowed."""
        return self.least <= count and (self.most is None or count <= self.most)


NONE = Arity(least=0, most=0)
ONE = Arity(least=1, most=1)
TWO = Arity(least=2, most=2)
AT_MOST_ONE = Arity(least=0, most=1)


@dataclass(frozen=True, kw_only=True)
class CallView:
    """A call as an operator's own check sees it: what was written, and the ports of its edges with their places.

    A port without a label is an empty text. `starved` counts arrows behind the call that lead nowhere because of an
    error that was reported already. `evaluate` gives the value of a generic type argument in the notebook's namespace,
    and raises what evaluating it raises.
    """

    call: OperatorCall
    inputs: Sequence[tuple[str, Span]]
    outputs: Sequence[tuple[str, Span]]
    starved: int
    evaluate: Callable[[ast.expr], Any]


Check = Callable[[CallView], "Iterable[Diagnostic]"]
Receive = Callable[[Emission, str, Item], Lines]
Produce = Callable[[Emission], Lines]
ReceiveAll = Callable[[Emission, str, str], "Lines | None"]
OverColumns = Callable[[Emission, str, "Sequence[str]"], str]


@dataclass(frozen=True, kw_only=True)
class Operator:
    """What there is to know of an operator.

    The first fields are for people, the middle ones for the checker and the stratifier, the last ones emit code:

    - `begin(e)`: lines for the first run of a tick, before any item;
    - `receive(e, port, item)`: what is done with one item that arrives at an input; it may emit;
    - `receive_all(e, port, iterable)`: the same for all items of an iterable at once, where no Python body runs
      (`None`: this cannot be done at once here);
    - `over_columns(e, over, inputs)`: an expression that does the same over the columns of tables, with `'tick`: a call
      of a method of `over` (`engine.columns.tables.Over`) with what its inputs give;
    - `produce(e)`: what comes out after the inputs of a run were received, or without any input; empty lines for an
      operator that emits while it receives;
    - `carried(e)`: where it is given only what is new, lines for where all that came in earlier ticks would come again.
    """

    name: str
    category: Category
    summary: str
    manual: str
    example: str
    inputs: Arity = ONE
    outputs: Arity = ONE
    input_ports: tuple[str, ...] = ()
    output_ports: tuple[str, ...] = ()
    arguments: tuple[Argument, ...] = ()
    persistences: tuple[Persistence, ...] = ()
    most_persistences: int = 0
    default_persistence: Persistence = Persistence.TICK
    least_type_arguments: int = 0
    most_type_arguments: int = 0
    # The names that a generic type argument is one of, which mean the engine's own, whatever the notebook calls so;
    # empty where it is a class of the notebook's.
    known_types: tuple[str, ...] = ()
    delays: Mapping[str, InputDelay] = field(default_factory=lambda: MappingProxyType({}))
    external: bool = False
    # Emits the members of a cluster that its argument names.
    lists_members: bool = False
    schedules: bool = False
    replays: bool = False
    # Has a state that `$name` reads.
    publishes: bool = False
    # Its items are awaitables, or give awaitables: an event loop awaits them before the operator's stratum runs.
    awaits: Await | None = None
    # Its items can be awaitables: the operator awaits them, or the sink does that it gives them to.
    takes_awaitables: bool = False
    # What does the same with a function that is async.
    awaiting_kin: str = ""
    # It does the same with equal items as many times as they come, where this operator takes them for one.
    multiset_kin: str = ""
    # What does the same for the items of each key, where this operator needs all items in one place.
    keyed_kin: str = ""
    # What it holds from tick to tick where its persistence lets it, for people to read.
    holds: tuple[Holding, ...] = ()
    # It reads the standard input; a process has only one.
    reads_standard_input: bool = False
    # What it makes of the types of its inputs: the check of distributed correctness follows it, and the manual's words
    # on order, duplicates and loss are made from it.
    rule: Rule
    # How an item that it emits is explained by those that came to it, and what kept another from coming out.
    explains: Explains
    facts: Facts = field(default_factory=Facts)
    # How it can go on from tick to tick, in place of doing again what it did.
    goes_on: GoingOn = field(default_factory=GoingOn)
    # How the Rust crate writes it; None where the crate has no such operator.
    rust: InRust | None = None
    # The time that an item takes; after a semicolon what is kept of it, and how long.
    cost: str
    # What is wrong with a call beyond what the fields above tell.
    check: Check | None = None
    # The inputs that are received to their end before the others flow; the rest follows in the order of ports.
    first_inputs: Callable[[Emission], Sequence[str]] | None = None
    # Blocking inputs that are received where the items come from, in the stratum before: `receive` only puts them into
    # states, by whole names (`*`: every input).
    gathers: tuple[str, ...] = ()
    # Its input comes from outside of the loop that it stands in.
    window: Window | None = None
    # Its output leads out of the loop that it stands in.
    leaves_loop: bool = False
    # Emits its input unchanged and does nothing else: no code is needed for it.
    transparent: bool = False
    begin: Produce | None = None
    receive: Receive | None = None
    receive_all: ReceiveAll | None = None
    produce: Produce | None = None
    carried: Produce | None = None
    over_columns: OverColumns | None = None

    def delay(self, port: str) -> InputDelay | None:
        """What the input at a port waits for; `*` among the delays stands for every port."""
        return self.delays.get(port) or self.delays.get("*")

    @property
    def hands_on(self) -> bool:
        """True where every item that comes out is one that came in."""
        return self.transparent or self.facts.emits is Emits.ITEMS

    @property
    def hands_on_all(self) -> bool:
        """True where all items that come in come out in the same tick, at each output."""
        return self.facts.shape is Shape.FAN_OUT or (self.transparent and not self.defers)

    @property
    def is_stateless(self) -> bool:
        """True where what comes out for an item depends on that item alone, and in the same tick."""
        return (self.facts.stateless or self.transparent) and not self.defers

    @property
    def defers(self) -> bool:
        """True where what comes in one tick may come out in a later one."""
        return self.window is not None or any(delay.crosses_ticks for delay in self.delays.values())

    @property
    def drops(self) -> bool:
        """True where items go no further: it emits nothing, and has no effects."""
        return self.facts.emits is Emits.NOTHING and self.facts.pure

    def position(self, port: str) -> int:
        """The position of an input among those that have a persistence each."""
        return self.input_ports.index(port) if port in self.input_ports else 0

    @property
    def tells_kinds_apart(self) -> bool:
        """True where each output has a name, and gets the items of the kind that is called so."""
        return self.rule.tells_kinds_apart

    def result(self, kind: Wanted) -> Result | None:
        """What one of its functions has to return, if that is of a kind."""
        results = (argument.result for argument in self.arguments)
        return next((result for result in results if result is not None and result.kind is kind), None)

    @property
    def lifetimes(self) -> tuple[Persistence, ...]:
        """The persistences that may be written: where it may be `'static`, also `'durable`."""
        lasting = (Persistence.DURABLE,) if Persistence.STATIC in self.persistences else ()
        return (*self.persistences, *lasting)

    @property
    def signature(self) -> str:
        """The call as one writes it: `fold(init, f)`."""
        return f"{self.name}({', '.join(argument.name for argument in self.arguments)})"


def function(
    name: str,
    parameters: int | None,
    meaning: str,
    *,
    begins: bool = False,
    takes_async: bool = False,
    result: Result | None = None,
) -> Argument:
    """An argument that is a function of so many parameters."""
    return Argument(
        name=name,
        kind=ArgumentKind.FUNCTION,
        parameters=parameters,
        begins=begins,
        takes_async=takes_async,
        result=result,
        meaning=meaning,
    )


def expression(name: str, meaning: str) -> Argument:
    """An argument that is evaluated whenever the operator runs."""
    return Argument(name=name, kind=ArgumentKind.EXPRESSION, meaning=meaning)


def value(name: str, meaning: str, *, end: bool = False) -> Argument:
    """An argument that is evaluated once, when the flow is compiled."""
    return Argument(name=name, kind=ArgumentKind.VALUE, meaning=meaning, end=end)


TICK_OR_STATIC: tuple[Persistence, ...] = (Persistence.TICK, Persistence.STATIC)
