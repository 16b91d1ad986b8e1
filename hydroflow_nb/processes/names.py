"""The names that the statements of a cell bind, read and change, and those that a flow's operators read."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from hydroflow_nb import expressions
from hydroflow_nb.operators import BY_NAME
from hydroflow_nb.processes import changes
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source
from hydroflow_nb.syntax import tree
from hydroflow_nb.syntax.modules import Modules

# The names that every module has without binding them.
GIVEN: Final = frozenset({*dir(builtins), "__name__", "__file__", "__builtins__", "__doc__"})
# The names that a flow's arguments have without the notebook.
KNOWN_TO_FLOWS: Final = frozenset({"context", "Fold", "FoldFrom", "Reduce"})
ANYTHING: Final = "*"


@dataclass(frozen=True, kw_only=True)
class StatementNames:
    """What a statement does with the names of its module.

    - `binds`: it always gives them new values.
    - `may_bind`: it may give them new values, or it assigns to a part of their objects. `from m import *` binds
      `ANYTHING`.
    - `reads`: it needs them when it runs.
    - `later`: a function that it makes needs them when it is called.
    - `changes`: it changes their objects in another way, for example by a method that is known to do so.
    - `may_change`: an unknown function or method may change their objects.
    - `surroundings`: what it changes of the surroundings of all code, in words.
    - `imports`: whether it imports modules.
    """

    binds: frozenset[str] = frozenset()
    may_bind: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    may_change: frozenset[str] = frozenset()
    surroundings: str = ""
    imports: bool = False

    @property
    def needs(self) -> frozenset[str]:
        """What it needs when it runs: the names that it reads, and the folders in which imports look."""
        return self.reads | {changes.IMPORT_PATH} if self.imports else self.reads

    @property
    def bound(self) -> frozenset[str]:
        """All names that it binds or may bind."""
        return self.binds | self.may_bind


def names_of(statement: ast.stmt) -> StatementNames:
    """What a statement at the top level of a cell does with names."""
    found = _Found()
    found.visit([statement], frozenset())
    binds = _surely_bound(statement)
    return StatementNames(
        binds=binds,
        may_bind=frozenset(found.bound) - binds,
        reads=frozenset(found.reads),
        later=frozenset(found.later),
        changes=changes.changed(statement),
        may_change=changes.perhaps_changed(statement),
        surroundings=changes.surroundings(statement),
        imports=_imports(statement),
    )


def names_of_flow(flow: tree.Flow) -> frozenset[str]:
    """The names that a flow's arguments look up in the notebook, also those of the modules that it imports; without
    those of a system's locations.
    """
    modules = Modules()
    return frozenset(_needed_by(_calls(flow, modules))) - {location.name for location in flow.locations}


def names_of_generics(flow: tree.Flow) -> frozenset[str]:
    """The names in the generics of a flow: the compiler itself looks them up."""
    return frozenset(
        name
        for call in _calls(flow, Modules())
        for generic in _generics(call)
        for name in _expression_names(generic.node).reads
    )


def _imports(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(statement))


# --- statements ----------------------------------------------------------------------------------------------------


class _Found:
    """Collects names in the order of execution: a name that is bound before it is read is not needed from outside."""

    def __init__(self) -> None:
        self.bound: set[str] = set()
        self.reads: set[str] = set()
        self.later: set[str] = set()

    def visit(self, statements: Sequence[ast.stmt], known: frozenset[str]) -> frozenset[str]:
        """Collect from statements that run one after another. Returns the names that are bound after them."""
        for statement in statements:
            known = self._visit_one(statement, known)
        return known

    def _visit_one(self, statement: ast.stmt, known: frozenset[str]) -> frozenset[str]:
        match statement:
            case ast.For() | ast.AsyncFor():
                self._expression(statement.iter, known)
                within = known | self._target(statement.target, known)
                self.visit(statement.body, within)
                self.visit(statement.orelse, known)
            case ast.While() | ast.If():
                self._expression(statement.test, known)
                branches = [self.visit(statement.body, known), self.visit(statement.orelse, known)]
                return branches[0] & branches[1] if isinstance(statement, ast.If) else known
            case ast.With() | ast.AsyncWith():
                for item in statement.items:
                    self._expression(item.context_expr, known)
                    if item.optional_vars is not None:
                        known |= self._target(item.optional_vars, known)
                return self.visit(statement.body, known)
            case ast.Try() | ast.TryStar():
                self.visit([*statement.body, *statement.orelse], known)
                for handler in statement.handlers:
                    if handler.type is not None:
                        self._expression(handler.type, known)
                    self.bound |= {handler.name} if handler.name else set()
                    self.visit(handler.body, known | ({handler.name} if handler.name else set()))
                return self.visit(statement.finalbody, known)
            case ast.Match():
                self._expression(statement.subject, known)
                for case in statement.cases:
                    captured = _captured(case.pattern)
                    self.bound |= captured
                    if case.guard is not None:
                        self._expression(case.guard, known | captured)
                    for part in ast.walk(case.pattern):
                        if isinstance(part, ast.MatchValue):
                            self._expression(part.value, known)
                        elif isinstance(part, ast.MatchClass):
                            self._expression(part.cls, known)
                    self.visit(case.body, known | captured)
            case _:
                return self._simple(statement, known)
        return known

    def _simple(self, statement: ast.stmt, known: frozenset[str]) -> frozenset[str]:
        found = _scope_names(statement)
        self.reads |= found.reads - known
        self.later |= found.later
        self.bound |= found.may_bind
        return known | _surely_bound(statement)

    def _expression(self, node: ast.expr, known: frozenset[str]) -> None:
        self._simple(ast.Expr(value=node), known)

    def _target(self, node: ast.expr, known: frozenset[str]) -> frozenset[str]:
        self._simple(ast.Assign(targets=[node], value=ast.Constant(value=None), lineno=1), known)
        return frozenset(_plain_targets(node))


def _scope_names(statement: ast.stmt) -> StatementNames:
    """The names of a statement without inner statements, or of one that makes a function or a class, by Python's own
    scopes.
    """
    # Parsed again, because the tree is changed. A deep copy may be large: all trees share some nodes, to which other
    # programs attach their own data, as makers of tracebacks do.
    own = ast.parse(ast.unparse(statement))
    module = symtable.symtable(ast.unparse(_WithGenerators().visit(own)), "<cell>", "exec")
    reads, later, bound = set[str](), set[str](), set[str]()
    for symbol in module.get_symbols():
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
            bound.add(symbol.get_name())
        if symbol.is_referenced():
            reads.add(symbol.get_name())
    for symbol, is_now in _names_from_inside(module, is_now=True):
        kinds = later if not is_now else bound if symbol.is_assigned() else reads
        kinds.add(symbol.get_name())
    for part in _changed_in_part(statement):
        bound.add(part)
        reads.add(part)
    if isinstance(statement, ast.ImportFrom) and any(alias.name == "*" for alias in statement.names):
        bound.add(ANYTHING)
    return StatementNames(may_bind=frozenset(bound), reads=frozenset(reads), later=frozenset(later))


class _WithGenerators(ast.NodeTransformer):
    """Turns comprehensions into generators: since Python 3.12 only these have a scope of their own."""

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._generator(node.elt, node.generators)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self._generator(node.elt, node.generators)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._generator(ast.Tuple(elts=[node.key, node.value], ctx=ast.Load()), node.generators)

    def _generator(self, element: ast.expr, generators: list[ast.comprehension]) -> ast.AST:
        return self.generic_visit(ast.GeneratorExp(elt=element, generators=generators))


def _names_from_inside(table: symtable.SymbolTable, *, is_now: bool) -> Iterator[tuple[symtable.Symbol, bool]]:
    """The module's names that inner scopes use, and whether they do so immediately, as classes and generators do."""
    for inner in table.get_children():
        at_once = is_now and (inner.get_type() == "class" or inner.get_name().strip("<>") == "genexpr")
        for symbol in inner.get_symbols():
            if symbol.is_global():
                yield symbol, at_once
        yield from _names_from_inside(inner, is_now=at_once)


def _surely_bound(statement: ast.stmt) -> frozenset[str]:
    match statement:
        case ast.Assign(targets=targets):
            return frozenset(name for target in targets for name in _plain_targets(target))
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return frozenset({name})
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return frozenset({name})
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return frozenset(alias.asname or alias.name.partition(".")[0] for alias in aliases) - {ANYTHING}
    return frozenset()


def _plain_targets(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _plain_targets(part)
        case ast.Starred(value=value):
            yield from _plain_targets(value)


def _changed_in_part(statement: ast.stmt) -> Iterator[str]:
    """The names whose objects an assignment changes: `x += 1`, `x[0] = 1`, `x.y = 1`, `del x[0]`."""
    match statement:
        case ast.AugAssign(target=ast.Name(id=name)):
            yield name
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            yield from (name for target in targets for name in _bases(target))
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            yield from _bases(target)


def _bases(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _bases(part)
        case ast.Starred(value=value):
            yield from _bases(value)
        case ast.Subscript(value=ast.Call(func=ast.Name(id="globals")), slice=ast.Constant(value=str(name))):
            yield name
        case ast.Subscript() | ast.Attribute():
            base: ast.expr = target
            while isinstance(base, ast.Subscript | ast.Attribute):
                base = base.value
            if isinstance(base, ast.Name):
                yield base.id


def _captured(pattern: ast.pattern) -> frozenset[str]:
    names = set[str]()
    for part in ast.walk(pattern):
        match part:
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                names.add(name)
    return frozenset(names)


# --- flows ---------------------------------------------------------------------------------------------------------


def _calls(flow: tree.Flow, modules: Modules) -> Iterator[expressions.OperatorCall]:
    yield from _calls_in(flow.pipelines(), flow.source, modules)


def _calls_in(
    pipelines: Iterable[tree.Pipeline], source: Source, modules: Modules
) -> Iterator[expressions.OperatorCall]:
    for pipeline in pipelines:
        for crossing in filter(None, pipeline.crossings):
            keys = () if crossing.key is None else (crossing.key,)
            yield expressions.OperatorCall(
                span=crossing.span, name="", name_span=crossing.arrow, type_arguments=crossing.types, arguments=keys
            )
        for node in pipeline.nodes:
            match node:
                case expressions.OperatorCall():
                    yield node
                case tree.Import():
                    loaded = modules.load(node, source)
                    # The compiler reports the errors of a module.
                    if isinstance(loaded, tree.Flow):
                        yield from _calls(loaded, modules)
                case tree.Ported(node=tree.Group(pipeline=inner)):
                    yield from _calls_in([inner], source, modules)


def _generics(call: expressions.OperatorCall) -> Sequence[expressions.TypeArgument]:
    """The generic types that are looked up in the notebook."""
    operator = BY_NAME.get(call.name)
    return () if operator is not None and operator.known_types else call.type_arguments


def _needed_by(calls: Iterable[expressions.OperatorCall]) -> Iterator[str]:
    for call in calls:
        for generic in _generics(call):
            yield from _expression_names(generic.node).reads
        for argument in call.arguments:
            names = _expression_names(argument.body if isinstance(argument, expressions.Closure) else argument.node)
            parameters: set[str] = set()
            if isinstance(argument, expressions.Closure):
                for pattern in argument.parameters:
                    parameters.update(expressions.bound_names(pattern))
                    yield from expressions.classes_named(pattern)
            for name in (names.reads | names.later) - parameters - KNOWN_TO_FLOWS:
                if not name.startswith(expressions.REFERENCE_PREFIX):
                    yield name


def _expression_names(node: ast.expr) -> StatementNames:
    return _scope_names(ast.Expr(value=node))
