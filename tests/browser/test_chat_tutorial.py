"""The chat tutorial in a real JupyterLab: its run is drawn, its server is watched live, stopped and set going again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import expect

# Milliseconds, as Playwright counts.
PATIENCE = 60_000
# The line that the text has the reader run.
ASLEEP = 'keyboards["alice"].send("Are you asleep?")'
TICK = "print(live_server.current_tick())"

# Runs code in the kernel as a cell that nobody sees, and gives what it printed or raised.
ASK = """async code => {
    const asked = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code });
    let said = '';
    asked.onIOPub = ({ content }) => { said += content.text ?? content.evalue ?? ''; };
    await asked.done;
    return said;
}"""


def ask(lab: Any, code: str) -> str:
    return str(lab.page.evaluate(ASK, code))


def test_the_chat_tutorial_s_server_is_seen_live_stopped_and_set_going(lab: Any, repository: Path) -> None:
    path = repository / "notebooks" / "03_chat.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cells = [cell.id for cell in notebook.cells]
    (say_look,) = [cell for cell in notebook.cells if cell.id == "say-look"]
    assert ASLEEP in say_look.source
    lab.open(path)
    for index, cell in enumerate(notebook.cells[: cells.index("say") + 1]):
        if cell.cell_type == "code":
            lab.run_cell(index)
    assert lab.errors() == []

    # The run on the simulated network is drawn.
    drawn = lab.cell(cells.index("diagram"))
    picture = drawn.locator(".jp-OutputArea-output svg").first
    expect(picture).to_be_visible()
    assert picture.bounding_box()["height"] > 300
    drawn.evaluate("cell => cell.scrollIntoView({ block: 'start' })")
    lab.screenshot("chat_diagram")

    # The server's stepper is live, and its ticks are counted while nobody touches anything.
    stepper = lab.cell(cells.index("start")).get_by_role("region", name="Stepper of live_server", exact=True)
    status = stepper.get_by_role("status")
    expect(status).to_contain_text(re.compile(r"live, tick \d+: "), timeout=PATIENCE)
    first = re.search(r"tick \d+", status.inner_text())[0]
    expect(status).not_to_contain_text(re.compile(rf"{first}\b"), timeout=PATIENCE)
    expect(status).to_contain_text(re.compile(r"live, tick \d+: "), timeout=PATIENCE)
    stepper.evaluate("stepper => stepper.scrollIntoView({ block: 'start' })")
    lab.screenshot("chat_live")

    # Stopped, it takes nothing in; the clients know nothing of it.
    stepper.get_by_role("button", name="Stop", exact=True).click()
    expect(stepper.get_by_role("button", name="Run live", exact=True)).to_be_enabled(timeout=PATIENCE)
    stopped = ask(lab, TICK)
    ask(lab, ASLEEP)
    # Alice's line has come in when three more messages have.
    waited = ask(
        lab,
        "import asyncio\n"
        "came = sockets[0].inbound.statistics.received\n"
        "while sockets[0].inbound.statistics.received <= came + 2: await asyncio.sleep(0.01)\n"
        "print(len(screens_of['bob']))",
    )
    assert waited == "0\n"
    assert ask(lab, TICK) == stopped

    # Set going again, it works off what has waited.
    stepper.get_by_role("button", name="Run live", exact=True).click()
    heard = ask(lab, "print(await read('bob', 1))")
    assert heard == "['alice: Are you asleep?']\n"
    expect(status).to_contain_text(re.compile(r"live, tick \d+: "), timeout=PATIENCE)
    assert lab.errors() == []
    assert lab.complaints == []
    assert lab.outside == []
