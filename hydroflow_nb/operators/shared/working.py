"""How operators that await their items one after the other emit: their worker settles the items before they run."""

from __future__ import annotations

from hydroflow_nb.operators.record.emission import Emission, Lines, indented
from hydroflow_nb.operators.shared import gathering


def outcomes(e: Emission, worker: str) -> Lines:
    """Lines that emit the results of each item, and then raise what its work raised."""
    outcome, rest = e.local("outcome"), e.local("rest")
    # An error shows it as the item: the parameters of a call have such names.
    item = e.local("parameter_0")
    return [
        f"{rest} = {e.runtime('iter')}({worker}.settled({gathering.held(e)}))",
        f"for {outcome} in {rest}:",
        f"    {item} = {outcome}.item",
        *indented(e.emit_each(f"{outcome}.items")),
        f"    {outcome}.check()",
    ]
