"""What names stand for at the members of a system."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.systems.names import as_address, inhabited, must_be_for_sockets, own_names, value_of

TEXT = """
hub = process();
members = cluster();
guests = cluster(open=True);
programs = external();
@hub source_iter([1]) ~> @members.all for_each(print);
"""


@pytest.fixture(scope="module")
def locations():
    return hf.compile(TEXT, {}, "town").locations


def test_nodes_are_at_all_locations_but_the_external_ones(locations):
    assert inhabited(locations) == ["hub", "members", "guests"]


def test_a_process_stands_for_its_address_and_a_cluster_for_those_of_its_members(locations):
    assert value_of(locations["hub"], ["127.0.0.1:1"]) == "127.0.0.1:1"
    assert value_of(locations["hub"], []) == "hub"
    assert value_of(locations["members"], ["a", "b"]) == ("a", "b")
    assert list(value_of(locations["guests"], ["a"])) == []


@pytest.mark.parametrize(
    ("written", "borne"),
    [
        ("127.0.0.1:5000", ("127.0.0.1", 5000)),
        (["10.0.0.7:1", "p1"], (("10.0.0.7", 1), "p1")),
        (("127.0.0.1", 5000), ("127.0.0.1", 5000)),
        ("p1", "p1"),
    ],
)
def test_an_address_has_the_form_in_which_messages_bear_it(written, borne):
    assert as_address(written) == borne


def test_a_member_has_copies_of_the_containers_that_its_text_uses():
    log, limit = [1], 3
    found = own_names("p1", {"refuses": {"t2"}}, {"log": log, "limit": limit, "other": []}, {"log", "limit", "refuses"})

    assert found == {"log": [1], "refuses": {"t2"}}
    assert found["log"] is not log


def test_what_only_simulated_nodes_have_is_refused_wherever_it_stands():
    with pytest.raises(HydroflowError, match="`join_later` of p1 is for simulated networks: leave it out"):
        must_be_for_sockets("p1", {"join_later": True}, None)
