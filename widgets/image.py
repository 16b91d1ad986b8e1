"""A picture as an image, which is seen where a front end shows no SVG."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Final

# The characters of a picture that stands in an output twice.
_MOST_TWICE: Final = 400_000


def image(svg: str) -> str:
    """A picture of a flow as an image, with its name as the text in its place; empty for one that is very large."""
    if len(svg) > _MOST_TWICE:
        return ""
    name = re.search(r'aria-label="([^"]*)"', svg)
    code = b64encode(svg.encode()).decode()
    return f'<img alt="{name[1] if name else ""}" src="data:image/svg+xml;base64,{code}">'
