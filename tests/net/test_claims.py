from __future__ import annotations

import pytest

from hydroflow_nb.net.claims import Claims


@pytest.fixture
def claims() -> Claims:
    """Those of an end that has sent two batches, in a tick that is new."""
    claims = Claims()
    claims.sent("oslo", 2)
    claims.settle()
    return claims


def test_what_was_sent_may_be_kept(claims: Claims, caplog: pytest.LogCaptureFixture) -> None:
    claims.sent("oslo", 1)
    claims.claimed("oslo", 2)

    assert caplog.text == ""


def test_what_was_not_sent_is_told_once_of_each_stream(claims: Claims, caplog: pytest.LogCaptureFixture) -> None:
    for number in (3, 4):
        claims.claimed("oslo", number)
    claims.claimed("lima", 1)

    assert [one.getMessage().partition(",")[0] for one in caplog.records] == [
        "'oslo' keeps messages of this flow up to batch 3",
        "'lima' keeps messages of this flow up to batch 1",
    ]


@pytest.mark.parametrize(("again", "told"), [(2, False), (1, True)])
def test_what_the_last_tick_gives_when_it_runs_again_is_waited_for(
    again: int, told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    claims = Claims()
    claims.claimed("oslo", 2)
    assert claims.wait
    claims.sent("oslo", again)
    assert caplog.text == ""

    claims.settle()

    assert not claims.wait
    assert bool(caplog.text) is told
