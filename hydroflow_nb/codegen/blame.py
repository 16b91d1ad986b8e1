"""Finds what an exception belongs to: the operator, the item, the place in the cell."""

from __future__ import annotations

import ast
import dis
import re
import sys
from collections.abc import Iterator
from itertools import islice, pairwise
from types import FrameType, TracebackType
from typing import Any

from hydroflow_nb import expressions
from hydroflow_nb.codegen.at_fault import NOTHING, AtFault
from hydroflow_nb.codegen.held import Held
from hydroflow_nb.codegen.live import Stopped
from hydroflow_nb.codegen.places import NodePlaces, Position
from hydroflow_nb.codegen.unfound import hint_for, names_there
from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.engine.misfit import RETURNS_THE_VALUE, Misfit, Unhashable
from hydroflow_nb.engine.notes import annotate, came_through_a_flow, is_kind, traceback_of
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import AssertionFailed, ItemError
from hydroflow_nb.ir.graph import Node
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.operators.record.facts import Emits, LooksUp, Wanted
from hydroflow_nb.operators.record.operator import Operator
from hydroflow_nb.source import Span

# What to write where messages go to programs of other make.
_TO_OTHERS = "send `(item, address)`: what goes to an external location names its receiver"
_ROUTES = "send `(item, member)`, or choose members by `.all`, `.others`, `.next` or `.by(...)`"


def explained(
    exception: BaseException,
    graph: PartitionedGraph,
    held: Held,
    filename: str,
    *,
    tick: int,
    stratum: int,
    loading: NodePlaces | None = None,
) -> BaseException:
    """The exception to raise for one that came out of generated code.

    An exception of the user's own code is returned itself, with a note that names operator, cell line, item, tick,
    stratum and iteration. Where an operator could not work with an item, an `ItemError` has the place in the cell.
    `held` tells which variables hold the items of which operator. `loading` holds all places of the graph; it is given
    where one load raised several exceptions, and then there are no items.
    """
    traceback = traceback_of(exception)
    if is_kind(exception, KeyboardInterrupt):
        _give_lines(traceback)
    frames, position, is_deepest = generated_frames(traceback, filename)
    if not frames or is_kind(exception, KeyboardInterrupt):
        return exception
    frame = frames[-1]
    node = position and (loading or NodePlaces(graph.nodes.values())).at(*position[:2])
    if not node:
        return exception
    # A body compiled to a separate function has only its parameters; the loop that called it has the item.
    at_fault = AtFault(graph, held)
    found = (at_fault.item(node, frame) for frame in reversed(frames) if loading is None)
    item, exact = next(((item, exact) for item, exact in found if item is not NOTHING), (NOTHING, False))
    iterations = at_fault.iterations(node, frames)
    clock = f"tick {tick}, stratum {stratum}" + (f", iteration {iterations}" if iterations else "")
    message = item
    if any(one.made is not None for one in graph.nodes.values()):
        item = _item_in(item, node)
    pattern = _pattern_at(node, position)
    glue = _at(node.call.name_span, position) or _begins_loop(traceback, node, position)
    if pattern is not None and is_deepest and is_kind(exception, (TypeError, ValueError)):
        fitted = "an item" if item is NOTHING else f"the item {shown(item)}"
        if item is not NOTHING and not exact:
            fitted = f"what was made from {fitted}"
        message = f"the pattern `{pattern.span.text}` of `{node.word}` does not fit {fitted}"
        # A sequence that does not fit fails before it is matched as an instance.
        exception.__suppress_context__ = True
        if node.made is not None and not node.made.start <= pattern.span.start < node.made.end:
            # The only made pattern that does not fit is the one that takes the receiver off an item.
            message = f"`~>` to a cluster takes pairs `(item, member)`; this item is not one: {shown(item)}"
            return _item_error(exception, "HF511", message, node.place, [clock], _ROUTES)
        notes = [str(exception), clock, *_as_it_came(graph, node)]
        return _item_error(exception, "HF401", message, pattern.span, notes, _fitting(pattern))
    if type(exception) is Misfit:
        kind = "HF403" if exception.assertion else "HF402"
        if node.made is None:
            return _item_error(exception, kind, f"`{node.word}`: {exception}", node.place, [clock], exception.hint)
        place, words = _departure(graph, node, message), _without_channel(str(exception), message)
        hint = exception.hint if node.sends or item is not message else _TO_OTHERS
        return _item_error(exception, kind, f"`~>`: {words}", place, [clock], hint)
    # An exception from an awaitable is the user's, also where no frame shows it.
    awaited = node.operator.awaits is not None or node.operator.facts.emits is Emits.AWAITED
    if glue and is_deepest and is_kind(exception, (TypeError, ValueError)) and not awaited:
        return _operator_error(exception, at_fault, node, frame, item, clock)
    line = position[0] - node.span.source.code_offset if position is not None and node.made is None else node.place.line
    words = "" if item is NOTHING else f", item {shown(item)}" if exact else f", from item {shown(item)}"
    annotate(
        exception,
        f"hydroflow: in `{node.word}` at {node.place.source.label}, line {line}{words}, {clock}",
        anew=not came_through_a_flow(_behind(traceback, frames[0].frame)),
    )
    if type(exception) is AttributeError and exception.name == "merge" and isinstance(exception.obj, bool):
        # The value that an earlier merge returned.
        annotate(exception, f"hydroflow: `merge` returns whether it changed the value: {RETURNS_THE_VALUE}", anew=False)
    elif loading is None and (hint := hint_for(exception, names_there(exception, traceback))):
        annotate(exception, f"hydroflow: {hint}", anew=False)
    if is_deepest and is_kind(exception, (TypeError, AttributeError)):
        for note in _as_it_came(graph, node):
            annotate(exception, f"hydroflow: {note}", anew=False)
    return exception


def _as_it_came(graph: PartitionedGraph, node: Node) -> list[str]:
    """What the items are that come to an operator straight over a `~>`; nothing for another operator."""
    for edge in graph.flat.inputs(node.id) if node.made is None else ():
        source = graph.nodes[edge.source]
        match source.call.arguments if source.made is not None and not source.sends else ():
            case (expressions.Closure(body=ast.Tuple(elts=[_, _])),):
                return ["what comes from a cluster is `(item, sender)`: `|(x, who)| ...` takes it apart"]
            case (expressions.Closure(body=ast.Name()),):
                return ["what comes from a process comes as it is, without a sender"]
    return []


def blamed_span(exception: BaseException, graph: PartitionedGraph, filename: str, loading: NodePlaces) -> Span:
    """The span of the flow's text whose code raised an exception; the start of the text where it is not known."""
    _, position, _ = generated_frames(traceback_of(exception), filename)
    node = loading.at(*position[:2]) if position else None
    if position is None or node is None:
        return graph.flat.source.span(0, 0)
    source, line, column, end_line, end_column = node.span.source, *position
    if type(exception) is NameError and _at(node.call.name_span, position):
        # A name that is a whole argument has the place of the operator.
        named = (part for part in _parts(node) if isinstance(part, ast.Name) and part.id == exception.name)
        line, column, end_line, end_column = next(map(_position_of, named), position)
    ends = ((line, column), (end_line, end_column))
    return source.span(*(source.offset(number - source.code_offset, place) for number, place in ends))


def _parts(node: Node) -> Iterator[ast.AST]:
    """All expressions of the user in an operator's arguments, with their parts."""
    for argument in node.call.arguments:
        yield from ast.walk(argument.body if isinstance(argument, expressions.Closure) else argument.node)


def _position_of(part: ast.expr) -> tuple[int, int, int, int]:
    return part.lineno, part.col_offset, part.end_lineno or part.lineno, part.end_col_offset or part.col_offset


def _fitting(pattern: expressions.Sequence | expressions.Instance) -> str:
    """A hint that tells which items fit a pattern."""
    if isinstance(pattern, expressions.Instance):
        name = ".".join(pattern.path)
        return f"`{name}(a, b)` takes an instance of `{name}` that has two fields, in their order; `_` takes anything"
    return "an item has to have the shape of the pattern: `(a, b)` takes a pair, `_` takes anything"


def _give_lines(traceback: TracebackType | None) -> None:
    """Give every place in a traceback a line: the tools that show tracebacks rely on it.

    In Python 3.11 a jump back to the start of a loop may be without a line, and interrupts are raised there.
    """
    while traceback is not None and (place := traceback.tb_next) is not None:
        # typeshed does not know that a line may be None.
        number: int | None = place.tb_lineno
        if number is None:
            code, reached = place.tb_frame.f_code, place.tb_lasti
            before = [line for begin, _, line in code.co_lines() if begin <= reached and line is not None]
            number = before[-1] if before else code.co_firstlineno
            traceback.tb_next = place = TracebackType(place.tb_next, place.tb_frame, reached, number)
        traceback = place


def _behind(traceback: TracebackType | None, frame: FrameType) -> TracebackType | None:
    """The part of a traceback that begins with a frame."""
    while traceback is not None and traceback.tb_frame is not frame:
        traceback = traceback.tb_next
    return traceback


def _operator_error(
    exception: BaseException, at_fault: AtFault, node: Node, frame: Stopped, item: Any, clock: str
) -> BaseException:
    """The error for an item that an operator's own code could not work with."""
    name, text = node.word, str(exception)
    candidates = list(at_fault.candidates(node, frame))
    if "unhashable" in text:
        found: Any = NOTHING
        if isinstance(exception, Unhashable):
            keyed, found = False, exception.item
        else:
            keyed = node.operator.facts.looks_up is LooksUp.KEY
            found = next((item for item in candidates if not _hashable(_key(item) if keyed else item)), NOTHING)
            if found is NOTHING and not _hashable(item):
                # The pair was never built: its key was an item before.
                found = item
        needs = "keys that can be hashed; the key of this item" if keyed else "items that can be hashed; this item"
        return _item_error(
            exception,
            "HF404",
            f"`{name}` needs {needs} cannot{_named(found)}",
            node.place,
            [text, clock],
            _unhashable_hint(keyed=keyed),
        )
    pair = node.operator.result(Wanted.PAIR)
    if "unpack" in text and pair is not None:
        returned = at_fault.returned(node, frame)
        return _item_error(
            exception,
            "HF409",
            f"the function of `{name}` returned something that is not {pair.words}{_named(returned)}",
            node.place,
            [clock],
            pair.hint,
        )
    if "unpack" in text:
        found = next((item for item in candidates if not _is_pair(item)), NOTHING)
        return _item_error(
            exception,
            "HF405",
            f"`{name}` takes pairs `(key, value)`; this item is not a pair{_named(found)}",
            node.place,
            [clock],
            "`map` the items to pairs first: `-> map(|x| (x, ()))`",
        )
    if "not iterable" in text:
        # In bulk code, an operator further downstream iterates over what this one gave it.
        graph = at_fault.graph
        while not _goes_through(node.operator) and graph.flat.inputs(node.id):
            node = graph.nodes[graph.flat.inputs(node.id)[0].source]
        # Python's message names the type. For None that says all, and the item shown is the one that it was made from.
        item, _ = at_fault.item(node, frame)
        returned = re.match(r"'(\w+)' object is not iterable", text)
        kind = returned[1].replace("NoneType", "None") if returned else ""
        wanted = node.operator.result(Wanted.ITERABLE)
        if wanted is None:
            message = f"`{node.operator.name}` takes items that can be iterated; this item cannot{_named(item)}"
            hint = "`map` it to a list first: `-> map(|x| [x])`"
        else:
            what = f"{kind}, which" if kind == "None" else f"{_article(kind)} `{kind}`, which" if kind else "what"
            origin = "" if item is NOTHING else f", for the item {shown(item)}"
            message = f"the function of `{node.operator.name}` returned {what} cannot be iterated{origin}"
            hint = wanted.hint
        return _item_error(exception, "HF407", message, node.place, [text, clock], hint)
    if "not supported between instances" in text:
        by_key = node.operator.result(Wanted.COMPARABLE)
        two = None if by_key else _incomparable(candidates)
        return _item_error(
            exception,
            "HF408",
            f"`{name}` cannot compare the {'keys of its items' if by_key else 'items'}"
            + ("" if two is None else f" {shown(two[0])} and {shown(two[1])}"),
            node.place,
            [text, clock],
            by_key.hint if by_key else "sort by something that can be compared: `-> sort_by_key(|x| str(x))`",
        )
    words = "" if item is NOTHING else f" {shown(item)}"
    return _item_error(exception, "HF406", f"`{name}` cannot take the item{words}: {text}", node.place, [clock], "")


def _item_in(message: Any, node: Node) -> Any:
    """The item of a person in a message, which has the name of its channel and a sender or receiver beside it."""
    match message:
        case ({"channel": str(), "item": inner}, _):
            return inner
        case (tuple() as named, _) if getattr(named, "_fields", None) == ("channel", "item"):
            return named[1]
        case (_, inner) if _is_beside(node):
            return inner
    return message


def _is_beside(node: Node) -> bool:
    """Whether the item of a person comes second to what was made for it: its key, or whose turn it is."""
    match node.call.arguments if node.sends else ():
        case (expressions.Closure(parameters=(expressions.Sequence(items=[_, expressions.Binding(name=name)]),)),):
            return name.startswith("item")
    return False


def _departure(graph: PartitionedGraph, node: Node, message: Any) -> Span:
    """The `~>` by which a message left, which met a fault in the sink of all of them."""
    match message:
        case ({"channel": str(channel)}, _):
            found = (one.place for one in graph.nodes.values() if one.sends == channel)
            return next(found, node.place)
    # What bears no name of a channel goes to programs of other make; one `~>` stands for all that lead to them.
    outside = (edge.target_port.span for edge in graph.flat.edges.values() if edge.leaves)
    return next(outside, node.place)


def _without_channel(words: str, message: Any) -> str:
    """What is said of a message, as it is said of the item in it."""
    match message:
        case ({"channel": str(), "item": inner} as tagged, _):
            whole = f"the value at 'item' of {shown(tagged)}"
            return words.replace(f", {whole}", "").replace(whole, shown(inner))
    return words


def _goes_through(operator: Operator) -> bool:
    """True where the operator iterates over each item, or over what its function returns for it."""
    return operator.facts.iterates or operator.result(Wanted.ITERABLE) is not None


def _article(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"


_LOOPS_BEGIN_AT_WHAT_IS_GIVEN: bool = sys.version_info >= (3, 13)
_BEGINS_LOOP = dis.opmap["GET_ITER"]


def _unhashable_hint(*, keyed: bool) -> str:
    if keyed:
        return "make the key one that can be hashed: `-> map(|(key, value)| (tuple(key), value))`"
    return "`map` it to a tuple: `-> map(|x| tuple(x))`"


def _named(item: Any) -> str:
    return "" if item is NOTHING else f": {shown(item)}"


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


def generated_frames(traceback: TracebackType | None, filename: str) -> tuple[list[Stopped], _Position, bool]:
    """The frames of generated code, outermost first; where the innermost stood; whether only engine code is below."""
    frames: list[Stopped] = []
    position: _Position = None
    is_deepest = True
    while traceback is not None:
        frame = traceback.tb_frame
        module = frame.f_globals.get("__name__", "")
        if frame.f_code.co_filename == filename:
            positions = next(islice(frame.f_code.co_positions(), traceback.tb_lasti // 2, None), None)
            line, end_line, column, end_column = positions or (None,) * 4
            exact = line is not None and end_line is not None and column is not None and end_column is not None
            position = (line, column, end_line, end_column) if exact else None  # type: ignore[assignment]
            frames.append(Stopped(frame, traceback.tb_lasti))
            is_deepest = True
        elif frames and module.startswith("hydroflow_nb.running."):
            # The user's code runs another flow from inside this one.
            return frames, position, False
        elif not module.startswith("hydroflow_nb.engine"):
            is_deepest = False
        traceback = traceback.tb_next
    return frames, position, is_deepest


def _at(span: Span, position: _Position) -> bool:
    place = Position(span)
    return position == (place.line, place.column, place.end_line, place.end_column)


def _begins_loop(traceback: TracebackType | None, node: Node, position: _Position) -> bool:
    """True where it was raised as an operator's own loop began to iterate over what the user's code gave it.

    From Python 3.13 on such an exception has the place of the user's expression; a comprehension's loop has another.
    """
    if not _LOOPS_BEGIN_AT_WHAT_IS_GIVEN:
        return False
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None or traceback.tb_frame.f_code.co_code[traceback.tb_lasti] != _BEGINS_LOOP:
        return False
    return all(position != _position_of(part.iter) for part in _parts(node) if isinstance(part, ast.comprehension))


def _pattern_at(node: Node, position: _Position) -> expressions.Sequence | expressions.Instance | None:
    for argument in node.call.arguments:
        if isinstance(argument, expressions.Closure):
            for pattern in _compound(argument.parameters):
                if _at(pattern.span, position):
                    return pattern
    return None


def _compound(patterns: tuple[expressions.Pattern, ...]) -> Iterator[expressions.Sequence | expressions.Instance]:
    """The patterns that destructure a value, outer ones first."""
    for pattern in patterns:
        if isinstance(pattern, expressions.Sequence | expressions.Instance):
            yield pattern
            yield from _compound(pattern.items)


# --- what is wrong with it ----------------------------------------------------------------------------------------


def _incomparable(items: list[Any]) -> tuple[Any, Any] | None:
    """Two items that cannot be compared: neighbours, or the first item and a later one; None if none are found."""
    for left, right in (*((items[0], item) for item in items[1:]), *pairwise(items)):
        try:
            _ = left < right
        except TypeError:
            return left, right
        except Exception:  # an exception of the user's own comparison is another fault
            continue
    return None


def _key(item: Any) -> Any:
    """The key by which an item is looked up; an item that is not a pair has another fault."""
    return item[0] if isinstance(item, (tuple, list)) and len(item) == 2 else None


def _hashable(item: Any) -> bool:
    try:
        hash(item)
    except TypeError:
        return False
    except Exception:  # an exception of the user's own `__hash__` is another fault
        return True
    return True


def _is_pair(item: Any) -> bool:
    try:
        _, _ = item
    except Exception:  # a user's class may fail in its own way
        return False
    return True
