"""The picture beside a widget, for places without live widgets: a notebook opened again, a saved page, a code host.

A front end shows one form of an output, and JupyterLab prefers a widget that is gone to a picture that is there. So the
picture is an output of its own, the widget another, and a seam between them. The widget's script finds the seam by its
name and hides the picture before it, in whatever front end (`static/shared/still.js`); where no script runs the picture
stays. A style sheet hides the seam, and what JupyterLab shows in place of a widget that is gone.

JupyterLab shows no SVG of a notebook from elsewhere, which it does not trust, and takes style sheets away. So the seam
holds the picture once more, as an image that the style sheet hides: it is seen there alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

from IPython.core.getipython import get_ipython
from IPython.display import display, update_display

from hydroflow_nb.widgets.image import image

_OUTPUT: Final = ".jp-OutputArea-child"
_SEAM: Final = f"""<div class="hf-seam" data-still="%s"><style>
.hf-seam img,
{_OUTPUT}:has(.hf-seam),
{_OUTPUT}:has(.hf-seam) + {_OUTPUT}:has(> .lm-Panel):not(:has(.hf)) {{ display: none; }}
</style>%s</div>"""


class Output:
    """An output of its own, which front ends know by a name, so that another one can take its place."""

    def __init__(self) -> None:
        self._name = f"hydroflow-output-{uuid4().hex}"

    def show(self, forms: Mapping[str, str]) -> None:
        """Show it, in the forms that are given by their media types."""
        display(dict(forms), raw=True, display_id=self._name)  # type: ignore[no-untyped-call]

    def replace(self, forms: Mapping[str, str]) -> None:
        """Put other forms in the place of those that were shown, in the cells that still show them."""
        update_display(dict(forms), display_id=self._name, raw=True)  # type: ignore[no-untyped-call]


class Still:
    """The picture beside a widget. Front ends know it by a name of its own, so another one can take its place. The
    widget's script is to be told `name`.
    """

    def __init__(self) -> None:
        self.name = uuid4().hex
        self._output = f"hydroflow-still-{self.name}"

    def show(
        self, forms: Mapping[str, str], widget: Mapping[str, Any], metadata: Mapping[str, Any] | None = None
    ) -> None:
        """Show a widget's form of an output, and where the widget does not live its other forms."""
        display(dict(forms), raw=True, display_id=self._output)  # type: ignore[no-untyped-call]
        display(self._seam(forms), raw=True, display_id=f"{self._output}-seam")  # type: ignore[no-untyped-call]
        # Places that cannot show widgets show nothing here, and no message.
        display({**widget, "text/html": ""}, metadata=dict(metadata or {}), raw=True)  # type: ignore[no-untyped-call]

    def replace(self, forms: Mapping[str, str]) -> None:
        """Put other forms in the place of those that were shown, in the cells that still show them."""
        update_display(dict(forms), display_id=self._output, raw=True)  # type: ignore[no-untyped-call]
        update_display(self._seam(forms), display_id=f"{self._output}-seam", raw=True)  # type: ignore[no-untyped-call]

    def _seam(self, forms: Mapping[str, str]) -> dict[str, str]:
        # A table needs no other form: front ends show it, trusted or not.
        picture = image(forms["image/svg+xml"]) if "image/svg+xml" in forms else ""
        return {"text/html": _SEAM % (self.name, picture)}


def at_cell_ends(call: Callable[[], None]) -> Callable[[], None]:
    """Call a function whenever a cell has run; without a notebook never. Returns a function that ends that. It may be
    called twice, and when the notebook's shell has forgotten its functions at its own end.
    """
    shell = get_ipython()
    if shell is None:
        return lambda: None

    def cell_ended(_: object) -> None:
        call()

    shell.events.register("post_run_cell", cell_ended)

    def end() -> None:
        with suppress(ValueError):
            shell.events.unregister("post_run_cell", cell_ended)

    return end
