"""Pictures that are dark on dark pages: a style sheet inside of the SVG gives each colour its dark one.

It holds for pictures of one class alone, so that it may stand in a page among other SVG. Where a reader strips style
sheets, the picture is a light card.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from hydroflow_nb.render.palette import CARD, PALETTE

_SHOWN: Final = "shown"
_COLOUR: Final = re.compile(r'\b(fill|stroke)="(#[0-9a-f]+)"')
_INK: Final = PALETTE["ink"].light
# Every colour of a picture on light, and what it is on dark.
_DARK: Final[Mapping[str, str]] = {
    colour.light: colour.dark
    for colour in (
        *(PALETTE[f"{side}{part}"] for side in ("pull", "push", "handoff") for part in ("", "-line")),
        *(PALETTE[name] for name in ("ink", "secondary", "wire", "late", "loop-line", "strong", "on-strong")),
        *CARD.values(),
    )
}


def sheet(kind: str, colours: Iterable[tuple[str, str]]) -> str:
    """A style sheet for pictures of a class, `kind`, with these colours; each is given behind its attribute, `fill` or
    `stroke`.
    """
    scope = f"svg.hydroflow-graph.{kind}"
    known = sorted({(name, light) for name, light in colours if light in _DARK})
    rules = [f'{scope} [{name}="{light}"]{{{name}:{_DARK[light]}}}' for name, light in known]
    rules.append(f"{scope}{{fill:{_DARK[_INK]}}}")
    return f"@media (prefers-color-scheme:dark){{{''.join(rules)}}}"


def themed(svg: str) -> str:
    """The plain picture of a graph with such a style sheet."""
    head, _, rest = svg.partition(">")
    head = head.replace('class="hydroflow-graph', f'class="hydroflow-graph {_SHOWN}', 1)
    return f"{head}><style>{sheet(_SHOWN, _COLOUR.findall(svg))}</style>{rest}"
