from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.widgets.questions import Refusal
from hydroflow_nb.widgets.stepper.bound_flow import BoundFlow

TEXT = "source_iter([1]) -> null();"


@pytest.fixture
def names() -> dict[str, Any]:
    return {}


@pytest.fixture
def bound(names: dict[str, Any]) -> BoundFlow:
    names["flow"] = hf.compile(TEXT, names)
    return BoundFlow(names["flow"], names)


def test_an_open_flow_is_not_replaced(bound: BoundFlow, names: dict[str, Any]) -> None:
    names["flow"] = hf.compile(TEXT, names)

    assert not bound.is_replaced()
    bound.require_open()


def test_a_closed_flow_is_replaced_when_another_one_has_its_name(bound: BoundFlow, names: dict[str, Any]) -> None:
    names["_1"] = bound.flow  # a former result
    bound.flow.close()
    before = bound.is_replaced()

    names["flow"] = hf.compile(TEXT, names)

    assert (before, bound.is_replaced()) == (False, True)
    with pytest.raises(Refusal, match="replaced by a newer run of the cell"):
        bound.require_open()


def test_a_closed_flow_with_another_name_is_not_replaced(bound: BoundFlow, names: dict[str, Any]) -> None:
    names["kept"] = bound.flow
    bound.flow.close()
    names["flow"] = hf.compile(TEXT, names)

    assert not bound.is_replaced()
    assert bound.why_closed() == "this flow is closed: run its cell again to go on"
