"""How operators emit that wait for their items one after the other: their worker is done with them before they run."""

from __future__ import annotations

from hydroflow_nb.operators.record.emission import Emission, Lines, indented
from hydroflow_nb.operators.shared import gathering


def outcomes(e: Emission, worker: str) -> Lines:
    """Lines that hand on what came of each item, and raise what was raised behind it."""
    outcome, rest = e.local("outcome"), e.local("rest")
    # Told as the item where something is raised: a call has its parameters so.
    item = e.local("parameter_0")
    return [
        f"{rest} = {e.runtime('iter')}({worker}.settled({gathering.held(e)}))",
        f"for {outcome} in {rest}:",
        f"    {item} = {outcome}.item",
        *indented(e.emit_each(f"{outcome}.items")),
        f"    {outcome}.check()",
    ]
