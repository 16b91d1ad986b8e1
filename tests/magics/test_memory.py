"""What a notebook keeps of flows whose cells were run again."""

from __future__ import annotations

import gc
import weakref

import ipywidgets
import pytest

CELL = "%%hydroflow f\nsource_stream(c) -> persist() -> null();"


@pytest.fixture
def cells(notebook):
    """A notebook with a channel, and a class of items that can be referred to weakly."""
    notebook.run("import hydroflow_nb as hf\nclass Item: pass\nc = hf.channel()")
    return notebook


def run_with_state(notebook, text=CELL, cell_id="a"):
    """Run a flow's cell and a tick of the flow, and refer weakly to the flow and to an item of its state."""
    notebook.run(text, cell_id=cell_id)
    item = notebook["Item"]()
    notebook["c"].send(item)
    notebook.flow("f").run_available()
    return weakref.ref(notebook.flow("f")), weakref.ref(item)


def widgets():
    return set(ipywidgets.widgets.widget._instances)


def alive(references):
    gc.collect()
    return [reference for reference in references if reference() is not None]


def test_a_cell_that_runs_again_frees_its_old_flow_with_its_state_and_its_stepper(cells):
    before = widgets()
    made = [run_with_state(cells) for _ in range(4)]

    assert alive(flow for flow, _ in made) == [made[-1][0]]
    assert alive(item for _, item in made) == [made[-1][1]]
    assert len(widgets() - before) == 2, "the stepper and its layout"


def test_a_recorded_flow_is_freed_as_well(cells):
    made = []
    for _ in range(3):
        made.append(run_with_state(cells, CELL.replace("f\n", "f --recording 100\n")))
        cells.flow("f").run_tick()

    assert alive(flow for flow, _ in made) == [made[-1][0]]
    assert alive(item for _, item in made) == [made[-1][1]]


def test_steppers_of_other_cells_end_with_the_flow_that_was_replaced(cells):
    _, item = run_with_state(cells)
    cells.run("stepper = f.stepper()\nstepper", cell_id="b")

    cells.run("%%hydroflow f\nsource_iter([1]) -> null();", cell_id="a")

    assert cells["stepper"].comm is None
    assert alive([item]) == []


def test_a_former_result_does_not_keep_the_state_of_a_flow_that_was_replaced(cells):
    made = []
    for _ in range(3):
        made.append(run_with_state(cells))
        cells.run("f", cell_id="b")

    assert len(alive(flow for flow, _ in made)) == 3
    assert alive(item for _, item in made) == [made[-1][1]]


def test_a_traceback_keeps_no_more_than_the_last_flow_that_failed(cells):
    made = []
    for _ in range(4):
        cells.run("%%hydroflow f\nsource_stream(c) -> persist() -> map(|x| x.nope) -> null();", cell_id="a")
        made.append(weakref.ref(cells.flow("f")))
        cells.run("c.send(Item())\nf.run_available()")

    assert len(alive(made)) == 1


def test_a_flow_that_ran_live_is_freed(cells):
    made = []
    for _ in range(3):
        cells.run(
            "get_ipython().run_cell_magic('hydroflow', 'f --live <<', 'source_stream(c) -> persist() -> null();')\n"
            "import asyncio\nawait asyncio.sleep(0.01)",
            cell_id="a",
        )
        made.append(weakref.ref(cells.flow("f")))
    cells.run("await asyncio.sleep(0.05)")

    assert alive(made) == [made[-1]]
    cells.run("f.stop()\nawait asyncio.sleep(0.05)")


def test_an_old_flow_that_has_another_name_too_goes_on(cells):
    _, item = run_with_state(cells)
    cells.run("kept = f")

    cells.run("%%hydroflow f\nsource_iter([1]) -> null();", cell_id="a")
    cells["c"].send(5)
    output = cells.run("kept.run_available()\nkept.current_tick()")

    assert output.error is None
    assert not cells.flow("kept").is_closed
    assert alive([item]) == [item]


def test_a_closed_flow_still_tells_what_became_of_it(cells):
    run_with_state(cells, CELL.replace("f\n", "f --recording 100\n"))
    flow = cells.flow("f")

    flow.close()

    assert flow.current_tick() == 1
    assert flow.faults == []
    assert [tick.tick for tick in flow.recording.ticks] == [0]
    assert flow.kept_ticks == []
    assert not flow.is_scheduled()


def test_a_flow_that_is_closed_by_its_own_tick_ends_that_tick(cells):
    cells.run("seen = []")
    cells.run("%%hydroflow f\nsource_iter([1, 2]) -> inspect(|x| f.close()) -> sort() -> for_each(seen.append);")

    output = cells.run("f.run_tick()")

    assert output.error is None
    assert cells["seen"] == [1, 2]
