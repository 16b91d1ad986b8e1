"""What is wrong with loops: how items enter and leave them, and what stands in them.

Source of the rules: the `loop` blocks of Hydroflow, as its newest release has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hydroflow_nb.diagnostics import Diagnostic, Label, error, warning
from hydroflow_nb.ir.algorithms import components
from hydroflow_nb.ir.graph import Edge, FlatGraph, Loop, LoopId, Node, NodeId, Read, common
from hydroflow_nb.operators.record.operator import Window
from hydroflow_nb.passes.built import PortSide
from hydroflow_nb.syntax import codes

# The codes of what is wrong with the loops themselves.
CODES: Final = frozenset(f"HF{number}" for number in range(270, 280))
# Python limits how many loops can stand in loops, and the code of operators needs some of them.
DEEPEST: Final = 8
# Each operator on a cycle has an error of its own, with labels at this many others at most.
MOST_LABELS: Final = 10
_ENTRIES = "`batch()`, `batch_lazy()`, `batch_eager()` or `snapshot()`"


def check_loops(graph: FlatGraph, starved: Mapping[tuple[NodeId, PortSide], int]) -> Iterator[Diagnostic]:
    """Everything that is wrong with the loops of a flat graph; nothing where it has none and no operator of loops.

    `starved` counts arrows that lead nowhere because of an error that was reported already.
    """
    for node in graph.nodes.values():
        yield from _node(graph, node, starved.get((node.id, "input"), 0))
    if not graph.loops:
        return
    reported: set[NodeId] = set()
    windows: dict[NodeId, bool] = {}
    for edge in graph.edges.values():
        if graph.nodes[edge.source].loop != graph.nodes[edge.target].loop:
            yield from _crossing(graph, edge, reported, windows)
    for read in graph.reads:
        yield from _reading(graph, read)
    yield from _cycles(graph)
    inside: dict[LoopId, list[Node]] = {loop: [] for loop in graph.loops}
    for node in graph.nodes.values():
        if node.loop is not None:
            inside[node.loop].append(node)
    for loop in graph.loops.values():
        yield from _never_fires(loop, inside[loop.id])
        if len(graph.around(loop.id)) == DEEPEST + 1:
            hint = "let the items leave a loop, and enter the next one"
            yield error(codes.TOO_DEEP, "these loops are nested too deeply", loop.head, hint=hint)


def _node(graph: FlatGraph, node: Node, starved: int) -> Iterator[Diagnostic]:
    operator, name = node.operator, node.operator.name
    if operator.window is not None or operator.leaves_loop:
        where = "enter" if operator.window is not None else "leave"
        if node.loop is None:
            yield error(
                "HF270",
                f"`{name}` stands outside of all loops: it is where items {where} a loop",
                node.span,
                hint=f"write it in a loop: `loop {{ a -> {name}() -> ...; }};`, or leave it out"
                if operator.window is not None
                else "leave it out",
            )
            return
        if operator.window is not None and operator.window.roots_only and graph.loops[node.loop].parent is not None:
            yield error(
                "HF276",
                f"`{name}` stands in a nested loop, and can stand in a root loop only",
                node.span,
                labels=[Label(span=graph.loops[node.loop].head, text="this loop stands in another one")],
                hint="let the items enter by `batch()` or `batch_lazy()` here",
            )
        inner = [
            edge
            for edge in (graph.inputs(node.id) if operator.window is not None else graph.outputs(node.id))
            if graph.nodes[edge.source].loop == graph.nodes[edge.target].loop
        ]
        if inner and operator.window is not None:
            before = graph.nodes[inner[0].source]
            yield error(
                "HF272",
                f"`{name}` is not the first operator inside of its loop: `{before.operator.name}` stands before it",
                node.span,
                labels=[Label(span=before.span, text="this stands in the loop as well")],
                hint=f"let `{name}()` come first, or write what comes before it outside of the loop",
            )
        elif inner:
            after = graph.nodes[inner[0].target]
            yield error(
                "HF273",
                f"`{name}` leads to `{after.operator.name}`, which stands in the same loop",
                node.span,
                labels=[Label(span=after.span, text="this stands in the loop as well")],
                hint=f"name what comes behind it outside of the loop: `out = {after.operator.name}(...);`, and write "
                f"`-> {name}() -> out` in the loop",
            )
    elif node.loop is not None and not graph.inputs(node.id) and not starved:
        yield error(
            "HF274",
            f"`{name}` begins a pipeline inside of a loop, where no source can stand",
            node.span,
            hint=f"write the source outside of the loop and let its items enter: `source -> batch() -> {name}...`"
            if operator.inputs.most != 0
            else f"write `source = {operator.signature};` outside of the loop and `source -> batch() -> ...` in it",
        )
    if node.loop is not None and operator.awaits is not None:
        yield error(
            "HF279",
            f"`{name}` stands in a loop, but an iteration cannot wait",
            node.span,
            hint="let the items leave the loop by `all_iterations()` and wait for them there",
        )


def _crossing(graph: FlatGraph, edge: Edge, reported: set[NodeId], windows: dict[NodeId, bool]) -> Iterator[Diagnostic]:
    """An edge from one loop to another, or into or out of one."""
    source, target = graph.nodes[edge.source], graph.nodes[edge.target]
    left, right = graph.around(source.loop), graph.around(target.loop)
    shared = common(left, right)
    outwards, inwards = len(left) - shared, len(right) - shared
    name = target.operator.name
    if outwards and not source.operator.leaves_loop:
        yield error(
            "HF273",
            f"an arrow leads from `{source.operator.name}` out of the loop to `{name}`, without `all_iterations()`",
            edge.source_port.span,
            labels=[Label(span=graph.loops[left[shared]].head, text="out of this loop")],
            hint="write `-> all_iterations()` behind it, the last operator inside of the loop",
        )
    # If the window is not the first operator, that is reported at the window.
    if inwards and target.operator.window is None and not _leads_to_window(graph, target, windows):
        if target.id not in reported:
            yield error(
                "HF271",
                f"an arrow leads from `{source.operator.name}` into the loop to `{name}`, which does not say how items "
                "enter",
                edge.target_port.span,
                labels=[Label(span=graph.loops[right[shared]].head, text="into this loop")],
                hint=f"let them enter by {_ENTRIES}: `-> batch() -> {name}...`",
            )
        reported.add(target.id)
    for count, loops, way in ((outwards, left, "out of"), (inwards, right, "into")):
        if count > 1:
            yield error(
                "HF275",
                f"an arrow leads {way} {count} loops at once, from `{source.operator.name}` to `{name}`",
                (edge.target_port if way == "into" else edge.source_port).span,
                labels=[Label(span=graph.loops[loop].head, text=f"{way} this loop") for loop in loops[shared:]],
                hint="cross one loop at a time: name a pipeline in the loop between, "
                + ("`a = b -> batch();`" if way == "into" else "`a = identity() -> all_iterations();`"),
            )


def _leads_to_window(graph: FlatGraph, node: Node, known: dict[NodeId, bool]) -> bool:
    """Whether a chain of operators leads from a node to a window within its loop; `known` keeps the answers."""
    chain: dict[NodeId, None] = {}
    found = False
    while node.id not in chain and not found:
        if node.id in known:
            found = known[node.id]
            break
        chain[node.id] = None
        outs = graph.outputs(node.id)
        if len(outs) != 1 or graph.nodes[outs[0].target].loop != node.loop:
            break
        node = graph.nodes[outs[0].target]
        found = node.operator.window is not None
    known.update(dict.fromkeys(chain, found))
    return found


def _reading(graph: FlatGraph, read: Read) -> Iterator[Diagnostic]:
    """A state of a loop can be read in that loop only; one from outside does not change while the loop fires."""
    source, target = graph.nodes[read.source], graph.nodes[read.target]
    if source.loop is not None and source.loop not in graph.around(target.loop):
        yield error(
            "HF278",
            f"`{read.word}` is the state of an operator inside of a loop, and is read outside of it",
            read.span,
            labels=[Label(span=graph.loops[source.loop].head, text=f"`{read.name}` ends in this loop")],
            hint=f"let it leave the loop: `{read.name} -> all_iterations() -> kept;` in the loop and "
            "`kept = singleton();` or `optional();` outside, and read `$kept`",
        )


def _cycles(graph: FlatGraph) -> Iterator[Diagnostic]:
    """Cycles within a loop, except those that go on in its next iteration."""
    successors: dict[NodeId, list[NodeId]] = {node: [] for node in graph.nodes}
    for edge in graph.edges.values():
        if not graph.crosses_ticks(edge):
            successors[edge.source].append(edge.target)
    for group in components(successors):
        if len(group) == 1 and group[0] not in successors[group[0]]:
            continue
        # The stratifier reports cycles that lead through the outside of all loops.
        if any(graph.nodes[node].loop is None for node in group):
            continue
        roots = {graph.around(graph.nodes[node].loop)[0] for node in group}
        if len(roots) > 1:
            continue
        first = group[: MOST_LABELS + 1]
        for node in group:
            name = graph.nodes[node].operator.name
            others = [other for other in first if other != node][:MOST_LABELS]
            yield error(
                "HF277",
                f"`{name}` lies on a cycle inside of a loop",
                graph.nodes[node].span,
                labels=[Label(span=graph.nodes[other].span, text="on the cycle as well") for other in others],
                hint="let it lead through `defer_tick()`: what goes round comes in the next iteration, in a root loop "
                "in the next tick",
            )


def _never_fires(loop: Loop, inside: list[Node]) -> Iterator[Diagnostic]:
    windows = [node for node in inside if node.operator.window is not None]
    if not inside or any(node.operator.window in (Window.BATCH, Window.EAGER) for node in windows):
        return
    waits = [node for node in windows if node.operator.window is Window.SNAPSHOT]
    yield warning(
        "HF292",
        "this loop never fires: none of its entries makes it fire"
        + (", and what waits before `snapshot` grows without bound" if waits else ""),
        loop.head,
        labels=[Label(span=node.span, text="this does not make it fire") for node in windows],
        hint="let what makes it fire enter by `batch()`"
        + (", or by `batch_eager()` for a loop that fires in every tick" if loop.parent is None else ""),
    )
