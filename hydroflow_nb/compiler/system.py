"""The text of a system, cut into what runs at each of its locations."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hydroflow_nb.codegen.generate import generate
from hydroflow_nb.codegen.module_lines import remember_module_lines
from hydroflow_nb.compiler.compiled import Compiled, CompiledPart, CompiledSystem
from hydroflow_nb.compiler.refusing import any_error, in_order, of_places, refusal
from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.errors import GraphError
from hydroflow_nb.passes.built import BuiltGraph
from hydroflow_nb.passes.channels import Channel, channel_diagnostics, channels_of
from hydroflow_nb.passes.cut import CHANNEL, MEMBER, MESSAGE, TURN, cut
from hydroflow_nb.passes.locate import locate
from hydroflow_nb.passes.pipeline import Compilation, run
from hydroflow_nb.syntax.modules import Modules
from hydroflow_nb.syntax.tree import Flow


def compiled_system(
    flow: Flow,
    built: BuiltGraph,
    unread: list[Diagnostic],
    modules: Modules,
    evaluate: Callable[[ast.expr], Any],
    without: frozenset[str],
    python_names: Mapping[str, Any] | None,
) -> CompiledSystem:
    """Compile what runs at each location, each as a flow of its own.

    `unread` is what the parser found. `python_names` are those in which functions are read, where they may be. Raises
    `SurfaceSyntaxError` or `GraphError` with everything that was found.
    """
    source, located = built.graph.source, locate(built)
    found = [*built.diagnostics, *located.diagnostics]
    if any_error([*unread, *found]):
        raise refusal(built, unread, of_places(unread, found))
    channels = channels_of(built, located.location_of)
    found += channel_diagnostics(built, located.location_of)
    parts = cut(built, located.location_of, channels, lambda label, text: modules.place(label, text, source))
    compiled: dict[str, CompiledPart] = {}
    runs: dict[str, Compilation] = {}
    names: dict[str, Mapping[str, Any]] = {}
    told: dict[str, list[Diagnostic]] = {}
    for location, part in parts.items():
        names[location] = own = made_names(part.incoming, evaluate)
        of_part = Compilation(built=part.built, evaluate=_with_names(own, evaluate), without=without)
        runs[location] = ran = run(of_part)
        # What is made is right where the text is.
        is_right = not any_error(found)
        told[location] = [one for one in ran.diagnostics if one.span.source is not part.made]
        found += told[location]
        if is_right:
            found += [one for one in ran.diagnostics if one.is_error and one.span.source is part.made]
    if any_error(found):
        raise GraphError(in_order([*unread, *of_places(unread, found)]))
    for location, ran in runs.items():
        assert ran.partitioned is not None
        compiled[location] = CompiledPart(
            location=parts[location].location,
            compiled=Compiled(graph=ran.partitioned, code=generate(ran.partitioned), diagnostics=told[location]),
            incoming=parts[location].incoming,
            names=names[location],
        )
    remember_module_lines(source.filename, modules.loaded)
    system = CompiledSystem(
        flow=flow,
        graph=built.graph,
        location_of=located.location_of,
        locations=built.locations,
        channels=channels,
        parts=compiled,
        diagnostics=in_order([*unread, *found]),
    )
    if any(location.shards_by is not None for location in built.locations.values()):
        # It reads functions, which takes time to learn.
        from hydroflow_nb.compiler.sharded import sharding_diagnostics

        wrong = sharding_diagnostics(system, python_names)
        if wrong:
            raise GraphError(in_order([*system.diagnostics, *wrong]))
    return system


def made_names(incoming: Sequence[Channel], evaluate: Callable[[ast.expr], Any]) -> dict[str, Any]:
    """The values of the names that the made operators of a location use, by its incoming channels."""
    # A flow that is alone needs no messages.
    from hydroflow_nb.net.messages.tagged import channel_in, member_by_turn, member_of, message_of

    names: dict[str, Any] = {MEMBER: member_of, TURN: member_by_turn, CHANNEL: channel_in}
    tagged = {one.name: evaluate(one.types[0].node) if one.types else None for one in incoming if one.tagged}
    foreign = [evaluate(one.types[0].node) if one.types else None for one in incoming if not one.tagged]
    if incoming:
        names[MESSAGE] = message_of(tagged, foreign)
    return names


def _with_names(names: Mapping[str, Any], evaluate: Callable[[ast.expr], Any]) -> Callable[[ast.expr], Any]:
    """The same evaluation, in which names that stand alone may have other values."""
    return lambda node: names[node.id] if isinstance(node, ast.Name) and node.id in names else evaluate(node)
