"""The picture beside a widget, for places without live widgets: a notebook opened again, a saved page, a code host.

A front end shows one form of an output, and JupyterLab prefers a widget that is gone to a picture that is there. So the
picture is an output of its own, the widget another, and a style sheet between them hides one of the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from IPython.display import display

_OUTPUT: Final = ".jp-OutputArea-child"
_SEAM: Final = f"""<div class="hf-seam"><style>
{_OUTPUT}:has(.hf-seam),
{_OUTPUT}:has(.hf-seam) + {_OUTPUT}:has(> .lm-Panel):not(:has(.hf)),
{_OUTPUT}:has(+ {_OUTPUT} .hf-seam):has(+ {_OUTPUT} + {_OUTPUT} .hf) {{ display: none; }}
</style></div>"""


def display_with_still(
    still: Mapping[str, str], widget: Mapping[str, Any], metadata: Mapping[str, Any] | None = None
) -> None:
    """Show a widget's form of an output, and where the widget does not live its other forms."""
    for data in (dict(still), {"text/html": _SEAM}):
        display(data, raw=True)  # type: ignore[no-untyped-call]
    # Places that cannot show widgets show nothing here, and no message.
    display({**widget, "text/html": ""}, metadata=dict(metadata or {}), raw=True)  # type: ignore[no-untyped-call]
