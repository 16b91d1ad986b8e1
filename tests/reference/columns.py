"""Random flows that are trees from tables to tables, of operators that can be answered over whole columns.

All items are pairs of ints. Expressions stay small in most flows; in some they leave int64, or meet None.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

VALUES = (
    "k + v",
    "v - k",
    "v * 2 + 1",
    "v // 2",
    "v % 3",
    "-k",
    "min(k, v)",
    "v if v > k else 1",
    "k",
    "v",
    "7",
    "v * v",
)
TESTS = ("k < v", "v % 2 == 0", "k != 1 and v > -2", "not v", "k or v == 3")
TERMS = ("v", "1", "v * v", "v if v > 0 else -v")
SMALL, LARGE = (-3, -2, -1, 0, 1, 2, 3), (2**61, -(2**62), 2**63 - 1, 0, 1, 2)


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A flow, the columns of its tables by name, and whether the order of its rows is promised."""

    text: str
    tables: dict[str, dict[str, list[int | None]]]
    in_order: bool


@dataclass(kw_only=True)
class _Writer:
    chance: random.Random
    values: tuple[int | None, ...]
    ends: int = 0
    statements: list[str] = field(default_factory=list)
    tables: dict[str, dict[str, list[int | None]]] = field(default_factory=dict)

    def stream(self, depth: int) -> tuple[str, bool]:
        """The name of a stream of pairs, and whether its order is promised."""
        chance = self.chance
        name, pick = f"s{len(self.statements)}", chance.choice
        if depth == 0:
            height = chance.randrange(1, 7)
            self.tables[f"t{name}"] = {one: [pick(self.values) for _ in range(height)] for one in "kv"}
            return self.begun(f"source_frame(t{name}) -> map(|row| (row.k, row.v))"), True
        kind = pick(["map", "map", "filter", "unique", "join", "join_multiset", "fold_keyed", "tee"])
        before, in_order = self.stream(depth - 1)
        match kind:
            case "map":
                return self.begun(f"{before} -> map(|(k, v)| ({pick(VALUES)}, {pick(VALUES)}))"), in_order
            case "filter":
                return self.begun(f"{before} -> filter(|(k, v)| {pick(TESTS)})"), in_order
            case "unique":
                return self.begun(f"{before} -> unique()"), in_order
            case "tee":
                both = self.begun(f"{before} -> tee()")
                self.end(f"{both} -> map(|(k, v)| ({pick(VALUES)}, v))")
                return both, in_order
            case "fold_keyed":
                return self.begun(f"{before} -> fold_keyed(|| 0, |s, v| s + {pick(TERMS).strip()})"), False
        other, _ = self.stream(chance.randrange(depth))
        join = self.begun(f"{kind}()")
        self.statements += [f"{before} -> [0]{join};", f"{other} -> [1]{join};"]
        return self.begun(f"{join} -> map(|(k, (a, b))| (k, a + b))"), False

    def end(self, pipeline: str) -> None:
        """A table of what comes out of a pipeline; its rows bear its number."""
        self.ends += 1
        rows = f"|frame| out.extend([({self.ends}, *row) for row in frame.rows()])"
        self.statements.append(f'{pipeline} -> dest_frame({{"k": int, "v": int}}, {rows});')

    def begun(self, pipeline: str) -> str:
        name = f"s{len(self.statements)}"
        self.statements.append(f"{name} = {pipeline};")
        return name


def tree(seed: int) -> Tree:
    """The flow of a number."""
    chance = random.Random(seed)
    values: tuple[int | None, ...] = SMALL
    if seed % 5 == 3:
        values = (*SMALL, None)
    elif seed % 5 == 4:
        values = LARGE
    writer = _Writer(chance=chance, values=values)
    last, in_order = writer.stream(chance.randrange(1, 6))
    writer.end(last)
    # No order is promised between tables.
    return Tree(text="\n".join(writer.statements), tables=writer.tables, in_order=in_order and writer.ends == 1)
