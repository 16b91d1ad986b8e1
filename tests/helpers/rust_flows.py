"""Flows, twenty and more, that are translated to Rust, with what is sent into their channels: one list a tick."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import hydroflow_nb as hf


@dataclass(frozen=True)
class Translated:
    """A flow; what comes into its channels in each tick; and the names whose items come in any order."""

    name: str
    text: str
    ticks: Sequence[Mapping[str, Sequence[Any]]] = ()
    types: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, Any] = field(default_factory=dict)
    unordered: bool = False


# --- functions of the notebook that flows call ------------------------------------------------------------------


def weight(word: str) -> int:
    """How heavy a word is."""
    if word.startswith("a"):
        return 10
    total = 0
    for one in word:
        if one in "aeiou":
            continue
        total += ord(one) % 7
    return total


def divisors(number):
    found = []
    divisor = 1
    while divisor <= number:
        if number % divisor == 0:
            found.append(divisor)
        divisor += 1
    return found


def first_even(numbers):
    for number in numbers:
        if number % 2 == 0:
            return number
    return None


def counted(text):
    counts = {}
    for one in text:
        counts[one] = counts.get(one, 0) + 1
    best, most = "", 0
    for one, count in counts.items():
        if count > most:
            best = one
            most = count
    return best, most, counts


twice = lambda value: value + value  # noqa: E731


FLOWS: Sequence[Translated] = (
    Translated(
        "maps",
        """
        source_iter(range(-5, 6))
            -> map(|x| (x, x // 3, x % 3, x // -3, x % -3, x / 4))
            -> for_each(out.append);
        """,
    ),
    Translated(
        "filters",
        """
        source_iter([("a", 1), ("bb", 20), ("c", 3)])
            -> filter(|(s, n)| n > 2 and len(s) == 1)
            -> for_each(print);
        """,
    ),
    Translated(
        "words",
        """
        source_iter(["To be or not to be", "that is  the question "])
            -> flat_map(|l| l.lower().split())
            -> map(|w| (w, 1))
            -> fold_keyed(|| 0, |acc, n| acc + n)
            -> sort()
            -> for_each(out.append);
        """,
    ),
    Translated(
        "reach",
        """
        reached = union() -> unique() -> tee();
        source_iter([1]) -> reached;
        source_iter([(1, 2), (2, 3), (3, 1), (4, 5)]) -> [1]hop;
        reached -> map(|v| (v, ())) -> [0]hop;
        hop = join() -> map(|(_, (_, dst))| dst) -> reached;
        reached -> for_each(out.append);
        """,
        unordered=True,
    ),
    Translated(
        "held_join",
        """
        source_stream(people) -> [0]both;
        source_stream(pets) -> [1]both;
        both = join::<'static, 'tick>()
            -> map(|(key, (name, pet))| f"{key}: {name} has {pet}")
            -> for_each(out.append);
        """,
        ticks=[{"people": [(1, "Ada"), (2, "Bob")]}, {"pets": [(1, "cat")]}, {"pets": [(2, "dog"), (3, "emu")]}],
        types={"people": tuple[int, str], "pets": tuple[int, str]},
        unordered=True,
    ),
    Translated(
        "sums",
        """
        source_stream(numbers)
            -> fold::<'static>(|| (0, 0), |(n, total), x| (n + 1, total + x))
            -> for_each(out.append);
        """,
        ticks=[{"numbers": [1, 2]}, {"numbers": [10]}, {"numbers": [-4, 5]}],
        types={"numbers": int},
    ),
    Translated(
        "greatest",
        """
        source_stream(numbers) -> reduce::<'static>(|a, b| max(a, b)) -> for_each(out.append);
        """,
        ticks=[{"numbers": [3, 9, 2]}, {"numbers": [4]}, {"numbers": [40]}],
        types={"numbers": int},
    ),
    Translated(
        "best_or_none",
        """
        source_iter([4, 7, 1])
            -> fold(|| None, |best, x| x if best is None or x > best else best)
            -> for_each(out.append);
        """,
    ),
    Translated(
        "grouped",
        """
        source_iter([("a", 1), ("b", 2), ("a", 3)])
            -> fold(|| {}, |acc, (k, v)| acc.setdefault(k, []).append(v))
            -> for_each(out.append);
        """,
    ),
    Translated(
        "lists",
        """
        source_iter([3, 1, 2, 1])
            -> fold(|| [], |acc, x| acc.append(x))
            -> map(|xs| (sorted(xs), xs[-1], xs[1:3], xs[::-1], sum(xs), max(xs), len(xs), 2 in xs))
            -> for_each(out.append);
        """,
    ),
    Translated(
        "texts",
        """
        source_iter(["Straße", "naïve café", ""])
            -> map(|s| (len(s), s.upper(), s[:3], s[::-1], s.replace("a", "o"), "é" in s, s.find("v"),
               s.split(" "), "-".join(list(s))))
            -> for_each(out.append);
        """,
    ),
    Translated(
        "floats",
        """
        source_iter([1.0, 0.1, -2.5, 1e22])
            -> map(|x| (x, str(x), x * 2, x // 1, x % 3, round(x % 10), int(x % 100), abs(x)))
            -> for_each(out.append);
        """,
    ),
    Translated(
        "rest",
        """
        source_iter([1, 2, 2, 3]) -> [pos]rest;
        source_iter([3]) -> [neg]rest;
        rest = difference() -> for_each(out.append);
        source_iter([(1, "a"), (1, "a"), (2, "b")]) -> [pos]others;
        source_iter([2]) -> [neg]others;
        others = anti_join() -> for_each(kept.append);
        """,
    ),
    Translated(
        "crossed",
        """
        source_iter([1, 2]) -> [0]pairs;
        source_iter(["x", "y"]) -> [1]pairs;
        pairs = cross_join() -> for_each(out.append);
        source_iter([5, 6]) -> [input]one;
        source_iter([True]) -> [single]one;
        one = cross_singleton() -> for_each(single.append);
        """,
        unordered=True,
    ),
    Translated(
        "numbered",
        """
        source_iter(["b", "a", "c"]) -> enumerate() -> null();
        source_iter(["b", "a"]) -> enumerate() -> for_each(out.append);
        """,
    ),
    Translated(
        "sorted_by_key",
        """
        source_iter([("b", 2), ("a", 2), ("c", 1)])
            -> sort_by_key(|(name, n)| -n)
            -> for_each(out.append);
        """,
    ),
    Translated(
        "deferred",
        """
        numbers = union() -> tee();
        source_iter([1]) -> numbers;
        numbers -> filter(|n| n < 40) -> map(|n| n * 3) -> defer_tick() -> numbers;
        numbers -> for_each(out.append);
        """,
    ),
    Translated(
        "changes",
        """
        source_stream(words)
            -> unique::<'static>()
            -> persist::<'static>()
            -> fold(|| 0, |n, w| n + len(w))
            -> for_each(out.append);
        """,
        ticks=[{"words": ["a", "bb", "a"]}, {"words": ["ccc", "bb"]}, {"words": ["dddd"]}],
        types={"words": str},
    ),
    Translated(
        "comprehensions",
        """
        source_iter([[1, 2, 3], [], [4]])
            -> map(|xs| ([x * x for x in xs if x != 2], {x % 2 for x in xs} == {0, 1}, {str(x): x for x in xs},
               any(x > limit for x in xs), [(x, y) for x in xs for y in range(x)], sum(1 for x in xs), min(xs,
               default=0), [i * x for i, x in enumerate(xs)]))
            -> for_each(out.append);
        """,
        names={"limit": 3},
    ),
    Translated(
        "known_names",
        """
        source_iter(["apple", "fig", "plum"])
            -> filter_map(|fruit| (fruit, prices.get(fruit, 0) * rate) if fruit not in banned else None)
            -> for_each(out.append);
        """,
        names={"prices": {"apple": 3, "plum": 4}, "banned": ["fig"], "rate": 2},
    ),
    Translated(
        "operators",
        """
        items = source_stream(numbers) -> tee();
        items -> map(|x| [x, x]) -> flatten() -> inspect(|x| seen.append(x)) -> identity() -> null();
        items -> next_stratum() -> for_each(later.append);
        items -> map(|x| (x % 2, x)) -> reduce_keyed::<'static>(|a, b| a * b) -> sort() -> for_each(keyed.append);
        items -> multiset_delta() -> for_each(delta.append);
        sides = items -> map(|x| (x, -x)) -> unzip();
        sides[0] -> null();
        sides[1] -> for_each(out.append);
        items -> [0]zipped; source_iter(["a", "b", "c"]) -> [1]zipped; zipped = zip() -> for_each(zipped.append);
        items -> [input]gate; items -> filter(|x| x > 4) -> [signal]gate;
        gate = defer_signal() -> for_each(gated.append);
        items -> defer_tick_lazy() -> dest_sink(sent.append);
        initialize() -> for_each(began.append);
        """,
        ticks=[{"numbers": [1, 2, 1]}, {"numbers": [2, 3]}, {"numbers": [5, 1]}],
        types={"numbers": int},
    ),
    Translated(
        "multisets",
        """
        source_iter([("a", 1), ("a", 1), ("b", 2)]) -> [0]joined;
        source_iter([("a", 7), ("a", 7)]) -> [1]joined;
        joined = join_multiset() -> for_each(joined.append);
        source_iter([1, 1]) -> [0]crossed; source_iter(["x"]) -> [1]crossed;
        crossed = cross_join_multiset() -> for_each(crossed.append);
        source_iter([1, 1, 2]) -> [pos]less; source_iter([2]) -> [neg]less;
        less = difference_multiset() -> for_each(less.append);
        source_iter([("a", 1), ("a", 1), ("b", 2)]) -> [pos]without; source_iter(["b"]) -> [neg]without;
        without = anti_join_multiset() -> for_each(without.append);
        source_iter([3, 1, 2]) -> sort() -> assert_eq([1, 2, 3]) -> for_each(sorted_items.append);
        """,
        unordered=True,
    ),
    Translated(
        "many",
        """
        source_iter([(x, {str(x): x if x > 7 else None}) for x in range(2000)])
            -> filter(|(x, held)| x % 400 < 2)
            -> for_each(out.append);
        """,
    ),
    Translated(
        "functions",
        """
        source_iter(["apple", "plum", ""]) -> map(|word| (word, weight(word))) -> for_each(out.append);
        source_iter([12, 7]) -> flat_map(divisors) -> map(twice) -> for_each(kept.append);
        source_iter([[1, 2], [3], []]) -> filter_map(first_even) -> map(|x| twice(str(x))) -> for_each(single.append);
        source_iter(["banana", "x"]) -> map(counted) -> for_each(print);
        """,
        names={"weight": weight, "divisors": divisors, "first_even": first_even, "twice": twice, "counted": counted},
    ),
)


SINKS = (
    *("out", "kept", "single", "print", "seen", "later", "keyed", "delta", "zipped", "gated", "sent", "began"),
    *("joined", "crossed", "less", "without", "sorted_items"),
)


def namespace_of(one: Translated) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The names that a flow uses: its channels and its sinks, which are lists."""
    sinks: dict[str, list[Any]] = {name: [] for name in SINKS}
    names: dict[str, Any] = {**sinks, **one.names, **{name: hf.channel() for name in one.types}}
    names["print"] = sinks["print"].append
    return names, sinks


def compiled(one: Translated) -> hf.Flow:
    """The flow."""
    return hf.compile(one.text, namespace_of(one)[0], one.name)


def outputs_in_python(one: Translated) -> dict[str, list[Any]]:
    """What a run in Python gives to each sink, as JSON has it."""
    names, sinks = namespace_of(one)
    with hf.compile(one.text, names, one.name) as flow:
        for tick in one.ticks:
            for name, items in tick.items():
                names[name].extend(items)
            flow.run_tick()
        if not one.ticks:
            flow.run_available()
    return {name: json.loads(json.dumps(items)) for name, items in sinks.items() if items}


def lines_for(one: Translated) -> str:
    """What the program reads for the same run."""
    lines = []
    for tick in one.ticks:
        lines += [json.dumps({name: item}) for name, items in tick.items() for item in items]
        lines.append("")
    return "".join(f"{line}\n" for line in lines)


def outputs_of(text: str, one: Translated) -> dict[str, list[Any]]:
    """What the program wrote, by sink; for one with channels up to the end of its last tick."""
    parts = text.split("\n\n") if one.ticks else [text]
    found: dict[str, list[Any]] = {}
    for line in "\n".join(parts[: len(one.ticks)] if one.ticks else parts).splitlines():
        if line:
            ((name, item),) = json.loads(line).items()
            found.setdefault(name, []).append(item)
    return found
