"""A network's run as a page without a kernel."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.widgets.network.network_page import frame_of_network, page_of_network


def data_of(page: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    return dict(json.loads(found))


def test_the_page_holds_the_run_and_the_ticks_of_every_life_of_every_node(net: hf.Network) -> None:
    net.run()
    net.crash("alice")
    net.restart("alice", "lost")
    net.run()

    data = data_of(page_of_network(net))

    assert data["run"]["rows"] == len(net.decisions)
    assert data["nodes"].keys() == {"server/0", "alice/0", "alice/1"}
    assert len(data["nodes"]["server/0"]["ticks"]) == net["server"].current_tick()
    assert data["nodes"]["server/0"]["receives"] == ["edge-1"]


def test_what_came_from_a_run_is_data_and_never_markup() -> None:
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    net = hf.Network()
    net.node("a&b", "source_iter(start) -> dest_sink_serde(outbound);", start=[(hostile, "b")])
    net.node("b", "source_stream_serde(inbound) -> for_each(seen.append);", seen=[])
    net.run()

    page = page_of_network(net)

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert hostile in str(data_of(page)["nodes"]["b/0"]["ticks"])


def test_a_page_stays_within_its_bytes_and_says_what_it_left_out(net: hf.Network) -> None:
    for word in range(50):
        net.send("alice", "lines", f"{word}" * 500)
    net.run()
    whole = page_of_network(net)
    most = len(page_of_network(net, 1)) + 20_000

    page = page_of_network(net, most)

    assert len(page.encode()) <= most < len(whole.encode())
    assert re.search(r"\d+ ticks of the nodes are left out, as the page has at most", page)
    assert "are left out, as" not in whole


def test_a_run_is_saved_as_a_page_and_under_no_other_name(net: hf.Network, tmp_path: Path) -> None:
    net.recording.save(tmp_path / "net.html")

    assert (tmp_path / "net.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [path.name for path in tmp_path.iterdir()] == ["net.html"]
    with pytest.raises(hf.HydroflowError, match=r"net\.save\('run\.json'\)"):
        net.recording.save(tmp_path / "net.json")


def test_a_recording_shows_its_page_in_a_frame_and_elsewhere_the_diagram(net: hf.Network) -> None:
    bundle = net.recording._repr_mimebundle_()

    assert bundle["text/html"] == frame_of_network(net)
    assert 'sandbox="allow-scripts allow-downloads"' in bundle["text/html"]
    assert bundle["image/svg+xml"].startswith("<svg")
    assert "alice: tick 0" in bundle["text/plain"]
    assert repr(net.recording) == "<recording of 1 decision and 1 tick of nodes>"


def test_a_network_that_records_nothing_has_a_page_of_its_run() -> None:
    net = hf.Network(recording=0)
    net.node("a", "source_iter([1]) -> for_each(seen.append);", seen=[])
    net.run()

    data = data_of(page_of_network(net))

    assert (data["run"]["rows"], data["nodes"]) == (1, {})


def test_the_page_knows_where_the_items_of_messages_are_and_what_made_each_item(net: hf.Network) -> None:
    net.run()

    data = data_of(page_of_network(net))

    key, edge, tick, step, index = data["messages"]["server>alice#1"]
    causes = data["nodes"][key]["causes"]
    assert key == "alice/0"
    lot = next(lot for lot in causes["sent"] if lot[:3] == [edge, tick, step])
    _, _, seldom = causes["causes"][lot[4] + index - lot[3]]
    assert seldom["from"][:2] == ["server>alice#1", "server/0"]
    assert data["messages"].keys() == {
        f"{way}#{number}" for way in ("alice>server", "server>alice") for number in (1, 2)
    }
