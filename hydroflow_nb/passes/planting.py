"""What stands for arrows to other places, put into the graph of a location: chains of made operators, and the edges
between them and those of the text.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from hydroflow_nb.expressions import Argument, Binding, Closure, OperatorCall
from hydroflow_nb.expressions import Sequence as Parts
from hydroflow_nb.ir.graph import Edge, EdgeId, FlatGraph, Instance, ModuleId, Node, NodeId, PortLabel, Read
from hydroflow_nb.locations import Route
from hydroflow_nb.operators import BY_NAME
from hydroflow_nb.operators.record.operator import Persistence
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Span
from hydroflow_nb.syntax.tree import Flow

# Where the user's key stands in a made operator.
KEY: Final = "hf_key"


@dataclass(frozen=True, kw_only=True)
class Chain:
    """Made operators one behind the other. `span` is that of the `~>` that they were made for; `key` is what stands for
    `KEY` in them.
    """

    text: str
    span: Span
    key: Argument | None = None
    # What `$name` in another chain calls it.
    name: str = ""
    # False for what all messages go through.
    is_of_one: bool = True
    # The channels that it takes in, or the one of each of its outputs where it tells them apart.
    channels: tuple[str, ...] = ()
    # How the messages of each of these are sent.
    routes: tuple[frozenset[Route], ...] = ()
    # The channel whose name it puts to items.
    sends: str = ""


@dataclass(kw_only=True)
class _Made:
    """The first and the last of the operators of a chain."""

    first: NodeId
    last: NodeId


@dataclass(kw_only=True)
class Wanted:
    """An edge that is put in when the made operators are there. Its ends are operators of the text or chains."""

    source: NodeId | Chain
    source_port: PortLabel
    target: NodeId | Chain
    target_port: PortLabel
    # The external location to which it leads.
    leaves: str = ""


class Planting:
    """Puts chains into a graph. Their operators get the ids that follow on those of the whole text."""

    def __init__(self, graph: FlatGraph, last_node: NodeId, last_edge: EdgeId) -> None:
        self._graph = graph
        self._last_node = last_node
        self._last_edge = last_edge
        self._last_module = ModuleId(max(graph.modules, default=0))
        self._made: dict[int, _Made] = {}
        self._instances: dict[str, ModuleId] = {}

    def plant(self, chains: Sequence[Chain], parsed: Flow, wanted: Sequence[Wanted]) -> None:
        """Put in the chains, each parsed as a statement, and then the edges that are wanted."""
        for chain, statement in zip(chains, parsed.statements, strict=True):
            calls = statement.pipeline.nodes  # type: ignore[union-attr]
            self._made[id(chain)] = self._put_chain(chain, calls)  # type: ignore[arg-type]
        named = {chain.name: self._made[id(chain)].first for chain in chains if chain.name}
        for chain in chains:
            for identity in range(self._made[id(chain)].first, self._made[id(chain)].last + 1):
                self._put_reads(self._graph.nodes[NodeId(identity)], named)
        for one in wanted:
            source = self._made[id(one.source)].last if isinstance(one.source, Chain) else one.source
            target = self._made[id(one.target)].first if isinstance(one.target, Chain) else one.target
            self._put_edge(source, one.source_port, target, one.target_port, one.leaves)

    def _put_chain(self, chain: Chain, calls: Sequence[OperatorCall]) -> _Made:
        ids: list[NodeId] = []
        module = self._instance(chain)
        for call in calls:
            self._last_node = NodeId(self._last_node + 1)
            whole = call if chain.key is None else _with_key(call, chain.key)
            self._graph.nodes[self._last_node] = Node(
                id=self._last_node,
                operator=BY_NAME[whole.name],
                call=whole,
                variable=None,
                persistences=tuple(Persistence(lifetime.name) for lifetime in whole.lifetimes),
                made=chain.span,
                module=module,
                channels=chain.channels,
                routes=chain.routes,
                sends=chain.sends,
            )
            ids.append(self._last_node)
        plain = PortLabel(label=None, span=chain.span)
        for left, right in pairwise(ids):
            self._put_edge(left, plain, right, plain)
        return _Made(first=ids[0], last=ids[-1])

    def _put_edge(
        self, source: NodeId, source_port: PortLabel, target: NodeId, target_port: PortLabel, leaves: str = ""
    ) -> None:
        self._last_edge = EdgeId(self._last_edge + 1)
        self._graph.put(
            Edge(
                id=self._last_edge,
                source=source,
                source_port=source_port,
                target=target,
                target_port=target_port,
                leaves=leaves,
            )
        )

    def _put_reads(self, node: Node, named: Mapping[str, NodeId]) -> None:
        for reference in (reference for argument in node.call.arguments for reference in argument.references):
            if reference.name in named:
                self._graph.put_read(
                    Read(
                        number=len(self._graph.reads) + 1,
                        source=named[reference.name],
                        target=node.id,
                        name=reference.name,
                        span=reference.span,
                    )
                )

    def _instance(self, chain: Chain) -> ModuleId:
        """The box of what is made for a `~>`; what all of them share has one of its own."""
        title = " ".join(chain.span.text.split()) if chain.is_of_one else "~>"
        if title not in self._instances:
            self._last_module = identity = ModuleId(self._last_module + 1)
            self._instances[title] = identity
            self._graph.modules[identity] = Instance(id=identity, path=title, parent=None, call=chain.span, made=True)
        return self._instances[title]


def _with_key(call: OperatorCall, key: Argument) -> OperatorCall:
    """A made call in which the user's key stands for `KEY`: the pattern and the body of a closure, or a function."""
    (written,) = call.arguments
    assert isinstance(written, Closure)
    if not isinstance(key, Closure):
        return replace(call, arguments=(replace(written, body=_Filling(key.node).visit(written.body)),))
    (pattern,) = written.parameters
    match pattern:
        case Parts(items=[Binding(name=name), *_]) if name == KEY and len(key.parameters) == 1:
            pass
        case _:
            return call
    parameters = (replace(pattern, items=(key.parameters[0], *pattern.items[1:])),)
    return replace(
        call, arguments=(replace(written, parameters=parameters, body=_Filling(key.body).visit(written.body)),)
    )


class _Filling(ast.NodeTransformer):
    """Puts an expression in place of `KEY`."""

    def __init__(self, value: ast.expr) -> None:
        self._value = value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._value if node.id == KEY else node
