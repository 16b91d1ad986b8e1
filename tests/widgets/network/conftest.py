from __future__ import annotations

import pytest
from network_fronts import Page

import hydroflow_nb as hf

ECHO = "source_stream_serde(inbound) -> map(|(m, a)| (m.upper(), a)) -> dest_sink_serde(outbound);"
CLIENT = """
source_stream(lines) -> map(|line| (line, "server")) -> dest_sink_serde(outbound);
source_stream_serde(inbound) -> for_each(|(m, a)| seen.append(m));
"""


@pytest.fixture
def net() -> hf.Network:
    """A server that answers in capitals, and alice, who has said "a" and "b"."""
    net = hf.Network()
    net.node("server", ECHO)
    net.node("alice", CLIENT, lines=hf.channel(["a", "b"]), seen=[])
    net.tick("alice")
    return net


@pytest.fixture
def page(net: hf.Network) -> Page:
    page = Page(net)
    page.ask("hello")
    return page
