"""What one operator's emitter functions are given, and the code that comes of their lines."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from hydroflow_nb import expressions
from hydroflow_nb.codegen import inline
from hydroflow_nb.codegen.closures import as_definition, put_in_place
from hydroflow_nb.codegen.holes import Holes
from hydroflow_nb.codegen.in_parts import with_keys
from hydroflow_nb.codegen.inline import Applied
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.codegen.questions import NodeQuestions
from hydroflow_nb.codegen.topology import Topology
from hydroflow_nb.codegen.variables import Variables
from hydroflow_nb.expressions import written_call
from hydroflow_nb.ir.graph import Edge, Node, NodeId
from hydroflow_nb.operators.record.emission import Item, Lines, Part
from hydroflow_nb.operators.record.operator import ArgumentKind, Persistence, function


class Downstream(Protocol):
    """Where an operator's items go on to."""

    def consume(self, edge: Edge, value: ast.expr, origin: str) -> list[ast.stmt]:
        """The code for one item on an edge; `origin` is the operator or handoff whose item it is."""

    def carried(self, edge: Edge) -> list[ast.stmt]:
        """The code for where all that went over an edge in earlier ticks would go over it again."""

    def consume_each(self, edge: Edge, iterable: ast.expr, node: Node, *, stable: bool) -> list[ast.stmt]:
        """The code for all items of an iterable on an edge; a `stable` one can be gone through several times."""

    def emitter(self, node: NodeId) -> Emitter:
        """What another operator's emitter functions are given."""


class ItemValue:
    """An item as an expression of the generated code, with where to put statements that have to run before its use."""

    def __init__(self, emitter: Emitter, value: ast.expr, origin: str, before: list[ast.stmt]) -> None:
        self.emitter = emitter
        self.value = value
        self.origin = origin
        self.before = before

    @property
    def once(self) -> str:
        """The item as an expression that is used once."""
        return self.emitter.hole(Applied(value=self.value))

    @property
    def name(self) -> str:
        """The item as a variable."""
        if not inline.is_atom(self.value):
            self._bind()
        return self.emitter.hole(Applied(value=self.value))

    def keep(self) -> None:
        """Make the item one that may be used several times, without building a tuple that is not needed."""
        if not inline.is_repeatable(self.value):
            self._bind()

    def pair(self) -> tuple[str, str]:
        """The two halves as variables."""
        emitter = self.emitter
        halves: list[ast.expr]
        written = inline.elements(self.value, 2)
        if written is not None:
            halves = []
            for role, element in zip(("key", "value"), written, strict=True):
                if not inline.is_repeatable(element):
                    name = emitter.local(role)
                    self.before.append(inline.assign(name, element, emitter.position))
                    element = inline.load(name, emitter.position)
                halves.append(element)
            self.value = emitter.position.set(ast.Tuple(elts=halves, ctx=ast.Load()))
        else:
            # The whole item is kept as well: it is what an error message shows.
            self.keep()
            names = [emitter.local("key"), emitter.local("value")]
            targets = [emitter.position.set(ast.Name(id=name, ctx=ast.Store())) for name in names]
            target = emitter.position.set(ast.Tuple(elts=list(targets), ctx=ast.Store()))
            self.before.append(
                emitter.position.set(
                    ast.Assign(targets=[target], value=inline.copied(self.value, {}), lineno=emitter.position.line)
                )
            )
            halves = [inline.load(name, emitter.position) for name in names]
        key, value = (emitter.hole(Applied(value=half)) for half in halves)
        return key, value

    def _bind(self) -> None:
        name = self.emitter.variables.item(self.origin)
        self.before.append(inline.assign(name, self.value, self.emitter.position))
        self.value = inline.load(name, self.emitter.position)


class Emitter(NodeQuestions):
    """What an operator's emitter functions ask; `operators.record.emission.Emission` tells what each method means."""

    def __init__(self, node: Node, topology: Topology, variables: Variables, downstream: Downstream) -> None:
        super().__init__(node, topology)
        self.variables = variables
        self.position = Position(node.call.name_span)
        self._downstream = downstream
        self._holes = Holes(self.position)
        # What is made once, when the flow is loaded.
        self._fixed: set[str] = set()

    @property
    def first(self) -> str | None:
        cycle = self._topology.cycle_of(self.node)
        return None if cycle is None else self.variables.first(cycle)

    @property
    def replay(self) -> str | None:
        first = self.first
        if not self.spares():
            return first
        return self.anew if first is None else f"{first} and {self.anew}"

    @property
    def anew(self) -> str:
        assert self.node.goes_on is not None
        return self.variables.anew(self.node.goes_on.region)

    @property
    def carries(self) -> str:
        first = self.first
        return f"not {self.anew}" if first is None else f"{first} and not {self.anew}"

    def carried(self, port: int = 0) -> Lines:
        body = self._downstream.carried(self._outs[port]) if port < len(self._outs) else []
        return [self._holes.statements(body)] if body else []

    def hole(self, applied: Applied) -> str:
        """A name that stands for an expression in the operator's lines."""
        return self._holes.expression(applied)

    # --- the user's expressions ------------------------------------------------------------------------------------

    def call(self, argument: int, *values: str | Item) -> str:
        written = self.node.call.arguments[argument]
        applied = [self._value(value) for value in values]
        if isinstance(written, expressions.Closure) and self.is_inlined(argument):
            return self.hole(put_in_place(written, applied, self._parameter, self.runtime, self.references))
        return self.hole(Applied(value=inline.call(self._function(argument, written), applied, written.span)))

    def function(self, argument: int) -> str:
        return self.hole(Applied(value=self._function(argument, self.node.call.arguments[argument])))

    def body(self, argument: int, *values: str | Item) -> tuple[Lines, ast.expr]:
        written = self.node.call.arguments[argument]
        assert isinstance(written, expressions.Closure)
        return self._put_in_place(written, *values)

    def _put_in_place(self, closure: expressions.Closure, *values: str | Item) -> tuple[Lines, ast.expr]:
        taken = [self._value(value) for value in values]
        applied = put_in_place(closure, taken, self._parameter, self.runtime, self.references)
        return [self._holes.statements(applied.before)], applied.value

    def fragment(self, node: ast.expr) -> str:
        return self.hole(Applied(value=node))

    def _function(self, argument: int, written: expressions.Argument) -> ast.expr:
        """What to call: a name as it is, so that it is looked up anew each time; what reads a state likewise, since
        that is another one in every tick; anything else is made once.
        """
        if isinstance(written, expressions.Expression) and (written.references or inline.is_direct(written.node)):
            return inline.copied(written.node, self.references)
        return inline.load(self._captured(argument, written), Position(written.span))

    def _parameter(self, name: str) -> str:
        """The variable for a parameter of the user's; the operator's own variables bear no underscore at the end."""
        return self.local(f"{name}_")

    def _captured(self, argument: int, written: expressions.Argument) -> str:
        """The name of a function that is made once, when the flow is compiled."""
        name = self.local(self.node.operator.arguments[argument].name)
        if name not in self._fixed:
            self._fixed.add(name)
            if isinstance(written, expressions.Closure):
                made = as_definition(written, name, self.local, self.runtime, self.references)
            else:
                made = inline.assign(name, inline.copied(written.node, self.references), Position(written.span))
            self.variables.prologue.append(made)
        return name

    def _value(self, value: str | Item) -> ast.expr:
        if isinstance(value, ItemValue):
            return value.value
        assert isinstance(value, str)
        applied = self._holes.parsed(value)
        assert not applied.before, "a value that a function is called with has been evaluated before"
        return applied.value

    def call_in_parts(self, argument: int, accumulator: str, item: Item) -> tuple[Lines, str, str]:
        written = self.node.call.arguments[argument]
        assert isinstance(written, expressions.Closure)
        both, names, alone = with_keys(written)
        before, value = self._put_in_place(both, accumulator, item)
        assert isinstance(value, ast.Tuple)
        call, *keys = map(self.fragment, value.elts)
        tests = [f"{name} is {self.runtime(name)}" for name in names]
        if not alone:
            # The parts of a list may have moved then.
            tests.append(f"{self.runtime('type')}({accumulator}) is not {self.runtime('list')}")
        known = " and ".join(tests)
        return before, call, f"({', '.join(keys)},)" + (f" if {known} else None" if known else "")

    def kept(self, port: int = 0) -> str:
        names = self._topology.relied_on_behind(self._outs[port]) if port < len(self._outs) else frozenset()
        if names is None:
            return "True"
        return " or ".join(f"{name} is not {self.runtime(name)}" for name in sorted(names)) or "False"

    def value(self, argument: int) -> str:
        written = self.node.call.arguments[argument]
        assert isinstance(written, expressions.Expression)
        record = self.node.operator.arguments[argument]
        assert record.kind is ArgumentKind.VALUE
        known = {name: inline.load(self.variables.of_runtime(name), self.position) for name in record.known}
        return self.hole(Applied(value=inline.copied(written.node, known)))

    def within(self, argument: int, functions: Mapping[str, Mapping[str, int]]) -> tuple[str, Emitter] | None:
        node = self.node
        call = written_call(node.call.arguments[argument], functions)
        if call is None:
            return None
        outer = node.operator.arguments[argument].name
        parts = tuple(function(f"{outer}_{name}", count, "") for name, count in functions[call.name].items())
        node = replace(
            node,
            call=replace(node.call, arguments=call.arguments),
            operator=replace(node.operator, arguments=parts),
        )
        inner = Emitter(node, self._topology, self.variables, self._downstream)
        # What stands in lines of the one may be filled in by the other.
        inner._holes, inner._fixed = self._holes, self._fixed
        return call.name, inner

    def type_argument(self, index: int) -> str:
        written = self.node.call.type_arguments
        if index >= len(written):
            return "None"
        return self.hole(Applied(value=inline.copied(written[index].node, {})))

    def expression(self, argument: int) -> str:
        written = self.node.call.arguments[argument]
        assert isinstance(written, expressions.Expression)
        return self.hole(Applied(value=inline.copied(written.node, self.references)))

    @property
    def references(self) -> dict[str, ast.expr]:
        """What `$name` stands for in the arguments: the variable that the operator it names has published."""
        return {
            f"{expressions.REFERENCE_PREFIX}{read.name}": inline.load(
                self.variables.published(self._topology.graph.nodes[read.source].name), Position(read.span)
            )
            for read in self._topology.reads(self.node.id)
        }

    def publish(self, value: str) -> Lines:
        if not self._topology.is_published(self.node.id):
            return []
        name = self.variables.published(self.node.name)
        self.variables.rebound.add(name)
        return [f"{name} = {value}"]

    # --- handing on ------------------------------------------------------------------------------------------------

    def emit(self, value: str, port: int = 0) -> str:
        applied = self._holes.parsed(value)
        return self._holes.statements(applied.before + self._consumed(applied.value, self.node.name, port))

    def forward(self, item: Item, port: int = 0) -> str:
        assert isinstance(item, ItemValue)
        return self._holes.statements(self._consumed(item.value, item.origin, port))

    def _consumed(self, value: ast.expr, origin: str, port: int) -> list[ast.stmt]:
        if port < len(self._outs):
            return self._downstream.consume(self._outs[port], value, origin)
        # No operator takes the item, but the user's code that makes it runs.
        return [] if inline.is_repeatable(value) else [self.position.set(ast.Expr(value=value))]

    def emit_each(self, iterable: str, port: int = 0, *, stable: bool = False) -> Lines:
        applied = self._holes.parsed(iterable)
        if port < len(self._outs):
            body = self._downstream.consume_each(self._outs[port], applied.value, self.node, stable=stable)
        else:
            body = [self.position.set(ast.Expr(value=applied.value))]
        return [self._holes.statements(applied.before + body)]

    # --- columns ---------------------------------------------------------------------------------------------------

    def columns(self) -> str | None:
        ends = self._topology.columns.get(self.node.id)
        return None if ends is None else self._downstream.emitter(ends[0]).column_query(ends)

    def column_answer(self) -> str | None:
        query = self.columns()
        return None if query is None else f"{query}.answer({self._topology.columns[self.node.id].index(self.node.id)})"

    def column_query(self, ends: Sequence[NodeId]) -> str:
        """The variable of the query that gives what comes to some operators as columns; this is the first of them."""
        name = self.local("query")
        if name not in self._fixed:
            over = self.local("over")
            made: set[NodeId] = set()
            emitters = [self._downstream.emitter(end) for end in ends]
            asked = ", ".join(self.hole(Applied(value=one._over_columns(over, made))) for one in emitters)
            self._is_part(name, Part.QUERY)
            self._once(name, f"{self.runtime('column_query')}({self.runtime('context')}, lambda {over}: [{asked}])")
        return name

    def _over_columns(self, over: str, made: set[NodeId]) -> ast.expr:
        """What the operator does over columns, as an expression, with all that leads to it. `made` are the operators
        whose results have a variable by then: those that several take.
        """
        name = self.local("over_columns")
        if self.node.id in made:
            return inline.load(name, self.position)
        befores = [self._downstream.emitter(edge.source) for edge in self._ins]
        inputs = [self.hole(Applied(value=before._over_columns(over, made))) for before in befores]
        emit = self.node.operator.over_columns
        assert emit is not None
        text = emit(self, over, inputs)
        if len(self._outs) > 1:
            made.add(self.node.id)
            text = f"({name} := {text})"
        (found,) = self._holes.filled([text])
        assert isinstance(found, ast.Expr)
        return found.value

    # --- variables -------------------------------------------------------------------------------------------------

    def local(self, role: str) -> str:
        return self.variables.own(self.node.name, role)

    def batch(self) -> str:
        return self.variables.batch(self.node.name, "batch")

    def returned(self) -> str:
        return self.variables.returned(self.node.name)

    def scratch(self, role: str, initial: str) -> str:
        name = self.local(role)
        self.variables.set_in_run(name, lambda: self._assignment(name, initial))
        return name

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
        name = self.local(role)
        self._is_part(name, part)
        if static and port is not None and self.resumes(port):
            self.variables.states[name] = accumulates
            self.variables.renew(name, self.anew, lambda: self._assignment(name, initial))
        elif static:
            self.variables.states[name] = accumulates
            if self.node.persistence(port or 0) is Persistence.DURABLE:
                self.variables.durable.add(name)
            self._once(name, initial)
            if rebinds:
                self.variables.rebound.add(name)
        elif self.node.id in self._topology.gathering:
            self.variables.share_in_tick(name, lambda: self._assignment(name, initial))
        else:
            self.variables.set_in_tick(name, lambda: self._assignment(name, initial))
        return name

    def state_of_both(self, role: str, initial: str) -> str:
        name = self.state(role, initial, static=True, port=0 if self.resumes(0) else 1)
        if not all(self.node.persistence(port) is Persistence.DURABLE for port in (0, 1)):
            self.variables.durable.discard(name)
        return name

    def fixed(self, role: str, initial: str, part: Part | None = None) -> str:
        name = self.local(role)
        self._is_part(name, part)
        self._once(name, initial)
        return name

    def _is_part(self, name: str, part: Part | None) -> None:
        if part is not None:
            self.variables.parts[part][name] = self.node.id

    def _once(self, name: str, initial: str) -> None:
        if name not in self._fixed:
            self._fixed.add(name)
            self.variables.prologue += self._assignment(name, initial)

    def _assignment(self, name: str, initial: str) -> list[ast.stmt]:
        return self._holes.filled([f"{name} = {initial}"])

    def runtime(self, name: str) -> str:
        return self.variables.of_runtime(name)

    # --- the code --------------------------------------------------------------------------------------------------

    def receive(self, port: str, value: ast.expr, origin: str) -> list[ast.stmt]:
        """The code for one item that arrives at an input."""
        before: list[ast.stmt] = []
        item = ItemValue(self, value, origin, before)
        receive = self.node.operator.receive
        assert receive is not None
        return before + self._holes.filled(receive(self, port, item))

    def part(self, emit: Callable[[Emitter], Lines] | None) -> list[ast.stmt]:
        """The code of one of the operator's other parts."""
        return self._holes.filled(emit(self)) if emit else []

    def receive_all(self, port: str, iterable: ast.expr) -> list[ast.stmt] | None:
        """The code for all items of an iterable that arrive at an input; None where it cannot be done in bulk."""
        receive_all = self.node.operator.receive_all
        lines = receive_all(self, port, self.hole(Applied(value=iterable))) if receive_all else None
        return None if lines is None else self._holes.filled(lines)
