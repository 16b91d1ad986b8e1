"""A partitioned graph as text: what a terminal, an untrusted notebook or a code host's preview shows of a flow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

from hydroflow_nb.ir.graph import Node, NodeId
from hydroflow_nb.ir.partitioned import Component, Handoff, LoopBlock, PartitionedGraph, Stratum, SubgraphId, Wire
from hydroflow_nb.operators.record.operator import InputDelay

# A user's argument can be a megabyte long: drawings and listings show this many characters of it at most.
LONGEST_CALL = 2_000
LISTED_WIDTH = 60
SHORT_WIDTH = 26
# Fewer characters of an argument than this say nothing: then it is left out.
LEAST_ARGUMENT = 6


def printable(text: str) -> str:
    """The text on one line: white space becomes single spaces, what cannot be shown or turns the text round a `�`."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in _line(text))


def call_text(node: Node, width: int = LONGEST_CALL) -> str:
    """An operator's call as it is written, on one line and cut after `width` characters."""
    return _cut(printable(node.span.text[: 2 * LONGEST_CALL]), width)


def short_text(node: Node, width: int = SHORT_WIDTH) -> str:
    """An operator's call in few characters: name and generics whole, the arguments cut with an ellipsis.

    The text is longer than the width only where the name and the generics are; long generics are cut as well.
    """
    whole = call_text(node)
    if len(whole) <= width:
        return whole
    call = node.call
    if not call.arguments:
        return f"{call.name}::<…>()"
    start = call.arguments[0].span.start
    head = printable(node.span.source.text[node.span.start : min(start, node.span.start + LONGEST_CALL)])
    if len(head) + len("…)") > max(width, SHORT_WIDTH):
        head = f"{call.name}::<…>("
    arguments = printable(node.span.source.text[start : min(node.span.end, start + LONGEST_CALL)])
    room = width - len(head) - len("…)")
    return f"{head}{arguments[:room].rstrip() if room >= LEAST_ARGUMENT else ''}…)"


def delay_word(delay: InputDelay) -> str:
    """The word that stands at a delayed edge in drawings and listings."""
    match delay:
        case InputDelay.STRATUM:
            return "blocking"
        case InputDelay.TICK:
            return "tick"
        case InputDelay.LAZY:
            return "lazy tick"
        case InputDelay.ACCUMULATING:
            return "accumulating"
    assert_never(delay)


def input_names(graph: PartitionedGraph) -> dict[str, NodeId]:
    """The operators that take items from outside, by the text of their first argument, or of the call without one:
    `edges` for `source_stream(edges)`, `edges (2)` for a second operator with that text.
    """
    names: dict[str, NodeId] = {}
    seen: dict[str, int] = {}
    for node in graph.inputs():
        text = _line((node.call.arguments[0] if node.call.arguments else node.call).span.text)
        seen[text] = seen.get(text, 0) + 1
        names[text if seen[text] == 1 else f"{text} ({seen[text]})"] = node.id
    return names


def _no_word(_: Wire) -> str:
    return ""


def as_text(graph: PartitionedGraph, word: Callable[[Wire], str] = _no_word) -> str:
    """The graph in the order of execution, a line for each operator or handoff: its id, its call, whether it pulls or
    pushes, its place (line and column), and where its items go, with ports. Then come the operators that read its state
    by `$name`. `word` gives what is said of a wire, which stands in brackets behind it. The same graph gives the same
    text.

    A handoff is listed with the subgraph that takes its items out. A loop stands in its stratum, and has strata of its
    own: `stratum 1.0` is the first one of each of its iterations.
    """
    counts = ", ".join(
        [
            _counted(len(graph.strata) if graph.nodes else 0, "stratum", "strata"),
            _counted(len(graph.subgraphs), "subgraph", "subgraphs"),
            _counted(len(graph.nodes), "operator", "operators"),
            _counted(len(graph.handoffs), "handoff", "handoffs"),
        ]
    )
    if graph.loops:
        counts += f", {_counted(len(graph.loops), 'loop', 'loops')}"
    lines = [f"flow {printable(graph.name)}: {counts}"]
    if not graph.nodes:
        return lines[0]
    sections = list(_sections(graph, word))
    cells = [row for _, _, rows in sections for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    for depth, title, rows in sections:
        indent = "  " * depth
        lines.append(indent + title)
        lines += [
            (
                f"{indent}  " + "  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True))
            ).rstrip()
            for row in rows
        ]
    return "\n".join(lines)


_Row = tuple[str, str, str, str, str]


def _sections(graph: PartitionedGraph, word: Callable[[Wire], str]) -> Iterator[tuple[int, str, list[_Row]]]:
    """The depth of indentation, the title and the rows of each section."""
    going = _going(graph, word)
    drained: dict[SubgraphId, list[Handoff]] = {}
    for edge, handoff in graph.handoffs.items():
        drained.setdefault(graph.subgraph_of[graph.edges[edge].target], []).append(handoff)
    waiting: list[tuple[int, str, Component | LoopBlock | Stratum]] = [
        (0, f"stratum {number}", stratum) for number, stratum in reversed(list(enumerate(graph.strata)))
    ]
    while waiting:
        depth, title, part = waiting.pop()
        match part:
            case LoopBlock(loop=loop, strata=strata):
                yield depth, f"{graph.loops[loop].element} {printable(graph.loops[loop].title)}", []
                waiting += [
                    (depth + 1, f"{title}.{number}", inner) for number, inner in reversed(list(enumerate(strata)))
                ]
            case Component(subgraphs=subgraphs, cyclic=cyclic):
                for identity in subgraphs:
                    rows = [*_handoff_rows(drained.get(identity, []), going), *_operator_rows(graph, identity, going)]
                    yield depth, f"subgraph {identity}{', in a cycle' if cyclic else ''}", rows
            case stratum:
                yield depth, title, []
                waiting += [(depth + 1, title, inner) for inner in reversed(stratum)]


def _handoff_rows(handoffs: list[Handoff], going: dict[str, str]) -> Iterator[_Row]:
    for handoff in handoffs:
        yield (handoff.element, _delay_text(handoff), "", "", going[handoff.element])


def _operator_rows(graph: PartitionedGraph, subgraph: SubgraphId, going: dict[str, str]) -> Iterator[_Row]:
    for identity in graph.subgraphs[subgraph].nodes:
        node = graph.nodes[identity]
        span = node.place
        place = f"{span.line}:{span.column}"
        if span.source is not graph.flat.source:
            place = f"{printable(span.source.label)}:{place}"
        text = call_text(node, LISTED_WIDTH)
        yield (node.element, text, graph.sides[identity], place, going.get(node.element, ""))


def _delay_text(handoff: Handoff) -> str:
    return f"({delay_word(handoff.delay)})" if handoff.delay else ""


def _in_brackets(word: str) -> str:
    return f" ({word})" if word else ""


def _going(graph: PartitionedGraph, word: Callable[[Wire], str]) -> dict[str, str]:
    """Where the items of an operator or handoff go, in the order of its output ports, and who reads its state."""
    wires: dict[str, list[Wire]] = {}
    for wire in graph.wires:
        wires.setdefault(wire.source, []).append(wire)
    texts: dict[str, list[str]] = {}
    for element, found in wires.items():
        found.sort(key=lambda wire: wire.edge.source_port.order)
        texts[element] = [
            f"{_port(wire.source_port)}-> {_port(wire.target_port)}{wire.target}{_in_brackets(word(wire))}"
            for wire in found
        ]
    for read in graph.reads:
        source, target = graph.nodes[read.source], graph.nodes[read.target]
        texts.setdefault(source.element, []).append(f"{printable(read.word)} -> {target.element}")
    return {element: ", ".join(parts) for element, parts in texts.items()}


def _port(text: str) -> str:
    return f"[{printable(text)}] " if text else ""


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _line(text: str) -> str:
    return " ".join(text.split())
