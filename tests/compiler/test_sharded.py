"""What is refused of a cluster that is sharded by a key."""

from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler.compiling import findings
from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.errors import GraphError
from hydroflow_nb.source import Source

COUNT = "fold_keyed::<'static>(int, |n, one| n + one)"


def key_of(item: Any) -> Any:
    return item[0]


def swapped(item: Any) -> Any:
    return item[1], item[0]


NAMES = {"words": hf.channel(), "log": [], "key_of": key_of, "swapped": swapped}


def text(send: str = "~> counted", does: str = COUNT, more: str = "", shards_by: str = '"[0]"') -> str:
    return f"""
front = process();
counters = cluster(shards_by={shards_by});
@front source_stream(words) -> map(|w| (w, 1)) {send};
@counters counted = {does} -> for_each(log.append);
{more}"""


def refused(text: str) -> list[Diagnostic]:
    with pytest.raises(GraphError) as found:
        hf.compile(text, NAMES, "counts")
    return [one for one in found.value.diagnostics if one.is_error]


@pytest.mark.parametrize(
    "send",
    [
        "~> counted",
        "~> @counters counted",
        "~> @counters::<tuple[str, int]> counted",
        "~> @counters.by(|(w, _)| w) counted",
        "~> @counters.by(|item| item[0]) counted",
        "~> @counters.by(key_of) counted",
    ],
)
def test_an_item_goes_to_the_shard_of_its_key_with_or_without_the_route(send: str) -> None:
    system = hf.compile(text(send), NAMES, "counts")

    assert isinstance(system, hf.System)
    assert "member_of(counters, item[0])" in system.flows["front"].text


@pytest.mark.parametrize(
    ("route", "says"),
    [
        (".all", "`.all` sends an item of `counters` to others than the member of its key `[0]`"),
        (".others", "`.others` sends an item of `counters` to others"),
        (".next", "`.next` sends an item of `counters` to others"),
        (".by(|(_, n)| n)", "`|(_, n)| n` gives another key than `[0]`, by which `counters` is sharded"),
        (".by(|item| item)", "`|item| item` gives another key than `[0]`"),
        (".by(|(w, _)| w.lower())", "`|(w, _)| w.lower()` may give another key than `[0]`"),
        (".by(swapped)", "`swapped` may give another key than `[0]`"),
    ],
)
def test_an_item_that_may_go_to_another_shard_is_refused_at_its_route(route: str, says: str) -> None:
    (found,) = refused(text(f"~> @counters{route} counted"))

    assert (found.code, found.span.text) == ("HF516", route)
    assert found.message.startswith(says)
    assert [(label.span.text, label.text) for label in found.labels] == [("counters", "sharded by `[0]`")]
    assert found.hint.startswith("leave it out: each item goes to the member of its key")


def test_who_sends_a_table_to_all_shards_is_told_where_it_can_stand() -> None:
    (found,) = refused(text("~> @counters.all counted"))

    assert found.hint.endswith("a table that each member needs can stand there itself: `@counters source_iter(table)`")


def test_programs_of_other_make_do_not_choose_a_shard() -> None:
    (found,) = refused(text(more="web = external();\nweb ~> @counters null();"))

    assert (found.code, found.span.text) == ("HF516", "~> @counters")
    assert found.hint == "let a process take in what they send, and go on from there: `~> @counters`"


@pytest.mark.parametrize(
    ("does", "at_fault", "instead"),
    [
        ("fold::<'static>(int, |n, _| n + 1)", "fold::<'static>(int, |n, _| n + 1)", "`fold_keyed` keeps a state"),
        ("enumerate::<'static>()", "enumerate::<'static>()", "`enumerate_keyed` keeps a state for each key"),
        (f"map(swapped) -> {COUNT}", COUNT, "let what the members share items by stand in the keys of its pairs"),
        ("map(|(w, n)| n) -> unique::<'static>()", "unique::<'static>()", "let what the members share items by stand"),
    ],
)
def test_a_state_that_is_not_kept_for_each_key_is_refused_at_its_operator(
    does: str, at_fault: str, instead: str
) -> None:
    (found,) = refused(text(does=does))

    assert (found.code, found.span.text) == ("HF313", at_fault)
    assert found.message.startswith("`counters` is not the same if split by `[0]`: ")
    assert found.hint.startswith(instead)


def test_what_one_member_alone_takes_in_has_no_shard() -> None:
    (found,) = refused(text(more="@counters source_stream(words) -> unique::<'static>() -> null();"))

    assert (found.code, found.span.text) == ("HF313", "unique::<'static>()")


def test_what_each_shard_has_is_the_same_in_all() -> None:
    hf.compile(text(more="@counters source_iter([1, 2]) -> fold::<'static>(int, max) -> null();"), NAMES, "counts")


def test_a_shard_goes_on_to_other_shards_and_to_processes() -> None:
    more = """
    lengths = cluster(shards_by="[0]");
    @lengths summed = map(|(item, _)| item) -> fold_keyed::<'static>(int, |n, m| n + m) ~> @front null();
    """
    does = f"{COUNT} -> tee(); counted -> map(|(w, n)| (len(w), n)) ~> summed; counted"
    hf.compile(text(does=does, more=more), NAMES, "counts")


def test_the_key_may_stand_anywhere_in_the_item() -> None:
    sends = 'map(|(w, n)| {"page": {"name": (w,)}, "n": n}) ~> counted'
    does = f'map(|x| (x["page"]["name"][0], x["n"])) -> {COUNT}'
    system = hf.compile(text(f"-> {sends}", does, shards_by="""'["page"]["name"][00]'"""), NAMES, "counts")

    assert isinstance(system, hf.System)
    assert system.locations["counters"].shards_by == '["page"]["name"][0]'
    assert 'member_of(counters, item["page"]["name"][0])' in system.flows["front"].text


def test_of_a_text_that_is_being_written_routes_are_told_and_no_function_is_read() -> None:
    found = findings(Source(text=text("~> @counters.all counted")), "counts", {})
    assert [one.code for one in found if one.is_error] == ["HF516"]

    assert not findings(Source(text=text("~> @counters.by(key_of) counted")), "counts", {})
    assert not findings(Source(text=text(does="map(swapped) -> unique::<'static>()")), "counts", {})
