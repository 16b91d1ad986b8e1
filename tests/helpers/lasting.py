"""Texts in which an operator remembers from tick to tick, one for each operator that may."""

from __future__ import annotations

from typing import Any, Final

import hydroflow_nb as hf
from hydroflow_nb.lattices import Max, SetUnion
from hydroflow_nb.operators import BY_NAME, OPERATORS
from hydroflow_nb.operators.record.operator import Persistence

LASTING = [operator for operator in OPERATORS if Persistence.STATIC in operator.persistences]
# What stands in parentheses behind the operator, and what its items are made of pairs `(key, number)` by.
ARGUMENTS = {
    "fold": "list, |acc, x| acc.append(x)",
    "fold_no_replay": "list, |acc, x| acc.append(x)",
    "fold_keyed": "list, |acc, x| acc.append(x)",
    "reduce": "|acc, x| max(acc, x)",
    "reduce_no_replay": "|acc, x| max(acc, x)",
    "reduce_keyed": "|acc, x| acc + x",
    "scan": "list, |acc, x| ([*acc, x], [*acc, x])",
    "scan_async_blocking": "list, appended",
    "join_fused": "Reduce(max), Fold(int, add)",
    "join_fused_lhs": "Reduce(max)",
    "join_fused_rhs": "Reduce(max)",
    "state_by": "|x| SetUnion({x}), SetUnion",
    "lattice_fold": "|| Max(0)",
}
ITEMS = {
    **dict.fromkeys(("persist_mut",), "|x| Persist(x)"),
    "persist_mut_keyed": "|(key, n)| Persist(key, n)",
    **dict.fromkeys(("state", "lattice_fold", "lattice_reduce"), "|(_, n)| Max(n)"),
    "_lattice_join_fused_join": "|(key, n)| (key, Max(n))",
}
TYPES = {"state": ", Max", "state_by": ", SetUnion", "_lattice_join_fused_join": ", Max, Max"}


async def appended(acc: list[Any], x: Any) -> tuple[list[Any], Any]:
    return [*acc, x], [*acc, x]


def text_of(name: str, lifetime: str) -> str:
    operator, item = BY_NAME[name], ITEMS.get(name, "|x| x")
    ports = operator.input_ports or ("",)
    sides = "".join(
        f"source_stream({source}) -> map({item if side == 0 or name.startswith('_') else by(name)}) -> "
        + (f"[{port}]out;" if port else "out;")
        for side, (source, port) in enumerate(zip(("xs", "ys"), ports, strict=False))
    )
    return (
        f"{sides} out = {name}::<'{lifetime}{TYPES.get(name, '')}>({ARGUMENTS.get(name, '')}) -> for_each(log.append);"
    )


def by(name: str) -> str:
    """What makes the items of the second input: those of `neg` of an `anti_join` are keys."""
    return "|(key, _)| key" if name.startswith("anti_join") else "|x| x"


# What the texts use beside their inputs `xs` and `ys`, and `log`.
NAMES: Final[dict[str, Any]] = {
    "Max": Max,
    "SetUnion": SetUnion,
    "Persist": hf.Persist,
    "Reduce": hf.Reduce,
    "Fold": hf.Fold,
    "appended": appended,
    "add": lambda acc, x: acc + x,
}


def inputs_of(text: str) -> list[str]:
    """The inputs that a text has."""
    return [name for name in ("xs", "ys") if f"({name})" in text]


def batches() -> list[dict[str, list[Any]]]:
    """What four ticks take in, by input."""
    found = []
    for number in range(4):
        item = ("ab"[number % 2], 10 - number)
        found.append({"xs": [item, ("", 0)], "ys": [item]})
    return found
