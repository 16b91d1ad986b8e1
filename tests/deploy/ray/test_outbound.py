"""The ends of a member: names as addresses, closing, and what else every outbound end has."""

from __future__ import annotations

import pytest
from town import Town, in_loop

from hydroflow_nb.engine.misfit import Misfit


@in_loop
async def test_addresses_are_the_names_of_members():
    a = Town("anna", "bob").begin("anna")
    assert a.known_address("bob") == "bob"
    with pytest.raises(Misfit, match="did you mean 'anna'"):
        a.known_address("ana")
    with pytest.raises(Misfit, match="no member of the system"):
        a.known_address(("127.0.0.1", 5000))


@in_loop
async def test_a_closed_end_loses_what_waits_and_what_is_sent_then():
    town = Town("a", "b")
    a = town.begin("a")
    a.post("b", [b"waits"])
    a.inbound.close()
    assert a.is_closed
    a.post("b", [b"late"])
    assert a.statistics.lost == 2
    await a.drain()


@in_loop
async def test_one_flow_at_a_time_is_kept_by_its_ends():
    a = Town("a").begin("a")
    a.keep("one")
    with pytest.raises(Misfit, match="another flow"):
        a.keep("other")
