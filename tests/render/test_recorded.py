from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import hydroflow_nb as hf
from hydroflow_nb.render import engine
from hydroflow_nb.render.graph import Graph
from hydroflow_nb.render.outline import outline_of
from hydroflow_nb.render.palette import CARD, PALETTE
from hydroflow_nb.render.recorded import draw_recorded
from hydroflow_nb.render.tally import Tally

SVG = "{http://www.w3.org/2000/svg}"
FILES = Path(__file__).parent / "files"
DRAWN = {"svg", "title", "desc", "style", "g", "path", "polygon", "polyline", "circle", "rect", "text", "tspan"}
# All delays, a loop, a state that is read.
EVERYTHING = """
n = source_stream(numbers) -> tee();
n -> defer_tick() -> null(); n -> defer_tick_lazy() -> null(); n -> sort() -> null();
top = n -> fold(|| 0, max); n -> map(|x| x + $top) -> null();
loop { n -> batch() -> all_iterations() -> out; }; out = null();
"""


@pytest.fixture
def recorded() -> Callable[..., hf.Flow]:
    def run(text: str, items: list[Any], name: str = "flow") -> hf.Flow:
        flow = hf.compile(text, {"numbers": hf.channel(items), "edges": hf.channel(items), "print": len}, name)
        flow.record()
        flow.run_tick()
        return flow

    return run


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def words(element: ElementTree.Element) -> str:
    return " ".join("".join(text.itertext()) for text in element.iter(f"{SVG}text"))


def by_id(root: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {group.get("id", ""): group for group in root.iter(f"{SVG}g")}


def badges(root: ElementTree.Element) -> dict[str, str]:
    """The numbers on wires, by the place that they stand at."""
    found = [group for group in root.iter(f"{SVG}g") if (group.get("class") or "").startswith("badge ")]
    return {re.findall(r"\((.*)\)", badge.get("transform", ""))[0]: words(badge) for badge in found}


def test_every_wire_that_items_went_over_has_their_number_at_the_place_kept_for_it(
    recorded: Callable[..., hf.Flow],
) -> None:
    flow = recorded("source_stream(numbers) -> filter(|x| x < 2) -> filter(|x| x < 0) -> null();", list(range(1500)))

    root = parsed(flow.graph.svg(flow.recording))

    groups = by_id(root)
    assert badges(root) == {groups["edge-1"].get("data-badge"): "1.5k", groups["edge-2"].get("data-badge"): "2"}
    assert [groups[f"edge-{number}"].get("class") for number in (1, 2, 3)] == ["edge ran", "edge ran", "edge"]
    assert groups["edge-3"].findtext(f"{SVG}title") == "filter to null\n0 items"


def test_a_handoff_has_the_number_of_items_that_it_holds(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded("source_stream(numbers) -> defer_tick() -> sort() -> null();", [7, 8, 9])

    groups = by_id(parsed(flow.graph.svg(flow.recording)))

    assert {element: words(groups[element]) for element in ("handoff-1", "handoff-2")} == {
        "handoff-1": "3",
        "handoff-2": "·",
    }


def test_strata_say_behind_their_names_that_they_ran(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded("source_stream(numbers) -> filter(|x| x > 5) -> defer_tick() -> sort() -> null();", [7])

    groups = by_id(parsed(flow.graph.svg(flow.recording)))

    assert [words(groups[f"stratum-{number}"]) for number in (0, 1)] == ["stratum 0 · ran", "stratum 1"]


def test_the_tick_is_told_below_and_as_alternative_text(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded("source_stream(numbers) -> map(|x| x) -> sort() -> null();", [7, 8], "small")

    root = parsed(flow.graph.svg(flow.recording))

    assert [text.text for text in root.findall(f"{SVG}text")] == ["tick 0: 8 items moved, batch of 2"]
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == root.get("aria-label") == "Graph of small, tick 0: 8 items moved, batch of 2"
    assert root.findtext(f"{SVG}desc") == (
        "Graph of small: 4 operators in 2 subgraphs and 2 strata. stratum 0: ran. stratum 1: ran. "
        "source_stream to map: 2 items. map to handoff: 2 items. handoff to sort, blocking: 2 items. "
        "sort to null: 2 items."
    )


def test_the_alternative_text_of_a_large_flow_says_how_much_it_leaves_out(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded("source_stream(numbers)" + " -> map(|x| x)" * 60 + " -> null();", [1])

    told = parsed(flow.graph.svg(flow.recording)).findtext(f"{SVG}desc") or ""

    assert told.count(" to ") == 40
    assert told.endswith("and items on 21 more edges.")


def test_a_picture_of_an_earlier_tick_is_asked_for_by_its_number(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded("source_stream(numbers) -> null();", [7, 8])
    flow.run_tick()

    first, newest = flow.recording.svg(0), flow.recording.svg()

    assert "tick 0: 2 items moved, batch of 2" in first
    assert "tick 1: nothing ran" in newest
    assert first == flow.graph.svg(flow.recording, tick=0)
    assert newest == flow.graph.svg(recording=flow.recording)


def test_a_tick_that_is_not_recorded_or_without_a_recording_is_refused(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded("source_stream(numbers) -> null();", [])

    with pytest.raises(KeyError, match="tick 7 is not recorded: ticks 0 to 0 are"):
        flow.recording.svg(7)
    with pytest.raises(ValueError, match=r"needs a recording: `svg\(flow.recording, tick=7\)`"):
        flow.graph.svg(tick=7)


def test_a_recording_of_nothing_gives_the_picture_that_says_so(recorded: Callable[..., hf.Flow]) -> None:
    flow = hf.compile("source_iter([1]) -> null();", {})

    root = parsed(flow.recording.svg())

    assert badges(root) == {}
    assert words(root).endswith("nothing is recorded yet")


def test_the_plain_picture_stays_as_it_is(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded(EVERYTHING, [1, 2])
    plain = Graph(flow.graph.partitioned).svg()

    assert flow.recording.svg() != plain
    assert flow.graph.svg() == plain
    assert "<style" not in plain


def test_a_recorded_flow_that_is_displayed_shows_its_run(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded("source_stream(numbers) -> null();", [7, 8])
    plain = hf.compile("source_iter([1]) -> null();", {})

    shown, unrecorded = flow._repr_mimebundle_(), plain._repr_mimebundle_()

    assert "tick 0: " in shown["image/svg+xml"]
    assert ">at tick 1; inputs: numbers (0 waiting)</text>" in shown["image/svg+xml"]
    assert shown["text/plain"].startswith("<flow flow, 2 operators, at tick 1>\n\ninputs:\n    numbers: 0 waiting\n\n")
    assert ">at tick 0</text>" in unrecorded["image/svg+xml"]
    assert "@media (prefers-color-scheme:dark){svg.hydroflow-graph.shown " in unrecorded["image/svg+xml"]
    assert not plain.is_recorded


def test_every_colour_has_a_dark_one_that_holds_where_the_page_is_dark(recorded: Callable[..., hf.Flow]) -> None:
    svg = recorded(EVERYTHING, [1, 2]).recording.svg()

    root = parsed(svg)
    sheet = root.findtext(f"{SVG}style") or ""
    colours = {(name, element.get(name)) for element in root.iter() for name in ("fill", "stroke") if element.get(name)}
    assert sheet.startswith("@media (prefers-color-scheme:dark){")
    assert len(colours) > 20
    for name, colour in colours - {("fill", "none")}:
        assert f'[{name}="{colour}"]{{{name}:#' in sheet
    for name, colour in (("fill", CARD["ground"]), ("fill", PALETTE["ink"]), ("stroke", PALETTE["pull-line"])):
        assert f'[{name}="{colour.light}"]{{{name}:{colour.dark}}}' in sheet


def test_the_style_sheet_touches_no_other_picture_of_a_page(recorded: Callable[..., hf.Flow]) -> None:
    sheet = parsed(recorded(EVERYTHING, [1]).recording.svg()).findtext(f"{SVG}style") or ""

    rules = sheet.removeprefix("@media (prefers-color-scheme:dark){").removesuffix("}")
    selectors = re.findall(r"([^{}]+)\{[^{}]*\}", rules)
    assert len(selectors) > 20
    assert all(selector.startswith("svg.hydroflow-graph.recorded") for selector in selectors)


def test_a_light_reading_needs_no_style_sheet_and_nothing_comes_from_outside(recorded: Callable[..., hf.Flow]) -> None:
    svg = recorded(EVERYTHING, [1, 2]).recording.svg()

    root = parsed(svg)
    drawn = [element for element in root.iter() if element.tag in (f"{SVG}path", f"{SVG}rect", f"{SVG}text")]
    assert all(element.get("fill") or element.get("class") for element in drawn)
    assert re.findall(r"https?://[^\"' ]+", svg) == ["http://www.w3.org/2000/svg"]
    assert "url(" not in svg


@pytest.mark.parametrize("hostile", ["</style><script>alert(1)</script>", "]]><b>", "&lt;x&gt;", "\x00\x1b[31m\u202e"])
def test_no_item_gets_into_the_picture(hostile: str) -> None:
    class Item(str):
        def __repr__(self) -> str:
            return hostile

    def fails(item: Any) -> None:
        raise RuntimeError(hostile)

    numbers = hf.channel([Item(f"{hostile}needle"), hostile])
    flow = hf.compile("n = source_stream(numbers) -> tee(); n -> sort() -> null(); n -> map(f) -> null();",
                      {"numbers": numbers, "f": fails}, "flow")  # fmt: skip
    flow.record()
    with pytest.raises(RuntimeError):
        flow.run_tick()

    svg = flow.recording.svg()

    root = parsed(svg)
    assert hostile not in "".join(root.itertext())
    assert "needle" not in svg
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= DRAWN
    assert svg.count("<style") == 1


def test_text_of_the_flow_stays_text(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded("source_stream(numbers) -> map(|x| (x, '</text><script>&')) -> null();", [1])

    root = parsed(flow.recording.svg())

    assert "'</text><script>&'" in "".join(root.itertext())
    assert not [element for element in root.iter() if element.tag.endswith("script")]


def test_the_card_holds_every_badge_and_the_whole_sentence(recorded: Callable[..., hf.Flow], reach: Graph) -> None:
    flow = recorded(reach.partitioned.flat.source.text, [(number, number + 1) for number in range(1200)])
    tiny = recorded("source_iter([1]) -> null();", [])

    for svg in (flow.recording.svg(), tiny.recording.svg()):
        root = parsed(svg)
        width = float(root.get("viewBox", "").split()[2])
        assert all(float(place.split()[0]) + 12 + 17 < width for place in badges(root))
        assert all(0.5 * 11 * len(text.text or "") < width - 20 for text in root.findall(f"{SVG}text"))


def test_without_a_graphviz_the_picture_has_the_same_numbers(
    recorded: Callable[..., hf.Flow], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "source_stream(numbers) -> sort() -> null();"
    drawn = parsed(recorded(text, [1, 2]).recording.svg())
    monkeypatch.setattr(engine, "executables", lambda: iter(()))

    root = parsed(recorded(text, [1, 2]).recording.svg())

    assert sorted(words(root)) == sorted(words(drawn))
    assert words(root).endswith("tick 0: 6 items moved, batch of 2")


def test_the_picture_is_drawn_as_it_was_agreed(reach: Graph) -> None:
    """After a change that is meant to alter it: look at what the picture is now, then write it to the file."""
    plain = (FILES / "reach.svg").read_text(encoding="utf-8").rstrip("\n")
    moved = {wire.element: number for number, wire in enumerate(reach.partitioned.wires) if number % 5}
    tally = Tally(
        sentence="tick 3: 12,345 items moved, batch of 2, aborted",
        moved={element: 3**number for element, number in moved.items()},
        held={"handoff-1": 0, "handoff-2": 1, "handoff-3": 1200, "handoff-4": 35},
        marks={"stratum-0": "ran", "stratum-1": "aborted"},
    )

    drawn = draw_recorded(outline_of(reach.to_dict()), plain, tally)

    assert drawn == (FILES / "reach_recorded.svg").read_text(encoding="utf-8").rstrip("\n")
