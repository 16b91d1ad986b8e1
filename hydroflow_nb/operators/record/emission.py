"""What an operator's emitter is given: names and holes, no graph.

An emitter returns lines of Python text. What the operator does not know stands in the lines as a hole: a name that
the code generator replaces by the user's expression, by the item, or by the code of the operators downstream.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Protocol, TypeAlias

from hydroflow_nb.changing import Change
from hydroflow_nb.expressions import Argument
from hydroflow_nb.optimisations import Optimisation

Lines: TypeAlias = "list[str]"


def indented(lines: Lines) -> Lines:
    """The lines as those of a block."""
    return [f"    {line}" for line in lines]


class Part(Enum):
    """What a thing that an operator makes is in the program that the engine runs; an operator has one of each."""

    INBOX = auto()
    """An `Inbox`: items come into the flow by it."""
    EXTERNAL = auto()
    """Another `External`: it makes ticks due, and takes nothing in from outside."""
    OUTLET = auto()
    """An `Outlet`: items leave the flow by it, later than in the tick."""
    FILE = auto()
    """A `LineFile`, which the flow opens and closes."""
    EXPECTATION = auto()
    """An `Expectation`, which is asked at the end what is missing."""
    WORKER = auto()
    """A `Worker`, which settles the operator's items in an event loop."""
    BREAKPOINT = auto()
    """An `ItemBreakpoint`, which is told where it stands."""
    QUERY = auto()
    """A `ColumnQuery`, which says whether it stood for the rows of tables."""
    ITEMS = auto()
    """An iterator, which is read once; operators that share one each get every item."""


class Item(Protocol):
    """An item on its way through the generated code: a variable, or an expression that was not evaluated yet."""

    @property
    def once(self) -> str:
        """The item as an expression. To be used once, and evaluated before anything else in its statement."""

    @property
    def name(self) -> str:
        """The item as a variable (or constant): may be used any number of times."""

    def keep(self) -> None:
        """Make the item one that can be used several times, without building a tuple that no one needs."""

    def pair(self) -> tuple[str, str]:
        """The two halves of the item as variables. An item that is not a pair is an error, which names the operator and
        the item.
        """


class Emission(Protocol):
    """What an emitter may ask for, for one operator in one run of its subgraph."""

    @property
    def inputs(self) -> Sequence[str]:
        """The ports of the inputs, in order."""

    @property
    def outputs(self) -> Sequence[str]:
        """The ports of the outputs, in order."""

    @property
    def first(self) -> str | None:
        """The name of a flag that tells a tick's first run of the subgraph; None where there is but one run a tick."""

    @property
    def replay(self) -> str | None:
        """An expression that is True where what is held is sent again, with what is new: in a tick's first run, and
        where the operator `spares` that only in a tick in which all begins anew. None where every run sends it.
        """

    @property
    def anew(self) -> str:
        """The name of a flag that tells the ticks in which an operator that goes on from tick to tick begins anew."""

    def spares(self) -> bool:
        """True where it sends only what is new, since nobody has a use for what came before."""

    @property
    def carries(self) -> str:
        """An expression that is True where an operator that spares its replay would have sent it."""

    def carried(self, port: int = 0) -> Lines:
        """Lines for where all that was sent in earlier ticks at an output (by position) would be sent again, but is
        not: what the operators behind it do then; often none.
        """

    def resumes(self, port: int = 0) -> bool:
        """True where the input (by position) is given only what is new, and goes on from where it stands."""

    def recurrent(self, port: str) -> bool:
        """True where items can arrive at the input in later runs of the same tick."""

    def unit_values(self, port: str) -> bool:
        """True where every item of the input provably is a pair whose second half is `()`."""

    def uses(self, optimisation: Optimisation) -> bool:
        """True where the flow is compiled with an optimisation."""

    def is_static(self, port: int = 0) -> bool:
        """True where the persistence of the input (by position) is `'static`, or is durable."""

    def is_mutable(self) -> bool:
        """True where the persistence is `'mutable`: items are instructions, which also tell what to forget."""

    def call(self, argument: int, *values: str | Item) -> str:
        """A function argument applied to values, as an expression: its body inlined where that is safe."""

    def function(self, argument: int) -> str:
        """A function argument as an expression, for where something else than the generated code calls it."""

    def is_inlined(self, argument: int) -> bool:
        """True where a function argument is a closure whose body is put in place, not called."""

    def body(self, argument: int, *values: str | Item) -> tuple[Lines, ast.expr]:
        """An inlined closure applied to values, as lines that take them apart and the body over them, for operators
        that make statements of it.
        """

    def fragment(self, node: ast.expr) -> str:
        """A part of such a body as an expression."""

    def returns_value(self, argument: int) -> bool:
        """True where a function argument provably never returns None."""

    def change(self, argument: int) -> Change | None:
        """What a function argument can change in its first parameter, an accumulator. None: that has to be asked of the
        function itself, which a name stands for.
        """

    def changes_parts(self, argument: int) -> bool:
        """True where a function argument, an inlined closure, changes no more in an accumulator than what that and some
        of its parts hold, and the item tells which; also where that has to be asked of the function itself.
        """

    def call_in_parts(self, argument: int, accumulator: str, item: Item) -> tuple[Lines, str, str]:
        """Lines that take the item apart for such a closure, its body, and the keys of the parts that it changes, a
        tuple, or None while a name does not mean what the closure's text is understood by.
        """

    def is_read(self) -> bool:
        """True if another operator gets what this one emits, or reads it by `$name`."""

    def kept(self, port: int = 0) -> str:
        """An expression that is False if nothing refers to what is emitted at an output (by position), or to a part of
        it, when the code behind the output has run: mostly the text `True` or `False`.
        """

    def constant(self, argument: int) -> str | None:
        """The text of the immutable constant that a function argument always returns, if it is one."""

    def value(self, argument: int) -> str:
        """A value argument as an expression; for a state's initial value, evaluated when the flow is compiled."""

    def is_name(self, argument: int) -> bool:
        """True where a value argument is written as a name, perhaps with those of attributes behind it."""

    def within(self, argument: int, functions: Mapping[str, Mapping[str, int]]) -> tuple[str, Emission] | None:
        """A value argument that is written as a call of one of the names, such as `Fold(init, f)`: the name, and an
        emission whose arguments are those of the call, functions of so many parameters. None for any other value.
        """

    def written(self, argument: int) -> Argument:
        """An argument as it was written, for operators that do different things with different kinds of it."""

    def type_argument(self, index: int) -> str:
        """A generic type argument as an expression, for what is made once, when the flow is compiled; `None` where none
        was written.
        """

    def type_name(self, index: int) -> str:
        """The name of a generic type argument as it is written, without what it is a part of; empty where there is
        none.
        """

    def expression(self, argument: int) -> str:
        """An argument that is evaluated at each place where it stands in the lines."""

    def publish(self, value: str) -> Lines:
        """Lines that set what `$name` reads of this operator; empty if no operator reads it."""

    def emit(self, value: str, port: int = 0) -> str:
        """A line that hands an item to the operator at an output (by position)."""

    def forward(self, item: Item, port: int = 0) -> str:
        """A line that hands on the very item that was received."""

    def emit_each(self, iterable: str, port: int = 0, *, stable: bool = False) -> Lines:
        """Lines that hand on each item of an iterable. `stable`: it is a list that can be gone through twice and that
        nothing else changes meanwhile.
        """

    def columns(self) -> str | None:
        """The variable of the query over columns that the operator begins or ends; None where it works on items."""

    def column_answer(self) -> str | None:
        """An expression for the table that such a query has given to the operator, which it ends; None without one."""

    def local(self, role: str) -> str:
        """A variable of this operator that lives for one statement or loop."""

    def batch(self) -> str:
        """The variable for several items, among which an error message looks for the one at fault."""

    def returned(self) -> str:
        """The variable for what a function argument returned, which an error message shows."""

    def scratch(self, role: str, initial: str) -> str:
        """A variable that is set to its initial value at the start of every run."""

    def state(
        self,
        role: str,
        initial: str,
        *,
        static: bool,
        rebinds: bool = False,
        accumulates: bool = False,
        part: Part | None = None,
        port: int | None = 0,
    ) -> str:
        """A variable that lasts for the tick, or (`static`) for the life of the flow. `rebinds`: it is assigned to.

        `port`: the input, by position, of which it holds the items; where that goes on from where it stands, the
        variable begins anew with it. With None the operator itself sees to that.

        `accumulates`: it holds accumulators, which may change in place, also by the user's functions. Without it the
        variable holds items, in a container or in a dict of containers, which alone change.
        """

    def state_of_both(self, role: str, initial: str) -> str:
        """A variable that counts what two `'static` inputs hold. It begins anew with either, survives a restart where
        both do, and where one of them alone survives it counts that one again.
        """

    def fixed(self, role: str, initial: str, part: Part | None = None) -> str:
        """A name for something that is made once, when the flow is compiled, and is never part of its state.

        `part`: what it is to the engine, where that has to know of it.
        """

    def runtime(self, name: str) -> str:
        """A function or constant of the engine, such as `sorted` or `MISSING`, under a name that no user code hides."""
