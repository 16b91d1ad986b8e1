from __future__ import annotations

import io
import re
from contextlib import redirect_stdout

import pytest
from IPython.core.debugger import Pdb

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
ENGINE = ("hydroflow_nb/", "hydroflow_nb\\", "interactiveshell.py", "_cell.py")


# --- binding ----------------------------------------------------------------------------------------------------------


def test_a_cell_binds_its_flow_under_its_name(notebook):
    notebook.run("%%hydroflow reach\nsource_iter([1, 2]) -> for_each(print);")

    assert notebook.flow("reach").name == "reach"


def test_without_a_name_it_is_called_flow(notebook):
    notebook.run("%%hydroflow\nsource_iter([1, 2]) -> for_each(print);")

    assert notebook.flow().name == "flow"


def test_nothing_else_is_put_into_the_notebook(notebook):
    def names() -> set[str]:
        return {name for name in notebook.shell.user_ns if not name.startswith("_")}

    before = names()
    notebook.run("%%hydroflow reach\nx = source_iter([1, 2]) -> map(|(a, b)| a) -> for_each(print);")

    assert names() - before == {"reach"}


def test_names_in_a_flow_are_those_of_the_notebook_as_they_are_when_it_runs(notebook):
    notebook.run("seen = []\nnumbers = [1, 2]\ndef double(x): return 2 * x")
    notebook.run("%%hydroflow --no-show\nsource_iter(numbers) -> map(double) -> for_each(|x| seen.append(x));")
    notebook.run("def double(x): return (x, x)")

    notebook.run("flow.run_tick()")

    assert notebook["seen"] == [(1, 1), (2, 2)]


def test_a_flow_can_also_be_asked_for_by_code(notebook):
    notebook.run(
        "for name in ('one', 'two'):\n"
        "    get_ipython().run_cell_magic(\n"
        "        'hydroflow', f'{name} <<', 'source_iter([0])\\n -> for_each(1 .__truediv__);'\n"
        "    )"
    )

    failed = notebook.run("one.run_tick()")

    assert not notebook.flow("one").is_closed
    assert not notebook.flow("two").is_closed
    assert "File <hydroflow one>:2" in failed.stdout
    assert " -> for_each(1 .__truediv__);" in failed.stdout


# --- showing ----------------------------------------------------------------------------------------------------------


def test_the_flow_is_shown_as_picture_and_text_and_as_a_widget_of_its_own(notebook):
    output = notebook.run("%%hydroflow reach\nsource_iter([1, 2]) -> for_each(print);")

    picture, seam, widget = output.bundles
    assert set(picture) == {"image/svg+xml", "text/plain"}
    assert set(seam) == {"text/html"}
    assert set(widget) == {"application/vnd.jupyter.widget-view+json", "text/html"}
    assert "source_iter([1, 2])" in picture["text/plain"]
    assert 'id="op-1"' in picture["image/svg+xml"]
    assert output.stdout == output.stderr == ""


@pytest.mark.parametrize("line", ["reach --no-show", "reach <<"])
def test_a_flow_that_is_not_to_be_shown_is_bound_only(notebook, line):
    output = notebook.run(f"%%hydroflow {line}\nsource_iter([1, 2]) -> for_each(print);")

    assert output.bundles == []
    assert output.stdout == output.stderr == ""
    assert notebook.flow("reach").current_tick() == 0


def test_the_generated_code_is_shown_on_demand(notebook):
    output = notebook.run("%%hydroflow --no-show --code\nsource_iter([1, 2]) -> for_each(print);")

    (bundle,) = output.bundles
    assert bundle["text/plain"] == notebook.flow().generated_source.rstrip()
    assert bundle["text/markdown"].startswith("```python\ndef flow(")


def test_a_budget_switches_the_recording_on(notebook):
    notebook.run("%%hydroflow --recording 500 --no-show\nsource_iter([1, 2]) -> for_each(print);")

    flow = notebook.flow()
    assert flow.is_recorded
    assert flow.recording.budget == 500


def test_a_flow_that_is_shown_is_recorded_from_its_first_tick(notebook):
    notebook.run("%%hydroflow\nsource_iter([1, 2]) -> null();")
    flow = notebook.flow()

    flow.run_available()

    assert [tick.tick for tick in flow.recording.ticks] == [0]
    assert flow.recording.budget == 20_000


def test_a_notebook_may_say_how_much_is_recorded_of_its_flows(notebook):
    notebook.run("%config HydroflowMagics.recording = 70")
    notebook.run("%%hydroflow\nsource_iter([1, 2]) -> null();")
    some = notebook.flow().recording.budget
    notebook.run("%config HydroflowMagics.recording = 0")
    notebook.run("%%hydroflow\nsource_iter([1, 2]) -> null();")

    assert some == 70
    assert not notebook.flow().is_recorded


def test_a_cell_may_record_nothing(notebook):
    notebook.run("%%hydroflow --no-recording\nsource_iter([1, 2]) -> null();")

    assert not notebook.flow().is_recorded


def test_a_flow_that_is_not_shown_is_not_recorded(notebook):
    notebook.run("%%hydroflow --no-show\nsource_iter([1, 2]) -> for_each(print);")

    assert not notebook.flow().is_recorded


@pytest.mark.parametrize("options", ["", "--no-show"])
def test_warnings_are_shown_as_text_and_html(notebook, options):
    output = notebook.run(f"%%hydroflow {options}\nsource_iter(['<b>']) -> tee() -> for_each(print);")

    warning = output.bundles[0]
    assert "warning[" in warning["text/plain"]
    assert "2 | source_iter(['<b>']) -> tee()" in warning["text/plain"]
    assert "&lt;b&gt;" in warning["text/html"]
    assert "<b>" not in warning["text/html"]


# --- errors of the cell -----------------------------------------------------------------------------------------------


def test_a_cell_with_an_error_shows_its_place_and_nothing_else(notebook):
    notebook.run("1")

    output = notebook.run("%%hydroflow reach\nsource_iter([1])\n    -> mapp(|x| x) -> for_each(print);")

    assert output.stdout.rstrip().splitlines() == [
        "error[HF201]: there is no operator `mapp`",
        " --> In[3]:3:8",
        "3 |     -> mapp(|x| x) -> for_each(print);",
        "  |        ^^^^",
        "  = hint: did you mean `map`?",
    ]
    assert output.stderr == ""
    assert output.bundles == []


def test_a_cell_with_an_error_fails_and_binds_nothing(notebook):
    output = notebook.run("%%hydroflow reach\nsource_iter([1]) -> ;")

    assert type(output.error).__name__ == "SurfaceSyntaxError"
    assert "reach" not in notebook.shell.user_ns


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("%%hydroflow\nnope();", 2),
        ("\n\n  \n%%hydroflow\n\nnope();", 6),
        ("%%time\n%%hydroflow\nnope();", 3),
        ("  %%hydroflow\n  source_iter([1])\n  -> nope();\n\n", 3),
    ],
)
def test_lines_are_counted_as_the_person_who_wrote_the_cell_counts_them(notebook, cell, line):
    output = notebook.run(cell)

    assert f" --> In[2]:{line}:" in output.stdout


@pytest.mark.parametrize("line", ["--nope", "1st", "a b"])
def test_a_wrong_first_line_is_one_message_and_fails_the_cell(notebook, line):
    output = notebook.run(f"%%hydroflow {line}\nsource_iter([1]) -> for_each(print);")

    assert output.stderr.startswith("UsageError: ")
    assert "hint: " in output.stderr
    assert output.stdout == ""
    assert output.error is not None


def test_what_an_argument_raises_ends_in_its_line_of_the_cell(notebook):
    output = notebook.run("%%hydroflow\nnumbers = source_iter(nope)\n -> for_each(print);")

    assert "Cell In[2], line 2" in output.stdout
    assert "----> 2 numbers = source_iter(nope)" in output.stdout
    assert "NameError: name 'nope' is not defined" in output.stdout
    assert not any(frame in output.stdout for frame in ENGINE)


def test_hiding_frames_leaves_the_notebook_as_it_is(notebook):
    output = notebook.run("%%time\n%%hydroflow\nsource_iter(nope) -> for_each(print);")

    assert "----> 3 source_iter(nope) -> for_each(print);" in output.stdout
    assert "__tracebackhide__" not in notebook.shell.user_ns


# --- errors while it runs ---------------------------------------------------------------------------------------------


def test_what_a_closure_raises_ends_in_its_line_of_the_cell(notebook):
    notebook.run("%%hydroflow\nsource_iter([1, 0])\n    -> map(|x| 1 / x)\n    -> for_each(print);")
    notebook.run("1")

    output = notebook.run("# the tick\nflow.run_tick()")

    assert "Cell In[4], line 2" in output.stdout
    assert "Cell In[2], line 3" in output.stdout
    assert "----> 3     -> map(|x| 1 / x)" in output.stdout
    assert output.stdout.rstrip().endswith(
        "ZeroDivisionError: division by zero\nhydroflow: in `map` at In[2], line 3, item 0, tick 0, stratum 0"
    )
    assert not any(frame in output.stdout for frame in ENGINE)


def test_what_a_function_of_the_notebook_raises_ends_in_the_function(notebook):
    notebook.run("def inverse(x):\n    return 1 / x")
    notebook.run("%%hydroflow\nsource_iter([0]) -> map(inverse) -> for_each(print);")

    output = notebook.run("flow.run_tick()")

    order = ["Cell In[4], line 1", "Cell In[3], line 2", "Cell In[2], line 2", "ZeroDivisionError: "]
    places = [output.stdout.index(place) for place in order]
    assert places == sorted(places)


def test_a_flow_whose_text_python_cannot_read_at_all_has_a_traceback(notebook):
    notebook.run("%%hydroflow\nsource_iter([0]) -> fold::<'static>(lambda: 0, lambda a, x: a + 1 / x) -> null();")

    output = notebook.run("flow.run_tick()")

    assert "----> 2 source_iter([0]) -> fold::<'static>(" in output.stdout
    assert "Unexpected exception" not in output.stdout


def test_a_traceback_shows_the_lines_of_a_flow_that_was_replaced_and_closed(notebook):
    notebook.run("%%hydroflow\nsource_iter([0])\n -> map(|x| 1 / x) -> for_each(print);", cell_id="a")
    notebook.run("try:\n    flow.run_tick()\nexcept ZeroDivisionError as error:\n    kept = error")
    notebook.run("%%hydroflow\nsource_iter([1]) -> for_each(print);", cell_id="a")

    output = notebook.run("raise kept")

    assert "----> 3  -> map(|x| 1 / x) -> for_each(print);" in output.stdout


def test_the_debugger_shows_the_lines_of_the_cell(notebook):
    notebook.run("%%hydroflow\nsource_iter([0])\n    -> map(|x| 1 / x)\n    -> for_each(print);")
    failed = notebook.run("flow.run_tick()")
    written = io.StringIO()
    debugger = Pdb(stdin=io.StringIO("list\np source_iter_1_item\nquit\n"), stdout=written)

    with redirect_stdout(written):
        debugger.reset()
        debugger.interaction(None, failed.error.__traceback__)

    shown = _COLOUR.sub("", written.getvalue())
    assert "----> 3     -> map(|x| 1 / x)" in shown
    assert "ipdb> 0" in shown


# --- the flows before it ----------------------------------------------------------------------------------------------


def test_a_flow_of_the_same_name_is_replaced_and_closed(notebook):
    notebook.run("%%hydroflow\nsource_iter([1]) -> for_each(print);")
    old = notebook.flow()

    notebook.run("%%hydroflow\nsource_iter([2]) -> for_each(print);")

    assert notebook.flow() is not old
    assert old.is_closed
    assert not notebook.flow().is_closed


def test_the_flow_of_a_cell_that_was_given_another_name_is_closed(notebook):
    notebook.run("%%hydroflow one\nsource_iter([1]) -> for_each(print);", cell_id="cell-1")

    notebook.run("%%hydroflow two\nsource_iter([1]) -> for_each(print);", cell_id="cell-1")

    assert notebook.flow("one").is_closed
    assert not notebook.flow("two").is_closed


def test_flows_of_other_cells_and_names_stay_open(notebook):
    notebook.run("%%hydroflow one\nsource_iter([1]) -> for_each(print);", cell_id="cell-1")

    notebook.run("%%hydroflow two\nsource_iter([1]) -> for_each(print);", cell_id="cell-2")

    assert not notebook.flow("one").is_closed


def test_if_there_is_an_error_in_the_cell_the_old_flow_stays(notebook):
    notebook.run("%%hydroflow\nsource_iter([1]) -> for_each(print);", cell_id="cell-1")
    old = notebook.flow()

    notebook.run("%%hydroflow\nsource_iter([1]) -> for_each(;", cell_id="cell-1")
    notebook.run("%%hydroflow\nsource_iter(nope) -> for_each(print);", cell_id="cell-1")

    assert notebook.flow() is old
    assert not old.is_closed


def test_a_channel_goes_over_to_the_flow_that_replaces_another(notebook):
    notebook.run("import hydroflow_nb as hf\nchannel = hf.channel()\nseen = []")
    for _ in range(2):
        notebook.run("%%hydroflow\nsource_stream(channel) -> for_each(|x| seen.append(x));")

    notebook.run("channel.send(7)\nflow.run_available()")

    assert notebook["seen"] == [7]


def test_what_a_replaced_flow_still_expected_is_a_warning(notebook):
    notebook.run("%%hydroflow\nsource_iter([1]) -> assert_eq([1, 2]);")
    notebook.run("flow.run_tick()")
    old = notebook.flow()

    output = notebook.run("%%hydroflow\nsource_iter([3]) -> for_each(print);")

    warning, shown, *_ = output.bundles
    assert output.error is None
    assert old.is_closed
    assert notebook.flow() is not old
    assert warning["text/plain"].startswith("warning[HF403]: `assert_eq` still expects 1 item: [2]")
    assert "found when a newer flow replaced this flow `flow`" in warning["text/plain"]
    assert "image/svg+xml" in shown


def test_anything_else_of_the_name_is_simply_replaced(notebook):
    notebook.run("flow = 5")

    notebook.run("%%hydroflow\nsource_iter([1]) -> for_each(print);")

    assert notebook.flow().current_tick() == 0


# --- running live -----------------------------------------------------------------------------------------------------


def test_a_flow_can_run_live_from_its_cell_on_until_the_cell_runs_again(notebook):
    notebook.run("import asyncio, hydroflow_nb as hf\nchannel, out = hf.channel([1]), []")
    text = "source_stream(channel) -> for_each(out.append);"
    magic = f"get_ipython().run_cell_magic('hydroflow', 'reader --live <<', '{text}')"

    notebook.run(
        f"{magic}\nfirst = [reader]\nawait asyncio.sleep(0.01)\nseen = first[0].is_running, list(out)\n{magic}\n"
        "await asyncio.sleep(0.01)\nleft = first[0].is_running, reader.is_running\nreader.stop()"
    )

    assert notebook["seen"] == (True, [1])
    assert notebook["left"] == (False, True)


# --- names that are not only the notebook's ---------------------------------------------------------------------------


def test_a_magic_that_a_function_calls_sees_the_names_of_the_function(notebook):
    notebook.run("seen = []")
    notebook.run(
        "def make(numbers):\n"
        "    factor = 2\n"
        "    text = 'source_iter(numbers) -> map(|x| factor * x) -> for_each(seen.append);'\n"
        "    get_ipython().run_cell_magic('hydroflow', 'inner --no-show', text)\n"
        "make([1, 2])"
    )
    notebook.run("inner.run_available()")

    assert notebook.shell.user_ns["seen"] == [2, 4]
    assert "factor" not in notebook.shell.user_ns


@pytest.mark.parametrize("text", ["source_iter(data) -> null();", "source_iter([1]) -> map(|x| data[x]) -> null();"])
def test_a_flow_does_not_take_the_place_of_a_value_that_its_own_text_uses(notebook, text):
    notebook.run("data = ['hours', 'of', 'results']")

    result = notebook.shell.run_cell(f"%%hydroflow data\n{text}")

    assert "would replace `data`, a list" in str(result.error_in_exec)
    assert notebook.shell.user_ns["data"] == ["hours", "of", "results"]


def test_a_flow_whose_text_uses_its_own_name_replaces_the_former_flow(notebook):
    cell = "%%hydroflow again --no-show\nsource_iter([1]) -> for_each(|x| again.stop());"

    notebook.run(cell)
    first = notebook.flow("again")
    notebook.run(cell)

    assert notebook.flow("again") is not first


# --- names that are bound anew ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("run", ["f.run_tick()", "f.run_available()"])
def test_a_flow_that_still_reads_an_old_channel_says_so_at_its_next_run(notebook, caplog, run):
    notebook.run("import hydroflow_nb as hf")
    notebook.run("c = hf.channel()", cell_id="a")
    notebook.run("%%hydroflow f\nsource_stream(c) -> null();", cell_id="b")
    notebook.run(run)
    notebook.run("c = hf.channel()", cell_id="a")
    assert not caplog.records

    notebook.run(f"c.send(1)\n{run}")
    notebook.run(run)

    (record,) = caplog.records
    assert "`source_stream` still reads the object that `c` was" in record.getMessage()


def test_cells_that_are_all_run_again_say_nothing_of_names_that_are_bound_anew(notebook, caplog):
    for _ in range(2):
        notebook.run("import hydroflow_nb as hf\nc = hf.channel()", cell_id="a")
        notebook.run("%%hydroflow f\nsource_stream(c) -> null();", cell_id="b")
        notebook.run("f.run_tick()", cell_id="c")

    assert not caplog.records


def test_a_run_is_put_below_the_stepper_as_a_page_where_that_is_asked_for(notebook):
    text = "source_iter([1, 2]) -> null();"

    def below(line):
        return notebook.run(f"%%hydroflow reach {line}\n{text}").bundles[-1]

    waits = {"text/plain": "The page of the run comes here when the flow has run."}
    assert below("--share") == waits
    assert notebook.flow("reach").is_recorded
    assert below("") != waits
    notebook.run("%config HydroflowMagics.share = True")
    assert below("") == waits
    assert notebook.run(f"%%hydroflow reach <<\n{text}").bundles == []


# --- systems ----------------------------------------------------------------------------------------------------------

SYSTEM = "%%hydroflow pair\na = process();\nb = process();\n@a source_iter(numbers) ~> @b for_each(log.append);"


def test_a_cell_that_says_where_something_runs_binds_a_system_and_shows_its_picture(notebook):
    notebook.run("numbers, log = [1, 2], []")
    shown = notebook.run(SYSTEM)

    assert type(notebook["pair"]).__name__ == "System"
    assert "a, process" in shown.bundles[0]["image/svg+xml"]

    notebook.run("net = pair.network(); net.run(); got = net['b']['log']")
    assert notebook["got"] == [1, 2]


def test_a_system_takes_the_names_of_the_notebook_when_a_network_is_made(notebook):
    notebook.run("numbers, log = [1, 2], []")
    notebook.run(SYSTEM)
    notebook.run("numbers = [7]; net = pair.network(); net.run(); got = net['b']['log']")

    assert notebook["got"] == [7]


def test_the_picture_of_a_system_shows_what_its_newest_network_has_done(notebook):
    notebook.run("numbers, log = [1, 2], []")
    notebook.run(SYSTEM)
    nothing = notebook.run("net = pair.network()")
    renewed = notebook.run("net.run();")
    again = notebook.run("1 + 1;")

    assert nothing.bundles == []
    bundle, seam = renewed.bundles
    assert "2 sent" in bundle["image/svg+xml"]
    assert "hf-seam" in seam["text/html"]
    assert bundle["text/plain"].splitlines()[1].startswith("runs as a, b")
    assert again.bundles == []


def test_a_system_and_a_flow_may_take_each_others_place(notebook):
    notebook.run("numbers, log = [1, 2], []")
    notebook.run(SYSTEM)
    system = notebook["pair"]
    notebook.run("%%hydroflow pair\nsource_iter(numbers) -> null();")
    flow = notebook["pair"]
    notebook.run(SYSTEM)

    assert all(one.is_closed for one in system.flows.values())
    assert flow.is_closed


def test_a_system_does_not_run_live_as_one_flow(notebook):
    notebook.run("numbers, log = [1, 2], []")

    failed = notebook.run(SYSTEM.replace("pair", "pair --live", 1))

    assert "it runs as a network, not as one flow" in str(failed.error)


def test_the_cell_of_a_system_tells_whether_it_gives_the_same_in_every_run(notebook):
    notebook.run("numbers, log = [1, 2], []")

    shown = notebook.run(SYSTEM.replace("pair", "pair --check", 1))

    assert shown.bundles[-1]["text/plain"].splitlines()[1].startswith("b.log")


@pytest.mark.parametrize(("option", "hint"), [("--share", "net.recording.save"), ("--recording 5", "recording=5")])
def test_what_only_a_flow_has_is_refused_for_a_system(notebook, option, hint):
    notebook.run("numbers, log = [1, 2], []")

    failed = notebook.run(SYSTEM.replace("pair", f"pair {option}", 1))

    assert hint in str(failed.error)
