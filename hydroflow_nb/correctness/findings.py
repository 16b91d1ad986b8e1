"""Causes as diagnostics: what may differ, at which operator, and where that comes in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from hydroflow_nb.correctness.check import Verdict
from hydroflow_nb.correctness.codes import KINDS, Kind
from hydroflow_nb.correctness.levels import Level
from hydroflow_nb.correctness.summary import shortened
from hydroflow_nb.correctness.view import Asked
from hydroflow_nb.diagnostics import Diagnostic, Label, Severity
from hydroflow_nb.ir.graph import Node, NodeId
from hydroflow_nb.operators.rules.content import Cause
from hydroflow_nb.operators.rules.rule import Law
from hydroflow_nb.source import Span

# The words where a part may be missing, and nothing that comes is wrong.
_PART: Final = Kind(
    says="is not whole where messages are lost", hint="send again and again what has to arrive", is_note=True
)
# What a law asks of a function, behind its name.
_WHETHER: Final[Mapping[Law, str]] = {
    Law.COMMUTES: "gives the same in every order",
    Law.FORGIVES: "gives the same where an item comes again",
    Law.RISES: "never falls",
    Law.MONOTONE: "gives more for more",
    Law.THRESHOLD: "lets pass for ever what passed once",
    Law.FREEZES: "lets pass only what never changes again",
}
_LONGEST_QUOTED: Final = 60


def findings(
    node_of: Callable[[Cause], Node], output: str, verdict: Verdict, asked: Sequence[Asked] = (), *, shard: str = ""
) -> Iterator[Diagnostic]:
    """The diagnostics of an output in a class of runs, in the order of their codes. `asked` are the laws that functions
    were asked for, `shard` is the place of the key that items are split by.
    """
    output = shortened(output)
    nothing = verdict.level in (Level.DIFFERS, Level.UNKNOWN)
    by_code: dict[str, list[Cause]] = {}
    for cause in verdict.because:
        by_code.setdefault(cause.code, []).append(cause)
    for code, causes in sorted(by_code.items()):
        at_fault = [cause for cause in causes if cause.decides] if nothing else causes
        if at_fault and (nothing or KINDS[code].is_told_anyway):
            found = _finding(node_of, output, at_fault[-1], causes[0], shard, is_part=verdict.level is Level.PART)
            yield found if code != "HF311" else _at_function(found, at_fault[-1], asked)


def timed(output: str, node: Node) -> Diagnostic:
    """The finding for an output that takes in what a timer emits: it differs, and no operator is at fault."""
    kind = KINDS["HF308"]
    return Diagnostic(
        code="HF308",
        severity=Severity.WARNING,
        message=f"`{output}` {kind.says}: {_called(node)} is given what a timer emits",
        span=node.place,
        hint="put `map(|_| 'now')` behind the timer, if only that something comes matters",
    )


def _finding(
    node_of: Callable[[Cause], Node], output: str, cause: Cause, first: Cause, shard: str, *, is_part: bool
) -> Diagnostic:
    node = node_of(cause)
    kind = _PART if cause.code == "HF310" and is_part else KINDS[cause.code]
    labels: Sequence[Label] = ()
    begins = node_of(first)
    # Nodes of a network may run one flow: then the two places are one in the text.
    if begins.place != node.place or first.words != cause.words:
        labels = [Label(span=begins.place, text=f"{_called(begins)} {first.words}")]
    return Diagnostic(
        code=cause.code,
        severity=Severity.NOTE if kind.is_note else Severity.WARNING,
        message=f"`{output}` {kind.says.format(shard=shard)}: {_called(node)} {cause.words}",
        span=node.place,
        labels=labels,
        hint=kind.hint if node.persistences or node.operator.persistences or "`'static`" not in kind.hint else "",
    )


def _at_function(found: Diagnostic, cause: Cause, asked: Sequence[Asked]) -> Diagnostic:
    """The finding of an unknown law, at the function that it is about, with on how many items the law was tried."""
    doubted = [one for one in asked if one.node == NodeId(cause.place) and one.function.known(one.law).holds is None]
    if not doubted or cause.where:
        return found
    function = doubted[0].function
    laws = dict.fromkeys(one.law for one in doubted if one.function is function)
    whether = " and ".join(_WHETHER[law] for law in laws)
    output = found.message.partition("` ")[0]
    message = f"{output}` depends on whether {_written(function.argument.span)} {whether}, which cannot be told"
    declared = ", ".join(f'"{law}"' for law in laws)
    tried = function.tried
    hint = f"declare it with `@hf.law({declared})`" + (", or give `examples=` to try it on" if not tried else "")
    notes = [f"held for {tried} example{'s' * (tried != 1)}, which proves nothing"] if tried else []
    return replace(found, message=message, hint=hint, span=function.argument.span, notes=notes)


def _written(span: Span) -> str:
    """A function as a message quotes it: its text where that is short."""
    text = span.text
    return f"`{text}`" if len(text) <= _LONGEST_QUOTED and "\n" not in text else "its function"


def _called(node: Node) -> str:
    return f"`{node.word}`"
