"""The code of a flow: for each stratum one function, in it one fused loop for each place that items come from.

Items are never pulled through a chain of iterators or pushed through a chain of objects: the code of an operator stands
where its input emits. (Neumann, Efficiently Compiling Efficient Query Plans for Modern Hardware, 2011.)
"""

from __future__ import annotations

import ast
from collections.abc import Set as AbstractSet
from dataclasses import field
from keyword import iskeyword
from typing import Any

from hydroflow_nb.codegen.factory import factory_module
from hydroflow_nb.codegen.held import Held
from hydroflow_nb.codegen.names import may_ask_for_tick_start, used_names
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.codegen.probes import NoProbes, Probes, RecordingProbes, StoppingProbes, TimingProbes
from hydroflow_nb.codegen.regions import Regions
from hydroflow_nb.codegen.sections import Sections
from hydroflow_nb.codegen.topology import Topology
from hydroflow_nb.codegen.variables import Variables
from hydroflow_nb.engine.keeping import TapPlan
from hydroflow_nb.ir.graph import EdgeId, NodeId
from hydroflow_nb.ir.partitioned import Component, LoopBlock, PartitionedGraph, Stratum, Subgraph
from hydroflow_nb.operators.record.emission import Part
from hydroflow_nb.operators.record.operator import InputDelay, Window
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class GeneratedCode:
    """What the generator made of a graph.

    `factory` is a module with one function that makes the flow's state and returns the strata's functions; `name` is
    the function's name, `strata` the names of what it returns; `handoffs` and `next_ticks` name the buffers by edge.
    `states` names the variables that last from tick to tick: True for those whose values may change in place. `held`
    tells which variables hold the items of which operator, `taps` what the recorded variant keeps. `compiled` is what
    `load` made of it, by file name, for the next flow that is loaded from it; `read` is what `load_variant` made of it.
    """

    factory: ast.Module
    name: str
    strata: tuple[str, ...]
    handoffs: dict[EdgeId, str]
    next_ticks: dict[EdgeId, str]
    states: dict[str, bool]
    # Those of them that survive a restart.
    durable: AbstractSet[str]
    # Those of them that hold what an operator as it is written forgets when a tick ends.
    renewed: AbstractSet[str]
    # The variables that the engine has to know of, with the operators that made them.
    parts: dict[Part, dict[str, NodeId]]
    held: Held
    taps: TapPlan = field(default_factory=TapPlan)
    compiled: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    read: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


def generate(
    graph: PartitionedGraph,
    *,
    recorded: bool = False,
    stops: AbstractSet[EdgeId] = frozenset(),
    timed: bool = False,
    filtered: AbstractSet[int] = frozenset(),
) -> GeneratedCode:
    """The code of a graph; `recorded`: the variant that also tells a recorder of every item on every edge; `stops`: the
    edges on which breakpoints are told of every item; `timed`: a meter is told where the time goes; `filtered`: the
    wires of which a recorder chooses what it keeps.
    """
    graph = graph.as_it_runs()
    position = Position(graph.flat.source.span(0, 0))
    variables = Variables(used_names([node.call for node in graph.nodes.values()]), position)
    probes: Probes = RecordingProbes(graph, variables, filtered) if recorded else NoProbes()
    if stops:
        probes = StoppingProbes(probes, stops, graph, variables)
    if timed:
        probes = TimingProbes(probes, graph, variables)
    factory, name, strata = _Generator(graph, variables, probes, position).factory()
    return GeneratedCode(
        factory=factory,
        name=name,
        strata=strata,
        handoffs=variables.handoffs,
        next_ticks=variables.next_ticks,
        states=variables.states,
        durable=variables.durable,
        renewed=variables.renewed,
        parts=variables.parts,
        held=variables.held,
        taps=probes.plan,
    )


class _Generator:
    """Writes the functions of the strata: their loops and cycles, down to the runs of subgraphs."""

    def __init__(self, graph: PartitionedGraph, variables: Variables, probes: Probes, position: Position) -> None:
        self._graph = graph
        self._variables = variables
        self._probes = probes
        # Of what belongs to no operator.
        self._position = position
        self._topology = Topology(graph, watched=probes.watched, gathers=probes.gathers)
        probes.gather(self._topology.gathered)
        self._sections = Sections(self._topology, variables, probes, position)
        self._regions = Regions(graph.replays.regions, variables, position, probes)
        self._keeps_time = may_ask_for_tick_start([node.call for node in graph.nodes.values()])

    def factory(self) -> tuple[ast.Module, str, tuple[str, ...]]:
        """The module, the name of its function, and the names of the functions that this returns."""
        graph, variables = self._graph, self._variables
        for edge, handoff in graph.handoffs.items():
            if edge not in self._topology.gathered:
                variables.handoffs[edge] = variables.handoff(handoff.name)
            if handoff.crosses_ticks:
                variables.next_ticks[edge] = variables.names.free(f"{handoff.name}_next")
        functions = [self._stratum(number) for number in range(len(graph.strata))]
        names = [*variables.handoffs.values(), *variables.next_ticks.values()]
        buffers = self._position.statements([f"{name} = []" for name in names])
        published = {variables.published(graph.nodes[read.source].name): read.source for read in graph.flat.reads}
        buffers += self._position.statements([f"{name} = None" for name in sorted(published)])
        if any(variables.states.values()):
            # An accumulator that a variable of the tick before still holds would be copied before it changes.
            of_tick = [name for name, source in published.items() if not graph.nodes[source].operator.persistences]
            self._let_go(functions, sorted([*of_tick, *variables.shared]))
        parameter = variables.names.free("runtime")
        strata = tuple(function.name for function in functions)
        usable = graph.name.isidentifier() and not iskeyword(graph.name)
        name = variables.names.free(graph.name if usable else "flow")
        made = [*self._tick_start(), *buffers, *variables.prologue]
        module = factory_module(name, parameter, variables.runtime, made, functions, self._position)
        return module, name, strata

    def _stratum(self, number: int) -> ast.FunctionDef:
        name = self._variables.names.free(f"stratum_{number}")
        function = self._position.statement(f"def {name}(): pass")
        assert isinstance(function, ast.FunctionDef)
        self._variables.rebound.clear()
        body = self._parts(self._graph.strata[number])
        if number == 0:
            body = [*self._tick_start(), *self._regions.begun(), *body]
        if number == len(self._graph.strata) - 1:
            body += self._regions.ended()
        if self._variables.rebound:
            body.insert(0, self._position.statement(f"nonlocal {', '.join(sorted(self._variables.rebound))}"))
        function.body = body or function.body
        return function

    def _let_go(self, strata: list[ast.FunctionDef], names: list[str]) -> None:
        """Make the first stratum forget what variables hold of the tick before."""
        if not strata or not names:
            return
        body = strata[0].body
        forgetting = self._position.statement(f"{' = '.join(names)} = None")
        match body[0]:
            case ast.Nonlocal() as outer:
                outer.names = sorted({*outer.names, *names})
                body.insert(1, forgetting)
            case _:
                body[:0] = [self._position.statement(f"nonlocal {', '.join(names)}"), forgetting]

    def _tick_start(self) -> list[ast.stmt]:
        """A line for `context.current_tick_start()`, where user code can ask for it."""
        if not self._keeps_time:
            return []
        context, now = self._variables.of_runtime("context"), self._variables.of_runtime("time")
        return [self._position.statement(f"{context}.tick_start = {now}()")]

    def _parts(self, stratum: Stratum) -> list[ast.stmt]:
        """The code of a stratum of the tick, or of an iteration."""
        body: list[ast.stmt] = []
        for part in stratum:
            body += self._loop_block(part) if isinstance(part, LoopBlock) else self._component(part)
        return body

    # --- loops -----------------------------------------------------------------------------------------------------

    def _loop_block(self, block: LoopBlock) -> list[ast.stmt]:
        """A root loop is an `if`, a nested one a `while`: it goes on as long as something waits that makes it fire."""
        graph, names = self._graph, self._variables.handoffs
        loop = graph.loops[block.loop]
        arriving = self._topology.into_loops[loop.id]
        waiting: dict[Window, list[str]] = {window: [] for window in Window}
        for edge in arriving:
            window = graph.nodes[edge.target].operator.window
            if window is not None:
                waiting[window].append(names[edge.id])
        handoffs = [graph.handoffs[edge.id] for edge in arriving if edge.id in graph.handoffs]
        deferred = [handoff for handoff in handoffs if handoff.crosses_ticks]
        fires = [*waiting[Window.BATCH], *(names[one.edge] for one in deferred if one.delay is InputDelay.TICK)]
        test = "True" if waiting[Window.EAGER] else " or ".join(fires) or "False"
        body = [statement for stratum in block.strata for statement in self._parts(stratum)]
        drop = [self._position.statement(f"{name}.clear()") for name in waiting[Window.LAZY]]
        heading = self._position.statement("''")
        assert isinstance(heading, ast.Expr)
        heading.value = self._position.set(ast.Constant(value=f"# {loop.title}  ({loop.head.place})"))
        if loop.parent is None:
            if test == "True":
                return [heading, *body]
            gate = self._position.when(test, body)
            gate.orelse = drop
            return [heading, gate]
        count = self._variables.iteration(loop.id)
        for one in deferred:
            now, following = names[one.edge], self._variables.next_ticks[one.edge]
            body += [
                self._position.statement(f"{now}.extend({following})"),
                self._position.statement(f"{following}.clear()"),
            ]
        fired = self._position.statement(f"while {test}: {count} += 1")
        assert isinstance(fired, ast.While)
        fired.body = [*body, *fired.body]
        return [heading, self._position.statement(f"{count} = 0"), fired, *drop]

    # --- cycles ----------------------------------------------------------------------------------------------------

    def _component(self, component: Component) -> list[ast.stmt]:
        runs: list[ast.stmt] = []
        with self._variables.tick() as assigned:
            for subgraph in component.subgraphs:
                runs += self._run(component, self._graph.subgraphs[subgraph])
        before = [statement for statements in assigned.values() for statement in statements]
        if not component.cyclic:
            return before + runs
        # Every handoff of the cycle that is read before it is written is what the next round has to do.
        order = {subgraph: position for position, subgraph in enumerate(component.subgraphs)}
        back = [
            self._variables.handoffs[edge]
            for edge, source, target in self._topology.handoffs_of_cycles[component]
            if order[source] >= order[target]
        ]
        first = self._variables.first(component)
        loop = self._position.statement(f"while True:\n if not ({' or '.join(back)}): break\n {first} = False")
        assert isinstance(loop, ast.While)
        loop.body = runs + loop.body
        return [*before, self._position.statement(f"{first} = True"), loop]

    def _run(self, component: Component, subgraph: Subgraph) -> list[ast.stmt]:
        """The run of a subgraph; in a cycle only where it has to."""
        first = self._variables.first(component)
        with self._variables.run() as assigned:
            begin, sections = self._sections.of(subgraph)
        if begin and component.cyclic:
            begin = [self._position.when(first, begin)]
        scratch = [statement for statements in assigned.values() for statement in statements]
        iterations = [self._variables.iteration(loop) for loop in self._topology.around(subgraph)]
        told = self._probes.on_subgraph(subgraph, iterations, self._position)
        sections = self._probes.placed(subgraph, sections)
        body = [*self._first_run_told(component), *begin, *scratch, *sections, *told]
        if component.cyclic:
            waiting = [
                self._variables.handoffs[edge]
                for edge, _, target in self._topology.handoffs_of_cycles[component]
                if target == subgraph.id
            ]
            body = [self._position.when(" or ".join([first, *waiting]), body)]
        return body

    def _first_run_told(self, component: Component) -> list[ast.stmt]:
        """A line for `context.is_first_run_this_tick()`, where user code can ask for it."""
        if "context" not in self._variables.names.taken:
            return []
        first = self._variables.first(component) if component.cyclic else True
        return [self._position.statement(f"{self._variables.of_runtime('context')}.is_first_run = {first}")]
