from __future__ import annotations

import gc
import json
from collections.abc import Callable

import pytest

from hydroflow_nb.render import layout
from hydroflow_nb.render.dark import themed
from hydroflow_nb.render.graph import Graph


def test_the_data_is_complete_and_survives_json(graph_of: Callable[..., Graph]) -> None:
    source = (
        "n = source_stream(numbers) -> map(|x|\n  x + 1); "
        "n -> [pos]d; source_iter([1]) -> [neg]d; d = difference() -> null();"
    )
    graph = graph_of(source, "small")

    data = json.loads(json.dumps(graph.to_dict()))

    assert data == {
        "name": "small",
        "source": source,
        "first_line": 1,
        "ops": {
            "op-1": op("source_stream", "source_stream(numbers)", [4, 26], "sg-2", "pull", "n"),
            "op-2": op("map", "map(|x| x + 1)", [30, 46], "sg-2", "pull", "n"),
            "op-3": op("source_iter", "source_iter([1])", [61, 77], "sg-1", "pull", None),
            "op-4": op("difference", "difference()", [93, 105], "sg-2", "pull", "d"),
            "op-5": op("null", "null()", [109, 115], "sg-2", "push", "d"),
        },
        "edges": {
            "edge-1": edge("op-1", "op-2", [4, 26], [30, 46]),
            "edge-2": edge("op-2", "op-4", [48, 49], [53, 58], [53, 59], to_port="pos"),
            "edge-3": edge("op-3", "handoff-1", [61, 77], [81, 86], [81, 87]),
            "edge-4": edge("handoff-1", "op-4", [61, 77], [81, 86], [81, 87], to_port="neg", delay="stratum"),
            "edge-5": edge("op-4", "op-5", [93, 105], [109, 115]),
        },
        "reads": {},
        "handoffs": {"handoff-1": {"stratum": 1, "sg": "sg-2", "delay": "stratum"}},
        "subgraphs": {
            "sg-1": {"stratum": 0, "ops": ["op-3"]},
            "sg-2": {"stratum": 1, "ops": ["op-1", "op-2", "op-4", "op-5"]},
        },
        "loops": {},
        "modules": {},
        "strata": 2,
        "inputs": {"numbers": "op-1"},
    }


def op(name: str, text: str, span: list[int], sg: str, colour: str, variable: str | None) -> dict[str, object]:
    return {"name": name, "text": text, "span": span, "sg": sg, "colour": colour, "variable": variable}


def edge(source: str, target: str, *places: list[int], **more: str) -> dict[str, object]:
    ends = {"from": source, "to": target, "from_port": None, "to_port": None, "delay": None}
    return {**ends, "places": list(places), **more}


def test_what_an_operator_reads_of_another_is_told_once(reading: Graph) -> None:
    assert reading.to_dict()["reads"] == {
        "read-1": {"from": "op-2", "to": "op-4", "name": "top"},
        "read-2": {"from": "op-2", "to": "op-5", "name": "top"},
    }


def test_the_data_holds_plain_strings_only(reach: Graph) -> None:
    data = reach.to_dict()

    assert {type(operator["colour"]) for operator in data["ops"].values()} == {str}
    assert {type(edge["delay"]) for edge in data["edges"].values()} == {str, type(None)}


def test_spans_lead_back_to_the_call_in_the_source(reach: Graph) -> None:
    data = reach.to_dict()

    for operator in data["ops"].values():
        start, end = operator["span"]
        assert data["source"][start:end].startswith(f"{operator['name']}")
        assert data["source"][start:end].endswith(")")


def test_the_picture_is_drawn_once(reach: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    first = reach.svg()
    monkeypatch.setattr(layout, "lay_out", None)

    assert reach.svg() is first


def test_a_display_carries_the_picture_and_the_text(reach: Graph) -> None:
    bundle = reach._repr_mimebundle_()

    assert bundle == {"image/svg+xml": themed(reach.svg()), "text/plain": str(reach)}
    assert str(reach) == reach.text()


def test_the_representation_is_short(reach: Graph) -> None:
    assert repr(reach) == "<Graph of reach: 12 operators, 2 strata>"


def test_a_picture_leaves_the_collector_as_it_was(graph_of: Callable[..., Graph]) -> None:
    before = gc.get_threshold()

    assert graph_of("source_iter([1]) -> null();").svg()
    assert gc.get_threshold() == before
