"""How a report is shown: what several outputs have in common is said once."""

from __future__ import annotations

import re

import pytest

import hydroflow_nb as hf

LAST_WINS = """
source_stream_serde(inbound) -> fold::<'static>(|| {}, |held, (put, _)| held.update(put)) -> for_each(stored.append);
"""
PUTS = "source_stream(puts) -> map(|put| (put, 'server')) -> dest_sink_serde(outbound);"


def net_of(replicas: int) -> hf.Network:
    """A network of servers that keep what comes last, and a client."""
    net = hf.Network()
    outbound, inbound, _ = net.bind("server")
    names = {"outbound": outbound, "inbound": inbound, "puts": hf.channel(), "stored": []}
    server, client = (hf.compile(text, names) for text in (LAST_WINS, PUTS))
    for number in range(replicas):
        net.node(f"server {number}", server)
    net.node("ann", client)
    net.node("bob", client)
    return net


def test_what_holds_for_nodes_with_one_flow_is_said_once_with_their_names():
    report = net_of(3).check()

    assert len(report.diagnostics) == 3
    assert str(report).count("warning[HF301]") == 1
    assert "note: the same holds for `server 1.stored`, `server 2.stored`" in str(report)
    assert report._repr_html_().count("warning[HF301]") == 1


def test_of_many_outputs_some_are_named():
    assert "`server 8.stored` and 3 more" in str(net_of(12).check())


@pytest.mark.parametrize("second", ["counts", "adds"])
def test_what_is_said_of_several_operators_is_said_of_each(second):
    text = f"""
    t = source_stream(inb) -> tee();
    t -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(counts.append);
    t -> fold::<'static>(|| 0, |n, x| n + 2) -> for_each({second}.append);
    """

    report = hf.compile(text, {"inb": hf.channel(), "counts": [], "adds": []}).check(network="at-least-once")

    assert str(report).count("warning[HF302]") == 2
    assert "the same holds" not in str(report)


def test_words_of_the_table_begin_at_the_left_and_carets_stand_under_what_they_mark():
    html = net_of(1).check()._repr_html_()

    cells = re.findall(r"<t[dh]\b[^>]*>", html)
    assert cells
    assert all("text-align: left" in cell for cell in cells)
    assert "monospace" in re.findall(r"<pre[^>]*>", html)[0]


def test_the_html_explains_each_code_once_under_its_first_finding():
    text = "t = source_stream(a) -> enumerate::<'static>() -> tee(); t -> for_each(print); t -> for_each(str);"

    html = hf.compile(text, {"a": hf.channel()}).check("tcp")._repr_html_()

    assert html.count("<summary>what HF301 means</summary>") == 1
    assert "An output depends on the order" in html
    assert "<script" not in html


def test_a_flow_without_an_output_says_so():
    report = hf.compile("source_iter([1]) -> null();", {}).check()

    assert str(report) == "there is no output: nothing leaves the flow"
    assert report._repr_html_() == "<p>there is no output: nothing leaves the flow</p>"
