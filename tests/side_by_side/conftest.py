"""What the tests of the comparison share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_collection(monkeypatch):
    """Without the collection before each run, which takes long in a process of so many tests."""
    monkeypatch.setattr("side_by_side.shape.gc.collect", lambda: 0)
