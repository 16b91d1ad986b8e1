"""The errors of a flow that runs: HF4xx."""

from __future__ import annotations

from hydroflow_nb.error_index.entry import Entry

RUNNING: tuple[Entry, ...] = (
    Entry(
        code="HF401",
        title="A closure's pattern does not fit the item",
        meaning="`|(a, b)|` takes items apart that have exactly two parts. Items with more parts, fewer parts or no "
        "parts do not fit. `|(a, *rest)|` takes one part or more. `|Rect(w, h)|` takes an instance of the class `Rect` "
        "that has exactly two fields. As after every error of a run, the tick is aborted: the items on their way in it "
        "are dropped and counted in `flow.faults`, and the flow stays usable.",
        wrong="source_iter([(1, 2, 3)]) -> map(|(a, b)| a + b) -> for_each(print);",
        right="source_iter([(1, 2, 3)]) -> map(|(a, b, _)| a + b) -> for_each(print);",
    ),
    Entry(
        code="HF402",
        title="An operator got something that it cannot work with",
        meaning="Examples are a source that cannot be iterated, an object that is not a sink, a port that does not "
        "exist, and a second item in a tick of `singleton()`. The message says what came and what is needed.",
        wrong="source_iter(5) -> for_each(print);",
        right="source_iter(range(5)) -> for_each(print);",
    ),
    Entry(
        code="HF403",
        title="An assertion of the flow does not hold",
        meaning="`assert` checks each item. `assert_eq` compares each item with the expected one at its position. "
        "Whether items are missing is checked when the flow is closed.",
        wrong="source_iter([1, 3]) -> assert_eq([1, 2]);",
        right="source_iter([1, 2]) -> assert_eq([1, 2]);",
    ),
    Entry(
        code="HF404",
        title="An item or a key cannot be hashed",
        meaning="Operators that look items up keep them in sets and dicts: `unique` and `difference` keep items, joins "
        "and keyed folds keep keys. Lists, sets and dicts can change, so they cannot be looked up; tuples and "
        "frozensets can.",
        wrong="source_iter([[1, 2]]) -> unique() -> for_each(print);",
        right="source_iter([[1, 2]]) -> map(tuple) -> unique() -> for_each(print);",
    ),
    Entry(
        code="HF405",
        title="An item is not a pair of key and value",
        meaning="Joins and keyed operators take pairs, `(key, value)`: they look up the first half.",
        wrong="source_iter(['a', 'b', 'a']) -> fold_keyed(|| 0, |count, _| count + 1) -> for_each(print);",
        right="source_iter(['a', 'b', 'a'])\n    -> map(|word| (word, ()))\n"
        "    -> fold_keyed(|| 0, |count, _| count + 1)\n    -> for_each(print);",
    ),
    Entry(
        code="HF406",
        title="An operator cannot take an item",
        meaning="Python refused the operator's work on its items; the message quotes Python's own. Most often, a "
        "function that was given to the operator does not fit its items.",
        wrong="source_iter([3, 1, 2]) -> sort_by_key(len) -> for_each(print);",
        right="source_iter(['ccc', 'a', 'bb']) -> sort_by_key(len) -> for_each(print);",
    ),
    Entry(
        code="HF407",
        title="A value cannot be iterated",
        meaning="`flatten` emits the elements of each item, `flat_map` the elements of what its function returns. "
        "None, numbers and other single values have no elements.",
        wrong="source_iter([1, 2]) -> flat_map(|x| x + 1) -> for_each(print);",
        right="source_iter([1, 2]) -> flat_map(|x| [x, x + 1]) -> for_each(print);",
    ),
    Entry(
        code="HF408",
        title="Items or keys cannot be compared",
        meaning="Sorting compares two items and asks which one is smaller. Python has no answer for a number and a "
        "string, for dicts, or for None.",
        wrong="source_iter([2, 'one']) -> sort() -> for_each(print);",
        right="source_iter([2, 'one']) -> sort_by_key(|x| str(x)) -> for_each(print);",
    ),
    Entry(
        code="HF409",
        title="The function of `scan` returned something that is not a pair",
        meaning="The function returns two things, the accumulator for the next item and the item to emit, `(acc, "
        "out)`; or it returns None to end the stream.",
        wrong="source_iter([1, 2]) -> scan(|| 0, |total, x| total + x) -> for_each(print);",
        right="source_iter([1, 2])\n    -> scan(|| 0, |total, x| (total + x, total + x))\n    -> for_each(print);",
    ),
    Entry(
        code="HF410",
        title="Several arguments cannot be evaluated",
        meaning="Some arguments, such as that of a source, are evaluated once, when the flow is compiled. If one of "
        "them raises an exception, that comes out as it is. If several do, all exceptions are reported at once, each "
        "at its place.",
        wrong="source_iter(range(first)) -> for_each(print);\nsource_iter(range(second)) -> for_each(print);",
        right="source_iter(range(2)) -> for_each(print);\nsource_iter(range(3)) -> for_each(print);",
    ),
)
