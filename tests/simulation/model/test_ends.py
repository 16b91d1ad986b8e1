from __future__ import annotations

import os
from typing import Any

import pytest

from hydroflow_nb.simulation.model.ends import bound_address, sent_address


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (2000, ("127.0.0.1", 2000)),
        ("localhost:2000", ("127.0.0.1", 2000)),
        (("localhost", 2000), ("127.0.0.1", 2000)),
        ("127.0.0.1:2000", ("127.0.0.1", 2000)),
        ("[::1]:2000", ("::1", 2000)),
        (("::1", 2000, 0, 0), ("::1", 2000)),
        ("/run/../run/chat.sock", "/run/chat.sock"),
        ("alice", "alice"),
    ],
)
def test_the_ways_to_write_an_address_mean_one(written: Any, meant: Any) -> None:
    assert bound_address(written) == meant
    assert sent_address(written, {"alice"}) == meant


@pytest.mark.parametrize("written", ["", None, 3.5, True, ("127.0.0.1",), 70000, "nobody", "host:99999"])
def test_what_is_no_address_is_refused(written: Any) -> None:
    with pytest.raises(ValueError, match=r"address|port"):
        sent_address(written, {"alice"})


def test_nothing_is_sent_to_port_zero() -> None:
    with pytest.raises(ValueError, match="port 0"):
        sent_address(("127.0.0.1", 0), {"alice"})


def test_a_path_may_be_relative_to_where_its_node_is() -> None:
    path = os.path.abspath("chat.sock")

    assert sent_address("chat.sock", {path}) == path
