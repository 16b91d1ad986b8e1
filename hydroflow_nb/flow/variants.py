"""The variants of a loaded flow's code: what runs its ticks while somebody looks on, and while nobody does."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from hydroflow_nb.codegen.load import LoadedProgram, load_variant
from hydroflow_nb.codegen.probes import stop_name
from hydroflow_nb.compiler import Compiled
from hydroflow_nb.engine.plain import Around, AroundPush, Plain, PlainShape
from hydroflow_nb.engine.undoing import Silent

if TYPE_CHECKING:
    from hydroflow_nb.codegen.plain import PlainCode
    from hydroflow_nb.ir.graph import EdgeId, NodeId
    from hydroflow_nb.profiling.meter import Meter
    from hydroflow_nb.trace.recorder import Recorder

Strata: TypeAlias = "Sequence[Callable[[], None]]"
# What is called with each item on an edge, by the edge.
Stops: TypeAlias = "Mapping[EdgeId, Callable[[Any], None]]"


class Variants:
    """What else runs a loaded flow: all work on the same state, so one tick may run by one, and the next by another."""

    def __init__(self, compiled: Compiled, loaded: LoadedProgram, names: dict[str, Any], filename: str) -> None:
        self._compiled = compiled
        self._loaded = loaded
        self._names = names
        self._filename = filename

    def plain(self, around: Around) -> Plain | None:
        """What runs ticks in which nobody looks on, if there is such code."""
        from hydroflow_nb.codegen.plain import shape_of

        code = self._compiled.plain_code(shape_of(self._compiled.code, self._loaded, around))
        return None if code is None else self._loaded_plain(code, around)

    def plain_push(self, around: AroundPush) -> Plain | None:
        """What runs such a tick with one item, if there is such code."""
        from hydroflow_nb.codegen.plain import shape_of

        code = self._compiled.push_code
        if code is None or shape_of(self._compiled.code, self._loaded, around) != PlainShape():
            return None
        return self._loaded_plain(code, around)

    def _loaded_plain(self, code: PlainCode, around: Around) -> Plain:
        from hydroflow_nb.codegen.plain import load_plain

        return load_plain(code, self._loaded, self._names, around, self._filename)

    def silent_ticks(self) -> Silent | None:
        """What runs a tick without effects, so that it can be undone; None where it leans on more than its state."""
        from hydroflow_nb.codegen.silent import SilentTicks, leaving, relied_on

        compiled, loaded = self._compiled, self._loaded
        relied = None if loaded.program.awaited else relied_on(compiled.graph.flat)
        if relied is None:
            return None

        def strata() -> Strata:
            code = compiled.silenced(leaving(compiled.graph.flat)).code
            return load_variant(code, loaded, self._names, {}, self._filename)

        return SilentTicks(relied, self._names, strata)

    def stopping_in_silence(self, stops: Stops, silent: Container[NodeId]) -> Strata:
        """The strata that tell of items on edges, in which some operators at the flow's end have no effects."""
        code = self._compiled.silenced(silent).watched_code(recorded=False, stops=stops.keys())
        names = {stop_name(edge): stop for edge, stop in stops.items()}
        return load_variant(code, self._loaded, self._names, names, self._filename)

    def watched(
        self,
        recorder: Recorder | None,
        stops: Stops = MappingProxyType({}),
        meter: Meter | None = None,
    ) -> Strata:
        """The strata that tell of what happens: a recorder of all items, `stops` of those on some edges, and a meter
        where the time goes.
        """
        code = self._compiled.watched_code(
            recorded=recorder is not None,
            stops=stops.keys(),
            timed=meter is not None,
            filtered=frozenset() if recorder is None else recorder.filters.keys(),
        )
        self._compiled.code.held.update(code.held)
        keeping = None if recorder is None else recorder.follow(code.taps)
        names = {} if keeping is None else keeping.names()
        names |= {stop_name(edge): stop for edge, stop in stops.items()}
        names |= {} if meter is None else meter.names()
        strata = load_variant(code, self._loaded, self._names, names, self._filename)
        if keeping is not None:
            keeping.counts_in(strata)
        return strata
