from __future__ import annotations

from collections.abc import Callable

from fronts import SUMS, Front

from hydroflow_nb.widgets.page import page_of


def test_the_page_is_that_of_what_is_recorded_now(front: Callable[[str], Front]) -> None:
    one = front(SUMS)
    one.ask("send", input="numbers", text="7", each=False)
    one.ask("step", grain="tick")

    assert one.ask("page_of_run")["page"] == page_of(one.flow.recording)


def test_the_cells_are_the_flow_and_its_inputs(front: Callable[[str], Front]) -> None:
    one = front(SUMS)
    one.ask("send", input="numbers", text="7", each=False)
    one.ask("step", grain="tick")

    flow, inputs = one.ask("cells")["cells"]

    assert flow == f"%%hydroflow {one.flow.name}\n{SUMS.strip()}"
    assert inputs == f"{one.flow.name}.inputs['numbers'].extend([7])\n{one.flow.name}.run_tick()"
