from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fronts import Front

import hydroflow_nb as hf


@pytest.fixture
def namespace() -> dict[str, Any]:
    return {"numbers": hf.channel(), "out": [], "total": []}


@pytest.fixture
def front(namespace: dict[str, Any]) -> Callable[[str], Front]:
    def make(text: str) -> Front:
        namespace["flow"] = hf.compile(text, namespace)
        return Front(namespace["flow"], namespace)

    return make
