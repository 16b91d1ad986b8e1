"""The boundaries of imported modules: where the items that cross them go."""

from __future__ import annotations

from dataclasses import field
from itertools import islice
from typing import Final

from hydroflow_nb import expressions
from hydroflow_nb.diagnostics import Label, error
from hydroflow_nb.ir.graph import Node, NodeId
from hydroflow_nb.operators.identity import IDENTITY
from hydroflow_nb.passes.built import BuiltGraph, PortSide
from hydroflow_nb.passes.ends import Boundary, End, Link, Module
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source, Span

# A message lists so many ports of a module at most.
MOST_PORTS: Final = 20


@dataclass(kw_only=True)
class Boundaries:
    """Keeps what modules connect to their `mod`s, and finds what stands behind the ports of an import."""

    built: BuiltGraph
    # The places of the ports that were reported as missing.
    reported: set[tuple[Source, int, PortSide]] = field(default_factory=set)

    def take(self, found: Link, link: Link) -> bool:
        """Take an arrow that begins or ends at a `mod`: it says where the items that cross the module's boundary go.
        Returns whether it is such an arrow.
        """
        into = isinstance(found.left.target, Boundary) and found.left.target.inside
        out_of = isinstance(found.right.target, Boundary) and found.right.target.inside
        if into and out_of:
            # Items that only pass through the module need an operator to pass through.
            assert isinstance(found.left.target, Boundary)
            node = self._add_passage(link, found.left.target.module)
            end = End(target=node, port=None, span=link.left.span)
            self._define(found.left, end, "input")
            self._define(found.right, end, "output")
        elif into:
            self._define(found.left, found.right, "input")
        elif out_of:
            self._define(found.right, found.left, "output")
        return into or out_of

    def _define(self, boundary: End, inner: End, side: PortSide) -> None:
        assert isinstance(boundary.target, Boundary)
        label = boundary.label
        ends = boundary.target.module.ends[side]
        if label in ends:
            self.built.report(
                error(
                    "HF231",
                    f"this {side} of the module is used twice" + (f": `[{label}]`" if label else ""),
                    boundary.span,
                    labels=[Label(span=ends[label][1], text="already used here")],
                    hint="give each a port of its own, or use `tee()` and `union()`",
                )
            )
        ends[label] = (inner, boundary.span)

    def _add_passage(self, link: Link, module: Module) -> NodeId:
        graph = self.built.graph
        call = expressions.OperatorCall(span=link.left.span, name=IDENTITY.name, name_span=link.left.span)
        identity = NodeId(len(graph.nodes) + 1)
        node = Node(id=identity, operator=IDENTITY, call=call, variable=None, loop=module.loop, module=module.id)
        graph.nodes[node.id] = node
        return node.id

    def through(self, end: End, side: PortSide) -> End:
        """The operator behind a module's boundary."""
        while isinstance(end.target, Boundary):
            module, label = end.target.module, end.label
            if label not in module.ends[side] and self.built.lost:
                return End(target=None, port=None, span=end.span)
            if label not in module.ends[side]:
                self._report_missing(module, label, end.port.span if end.port else end.span, side)
                return End(target=None, port=None, span=end.span)
            module.used.add((side, label))
            end = module.ends[side][label][0]
        return end

    def _report_missing(self, module: Module, label: str, span: Span, side: PortSide) -> None:
        # A name may be followed by an arrow and be read as well.
        if (span.source, span.start, side) in self.reported:
            return
        self.reported.add((span.source, span.start, side))
        ends = module.ends[side]
        ports = [f"`[{port}]`" if port else "one without a port" for port in islice(ends, MOST_PORTS)]
        more = f" and {len(ends) - MOST_PORTS} more" if len(ends) > MOST_PORTS else ""
        self.built.report(
            error(
                "HF232",
                f"`{module.call.span.text}` has no {side} " + (f"port `[{label}]`" if label else "without a port"),
                span,
                notes=[f"{side}s of the module: {', '.join(ports) or 'none'}{more}"],
                hint="an import has the ports that the module writes at its `mod`",
            )
        )

    def report_unused(self, module: Module) -> None:
        """Report the ports that a module uses at its `mod`s while nothing outside is connected to them."""
        for side, ends in module.ends.items():
            for label, (inner, span) in ends.items():
                if (side, label) not in module.used:
                    if isinstance(inner.target, int):
                        self.built.starve(inner.target, side)
                    if self.built.lost:
                        continue
                    port = f" port `[{label}]`" if label else ""
                    self.built.report(
                        error(
                            "HF233",
                            f"nothing is connected to the {side}{port} of `{module.call.span.text}`",
                            module.call.span,
                            labels=[Label(span=span, text="the module uses it here")],
                            hint="connect every port that the module has",
                        )
                    )
