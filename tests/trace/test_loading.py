"""Files that were damaged, made to harm, or written by another version."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hydroflow_nb as hf
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.trace.saving import as_json

Refused = Callable[[Any], str]


def recorded() -> dict[str, Any]:
    numbers = hf.channel([1, (2, "b")])
    flow = hf.compile("source_stream(numbers) -> defer_tick() -> null();", {"numbers": numbers})
    flow.record()
    flow.run_available()
    data: dict[str, Any] = json.loads(as_json(flow.recording))
    return data


@pytest.fixture
def data() -> dict[str, Any]:
    return recorded()


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    """What is said of a file with this data, or this text."""

    def load(data: Any) -> str:
        path = tmp_path / "run.json"
        path.write_text(data if isinstance(data, str) else json.dumps(data))
        with pytest.raises(HydroflowError) as error:
            hf.Recording.load(path)
        return str(error.value)

    return load


def test_a_newer_format_names_both_versions_and_the_way_out(data: dict[str, Any], refused: Refused) -> None:
    said = refused({**data, "format": 4, "written_by": "0.9.0"})

    assert said == (
        f"the recording has format 4, written by hydroflow_nb 0.9.0; hydroflow_nb {hf.__version__} reads "
        "formats 1 to 3: install a newer hydroflow_nb, or have the run saved by this one"
    )


def test_an_older_format_names_both_versions_and_the_way_out(data: dict[str, Any], refused: Refused) -> None:
    assert refused({**data, "format": 0}).endswith(
        "reads formats 1 to 3: read it with the version that wrote it, or record and save the run anew"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ("[1, 2", "is not JSON"),
        ("<!doctype html><p>", "a page, `.html`, shows a run: save it as `.json`, too"),
        ("[" * 200_000, "too deep"),
        ('{"kind": NaN}', "NaN is no number of JSON"),
        ("[]", "`recording.save('run.json')` writes one"),
        ('{"format": 1}', "`recording.save('run.json')` writes one"),
        ("1" * 5_000, "is not JSON"),
    ],
)
def test_a_file_that_is_no_recording_is_refused(refused: Refused, text: str, said: str) -> None:
    found = refused(text)

    assert found.startswith("run.json cannot be read as a recording: ")
    assert said in found


def changed(data: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    inside: Any = data
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    return data


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("format",), "1", "format: is not a number"),
        (("format",), True, "format: is not a number"),
        (("graph",), None, "graph: is not an object"),
        (("graph", "ops"), [], "graph.ops: is missing"),
        (("graph", "ops", "op-1"), "map", "graph.ops['op-1']: is not an object"),
        (("graph", "edges", "edge-1", "delay"), "never", "graph: cannot be read"),
        (("svg",), "<p>", "svg: is not XML"),
        (("svg",), "<p/>", "svg: is not an SVG"),
        (("svg",), '<svg xmlns="http://www.w3.org/2000/svg"/>', "svg: is not a picture of the graph"),
        (("svg",), '<!DOCTYPE s [<!ENTITY a "aa">]><svg>&a;</svg>', "svg: has a declaration"),
        (("ticks",), {}, "ticks: is not an array"),
        (("ticks", 0, "tick"), 7, "ticks[1].tick: is not the number after"),
        (("ticks", 0, "steps", 0, "operator"), "op-99", "ticks[0].steps[0]: names 'op-99', which the graph has not"),
        (("ticks", 0, "steps", 0, "moves"), {"edge-99": {"count": 0, "items": []}}, "names 'edge-99'"),
        (("ticks", 0, "steps", 0, "moves", "edge-1", "count"), 1, "has a count that is less than its items"),
        (("ticks", 0, "batch", "numbers", "items"), [{"module": "os"}], "is an item of a kind that is not known"),
        (("budget",), -1, "budget: is not a count"),
        (("dropped",), None, "dropped: is not a count"),
    ],
)
def test_a_damaged_part_is_refused_with_its_place(
    data: dict[str, Any], refused: Refused, place: tuple[Any, ...], value: Any, said: str
) -> None:
    assert said in refused(changed(data, place, value))


def places(data: Any, inside: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [place for key, part in parts for place in ((*inside, key), *places(part, (*inside, key)))]


RECORDED = recorded()
PLACES = places(RECORDED)
JUNK = st.none() | st.booleans() | st.integers(-2, 2) | st.text(max_size=3) | st.sampled_from([[], {}, [[{}]]])


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), value=JUNK)
def test_whatever_is_changed_the_file_is_read_or_refused(tmp_path: Path, place: tuple[Any, ...], value: Any) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(changed(json.loads(json.dumps(RECORDED)), place, value)))

    try:
        loaded = hf.Recording.load(path)
    except HydroflowError:
        return
    json.dumps(loaded.to_dict())
    loaded.svg()


def test_a_picture_that_was_made_to_harm_is_harmless(data: dict[str, Any], tmp_path: Path) -> None:
    harm = (
        '<script>alert(1)</script><style>@import "//x"</style><image href="//x"/><foreignObject><p/></foreignObject>'
        '<a href="javascript:alert(1)"><g id="a"/></a><g onclick="alert(1)" fill="url(//x)" style="fill:url(//x)"/>'
    )
    plain = data["svg"]
    data["svg"] = plain.replace("<g id=", f"{harm}<g id=", 1)
    path = tmp_path / "run.json"
    path.write_text(json.dumps(data))

    loaded = hf.Recording.load(path)

    for picture in (loaded.to_dict()["svg"], loaded.svg()):
        for word in ("script", "import", "image", "href", "foreign", "alert", "onclick", "//x"):
            assert word not in picture.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert loaded.to_dict()["svg"] == plain.replace("<g id=", "<g /><g id=", 1)


def test_a_file_that_is_not_there_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        hf.Recording.load(tmp_path / "run.json")
