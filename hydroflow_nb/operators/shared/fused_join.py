"""How the fused joins work: a fused side is aggregated by key while it is received; the other one is fused as well and
then looked up in, or it streams by in its own order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hydroflow_nb import expressions
from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.expressions import written_call
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, indented
from hydroflow_nb.operators.record.holding import Form, Holding, of_pairs
from hydroflow_nb.operators.record.operator import Argument, ArgumentKind, CallView
from hydroflow_nb.operators.shared.accumulating import changing, fresh_keys, made_own_by_key, noted_as_fresh
from hydroflow_nb.operators.shared.keys_of_both import each_match
from hydroflow_nb.operators.shared.streaming import looked_at_anew, matching_again, touched_again
from hydroflow_nb.records import dataclass

# The functions of each aggregation with the number of their parameters.
AGGREGATIONS = {
    "Fold": {"init": 0, "f": 2},
    "Reduce": {"f": 2},
    "FoldFrom": {"f0": 1, "f": 2},
}
SIDES = ("lhs", "rhs")


def aggregation(name: str, side: str) -> Argument:
    """The argument that says how a side is aggregated."""
    return Argument(
        name=name,
        kind=ArgumentKind.VALUE,
        known=AGGREGATIONS,
        meaning=f"how {side} is aggregated: `Fold(init, f)`, `Reduce(f)` or `FoldFrom(f0, f)`, known without an import",
    )


def check(view: CallView) -> Iterable[Diagnostic]:
    """What is wrong with aggregations that are written out."""
    for argument in view.call.arguments:
        call = written_call(argument, AGGREGATIONS)
        if call is None:
            continue
        functions = AGGREGATIONS[call.name]
        signature = f"{call.name}({', '.join(functions)})"
        if len(call.arguments) != len(functions):
            count = f"exactly {len(functions)} argument{'s' if len(functions) > 1 else ''}"
            yield error(
                "HF210",
                f"`{call.name}` takes {count}, this one has {len(call.arguments)}",
                argument.span,
                hint=f"write `{signature}`",
            )
            continue
        for (function, parameters), part in zip(functions.items(), call.arguments, strict=True):
            if isinstance(part, expressions.Expression) and expressions.is_value(part.node):
                names = ", ".join("ab"[:parameters])
                instead = f"lambda {names}: ..." if names else f"lambda: {part.span.text}"
                yield error(
                    "HF225",
                    f"`{call.name}` takes a function here, not a value",
                    part.span,
                    hint=f"write `{instead}` or the name of a function: `{signature}`",
                )
            elif isinstance(part, expressions.Closure) and len(part.parameters) != parameters:
                takes = f"{parameters or 'no'} parameter{'' if parameters == 1 else 's'}"
                yield error(
                    "HF211",
                    f"`{call.name}` calls `{function}` with {takes}, this function has {len(part.parameters)}",
                    part.span,
                    hint=f"write `{signature}`",
                )


@dataclass(frozen=True, kw_only=True)
class FusedJoin:
    """The emitter of a fused join. `fused` are the sides that are aggregated, in the order of the arguments."""

    fused: tuple[int, ...]

    def first_inputs(self, e: Emission) -> Sequence[str]:
        """The sides that are complete before the other one streams by."""
        return [str(side) for side in self.fused]

    @property
    def holds(self) -> tuple[Holding, ...]:
        """What each side holds: a value for each key where it is fused, else the values."""
        fused = [Holding(role=SIDES[side], name=str(side), form=Form.KEYED) for side in self.fused]
        streamed = self._streamed()
        if streamed is None:
            return tuple(fused)
        kept = Holding(role="kept", name=str(streamed), form=Form.GROUPS, read=of_pairs, grows=True)
        return tuple(sorted([*fused, kept], key=lambda one: one.name))

    def _groups(self, e: Emission, side: int) -> str:
        return e.state(SIDES[side], "{}", static=e.is_static(side), accumulates=True, port=side)

    def _streamed(self) -> int | None:
        return next((side for side in (0, 1) if side not in self.fused), None)

    def receive(self, e: Emission, port: str, item: Item) -> Lines:
        """Lines for one item of a side."""
        side = int(port)
        if side in self.fused:
            key, value = item.pair()
            noted = [f"{self._touched(e)}[{key}] = None"] if e.spares() else []
            return [*self._aggregated(e, side, key, value), *noted]
        if e.is_static(side):
            return [f"{e.scratch('new', '[]')}.append({item.once})"]
        key, value = item.pair()
        return self._matched(e, side, key, value)

    def receive_all(self, e: Emission, port: str, iterable: str) -> Lines | None:
        """Lines for many items of a side that is only kept."""
        if int(port) in self.fused or not e.is_static(int(port)):
            return None
        return [f"{e.scratch('new', '[]')}.extend({iterable})"]

    def produce(self, e: Emission) -> Lines:
        """Lines that match two fused sides, or look again at all that a side keeps."""
        key, value = e.local("key"), e.local("value")
        streamed = self._streamed()
        if streamed is None:
            pair = f"({key}, ({e.local('left')}, {e.local('right')}))"
            touched = self._touched(e) if e.spares() else None
            return each_match(e, self._groups(e, 0), self._groups(e, 1), [e.emit(pair)], touched)
        if not e.is_static(streamed):
            return []
        groups = self._groups(e, 1 - streamed)
        again = touched_again(e, streamed, self._touched(e)) if e.spares() else matching_again(e, streamed, groups)
        return looked_at_anew(e, streamed, again, self._matched(e, streamed, key, value))

    def _touched(self, e: Emission) -> str:
        """The keys whose accumulators have changed in this tick, in a dict for their order."""
        return e.state("touched", "{}", static=False)

    def _matched(self, e: Emission, side: int, key: str, value: str) -> Lines:
        """Lines that match an item of the side that streams by."""
        groups = self._groups(e, 1 - side)
        halves = f"({value}, {groups}[{key}])" if side == 0 else f"({groups}[{key}], {value})"
        return [f"if {key} in {groups}:", f"    {e.emit(f'({key}, {halves})')}"]

    # --- aggregating -----------------------------------------------------------------------------------------------

    def _aggregated(self, e: Emission, side: int, key: str, value: str) -> Lines:
        """Lines that take a value into its key's accumulator."""
        groups, argument = self._groups(e, side), self.fused.index(side)
        written = e.within(argument, AGGREGATIONS)
        if written is None:
            made = e.fixed(f"{SIDES[side]}_fused", f"{e.runtime('aggregation')}({e.value(argument)})")
            return [f"{made}.add({groups}, {key}, {value}, {fresh_keys(e, f'{SIDES[side]}_fresh')})"]
        name, of = written
        f = len(AGGREGATIONS[name]) - 1
        if name == "Fold" and of.constant(0) is not None and of.returns_value(f):
            return [f"{groups}[{key}] = {of.call(f, f'{groups}.get({key}, {of.constant(0)})', value)}"]
        # What a key begins with may belong to the owner of its first value as well.
        by = changing(of, f, lasts=e.is_static(side), begins_shared=name != "Fold")
        accumulator, missing = e.local("acc"), e.runtime("MISSING")
        lines = [f"{accumulator} = {groups}.get({key}, {missing})", f"if {accumulator} is {missing}:"]
        if name == "Fold":
            lines += [f"    {accumulator} = {groups}[{key}] = {of.call(0)}"]
        elif name == "FoldFrom":
            lines += [f"    {groups}[{key}] = {of.call(0, value)}"]
        else:
            lines += [f"    {groups}[{key}] = {value}"]
        changed = [
            *made_own_by_key(e, groups, key, accumulator, by, f"{SIDES[side]}_fresh"),
            *self._changed(e, of, f, groups, key, value),
        ]
        if name == "Fold":
            return [*lines, *indented(noted_as_fresh(e, key, by, f"{SIDES[side]}_fresh")), *changed]
        return [*lines, "else:", *indented(changed)]

    @staticmethod
    def _changed(e: Emission, of: Emission, f: int, groups: str, key: str, value: str) -> Lines:
        accumulator = e.local("acc")
        if of.returns_value(f):
            return [f"{groups}[{key}] = {of.call(f, accumulator, value)}"]
        result = e.local("result")
        return [
            f"{result} = {of.call(f, accumulator, value)}",
            f"if {result} is not None:",
            f"    {groups}[{key}] = {result}",
        ]
