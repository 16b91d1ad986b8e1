"""The colours of all drawings and widgets, by name: no other file writes a colour down.

Textual drawings take the light ones, and so do pictures, but those of a run are dark on dark pages. Diagrams of runs
and the widgets take both, as variables of their style sheets: `--hf-<name>`. Pull, push and handoffs have Hydroflow's
colours, so that people recognise the pictures. Blue and orange, not red and green, tell new from consumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Colour(NamedTuple):
    """A colour on light and on dark pages; `theme` names the variable of JupyterLab that comes before both."""

    light: str
    dark: str
    theme: str = ""

    @property
    def css(self) -> str:
        """The colour as a style sheet says it, which follows the notebook's theme."""
        plain = f"light-dark({self.light}, {self.dark})"
        return f"var({self.theme}, {plain})" if self.theme else plain


_BLUE: Final = "#88aaff"
_YELLOW: Final = "#ffff88"
_PEACH: Final = "#ffddcc"

PALETTE: Final[Mapping[str, Colour]] = {
    # What items go through and rest in: the ground, the outline, and a tint for behind a text.
    "pull": Colour(_BLUE, "#313a4e"),
    "pull-line": Colour("#4f74d6", _BLUE),
    "pull-tint": Colour(_BLUE, _BLUE),
    "push": Colour(_YELLOW, "#3e3e29"),
    "push-line": Colour("#948c00", "#dcdc78"),
    "push-tint": Colour(_YELLOW, _YELLOW),
    "handoff": Colour(_PEACH, "#453e3a"),
    "handoff-line": Colour("#b87d58", _PEACH),
    "loop-line": Colour("#a678bd", "#a678bd"),
    "module-line": Colour("#3f9286", "#5aa99d"),
    "wire": Colour("#757575", "#8f8f8f"),
    "node-ink": Colour("#1a1a1a", "#ececec"),
    # What waits, was lost or went wrong; what is new, and what is consumed or a copy.
    "late": Colour("#c62828", "#ff8a80"),
    "late-fill": Colour("#fdeaea", "#3a2020"),
    "new": Colour("#0b57a4", "#82b8ff"),
    "gone": Colour("#8f4600", "#ffb37a"),
    "copy": Colour("#8f4600", "#ffb37a"),
    # Diagrams of runs. Contrast of texts with the ground, light and dark: ink 17.4, 14.7; secondary 6.7, 8.0; wire 4.6,
    # 5.8; late 5.6, 8.3; copy 6.9, 10.8.
    "ink": Colour("#1a1a1a", "#e3e3e3"),
    "secondary": Colour("#5c5c5c", "#a8a8a8"),
    "lane": Colour("#b0b0b0", "#616161"),
    "plate": Colour("#f5f5f5", "#212121"),
    "tick": Colour(_BLUE, "#323b53"),
    "tick-line": Colour("#4f74d6", _BLUE),
    "given": Colour(_YELLOW, "#3e3e29"),
    "given-line": Colour("#948c00", "#dcdc78"),
    "group-0": Colour(_BLUE, _BLUE),
    "group-1": Colour("#e08a55", "#ffc9a8"),
    "group-2": Colour("#8c9a00", "#dcdc78"),
    "group-3": Colour("#8a5cc0", "#c9a6f5"),
    # Pages and what stands on them.
    "ground": Colour("#ffffff", "#111111", "--jp-layout-color0"),
    "chrome": Colour("#ffffff", "#212121", "--jp-layout-color1"),
    "sunk": Colour("#f5f5f5", "#1a1a1a", "--jp-cell-editor-background"),
    "text": Colour("rgba(0, 0, 0, .87)", "rgba(255, 255, 255, .87)", "--jp-ui-font-color1"),
    "line": Colour("#e0e0e0", "#424242", "--jp-border-color2"),
    "edge": Colour("#bdbdbd", "#616161", "--jp-border-color1"),
    "accent": Colour("#1976d2", "#42a5f5", "--jp-brand-color1"),
    "strong": Colour("#212121", "#eeeeee"),
    "on-strong": Colour("#ffffff", "#111111"),
    "bar": Colour("#b0b0b0", "#6a6a6a"),
    "mark": Colour("#ffe082", "#6b5200"),
}

# The card that a picture is drawn on. Contrast of texts with it, light and dark: ink 17.4, 14.7; secondary 6.7, 8.0;
# delays 5.6 and 7.2, 8.3 and 10.2; wire 4.6, 5.8; of the outlines of operators at least 3.4.
CARD: Final[Mapping[str, Colour]] = {
    "ground": Colour("#ffffff", "#111111"),
    "line": Colour("#e0e0e0", "#424242"),
    "stratum": Colour("#f6f6f6", "#1a1a1a"),
    "stratum-line": Colour("#b0b0b0", "#616161"),
    "loop": Colour("#f4ebf8", "#231d26"),
    "module": Colour("#e8f4f2", "#182321"),
    "subgraph": Colour("#ffffff", "#111111"),
    "subgraph-line": Colour("#d0d0d0", "#424242"),
    "accumulating": Colour("#006600", "#8fce8f"),
}

# Textual drawings, as Hydroflow writes them.
TEXTUAL: Final[Mapping[str, str]] = {
    "outline": "#000000",
    "box": "#dddddd",
    "box-line": "#888888",
    "stratum": "#f4f4f4",
    "loop": "#ee88ee",
    "module": "#cce8e2",
    "wire": "#666666",
    "thin-wire": "#aaaaaa",
}
