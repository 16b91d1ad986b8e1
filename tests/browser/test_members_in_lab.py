"""A system that runs as processes, in a real JupyterLab: its members are seen, and what they wrote and recorded."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Lab

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes have no such sockets there")

START = """%load_ext hydroflow_nb
import hydroflow_nb as hf
requests, log = hf.channel(), []
def look_at(request):
    if request == "odd":
        raise ValueError("<b>what</b> is it?")
    print("<b>looked at</b>", request, flush=True)
    return request"""
SYSTEM = """%%hydroflow asked
desk = process(); readers = cluster();
@desk source_stream(requests) ~> @readers.all map(look_at) ~> back;
@desk back = for_each(log.append);"""
DEPLOY = """run = await asked.deploy(readers=["ann", "<i>ben</i>"], record=True, on=hf.deploy.Processes(patience=100))
for number in range(3):
    await run.send("desk", "requests", f"request {number}")
run"""
KILL = """run.kill("ann")"""
LOG = """import asyncio
while len(run["desk"]["log"]) < 6: await asyncio.sleep(0.05)
print(sorted(run["desk"]["log"])[0])"""
FAIL = """await run.send("desk", "requests", "odd")"""
STOP = """await run.stop()"""


def test_the_members_of_a_run_are_seen_with_what_they_wrote_and_recorded(lab: Lab) -> None:
    lab.open_cells(START, SYSTEM, DEPLOY, LOG, KILL, FAIL, STOP)
    for index in range(4):
        assert lab.run_cell(index) is not None
    assert lab.outputs(3) == ["('request 0', '<i>ben</i>')"]

    view = lab.cell(2).get_by_role("region", name="Run of asked")
    expect(view.get_by_role("row")).to_have_count(4)
    expect(view).to_contain_text("3 of 3 members running")
    # The table of the still form is hidden while the widget lives.
    expect(lab.cell(2).locator("table:visible")).to_have_count(1)

    # A name is a text.
    view.get_by_role("button", name="<i>ben</i>", exact=True).click()
    log = view.get_by_role("region", name="Log")
    expect(log).to_contain_text("<b>looked at</b> request 2")
    view.get_by_role("button", name="Recording of <i>ben</i>").click()
    frame = view.frame_locator("iframe")
    expect(frame.get_by_role("region", name=re.compile("^Stepper of"))).to_be_visible()
    lab.screenshot("members_light", lab.cell(2))
    lab.command("apputils:change-theme", {"theme": "JupyterLab Dark"})
    lab.page.locator('[data-jp-theme-name="JupyterLab Dark"]').wait_for(state="attached")
    lab.screenshot("members_dark", lab.cell(2))

    lab.run_cell(4)
    expect(view).to_contain_text("1 restart")
    assert lab.errors() == []

    # What goes wrong stands under the cell that deployed, whichever cell is run.
    lab.run_cell(5)
    for reader in ("ann", "<i>ben</i>"):
        expect(lab.cell(2)).to_contain_text(f"{reader}:   ValueError: <b>what</b> is it?")
        expect(lab.cell(2)).to_contain_text(f"{reader} ended with exit code 1, and starts again in")
    assert lab.outputs(5) == []
    lab.run_cell(6)
    expect(view).to_contain_text("0 of 3 members running")
    assert lab.outputs(6) == []
