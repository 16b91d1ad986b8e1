"""A flow: what a user holds, runs and looks at."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.codegen.alone import failed_alone, operator_of
from hydroflow_nb.codegen.asynchronous import unawaited, uncallable
from hydroflow_nb.codegen.blame import explained
from hydroflow_nb.codegen.ends import bound, rebound
from hydroflow_nb.codegen.faults import LoadingFailed, faults_of_names, told
from hydroflow_nb.codegen.load import LoadedProgram, source_text
from hydroflow_nb.compiler import Compiled, compile_source, compile_text, load_compiled, the_one_flow
from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.engine.context import Context, UserContext
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.notes import annotate
from hydroflow_nb.engine.plain import Around, AroundPush, Plain
from hydroflow_nb.engine.program import Program
from hydroflow_nb.engine.runtime import Runtime
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.engine.undoing import Silent
from hydroflow_nb.errors import GraphError, ItemError
from hydroflow_nb.flow.variants import Stops, Strata, Variants
from hydroflow_nb.optimisations import ALL, left_out
from hydroflow_nb.running import KeptFlow
from hydroflow_nb.source import Source, Span

if TYPE_CHECKING:
    from hydroflow_nb.codegen.explain import Explanation
    from hydroflow_nb.correctness.report import Report
    from hydroflow_nb.durable.opening import CompiledFlow
    from hydroflow_nb.ir.graph import NodeId
    from hydroflow_nb.ir.partitioned import PartitionedGraph
    from hydroflow_nb.profiling.meter import Meter
    from hydroflow_nb.running.states import Again
    from hydroflow_nb.rust import RustProject
    from hydroflow_nb.simulation.finding.witness import Witness
    from hydroflow_nb.state.memory import Memory
    from hydroflow_nb.trace.recorder import Recorder

# The usual names for the ends of a network. The network has to be bound before the flow is compiled.
_ENDS: Final = frozenset({"inbound", "outbound"})
_BIND_FIRST: Final = (
    "hydroflow: a flow needs the ends of a network: first `outbound, inbound, address = await "
    "hydroflow_nb.net.bind_tcp(5000)`, or `hydroflow_nb.Network().bind(5000)` for a simulated one"
)

_LOG = logging.getLogger("hydroflow_nb")


class Flow(KeptFlow):
    """A compiled flow, made by `hydroflow_nb.compile` or by a `%%hydroflow` cell.

    It runs in ticks: `run_tick`, `run_stratum`, `run_available`, and their async forms. An exception of the user's code
    aborts the tick it happens in and comes out as it is; the flow stays usable. `with flow:` closes it at the end.

    More: "Understanding a run" in `docs/understanding.md`.
    """

    def __init__(
        self,
        source: Source,
        namespace: dict[str, Any],
        name: str,
        *,
        compiled: Compiled | None = None,
        surroundings: Mapping[str, Any] = MappingProxyType({}),
        text: Callable[[], str] | None = None,
    ) -> None:
        self._namespace = namespace
        self._text = text
        self._surroundings = surroundings
        self._again: Again | None = None
        self._compiled = compiled or compile_source(source, name, namespace)
        graph = self._compiled.graph
        # A copy's pictures bear its own name.
        super().__init__(
            name, source, graph if graph.name == name else replace(graph, flat=replace(graph.flat, name=name))
        )

    def copy(
        self, names: Mapping[str, Any], name: str | None = None, surroundings: Mapping[str, Any] = MappingProxyType({})
    ) -> Flow:
        """Another flow of the same text, at tick 0, which is not compiled again.

        Its Python names are looked up in `names` first, then among the names of this flow as they are now.
        `surroundings` replace what the engine gives to operators under the same names.
        """
        namespace = {**self._namespace, **names}
        return Flow(
            self.source,
            namespace,
            name or self.name,
            compiled=self._compiled,
            surroundings=surroundings,
            text=self._text,
        )

    def silenced(self, nodes: Container[NodeId]) -> Flow:
        """Another flow of the same text, at tick 0, in which some operators at its end drop what comes to them."""
        return Flow(self.source, self._namespace, self.name, compiled=self._compiled.silenced(nodes))

    def check(
        self,
        network: str | None = None,
        replicas: int = 1,
        shard: str | None = None,
        examples: Mapping[str, Iterable[Any]] | None = None,
    ) -> Report:
        """Whether the flow gives the same in every run, before anything runs.

        `network`: None, "tcp" (messages of several senders in any order), "udp" (in any order, again, or never) or
        "at-least-once" (in any order, and again). `replicas`: how many copies of the flow get the same items.
        `shard`: where in the items of its inputs the key stands by which they are split among copies of the flow, such
        as "[0]", ".key", "[0].key" or '["key"]'; in a message that is its payload, of a system what is sent.
        `examples`: items for inputs, by name, on which laws of functions are tried that cannot be told; they are tried
        on what a recording of the flow holds, too. Gives a
        `Report`. No function of the notebook is called but those that begin an accumulator, and with examples those
        that are tried. Raises ValueError for another network, number, place or name of an input.

        More: "The same in every run" in `docs/correctness.md`.
        """
        from hydroflow_nb.correctness.asking import report_on
        from hydroflow_nb.correctness.surroundings import Surroundings

        return report_on(
            self._compiled.graph,
            self._namespace,
            Surroundings(network=network, replicas=replicas, shard=shard),
            self._graph_of,
            examples=examples,
            seen=self._items_seen(),
        )

    def find(
        self,
        output: str,
        network: str | None = None,
        runs: int = 1_000,
        seconds: float | None = None,
        seed: int = 0,
        examples: Mapping[str, Iterable[Any]] | None = None,
        level: str | None = None,
    ) -> Witness | None:
        """Two runs in which an output differs, the same but for one decision; None where no run was found that differs.

        `examples` are items by input, those of a recording of the flow where none are given. All that may differ in the
        surroundings is tried: where ticks end, and with `network` the order of the items, their copies and their loss;
        first what the check says suffices. `level`, "sequence", "bag", "set" or "final", is how runs are compared;
        without it they are compared by what the check promises, and where it promises nothing by the set of items, or
        by what holds at the end. The runs are those of a copy: the flow, its channels and lists stay as they are, no
        sink is called, and nothing is printed. At most `runs` are tried, for at most so many `seconds`, by chance from
        `seed` where there are more than five items. Where one run, made twice, gives two things, the witness has no
        decision: the output depends on chance, on a clock, or on what a function keeps.

        Raises HydroflowError for another output, without items, for a flow that never comes to rest or waits for an
        event loop, ValueError for another option, and what the flow raises where all items come in one tick.

        More: "Two runs that differ" in `docs/correctness.md`.
        """
        from hydroflow_nb.simulation.alone import search

        return search(
            self,
            output,
            network=network,
            runs=runs,
            seconds=seconds,
            seed=seed,
            examples=examples,
            level=level,
        ).witness

    def _graph_of(self, source: Source) -> PartitionedGraph:
        """The graph of another text with the names of this flow, which is left as it is."""
        return compile_source(source, self.name, self._namespace).graph

    def _items_seen(self) -> Callable[[NodeId], Iterable[Any]] | None:
        """A function that gives the recorded items that came to an operator; None where nothing is recorded."""
        recording, graph = self._recording, self._compiled.graph
        if recording is None:
            return None

        def seen(node: NodeId) -> Iterable[Any]:
            edges = {wire.element for wire in graph.wires if wire.target == graph.nodes[node].element}
            return recording.items_on(edges)

        return seen

    def _runs_again(self, last: int) -> Mapping[int, Sequence[tuple[int, Any]]]:
        from hydroflow_nb.simulation.replaying import orders_of

        return orders_of(self, self.recording, last)

    def _load(self, context: Context) -> Program:
        # This comes first: a flow that cannot be loaded has no effects.
        self._ends = bound(self._compiled.ends, self._namespace)
        self._rebound: list[Diagnostic] = []
        filename = self.source.filename
        try:
            self._look_at_functions()
        except GraphError as refused:
            given = (UserContext(context), Runtime(self._namespace, self._surroundings, context))
            further = faults_of_names(self._compiled.code, given, self._namespace, filename)
            if not further:
                raise
            raise GraphError(
                [*refused.diagnostics, *told(further, self._compiled.graph, self._namespace, filename)]
            ) from None
        try:
            self._loaded = load_compiled(self._compiled, self._namespace, context, self._surroundings)
            for file in self._loaded.program.files:
                file.begin()
        except LoadingFailed as failed:
            several = ItemError(told(failed.faults, self._compiled.graph, self._namespace, filename))
            if any(map(_is_missing_end, failed.faults)):
                annotate(several, _BIND_FIRST, anew=False)
            raise several from failed.faults[0]
        except Exception as exception:
            found = self._explained(exception, tick=0, stratum=0)
            if _is_missing_end(found):
                annotate(found, _BIND_FIRST, anew=False)
            raise found from exception.__cause__
        places = self._compiled.places
        for node, external in self._loaded.externals.items():
            external.place = places[node]
        for node, outlet in self._loaded.outlets.items():
            outlet.place = places[node]
        for node, breakpoint in self._loaded.breakpoints.items():
            breakpoint.place = places[node].removeprefix("in ")
        self._variants = Variants(self._compiled, self._loaded, self._namespace, filename)
        return self._loaded.program

    def _plain(self, around: Around) -> Plain | None:
        return self._variants.plain(around)

    def _plain_push(self, around: AroundPush) -> Plain | None:
        return self._variants.plain_push(around)

    def _silent(self) -> Silent | None:
        return self._variants.silent_ticks()

    def _recorded_strata(self, recorder: Recorder) -> Strata:
        return self._variants.watched(recorder)

    def _stopping_strata(self, recorder: Recorder | None, stops: Stops) -> Strata:
        return self._variants.watched(recorder, stops)

    def _timed_strata(self, meter: Meter, recorder: Recorder | None, stops: Stops) -> Strata:
        return self._variants.watched(recorder, stops, meter)

    def _silent_strata(self, stops: Stops, silent: Container[NodeId]) -> Strata:
        return self._variants.stopping_in_silence(stops, silent)

    def _failed_alone(self, exception: BaseException) -> bool:
        return failed_alone(exception, self._compiled.graph, self.source.filename)

    def _raised_at(self, exception: BaseException) -> Span:
        node = operator_of(exception, self._compiled.graph, self.source.filename)
        return super()._raised_at(exception) if node is None else node.span

    def _look_at_functions(self) -> None:
        """Raise GraphError for functions that cannot be called or that no operator awaits; remember the warnings."""
        __tracebackhide__ = True
        compiled, names = self._compiled, self._namespace
        found = [*unawaited(compiled.callees, names), *uncallable(compiled.named_functions, names)]
        if any(diagnostic.is_error for diagnostic in found):
            raise GraphError(found)
        self._warnings = found
        self._bound = [(name, names.get(name)) for name in compiled.watched_names]

    def _look_at_names(self) -> None:
        __tracebackhide__ = True
        names = self._namespace
        for name, value in self._bound:
            if names.get(name) is not value:
                # The name was bound again, perhaps by another cell.
                self._look_at_functions()
                self.tell_of_names()
                self._engine.forget_plain()
                return

    def tell_of_names(self) -> None:
        """Log a warning for each name that was bound again while the flow still uses its old value; each one once.

        The logger is `hydroflow_nb`. Every run does this at its start, except for a single `run_tick`.
        """
        told, self._rebound = self._rebound, rebound(self._ends, self._namespace)
        for found in self._rebound:
            if found not in told:
                _LOG.warning("the flow `%s`: %s; %s", self.name, found.message, found.hint)

    def _named_inboxes(self) -> Iterable[tuple[str, Inbox]]:
        inboxes = self._loaded.inboxes
        return ((name, inboxes[node]) for name, node in self._compiled.inputs.items() if node in inboxes)

    def _memory(self) -> Memory:
        return self._compiled.memory

    def _held_again(self) -> Again | None:
        # What the surroundings give, such as the clock of a network, is not theirs twice.
        if self._recording is None or self._surroundings:
            return None
        if self._again is None:
            from hydroflow_nb.simulation.held_again import HeldAgain

            self._again = HeldAgain(self)
        return self._again

    def _kept(self) -> CompiledFlow:
        """The flow for who keeps it."""
        from hydroflow_nb.durable.opening import CompiledFlow

        return CompiledFlow(self._compiled, self._loaded, self._namespace, self.drive(), self._listen)

    def _keep(self, folder: Path, write: str, snapshot_every: int | None) -> None:
        from hydroflow_nb.durable.keepable import Migration
        from hydroflow_nb.durable.opening import keep

        migration = None
        if self._migration is not None:
            old, function = self._migration
            before = self._of_text(old) if isinstance(old, str) else old
            migration = Migration(flow=before._kept(), function=function)
        keep(self._kept(), folder, write, snapshot_every, migration)

    def _of_text(self, text: str) -> Flow:
        """The flow of another text with the names of this one."""
        return Flow(Source(text=text, label=self.name, filename=f"<hydroflow {self.name}>"), self._namespace, self.name)

    def values_of_names(self) -> dict[str, Any]:
        """The values of the names that the flow's text uses, as they are now."""
        names = self._namespace
        return {name: names[name] for name in self._compiled.used_names if name in names}

    def _explained(self, exception: BaseException, *, tick: int, stratum: int) -> BaseException:
        return explained(
            exception, self._compiled.graph, self._compiled.code.held, self.source.filename, tick=tick, stratum=stratum
        )

    def _missing(self) -> list[Diagnostic]:
        found = []
        for node in self._compiled.graph.nodes.values():
            expectation = self._loaded.expectations.get(node.id)
            items = expectation.missing() if expectation is not None else []
            if items:
                found.append(
                    error(
                        "HF403",
                        f"`{node.operator.name}` still expects {len(items)} item{'s' if len(items) > 1 else ''}: "
                        f"{shown(items)}",
                        node.span,
                    )
                )
        return found

    def _unload(self) -> None:
        self._loaded = LoadedProgram(program=Program(strata=()), context=Context(), cells={})
        self._variants = Variants(self._compiled, self._loaded, self._namespace, self.source.filename)

    @property
    def _names(self) -> MutableMapping[str, Any]:
        return self._namespace

    @property
    def used_names(self) -> tuple[str, ...]:
        """The names of Python that the text uses, in the order of the alphabet."""
        return self._compiled.used_names

    @property
    def names_of_sinks(self) -> frozenset[str]:
        """Those of them that sinks alone use: the `log` of `for_each(log.append)` stands for what is outside."""
        return self._compiled.names_of_sinks

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """The warnings of the compiler, and the warnings about what the flow's names are bound to."""
        return [*self._compiled.diagnostics, *self._warnings, *rebound(self._ends, self._namespace)]

    @property
    def text(self) -> str:
        """The flow's text; for what runs at a location of a system, as one would have written it by hand."""
        return self.source.text if self._text is None else self._text()

    @property
    def generated_source(self) -> str:
        """The Python text of the compiled flow. A comment before each operator's part tells its place in the flow."""
        return source_text(self._compiled.code)

    def to_rust(
        self, folder: str | Path | None = None, *, types: Mapping[str, Any] = MappingProxyType({})
    ) -> RustProject:
        """The flow as a Cargo project for the crate `hydroflow` 0.10: its `text`, its `files`, and `write(folder)`.

        With a `folder` it is written there as well. The names that functions read are constants, with their values as
        they are now. `types` are those of the items of channels, by the channel's name: `{"edges": tuple[int, int]}`;
        without one, the items that wait in the channel tell it. The program reads and writes lines of JSON.

        Raises HydroflowError with everything that cannot be translated, each with its place and what to write instead,
        and OSError.

        More: "What is translated" in `docs/rust.md`.
        """
        from hydroflow_nb.rust import project_of

        # As it is written: what an optimisation does for Python is none of Rust's.
        compiled = compile_text(self.source, self.name, self._namespace, left_out({ALL}))
        project = project_of(the_one_flow(compiled, self.name).graph.flat, self.name, self._namespace, types)
        if folder is not None:
            project.write(folder)
        return project

    def explain(self) -> Explanation:
        """How each operator runs: whether its functions are inlined into the loops or called, and whether what it holds
        is sent again in every tick, and why; whether whole columns were computed, once that was tried; and the
        optimisations that there are.
        """
        from hydroflow_nb.codegen.explain import explain

        return explain(self._compiled.graph, self._namespace, self._loaded.queries)


def _is_missing_end(exception: BaseException) -> bool:
    return isinstance(exception, NameError) and exception.name in _ENDS
