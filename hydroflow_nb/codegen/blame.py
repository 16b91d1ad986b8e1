"""Whose fault an exception is: the operator, the item, the place in the cell."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from types import FrameType, TracebackType
from typing import Any

from hydroflow_nb.codegen.places import Position
from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import AssertionFailed, ItemError
from hydroflow_nb.ir.graph import Node, PartitionedGraph
from hydroflow_nb.source import Span
from hydroflow_nb.syntax import tree

_NOTHING = object()
# How many items of a batch are looked at to find the one that could not be taken.
MOST_SEARCHED = 1_000_000


def explained(
    exception: BaseException, graph: PartitionedGraph, filename: str, *, tick: int, stratum: int
) -> BaseException:
    """The exception to raise for one that came out of generated code.

    What the user's own code raised is that very exception, with a note that names operator, cell line, item, tick and
    stratum. What an operator could not do with an item is an `ItemError` with a place in the cell.
    """
    found = _generated_frame(exception.__traceback__, filename)
    if found is None or isinstance(exception, (KeyboardInterrupt, SystemExit)):
        return exception
    frame, position, is_deepest = found
    node = _node_at(graph, position)
    if node is None:
        return exception
    item, exact = _item(graph, node, frame)
    clock = f"tick {tick}, stratum {stratum}"
    pattern = _pattern_at(node, position)
    glue = _at(node.call.name_span, position)
    if pattern is not None and is_deepest and isinstance(exception, (TypeError, ValueError)):
        fits = f"does not fit the item {shown(item)}" if item is not _NOTHING else "does not fit an item"
        return _item_error(
            exception,
            "HF401",
            f"the pattern `{pattern.text}` of `{node.operator.name}` {fits}",
            pattern,
            [clock],
            "an item has to have the shape of the pattern: `(a, b)` takes a pair, `_` takes anything",
        )
    if isinstance(exception, Misfit):
        kind = "HF403" if exception.assertion else "HF402"
        return _item_error(exception, kind, f"`{node.operator.name}`: {exception}", node.span, [clock], exception.hint)
    if glue and is_deepest and isinstance(exception, (TypeError, ValueError)):
        return _operator_error(exception, graph, node, frame, item, clock)
    line = node.span.line if position is None else position[0]
    words = "" if item is _NOTHING else f", item {shown(item)}" if exact else f", from item {shown(item)}"
    exception.add_note(f"hydroflow: in `{node.operator.name}` at {node.span.source.label}, line {line}{words}, {clock}")
    return exception


def _operator_error(
    exception: BaseException, graph: PartitionedGraph, node: Node, frame: FrameType, item: Any, clock: str
) -> BaseException:
    name = node.operator.name
    if "unhashable" in str(exception):
        culprit = next((found for found in _candidates(graph, node, frame) if not _hashable(found)), item)
        what = "" if culprit is _NOTHING else f": {shown(culprit)}"
        return _item_error(
            exception,
            "HF404",
            f"`{name}` needs items that can be hashed, this one cannot{what}",
            node.span,
            [str(exception), clock],
            _unhashable_hint(name),
        )
    if "unpack" in str(exception):
        culprit = next((found for found in _candidates(graph, node, frame) if not _is_pair(found)), item)
        what = "" if culprit is _NOTHING else f": {shown(culprit)}"
        return _item_error(
            exception,
            "HF405",
            f"`{name}` takes pairs `(key, value)`, this item is none{what}",
            node.span,
            [clock],
            "`map` the items to pairs first: `-> map(|x| (x, ()))`",
        )
    what = "" if item is _NOTHING else f" {shown(item)}"
    return _item_error(exception, "HF406", f"`{name}` cannot take the item{what}: {exception}", node.span, [clock], "")


def _unhashable_hint(name: str) -> str:
    hint = "`map` it to a tuple: `-> map(|x| tuple(x))`"
    if name in ("join", "cross_join"):
        return f"{hint}, or use `{name}_multiset`, which needs hashable keys only"
    return hint


def _item_error(
    exception: BaseException, code: str, message: str, span: Span, notes: list[str], hint: str
) -> BaseException:
    diagnostic: Diagnostic = error(code, message, span, notes=notes, hint=hint)
    kind = AssertionFailed if isinstance(exception, Misfit) and exception.assertion else ItemError
    made = kind([diagnostic])
    made.__cause__ = None if isinstance(exception, Misfit) else exception
    made.__suppress_context__ = True
    return made


# --- where --------------------------------------------------------------------------------------------------------

_Position = tuple[int, int, int, int] | None


def _generated_frame(traceback: TracebackType | None, filename: str) -> tuple[FrameType, _Position, bool] | None:
    """The innermost frame of generated code, where it stood, and whether none but the engine's own lies below it."""
    found: tuple[FrameType, _Position, bool] | None = None
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_code.co_filename == filename:
            positions = next(islice(frame.f_code.co_positions(), traceback.tb_lasti // 2, None), None)
            line, end_line, column, end_column = positions or (None,) * 4
            exact = line is not None and end_line is not None and column is not None and end_column is not None
            found = (frame, (line, column, end_line, end_column) if exact else None, True)  # type: ignore[assignment]
        elif found is not None and not frame.f_globals.get("__name__", "").startswith("hydroflow_nb.engine"):
            found = (found[0], found[1], False)
        traceback = traceback.tb_next
    return found


def _node_at(graph: PartitionedGraph, position: _Position) -> Node | None:
    if position is None:
        return None
    line, column, _, _ = position
    for node in graph.nodes.values():
        place = Position(node.span)
        if (place.line, place.column) <= (line, column) < (place.end_line, place.end_column):
            return node
    return None


def _at(span: Span, position: _Position) -> bool:
    place = Position(span)
    return position == (place.line, place.column, place.end_line, place.end_column)


def _pattern_at(node: Node, position: _Position) -> Span | None:
    for argument in node.call.arguments:
        if isinstance(argument, tree.Closure):
            for span in _pattern_spans(argument.parameters):
                if _at(span, position):
                    return span
    return None


def _pattern_spans(patterns: tuple[tree.Pattern, ...]) -> Iterator[Span]:
    for pattern in patterns:
        if isinstance(pattern, tree.Sequence):
            yield pattern.span
            yield from _pattern_spans(pattern.items)


# --- which item ---------------------------------------------------------------------------------------------------


def _item(graph: PartitionedGraph, node: Node, frame: FrameType) -> tuple[Any, bool]:
    """The item that a node was working on, as far as the frame still knows it; False: an item that it was made from."""
    variables = frame.f_locals
    step = [node]
    exact = True
    seen = {node.id}
    while step:
        before: list[Node] = []
        for current in step:
            if f"{current.name}_parameter_0" in variables:
                return variables[f"{current.name}_parameter_0"], exact
            for edge in graph.flat.inputs(current.id):
                names = [f"{current.name}_item"] if exact else []
                if edge.id in graph.handoffs:
                    names.append(f"{graph.handoffs[edge.id].name}_item")
                else:
                    source = graph.nodes[edge.source]
                    names.append(f"{source.name}_item")
                    if source.id not in seen:
                        seen.add(source.id)
                        before.append(source)
                for name in names:
                    if name in variables:
                        return variables[name], exact or _transparent(graph, node, current)
        exact = exact and all(current.operator.transparent for current in step)
        step = before
    return _NOTHING, False


def _transparent(graph: PartitionedGraph, node: Node, source: Node) -> bool:
    """True where items come from a node unchanged: only unions, tees and filters lie between."""
    unchanged = ("union", "tee", "filter", "inspect", "identity", "unique")
    return node.id == source.id or source.operator.name in unchanged


def _candidates(graph: PartitionedGraph, node: Node, frame: FrameType) -> Iterator[Any]:
    """The items that a node may have been working on, single ones first, then those of batches."""
    variables = frame.f_locals
    names: list[str] = []
    batches: list[str] = []
    for edge in graph.flat.inputs(node.id):
        if edge.id in graph.handoffs:
            handoff = graph.handoffs[edge.id].name
            names.append(f"{handoff}_item")
            batches += [f"{handoff}_items", handoff]
        source = graph.nodes[edge.source]
        names += [f"{source.name}_item", f"{node.name}_item"]
        batches += [f"{source.name}_batch", f"{source.name}_items", f"{node.name}_items"]
    for name in names:
        if name in variables:
            yield variables[name]
    for name in batches:
        if isinstance(variables.get(name), (list, dict)):
            yield from islice(list(variables[name]), MOST_SEARCHED)


def _hashable(item: Any) -> bool:
    try:
        hash(item)
    except TypeError:
        return False
    return True


def _is_pair(item: Any) -> bool:
    try:
        _, _ = item
    except (TypeError, ValueError):
        return False
    return True
