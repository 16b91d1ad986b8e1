"""What an operator does to the types of its inputs, in the manual's words: they are made from its rule.

Each word means what it means in a report: `docs/correctness.md` and `correctness/sentences.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from types import MappingProxyType
from typing import Final

from hydroflow_nb.item_paths import Path
from hydroflow_nb.operators.record.operator import ArgumentKind, Operator
from hydroflow_nb.operators.record.probing import WORDS, Kind, Probe, Weaker
from hydroflow_nb.operators.rules.content import Content, Copies, Holds, Time
from hydroflow_nb.operators.rules.rule import EVERY, READ, Differences, Law
from hydroflow_nb.operators.rules.spread import EVERYWHERE
from hydroflow_nb.records import dataclass

# The rows that are made from a rule.
ROWS: Final = ("order", "duplicates", "loss", "monotone", "distributed", "sharding")

_HELD: Final = MappingProxyType(
    {Holds.ITEMS: "a view", Holds.VALUE: "a value", Holds.LATTICE: "a lattice value", Holds.TABLE: "a table"}
)
_CHANGES: Final = MappingProxyType(
    {Time.CONST: "stays", Time.GROWING: "grows", Time.SETTLING: "is revised"},
)
_OTHERS: Final = MappingProxyType(
    {
        Time.RISING: "lattice values that rise",
        Time.LATEST: "values of which the last one counts",
        Time.PULSE: "a timer",
    }
)
# What a function does that keeps to a law. One of two values that is monotone in both distributes over merge.
_KEEPS: Final = MappingProxyType(
    {
        Law.COMMUTES: "commutes",
        Law.FORGIVES: "forgives",
        Law.RISES: "rises",
        Law.MONOTONE: "is monotone",
        Law.THRESHOLD: "is a threshold",
        Law.FREEZES: "freezes",
    }
)
_BIMORPHISM: Final = "is a bimorphism"
# What runs of a source may differ in.
_CLASSES: Final = (
    (Differences(order=True), "where the order may differ"),
    (Differences(duplication=True), "where items may come again"),
    (Differences(loss=True), "where items may be lost"),
    (Differences(replication=True), "among replicas"),
)


def rows(operator: Operator) -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    """What an operator does to order, duplicates and loss, whether it is monotone, and what is the same in every run of
    what it gives: for each of them what is said, and of what; that is empty where it is said of all.
    """
    if operator.drops:
        yield from ((what, [("", "yes" if what == "monotone" else "no item")]) for what in ROWS)
    elif operator.inputs.most == 0 and not _reads(operator):
        yield from _rows_of_source(operator)
    else:
        questions = list(_questions(operator))
        for what, weaker in (("order", Weaker.ORDER), ("duplicates", Weaker.COPIES), ("loss", Weaker.LOSS)):
            yield what, _collapsed({question.of: _on(weaker, question) for question in questions})
        yield "monotone", _collapsed({question.of: _monotone(question) for question in questions})
        yield "distributed", _distributed(operator, questions)
        yield "sharding", _levels({(question.of[1],): _sharding(question.probe) for question in questions})


@dataclass(frozen=True, kw_only=True)
class _Question:
    """What an output is where the inputs are what the probe says; `of` says the same in words: the output, the
    persistence and the kind of the inputs.
    """

    probe: Probe
    output: str
    of: tuple[str, str, str]

    def but(self, *, kind: Kind | None = None, weaker: tuple[Weaker, str] | None = None) -> _Question:
        """The same with other inputs."""
        return replace(self, probe=replace(self.probe, kind=kind or self.probe.kind, weaker=weaker))

    @property
    def answer(self) -> Content:
        """The type of the output, with a function of which nothing is known."""
        return self.probe.gives(self.output)

    def given(self, laws: frozenset[Law]) -> Content:
        """The type of the output, with a function that keeps to these laws."""
        return replace(self.probe, laws=laws).gives(self.output)

    def laws_for(self, accepts: Callable[[Content], bool]) -> frozenset[Law] | None:
        """The fewest laws for an output that is accepted; None if no laws do."""
        return self.probe.least_laws(self.output, accepts)


def _questions(operator: Operator) -> Iterator[_Question]:
    for persistence in operator.persistences or (None,):
        for kind in (Kind.STREAM, Kind.VIEW):
            probe = Probe(operator=operator, kind=kind, persistence=persistence)
            static = "" if persistence is None else f"`'{persistence}`"
            for output in _outputs(probe):
                yield _Question(
                    probe=probe,
                    output=output,
                    of=("" if output == EVERY else f"`[{output}]`", static, f"of {_kind(probe)}"),
                )


def _reads(operator: Operator) -> bool:
    return any(argument.kind is ArgumentKind.EXPRESSION for argument in operator.arguments)


def _kind(probe: Probe) -> str:
    if probe.reads and probe.operator.inputs.most == 0:
        return "what came in a tick" if probe.kind is Kind.STREAM else "a lattice value that grows"
    return f"{probe.kind.value.removeprefix('a ')}s" if len(probe.ports) > 1 else probe.kind.value


def _outputs(probe: Probe) -> Sequence[str]:
    """The outputs, as far as they differ."""
    named = [port for port in probe.outputs() if port not in (EVERY, READ)]
    return named or [EVERY]


def _collapsed(told: Mapping[tuple[str, str, str], str | None]) -> Sequence[tuple[str, str]]:
    """What is said of several outputs, persistences and kinds of inputs; once, where the same is said of several."""
    said: dict[tuple[str, ...], str] = {key: words for key, words in told.items() if words is not None}
    return _levels(said) if said else [("", "differs")]


def _levels(told: Mapping[tuple[str, ...], str]) -> Sequence[tuple[str, str]]:
    if len(set(told.values())) == 1:
        return [("", next(iter(told.values())))]
    inner: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for head in dict.fromkeys(key[0] for key in told):
        of_head = {key[1:]: words for key, words in told.items() if key[0] == head}
        inner.setdefault(tuple(_levels(of_head)), []).append(head)
    if len(inner) == 1:
        return list(next(iter(inner)))
    return [
        (" ".join(filter(None, (" and ".join(heads), head))), words)
        for lines, heads in inner.items()
        for head, words in lines
    ]


def _content(content: Content) -> str:
    """What is the same in every run, in a few words."""
    if content.varies:
        return "differs"
    if content.is_batch:
        if content.is_part:
            return "a part"
        return "a set" if content.repeats else "a sequence" if content.is_ordered else "a bag"
    words = _OTHERS.get(content.time) or f"{_HELD[content.shape]} that {_CHANGES[content.time]}"
    return f"{words}, of which some may be missing" if content.is_part else words


def _with_reason(content: Content) -> str:
    """The same, and why it is no more than that."""
    cause = next(iter(content.because), None)
    if cause is None or cause.code == "HF304":
        return _content(content)
    words = cause.words.removesuffix(f" ({WORDS})")
    if cause.code == "HF312":
        return f"{_content(content)}, and never comes to rest, as it {words}"
    return f"{_content(content)}, as it {words}"


def _if(operator: Operator, laws: frozenset[Law]) -> str:
    """What the function has to do."""
    of_two = any(argument.parameters == 2 for argument in operator.arguments)
    words = {**_KEEPS, Law.MONOTONE: _BIMORPHISM} if of_two else _KEEPS
    *others, last = [said for law, said in words.items() if law in laws]
    return f"the function {', '.join(others)} and {last}" if others else f"the function {last}"


def _on(weaker: Weaker, question: _Question) -> str | None:
    """What becomes of order, copies or loss; None where nothing of the output is the same in every run."""
    least = question.laws_for(_is_something)
    if least is None or least & {Law.COMMUTES, Law.FORGIVES}:
        return None
    base, ports = question.given(least), _ports(question.probe)
    kept: list[str] = []
    matters: dict[frozenset[Law] | None, list[str]] = {}
    for port in ports:
        weak = question.but(weaker=(weaker, port))
        laws = weak.laws_for(_is_something)
        if laws != least:
            matters.setdefault(laws, []).append(port)
        elif weaker.is_in(weak.given(least)) and not weaker.is_in(base):
            kept.append(port)
    said = [_own(weaker, question, base, _Ports(kept=kept, every=ports, some_matter=bool(matters)))]
    for laws, some in matters.items():
        of = "" if len(some) == len(ports) else f"{_THAT[weaker]} of {_named(some)} "
        unless = f", unless {_if(question.probe.operator, laws)}" if laws else ""
        said.append(f"{of}{_MATTERS[weaker]}{unless}")
    return ", and ".join(filter(None, said)) or _NOTHING[weaker]


_THAT: Final = MappingProxyType({Weaker.ORDER: "that", Weaker.COPIES: "those", Weaker.LOSS: "that"})
_MATTERS: Final = MappingProxyType({Weaker.ORDER: "matters", Weaker.COPIES: "matter", Weaker.LOSS: "matters"})
_NOTHING: Final = MappingProxyType(
    {Weaker.ORDER: "does not matter", Weaker.COPIES: "do not matter", Weaker.LOSS: "gives a part"}
)


@dataclass(frozen=True, kw_only=True)
class _Ports:
    """The inputs whose order or copies are those of the output, and whether it depends on that of others."""

    kept: Sequence[str]
    every: Sequence[str]
    some_matter: bool

    @property
    def all_kept(self) -> bool:
        """True where nothing else comes of them."""
        return len(self.kept) == len(self.every)


def _own(weaker: Weaker, question: _Question, base: Content, ports: _Ports) -> str:
    """What an output has of its inputs; empty for values that replace one another or are merged."""
    if weaker is Weaker.LOSS or base.time is Time.RISING or not base.is_items:
        return ""
    return _order(base, ports) if weaker is Weaker.ORDER else _copies(question, base, ports)


def _order(base: Content, ports: _Ports) -> str:
    if not base.is_ordered:
        return "not kept"
    if ports.kept:
        return "kept" if ports.all_kept else f"that of {_named(ports.kept)}"
    return "kept" if ports.some_matter else "its own"


def _copies(question: _Question, base: Content, ports: _Ports) -> str:
    if base.repeats:
        once = question.but(kind=Kind.ONCE).answer
        return "dropped within a tick" if once.copies is Copies.DISTINCT else "how often each comes may differ"
    if ports.kept:
        return "kept" if ports.all_kept else f"those of {_named(ports.kept)} are kept"
    if base.copies is Copies.DISTINCT:
        return "told apart" if ports.some_matter else "dropped"
    return "kept"


def _ports(probe: Probe) -> Sequence[str]:
    return (READ,) if probe.reads and probe.operator.inputs.most == 0 else probe.ports


def _named(ports: Sequence[str]) -> str:
    return " and ".join(f"`[{port}]`" for port in ports)


def _is_something(content: Content) -> bool:
    return not content.varies


def _is_early(content: Content) -> bool:
    return content.is_early


def _monotone(question: _Question) -> str:
    laws = question.laws_for(_is_early)
    if laws is None:
        return "no"
    return f"if {_if(question.probe.operator, laws)}" if laws else "yes"


def _distributed(operator: Operator, questions: Sequence[_Question]) -> Sequence[tuple[str, str]]:
    said = list(_collapsed({question.of: _given(question) for question in questions}))
    for question in questions:
        of_value = _of_value(question)
        if of_value is not None and question.probe.kind is Kind.STREAM:
            said.append((f"of {Kind.VALUE.value}", of_value))
    said += _by_name(questions)
    return [*said, *_beside(operator, questions)]


def _given(question: _Question) -> str:
    """What comes of inputs that are whole, and what it depends on."""
    least = question.laws_for(_is_something)
    content = question.given(least or frozenset())
    if content == question.probe.kind.content and not content.because:
        return "as its inputs" if len(question.probe.ports) > 1 else "as its input"
    words = _with_reason(content)
    if least:
        words += f", if {_if(question.probe.operator, least)}"
    early = question.laws_for(_is_early)
    if early and not _is_early(content):
        words += f", or {_CHANGES[question.given(early).time]} where it is monotone"
    return words


def _of_value(question: _Question) -> str | None:
    """What comes of a value that grows, where that depends on the function."""
    question = question.but(kind=Kind.VALUE)
    base, early = question.answer, question.laws_for(_is_early)
    if not early or base.varies or not early & {Law.MONOTONE, Law.THRESHOLD, Law.FREEZES}:
        return None
    return f"{_with_reason(base)}, or grows if {_if(question.probe.operator, early)}"


def _by_name(questions: Sequence[_Question]) -> Iterator[tuple[str, str]]:
    """What `$name` reads, where it is something else than what the outputs give."""
    if not questions[0].probe.operator.publishes:
        return
    given = {_given(question) for question in questions}
    read = _collapsed({question.of: _given(replace(question, output=READ)) for question in questions})
    yield from ((f"`$name` {head}".strip(), words) for head, words in read if words not in given)


def _beside(operator: Operator, questions: Sequence[_Question]) -> Iterator[tuple[str, str]]:
    """What comes of a stream beside an input that is complete in the first tick, where that is more."""
    if not operator.input_ports:
        return
    how = "complete in the first tick and held as `'static`" if operator.persistences else "a view"
    before = [question.answer for question in questions]
    said: dict[str, list[str]] = {}
    for port in operator.input_ports:
        content = Probe(operator=operator, kind=Kind.STREAM, beside=port).gives()
        if not content.varies and not content.is_part and content not in before:
            said.setdefault(_content(content), []).append(port)
    for words, ports in said.items():
        which = "one side" if len(ports) == len(operator.input_ports) else _named(ports)
        yield f"of streams where {which} is {how}", words


# Where the key may be by which items are split: it is the item, or one of the halves of a pair.
_PLACES: Final[Sequence[Path]] = ((), (0,), (1,))


def _sharding(probe: Probe) -> str:
    """By what the items may be split among shards."""
    ports = _ports(probe)
    splits = [dict(zip(ports, places, strict=True)) for places in product(_PLACES, repeat=len(ports))]
    works = [split for split in splits if replace(probe, split=split).works_in_shards()]
    if len(works) == len(splits):
        return f"by any key{_behind([replace(probe, split=split) for split in works])}"
    said = []
    if works:
        same = any(split[ports[0]] != (0,) for split in works)
        said.append("by a key that both inputs have" if same else "by the key of its pairs")
    alone = [one for one in ports if all(replace(probe, split={one: at}).works_in_shards() for at in _PLACES)]
    if len(alone) == len(ports) > 1:
        said.append("with all of one side in each shard")
    elif alone and len(ports) > 1:
        said.append(f"with all of {_named([one for one in ports if one not in alone])} in each shard")
    return ", or ".join(said) or "needs all items"


def _behind(probes: Sequence[Probe]) -> str:
    """What becomes of the key."""
    if any(probe.keeps_key() for probe in probes):
        return ""
    shown = any(replace(probe, shows_key=True).keeps_key() for probe in probes)
    return ", which is kept if the function shows it" if shown else ", which is lost"


def _rows_of_source(operator: Operator) -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    probe = Probe(operator=operator, kind=Kind.STREAM)
    base = probe.gives()
    others = {words: replace(probe, differences=differences).gives() for differences, words in _CLASSES}
    if base.time is Time.PULSE:
        order = copies = "differs"
    else:
        arrives = any(not one.is_ordered and not one.varies for one in others.values())
        order = "not kept" if not base.is_ordered else "that of arrival" if arrives else "its own"
        copies = "none" if base.copies is Copies.DISTINCT else "kept"
    lost = any(one.is_part and not one.varies for one in others.values())
    yield "order", [("", order)]
    yield "duplicates", [("", copies)]
    yield "loss", [("", "gives a part" if lost else "nothing is lost")]
    yield "monotone", [("", "yes" if _is_early(base) else "no")]
    weaker = [(words, _with_reason(one) if one.varies else _content(one)) for words, one in others.items()]
    yield "distributed", [("", _content(base)), *((head, words) for head, words in weaker if words != _content(base))]
    spread = (operator.rule.spreads(probe) or {}).get(EVERY)
    yield "sharding", [("", "each shard has all of it" if spread == EVERYWHERE else "each shard has its own part")]
