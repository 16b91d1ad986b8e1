"""Flows that run as nodes of a network, in a real JupyterLab: their steppers show nodes that ran, and step them; the
picture of a system opens those of its members.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Lab

START = """%load_ext hydroflow_nb
import hydroflow_nb as hf
lines, seen = hf.channel(), []
outbound, inbound, address = hf.Network().bind()"""
SERVER = """%%hydroflow server
source_stream_serde(inbound) -> map(|(m, a)| (m.upper(), a)) -> dest_sink_serde(outbound);"""
CLIENT = """%%hydroflow client
source_stream(lines) -> map(|line| (line, "server")) -> dest_sink_serde(outbound);
source_stream_serde(inbound) -> for_each(|(m, a)| seen.append(m));"""
NET = """net = hf.Network()
net.node("server", server)
for name in ("alice", "bob"):
    net.node(name, client)
net.send("alice", "lines", "hello")
net.run()"""
LOOK = "net['alice'].stepper()"
SYSTEM = """%%hydroflow said
desk = process(); readers = cluster();
@desk source_iter(["hello"]) ~> @readers.all heard;
@readers heard = map(|m| m.upper()) ~> back;
@desk back = for_each(|(m, who)| seen.append(m));"""
SAID = """said_net = said.network(readers=["ann", "ben"])"""


def test_a_flow_s_stepper_shows_the_nodes_that_run_it_and_steps_them(lab: Lab) -> None:
    lab.open_cells(START, SERVER, CLIENT, NET, LOOK, SYSTEM, SAID)

    lab.run_all()

    under = lab.cell(2)
    nodes = under.get_by_role("group", name="Nodes")
    expect(nodes).to_contain_text("This flow runs as")
    alice, bob = (nodes.get_by_role("button", name=name, exact=True) for name in ("alice", "bob"))
    # The first of them is shown at once: the flow itself has run nothing.
    expect(alice).to_have_attribute("aria-pressed", "true")
    stepper = under.get_by_role("region", name="Stepper of alice", exact=True)
    expect(stepper.get_by_role("status")).to_contain_text("tick 1: ")
    lab.screenshot("nodes_light", under)
    lab.command("apputils:change-theme", {"theme": "JupyterLab Dark"})
    lab.page.locator('[data-jp-theme-name="JupyterLab Dark"]').wait_for(state="attached")
    lab.screenshot("nodes_dark", under)

    # A step here is a decision of the network, which the node's own widget sees as well.
    own = lab.cell(4).get_by_role("region", name="Stepper of alice", exact=True)
    expect(own.get_by_role("status")).to_contain_text("tick 1: ")
    stepper.get_by_role("button", name="Step", exact=True).click()
    expect(stepper.get_by_role("status")).to_contain_text("tick 2: ")
    expect(own.get_by_role("status")).to_contain_text("tick 2: ")
    expect(own.get_by_role("button", name="Run live", exact=True)).to_be_disabled()

    bob.click()
    expect(under.get_by_role("region", name="Stepper of bob", exact=True)).to_be_visible()
    nodes.get_by_role("button", name="the flow itself").click()
    expect(under.get_by_role("status").first).to_contain_text("not started")

    # From the picture of a system: the steppers of its members, by click and by key, and what is in flight.
    shown = lab.cell(5).get_by_role("region", name="System said", exact=True)
    picture = shown.get_by_role("group", name="Picture of said")
    picture.locator('[data-id="op-2"]').click()
    ann = shown.get_by_role("region", name="Stepper of ann", exact=True)
    expect(ann.get_by_role("button", name="Step", exact=True)).to_be_enabled()
    readers = picture.get_by_role("button", name="readers, runs as ann, ben")
    expect(readers).to_have_attribute("aria-pressed", "true")
    readers.press("Enter")
    expect(shown.get_by_role("region", name="Stepper of ben", exact=True)).to_be_visible()
    shown.get_by_role("button", name="desk", exact=True).click()
    desk = shown.get_by_role("region", name="Stepper of desk", exact=True)
    desk.get_by_role("button", name="Step", exact=True).click()
    arrow = picture.get_by_role("button", name="channel desk>heard 2 sent, 2 in flight")
    arrow.click()
    flight = shown.get_by_role("region", name="In flight")
    expect(flight).to_contain_text('desk>ben#1: heard: "hello"')
    lab.screenshot("system_dark", shown)
    arrow.press("Enter")
    expect(flight).to_be_hidden()
    assert not lab.complaints
