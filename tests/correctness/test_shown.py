"""How a report is shown: what several outputs have in common is said once."""

from __future__ import annotations

import re
from html.parser import HTMLParser

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
    assert "note: the same holds for `server 1.stored` and `server 2.stored`" in str(report)
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

    assert html.count("what HF301 means</summary>") == 1
    assert "An output depends on the order" in html
    assert "<script" not in html


def test_a_flow_without_an_output_says_so():
    report = hf.compile("source_iter([1]) -> null();", {}).check()

    assert str(report) == "there is no output: nothing leaves the flow"
    assert report._repr_html_() == "<p>there is no output: nothing leaves the flow</p>"


def test_levels_that_promise_nothing_are_bold_and_each_word_is_explained():
    report = net_of(1).check()

    html = report._repr_html_()

    assert "<strong>differs</strong>" in html
    assert "<strong>sequence" not in html
    assert "what the words of the table mean</summary>" in html
    words = re.findall(r"<td[^>]*>(\w+)</td><td[^>]*>([^<]+)</td></tr>", html)
    assert dict(words)["differs"] == "nothing is promised: two runs may end differently"
    assert dict(words)["duplication"] == "two runs differ in how often an item arrives"
    assert dict(words)["replication"] == "whether nodes that are told the same agree, in this network"
    assert not {"bag", "unknown"} & set(dict(words))


# --- what others wrote ------------------------------------------------------------------------------------------------

ALLOWED = {
    *("table", "thead", "tbody", "tr", "th", "td", "bdi", "strong", "span", "pre", "p", "code"),
    *("div", "details", "summary"),
}
ATTRIBUTES = {"style", "title", "class", "dir"}


class Markup(HTMLParser):
    """The names of all elements and attributes of a piece of HTML, and its text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.attributes, self.said = set(), set(), ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attributes}

    def handle_data(self, data):
        self.said += data


HOSTILE = [
    "<script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "</pre></details><img src=x onerror=alert(1)>",
    "&lt;b&gt;",
    "`<b>`**<i>**",
    "turned \N{RIGHT-TO-LEFT OVERRIDE}round",
    "x" * 50_000,
    "line\none",
    "\ud800",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_of_nodes_flows_and_texts_are_text_and_never_markup(name):
    net = hf.Network()
    outbound, inbound, _ = net.bind("server")
    closure = f"|held, (put, _)| held.update({{put: {name!r}}})"
    text = f"source_stream_serde(inbound) -> fold::<'static>(|| {{}}, {closure}) -> for_each(stored.append);"
    names = {"outbound": outbound, "inbound": inbound, "puts": hf.channel(), "stored": []}
    # What the name of a node may not hold.
    node = name.translate(dict.fromkeys(map(ord, ">#'"))).strip()
    net.node(node, hf.compile(text, names, name))
    net.node("ann", hf.compile(PUTS, names))
    net.node("bob", hf.compile(PUTS, names))

    report = net.check()

    markup = Markup(report._repr_html_())
    assert markup.elements <= ALLOWED
    assert markup.attributes <= ATTRIBUTES
    for said in (str(report), markup.said):
        assert "differs" in said
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in said
        # The name itself is cut wherever it stands, and the flow's text around what is marked.
        assert len(said) < 8_000
        said.encode()
    assert Markup(report.graph_of(node).svg()).elements <= {"svg", "g", "title", "path", "text", "tspan", "polygon"} | {
        *("polyline", "rect", "circle")
    }


def test_of_very_many_outputs_the_table_is_scrolled_and_the_first_findings_are_written_out():
    outputs = 300
    text = "t = source_stream(a) -> tee();\n" + "".join(
        f"t -> fold(|| 0, |n, _| n + {number}) -> for_each(out{number}.append);\n" for number in range(outputs)
    )
    report = hf.compile(text, {"a": hf.channel(), **{f"out{number}": [] for number in range(outputs)}}).check()

    html, said = report._repr_html_(), str(report)

    assert len(report.diagnostics) == outputs
    assert html.count("hydroflow-diagnostic") == 100
    assert said.count("warning[HF303]") == 100
    assert "max-height" in html.partition("<table")[0]
    for shown in (html, said):
        assert "and 200 more" in shown
        assert "and 292 more" in shown
    # What it comes to stands before all findings.
    assert said.index("may end differently") < said.index("warning[")
    assert html.index("may end differently.") < html.index("<pre")
