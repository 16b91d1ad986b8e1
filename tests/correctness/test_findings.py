"""The whole text of each diagnostic, as a person reads it."""

from __future__ import annotations

import time

import pytest

import hydroflow_nb as hf
from hydroflow_nb.rendering import all_as_text

# A flow, the network that it is checked for, and what is said.
GOLDEN = [
    (
        """\
source_stream(a) -> enumerate::<'static>() -> for_each(out.append);""",
        "tcp",
        """\
warning[HF301]: `out` depends on the order in which items arrive: `enumerate` numbers the items
 --> flow:1:21
1 | source_stream(a) -> enumerate::<'static>() -> for_each(out.append);
  |                     ^^^^^^^^^^^^^^^^^^^^^^
 ::: flow:1:1
1 | source_stream(a) -> enumerate::<'static>() -> for_each(out.append);
  | ^^^^^^^^^^^^^^^^ `source_stream` takes in what may come in another order
  = hint: use a function that commutes (gives the same in every order): `max`, a sum, or the merge of a lattice""",
    ),
    (
        """\
source_stream(a)
-> fold::<'static>(|| 0, |n, x| n + x) -> for_each(out.append);""",
        "at-least-once",
        """\
warning[HF302]: `out` counts an item again that comes again: `fold` adds up what comes
 --> flow:2:4
2 | -> fold::<'static>(|| 0, |n, x| n + x) -> for_each(out.append);
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
 ::: flow:1:1
1 | source_stream(a)
  | ^^^^^^^^^^^^^^^^ `source_stream` takes in what may come twice
  = hint: put `unique::<'static>()` before `fold`, if equal items are one item""",
    ),
    (
        """\
source_stream(a) -> fold::<'tick>(|| 0, |n, x| n + x) -> for_each(out.append);""",
        None,
        """\
warning[HF303]: `out` depends on where a tick ends: `fold` folds the items of a tick (adds up what comes)
 --> flow:1:21
1 | source_stream(a) -> fold::<'tick>(|| 0, |n, x| n + x) -> for_each(out.append);
  |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = hint: write `'static` for `fold`, which then holds what came in earlier ticks""",
    ),
    (
        """\
source_stream(a) -> [pos]d; source_stream(b) -> [neg]d;
d = difference::<'static>() -> for_each(out.append);""",
        None,
        """\
note[HF304]: `out` may be taken back until the run is at rest: `difference` depends on items that may still come
 --> flow:2:5
2 | d = difference::<'static>() -> for_each(out.append);
  |     ^^^^^^^^^^^^^^^^^^^^^^^
  = hint: act on it once the run is at rest""",
    ),
    (
        """\
source_stream(a) -> reduce::<'static>(min) -> unique::<'static>() -> for_each(out.append);""",
        None,
        """\
warning[HF305]: `out` holds answers that were revised since: `unique` does not give an answer again that it gave before
 --> flow:1:47
1 | source_stream(a) -> reduce::<'static>(min) -> unique::<'static>() -> for_each(out.append);
  |                                               ^^^^^^^^^^^^^^^^^^^
  = hint: write `'tick` for `unique`, which then works on what comes in the tick""",
    ),
    (
        """\
n = source_stream(a) -> fold::<'static>(|| 0, |n, x| n + x);
source_stream(b) -> map(|x| (x, $n)) -> for_each(out.append);""",
        None,
        """\
warning[HF306]: `out` depends on when an item comes: `map` reads `$n` while it may still change
 --> flow:2:21
2 | source_stream(b) -> map(|x| (x, $n)) -> for_each(out.append);
  |                     ^^^^^^^^^^^^^^^^
  = hint: join with it, or tell it again and again by a timer, if it is a lattice that only grows""",
    ),
    (
        """\
source_stream(a) -> [0]j; source_stream(b) -> [1]j; j = join() -> for_each(out.append);""",
        None,
        """\
note[HF307]: `out` may miss what does not come in the same tick: `join` matches only what comes in the same tick
 --> flow:1:57
1 | source_stream(a) -> [0]j; source_stream(b) -> [1]j; j = join() -> for_each(out.append);
  |                                                         ^^^^^^
  = hint: write `'static` for `join`, which then holds what came in earlier ticks""",
    ),
    (
        """\
source_stream(a) -> multiset_delta() -> for_each(out.append);""",
        None,
        """\
note[HF307]: `out` may miss what does not come in the same tick: `multiset_delta` drops what came in the tick before
 --> flow:1:21
1 | source_stream(a) -> multiset_delta() -> for_each(out.append);
  |                     ^^^^^^^^^^^^^^^^""",
    ),
    (
        """\
source_stream(a) -> map(|x| (x, time.time())) -> for_each(out.append);""",
        None,
        """\
warning[HF308]: `out` differs by what is read from outside: `map` uses `time`
 --> flow:1:21
1 | source_stream(a) -> map(|x| (x, time.time())) -> for_each(out.append);
  |                     ^^^^^^^^^^^^^^^^^^^^^^^^^
  = hint: let the sender give the item its time or its number""",
    ),
    (
        """\
source_interval(1) -> for_each(out.append);""",
        None,
        """\
warning[HF308]: `out` differs by what is read from outside: `for_each` is given what a timer emits
 --> flow:1:23
1 | source_interval(1) -> for_each(out.append);
  |                       ^^^^^^^^^^^^^^^^^^^^
  = hint: put `map(|_| 'now')` behind the timer, if only that something comes matters""",
    ),
    (
        """\
source_iter([1]) -> [0]j; source_stream(a) -> [1]j; j = join() -> for_each(out.append);""",
        None,
        """\
warning[HF309]: `out` misses later what came in the first tick: `join` forgets after the first tick what came in it
 --> flow:1:57
1 | source_iter([1]) -> [0]j; source_stream(a) -> [1]j; j = join() -> for_each(out.append);
  |                                                         ^^^^^^
  = hint: write `'static` for `[0]` of `join`, which then holds what came in earlier ticks""",
    ),
    (
        """\
source_stream(a) -> for_each(out.append);""",
        "udp",
        """\
note[HF310]: `out` is not whole where messages are lost: `source_stream` takes in what may be lost
 --> flow:1:1
1 | source_stream(a) -> for_each(out.append);
  | ^^^^^^^^^^^^^^^^
  = hint: send again and again what has to arrive""",
    ),
    (
        """\
source_stream(a) -> [neg]d; source_iter([1]) -> [pos]d;
d = difference::<'static>() -> for_each(out.append);""",
        "udp",
        """\
warning[HF310]: `out` is wrong where messages are lost: `difference` needs all of what comes
 --> flow:2:5
2 | d = difference::<'static>() -> for_each(out.append);
  |     ^^^^^^^^^^^^^^^^^^^^^^^
 ::: flow:1:1
1 | source_stream(a) -> [neg]d; source_iter([1]) -> [pos]d;
  | ^^^^^^^^^^^^^^^^ `source_stream` takes in what may be lost
  = hint: send again and again what has to arrive""",
    ),
    (
        """\
source_stream(a) -> fold::<'static>(|| 0, opaque) -> for_each(out.append);""",
        "tcp",
        """\
note[HF311]: `out` depends on whether `opaque` gives the same in every order, which cannot be told
 --> flow:1:43
1 | source_stream(a) -> fold::<'static>(|| 0, opaque) -> for_each(out.append);
  |                                           ^^^^^^
  = hint: declare it with `@hf.law("commutes")`, or give `examples=` to try it on""",
    ),
    (
        """\
source_stream(a) -> persist::<'static>() -> defer_tick() -> for_each(out.append);""",
        None,
        """\
note[HF312]: `out` never comes to rest: `defer_tick` is given all its items again in every tick
 --> flow:1:45
1 | source_stream(a) -> persist::<'static>() -> defer_tick() -> for_each(out.append);
  |                                             ^^^^^^^^^^^^
  = hint: defer what is new only, with `multiset_delta` or `unique::<'static>()` before it""",
    ),
]


@pytest.mark.parametrize(("text", "network", "said"), GOLDEN, ids=[said.split("]")[0] for _, _, said in GOLDEN])
def test_a_finding_says_what_may_differ_where_and_what_to_write(text, network, said):
    names = {"a": hf.channel(), "b": hf.channel(), "out": [], "time": time, "opaque": lambda held, item: held[item]}

    report = hf.compile(text, names, "flow").check(network=network)

    assert all_as_text(report.diagnostics) == said


# The same for flows that are split among shards, and with examples.
MORE = [
    (
        """\
source_stream(a)
-> fold::<'static>(|| 0, |n, x| n - x)
-> map(|n| n * 2) -> for_each(out.append);""",
        {},
        """\
note[HF304]: `out` may be taken back until the run is at rest: `fold` gives a value that may still change
 --> flow:2:4
2 | -> fold::<'static>(|| 0, |n, x| n - x)
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = hint: act on it once the run is at rest""",
    ),
    (
        """\
n = source_stream(a) -> fold::<'static>(|| 0, |n, x| n - x);
source_stream(b) -> persist::<'static>() -> map(|x| (x, $n)) -> for_each(out.append);""",
        {},
        """\
note[HF304]: `out` may be taken back until the run is at rest: `map` reads `$n` while it may still change
 --> flow:2:45
2 | source_stream(b) -> persist::<'static>() -> map(|x| (x, $n)) -> for_each(out.append);
  |                                             ^^^^^^^^^^^^^^^^
 ::: flow:1:25
1 | n = source_stream(a) -> fold::<'static>(|| 0, |n, x| n - x);
  |                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `fold` gives a value that may still change
  = hint: act on it once the run is at rest""",
    ),
    (
        """\
source_stream(a) -> fold::<'static>(|| 0, |n, x| n + x) -> for_each(out.append);""",
        {"shard": "[0]"},
        """\
warning[HF313]: `out` is not the same if split by `[0]`: `fold` needs all items, and each shard has its own
 --> flow:1:21
1 | source_stream(a) -> fold::<'static>(|| 0, |n, x| n + x) -> for_each(out.append);
  |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
 ::: flow:1:1
1 | source_stream(a) -> fold::<'static>(|| 0, |n, x| n + x) -> for_each(out.append);
  | ^^^^^^^^^^^^^^^^ `source_stream` takes in the items of one shard
  = hint: split by the key that it looks items up by, or let one node take what all shards give""",
    ),
    (
        """\
source_stream(a) -> map(|(k, v)| v) -> sort() -> for_each(out.append);""",
        {"shard": "[0]"},
        """\
warning[HF313]: `out` is not the same if split by `[0]`: `sort` needs all items, and each shard has its own
 --> flow:1:40
1 | source_stream(a) -> map(|(k, v)| v) -> sort() -> for_each(out.append);
  |                                        ^^^^^^
 ::: flow:1:21
1 | source_stream(a) -> map(|(k, v)| v) -> sort() -> for_each(out.append);
  |                     ^^^^^^^^^^^^^^^ `map` gives items that do not show the key
  = hint: split by the key that it looks items up by, or let one node take what all shards give""",
    ),
    (
        """\
n = source_stream(a) -> fold::<'static>(|| 0, |n, x| n + x);
source_iter([1]) -> map(|x| (x, $n)) -> for_each(out.append);""",
        {"shard": "[0]"},
        """\
warning[HF313]: `out` is not the same if split by `[0]`: `map` reads `$n`, of which each shard has its own
 --> flow:2:21
2 | source_iter([1]) -> map(|x| (x, $n)) -> for_each(out.append);
  |                     ^^^^^^^^^^^^^^^^
 ::: flow:1:5
1 | n = source_stream(a) -> fold::<'static>(|| 0, |n, x| n + x);
  |     ^^^^^^^^^^^^^^^^ `source_stream` takes in the items of one shard
  = hint: split by the key that it looks items up by, or let one node take what all shards give""",
    ),
    (
        """\
source_stream(a) -> fold::<'static>(|| 0, opaque) -> for_each(out.append);""",
        {"network": "tcp", "examples": {"a": [1, 2]}},
        """\
note[HF311]: `out` depends on whether `opaque` gives the same in every order, which cannot be told
 --> flow:1:43
1 | source_stream(a) -> fold::<'static>(|| 0, opaque) -> for_each(out.append);
  |                                           ^^^^^^
  = note: held for 2 examples, which proves nothing
  = hint: declare it with `@hf.law("commutes")`""",
    ),
]


@pytest.mark.parametrize(("text", "asked", "said"), MORE, ids=[said.split("]")[0] for _, _, said in MORE])
def test_a_finding_on_shards_or_with_examples_says_what_may_differ_where_and_what_to_write(text, asked, said):
    names = {"a": hf.channel(), "b": hf.channel(), "out": [], "opaque": opaque}

    report = hf.compile(text, names, "flow").check(**asked)

    assert all_as_text(report.diagnostics) == said


def opaque(held, item):
    for _ in (held, item):
        pass
    return held


@hf.law("commutes")
def latest(held, item):
    return [held, item][1]


def test_a_declared_law_that_examples_refute_is_told_of_at_the_function():
    text = "source_stream(a) -> fold::<'static>(|| 0, latest) -> for_each(out.append);"
    flow = hf.compile(text, {"a": hf.channel(), "out": [], "latest": latest}, "flow")

    with pytest.raises(hf.GuaranteeError) as raised:
        flow.check(examples={"a": [1, 2]})

    assert (
        str(raised.value)
        == """\
error[HF320]: `latest` is declared to keep to the law `commutes`, and does not
 --> flow:1:43
1 | source_stream(a) -> fold::<'static>(|| 0, latest) -> for_each(out.append);
  |                                           ^^^^^^
  = note: latest breaks the law `it commutes: f(f(a, b), c) == f(f(a, c), b)`:
            a = 0
            b = 1
            c = 2
            f(f(a, b), c) is 2, f(f(a, c), b) is 1
  = hint: take the law out of its `@hf.law`, or mend the function"""
    )


def test_a_law_that_is_tried_by_itself_bears_the_code_too():
    with pytest.raises(hf.lattices.LawError) as raised:
        hf.check_law(latest, "commutes", items=[1, 2], begin=0)

    assert (
        str(raised.value)
        == """\
HF320: latest breaks the law `it commutes: f(f(a, b), c) == f(f(a, c), b)`:
  a = 0
  b = 1
  c = 2
  f(f(a, b), c) is 2, f(f(a, c), b) is 1"""
    )
    assert raised.value.counterexample == (0, 1, 2)


def test_an_output_that_is_expected_never_to_be_taken_back_says_why_it_may_be():
    text = "source_stream(a) -> fold::<'static>(|| 0, |n, _| n + 1) -> filter(|n| n < 3) -> for_each(out.append);"
    flow = hf.compile(text, {"a": hf.channel(), "out": []}, "flow")

    with pytest.raises(hf.GuaranteeError) as raised:
        flow.check()["out"].expect("final", early=True)

    assert (
        str(raised.value)
        == """\
error[HF321]: `out` may be taken back until the run is at rest, and is expected never to be (`early=True`)
 --> flow:1:81
1 | source_stream(a) -> fold::<'static>(|| 0, |n, _| n + 1) -> filter(|n| n < 3) -> for_each(out.append);
  |                                                                                 ^^^^^^^^^^^^^^^^^^^^
  = note: `out` may be taken back until the run is at rest: `filter` is given a value that may still change"""
    )


def test_what_the_report_expects_in_vain_says_why():
    text = "source_stream(a) -> enumerate::<'static>() -> for_each(out.append);"
    flow = hf.compile(text, {"a": hf.channel(), "out": []}, "flow")

    with pytest.raises(hf.GuaranteeError) as raised:
        flow.check("tcp")["out"].expect("set")

    assert str(raised.value).startswith(
        "error[HF321]: `out` is `differs`, and at least `set` is expected\n --> flow:1:47\n"
    )
    assert "depends on the order in which items arrive: `enumerate` numbers the items" in str(raised.value)


@pytest.mark.parametrize(
    ("persistence", "why"),
    [("static", "numbers the items, and how many come is not the same"), ("tick", "begins anew")],
)
def test_numbers_of_what_a_timer_gives_begin_anew_only_where_they_do(persistence, why):
    flow = hf.compile(f"source_interval(1) -> enumerate::<'{persistence}>() -> for_each(out.append);", {"out": []})

    assert f"depends on where a tick ends: `enumerate` {why}" in str(flow.check("tcp"))
