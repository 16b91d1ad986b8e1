"""What the names of a flow stand for: operators, and the boundaries of modules.

A name is an alias for the two ends of a pipeline. Each side of a name is followed once, so that chains of names take
time that grows with their length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from hydroflow_nb.diagnostics import Label, error
from hydroflow_nb.operators.record.operator import Operator
from hydroflow_nb.passes.built import BuiltGraph, PortSide
from hydroflow_nb.passes.ends import End, Name, NameSide, Scope
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source, Span
from hydroflow_nb.suggestions import Suggestions
from hydroflow_nb.syntax import tree
from hydroflow_nb.syntax.characters import look_alike


@dataclass(kw_only=True)
class Names:
    """Finds what stands behind names, and reports those that stand for nothing."""

    built: BuiltGraph
    operators: Mapping[str, Operator]
    suggestions: Suggestions
    # The ports at the outer ends of statements; something has to be connected to each.
    outer_ports: list[tuple[tree.Port, PortSide]] = field(default_factory=list)
    used_ports: set[int] = field(default_factory=set)
    # What the sides of names stand for, and the sides that were searched for a cycle.
    followed: dict[NameSide, End] = field(default_factory=dict)
    searched: set[NameSide] = field(default_factory=set)
    reported_cycles: set[frozenset[Name]] = field(default_factory=set)
    reported_names: set[tuple[str, Source, int]] = field(default_factory=set)

    def follow(self, end: End, side: PortSide) -> End:
        """The operator or boundary that an end stands for. Where it stands for nothing, that is reported, and the
        target is None. Each side of a name is followed once.
        """
        chain: list[End] = []
        names: dict[NameSide, int] = {}
        while isinstance(end.target, Name) and (key := (end.target, side)) not in self.followed:
            self._use(end.port)
            scope, name = end.target.scope, end.target.text
            if name not in scope.names or key in names:
                break
            names[key] = len(chain)
            chain.append(end)
            end = scope.names[name][1][side]
        self._use(end.port)
        found = self._at_end_of_chain(end, names, side)
        if found.target is None:
            # Their other sides may be a cycle of their own, which nothing else leads to.
            for leading, _ in names:
                self._look_for_cycle(leading, "output" if side == "input" else "input")
        for key, before in zip(reversed(names), reversed(chain), strict=True):
            self.followed[key] = found
            found = self.with_port(found, before.port, side)
        return found

    def _use(self, port: tree.Port | None) -> None:
        if port is not None:
            self.used_ports.add(id(port))

    def _at_end_of_chain(self, end: End, names: Mapping[NameSide, int], side: PortSide) -> End:
        """What an end stands for to which a chain of names leads."""
        if not isinstance(end.target, Name):
            return end
        key = (end.target, side)
        if key in self.followed:
            return self.with_port(self.followed[key], end.port, side)
        if key in names:
            # Names that only lead to the cycle are not a part of it.
            self._report_name_cycle([name for name, _ in list(names)[names[key] :]])
        else:
            self._report_unknown_name(end.target.text, end.target.scope, end.span)
        return End(target=None, port=None, span=end.span)

    def _look_for_cycle(self, name: Name, side: PortSide) -> None:
        """Report the cycle of names that a side of a name leads to, if there is one that was not reported."""
        path: dict[Name, int] = {}
        while (name, side) not in self.searched and name.text in name.scope.names:
            self.searched.add((name, side))
            path[name] = len(path)
            target = name.scope.names[name.text][1][side].target
            if not isinstance(target, Name):
                return
            name = target
        if name in path:
            self._report_name_cycle(list(path)[path[name] :])

    def with_port(self, inner: End, outer: tree.Port | None, side: PortSide) -> End:
        """An end seen through an alias or parentheses that have a port of their own."""
        if outer is None:
            return inner
        if inner.port is not None:
            self.used_ports.add(id(outer))
            self.built.report(
                error(
                    "HF205",
                    f"this {side} has a port already: `[{outer.label}]` is written where `[{inner.port.label}]` holds",
                    outer.span,
                    labels=[Label(span=inner.port.span, text="this port is the one that counts")],
                    hint="write the port in one of the two places only",
                )
            )
            return inner
        return End(target=inner.target, port=outer, span=inner.span)

    def _report_unknown_name(self, name: str, scope: Scope, span: Span) -> None:
        if (name, scope.source, span.start) in self.reported_names or name in scope.lost_names:
            return
        self.reported_names.add((name, scope.source, span.start))
        meant = self.suggestions.closest(name, scope.names)
        if scope.module is None and name in self.built.locations:
            hint = f"`{name}` is a location: what runs there begins with `@{name}`"
        elif alike := look_alike(name, scope.by_look):
            hint = alike
        elif meant is not None:
            hint = f"did you mean `{meant}`?"
        elif name in self.operators:
            hint = f"an operator is called with parentheses: `{self.operators[name].signature}`"
        else:
            hint = f"assign it in a statement of this cell: `{name} = ...;`"
        # The span holds the name's ports as well.
        mended = meant.join(span.text.rsplit(name, 1)) if meant is not None else ""
        self.built.report(error("HF203", f"the name `{name}` is never assigned", span, hint=hint, replacement=mended))

    def _report_name_cycle(self, cycle: list[Name]) -> None:
        if frozenset(cycle) in self.reported_cycles:
            return
        self.reported_cycles.add(frozenset(cycle))
        spans = [span for span in (name.scope.names[name.text][0].name_span for name in cycle) if span is not None]
        texts = [name.text for name in cycle]
        self.built.report(
            error(
                "HF204",
                f"the name `{texts[0]}` stands for itself, in a circle: {' -> '.join([*texts, texts[0]])}",
                spans[0],
                labels=[Label(span=span, text="and this") for span in spans[1:]],
                hint="one of these names has to stand for an operator",
            )
        )

    def report_unused_ports(self) -> None:
        """Report the ports at the outer ends of statements that nothing is connected to."""
        for port, side in self.outer_ports:
            if id(port) not in self.used_ports and not self.built.lost:
                self.built.report(
                    error(
                        "HF206",
                        f"nothing is connected to this {side} port `[{port.label}]`",
                        port.span,
                        hint=f"an {side} port stands {_PLACE[side]}; take it away, or connect it",
                    )
                )


_PLACE: Mapping[PortSide, str] = {
    "input": "in front of a name, behind an arrow: `-> [0]name`",
    "output": "behind a name, before an arrow: `name[0] ->`",
}
