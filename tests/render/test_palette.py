from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hydroflow_nb.render.palette import CARD, PALETTE, TEXTUAL, Colour

HEX = re.compile(r"#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?\b")
TEXTS = ("ink", "secondary", "wire", "late", "copy", "new", "gone")


def drawing_files(repository: Path) -> Iterator[Path]:
    for folder in ("hydroflow_nb/render", "hydroflow_nb/simulation", "widgets", "magics"):
        for path in (repository / folder).rglob("*"):
            is_ours = path.name != "palette.py" and "built" not in path.parts
            if path.suffix in (".py", ".js", ".css") and is_ours:
                yield path


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, by the definition of WCAG 2: 1 for equal colours, 21 for black on white."""

    def luminance(colour: str) -> float:
        parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_no_other_file_that_draws_writes_a_colour(repository: Path) -> None:
    files = list(drawing_files(repository))

    written = {path.name: HEX.findall(path.read_text(encoding="utf-8")) for path in files}

    assert len(files) > 40
    assert {name: colours for name, colours in written.items() if colours} == {}


def test_a_colour_is_six_digits_or_red_green_blue_and_opacity() -> None:
    colours = [value for table in (PALETTE, CARD) for colour in table.values() for value in colour[:2]]

    for value in (*colours, *TEXTUAL.values()):
        assert re.fullmatch(r"#[0-9a-f]{6}|rgba\(\d+, \d+, \d+, \.\d+\)", value)


@pytest.mark.parametrize("name", TEXTS)
def test_texts_can_be_read_on_the_ground_light_and_dark(name: str) -> None:
    ground, colour = PALETTE["ground"], PALETTE[name]

    assert contrast(colour.light, ground.light) >= 4.5
    assert contrast(colour.dark, ground.dark) >= 4.5


@pytest.mark.parametrize("ground", ["ground", "stratum", "loop", "subgraph"])
def test_words_and_numbers_can_be_read_on_every_ground_of_a_card_light_and_dark(ground: str) -> None:
    for words in (PALETTE["ink"], PALETTE["secondary"], PALETTE["late"], CARD["accumulating"]):
        assert contrast(words.light, CARD[ground].light) >= 4.5
        assert contrast(words.dark, CARD[ground].dark) >= 4.5
    assert contrast(PALETTE["on-strong"].light, PALETTE["strong"].light) >= 4.5
    assert contrast(PALETTE["on-strong"].dark, PALETTE["strong"].dark) >= 4.5


@pytest.mark.parametrize("side", ["pull", "push", "handoff"])
def test_an_operator_s_text_can_be_read_on_its_ground_light_and_dark(side: str) -> None:
    assert contrast(PALETTE["node-ink"].light, PALETTE[side].light) >= 4.5
    assert contrast(PALETTE["node-ink"].dark, PALETTE[side].dark) >= 4.5


def test_in_a_style_sheet_a_theme_s_variable_comes_first() -> None:
    assert Colour("#ffffff", "#111111").css == "light-dark(#ffffff, #111111)"
    assert Colour("#ffffff", "#111111", "--theme").css == "var(--theme, light-dark(#ffffff, #111111))"
