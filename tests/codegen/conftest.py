"""What the tests of generated code share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


@pytest.fixture
def emitted() -> Callable[..., list[Any]]:
    """Compile a flow that sends into `out`, run it until nothing is due, give what came out."""

    def run(text: str, **names: Any) -> list[Any]:
        out: list[Any] = []
        with hf.compile(text, namespace={"out": out.append, **names}) as flow:
            flow.run_available()
        return out

    return run
