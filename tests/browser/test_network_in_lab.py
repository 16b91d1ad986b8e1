"""A network as a cell's last line, in a real JupyterLab: its run is seen, decided, taken back and searched."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Lab

START = """%load_ext hydroflow_nb
import hydroflow_nb as hf
ECHO = "source_stream_serde(inbound) -> map(|(m, a)| (m.upper(), a)) -> dest_sink_serde(outbound);"
CLIENT = '''
source_stream(lines) -> map(|line| (line, "server")) -> dest_sink_serde(outbound);
source_stream_serde(inbound) -> for_each(|(m, a)| seen.append(m));
'''
net = hf.Network(fifo=False)
net.node("server", ECHO)
for name in ("alice", "bob"):
    net.node(name, CLIENT, lines=hf.channel([f"{name} says hello", f"{name} says bye"]), seen=[])
net.tick("alice")
net.tick("bob")"""
SAY = "print([str(one) for one in net.decisions[2:]])"
PROPERTY = 'net.eventually(lambda net: net["alice"]["seen"][:1] != ["ALICE SAYS BYE"], "hello comes first")'


def test_a_network_is_decided_by_hand_taken_back_opened_and_searched(lab: Lab) -> None:
    lab.open_cells(START, "net", SAY, PROPERTY)
    for cell in (0, 1):
        lab.run_cell(cell)
    assert lab.errors() == []
    shown = lab.cell(1)
    network = shown.get_by_role("region", name="Network", exact=True)
    status = network.get_by_role("toolbar", name="Network").locator(".place")
    expect(status).to_have_text("2 decisions, 4 in flight")

    # A card is delivered by its button, one is held, copied and dropped by keys; what cannot be done is grey.
    network.get_by_role("button", name="deliver alice>server#1", exact=True).click()
    expect(status).to_have_text("3 decisions, 3 in flight")
    card = network.locator('.hf-card[data-message="bob>server#1"]')
    card.focus()
    card.press("2")
    expect(status).to_have_text("4 decisions, 4 in flight")
    network.locator('.hf-card[data-message="bob>server#2"]').drag_to(
        network.locator('.hf-card[data-message="alice>server#2"]')
    )
    expect(network.locator('.hf-card[data-message="alice>server#2"]')).to_contain_text("after bob>server#2")
    network.get_by_role("button", name="drop bob>server#1'", exact=True).click()
    heal = network.get_by_role("button", name="Heal", exact=True)
    expect(heal).to_have_attribute("aria-disabled", "true")
    expect(heal).to_have_attribute("title", "Heal: the network is not cut")

    network.get_by_role("button", name="Tick server", exact=True).click()
    network.get_by_role("checkbox", name="Choose bob for a cut").check()
    network.get_by_role("button", name="Cut", exact=True).click()
    network.get_by_role("button", name="Crash alice", exact=True).click()
    network.get_by_role("button", name="Restart without state alice", exact=True).click()
    heal.click()
    lab.screenshot("network_light", shown)
    lab.command("apputils:change-theme", {"theme": "JupyterLab Dark"})
    lab.page.locator('[data-jp-theme-name="JupyterLab Dark"]').wait_for(state="attached")
    lab.screenshot("network_dark", shown)
    network.get_by_role("button", name="Undo", exact=True).click()
    (said,) = lab.run_cell(2)
    assert said.startswith("['deliver alice>server#1', \"duplicate bob>server#1\"") or "duplicate bob>server#1" in said
    assert "cut bob | server, alice" in said
    assert said.endswith("'restart alice with its state lost']")

    # A box opens its node at that tick, and a message the row of its receiver.
    network.locator('.tick[data-node="server"]').first.click()
    stepper = network.get_by_role("region", name="Stepper of server", exact=True)
    expect(stepper.get_by_role("status").first).to_contain_text("tick 0: ")
    network.locator('.message[data-message="alice>server#1"] .reach').click(force=True)
    expect(stepper.locator("tr.meant")).to_contain_text("alice says hello")
    lab.screenshot("network_node", shown)

    # Why it is there, through the message to alice's input; a line of the tree leads to her, and the tree stays.
    network.get_by_role("button", name="why", exact=True).first.click()
    tree = network.get_by_role("list", name="What made it")
    expect(tree).to_contain_text("came as message alice>server#1")
    expect(network.locator(".message.past")).not_to_have_count(0)
    tree.locator("button.cause", has_text="alice source_stream -> map").click()
    expect(network.get_by_role("region", name="Stepper of alice", exact=True)).to_be_visible()
    expect(tree).to_contain_text("came as message alice>server#1")
    lab.screenshot("network_why", shown)

    # By chance to the end; then the search, whose counterexample is a run to step beside one that holds.
    lab.run_cell(3)
    network.get_by_role("button", name="Close the node").click()
    network.get_by_role("button", name="Run by chance", exact=True).click()
    expect(status).to_contain_text("quiet")
    network.get_by_role("button", name="explore").click()
    form = network.get_by_role("form", name="Search for a run that fails")
    form.get_by_role("button", name="Search").click()
    expect(network.locator(".hf-told")).to_contain_text("is violated")
    expect(network.get_by_text("the nearest run that holds")).to_be_visible()
    expect(network.get_by_text("from here on the two runs differ").first).to_be_visible()
    lab.screenshot("network_explored", shown)
    before = status.inner_text()
    network.get_by_role("button", name="Undo", exact=True).click()
    expect(status).to_contain_text("1 taken back")
    network.get_by_role("button", name="Redo", exact=True).click()
    expect(status).to_have_text(before)
    assert not lab.complaints


def test_a_search_without_end_is_stopped_and_keeps_what_it_knows(lab: Lab) -> None:
    lab.open_cells(
        START.replace('f"{name} says bye"', '*["bye"] * 12') + "\nnet.eventually(lambda net: True, 'fine')", "net"
    )
    for cell in (0, 1):
        lab.run_cell(cell)
    network = lab.cell(1).get_by_role("region", name="Network", exact=True)
    network.get_by_role("button", name="explore").click()
    form = network.get_by_role("form", name="Search for a run that fails")
    form.get_by_role("spinbutton", name=re.compile("At most so many")).fill("1000000")
    form.get_by_role("spinbutton", name=re.compile("The search ends")).fill("3000")

    form.get_by_role("button", name="Search").click()
    expect(form.get_by_role("status")).to_contain_text("schedules tried")
    lab.screenshot("network_searching", lab.cell(1))
    form.get_by_role("button", name="Stop").click()

    expect(network.locator(".hf-told")).to_contain_text(re.compile(r"not refuted in [\d,]+ of about 10\^\d+ schedules"))
    assert not lab.complaints
