"""The widget of a network: what stands beside it, and when it ends."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from network_fronts import Page

import hydroflow_nb as hf


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of the notebook."""
    names = vars(sys.modules["__main__"])
    monkeypatch.setitem(names, "net", None)
    return names


def test_a_network_has_one_widget_which_is_made_anew_when_it_was_closed(net: hf.Network) -> None:
    first = net.widget()

    assert net.widget() is first
    first.close()
    assert net.widget() is not first


def test_places_without_widgets_are_given_the_diagram(net: hf.Network) -> None:
    bundle = net.widget()._repr_mimebundle_()

    assert bundle is not None
    data = bundle[0]
    assert data["image/svg+xml"] == net.diagram().svg()
    assert data["text/plain"] == net.diagram().text()
    assert "application/vnd.jupyter.widget-view+json" in data


def test_the_widget_ends_when_the_notebook_gives_its_name_to_another_network(
    net: hf.Network, notebook: dict[str, Any]
) -> None:
    page = Page(net)
    page.ask("hello")
    notebook["net"] = net
    page.widget._cell_ended()
    assert page.widget.comm is not None

    notebook["net"] = hf.Network()
    page.widget._cell_ended()

    assert page.widget.comm is None
    told = len(page.messages)
    net.run()
    assert len(page.messages) == told


def test_a_network_without_a_name_keeps_its_widget(net: hf.Network, notebook: dict[str, Any]) -> None:
    page = Page(net)

    page.widget._cell_ended()

    assert page.widget.comm is not None


def test_questions_that_nobody_knows_are_refused(page: Any) -> None:
    assert "does not know 'explode'" in page.ask("explode")["error"]["message"]
