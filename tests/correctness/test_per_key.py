"""Which locations of a system may be split among members by a key."""

from __future__ import annotations

from typing import Any

from hydroflow_nb.compiler import CompiledSystem
from hydroflow_nb.compiler.compiling import compile_text
from hydroflow_nb.correctness.arrivals import arrivals
from hydroflow_nb.correctness.per_key import not_kept_per_key
from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.item_paths import path_of
from hydroflow_nb.source import Source

FRONT = """
front = process();
shards = cluster();
@front source_stream(requests) ~> @shards.by(|item| item[0]) asked;
"""
COUNT = "fold_keyed::<'static>(int, |n, one| n + one)"


def refused(text: str, shard: str = "[0]", **names: Any) -> list[Diagnostic]:
    found = compile_text(Source(text=text), "sharded", names)
    assert isinstance(found, CompiledSystem)
    part = found.parts["shards"]
    channels = arrivals(found.graph, part.incoming, path_of(shard), names)
    return not_kept_per_key(part.compiled.graph.flat, names, shard, location="shards", channels=channels)


def told(diagnostics: list[Diagnostic]) -> list[tuple[str, list[str]]]:
    """The operators at fault, each with what its labels are at."""
    return [(one.span.text, [label.span.text for label in one.labels]) for one in diagnostics]


def test_a_state_for_each_key_is_kept_by_the_members() -> None:
    assert refused(f"{FRONT} @shards asked = {COUNT} -> for_each(log.append);") == []


def test_a_state_for_all_items_is_refused_at_its_operator() -> None:
    (found,) = refused(f"{FRONT} @shards asked = fold::<'static>(int, |n, one| n + 1) -> for_each(log.append);")

    assert found.is_error
    assert found.code == "HF313"
    assert found.message == (
        "`shards` is not the same if split by `[0]`: `fold` needs all items, and each shard has its own"
    )
    assert found.span.text == "fold::<'static>(int, |n, one| n + 1)"
    assert [(label.span.text, label.text) for label in found.labels] == [
        ("~> @shards.by(|item| item[0])", "`~>` brings the items of one shard")
    ]
    assert found.hint == (
        "`fold_keyed` keeps a state for each key; or send what all shards give to a process, and let that do it"
    )


def test_the_place_where_the_key_is_lost_is_told() -> None:
    found = refused(f"{FRONT} @shards asked = map(|(k, v)| (str(k), v)) -> {COUNT} -> for_each(log.append);")

    assert told(found) == [(COUNT, ["map(|(k, v)| (str(k), v))"])]


def test_of_operators_that_depend_on_each_other_the_first_is_told() -> None:
    found = refused(
        f"{FRONT} @shards asked = tee(); asked -> sort() -> enumerate() -> null(); asked -> sort() -> null();"
    )

    assert told(found) == [("sort()", ["~> @shards.by(|item| item[0])"])] * 2


def test_of_operators_in_a_cycle_the_first_in_the_text_is_told() -> None:
    found = refused(
        f"{FRONT} @shards asked = union() -> enumerate() -> map(|(n, x)| x) -> tee(); "
        "asked -> defer_tick() -> sort() -> asked; asked -> null();"
    )

    assert [one.span.text for one in found] == ["enumerate()"]
