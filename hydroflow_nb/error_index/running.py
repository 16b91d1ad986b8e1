"""The errors of a flow that runs: HF4xx."""

from __future__ import annotations

from hydroflow_nb.error_index.entry import Entry

RUNNING: tuple[Entry, ...] = (
    Entry(
        code="HF401",
        title="A closure's pattern does not fit the item",
        meaning="`|(a, b)|` takes items apart that have exactly two parts. An item that has more, fewer or none "
        "does not fit; `|(a, *rest)|` takes one part and more. `|Rect(w, h)|` takes an instance of the class "
        "`Rect` that has exactly two fields. As after every error of a run, the tick is aborted: what was on its way "
        "in it is dropped and counted in `flow.faults`, and the flow stays usable.",
        wrong="source_iter([(1, 2, 3)]) -> map(|(a, b)| a + b) -> for_each(print);",
        right="source_iter([(1, 2, 3)]) -> map(|(a, b, _)| a + b) -> for_each(print);",
    ),
    Entry(
        code="HF402",
        title="An operator was given something that it cannot work with",
        meaning="A source that cannot be iterated, a sink that cannot be sent to, a port that does not exist, a second "
        "item where one is held. The message says what came and what is needed.",
        wrong="source_iter(5) -> for_each(print);",
        right="source_iter(range(5)) -> for_each(print);",
    ),
    Entry(
        code="HF403",
        title="An assertion of the flow does not hold",
        meaning="`assert` checks each item, `assert_eq` compares the items with a list, one by one. That none is "
        "missing is checked when the flow is closed.",
        wrong="source_iter([1, 3]) -> assert_eq([1, 2]);",
        right="source_iter([1, 2]) -> assert_eq([1, 2]);",
    ),
    Entry(
        code="HF404",
        title="An item or a key cannot be hashed",
        meaning="Operators that look items up keep them in sets and dicts: `unique`, `difference`, and by their keys "
        "the joins and the keyed folds. Lists, sets and dicts can change and so cannot be looked up; tuples and "
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
        meaning="Python refused what the operator does with its items, with a message that is quoted. A function "
        "that was given to the operator does not fit its items, most often.",
        wrong="source_iter([3, 1, 2]) -> sort_by_key(len) -> for_each(print);",
        right="source_iter(['ccc', 'a', 'bb']) -> sort_by_key(len) -> for_each(print);",
    ),
    Entry(
        code="HF407",
        title="What was to be iterated cannot be",
        meaning="`flatten` emits the parts of each item, `flat_map` those of what its function returns. None, "
        "numbers and other single things have no parts.",
        wrong="source_iter([1, 2]) -> flat_map(|x| x + 1) -> for_each(print);",
        right="source_iter([1, 2]) -> flat_map(|x| [x, x + 1]) -> for_each(print);",
    ),
    Entry(
        code="HF408",
        title="Items or keys cannot be compared",
        meaning="Sorting asks which of two items is the smaller one. Python cannot tell for a number and a string, "
        "for dicts, or for None.",
        wrong="source_iter([2, 'one']) -> sort() -> for_each(print);",
        right="source_iter([2, 'one']) -> sort_by_key(|x| str(x)) -> for_each(print);",
    ),
    Entry(
        code="HF409",
        title="The function of `scan` returned no pair",
        meaning="It returns two things, the accumulator for the next item and the item to emit, `(acc, out)`, or "
        "None to end the stream.",
        wrong="source_iter([1, 2]) -> scan(|| 0, |total, x| total + x) -> for_each(print);",
        right="source_iter([1, 2])\n    -> scan(|| 0, |total, x| (total + x, total + x))\n    -> for_each(print);",
    ),
    Entry(
        code="HF410",
        title="Several arguments cannot be evaluated",
        meaning="Arguments such as a source's are evaluated once, when the flow is compiled. What a single one raises "
        "comes out as it is; where several raise something, all of it is told at once, each at its place.",
        wrong="source_iter(range(first)) -> for_each(print);\nsource_iter(range(second)) -> for_each(print);",
        right="source_iter(range(2)) -> for_each(print);\nsource_iter(range(3)) -> for_each(print);",
    ),
)
