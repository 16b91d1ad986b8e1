"""Where the operators of a flow hold what: the cells of generated code, and the buffers between ticks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from hydroflow_nb.engine.copying import Copier
from hydroflow_nb.engine.missing import MISSING
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.graph import EdgeId, Node, NodeId
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.ir.place import Places
from hydroflow_nb.operators.record.holding import Form, Grouped, Holding, as_list
from hydroflow_nb.records import dataclass
from hydroflow_nb.state import entries
from hydroflow_nb.state.held import Held
from hydroflow_nb.state.operator_state import OperatorState, StatesByOperator

# The name of a buffer between ticks among what its reader holds.
WAITING = "waiting"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Where one thing is held: the variable of the code; None where it is forgotten when the tick ends."""

    holding: Holding
    variable: str | None

    def read(self, values: Mapping[str, Any], *, copying: bool = True) -> Held:
        """What is held, of the values by variable: a copy, unless nobody is given it."""
        holding = self.holding
        value = MISSING if self.variable is None else values.get(self.variable, MISSING)
        if value is not MISSING and not (value is None and holding.none_is_nothing):
            copier = Copier()
            value = copier.accumulated(value) if copying else value
            # What has no copy, such as an open file, is not handed out.
            value = shown(value) if copier.uncopied else holding.read(value)
            form = Form.VALUE if copier.uncopied else holding.form
        else:
            value, form = MISSING, holding.form
        return Held(name=holding.name, form=form, lasts=self.variable is not None, _data=value)

    def size(self, values: Mapping[str, Any]) -> int:
        """How much is held, without a copy."""
        value: Any = MISSING if self.variable is None else values.get(self.variable, MISSING)
        holding = self.holding
        if value is MISSING or (value is None and holding.none_is_nothing):
            return 0
        if holding.form is Form.VALUE:
            return entries.size(holding.form, holding.read(value))
        if isinstance(value, Grouped):
            return value.count()
        return sum(map(len, value.values())) if holding.form is Form.GROUPS and isinstance(value, dict) else len(value)


class Memory:
    """What the operators of a graph hold, and where."""

    def __init__(
        self,
        graph: PartitionedGraph,
        cells: Mapping[NodeId, tuple[Cell, ...]],
        buffers: Collection[EdgeId],
        named: Mapping[str, tuple[NodeId, Cell]] | None = None,
    ) -> None:
        self.graph = graph
        self._cells = cells
        # What has a name of its own, with one of the operators that hold it.
        self._named = named or {}
        # The edges at which items wait for a later tick.
        self._buffers = buffers

    @property
    def remembering(self) -> Iterator[Node]:
        """The operators that hold something from tick to tick."""
        return (self.graph.nodes[node] for node in self._cells if self._lasts(node))

    def _lasts(self, node: NodeId) -> bool:
        return any(cell.variable is not None for cell in self._cells.get(node, ()))

    def at(self, place: str) -> tuple[Node, ...]:
        """The operators of a place that remember: those whose memory outlasts the tick, where there are any.

        Raises HydroflowError for a place that there is not, and for one that remembers nothing; it says what does.
        """
        places = Places(self.graph)
        if place.strip() in self._named:
            return (self.graph.nodes[self._named[place.strip()][0]],)
        wires = places.wires_of(place) if "->" in place else ()
        if wires:
            (edge, *_) = (wire.edge for wire in wires)
            found: tuple[Node, ...] = (self.graph.nodes[edge.target],) if edge.id in self._buffers else ()
        else:
            nodes = places.nodes_of(place)
            lasting = tuple(node for node in nodes if self._lasts(node.id))
            found = lasting or tuple(node for node in nodes if self._cells.get(node.id))
        if not found:
            raise HydroflowError(message=f"`{place}` remembers nothing{self._what_does(places)}")
        return found

    def _what_does(self, places: Places) -> str:
        operators = (node.variable or places.place_of(node) for node in self.remembering)
        names = list(dict.fromkeys(f"`{name}`" for name in (*self._named, *operators)))
        if not names:
            return ", nor does anything else in this flow outlast a tick"
        shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
        return f"; in this flow {shown} do{'es' if len(names) == 1 else ''}"

    def read(
        self,
        node: Node,
        values: Mapping[str, Any],
        before: Callable[[], Mapping[str, Any] | None],
        *,
        place: str | None,
        tick: int | None,
        is_within: bool = False,
    ) -> OperatorState:
        """What an operator holds, of the values by variable; `before` gives those from before the tick. `place`: how
        the operator was asked for.
        """
        one = self._named.get(place or "")
        cells = self._cells[node.id] if one is None else (one[1],)
        parts = {cell.holding.name: cell.read(values) for cell in cells}
        former = before()
        if former is not None:
            parts = {cell.holding.name: parts[cell.holding.name].since(cell.read(former)) for cell in cells}
        return OperatorState(
            place=place or Places(self.graph).place_of(node),
            operator=node.operator.name,
            element=node.element,
            tick=tick,
            parts=parts,
            is_within=is_within,
        )

    def cells(self, node: Node) -> tuple[Cell, ...]:
        """What an operator holds."""
        return self._cells.get(node.id, ())

    def is_named(self, cell: Cell) -> bool:
        """Whether a thing can be asked for by its name alone."""
        return any(one is cell for _, one in self._named.values())

    def parts(self, values: Mapping[str, Any]) -> dict[str, list[Held]]:
        """What each operator holds that remembers, by its element id, for one who only looks: these are no copies."""
        return {
            node.element: [cell.read(values, copying=False) for cell in self._cells[node.id]]
            for node in self.remembering
        }

    def sizes(self, values: Mapping[str, Any]) -> dict[str, int]:
        """How much each operator holds that remembers, by its element id."""
        return {
            node.element: sum(cell.size(values) for cell in self._cells[node.id] if cell.variable is not None)
            for node in self.remembering
        }


def one_or_several(states: Iterable[OperatorState]) -> OperatorState | StatesByOperator:
    """The state of one operator, or those of several by operator."""
    found = list(states)
    return found[0] if len(found) == 1 else StatesByOperator((state.element, state) for state in found)


def memory_of(
    graph: PartitionedGraph,
    own: Mapping[str, Mapping[str, str]],
    lasting: Collection[str],
    buffers: Mapping[EdgeId, str],
    *,
    cells: Mapping[NodeId, Iterable[Cell]] | None = None,
    named: Mapping[str, tuple[NodeId, Cell]] | None = None,
) -> Memory:
    """The memory of a graph: `own` are the variables of its code by operator and role, `lasting` those that last from
    tick to tick, `buffers` those of handoffs by edge; `cells` is what operators hold beside that, and `named` what of
    it has a name.
    """
    cells_of = {node: list(some) for node, some in (cells or {}).items()}
    for node in graph.nodes.values():
        roles = own.get(node.name, {})
        for holding in node.operator.holds:
            variable = roles.get(holding.role)
            if variable is not None:
                cells_of.setdefault(node.id, []).append(
                    Cell(holding=holding, variable=variable if variable in lasting else None)
                )
    waiting: set[EdgeId] = set()
    for edge, handoff in graph.handoffs.items():
        crosses = handoff.crosses_ticks and graph.carries_on(edge) is None
        if crosses or graph.outlasts_ticks(edge):
            waiting.add(edge)
            target = graph.edges[edge]
            port = target.target_port.text
            called = f"{WAITING} at {port}" if port else WAITING
            holding = Holding(role="", name=called, form=Form.ITEMS, read=as_list)
            cells_of.setdefault(target.target, []).append(Cell(holding=holding, variable=buffers[edge]))
    return Memory(graph, {node: tuple(found) for node, found in cells_of.items()}, waiting, named)
