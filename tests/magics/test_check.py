"""`%hydroflow check`, `%%hydroflow NAME --check`, and the setting for a whole notebook."""

from __future__ import annotations

import pytest

COUNT = "source_stream(inb) -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(out.append);"


@pytest.fixture
def count(notebook):
    """A notebook with the flow `count`."""
    notebook.run("import hydroflow_nb as hf\ninb = hf.channel(); out = []")
    notebook.run(f"%%hydroflow count <<\n{COUNT}")
    return notebook


def test_a_check_shows_the_report(count):
    (bundle,) = count.run("%hydroflow check count --network udp").bundles

    assert bundle["text/plain"].startswith("output  batching")
    assert "warning[HF302]" in bundle["text/plain"]
    assert "<table" in bundle["text/html"]


@pytest.mark.parametrize("line", ["--replicas 3 count", "count --replicas=3", "--replicas 3", "count --shard [0]"])
def test_options_stand_in_any_order_and_the_only_flow_needs_no_name(count, line):
    assert count.run(f"%hydroflow check {line}").plain.startswith("output")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("count --network pigeons", "'pigeons' is not the name of a network: tcp, udp, at-least-once are"),
        ("count --replicas 0", "replicas are at least 1, not 0"),
        ("count --replicas many", "`--replicas` takes a number, not `many`\n  = hint: write `--replicas 3`"),
        ("count --network", "`--network` takes a value after it\n  = hint: write `%hydroflow check NAME [--network"),
        ("count --net udp", "`%hydroflow check` has no option `--net`\n  = hint: did you mean `--network`?"),
        ("count -x", "`%hydroflow check` has no option `-x`\n  = hint: there are --network, --replicas, --shard"),
        ("count other", "`%hydroflow check` takes one name, not `count` and `other`"),
        ("cont", "there is no flow `cont`\n  = hint: did you mean `count`?"),
        ("out", "`out` is a list, not a flow\n  = hint: there are `count`"),
    ],
)
def test_what_cannot_be_checked_is_answered_by_what_can(count, line, message):
    output = count.run(f"%hydroflow check {line}")

    assert output.stderr.startswith(f"UsageError: {message}")


def test_a_network_is_checked_with_what_may_happen_in_it(count):
    count.run(
        "net = hf.Network(duplication=0.1); ends = net.bind('oslo')\n"
        "net.node('oslo', hf.compile('source_stream_serde(inb) -> for_each(print);', {'inb': ends[1]}))"
    )

    assert "oslo.print" in count.run("%hydroflow check net").plain
    assert (
        "`--network` is for a flow alone: `net` is a network" in count.run("%hydroflow check net --network udp").stderr
    )
    assert "in which each shard is a node" in count.run("%hydroflow check net --shard [0]").stderr


def test_a_fix_for_a_network_edits_the_flow_that_its_node_runs(count, monkeypatch):
    put = []
    monkeypatch.setattr(count.shell, "set_next_input", lambda text, replace: put.append(text))
    text = "source_stream_serde(inbound) -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(out.append);"
    count.run("net = hf.Network(duplication=0.1)\noutbound, inbound, _ = net.bind('oslo')")
    count.run(f"%%hydroflow counter <<\n{text}")
    count.run("net.node('oslo', counter); net.node('rome', counter)")
    count.run("sends = hf.compile('source_stream(inb) -> map(|x| (x, \"oslo\")) -> dest_sink_serde(outbound);')")
    count.run("net.node('ann', sends)")

    (bundle,) = count.run("%hydroflow check net --fix 1").bundles

    assert "unique::<'static>()" in bundle["text/plain"]
    (cell,) = put
    assert cell.startswith("%%hydroflow counter\n")
    assert "source_stream_serde(inbound) -> unique::<'static>() -> fold" in cell
    assert count.flow("counter").source.text.strip() == text


def test_a_flow_that_was_built_by_hand_is_refused(notebook):
    notebook.run(
        "from hydroflow_nb import core\nb = core.Builder('hand')\nnumbers = b.handoff('numbers')\n"
        "b.input('numbers_in', into=numbers)\n"
        "b.subgraph(reads=[numbers], writes=[])(lambda context, numbers: None)\nhand = b.build()"
    )

    assert "a flow of `hf.compile` or an `hf.Network` can be checked" in notebook.run("%hydroflow check hand").stderr


def test_a_cell_shows_its_report_under_the_graph_with_the_levels(count):
    picture, *_, report = count.run(f"%%hydroflow again --check\n{COUNT}").bundles

    assert ">final</text>" in picture["image/svg+xml"]
    assert report["text/plain"].startswith("output  batching")


def test_a_cell_without_a_graph_shows_the_report_alone(count):
    (report,) = count.run(f"%%hydroflow again --no-show --check\n{COUNT}").bundles

    assert report["text/plain"].startswith("output  batching")


def test_a_whole_notebook_is_checked_but_for_what_shows_nothing(count):
    count.run("%config HydroflowMagics.check = True")

    assert count.run(f"%%hydroflow again\n{COUNT}").bundles[-1]["text/plain"].startswith("output  batching")
    assert count.run(f"%%hydroflow again <<\n{COUNT}").bundles == []
    count.run("%config HydroflowMagics.check = False")
    assert "batching" not in str(count.run(f"%%hydroflow again\n{COUNT}").bundles)


def test_a_fix_is_put_into_the_next_cell(count, monkeypatch):
    put = []
    monkeypatch.setattr(count.shell, "set_next_input", lambda text, replace: put.append((text, replace)))
    (bundle,) = count.run("%hydroflow check count --network at-least-once --fix 1").bundles

    assert "+source_stream(inb) -> unique::<'static>() -> fold" in bundle["text/plain"]
    assert "<pre" in bundle["text/html"]
    fixed = COUNT.replace("-> fold", "-> unique::<'static>() -> fold")
    assert [(text.strip(), replace) for text, replace in put] == [(f"%%hydroflow count\n{fixed}", False)]
    assert count.flow("count").source.text.strip() == COUNT


def test_a_fix_that_does_not_exist_is_answered_by_those_that_do(count):
    assert "there is no fix: no edit" in count.run("%hydroflow check count --fix 1").stderr
    output = count.run("%hydroflow check count --network at-least-once --fix 2")
    assert "there is no fix 2\n  = hint: 1: put `unique::<'static>()` before `fold`" in output.stderr
    assert "`--fix` takes a number, not `all`" in count.run("%hydroflow check count --fix all").stderr


def test_two_runs_that_differ_are_found_for_what_the_recording_holds(count):
    count.run("inb.extend([('ann', 1), ('bob', 2)])\ncount.record()\ncount.run_available()")
    (bundle,) = count.run("%hydroflow check count --network at-least-once --find").bundles

    assert bundle["text/plain"].startswith("the same run, but ('ann', 1) in `inb` arrives again")
    assert bundle["text/html"].count("<svg") == 2


def test_where_nothing_differs_it_is_said_in_how_many_runs(count):
    count.run("inb.extend([('ann', 1), ('bob', 2)])\ncount.record()\ncount.run_available()")
    (bundle,) = count.run("%hydroflow check count --find 50").bundles

    assert bundle["text/plain"] == "`out` has the same at the end in all 4 runs"


def test_a_search_needs_items(count):
    stderr = count.run("%hydroflow check count --find").stderr
    assert "needs items for the inputs (inb)" in stderr
    assert "hint: the items that a recording holds are sent, too: step the flow first" in stderr


def test_a_search_tries_at_least_one_run(count):
    assert (
        "`--find` tries at least one run\n  = hint: write `--find`"
        in count.run("%hydroflow check count --find 0").stderr
    )


def test_the_hint_to_step_a_flow_is_not_given_where_it_has_no_input(count):
    count.run("%%hydroflow fixed\nsource_iter([1, 2]) -> for_each(out.append);")
    stderr = count.run("%hydroflow check fixed --find").stderr
    assert "all its runs take in the same" in stderr
    assert "step the flow" not in stderr


def test_two_runs_of_a_network_are_found(count):
    count.run(
        """import hydroflow_nb as hf
net = hf.Network(fifo=False)
outbound, inbound, _ = net.bind("last")
lines = hf.channel()
sent = hf.compile("source_stream(lines) -> map(|x| (x, 'last')) -> dest_sink_serde(outbound);", globals())
seen = []
kept = hf.compile("source_stream_serde(inbound) -> reduce::<'static>(|_, m| m) -> for_each(seen.append);", globals())
net.node("last", kept)
net.node("ann", sent)
for number in (1, 2):
    net.send("ann", "lines", number)
"""
    )
    (bundle,) = count.run("%hydroflow check net --find").bundles

    assert bundle["text/plain"].startswith("the same run, but")
    assert "`last.seen` is" in bundle["text/plain"]
