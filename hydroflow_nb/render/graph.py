"""`flow.graph`: the partitioned graph, ready to be drawn.

What draws it is imported when a picture is first asked for: a flow that is never drawn is imported faster.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from hydroflow_nb.engine.collector import beginning_later
from hydroflow_nb.ir.graph import LoopId, ModuleId
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.ir.text import as_text, call_text, input_names

if TYPE_CHECKING:
    from hydroflow_nb.render.marks import Marks
    from hydroflow_nb.render.outline import Outline
    from hydroflow_nb.render.tally import Recorded


class Graph:
    """The graph of a flow, partitioned into subgraphs and strata: `print` it, display it, or take it as data.

    `partitioned` is the graph itself. Elements bear the same ids in every form: `op-1`, `edge-1`, `read-1`,
    `handoff-1`, `sg-1`, `loop-1`, `module-1`, `stratum-0`. `marks` are words that pictures and text write at edges.
    """

    def __init__(self, partitioned: PartitionedGraph, marks: Marks | None = None) -> None:
        self.partitioned = partitioned
        self._marks = marks or {}

    def svg(self, recording: Recorded | None = None, *, tick: int | None = None, of: str = "") -> str:
        """The picture as a complete SVG, drawn once and kept. Graphviz finds the places; in a flow of more than 200
        operators, and where no Graphviz works, a layered layout in Python does.

        With a recording of the flow it is the picture of a tick, by default of the newest: the number of items on every
        wire and in every handoff as the tick ended, the strata that ran, a sentence below, and the same as alternative
        text. `of` says in the sentence whose run it is, as in "alice in net". It is dark where the page is read in
        dark. No item is in it. Raises KeyError for a tick that is not recorded, and ValueError for a tick without a
        recording and for the recording of another flow.
        """
        if recording is None:
            if tick is not None:
                raise ValueError(f"a picture of tick {tick} needs a recording: `svg(flow.recording, tick={tick})`")
            return self._svg
        from hydroflow_nb.render.recorded import draw_recorded
        from hydroflow_nb.render.tally import tally_of

        return draw_recorded(self._outline, self._svg, tally_of(self._outline, recording, tick, of))

    @cached_property
    def _outline(self) -> Outline:
        from hydroflow_nb.render.outline import outline_of

        return outline_of(self.to_dict())

    @cached_property
    def _svg(self) -> str:
        from hydroflow_nb.render.layout import lay_out
        from hydroflow_nb.render.svg import draw

        with beginning_later():
            return draw(self.partitioned, lay_out(self.partitioned), self._marks)

    def dot(
        self,
        *,
        no_subgraphs: bool = False,
        no_varnames: bool = False,
        no_pull_push: bool = False,
        no_handoffs: bool = False,
        op_short_text: bool = False,
    ) -> str:
        """The graph in Graphviz's language.

        The options leave out: the boxes of strata and subgraphs, the boxes of assigned names, the colours of pull and
        push, the handoffs (an edge then goes straight through), the arguments of operators.
        """
        from hydroflow_nb.render.dot import as_dot
        from hydroflow_nb.render.options import Options

        return as_dot(
            self.partitioned,
            Options(
                no_subgraphs=no_subgraphs,
                no_varnames=no_varnames,
                no_pull_push=no_pull_push,
                no_handoffs=no_handoffs,
                op_short_text=op_short_text,
            ),
            self._marks,
        )

    def mermaid(
        self,
        *,
        no_subgraphs: bool = False,
        no_varnames: bool = False,
        no_pull_push: bool = False,
        no_handoffs: bool = False,
        op_short_text: bool = False,
    ) -> str:
        """The graph in Mermaid's language, with the options of `dot`."""
        from hydroflow_nb.render.mermaid import as_mermaid
        from hydroflow_nb.render.options import Options

        return as_mermaid(
            self.partitioned,
            Options(
                no_subgraphs=no_subgraphs,
                no_varnames=no_varnames,
                no_pull_push=no_pull_push,
                no_handoffs=no_handoffs,
                op_short_text=op_short_text,
            ),
            self._marks,
        )

    def text(self) -> str:
        """The graph as lines of text, in the order of execution, with the words of marks behind edges."""
        if not self._marks:
            return as_text(self.partitioned)
        from hydroflow_nb.render.marks import mark_of, word_at

        return as_text(self.partitioned, lambda wire: word_at(mark_of(self._marks, wire.edge), wire))

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        graph = self.partitioned
        return f"<Graph of {graph.name}: {len(graph.nodes)} operators, {len(graph.strata)} strata>"

    def to_dict(self) -> dict[str, Any]:
        """The graph as data for JSON.

        - `name`, `source` (the flow's text), `first_line` (its line number), `strata` (their number);
        - `ops`: `name`, `text` (on one line, cut where it is very long), `span` (two offsets into the source, in
          characters, empty for an operator that stands in another text), `sg`, `colour` (pull or push) and `variable`
          (the name of its statement, or None) of an operator;
        - `edges`: `from` and `to` (operators or handoffs), `from_port`, `to_port`, `delay` (stratum, tick, lazy, None),
          and `places` (where its ends stand in the source: operators, names and ports, as spans);
        - `reads`: `from` (the operator whose state is read), `to` (the one that names it) and `name`, without the `$`;
        - `handoffs`: `stratum` and `sg` of the subgraph that takes the items out, and the `delay`;
        - `subgraphs`: `stratum`, and `ops` in the order of execution;
        - `loops`: `name` (or None), `parent` (the loop around it, or None) and `ops` (without those of inner loops);
        - `modules`: of each `import!`, `name` (of its file), `line` (that of the import, in the text that has it),
          `parent` (the import whose text it is in, or None) and `ops` (without those of inner imports);
        - `inputs`: the operators that take items in from outside, by name.
        """
        graph = self.partitioned
        handoffs = {}
        for edge_id, handoff in graph.handoffs.items():
            drain = graph.subgraphs[graph.subgraph_of[graph.edges[edge_id].target]]
            handoffs[handoff.element] = {"stratum": drain.stratum, "sg": drain.element, "delay": _plain(handoff.delay)}
        inside: dict[LoopId, list[str]] = {loop: [] for loop in graph.loops}
        imported: dict[ModuleId, list[str]] = {module: [] for module in graph.modules}
        for node in graph.nodes.values():
            if node.loop is not None:
                inside[node.loop].append(node.element)
            if node.module is not None:
                imported[node.module].append(node.element)
        return {
            "name": graph.name,
            "source": graph.flat.source.text,
            "first_line": graph.flat.source.first_line,
            "ops": {
                node.element: {
                    "name": node.operator.name,
                    "text": call_text(node),
                    "span": [node.span.start, node.span.end] if node.span.source is graph.flat.source else [0, 0],
                    "sg": graph.subgraphs[graph.subgraph_of[node.id]].element,
                    "colour": _plain(graph.sides[node.id]),
                    "variable": node.variable,
                }
                for node in graph.nodes.values()
            },
            "edges": {
                wire.element: {
                    "from": wire.source,
                    "to": wire.target,
                    "from_port": wire.source_port or None,
                    "to_port": wire.target_port or None,
                    "delay": _plain(wire.delay),
                    "places": [[one.start, one.end] for one in wire.edge.places if one.source is graph.flat.source],
                }
                for wire in graph.wires
            },
            "reads": {
                read.element: {
                    "from": graph.nodes[read.source].element,
                    "to": graph.nodes[read.target].element,
                    "name": read.name,
                }
                for read in graph.reads
            },
            "handoffs": handoffs,
            "subgraphs": {
                subgraph.element: {
                    "stratum": subgraph.stratum,
                    "ops": [graph.nodes[node].element for node in subgraph.nodes],
                }
                for subgraph in graph.subgraphs.values()
            },
            "loops": {
                loop.element: {
                    "name": loop.name,
                    "parent": None if loop.parent is None else graph.loops[loop.parent].element,
                    "ops": inside[loop.id],
                }
                for loop in graph.loops.values()
            },
            "modules": {
                instance.element: {
                    "name": instance.title,
                    "line": instance.call.line,
                    "parent": None if instance.parent is None else graph.modules[instance.parent].element,
                    "ops": imported[instance.id],
                    **({"made": True} if instance.made else {}),
                }
                for instance in graph.modules.values()
            },
            "strata": len(graph.strata),
            "inputs": {name: graph.nodes[node].element for name, node in input_names(graph).items()},
        }

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        # Some front ends and code hosts show only the text, which says as much as the picture.
        from hydroflow_nb.render.dark import themed

        return {"image/svg+xml": themed(self.svg()), "text/plain": self.text()}


def _plain(value: str | None) -> str | None:
    """An enum's value as a plain string, which is what JSON gives back."""
    return None if value is None else str(value)
