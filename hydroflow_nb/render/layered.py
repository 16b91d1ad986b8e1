"""A layered layout in plain Python, for where no Graphviz can be run, as in a browser, and for graphs too large for it.

It is Sugiyama's method, applied to boxes in boxes: the members of a box stand in rows, and edges lead from row to row;
the order within rows is found by barycentres, the places by least squares. Ranks are given from the outside in, so that
it is known at which side an edge leaves a box; then boxes are laid out from the inside out, each as one member of the
box around it. See K. Sugiyama, S. Tagawa, M. Toda: Methods for visual understanding of hierarchical system structures
(1981), and E. Gansner, E. Koutsofios, S. North, K.-P. Vo: A technique for drawing directed graphs (1993).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import chain, pairwise

from hydroflow_nb.records import dataclass
from hydroflow_nb.render.geometry import Box, Curve, Point
from hydroflow_nb.render.rows import Item, Rows

# Edges at one side of a node begin so far from each other, where there is room.
_APART = 14.0


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A box with members: names of nodes, and boxes in it."""

    name: str
    members: Sequence[str | Cluster]


@dataclass(frozen=True, kw_only=True)
class Link:
    """An edge between two nodes. One that is not shown only holds the source above the target."""

    name: str
    source: str
    target: str
    is_shown: bool = True


@dataclass(frozen=True, kw_only=True)
class Spacing:
    """Lengths in points: between two rows, between two members of a row, from a box to what is in it, of a tip."""

    rows: float
    members: float
    margin: float
    tip: float


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Where everything stands; the box of the whole begins at (0, 0)."""

    width: float
    height: float
    boxes: Mapping[str, Box]
    curves: Mapping[str, Curve]


def place(root: Cluster, sizes: Mapping[str, tuple[float, float]], links: Sequence[Link], spacing: Spacing) -> Placed:
    """The places of boxes, nodes and shown edges. `sizes` are the widths and heights of the nodes."""
    return _Placing(root, sizes, links, spacing).placed()


@dataclass(kw_only=True)
class _Inside:
    """A box while it is laid out, in coordinates of its own; `ways` are the points of each edge, from top to bottom."""

    cluster: Cluster
    # The members that hold the ends of an edge, upper one first; None is the border of the box.
    edges: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    forced: list[tuple[str, str]] = field(default_factory=list)
    ranks: dict[str, int] = field(default_factory=dict)
    centres: dict[str, Point] = field(default_factory=dict)
    ways: dict[str, list[Point]] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0


class _Placing:
    def __init__(
        self, root: Cluster, sizes: Mapping[str, tuple[float, float]], links: Sequence[Link], spacing: Spacing
    ) -> None:
        self.root = root
        self.sizes = sizes
        self.spacing = spacing
        self.inside: dict[str, _Inside] = {}
        # The boxes around a node or a box, outermost first, and itself.
        self.paths: dict[str, tuple[str, ...]] = {}
        self.links = {link.name: link for link in links}
        # The edges that lead up: their sources stand below their targets.
        self.upwards: set[str] = set()
        self.enter(root, ())
        self.divide(links)
        for inside in reversed(self.inside.values()):
            self.lay_out(inside)

    def enter(self, cluster: Cluster, around: tuple[str, ...]) -> None:
        self.inside[cluster.name] = _Inside(cluster=cluster)
        self.paths[cluster.name] = path = (*around, cluster.name)
        for member in cluster.members:
            if isinstance(member, Cluster):
                self.enter(member, path)
            else:
                self.paths[member] = (*path, member)

    # --- ranks, and which part of an edge lies in which box -----------------------------------------------------------

    def divide(self, links: Sequence[Link]) -> None:
        """Rank the members of every box, and give every box its parts of the edges."""
        meets: dict[str, list[Link]] = {name: [] for name in self.inside}
        for link in links:
            meets[self.meeting(link)[0]].append(link)
        for name, inside in self.inside.items():
            own = [(link, *self.meeting(link)[1:]) for link in meets[name]]
            inside.ranks = _ranks([_name(one) for one in inside.cluster.members], [(a, b) for _, a, b in own])
            for link, source, target in own:
                if not link.is_shown or source == target:
                    continue
                is_upward = inside.ranks[source] > inside.ranks[target]
                inside.edges[link.name] = (target, source) if is_upward else (source, target)
                self.upwards |= {link.name} if is_upward else set()
                for end, leaves_below in ((link.source, not is_upward), (link.target, is_upward)):
                    path = self.paths[end]
                    for around, member in pairwise(path[path.index(name) + 1 :]):
                        self.inside[around].edges[link.name] = (member, None) if leaves_below else (None, member)

    def meeting(self, link: Link) -> tuple[str, str, str]:
        """The innermost box that holds both ends of an edge, and the members of it in which they are."""
        one, other = self.paths[link.source], self.paths[link.target]
        shared = sum(1 for a, b in zip(one[:-1], other[:-1], strict=False) if a == b)
        return one[shared - 1], one[shared], other[shared]

    # --- places in a box ----------------------------------------------------------------------------------------------

    def lay_out(self, inside: _Inside) -> None:
        """Place the members of a box whose inner boxes are placed."""
        rows = Rows(self.spacing.members)
        items: dict[str | None, Item] = {}
        for name, rank in inside.ranks.items():
            width, height = self.size(name)
            items[name] = rows.add(rank, width, height)
        last = max(inside.ranks.values(), default=0)
        chains: dict[str, list[Item]] = {}
        for name, (upper, lower) in inside.edges.items():
            top = items[upper] if upper is not None else rows.add(-1)
            bottom = items[lower] if lower is not None else rows.add(last + 1)
            between = [rows.add(rank) for rank in range(top.rank + 1, bottom.rank)]
            chains[name] = [top, *between, bottom]
        offsets: dict[str, list[float]] = {}
        for name, (upper, lower) in inside.edges.items():
            offsets[name] = [self.of_box(upper, name, below=True), self.of_box(lower, name, below=False)]
            pieces = list(pairwise(chains[name]))
            for index, (above, below) in enumerate(pieces):
                start = offsets[name][0] if index == 0 else 0.0
                rows.join(above, below, start, offsets[name][1] if index == len(pieces) - 1 else 0.0)
        rows.arrange()
        self.spread(inside, chains, offsets)
        tops, height = self.heights(rows, last, has_border=inside.cluster is not self.root)
        margin = 0.0 if inside.cluster is self.root else self.spacing.margin
        inside.width, inside.height = rows.width + 2 * margin, height
        for name, rank in inside.ranks.items():
            inside.centres[name] = margin + items[name].x, sum(tops[rank]) / 2
        for name, parts in chains.items():
            inside.ways[name] = list(self.way(inside, name, parts, tops, offsets[name], margin))

    def size(self, name: str) -> tuple[float, float]:
        inner = self.inside.get(name)
        return self.sizes[name] if inner is None else (inner.width, inner.height)

    def heights(self, rows: Rows, last: int, *, has_border: bool) -> tuple[dict[int, tuple[float, float]], float]:
        """Where each row begins and ends, and the height of the box."""
        margin = self.spacing.margin if has_border else 0.0
        y = margin
        tops = {-1: (0.0, 0.0)}
        for rank in range(last + 1):
            height = max((item.height for item in rows.of(rank)), default=0.0)
            tops[rank] = (y, y + height)
            y += height + self.spacing.rows
        end = y - self.spacing.rows + margin
        tops[last + 1] = (end, end)
        return tops, end

    def of_box(self, member: str | None, name: str, *, below: bool) -> float:
        """How far from the middle of a box an edge leaves it; 0 for a node and for the border around."""
        inner = self.inside.get(member) if member is not None else None
        return 0.0 if inner is None else inner.ways[name][-1 if below else 0][0] - inner.width / 2

    def spread(self, inside: _Inside, chains: Mapping[str, Sequence[Item]], offsets: dict[str, list[float]]) -> None:
        """Let the edges at one side of a node begin side by side, in the order in which they lead away."""
        at: dict[tuple[str, int], list[str]] = {}
        for name, ends in inside.edges.items():
            for side, member in enumerate(ends):
                if member is not None and member in self.sizes:
                    at.setdefault((member, side), []).append(name)
        for (member, side), names in at.items():
            names.sort(key=lambda name: chains[name][1 if side == 0 else -2].x + offsets[name][1 - side])
            step = min(_APART, 0.8 * self.sizes[member][0] / len(names))
            for index, name in enumerate(names):
                offsets[name][side] = (index - (len(names) - 1) / 2) * step

    def way(
        self,
        inside: _Inside,
        name: str,
        parts: Sequence[Item],
        tops: Mapping[int, tuple[float, float]],
        offsets: Sequence[float],
        margin: float,
    ) -> Iterator[Point]:
        """The points of an edge's part in a box: past a row it goes straight down."""
        upper, lower = inside.edges[name]
        first, *between, last = parts
        x, y = margin + first.x + offsets[0], tops[first.rank][1]
        yield x, self.border(inside, upper, y, below=True)
        for item in between:
            yield margin + item.x, tops[item.rank][0]
            yield margin + item.x, tops[item.rank][1]
        yield margin + last.x + offsets[1], self.border(inside, lower, tops[last.rank][0], below=False)

    def border(self, inside: _Inside, member: str | None, y: float, *, below: bool) -> float:
        """Where a member ends, which may be lower than its row."""
        if member is None:
            return y
        middle, height = inside.centres[member][1], self.size(member)[1]
        return middle + height / 2 if below else middle - height / 2

    # --- places in the whole ------------------------------------------------------------------------------------------

    def placed(self) -> Placed:
        corners: dict[str, Point] = {self.root.name: (0.0, 0.0)}
        boxes: dict[str, Box] = {}
        for name, inside in self.inside.items():
            left, top = corners[name]
            for member, (x, y) in inside.centres.items():
                width, height = self.size(member)
                boxes[member] = box = Box.around((left + x, top + y), width, height)
                corners[member] = box.left, box.top
        curves = {name: self.curve(link, corners) for name, link in self.links.items() if link.is_shown}
        root = self.inside[self.root.name]
        return Placed(width=root.width, height=root.height, boxes=boxes, curves=curves)

    def curve(self, link: Link, corners: Mapping[str, Point]) -> Curve:
        meeting, source, target = self.meeting(link)
        if source == target:
            return self.loop(link, corners)
        holders = [*reversed(self.between(link.source, meeting)), meeting, *self.between(link.target, meeting)]
        parts = []
        for name in holders:
            left, top = corners[name]
            way = [(left + x, top + y) for x, y in self.inside[name].ways[link.name]]
            parts.append(way[::-1] if link.name in self.upwards else way)
        points = [point for point, before in pairwise([*chain.from_iterable(parts), None]) if point != before]
        return smooth([point for point in points if point is not None], self.spacing.tip)

    def between(self, end: str, meeting: str) -> list[str]:
        """The boxes around a node up to a box, outermost first."""
        path = self.paths[end]
        return list(path[path.index(meeting) + 1 : -1])

    def loop(self, link: Link, corners: Mapping[str, Point]) -> Curve:
        """An edge from a node to itself, at its right side."""
        (x, y), (width, height) = corners[link.source], self.sizes[link.source]
        right, out = x + width, x + width + self.spacing.members
        start, tip = (right, y + 0.75 * height), (right, y + 0.25 * height)
        end = (right + self.spacing.tip, tip[1])
        return Curve(points=[start, (out, start[1]), (out, end[1]), end], tip=tip)


def smooth(points: Sequence[Point], tip: float) -> Curve:
    """A curve through points that is vertical at each of them, with room for a tip at its end."""
    (x, y), (_, before) = points[-1], points[-2]
    base = (x, y - tip if before <= y else y + tip)
    found = [points[0]]
    for (ax, ay), (bx, by) in pairwise([*points[:-1], base]):
        bend = (by - ay) / 2
        found += [(ax, ay + bend), (bx, by - bend), (bx, by)]
    return Curve(points=found, tip=(x, y))


def _name(member: str | Cluster) -> str:
    return member if isinstance(member, str) else member.name


def _ranks(members: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """A row for each member, so that edges lead down, apart from those that close a circle."""
    after: dict[str, list[str]] = {member: [] for member in members}
    for source, target in edges:
        if source != target:
            after[source].append(target)
    order = _finished_last(members, after)
    place = {member: index for index, member in enumerate(order)}
    before: dict[str, set[str]] = {member: set() for member in members}
    for source, target in edges:
        upper, lower = (source, target) if place[source] <= place[target] else (target, source)
        if upper != lower:
            before[lower].add(upper)
    ranks: dict[str, int] = {}
    for member in order:
        ranks[member] = max((ranks[one] + 1 for one in before[member]), default=0)
    below: dict[str, int] = {}
    for member in reversed(order):
        for one in before[member]:
            below[one] = min(below.get(one, ranks[member]), ranks[member])
    # What has nothing above it stands close to what is below it.
    return {member: below.get(member, 1) - 1 if not before[member] else ranks[member] for member in members}


def _finished_last(members: Sequence[str], after: Mapping[str, Sequence[str]]) -> list[str]:
    """The members in an order in which edges lead forward, but for those that close a circle in a walk."""
    found: list[str] = []
    seen: set[str] = set()
    for start in members:
        if start in seen:
            continue
        seen.add(start)
        walk = [(start, iter(after[start]))]
        while walk:
            member, rest = walk[-1]
            following = next((one for one in rest if one not in seen), None)
            if following is None:
                found.append(member)
                walk.pop()
            else:
                seen.add(following)
                walk.append((following, iter(after[following])))
    return found[::-1]
