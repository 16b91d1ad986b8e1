"""The manual's words on what is the same in every run: they follow from the rule in each operator's record."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.operators import BY_NAME, OPERATORS
from hydroflow_nb.operators.record.manual import manual
from hydroflow_nb.operators.record.operator import Operator, Persistence
from hydroflow_nb.operators.record.probing import Kind, Probe, Weaker
from hydroflow_nb.operators.record.words import ROWS, rows
from hydroflow_nb.operators.rules.content import Content, ItemOrder, Loss, Time, varying
from hydroflow_nb.operators.rules.folding import Fold, KeptAndDeleted, Numbered, Sorted
from hydroflow_nb.operators.rules.functions import Awaited, Same
from hydroflow_nb.operators.rules.joining import Join, Subtract
from hydroflow_nb.operators.rules.rule import Family, Law, Rule, RuleView
from hydroflow_nb.operators.rules.sources import Arrives, Begins
from hydroflow_nb.operators.rules.unions import Union

each_operator = pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)


def told(operator: Operator, row: str) -> list[str]:
    """What a row says, a line for each thing that it is said of."""
    return [f"{of}: {words}" if of else words for of, words in dict(rows(operator))[row]]


@each_operator
def test_an_operator_has_all_rows_and_each_of_them_says_something(operator: Operator) -> None:
    said = dict(rows(operator))

    assert tuple(said) == ROWS
    assert all(lines and all(words for _, words in lines) for lines in said.values())
    assert all(len(dict(lines)) == len(lines) for lines in said.values()), "each thing has one line"


ORDER = [
    ("map", ["kept"]),
    ("filter", ["kept"]),
    ("flatten", ["kept"]),
    ("tee", ["kept"]),
    ("for_each", ["kept"]),
    ("source_iter", ["its own"]),
    ("source_stream", ["that of arrival"]),
    ("source_interval", ["differs"]),
    ("spin", ["its own"]),
    ("null", ["no item"]),
    ("union", ["not kept"]),
    ("chain", ["of streams: not kept", "of views: kept"]),
    ("join", ["not kept"]),
    ("join_multiset_half", ["not kept"]),
    ("join_fused_lhs", ["that of `[1]`, and that of `[0]` matters, unless the function commutes"]),
    ("difference", ["that of `[pos]`"]),
    ("cross_singleton", ["that of `[input]`, and that of `[single]` matters"]),
    ("zip", ["kept, and matters"]),
    ("enumerate", ["kept, and matters"]),
    ("scan", ["kept, and matters"]),
    ("sort", ["of a stream: not kept", "of a view: its own"]),
    ("sort_by_key", ["of a stream: not kept", "of a view: kept"]),
    ("fold", ["matters, unless the function commutes"]),
    (
        "fold_keyed",
        ["`'tick` and `'static`: matters, unless the function commutes", "`'mutable`: not kept, and matters"],
    ),
    ("persist_mut_keyed", ["not kept, and matters"]),
    ("resolve_futures", ["not kept"]),
    ("resolve_futures_ordered", ["kept"]),
    ("lattice_fold", ["does not matter"]),
    ("lattice_bimorphism", ["does not matter"]),
]
DUPLICATES = [
    ("map", ["kept"]),
    ("union", ["kept"]),
    ("initialize", ["none"]),
    ("null", ["no item"]),
    ("unique", ["`'tick` of a stream: dropped within a tick", "`'tick` of a view: dropped", "`'static`: dropped"]),
    ("join", ["`'tick` of streams: dropped within a tick", "`'tick` of views: dropped", "`'static`: dropped"]),
    (
        "join_multiset",
        [
            "`'tick`: kept",
            "`'static` of streams: kept",
            "`'static` of views: how often each comes may differ",
        ],
    ),
    ("join_fused", ["matter, unless the function commutes and forgives"]),
    ("enumerate", ["told apart, and matter"]),
    ("scan", ["kept, and matter"]),
    ("fold", ["matter, unless the function commutes and forgives"]),
    ("persist", ["of a stream: kept", "of a view: how often each comes may differ"]),
    ("lattice_reduce", ["do not matter"]),
]
LOSS = [
    ("map", ["gives a part"]),
    ("join", ["gives a part"]),
    ("source_stream", ["gives a part"]),
    ("source_file", ["nothing is lost"]),
    ("difference", ["that of `[neg]` matters"]),
    ("enumerate", ["matters"]),
    ("fold", ["matters, unless the function commutes and rises"]),
    ("state_by", ["`[state]`: gives a part", "`[items]`: matters"]),
]
MONOTONE = [
    ("map", ["yes"]),
    ("union", ["yes"]),
    ("join", ["yes"]),
    ("persist", ["yes"]),
    ("source_interval", ["no"]),
    ("difference", ["no"]),
    ("persist_mut", ["no"]),
    ("fold_no_replay", ["no"]),
    ("enumerate", ["`'tick`: no", "`'static` of a stream: yes", "`'static` of a view: no"]),
    (
        "fold",
        [
            "`'tick` of a stream: no",
            "`'tick` of a view: if the function commutes and rises",
            "`'static` of a stream: if the function rises",
            "`'static` of a view: if the function commutes, forgives and rises",
        ],
    ),
    ("lattice_bimorphism", ["if the function is a bimorphism"]),
    ("batch", ["of a stream: yes", "of a view: no"]),
]
DISTRIBUTED = [
    (
        "source_stream",
        [
            "a sequence",
            "where the order may differ: a bag",
            "where items may come again: a set",
            "where items may be lost: a part",
            "among replicas: a bag",
        ],
    ),
    ("source_file", ["a sequence", "among replicas: differs, as it reads what each replica has of its own"]),
    ("source_interval", ["a timer"]),
    ("spin", ["a view that stays"]),
    ("map", ["as its input", "of a value that grows: a value that is revised, or grows if the function is monotone"]),
    (
        "filter",
        ["as its input", "of a value that grows: a value that is revised, or grows if the function is a threshold"],
    ),
    ("union", ["of streams: a bag, as it takes its inputs as they come", "of views: a view that grows"]),
    (
        "join",
        [
            "`'tick` of streams: a part, as it matches only what comes in the same tick",
            "`'tick` of views: a view that grows",
            "`'static`: a view that grows",
            "of streams where one side is complete in the first tick and held as `'static`: a set",
        ],
    ),
    (
        "difference",
        [
            "`'tick` of streams: differs, as it works on what a tick holds",
            "`'tick` of views: a view that is revised",
            "`'static`: a view that is revised",
            "of streams where `[neg]` is complete in the first tick and held as `'static`: a sequence",
        ],
    ),
    (
        "unique",
        [
            "`'tick` of a stream: a set",
            "`'tick` of a view: a view that grows",
            "`'static` of a stream: a sequence",
            "`'static` of a view: a bag",
        ],
    ),
    (
        "fold",
        [
            "`'tick` of a stream: differs, as it folds the items of a tick",
            "`'tick` of a view: a value that is revised, or grows where it is monotone",
            "`'static` of a stream: a value that is revised, or grows where it is monotone",
            "`'static` of a view: a value that is revised, if the function commutes and forgives, "
            "or grows where it is monotone",
        ],
    ),
    ("sort", ["of a stream: a bag, as it sorts the items of a tick only", "of a view: a view that grows"]),
    ("persist", ["a view that grows"]),
    (
        "defer_tick",
        [
            "of a stream: as its input",
            "of a view: a view that grows, and never comes to rest, as it is given all its items again in every tick",
        ],
    ),
    (
        "defer_signal",
        [
            "of streams: a part, as it keeps what comes after the last signal",
            "of views: a set",
            "of streams where `[signal]` is a view: a sequence",
        ],
    ),
    (
        "lattice_fold",
        [
            "`'tick` of a stream: lattice values that rise",
            "`'tick` of a view: a lattice value that grows",
            "`'static`: a lattice value that grows",
        ],
    ),
    (
        "iter_ref",
        ["of what came in a tick: as its input", "of a lattice value that grows: a view that grows"],
    ),
    ("lattice_bimorphism", ["lattice values that rise, if the function is a bimorphism"]),
]
SHARDING = [
    ("source_iter", ["each shard has all of it"]),
    ("source_stream", ["each shard has its own part"]),
    ("source_interval", ["each shard has all of it"]),
    ("null", ["no item"]),
    ("map", ["by any key, which is kept if the function shows it"]),
    ("filter", ["by any key"]),
    ("flatten", ["by any key, which is lost"]),
    ("unique", ["by any key"]),
    ("union", ["by any key"]),
    ("persist", ["by any key"]),
    ("join", ["by the key of its pairs, or with all of one side in each shard"]),
    ("join_fused", ["by the key of its pairs"]),
    ("cross_join", ["with all of one side in each shard"]),
    ("cross_singleton", ["with all of `[single]` in each shard"]),
    ("difference", ["by a key that both inputs have, or with all of `[neg]` in each shard"]),
    ("anti_join", ["by the key of its pairs, or with all of `[neg]` in each shard"]),
    ("fold", ["needs all items"]),
    ("sort", ["needs all items"]),
    ("fold_keyed", ["`'tick` and `'static`: by the key of its pairs", "`'mutable`: needs all items"]),
    ("enumerate_keyed", ["by the key of its pairs"]),
]
TABLE = [
    pytest.param(name, row, lines, id=f"{row} of {name}")
    for row, told_of in zip(ROWS, (ORDER, DUPLICATES, LOSS, MONOTONE, DISTRIBUTED, SHARDING), strict=True)
    for name, lines in told_of
]


@pytest.mark.parametrize(("name", "row", "lines"), TABLE)
def test_a_row_says_what_the_rule_makes_of_the_inputs(name: str, row: str, lines: list[str]) -> None:
    assert told(BY_NAME[name], row) == lines


def test_what_a_name_reads_is_told_where_it_is_something_else_than_the_output() -> None:
    said = [line for line in told(BY_NAME["fold_no_replay"], "distributed") if line.startswith("`$name`")]

    assert [line.partition(":")[0] for line in said] == [
        "`$name` `'tick` of a view",
        "`$name` `'static` of a stream",
        "`$name` `'static` of a view",
    ]
    assert said[1].endswith("a value that is revised, or grows where it is monotone")
    assert not any("$name" in line for line in told(BY_NAME["fold"], "distributed"))


@pytest.mark.parametrize(
    ("name", "other", "row"),
    [
        ("map", Sorted(), "order"),
        ("map", Numbered(by_number=False), "duplicates"),
        ("union", Union(in_turn=True), "order"),
        ("source_iter", Begins(), "duplicates"),
        ("source_stream", Arrives(sent=False), "loss"),
        ("source_stream", Arrives(own=True), "distributed"),
        ("join", Join(keeps_copies=True), "duplicates"),
        ("difference", Join(keeps_copies=True), "monotone"),
        ("fold", Fold(begins=True, replays=False), "monotone"),
        ("fold", Fold(begins=True, keyed=True), "distributed"),
        ("anti_join", Same(), "loss"),
        ("enumerate", Numbered(by_number=False), "duplicates"),
        ("persist_mut", KeptAndDeleted(keyed=True), "order"),
        ("resolve_futures", Awaited(ordered=True, within=False), "order"),
        ("cross_join", Subtract(), "monotone"),
        ("filter", Sorted(), "sharding"),
        ("difference", Join(keeps_copies=True), "sharding"),
    ],
)
def test_another_rule_has_other_words(name: str, other: Rule, row: str) -> None:
    operator = BY_NAME[name]
    ports = {"input_ports": ("pos", "neg")} if isinstance(other, Subtract) else {}
    ports |= {"input_ports": ("0", "1")} if isinstance(other, Join) else {}

    assert told(replace(operator, rule=other, **ports), row) != told(operator, row)


class Weakened(Family):
    """A rule whose outputs are weaker than those of another one."""

    rule: Rule
    by: Callable[[Content], Content]

    def outputs(self, view: RuleView) -> Mapping[str, Content]:
        return {port: self.by(content) for port, content in self.rule.outputs(view).items()}


def without_order(content: Content) -> Content:
    has_order = content.is_items and content.is_ordered and content.time not in (Time.PULSE, Time.RISING)
    return content.but(order=ItemOrder.ANY) if has_order else content


def with_loss(content: Content) -> Content:
    return content if content.varies else content.but(loss=Loss.PART)


def without_early(content: Content) -> Content:
    return content.but(time=Time.SETTLING) if content.time in (Time.STREAM, Time.GROWING, Time.CONST) else content


def those_that_have(what: Callable[[Content], Content]) -> list[Any]:
    """The operators which a rule that is weaker in this makes a difference for."""
    return [
        pytest.param(operator, id=operator.name)
        for operator in OPERATORS
        if not operator.drops
        and any(
            what(content) != content
            for persistence in operator.persistences or (None,)
            for kind in (Kind.STREAM, Kind.VIEW)
            for content in Probe(operator=operator, kind=kind, persistence=persistence).outputs().values()
        )
    ]


@pytest.mark.parametrize("operator", [one for one in OPERATORS if not one.drops], ids=lambda operator: operator.name)
def test_a_rule_that_promises_nothing_is_told_as_one_that_differs(operator: Operator) -> None:
    nothing = replace(operator, rule=Weakened(rule=operator.rule, by=lambda _: varying(())))

    assert told(nothing, "monotone") == ["no"]
    assert told(nothing, "distributed") == ["differs"]


@pytest.mark.parametrize("operator", those_that_have(without_order))
def test_a_rule_that_promises_no_order_has_another_row_on_order(operator: Operator) -> None:
    weaker = replace(operator, rule=Weakened(rule=operator.rule, by=without_order))

    assert told(weaker, "order") != told(operator, "order")


@pytest.mark.parametrize("operator", those_that_have(with_loss))
def test_a_rule_that_loses_items_has_another_row_on_what_is_distributed(operator: Operator) -> None:
    weaker = replace(operator, rule=Weakened(rule=operator.rule, by=with_loss))

    assert told(weaker, "distributed") != told(operator, "distributed")


@pytest.mark.parametrize("operator", those_that_have(without_early))
def test_a_rule_that_revises_what_it_gave_is_not_told_as_monotone(operator: Operator) -> None:
    weaker = replace(operator, rule=Weakened(rule=operator.rule, by=without_early))

    assert told(weaker, "monotone") != told(operator, "monotone")


# Flows of one operator with a function that keeps to these laws.
FLOWS: list[tuple[str, str, Persistence | None, set[Law]]] = [
    ("map", "map(|x| f(x))", None, set()),
    ("filter", "filter(|x| f(x))", None, set()),
    ("flat_map", "flat_map(|x| f(x))", None, set()),
    ("enumerate", "enumerate::<'static>()", Persistence.STATIC, set()),
    ("enumerate", "enumerate::<'tick>()", Persistence.TICK, set()),
    ("unique", "unique::<'tick>()", Persistence.TICK, set()),
    ("unique", "unique::<'static>()", Persistence.STATIC, set()),
    ("sort", "sort()", None, set()),
    ("persist", "persist()", Persistence.STATIC, set()),
    ("multiset_delta", "multiset_delta()", None, set()),
    ("defer_tick", "defer_tick()", None, set()),
    ("defer_tick_lazy", "defer_tick_lazy()", None, set()),
    ("fold", "fold::<'static>(|| 0, |a, x| a - x)", Persistence.STATIC, {Law.COMMUTES}),
    ("fold", "fold::<'static>(|| 0, |a, x| max(a, x))", Persistence.STATIC, set(Law)),
    ("fold", "fold::<'tick>(|| 0, |a, x| max(a, x))", Persistence.TICK, set(Law)),
    ("fold_keyed", "fold_keyed::<'static>(|| 0, |a, x| a - x)", Persistence.STATIC, {Law.COMMUTES}),
    ("reduce_no_replay", "reduce_no_replay::<'static>(|a, x| a - x)", Persistence.STATIC, set()),
]
CLASSES = [("batching", None), ("order", Weaker.ORDER), ("duplication", Weaker.COPIES), ("loss", Weaker.LOSS)]


@pytest.mark.parametrize(("name", "call", "persistence", "laws"), FLOWS, ids=[call for _, call, _, _ in FLOWS])
@pytest.mark.parametrize(("kind", "before"), [(Kind.STREAM, ""), (Kind.VIEW, "persist() -> ")], ids=["stream", "view"])
def test_the_words_are_made_from_what_a_flow_is_told(
    name: str, call: str, persistence: Persistence | None, laws: set[Law], kind: Kind, before: str
) -> None:
    report = hf.compile(f"source_stream(inbox) -> {before}{call} -> for_each(out.append);", _names()).check()

    probe = Probe(operator=BY_NAME[name], kind=kind, persistence=persistence, laws=frozenset(laws))
    for of, weaker in CLASSES:
        asked = replace(probe, weaker=None if weaker is None else (weaker, ""))
        found = report["out"].content_of(of)
        given = asked.gives()
        assert (found.time, found.order, found.copies, found.loss, found.shape) == (
            given.time,
            given.order,
            given.copies,
            given.loss,
            given.shape,
        ), of


@pytest.mark.parametrize("call", ["unique::<'static>()", "persist()", "map(|(k, v)| (k, -v))", "filter(|x| f(x))"])
def test_a_flow_of_an_operator_that_is_split_by_any_key_is_the_same_in_shards(call: str) -> None:
    flow = hf.compile(f"source_stream(inbox) -> {call} -> for_each(out.append);", _names())

    assert told(BY_NAME[call[: call.index("(")].split("::")[0]], "sharding")[0].startswith("by any key")
    assert flow.check(shard="[0]")["out"].sharding != "differs"
    assert flow.check(shard="[1]")["out"].sharding != "differs"


def test_a_flow_of_an_operator_that_is_split_by_the_key_of_its_pairs_is_the_same_in_shards_by_that_key() -> None:
    text = "source_stream(inbox) -> reduce_keyed::<'static>(|a, x| max(a, x)) -> for_each(out.append);"
    flow = hf.compile(text, _names())

    assert told(BY_NAME["reduce_keyed"], "sharding") == ["by the key of its pairs"]
    assert flow.check(shard="[0]")["out"].sharding == "final"
    assert flow.check(shard="[1]")["out"].sharding == "differs"


@pytest.mark.parametrize("call", ["fold::<'static>(|| 0, |a, x| max(a, x))", "enumerate::<'static>()"])
def test_a_flow_of_an_operator_that_needs_all_items_differs_in_shards(call: str) -> None:
    flow = hf.compile(f"source_stream(inbox) -> {call} -> for_each(out.append);", _names())

    assert told(BY_NAME[call[: call.index("::")]], "sharding") == ["needs all items"]
    assert flow.check(shard="[0]")["out"].sharding == "differs"


def _names() -> dict[str, Any]:
    return {"inbox": hf.channel(), "out": [], "f": abs}


def test_the_manual_explains_each_row_and_the_words_of_the_docs(repository: Path) -> None:
    docs = (repository / "docs" / "correctness.md").read_text(encoding="utf-8")

    assert all(f"\n- **{row}**: " in manual() for row in ROWS)
    assert all(f"`{law}`" in docs for law in Law)
    assert all(f"`{level}`" in docs for level in ("sequence", "bag", "set", "part", "differs"))


def test_the_words_are_not_made_before_a_manual_is_asked_for() -> None:
    question = (
        "import sys, hydroflow_nb, hydroflow_nb.magics; "
        "print(*(name for name in sys.modules if name.endswith(('record.words', 'record.probing'))))"
    )

    run = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True, timeout=60)

    assert run.stdout.strip() == ""
