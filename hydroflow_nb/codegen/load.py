"""Loads generated code so that it can run, and shows it as text."""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import partial
from types import CellType, CodeType, FunctionType, MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from hydroflow_nb.codegen.factory import Factory, names_made
from hydroflow_nb.codegen.faults import LoadingFailed, further_faults
from hydroflow_nb.codegen.generate import GeneratedCode
from hydroflow_nb.engine.context import Context, UserContext
from hydroflow_nb.engine.external import External
from hydroflow_nb.engine.futures import settle
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.outlet import Outlet
from hydroflow_nb.engine.program import Awaited, Program, TickBuffer, Variable
from hydroflow_nb.engine.runtime import Expectation, Runtime
from hydroflow_nb.engine.sharing import shared, shared_iterators
from hydroflow_nb.ir.graph import NodeId
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.operators.record.emission import Part
from hydroflow_nb.operators.record.operator import Await, InputDelay
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import lines_of
from hydroflow_nb.syntax.depth import with_whole_stack

if TYPE_CHECKING:
    from hydroflow_nb.engine.columns.query import ColumnQuery

# An entry of `linecache`: the length of a text, no time of change, its lines, its name.
RememberedLines: TypeAlias = tuple[int, None, list[str], str]


@dataclass(frozen=True, kw_only=True)
class LoadedProgram:
    """A program, its context, and the variables of its code by name: state, buffers, inboxes.

    By operator: items come in through `inboxes` and go out through `outlets`; `externals` are the inboxes and whatever
    else makes ticks due; `expectations`, `breakpoints` and `queries` over columns are those of the operators that have
    one.
    """

    program: Program
    context: Context
    cells: Mapping[str, CellType]
    inboxes: Mapping[NodeId, Inbox] = field(default_factory=dict)
    externals: Mapping[NodeId, External] = field(default_factory=dict)
    outlets: Mapping[NodeId, Outlet] = field(default_factory=dict)
    expectations: Mapping[NodeId, Expectation] = field(default_factory=dict)
    breakpoints: Mapping[NodeId, Any] = field(default_factory=dict)
    queries: Mapping[NodeId, ColumnQuery] = field(default_factory=dict)
    # What other variants of the code keep beside these, by name: all variants share it.
    further_cells: dict[str, CellType] = field(default_factory=dict)


def load(
    code: GeneratedCode,
    graph: PartitionedGraph,
    namespace: dict[str, Any],
    context: Context,
    filename: str,
    surroundings: Mapping[str, Any] = MappingProxyType({}),
) -> LoadedProgram:
    """Execute generated code: evaluates the arguments that are values, makes the state, returns the program.

    Names of the user are looked up in `namespace` at each use; the namespace is not changed. `surroundings` replace, by
    name, what the code gets from the runtime. An exception of one argument is raised unchanged; where several
    arguments fail, LoadingFailed holds their exceptions.
    """
    read: _Loadable | None = code.compiled.get(filename)
    if read is None:
        read = code.compiled[filename] = with_whole_stack(lambda: _Loadable(code, graph, filename))
    factory = FunctionType(read.factory, namespace, code.name)
    first: Exception | None = None
    try:
        strata: Sequence[FunctionType] = factory(UserContext(context), Runtime(namespace, surroundings, context))
    except Exception as exception:
        first = exception
    if first is not None:
        further = further_faults(code, factory, first, namespace, filename)
        raise LoadingFailed([first, *further]) if further else first
    cells: dict[str, CellType] = {}
    for function in strata:
        cells.update(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    for name in read.unused:
        cells[name] = CellType([])
    contents = {name: cell.cell_contents for name, cell in cells.items()}
    if read.may_share:
        for name, one in _in_common(read, contents):
            cells[name].cell_contents = contents[name] = one

    def made(named: Sequence[tuple[str, NodeId]]) -> dict[NodeId, Any]:
        return {node: contents[name] for name, node in named} if named else {}

    externals, outlets, expectations = made(read.externals), made(read.outlets), made(read.expectations)
    program = Program(
        strata=strata,
        handoffs=[contents[name] for name in read.handoffs],
        tick_buffers=[
            TickBuffer(
                now=contents[name], next=contents[then] if then else [], lazy=lazy, within_tick=within, name=name
            )
            for name, then, lazy, within in read.tick_buffers
        ],
        inboxes=tuple(externals.values()),
        outlets=tuple(outlets.values()),
        files=tuple(made(read.files).values()),
        awaited=_awaited(code, graph, contents, made(read.workers)) if read.awaits else {},
        expectations=tuple(expectations.values()),
        variables=[
            Variable(cell=cells[name], accumulates=accumulates, name=name, durable=durable)
            for name, accumulates, durable in read.states
        ],
        always_scheduled=read.always_scheduled,
    )
    return LoadedProgram(
        program=program,
        context=context,
        cells=cells,
        inboxes=made(read.inboxes),
        externals=externals,
        outlets=outlets,
        expectations=expectations,
        breakpoints=made(read.breakpoints),
        queries=made(read.queries),
    )


class _Loadable:
    """The code as it is read once for all flows that are loaded from it: what does not depend on their names."""

    def __init__(self, code: GeneratedCode, graph: PartitionedGraph, filename: str) -> None:
        factory = _code_of_factory(code, filename)
        strata = _codes_in(factory)
        self.factory = _as_module(factory)
        buffers = (*code.handoffs.values(), *code.next_ticks.values())
        used = dict.fromkeys(free for name in code.strata for free in strata[name].co_freevars)
        # A buffer that no code fills or empties, for example behind a `null()`, does not belong to any function.
        self.unused = [name for name in dict.fromkeys(buffers) if name not in used]
        names = [*used, *self.unused]

        def of(*parts: Part) -> list[tuple[str, NodeId]]:
            """The variables that hold parts of these kinds, with the operators that made them."""
            named = {name: node for part in parts for name, node in code.parts[part].items()}
            return [(name, named[name]) for name in names if name in named]

        self.inboxes, self.externals = of(Part.INBOX), of(Part.INBOX, Part.EXTERNAL)
        self.outlets, self.expectations, self.files = of(Part.OUTLET), of(Part.EXPECTATION), of(Part.FILE)
        self.workers, self.breakpoints, self.iterators = of(Part.WORKER), of(Part.BREAKPOINT), of(Part.ITEMS)
        self.queries = of(Part.QUERY)
        self.may_share = len(self.inboxes) > 1 or len(self.iterators) > 1
        self.states = [
            (name, accumulates, name in code.durable) for name, accumulates in code.states.items() if name in used
        ]
        self.handoffs = [
            name
            for edge, name in code.handoffs.items()
            if edge not in code.next_ticks and not graph.outlasts_ticks(edge)
        ]
        self.tick_buffers = list(_tick_buffers(code, graph))
        self.awaits = any(node.operator.awaits is not None for node in graph.nodes.values())
        self.always_scheduled = any(node.operator.schedules for node in graph.nodes.values())


def _in_common(read: _Loadable, contents: Mapping[str, Any]) -> list[tuple[str, Inbox | Iterator[Any]]]:
    """The replacements for inboxes and iterators that read from the same source as another one."""
    inboxes = {name: contents[name] for name, _ in read.inboxes}
    iterators = {name: contents[name] for name, _ in read.iterators}
    return [
        *(shared(inboxes).items() if len(inboxes) > 1 else ()),
        *(shared_iterators(iterators).items() if len(iterators) > 1 else ()),
    ]


def _tick_buffers(code: GeneratedCode, graph: PartitionedGraph) -> Iterator[tuple[str, str | None, bool, bool]]:
    """The handoffs between ticks: the names of what is there now and of what comes, where that is gathered apart,
    whether they are lazy, and whether they go from an iteration of a loop to the next one.
    """
    for edge, name in code.handoffs.items():
        if edge in code.next_ticks:
            is_lazy = graph.handoffs[edge].delay is InputDelay.LAZY
            yield name, code.next_ticks[edge], is_lazy, graph.carries_on(edge) is not None
        elif graph.outlasts_ticks(edge):
            yield name, None, True, False


def _awaited(
    code: GeneratedCode, graph: PartitionedGraph, contents: Mapping[str, Any], workers: Mapping[NodeId, Any]
) -> dict[int, list[Awaited]]:
    """By stratum, the handoffs whose items an event loop has to finish before the stratum runs."""
    awaited: dict[int, list[Awaited]] = {}
    for edge, name in code.handoffs.items():
        target = graph.nodes[graph.edges[edge].target]
        if target.operator.awaits is not None:
            worker = workers.get(target.id)
            in_order = target.operator.awaits is Await.IN_ORDER
            settles = partial(settle, in_order=in_order) if worker is None else worker.settle
            found = Awaited(handoff=contents[name], settle=settles)
            awaited.setdefault(graph.stratum_of(target.id), []).append(found)
    return awaited


def load_variant(
    code: GeneratedCode, loaded: LoadedProgram, namespace: dict[str, Any], more: Mapping[str, Any], filename: str
) -> list[Callable[[], None]]:
    """The strata of another variant of the same graph, over the state of a loaded program.

    `more` holds, by name, what the variant needs from the runtime beyond what the engine gives.
    """
    # Nodes of a network are loaded from it again and again.
    read: _Variant | None = code.read.get(filename)
    if read is None:
        read = code.read[filename] = with_whole_stack(lambda: _Variant(code, filename))
    runtime = Runtime(namespace, more, loaded.context)
    cells = {**loaded.cells, **loaded.further_cells}
    context = cells["context"].cell_contents if "context" in cells else UserContext(loaded.context)
    handoffs = set(code.handoffs.values())

    def cell(name: str) -> CellType:
        if name in handoffs and name not in cells:
            # The plain variant gathers items where this one passes them on.
            cells[name] = loaded.further_cells[name] = CellType([])
            loaded.program.handoffs.append(cells[name].cell_contents)
        if name not in cells:
            asked = read.asked.get(name)
            made = read.made(name, namespace, context, runtime, cell) if asked is None else getattr(runtime, asked)
            cells[name] = CellType(made)
            if name in code.states:
                loaded.further_cells[name] = cells[name]
                variable = Variable(
                    cell=cells[name], accumulates=code.states[name], name=name, durable=name in code.durable
                )
                loaded.program.variables.append(variable)
        return cells[name]

    return [
        FunctionType(stratum, namespace, name, (), tuple(cell(free) for free in stratum.co_freevars))
        for name, stratum in zip(code.strata, read.strata, strict=True)
    ]


class _Variant:
    """A variant of the code as it is read once: the code of its strata, what each variable asks of the runtime, and for
    the other variables the statement that makes it.
    """

    def __init__(self, code: GeneratedCode, filename: str) -> None:
        codes = _codes_in(_code_of_factory(code, filename))
        self.strata = [_as_module(codes[name]) for name in code.strata]
        self._factory = Factory(code.factory, code.strata)
        self._filename = filename
        self._statements = {name: one for one in self._factory.statements for name in names_made(one)}
        asked = {name: self._factory.asked_of_runtime(one) for name, one in self._statements.items()}
        self.asked = {name: of for name, of in asked.items() if of is not None}
        self._makers: dict[str, CodeType] = {}

    def made(
        self,
        name: str,
        namespace: dict[str, Any],
        context: Any,
        runtime: Runtime,
        cell: Callable[[str], CellType],
    ) -> Any:
        """A new value of a variable; `cell` gives the cells of the variables that its statement may read."""
        code = self._makers.get(name)
        if code is None:
            code = self._makers[name] = self._maker(name)
        closure = tuple(cell(free) for free in code.co_freevars)
        return FunctionType(code, namespace, name, (), closure)(context, runtime)

    def _maker(self, name: str) -> CodeType:
        """The code of a function that makes a variable by its own statement."""
        statement = self._statements[name]
        used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)} & self._statements.keys()
        body = [self._statements[other] for other in used if other in self.asked]
        function = self._factory.function
        alone = ast.FunctionDef(name="made", args=function.args, body=[*body, statement], decorator_list=[])
        alone.body.append(ast.Return(value=ast.Name(id=name, ctx=ast.Load())))
        # The statement shares the factory's other variables with the strata: its function closes over them.
        shared_names = sorted(used.difference(*map(names_made, [statement, *body])))
        around = ast.FunctionDef(
            name="around",
            args=ast.arguments(
                posonlyargs=[],
                args=[ast.arg(arg=other) for other in shared_names],
                kwonlyargs=[],
                kw_defaults=[],
                defaults=[],
            ),
            body=[alone],
            decorator_list=[],
        )
        module = ast.Module(body=[ast.copy_location(around, function)], type_ignores=[])
        code = compile(ast.fix_missing_locations(module), self._filename, "exec")
        for _ in range(2):
            code = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
        return code


def _code_of_factory(code: GeneratedCode, filename: str) -> CodeType:
    module = compile(code.factory, filename, "exec")
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))


def _codes_in(factory: CodeType) -> dict[str, CodeType]:
    """The code of the functions that a factory makes, by their names."""
    return {constant.co_name: constant for constant in factory.co_consts if isinstance(constant, CodeType)}


def _as_module(code: CodeType) -> CodeType:
    """Give the code, and the code of its functions, the name that a module's code has.

    `inspect.getsourcelines` reads a function's lines from its `def` to its end, as Python's tokens. The text of a flow
    is not Python: at the quote of `'static` it fails, and IPython's traceback with it. For a module it takes all lines.
    """
    constants = tuple(
        _as_module(constant) if isinstance(constant, CodeType) else constant for constant in code.co_consts
    )
    return code.replace(co_name="<module>", co_consts=constants)


def source_text(code: GeneratedCode) -> str:
    """The code as text: ordinary statements, each operator's below a line that tells its place in the flow."""
    text = with_whole_stack(lambda: ast.unparse(code.factory))
    lines: list[str] = []
    for line in text.splitlines():
        heading = re.fullmatch(r"""(\s*)('{1,3}|"{1,3})# (.*)\2""", line)
        if heading:
            indent, _, words = heading.groups()
            lines += ["", f"{indent}# {ast.literal_eval(repr(words))}"] if lines else [f"{indent}# {words}"]
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def remember_lines(text: str, filename: str) -> RememberedLines:
    """Let tracebacks find the lines of a flow's text by a file name; another text of that name is forgotten."""
    lines = (len(text), None, [f"{line}\n" for line in lines_of(text)], filename)
    linecache.cache[filename] = lines
    return lines


def forget_lines(filename: str, lines: RememberedLines) -> None:
    """Undo `remember_lines`, which returned these lines; the lines of another text stay."""
    if linecache.cache.get(filename) is lines:
        del linecache.cache[filename]
