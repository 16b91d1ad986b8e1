from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.systems.system import System

VOTING = """
coordinator = process();
participants = cluster();
@coordinator source_stream(keyboard) ~> @participants.all ask;
@participants ask = map(|name| (name, vote(name))) ~> @coordinator votes;
@coordinator votes = map(|((name, said), who)| f"{name} {said} {who}") -> dest_sink(screen);
"""


@pytest.fixture(scope="session")
def voting() -> System:
    def vote(name: str) -> str:
        return "yes" if name else "no"

    return hf.compile(VOTING, {"keyboard": hf.channel(), "screen": hf.channel(), "vote": vote}, "voting")
