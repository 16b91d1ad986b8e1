"""What the check of distributed correctness says: HF3xx."""

from __future__ import annotations

from hydroflow_nb.error_index.entry import Entry

_INPUT = "source_stream(hf.channel())"

CHECKING: tuple[Entry, ...] = (
    Entry(
        code="HF301",
        title="An output depends on the order in which items arrive",
        meaning="Messages of several senders come in any order, and so do those of one sender over UDP. A "
        "function that gives something else in another order makes two runs differ. One that commutes "
        "does not, such as a sum, `max`, a set, or the merge of a lattice.",
        wrong=f"{_INPUT} -> fold::<'static>(|| None, |held, x| x) -> for_each(print);",
        right=f"{_INPUT} -> fold::<'static>(|| 0, |held, x| max(held, x)) -> for_each(print);",
        network="tcp",
    ),
    Entry(
        code="HF302",
        title="An output counts an item again that comes again",
        meaning="A message whose answer was lost is sent again, and then it may have come twice. A sum or a list "
        "is changed by the second copy; a set, `max`, or a lattice is not. `unique::<'static>()` lets "
        "only the first of equal items through.",
        wrong=f"{_INPUT} -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(print);",
        right=f"{_INPUT} -> unique::<'static>() -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(print);",
        network="at-least-once",
    ),
    Entry(
        code="HF303",
        title="An output depends on where a tick ends",
        meaning="Which items come in one tick depends on when they arrive. An operator with `'tick` works on what "
        "one tick holds, so two runs differ where their ticks end at other items. With `'static` it works "
        "on all that has come so far.",
        wrong=f"{_INPUT} -> fold(|| 0, |n, _| n + 1) -> for_each(print);",
        right=f"{_INPUT} -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(print);",
    ),
    Entry(
        code="HF304",
        title="An output may be taken back until the run is at rest",
        meaning="What is shown holds for what has come so far. It is the same in every run at the end, and what "
        "was shown before may be revised. A reader that acts on it at once has to wait for the end, or to "
        "ask for a threshold that no later item takes back.",
        wrong=f"{_INPUT} -> fold::<'static>(|| 0, |n, _| n + 1) -> filter(|n| n < 3) -> for_each(print);",
        right=f"{_INPUT} -> fold::<'static>(|| 0, |n, _| n + 1) -> filter(|n| n >= 3) -> for_each(print);",
    ),
    Entry(
        code="HF305",
        title="An output holds answers that were revised since",
        meaning="A value that comes in every tick replaces the one before. An operator that keeps it with "
        "`'static` keeps the former ones too, and how many of those there were depends on where ticks "
        "ended.",
        wrong=f"{_INPUT} -> fold::<'static>(|| 0, |n, x| n - x) -> persist::<'static>() -> for_each(print);",
        right=f"{_INPUT} -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(print);",
    ),
    Entry(
        code="HF306",
        title="An output is made of a state that was read while it may still change",
        meaning="`$name` gives what the state is at the moment. When an item comes that reads it, and what the "
        "state is by then, differs from run to run. A state that never changes any more may be read, and "
        "so may a lattice that a timer tells again and again.",
        wrong=f"top = {_INPUT} -> map(|x| hf.lattices.Max(x)) -> state::<'static, hf.lattices.Max>();\n"
        f"{_INPUT} -> map(|x| (x, $top)) -> for_each(print);",
        right="top = source_iter([3]) -> fold::<'static>(|| 0, |n, x| max(n, x));\n"
        f"{_INPUT} -> map(|x| (x, $top)) -> for_each(print);",
    ),
    Entry(
        code="HF307",
        title="An output may miss what does not come in the same tick",
        meaning="A side of a join with `'tick` forgets its items at the end of the tick. What would match on the "
        "other side and comes later is not found. Nothing that comes out is wrong, and some of it may be "
        "missing.",
        wrong=f"{_INPUT} -> [0]j; {_INPUT} -> [1]j; j = join() -> for_each(print);",
        right=f"{_INPUT} -> [0]j; {_INPUT} -> [1]j; j = join::<'static>() -> for_each(print);",
    ),
    Entry(
        code="HF308",
        title="An output differs by what is read from outside",
        meaning="A clock, chance, a file of each replica's own, or the time at which a timer fires is never the "
        "same in two runs. Give the item its time or its number where it is made, so that all who get it "
        "get the same.",
        wrong=f"{_INPUT} -> map(|x| (x, id(x))) -> for_each(print);",
        right=f"{_INPUT} -> map(|x| (x, len(x))) -> for_each(print);",
    ),
    Entry(
        code="HF309",
        title="An operator forgets after the first tick what came in it",
        meaning="The items of `source_iter` come in the first tick only. An operator with `'tick` forgets them at "
        "its end, so what comes from outside in a later tick does not meet them. With `'static` they are "
        "remembered.",
        wrong=f"{_INPUT} -> [pos]d; source_iter([2]) -> [neg]d; d = difference() -> for_each(print);",
        right=f"{_INPUT} -> [pos]d; source_iter([2]) -> [neg]d; d = difference::<'tick, 'static>() -> for_each(print);",
    ),
    Entry(
        code="HF310",
        title="An output is wrong, or not whole, where messages are lost",
        meaning="A message that never comes is missing in what is made of it. A set or `max` is smaller then, and "
        "all of it is right; what was not taken away, or a sum of negative numbers, is wrong. What is "
        "sent again and again by a timer arrives in the end.",
        wrong=f"{_INPUT} -> [pos]d; {_INPUT} -> [neg]d; d = difference::<'static>() -> for_each(print);",
        right="source_iter([1]) -> [pos]d; source_iter([2]) -> [neg]d; d = difference::<'static>() -> for_each(print);",
        network="udp",
    ),
    Entry(
        code="HF311",
        title="An output depends on a law that cannot be told",
        meaning="Whether a function commutes, or forgives that an item comes again, is read from its text where "
        "it has one of the forms that are known. Of another one it is not known. `@hf.law` declares it, "
        "`hf.check_law` tries it on a sample, and `examples=` tries it within the check.",
        wrong=f"{_INPUT} -> fold::<'static>(|| 0, |n, x| max(n, x, key=str)) -> for_each(print);",
        right=f"{_INPUT} -> fold::<'static>(|| 0, |n, x| max(n, x)) -> for_each(print);",
        network="tcp",
    ),
    Entry(
        code="HF312",
        title="A flow never comes to rest",
        meaning="An operator with `'static` emits its whole content in every tick. Where that is put off to the "
        "next tick, there is always a next tick. Put off what is new only.",
        wrong=f"{_INPUT} -> persist::<'static>() -> defer_tick() -> for_each(print);",
        right=f"{_INPUT} -> defer_tick() -> for_each(print);",
    ),
    Entry(
        code="HF313",
        title="An output is not the same if items are split among shards",
        meaning="Each shard is a copy of the flow that gets the items with its keys, and what all shards give is put "
        "together. An operator that looks items up by their keys gives the same then, if what they are split by is in "
        "these keys. One that counts, numbers, or sorts needs all items in one place, and so does one behind a "
        "function whose text does not show where the key went. What a function changes in a name of the notebook, the "
        "tick, `address` and the names of members are each shard's own. Of a system, it is an error where a cluster "
        "is sharded by a key, and names the first such operator.",
        wrong=f"{_INPUT} -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(print);",
        right=f"{_INPUT} -> fold_keyed::<'static>(|| 0, |n, _| n + 1) -> for_each(print);",
        shard="[0]",
    ),
    Entry(
        code="HF320",
        title="A function does not keep to a law that is declared of it",
        meaning="`@hf.law` declares what cannot be read from the text of a function, and the check believes it. With "
        "`examples=` it tries what is declared, too, and finds items for which the law does not hold. `hf.check_law` "
        "tries a law of a function by itself.",
        wrong="@hf.law('commutes')\ndef latest(held, item):\n    return item\n\n\ninputs = hf.channel()\n"
        'flow = hf.compile("source_stream(inputs) -> fold::<\'static>(|| 0, latest) -> for_each(print);")\n'
        "flow.check(examples={'inputs': [1, 2]})",
        right="@hf.law('commutes', 'forgives')\ndef greatest(held, item):\n    return max(held, item)\n\n\n"
        "inputs = hf.channel()\n"
        'flow = hf.compile("source_stream(inputs) -> fold::<\'static>(|| 0, greatest) -> for_each(print);")\n'
        "flow.check(examples={'inputs': [1, 2]})",
        by_hand=True,
    ),
    Entry(
        code="HF321",
        title="An output promises less than is expected",
        meaning="`report[output].expect(level)` asks for a level, in a test or in a cell, and the check finds a "
        "weaker one. The findings that come with it say why.",
        wrong=f"flow = hf.compile('{_INPUT} -> for_each(print);')\nflow.check(network='udp')['print'].expect('set')",
        right=f"flow = hf.compile('{_INPUT} -> for_each(print);')\n"
        "flow.check(network='at-least-once')['print'].expect('set')",
        by_hand=True,
    ),
)
