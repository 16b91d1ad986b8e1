from __future__ import annotations

import pytest

from hydroflow_nb.error_index import explain_error
from hydroflow_nb.magics._line import SUBCOMMANDS
from hydroflow_nb.operators import OPERATORS


@pytest.fixture
def flows(notebook):
    """A notebook with the flows `reach` and `count`."""
    notebook.run("%%hydroflow reach <<\nsource_iter([1, 2]) -> map(|x| 1 / x) -> for_each(print);")
    notebook.run("import hydroflow_nb as hf\nchannel = hf.channel()")
    notebook.run("%%hydroflow count <<\nsource_stream(channel) -> map(|x| 1 / x) -> for_each(print);")
    return notebook


def test_flows_lists_names_operators_ticks_and_states(flows):
    flows.run("reach.run_tick(); count.run_tick()")
    flows.run("channel.send(0); count.run_tick()")
    flows.run("reach.close(); channel.send(1)")

    output = flows.run("%hydroflow flows")

    assert [line.split(maxsplit=3) for line in output.plain.splitlines()] == [
        ["name", "operators", "tick", "state"],
        ["reach", "3", "1", "closed"],
        ["count", "3", "2", "a tick is due, 1 aborted tick"],
    ]
    assert "<td>reach</td>" in output.bundles[0]["text/html"]


def test_a_flow_runs_live_until_it_is_stopped_while_other_cells_go_on(flows):
    flows.run("import asyncio; turns = lambda: asyncio.sleep(0.01)\nchannel.extend([1, 2])")
    assert flows.run("%hydroflow running").plain.startswith("no flow runs live")

    output = flows.run(
        "get_ipython().run_line_magic('hydroflow', 'run count'); await turns()\n"
        "%hydroflow running\n%hydroflow flows\n%hydroflow stop\nawait turns()\n%hydroflow running"
    )

    assert output.error is None
    running, all_flows, nothing = output.bundles
    assert [line.split(maxsplit=3) for line in running["text/plain"].splitlines()[1:]] == [
        ["count", "3", "1", "runs live"]
    ]
    assert "at rest" in all_flows["text/plain"]
    assert nothing["text/plain"].startswith("no flow runs live")


def test_what_ended_a_live_flow_is_listed(flows):
    flows.run("import asyncio; channel.send(0)")

    output = flows.run("%hydroflow run count\nawait asyncio.sleep(0.01)\n%hydroflow flows")

    assert "ended by ZeroDivisionError, 1 aborted tick" in output.plain


def test_stop_says_so_where_nothing_runs(flows):
    assert flows.run("%hydroflow stop count").plain == "`count` does not run live"
    assert flows.run("%hydroflow stop").plain.startswith("no flow runs live")


def test_no_flow_runs_live_without_an_event_loop(flows):
    assert "no event loop is running here" in flows.run("%hydroflow run count").stderr


def test_former_results_are_no_flows_of_their_own(flows):
    flows.run("reach")

    output = flows.run("%hydroflow flows")

    assert [line.split()[0] for line in output.plain.splitlines()] == ["name", "reach", "count"]


def test_flows_says_so_where_there_is_none(notebook):
    output = notebook.run("%hydroflow flows")

    assert output.plain == "there is no flow yet: write one in a cell that begins with `%%hydroflow`"


def test_graph_shows_the_picture_and_the_text(flows):
    output = flows.run("%hydroflow graph reach")

    (bundle,) = output.bundles
    assert "<svg" in bundle["image/svg+xml"]
    assert bundle["text/plain"] == flows.flow("reach").graph.text()


def test_profile_measures_from_then_on_and_shows_what_was_measured(flows):
    assert "no tick was measured yet" in flows.run("%hydroflow profile count").bundles[0]["text/plain"]

    flows.flow("count").run_tick()
    (bundle,) = flows.run("%hydroflow profile count").bundles

    assert bundle["text/plain"].startswith("profile of the flow `count`: tick 0")
    assert "<table" in bundle["text/html"]


def test_code_shows_the_generated_code(flows):
    output = flows.run("%hydroflow code count")

    assert output.plain == flows.flow("count").generated_source.rstrip()


def test_the_name_of_the_only_flow_may_be_left_out(notebook):
    notebook.run("%%hydroflow reach <<\nsource_iter([1]) -> for_each(print);")

    output = notebook.run("%hydroflow code")

    assert output.plain.startswith("def reach(")


def test_operators_lists_every_operator(notebook):
    output = notebook.run("%hydroflow operators")

    missing = [operator.name for operator in OPERATORS if f"`{operator.name}" not in output.plain]
    assert missing == []


def test_operators_explains_the_words_of_the_entries(notebook):
    shown = notebook.run("%hydroflow operators").plain

    assert "- **order**: `kept`, `not kept`" in shown
    assert "A function `f(acc, item)` *commutes*" in shown
    assert "](" not in shown, "a link leads nowhere from a notebook"


def test_operators_explains_one(notebook):
    output = notebook.run("%hydroflow operators difference")

    assert "All of `neg` is complete before an item of `pos` is looked at" in output.plain
    assert output.bundles[0]["text/markdown"] == output.plain


@pytest.mark.parametrize("code", ["HF220", "hf220", "220"])
def test_error_explains_a_code(notebook, code):
    output = notebook.run(f"%hydroflow error {code}")

    assert output.bundles[0]["text/markdown"] == explain_error("HF220")


@pytest.mark.parametrize("line", ["", "help", "--help"])
def test_help_names_every_subcommand_and_option(notebook, line):
    output = notebook.run(f"%hydroflow {line}")

    for word in (
        "--no-show",
        "--code",
        "--recording",
        "--live",
        "<<",
        "flows",
        "run",
        "stop",
        "graph",
        "code",
        "operators",
        "error",
        "help",
        "docs/understanding.md",
    ):
        assert word in output.plain


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("grap reach", "`%hydroflow` has no `grap`\n  = hint: did you mean `graph`?"),
        ("xyz", f"`%hydroflow` has no `xyz`\n  = hint: there are {', '.join(SUBCOMMANDS)}"),
        ("graph rech", "there is no flow `rech`\n  = hint: did you mean `reach`?"),
        ("code xyz", "there is no flow `xyz`\n  = hint: there are `reach`, `count`"),
        ("code channel", "`channel` is a Channel, not a flow\n  = hint: there are `reach`, `count`"),
        ("graph", "`%hydroflow graph` takes the name of a flow\n  = hint: there are `reach`, `count`"),
        ("graph reach count", "`%hydroflow graph` takes one name after it, not `reach count`"),
        ("flows reach", "`%hydroflow flows` takes nothing after it, not `reach`"),
        ("operators mapp", "there is no operator `mapp`\n  = hint: did you mean `map`?"),
        ("operators merge", "there is no operator `merge`\n  = hint: its name is now `union`"),
        (
            "operators cast",
            "there is no operator `cast`\n  = hint: streams have no types to cast between here: leave it out",
        ),
        (
            "error",
            "`%hydroflow error` takes a code\n  = hint: the code of an error stands in its message: `error[HF201]`",
        ),
        ("error HF999", "there is no error `HF999`"),
        ("operators xyz", "there is no operator `xyz`\n  = hint: `%hydroflow operators` lists them all"),
        ("graph {name}", "there is no flow `{name}`"),
    ],
)
def test_what_is_not_there_is_answered_by_what_is(flows, line, message):
    flows.run("name = 'reach'")

    output = flows.run(f"%hydroflow {line}")

    assert output.stderr.startswith(f"UsageError: {message}")
    assert output.error is not None


@pytest.mark.parametrize("command", SUBCOMMANDS)
def test_every_subcommand_that_is_offered_is_there(flows, command):
    assert f"has no `{command}`" not in flows.run(f"%hydroflow {command}").stderr


def test_a_flow_built_by_hand_is_listed_and_shown(notebook):
    notebook.run(
        "from hydroflow_nb import core\n"
        "b = core.Builder('hand')\n"
        "numbers = b.handoff('numbers')\n"
        "b.input('numbers_in', into=numbers)\n"
        "b.subgraph(reads=[numbers], writes=[])(lambda context, numbers: None)\n"
        "hand = b.build()"
    )

    assert "hand" in notebook.run("%hydroflow flows").plain
    assert notebook.run("%hydroflow graph hand").bundles
    assert "was built by hand" in notebook.run("%hydroflow code hand").stderr


# --- systems ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def systems(notebook):
    """A notebook with the system `pair`."""
    notebook.run("import hydroflow_nb as hf\nwords, log = hf.channel(), []")
    notebook.run(
        "%%hydroflow pair <<\na = process();\nb = process();\n@a source_stream(words) ~> @b heard;\n"
        "@b heard = fold::<'static>(int, |n, x| n + 1) -> for_each(log.append);"
    )
    return notebook


def test_a_system_is_listed_drawn_and_checked_like_a_flow(systems):
    assert [line.split(maxsplit=2) for line in systems.run("%hydroflow flows").plain.splitlines()] == [
        ["name", "operators", "tick  state"],
        ["pair", "3", "a system: a, b"],
    ]
    assert "a, process" in systems.run("%hydroflow graph pair").bundles[0]["image/svg+xml"]
    assert len(systems.run("%hydroflow code").bundles) == 2
    assert "b.log" in systems.run("%hydroflow check pair").plain
    assert "has to say" not in str(systems.run("%hydroflow check pair --find 20").error)
    assert "`pair` is a system" in str(systems.run("%hydroflow check pair --replicas 3").error)


def test_what_is_at_one_place_of_a_system_is_named_by_both(systems):
    assert "source_stream" in systems.run("%hydroflow graph pair@a").plain
    assert systems.run("%hydroflow code pair@b").plain.startswith("def flow")
    assert "did you mean `b`?" in str(systems.run("%hydroflow code pair@bb").error)
    assert "it runs as a network" in str(systems.run("%hydroflow run pair").error)
    assert "%hydroflow run pair@a" in str(systems.run("%hydroflow run pair").error)
