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
note[HF304]: `out` may be taken back until the run is at rest: `difference` sees what may still change
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


def test_what_the_report_expects_in_vain_says_why():
    text = "source_stream(a) -> enumerate::<'static>() -> for_each(out.append);"
    flow = hf.compile(text, {"a": hf.channel(), "out": []}, "flow")

    with pytest.raises(hf.GuaranteeError) as raised:
        flow.check("tcp")["out"].expect("set")

    assert str(raised.value).startswith(
        "error[HF321]: the level of `out` is `differs`, and at least `set` is expected\n --> flow:1:47\n"
    )
    assert "depends on the order in which items arrive: `enumerate` numbers the items" in str(raised.value)
