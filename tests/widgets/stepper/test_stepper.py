from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fronts import SUMS, Front

import hydroflow_nb as hf


def test_the_widget_carries_the_graph_and_for_other_places_picture_and_text(front: Callable[[str], Front]) -> None:
    widget = front(SUMS).stepper

    bundle = widget._repr_mimebundle_()

    assert bundle is not None
    data = bundle[0]
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert data["image/svg+xml"].startswith("<svg")
    assert "source_stream(numbers)" in data["text/plain"]
    assert list(widget.graph["inputs"]) == ["numbers"]


def test_a_flow_whose_cell_ran_again_says_so_and_refuses(
    front: Callable[[str], Front], namespace: dict[str, Any]
) -> None:
    page = front(SUMS)
    page.ask("hello")

    namespace["flow"].close()
    namespace["flow"] = hf.compile(SUMS, namespace)
    page.ask("hello")
    answer = page.ask("step", grain="tick")

    assert page.news[-1]["closed"] == "this flow was replaced by a newer run of the cell"
    assert answer["error"]["message"] == "this flow was replaced by a newer run of the cell"


def test_a_closed_widget_hears_nothing_more_of_the_flow(front: Callable[[str], Front]) -> None:
    page = front(SUMS)
    page.ask("hello")

    page.stepper.close()
    page.flow.run_tick()

    assert len(page.news) == 1
