from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.net import outlet as outlets
from hydroflow_nb.net.messages.classes import Classes
from hydroflow_nb.net.messages.codec import decoded
from hydroflow_nb.net.outbound import Outbound

A, B = ("127.0.0.1", 5001), ("127.0.0.1", 5002)


class Posting(Outbound):
    """Keeps what it posts."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.posted: list[tuple[Any, list[Any]]] = []

    def post(self, address: Any, bodies: list[bytes]) -> None:
        self.posted.append((address, [decoded(body, Classes({})) for body in bodies]))


@pytest.mark.parametrize("codec", ["msgpack", "json"])
def test_a_tick_s_messages_are_posted_once_for_each_address_when_it_ends(codec: str) -> None:
    outbound = Posting(codec=codec)
    items = [("x", A), ("y", B), ((1, 2), A)]
    flow = hf.compile("source_iter(items) -> dest_sink_serde(outbound);", {"items": items, "outbound": outbound})

    flow.run_stratum()
    flow.run_available()

    assert outbound.posted == [(A, ["x", (1, 2)]), (B, ["y"])]


def test_ways_of_writing_an_address_are_one_address_in_one_order() -> None:
    outbound = Posting()
    outlet = outbound.outlet()

    for number, address in enumerate([A, "127.0.0.1:5001", 5001, ["127.0.0.1", 5001], A]):
        outlet.put((number, address))
    outlet.end_tick()

    assert outbound.posted == [(A, [0, 1, 2, 3, 4])]


def test_what_a_tick_has_sent_is_not_sent_again_and_a_closed_end_sends_nothing_more_to_a_known_address() -> None:
    outbound = Posting()
    outlet = outbound.outlet()

    for number in range(2):
        outlet.put((number, A))
        outlet.end_tick()
    outlet.end_tick()
    outbound.close()

    assert outbound.posted == [(A, [0]), (A, [1])]
    with pytest.raises(Misfit, match="sends no more messages"):
        outlet.put((2, A))


def test_messages_to_very_many_addresses_stay_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlets, "MOST_KNOWN", 2)
    outbound = Posting()
    outlet = outbound.outlet()

    for number, port in enumerate([5001, 5002, 5003, 5001, 5003]):
        outlet.put((number, ("127.0.0.1", port)))
    outlet.end_tick()

    to = {port: [n for (_, at), bodies in outbound.posted if at == port for n in bodies] for port in (5001, 5002, 5003)}
    assert to == {5001: [0, 3], 5002: [1], 5003: [2, 4]}


def test_a_list_of_two_is_a_message_as_json_brings_it() -> None:
    outbound = Posting()
    outlet = outbound.outlet()

    outlet.put(["x", ["127.0.0.1", 5001]])
    outlet.end_tick()

    assert outbound.posted == [(A, ["x"])]


@pytest.mark.parametrize("item", ["ab", 7, ("x",), ("x", A, 1), None, {"x": 1, "y": 2}])
def test_an_item_that_is_no_pair_is_refused_with_what_to_write(item: Any) -> None:
    outlet = Posting().outlet()

    with pytest.raises(Misfit, match="a pair, its payload and the receiver") as caught:
        outlet.put(item)

    assert "dest_sink_serde" in caught.value.hint


@pytest.mark.parametrize(
    "address", [None, "nowhere", ("127.0.0.1",), ("127.0.0.1", "5000"), {}, [[]], ("h", True), 1.5]
)
def test_an_address_that_is_none_is_refused_with_what_to_write(address: Any) -> None:
    outlet = Posting().outlet()

    with pytest.raises(Misfit, match=r'is not an address: write \("127.0.0.1", 5000\)'):
        outlet.put(("x", address))


@pytest.mark.parametrize(
    ("address", "why"), [(0, "any free port"), (("h", 0), "any free port"), (70_000, "is not a port")]
)
def test_a_port_that_cannot_be_sent_to_is_refused(address: Any, why: str) -> None:
    outlet = Posting().outlet()

    with pytest.raises(Misfit, match=why):
        outlet.put(("x", address))


def test_a_payload_that_cannot_be_encoded_aborts_the_tick_and_what_went_before_it_leaves() -> None:
    outbound = Posting()
    items = [("x", A), (object(), A), ("y", A)]
    flow = hf.compile("source_iter(items) -> dest_sink_serde(outbound);", {"items": items, "outbound": outbound})

    with pytest.raises(hf.ItemError, match="object"):
        flow.run_available()

    assert outbound.posted == [(A, ["x"])]


def test_a_message_over_the_limit_is_lost_and_told_of_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    outbound = Posting(limit=1000)
    items = [("x" * 900, A), ("x" * 1001, A), ("y", A)]
    flow = hf.compile("source_iter(items) -> dest_sink_serde(outbound);", {"items": items, "outbound": outbound})

    flow.run_available()

    assert outbound.posted == [(A, ["x" * 900, "y"])]
    assert outbound.statistics.lost == 1
    (record,) = caplog.records
    assert "over the limit of 1,000: send it in parts; the message is 'xxx" in record.getMessage()


def test_a_closed_end_gives_no_outlet_and_says_what_to_do() -> None:
    outbound = Posting()
    outlet = outbound.outlet()

    outbound.close()

    with pytest.raises(Misfit, match="sends no more messages"):
        outlet.put(("x", A))
    with pytest.raises(Misfit, match="sends no more messages"):
        outbound.outlet()
