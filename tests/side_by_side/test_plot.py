"""The picture of what a tick costs by what is held."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from hydroflow_nb.render.palette import PALETTE
from side_by_side.plot import HEIGHT, WIDTH, decades, draw, power

SVG = "{http://www.w3.org/2000/svg}"
PANELS = {
    "reach <new>": {"ours": {10: 1e-6, 1_000: 1e-6}, "Rust": {10: 1e-6, 1_000: 1e-4}},
    "fold": {"ours": {10: 2e-6, 1_000: 2e-6}},
}


@pytest.fixture
def picture():
    return ElementTree.fromstring(draw(PANELS, ["ours", "Rust"]))


def test_each_shape_has_a_panel_with_a_curve_for_each_way(picture):
    panels = picture.findall(f"{SVG}g")

    curves = [[line.get("class") for line in panel.findall(f"{SVG}polyline")] for panel in panels]

    assert curves == [["line way0", "line way1"], ["line way0"]]
    assert [panel.find(f"{SVG}text[@class='title']").text for panel in panels] == ["reach <new>", "fold"]


def test_both_axes_are_logarithmic(picture):
    flat, rising = picture.find(f"{SVG}g").findall(f"{SVG}polyline")

    # Two decades up and across: from the lower left corner to the upper right one.
    assert flat.get("points") == f"0,{HEIGHT:.0f} {WIDTH:.0f},{HEIGHT:.0f}"
    assert rising.get("points") == f"0,{HEIGHT:.0f} {WIDTH:.0f},0"


def test_each_dot_says_what_was_measured(picture):
    said = [dot.find(f"{SVG}title").text for dot in picture.iter(f"{SVG}circle")]

    assert said[0] == "ours: 1.0 µs a tick, 10 held"
    assert len(said) == 6


def test_it_has_colours_for_light_and_dark_pages_and_names_its_ways(picture):
    style = picture.find(f"{SVG}style").text

    light, dark = style.split("@media (prefers-color-scheme: dark)")
    assert f".way0{{stroke:{PALETTE['new'].light}}}" in light
    assert f".way0{{stroke:{PALETTE['new'].dark}}}" in dark
    assert [text.text for text in picture.findall(f"{SVG}text[@class='title']")] == ["ours", "Rust"]


def test_the_axis_goes_from_decade_to_decade_and_over_one_at_least():
    assert decades([3e-6, 2e-3]) == (-6, -2)
    assert decades([1.0]) == (0, 1)


def test_powers_of_ten_are_short_words():
    assert [power(decade) for decade in (1, 3, 5, 6, -5)] == ["10", "1k", "100k", "1M", "1e-5"]
