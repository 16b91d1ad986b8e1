"""The frames of a picture: boxes of strata, in them loops, subgraphs and instances of modules, and what stands in each.

A stratum runs as a whole, so a module whose operators run in several strata, or in subgraphs with operators of others,
has a frame in each: they are its parts. A subgraph or loop that comes from one module alone stands in the module's
frame, all others hold one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from hydroflow_nb.ir.graph import EdgeId, ModuleId, NodeId, common
from hydroflow_nb.ir.partitioned import LoopBlock, PartitionedGraph, Stratum, SubgraphId
from hydroflow_nb.ir.text import printable
from hydroflow_nb.records import dataclass
from hydroflow_nb.render.options import inner_handoffs, outer_handoffs

LONGEST_LEGEND: Final = 14

# The instances around something, outermost first.
_Path: TypeAlias = tuple[ModuleId, ...]
# What stands in a frame: where it comes from, the operators in it, and the frame, or an element.
_Member: TypeAlias = "tuple[_Path, frozenset[NodeId], Frame | str]"


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A box of a `kind` ("stratum", "loop", "sg", "module") around elements and frames. `legend` stands on its border,
    `title` is the whole.
    """

    element: str
    kind: str
    legend: str
    title: str
    members: Sequence[Frame | str]

    def walk(self) -> Iterator[Frame]:
        """The frame and those in it, outer ones first."""
        yield self
        for member in self.members:
            if isinstance(member, Frame):
                yield from member.walk()


def frames_of(graph: PartitionedGraph) -> list[Frame]:
    """The strata, or the locations of a system, with all that stands in them."""
    return _Framing(graph).strata()


def shortened(text: str) -> str:
    """A text with room for it in a picture."""
    text = printable(text)
    return text if len(text) <= LONGEST_LEGEND else text[: LONGEST_LEGEND - 1] + "…"


class _Framing:
    def __init__(self, graph: PartitionedGraph) -> None:
        self.graph = graph
        self.within, self.between = inner_handoffs(graph), outer_handoffs(graph)
        self.edges: dict[str, EdgeId] = {handoff.element: edge for edge, handoff in graph.handoffs.items()}
        self.paths: dict[ModuleId | None, _Path] = {None: ()}
        self.paths |= {module: graph.flat.instances(module) for module in graph.modules}
        # How many frames each instance has so far.
        self.parts: dict[ModuleId, int] = {}

    def strata(self) -> list[Frame]:
        found = []
        for number, stratum in enumerate(self.graph.strata):
            element, kind, name = f"stratum-{number}", "stratum", f"stratum {number}"
            members = self.members([stratum], self.between.get(element, ()), 0)
            if self.graph.locations:
                kind, name = "location", printable(self.graph.locations[number])
                # What runs at a location is one subgraph here, which needs no box of its own.
                members = [inner for one in members for inner in (one.members if isinstance(one, Frame) else [one])]
            found.append(Frame(element=element, kind=kind, legend=name, title=name, members=members))
        return [self.named(frame) for frame in found] if self.parts else found

    def members(self, strata: Iterable[Stratum], handoffs: Iterable[str], depth: int) -> list[Frame | str]:
        """What stands in a stratum, or in a loop with its strata, within so many instances."""
        parts = [self.part(part) for stratum in strata for part in self.subparts(stratum)]
        return self.grouped([*parts, *(self.handoff(element, parts) for element in handoffs)], depth)

    def subparts(self, stratum: Stratum) -> Iterator[LoopBlock | SubgraphId]:
        for part in stratum:
            if isinstance(part, LoopBlock):
                yield part
            else:
                yield from part.subgraphs

    def part(self, part: LoopBlock | SubgraphId) -> _Member:
        graph = self.graph
        if isinstance(part, LoopBlock):
            loop = graph.loops[part.loop]
            subgraphs = [identity for component in part.components() for identity in component.subgraphs]
            nodes = frozenset(node for identity in subgraphs for node in graph.subgraphs[identity].nodes)
            path = self.shared(nodes)
            members = self.members(part.strata, self.between.get(loop.element, ()), len(path))
            element, kind, legend, title = loop.element, "loop", shortened(loop.title), printable(loop.title)
        else:
            subgraph = graph.subgraphs[part]
            nodes = frozenset(subgraph.nodes)
            path = self.shared(nodes)
            inner: list[_Member] = [
                (self.paths[graph.nodes[node].module], frozenset((node,)), graph.nodes[node].element)
                for node in subgraph.nodes
            ]
            inner += [self.handoff(element, inner) for element in self.within.get(part, ())]
            members = self.grouped(inner, len(path))
            element, kind, legend = subgraph.element, "sg", f"subgraph {part}"
            title = f"subgraph {part}, stratum {subgraph.stratum}"
        return path, nodes, Frame(element=element, kind=kind, legend=legend, title=title, members=members)

    def handoff(self, element: str, parts: Sequence[_Member]) -> _Member:
        """A handoff belongs to the module of both its ends, beside what takes its items out."""
        if len(self.paths) == 1:
            return (), frozenset(), element
        edge = self.graph.edges[self.edges[element]]
        path = self.shared((edge.source, edge.target))
        beside = next((around for around, nodes, _ in parts if edge.target in nodes), ())
        return path[: common(path, beside)], frozenset(), element

    def shared(self, nodes: Iterable[NodeId]) -> _Path:
        """The instances that all of these operators come from."""
        found: _Path | None = None
        for module in {self.graph.nodes[node].module for node in nodes}:
            path = self.paths[module]
            found = path if found is None else found[: common(found, path)]
        return found or ()

    def grouped(self, members: Sequence[_Member], depth: int) -> list[Frame | str]:
        """The members, those of one more instance in its frame, which stands where the first of them stood."""
        groups: dict[ModuleId | int, list[_Member]] = {}
        for index, member in enumerate(members):
            path = member[0]
            groups.setdefault(path[depth] if len(path) > depth else -index - 1, []).append(member)
        found: list[Frame | str] = []
        for key, inner in groups.items():
            if key < 0:
                found.append(inner[0][2])
            else:
                found.append(self.module(ModuleId(key), self.grouped(inner, depth + 1)))
        return found

    def module(self, module: ModuleId, members: Sequence[Frame | str]) -> Frame:
        instance = self.graph.modules[module]
        self.parts[module] = number = self.parts.get(module, 0) + 1
        title = f"{printable(instance.title)}, imported in line {instance.call.line}"
        return Frame(
            element=f"{instance.element}.{number}",
            kind="module",
            legend=shortened(instance.title),
            title=title,
            members=members,
        )

    def named(self, frame: Frame) -> Frame:
        """The frame with the number of its part, where its module has several, and without it where it has one."""
        members = [self.named(member) if isinstance(member, Frame) else member for member in frame.members]
        if frame.kind != "module":
            return replace(frame, members=members)
        element, _, number = frame.element.partition(".")
        count = self.parts[ModuleId(int(element.removeprefix("module-")))]
        if count == 1:
            return replace(frame, element=element, members=members)
        legend, title = f"{frame.legend} {number}/{count}", f"{frame.title}, part {number} of {count}"
        return replace(frame, legend=legend, title=title, members=members)
