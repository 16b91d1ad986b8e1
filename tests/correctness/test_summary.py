"""What a report comes to, in a sentence, and what to do next."""

from __future__ import annotations

import re

import pytest

import hydroflow_nb as hf

COUNT = "source_stream(a) -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(counts.append);"
ECHO = "source_stream(a) -> for_each(heard.append);"


def flow(text, **names):
    return hf.compile(text, {"a": hf.channel(), "b": hf.channel(), "counts": [], "heard": [], **names}, "shop")


@pytest.mark.parametrize(
    ("text", "surroundings", "said"),
    [
        (ECHO, {}, "in where ticks end and how inputs interleave: `heard` ends the same in both."),
        (COUNT + ECHO, {"network": "tcp"}, "the order in which items arrive: all outputs end the same in both."),
        (
            COUNT + ECHO,
            {"network": "udp"},
            "how often an item arrives and whether an item arrives: `counts` may end differently; "
            "something may be missing in `heard`.",
        ),
        (ECHO, {"replicas": 2}, "and which copy of the flow it is: `heard` ends the same in both."),
        (COUNT, {"shard": "[0]"}, "and which copy of the flow has which items: `counts` may end differently."),
        (
            "source_stream(a) -> fold::<'static>(|| 0, opaque) -> for_each(counts.append);",
            {"network": "tcp"},
            "whether `counts` may end differently cannot be told.",
        ),
    ],
)
def test_a_report_says_in_what_runs_may_differ_and_which_outputs_then_do(text, surroundings, said):
    report = flow(text, opaque=lambda held, item: held[item]).check(**surroundings)

    assert report.summary.startswith("Two runs may differ here in where ticks end")
    assert report.summary.endswith(said)
    assert report.summary in str(report)
    # Names are code there.
    assert re.sub("</?code[^>]*>", "`", report._repr_html_()).count(report.summary) == 1


def test_in_a_network_runs_differ_in_which_message_arrives_first():
    net = hf.Network()
    outbound, inbound, _ = net.bind("server")
    names = {"outbound": outbound, "inbound": inbound, "a": hf.channel(), "held": []}
    server = "source_stream_serde(inbound) -> fold::<'static>(|| None, |_, put| put) -> for_each(held.append);"
    net.node("server", hf.compile(server, names))
    client = hf.compile("source_stream(a) -> map(|x| (x, 'server')) -> dest_sink_serde(outbound);", names)
    net.node("ann", client)
    net.node("bob", client)

    report = net.check()

    assert report.summary.endswith("and which message arrives first: `server.held` may end differently.")
    net.send("ann", "a", 1)
    net.send("bob", "a", 2)
    (step,) = report.next_steps
    call = re.search("`(net.find.*)`", step)[1]
    assert eval(call, {"net": net}).output == "server.held"
    assert str(report).endswith(step)


def test_what_to_do_next_is_a_call_that_shows_two_runs_once_items_stand_in_it():
    counter = flow(COUNT)

    report = counter.check(network="at-least-once", replicas=3)

    see, mend = report.next_steps
    call = re.search("`(.*)`", see)[1]
    assert call == "shop.find('counts', network='at-least-once', examples={'a': [...]})"
    witness = eval(call.replace("...", "1, 2"), {"shop": counter})
    assert witness.output == "counts"
    assert mend.endswith("run `%hydroflow check shop --network at-least-once --replicas 2 --fix 1`")
    assert str(report).endswith(f"{see}\n{mend}")
    assert see.partition("`")[0] in report._repr_html_()
    assert mend.partition("`")[0] in report._repr_html_()


@pytest.mark.parametrize(
    ("text", "surroundings", "level"),
    [
        (COUNT, {}, "final"),
        # A search runs one copy of the flow, which numbers the same.
        ("source_stream(a) -> enumerate::<'static>() -> for_each(counts.append);", {"replicas": 2}, "differs"),
        # There is no input whose items a search could vary.
        ("source_iter([1]) -> map(|x| time.time()) -> for_each(counts.append);", {}, "differs"),
    ],
)
def test_no_search_is_advised_where_none_can_help(text, surroundings, level):
    report = flow(text).check(**surroundings)

    assert report["counts"].level == level
    assert report.next_steps == []


SHARDED = """
    front = process();
    counters = cluster(shards_by="[0]");
    @front source_stream(a) -> map(|x| (x, 1)) ~> counted;
    @counters counted = fold_keyed::<'static>(|| 0, |n, x| n + x) -> for_each(counts.append);
"""


def test_a_system_says_by_what_each_cluster_is_sharded():
    report = flow(SHARDED).check()

    assert report.shards == (
        "Sharded is `counters` by `[0]`: all state there is kept for each key, so that any number of members gives "
        "together what one gives."
    )
    assert report.shards in str(report)
    assert "Sharded is <code" in report._repr_html_()


def test_several_sharded_clusters_are_said_in_one_sentence():
    more = """
        shops = cluster(shards_by='["<b>"]');
        @front source_stream(b) ~> sold;
        @shops sold = map(|x| x["<b>"]) -> unique::<'static>() -> for_each(heard.append);
    """
    report = flow(SHARDED + more).check()

    assert report.shards.startswith("""Sharded are `counters` by `[0]` and `shops` by `["<b>"]`: all state""")
    assert "<b>" not in report._repr_html_()


def test_where_nothing_is_sharded_nothing_is_said_of_it():
    located = "front = process(); all = cluster(); @front source_stream(a) ~> @all.all for_each(heard.append);"

    assert flow(located).check().shards == ""
    assert flow(ECHO).check(shard="[0]").shards == ""
