"""What the steppers of flows and of nodes have in common: the traits that a page is made from, how they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anywidget
import traitlets

from hydroflow_nb.widgets import bundle
from hydroflow_nb.widgets.stepper.picture import Picture


class ShownStepper(anywidget.AnyWidget):
    """A widget of a graph, with the still picture beside it. Subclasses hear what front ends ask."""

    _esm = bundle.script("stepper")
    _css = bundle.stylesheet("stepper")

    graph = traitlets.Dict().tag(sync=True)
    svg = traitlets.Unicode().tag(sync=True)
    cannot = traitlets.Dict(help="what cannot be asked of it, by the kind of the question, and why").tag(sync=True)
    still = traitlets.Unicode(help="the name of the picture beside it").tag(sync=True)
    revision = traitlets.Int(1, help="of the messages, so that a page of an older version can be told").tag(sync=True)

    def __init__(self, picture: Picture, **traits: Any) -> None:
        self._picture = picture
        super().__init__(still=picture.name, **traits)
        self._first_layout = self.layout
        self.on_msg(self._hear)

    def share(self) -> None:
        """Put the run, as a page that needs no kernel, below the widget where that is shown."""
        self._picture.shares = True

    def close(self) -> None:
        """End the widget."""
        self._picture.close()
        # The layout is a widget too, made for this one alone; it stays in memory until it is closed.
        self._first_layout.close()
        super().close()

    def _hear(self, _widget: object, question: Mapping[str, Any], _buffers: object) -> None:
        """Called on the kernel's thread for messages, which may be another than the one that runs cells."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The widget, and for places that run no widget the picture and the graph's text."""
        bundled = super()._repr_mimebundle_(**kwargs)
        if bundled is None:
            return None
        data, metadata = bundled
        return {**data, **self._picture.forms}, metadata

    def _ipython_display_(self) -> None:
        """Show the widget; where it does not live, as in a notebook opened again, the picture is shown in its place."""
        bundled = super()._repr_mimebundle_()
        if bundled is None:
            return
        data, metadata = bundled
        self._picture.show({name: form for name, form in data.items() if name != "text/plain"}, metadata)
