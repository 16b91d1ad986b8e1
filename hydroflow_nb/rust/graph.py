"""A flow's graph as the text of Hydroflow's macro, with the types of its items."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.expressions import Argument, Closure, Expression, path_of
from hydroflow_nb.ir.graph import EdgeId, FlatGraph, Node, NodeId
from hydroflow_nb.operators.record.operator import Persistence
from hydroflow_nb.operators.record.rust import InRust
from hydroflow_nb.records import dataclass
from hydroflow_nb.rust.chains import Chains
from hydroflow_nb.rust.definitions import Definitions
from hydroflow_nb.rust.functions import TAKES, Functions, shape_of
from hydroflow_nb.rust.literals import NoLiteral, in_json, literal, text_literal, type_of_all
from hydroflow_nb.rust.refusing import (
    NO_EXPRESSION,
    NO_OPERATOR,
    NO_TYPE,
    NO_VALUE,
    NOT_HASHED,
    TWO_TYPES,
    Refused,
    refused,
)
from hydroflow_nb.rust.scope import Constants
from hydroflow_nb.rust.types import (
    Misfit,
    Type,
    Unknown,
    fresh,
    in_python,
    in_rust,
    is_hashed,
    is_known,
    kind,
    list_of,
    of_annotation,
    same,
)

Evaluate = Callable[[ast.expr], Any]
# A source of more items reads them from a file: Rust takes long to read a literal of so many.
_MOST_WRITTEN: Final = 500


@dataclass(frozen=True, kw_only=True)
class Input:
    """A channel that items come from: its name in the flow, that of its end in Rust, and the type of its items."""

    name: str
    end: str
    type: Type


class Translation:
    """Translates a graph. `refusals` are what cannot be, in the order of the text; without any the text is whole."""

    def __init__(
        self, graph: FlatGraph, names: Mapping[str, Any], evaluate: Evaluate, types: Mapping[str, Any]
    ) -> None:
        self._graph = graph
        self._evaluate = evaluate
        self._types = types
        self._constants = Constants(names)
        self._definitions = Definitions(self._constants)
        self._functions = Functions(self._constants, self._definitions)
        self._on: dict[EdgeId, Type] = {edge: Unknown() for edge in graph.edges}
        self._calls: dict[NodeId, str] = {}
        self._inputs: list[Input] = []
        self._data: dict[str, str] = {}
        self._refused: dict[NodeId, Diagnostic] = {}
        self._failed: set[NodeId] = set()
        self._translate()

    @property
    def refusals(self) -> list[Diagnostic]:
        """What cannot be translated."""
        return [self._refused[node] for node in self._graph.nodes if node in self._refused]

    @property
    def data(self) -> Mapping[str, str]:
        """The items of sources that have many, as JSON, by the name of a file beside the program."""
        return self._data

    @property
    def inputs(self) -> Sequence[Input]:
        """The channels that items come from, in the order of the text."""
        return self._inputs

    @property
    def functions(self) -> Sequence[str]:
        """The functions of the notebook that closures call."""
        return self._definitions.texts

    @property
    def constants(self) -> list[str]:
        """The declarations of the notebook's names that functions read."""
        return self._constants.declarations()

    def text(self) -> str:
        """The statements of the flow."""
        return Chains(self._graph).text(self._calls)

    # --- the types of items, from the sources on ---------------------------------------------------------------------

    def _translate(self) -> None:
        left = list(self._graph.nodes.values())
        while left:
            ready = [node for node in left if self._is_ready(node)]
            # Nothing is known of what comes around a circle, or from a source of no items.
            for node in ready or left[:1]:
                self._try(node)
                left.remove(node)
        for edge in self._graph.edges.values():
            if not self._failed and not is_known(self._on[edge.id]):
                node = self._graph.nodes[edge.source]
                of = in_python(self._on[edge.id])
                message = f"the items of `{node.operator.name}` are `{of}`, and nothing tells the rest of that type"
                no = refused(NO_TYPE, message, node.span, "`identity::<list[int]>()` behind it tells the type")
                self._failed.add(node.id)
                self._refused[node.id] = no.diagnostic

    def _is_ready(self, node: Node) -> bool:
        known = [bool(kind(self._on[edge.id])) for edge in self._graph.inputs(node.id)]
        record = node.operator.rust
        several = record is not None and len(record.inputs) == 1
        return not known or (any(known) if several else all(known))

    def _try(self, node: Node) -> None:
        # What follows from something that is told of is not told.
        if any(edge.source in self._failed for edge in self._graph.inputs(node.id)):
            self._failed.add(node.id)
            return
        try:
            self._calls[node.id] = self._translated(node)
        except Refused as no:
            self._failed.add(node.id)
            self._refused[node.id] = no.diagnostic

    def _translated(self, node: Node) -> str:
        record = _record_of(node)
        letters: dict[str, Type] = {}
        self._take(node, record, letters)
        for number, given in enumerate(node.call.type_arguments):
            if node.operator.transparent and number == 0:
                self._annotated(given.node, letters["T"], node)
        arguments = [
            self._argument(node, given, meant, letters)
            for given, meant in zip(node.call.arguments, record.arguments, strict=True)
        ]
        self._give(node, record, letters)
        for letter in record.hashed:
            if not is_hashed(letters[letter]):
                raise refused(
                    NOT_HASHED,
                    f"`{node.operator.name}` looks values of `{in_python(letters[letter])}` up, which Rust cannot hash",
                    node.span,
                    "a float is not a key in Rust: take an int, such as `round(x * 100)`, or a text",
                )
        lives = _lifetimes(node) if record.lasts else ""
        if not record.text:
            return f"{node.operator.name}{lives}({', '.join(arguments)})"
        text = record.text.replace("{life}", lives)
        for number, argument in enumerate(arguments):
            text = text.replace(f"{{{number}}}", argument)
        for letter, of in letters.items():
            text = text.replace(f"{{{letter}}}", in_rust(of))
        return text

    def _take(self, node: Node, record: InRust, letters: dict[str, Type]) -> None:
        ports = node.operator.input_ports
        for number, edge in enumerate(self._graph.inputs(node.id)):
            port = edge.target_port.text
            at = ports.index(port) if port in ports else min(number, len(record.inputs) - 1)
            expected = fresh(record.inputs[at], letters)
            try:
                same(self._on[edge.id], expected)
            except Misfit:
                got = in_python(self._on[edge.id])
                raise refused(
                    TWO_TYPES,
                    f"`{node.operator.name}` gets items of `{got}`, and `{in_python(expected)}` is expected",
                    edge.target_port.span if len(ports) > 1 else node.span,
                    "items of one place have one type in Rust",
                ) from None

    def _give(self, node: Node, record: InRust, letters: dict[str, Type]) -> None:
        ports = node.operator.output_ports
        for edge in self._graph.outputs(node.id):
            port = edge.source_port.text
            given = fresh(record.outputs[ports.index(port) if port in ports else 0], letters)
            if not kind(given):
                raise refused(
                    NO_TYPE,
                    f"the type of the items of `{node.operator.name}` is not known",
                    node.span,
                    "`identity::<int>()` behind it tells the type, as any other type of Python",
                )
            try:
                same(self._on[edge.id], given)
            except Misfit:
                raise refused(
                    TWO_TYPES,
                    f"`{node.operator.name}` gives items of `{in_python(given)}`, and those around it are "
                    f"`{in_python(self._on[edge.id])}`",
                    node.span,
                    "items of one place have one type in Rust",
                ) from None

    def _annotated(self, given: ast.expr, of: Type, node: Node) -> None:
        found = of_annotation(self._evaluate(given))
        if found is None:
            raise refused(NO_TYPE, f"`{ast.unparse(given)}` is not a type that is translated", node.span)
        try:
            same(of, found)
        except Misfit as misfit:
            raise refused(TWO_TYPES, f"the items have another type: {misfit}", node.span) from None

    # --- what is written in the parentheses --------------------------------------------------------------------------

    def _argument(self, node: Node, given: Argument, meant: str, letters: dict[str, Type]) -> str:
        shape = shape_of(meant)
        if shape is not None:
            return self._functions.closure(given, shape, letters)
        if meant == "sink":
            return text_literal(_sink(given))
        if meant.startswith("stream"):
            return self._stream(node, given, letters.setdefault(meant[-2], Unknown()))
        return self._values(node, given, letters.setdefault(meant[-2], Unknown()))

    def _values(self, node: Node, given: Argument, of: Type) -> str:
        if isinstance(given, Closure):
            raise refused(NO_VALUE, "a value is expected here", given.span)
        try:
            value = self._evaluate(given.node)
        except NameError as missing:
            raise refused(NO_VALUE, f"these items are not known: {missing}", given.span) from None
        if isinstance(value, range) and value.step == 1:
            same(of, fresh("int", {}))
            return f"{value.start}..{max(value.stop, value.start)}i64"
        is_named = path_of(given.node) is not None
        if iter(value) is value and is_named:
            raise refused(
                NO_VALUE,
                "an iterator gives its items once",
                given.span,
                "bind the name to a list: `items = list(items)`",
            )
        items = list(value)
        try:
            found = type_of_all(items)
            if not kind(found):
                found = self._told_by_next(node)
            same(of, found)
            if len(items) > _MOST_WRITTEN:
                return self._kept(items, of)
            return literal(items, list_of(of))
        except NoLiteral as no:
            raise refused(NO_VALUE, f"these items cannot be written in Rust: {no}", given.span) from None
        except Misfit as misfit:
            raise refused(TWO_TYPES, f"the items have another type: {misfit}", given.span) from None

    def _kept(self, items: Sequence[Any], of: Type) -> str:
        """Many items, which the program reads from a file that it contains."""
        name = f"items_{len(self._data)}.json"
        self._data[name] = json.dumps(in_json(items), ensure_ascii=False, separators=(",", ":"))
        return f'python::items_of::<{in_rust(of)}>(include_str!("{name}"))'

    def _told_by_next(self, node: Node) -> Type:
        """The type that `identity::<T>()` behind a source tells; unknown if there is none."""
        for edge in self._graph.outputs(node.id):
            after = self._graph.nodes[edge.target]
            if after.operator.transparent and after.call.type_arguments:
                return of_annotation(self._evaluate(after.call.type_arguments[0].node)) or Unknown()
        return Unknown()

    def _stream(self, node: Node, given: Argument, of: Type) -> str:
        name = _path(given)
        found = of_annotation(self._types[name]) if name in self._types else self._told_by_next(node)
        if found is None:
            raise refused(NO_TYPE, f"the type that is given for `{name}` is not one that is translated", given.span)
        if not kind(found):
            channel = None
            if isinstance(given, Expression) and self._constants.knows(name.partition(".")[0]):
                channel = self._evaluate(given.node)
            waiting = getattr(channel, "waiting", list)
            try:
                found = type_of_all(waiting())
            except NoLiteral as no:
                raise refused(NO_VALUE, f"the items that wait cannot be written in Rust: {no}", given.span) from None
        if not kind(found) or not is_known(found):
            raise refused(
                NO_TYPE,
                f"the type of the items of `{name}` is not known",
                given.span,
                f'`flow.to_rust(types={{"{name}": int}})` tells it, and so does `identity::<int>()` behind the source',
            )
        same(of, found)
        end = f"input_{len(self._inputs)}_{''.join(one if one.isalnum() else '_' for one in name)}"
        self._inputs.append(Input(name=name, end=end, type=of))
        return end


def _record_of(node: Node) -> InRust:
    record = node.operator.rust
    if record is None or node.made is not None or node.loop is not None:
        what = f"`{node.word}`" if node.loop is None else f"`{node.word}` in a loop"
        raise refused(
            NO_OPERATOR,
            f"{what} is not translated: Hydroflow's crate has nothing that does the same",
            node.place,
            "let this part run in Python, or write it with the operators that both have",
        )
    if Persistence.MUTABLE in node.persistences:
        raise refused(NO_OPERATOR, f"`{node.operator.name}` with `'mutable` is not translated", node.span)
    if not record.lasts and any(map(node.is_static, range(node.operator.most_persistences))):
        raise refused(
            NO_OPERATOR,
            f"`{node.operator.name}` with `'static` is not translated: that of Hydroflow's crate forgets in each tick",
            node.span,
            "`persist::<'static>()` before the input that is to be remembered gives its items again in each tick",
        )
    if node.call.type_arguments and node.operator.known_types:
        raise refused(
            NO_OPERATOR,
            f"`{node.operator.name}` with another state is not translated",
            node.span,
            f"`{node.operator.multiset_kin}()` keeps duplicates" if node.operator.multiset_kin else "",
        )
    return record


def _lifetimes(node: Node) -> str:
    if not node.operator.persistences:
        return ""
    count = max(node.operator.most_persistences, 1)
    return f"::<{', '.join(_lifetime(node, number) for number in range(count))}>"


def _lifetime(node: Node, number: int) -> str:
    return "'static" if node.is_static(number) else "'tick"


def _sink(given: Argument) -> str:
    """The name of a channel, or of a list whose `append` is given."""
    before, _, method = _path(given).rpartition(".")
    return before if before and method in TAKES else _path(given)


def _path(given: Argument) -> str:
    path = path_of(given.node) if isinstance(given, Expression) else None
    if path is None:
        raise refused(NO_EXPRESSION, "a channel is translated that has a name", given.span, "bind it to a name before")
    return ".".join(path)
