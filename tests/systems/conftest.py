"""A system that several tests run."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf

TWO_PC = """
coordinator = process();
participants = cluster();

# Phase 1: all are asked, and vote.
@coordinator source_stream(requests) ~> @participants.all map(|t| (t, t not in refuses)) ~> vote;

# Phase 2: what all want is committed, what one does not want is aborted.
@coordinator vote = map(|((t, yes), who)| (t, yes, who)) -> unique::<'static>() -> tee();
vote -> filter_map(|(t, yes, _)| (t, 1) if yes else None) -> fold_keyed::<'static>(int, |n, one| n + one)
    -> filter(|(_, n)| n == len(participants)) -> map(|(t, _)| (t, "commit")) -> decision;
vote -> filter_map(|(t, yes, _)| None if yes else (t, "abort")) -> decision;
decision = union() -> unique::<'static>() -> tee();
decision -> for_each(log.append);
decision ~> @participants.all for_each(log.append);
"""


@pytest.fixture
def two_pc():
    return hf.compile(TWO_PC, {"requests": hf.channel(), "refuses": set(), "log": []}, "two_pc")
