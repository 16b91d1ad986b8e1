"""A system that several tests run."""

from __future__ import annotations

import pytest
from whole_systems import TWO_PC

import hydroflow_nb as hf


@pytest.fixture
def two_pc():
    return hf.compile(TWO_PC, {"requests": hf.channel(), "refuses": set(), "log": []}, "two_pc")
