"""The holes in an emitter's lines, and how they are filled with the user's expressions and the code downstream."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hydroflow_nb.changing import Change, change_in
from hydroflow_nb.codegen import inline
from hydroflow_nb.codegen.closures import as_definition, put_in_place
from hydroflow_nb.codegen.inline import Applied
from hydroflow_nb.codegen.letting_go import relied_on_behind
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.ir.graph import Edge, Node
from hydroflow_nb.operators.record.emission import Item, Lines
from hydroflow_nb.operators.record.operator import ArgumentKind, Persistence, function
from hydroflow_nb.syntax import tree
from hydroflow_nb.syntax.arguments import written_call

if TYPE_CHECKING:
    from hydroflow_nb.codegen.generate import Generator


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
        """Make the item one that may be used several times, without building a tuple that nobody needs."""
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
        name = self.emitter.generator.names.free(f"{self.origin}_item")
        self.before.append(inline.assign(name, self.value, self.emitter.position))
        self.value = inline.load(name, self.emitter.position)


class Emitter:
    """What one operator's emitter functions ask; see `operators.emission.Emission` for the meaning of each method."""

    def __init__(self, generator: Generator, node: Node, ins: Sequence[Edge], outs: Sequence[Edge]) -> None:
        self.generator = generator
        self.node = node
        self.ins = ins
        self.outs = outs
        self.position = Position(node.call.name_span)
        self._expressions: dict[str, Applied] = {}
        self._statements: dict[str, list[ast.stmt]] = {}
        self._fixed: dict[str, str] = {}

    # --- what is known ---------------------------------------------------------------------------------------------

    @property
    def inputs(self) -> list[str]:
        return [edge.target_port.text for edge in self.ins]

    @property
    def outputs(self) -> list[str]:
        return [edge.source_port.text for edge in self.outs]

    @property
    def first(self) -> str | None:
        return self.generator.first_flag(self.node)

    def recurrent(self, port: str) -> bool:
        return any(self.generator.is_recurrent(edge) for edge in self.ins if edge.target_port.text == port)

    def unit_values(self, port: str) -> bool:
        return all(self.generator.has_unit_values(edge) for edge in self.ins if edge.target_port.text == port)

    def is_static(self, port: int = 0) -> bool:
        return self.node.is_static(port)

    def is_mutable(self) -> bool:
        return Persistence.MUTABLE in self.node.persistences

    # --- the user's expressions ------------------------------------------------------------------------------------

    def call(self, argument: int, *values: str | Item) -> str:
        written = self.node.call.arguments[argument]
        applied = [self._value(value) for value in values]
        if isinstance(written, tree.Closure) and self.is_inlined(argument):
            return self.hole(put_in_place(written, applied, self._parameter, self.runtime, self.references))
        return self.hole(Applied(value=inline.call(self._function(argument, written), applied, written.span)))

    def function(self, argument: int) -> str:
        return self.hole(Applied(value=self._function(argument, self.node.call.arguments[argument])))

    def is_inlined(self, argument: int) -> bool:
        written = self.node.call.arguments[argument]
        return isinstance(written, tree.Closure) and inline.why_called(written) is None

    def body(self, argument: int, *values: str | Item) -> tuple[Lines, ast.expr]:
        written = self.node.call.arguments[argument]
        assert isinstance(written, tree.Closure)
        taken = [self._value(value) for value in values]
        applied = put_in_place(written, taken, self._parameter, self.runtime, self.references)
        return [self._statement(applied.before)], applied.value

    def fragment(self, node: ast.expr) -> str:
        return self.hole(Applied(value=node))

    def _function(self, argument: int, written: tree.Argument) -> ast.expr:
        """What to call: a name as it is, so that it is looked up anew each time; what reads a state likewise, since
        that is another one in every tick; anything else is made once.
        """
        if isinstance(written, tree.Expression) and (written.references or inline.is_direct(written.node)):
            return inline.copied(written.node, self.references)
        return inline.load(self._captured(argument, written), Position(written.span))

    def _parameter(self, name: str) -> str:
        """The variable for a parameter of the user's; the operator's own variables bear no underscore at the end."""
        return self.local(f"{name}_")

    def _captured(self, argument: int, written: tree.Argument) -> str:
        """The name of a function that is made once, when the flow is compiled."""
        name = self.local(self.node.operator.arguments[argument].name)
        if name not in self._fixed:
            self._fixed[name] = name
            if isinstance(written, tree.Closure):
                made = as_definition(written, name, self.local, self.runtime, self.references)
                self.generator.prologue.append(made)
            else:
                self.generator.prologue.append(
                    inline.assign(name, inline.copied(written.node, self.references), Position(written.span))
                )
        return name

    def _value(self, value: str | Item) -> ast.expr:
        if isinstance(value, ItemValue):
            return value.value
        assert isinstance(value, str)
        applied = self._parsed_expression(value)
        assert not applied.before, "a value that a function is called with has been evaluated before"
        return applied.value

    def returns_value(self, argument: int) -> bool:
        return inline.never_none(self.node.call.arguments[argument])

    def change(self, argument: int) -> Change | None:
        written = self.node.call.arguments[argument]
        if not isinstance(written, tree.Closure):
            return None
        first = written.parameters[0] if written.parameters else None
        return change_in([written.body], first.name if isinstance(first, tree.Binding) else None)

    def is_read(self) -> bool:
        generator = self.generator
        drops = (generator.graph.nodes[edge.target].operator.drops for edge in self.outs)
        return not all(drops) or bool(generator.graph.flat.reads_of(self.node.id))

    def kept(self, port: int = 0) -> str:
        generator = self.generator
        names = None if generator.recorded else relied_on_behind(generator.graph, self.outs[port : port + 1])
        if names is None:
            return "True"
        return " or ".join(f"{name} is not {self.runtime(name)}" for name in sorted(names)) or "False"

    def constant(self, argument: int) -> str | None:
        return inline.constant(self.node.call.arguments[argument])

    def value(self, argument: int) -> str:
        written = self.node.call.arguments[argument]
        assert isinstance(written, tree.Expression)
        record = self.node.operator.arguments[argument]
        assert record.kind is ArgumentKind.VALUE
        known = {name: inline.load(self.generator.runtime_name(name), self.position) for name in record.known}
        return self.hole(Applied(value=inline.copied(written.node, known)))

    def is_name(self, argument: int) -> bool:
        written = self.node.call.arguments[argument]
        return isinstance(written, tree.Expression) and tree.path_of(written.node) is not None

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
        inner = Emitter(self.generator, node, self.ins, self.outs)
        # What stands in lines of the one may be filled in by the other.
        inner._expressions, inner._statements, inner._fixed = self._expressions, self._statements, self._fixed
        return call.name, inner

    def written(self, argument: int) -> tree.Argument:
        return self.node.call.arguments[argument]

    def type_argument(self, index: int) -> str:
        written = self.node.call.type_arguments
        if index >= len(written):
            return "None"
        return self.hole(Applied(value=inline.copied(written[index].node, {})))

    def type_name(self, index: int) -> str:
        written = self.node.call.type_arguments
        return written[index].name if index < len(written) else ""

    def expression(self, argument: int) -> str:
        written = self.node.call.arguments[argument]
        assert isinstance(written, tree.Expression)
        return self.hole(Applied(value=inline.copied(written.node, self.references)))

    @property
    def references(self) -> dict[str, ast.expr]:
        """What `$name` stands for in the arguments: the variable that the operator it names has published."""
        return {
            f"{tree.REFERENCE_PREFIX}{read.name}": inline.load(
                self.generator.published_name(read.source), Position(read.span)
            )
            for read in self.generator.graph.flat.reads_by(self.node.id)
        }

    def publish(self, value: str) -> Lines:
        if not self.generator.graph.flat.reads_of(self.node.id):
            return []
        name = self.generator.published_name(self.node.id)
        self.generator.rebound.add(name)
        return [f"{name} = {value}"]

    # --- handing on ------------------------------------------------------------------------------------------------

    def emit(self, value: str, port: int = 0) -> str:
        applied = self._parsed_expression(value)
        return self._statement(applied.before + self._consumed(applied.value, self.node.name, port))

    def forward(self, item: Item, port: int = 0) -> str:
        assert isinstance(item, ItemValue)
        return self._statement(self._consumed(item.value, item.origin, port))

    def _consumed(self, value: ast.expr, origin: str, port: int) -> list[ast.stmt]:
        if port < len(self.outs):
            return self.generator.consume(self.outs[port], value, origin)
        # Nobody takes the item, but what the user wrote to make it is run.
        return [] if inline.is_repeatable(value) else [self.position.set(ast.Expr(value=value))]

    def emit_each(self, iterable: str, port: int = 0, *, stable: bool = False) -> Lines:
        applied = self._parsed_expression(iterable)
        if port < len(self.outs):
            body = self.generator.consume_each(self.outs[port], applied.value, self.node, stable=stable)
        else:
            body = [self.position.set(ast.Expr(value=applied.value))]
        return [self._statement(applied.before + body)]

    # --- variables -------------------------------------------------------------------------------------------------

    def local(self, role: str) -> str:
        return self.generator.names.free(f"{self.node.name}_{role}")

    def scratch(self, role: str, initial: str) -> str:
        name = self.local(role)
        self.generator.add_scratch(name, lambda: self._assignment(name, initial))
        return name

    def state(self, role: str, initial: str, *, static: bool, rebinds: bool = False, accumulates: bool = False) -> str:
        name = self.local(role)
        if static:
            self.generator.states[name] = accumulates
            self._once(name, initial)
            if rebinds:
                self.generator.rebound.add(name)
        elif self.node.id in self.generator.gathering:
            self.generator.rebound.add(name)
            self.generator.add_shared_state(name, lambda: self._assignment(name, initial))
        else:
            self.generator.add_tick_state(name, lambda: self._assignment(name, initial))
        return name

    def fixed(self, role: str, initial: str) -> str:
        name = self.local(role)
        self._once(name, initial)
        return name

    def worker(self, initial: str) -> str:
        name = self.fixed("worker", initial)
        self.generator.workers[self.node.id] = name
        return name

    def _once(self, name: str, initial: str) -> None:
        if name not in self._fixed:
            self._fixed[name] = name
            self.generator.prologue += self._assignment(name, initial)

    def _assignment(self, name: str, initial: str) -> list[ast.stmt]:
        return self.filled([f"{name} = {initial}"])

    def runtime(self, name: str) -> str:
        return self.generator.runtime_name(name)

    # --- holes -----------------------------------------------------------------------------------------------------

    def hole(self, applied: Applied) -> str:
        """A name that stands for an expression in an emitter's lines."""
        if isinstance(applied.value, ast.Name) and not applied.before:
            return applied.value.id
        name = f"hole_{len(self._expressions)}_"
        self._expressions[name] = applied
        return name

    def _statement(self, body: list[ast.stmt]) -> str:
        name = f"code_{len(self._statements)}_"
        self._statements[name] = body
        return name

    def _parsed_expression(self, text: str) -> Applied:
        if text in self._expressions:
            return self._expressions[text]
        before: list[ast.stmt] = []
        value = self._fill_expression(self.position.set_all(ast.parse(text, mode="eval").body), before)
        return Applied(before=before, value=value)

    def receive(self, port: str, value: ast.expr, origin: str) -> list[ast.stmt]:
        """The code for one item that arrives at an input."""
        before: list[ast.stmt] = []
        item = ItemValue(self, value, origin, before)
        receive = self.node.operator.receive
        assert receive is not None
        return before + self.filled(receive(self, port, item))

    def part(self, emit: Callable[[Emitter], Lines] | None) -> list[ast.stmt]:
        """The code of one of the operator's other parts."""
        return self.filled(emit(self)) if emit else []

    def filled(self, lines: Lines) -> list[ast.stmt]:
        """The statements of an emitter's lines, all holes filled, every node with a place in the user's text."""
        return self._fill_block(ast.parse("\n".join(lines)).body) if lines else []

    def _fill_block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        filled: list[ast.stmt] = []
        for statement in statements:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Name):
                body = self._statements.get(statement.value.id)
                if body is not None:
                    filled += body
                    continue
            self.position.set(statement)
            before: list[ast.stmt] = []
            for field in statement._fields:
                content = getattr(statement, field)
                if isinstance(content, ast.expr):
                    setattr(statement, field, self._fill_expression(self.position.set_all(content), before))
                elif isinstance(content, list) and content:
                    if isinstance(content[0], ast.stmt):
                        block = self._fill_block(content)
                        setattr(statement, field, block or [self.position.set(ast.Pass())])
                    elif isinstance(content[0], ast.ExceptHandler):
                        for handler in content:
                            self.position.set(handler)
                            handler.type = self._fill_expression(self.position.set_all(handler.type), before)
                            handler.body = self._fill_block(handler.body)
                    else:
                        setattr(
                            statement,
                            field,
                            [self._fill_expression(self.position.set_all(part), before) for part in content],
                        )
            filled += before
            filled.append(statement)
        return filled

    def _fill_expression(self, node: ast.expr, before: list[ast.stmt]) -> ast.expr:
        if isinstance(node, ast.Name):
            applied = self._expressions.get(node.id)
            if applied is None:
                return node
            before += applied.before
            return inline.copied(applied.value, {})
        for field in node._fields:
            content = getattr(node, field)
            if isinstance(content, ast.expr):
                setattr(node, field, self._fill_expression(content, before))
            elif isinstance(content, list):
                setattr(
                    node,
                    field,
                    [self._fill_expression(part, before) if isinstance(part, ast.expr) else part for part in content],
                )
                for part in content:
                    if isinstance(part, ast.keyword):
                        part.value = self._fill_expression(part.value, before)
        return node
