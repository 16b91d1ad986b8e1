"""The widget of a running system: its members with what they do, what waits, and the last lines of their logs."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import traitlets

from hydroflow_nb.systems.runs import RunningMember, RunningSystem
from hydroflow_nb.widgets import bundle
from hydroflow_nb.widgets.home_thread import HomeThread
from hydroflow_nb.widgets.members.members_news import MembersNews
from hydroflow_nb.widgets.questions import Questions
from hydroflow_nb.widgets.stepper.node_sides import name_in
from hydroflow_nb.widgets.still import Still, at_cell_ends


class MembersWidget(anywidget.AnyWidget):
    """The members of a running system: what each is doing, how often it was started again, its messages a second, what
    waits, and the last lines of its log; a recording opens below.

    Where it does not live, a table stands in its place. When the notebook has another run under its name, the widget
    ends, and the run is let go of.
    """

    _esm = bundle.script("members")
    _css = bundle.stylesheet("members")

    name = traitlets.Unicode(help="of the system").tag(sync=True)
    still = traitlets.Unicode(help="the name of the table beside it").tag(sync=True)
    revision = traitlets.Int(1, help="of the messages, so that a page of an older version can be told").tag(sync=True)

    def __init__(self, run: RunningSystem[RunningMember]) -> None:
        # A run that nobody else has any more is over.
        self._run = weakref.ref(run)
        self._home = home = HomeThread()
        self._news = news = MembersNews(self._run, home, self._send_message)
        self._questions = Questions(home, news.answers, self._send_message)
        self._table = Still()
        self._shown: dict[str, str] = {}
        self._was_named = False
        self._ends: list[Callable[[], None]] = []
        super().__init__(name=run.name, still=self._table.name)
        self._first_layout = self.layout
        self.on_msg(self._hear)

    def close(self) -> None:
        """End the widget; the run goes on without it."""
        for end in self._ends:
            end()
        # The layout is a widget too, made for this one alone; it stays in memory until it is closed.
        self._first_layout.close()
        super().close()

    def _send_message(self, content: dict[str, Any]) -> None:
        self.send(content)

    def _hear(self, _widget: object, question: Mapping[str, Any], _buffers: object) -> None:
        """Called on the kernel's thread for messages, which may be another than the one that runs cells."""
        self._questions.hear(question)

    def _cell_ended(self) -> None:
        run = self._run()
        is_named = run is not None and name_in(vars(sys.modules["__main__"]), run) is not None
        if self._was_named and not is_named:
            if run is not None:
                # The notebook's list of outputs may hold it still.
                run.let_go()
            self.close()
            return
        self._was_named = is_named
        if run is not None:
            forms = run.forms()
            if forms != self._shown:
                self._shown = forms
                self._table.replace(forms)

    def _ipython_display_(self) -> None:
        """Show the widget; where it does not live, the table is shown in its place."""
        bundled = super()._repr_mimebundle_()
        run = self._run()
        if bundled is None or run is None:
            return
        data, metadata = bundled
        self._shown = run.forms()
        widget = {name: form for name, form in data.items() if name != "text/plain"}
        self._table.show(self._shown, widget, metadata)
        if not self._ends:
            self._ends.append(at_cell_ends(self._cell_ended))
