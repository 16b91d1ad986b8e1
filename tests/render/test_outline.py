from __future__ import annotations

import json

import pytest

import hydroflow_nb as hf
from hydroflow_nb.render.outline import outline_of
from hydroflow_nb.render.svg import description, way_of


@pytest.fixture
def graph() -> hf.Flow:
    return hf.compile("source_iter([(1, 2)]) -> [0]a; source_iter([(1, 3)]) -> [1]a;"
                      "a = join() -> defer_tick() -> fold(|| 0, |a, _| a + 1) -> null();")  # fmt: skip


def test_wires_are_called_as_in_the_plain_picture(graph: hf.Flow) -> None:
    partitioned = graph.graph.partitioned

    found = outline_of(json.loads(json.dumps(graph.graph.to_dict())))

    assert [wire.way for wire in found.wires] == [way_of(partitioned, wire) for wire in partitioned.wires]
    assert [wire.delay for wire in found.wires] == [wire.delay for wire in partitioned.wires]
    assert found.description == description(partitioned)


def test_a_handoff_carries_items_over_where_its_reader_waits_for_the_next_tick(graph: hf.Flow) -> None:
    handoffs = graph.graph.partitioned.handoffs.values()

    found = outline_of(graph.graph.to_dict())

    carries = {element: handoff.carries for element, handoff in found.handoffs.items()}
    assert carries == {handoff.element: handoff.crosses_ticks for handoff in handoffs}
    assert set(carries.values()) == {True, False}


def test_a_damaged_graph_is_refused(graph: hf.Flow) -> None:
    data = graph.graph.to_dict()
    data["edges"]["edge-1"]["delay"] = "never"

    with pytest.raises(ValueError, match="never"):
        outline_of(data)
