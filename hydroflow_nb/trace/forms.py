"""What goes over the edges that were made for a `~>`, as a person reads it: the user's item in it.

A message is `({"channel": "clients>said", "item": item}, receiver)` there. It is read as `(said: item, receiver)`, by
what it is sent to, as networks show it. What stands before an item for the choice of a receiver is left out.
"""

from __future__ import annotations

import re
from typing import Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.ir.graph import Edge, FlatGraph

# The forms of items: a message beside an address; an item behind its key, or behind whose turn it is.
MESSAGE: Final = "message"
PAIR: Final = "pair"

_MESSAGE: Final = re.compile(r"\(\{'channel': '[^'>]*>([^']*)', 'item': (.*)\}, ([^}]*)\)", re.DOTALL)
# A text that was cut ends within the item.
_CUT_MESSAGE: Final = re.compile(r"\(\{'channel': '[^'>]*>([^']*)', 'item': ")


def form_of(graph: FlatGraph, edge: Edge) -> str:
    """The form of what goes over an edge; empty for items of a person."""
    source, target = graph.nodes[edge.source], graph.nodes[edge.target]
    if source.made is None or target.made is None:
        return ""
    return PAIR if source.sends and source.sends == target.sends else MESSAGE


def worded(item: Any, form: str, limit: int) -> str:
    """An item in one of these forms as text, of about `limit` characters."""
    match item:
        case ({"channel": str(channel), "item": inner, **rest}, to) if form == MESSAGE and not rest:
            return f"({channel.partition('>')[2]}: {shown(inner, limit)}, {shown(to, limit)})"
        case (_, inner) if form == PAIR:
            return shown(inner, limit)
    return shown(item, limit)


def reworded(text: str, form: str) -> str:
    """The same for the text of an item, as far as the text tells."""
    if form != MESSAGE:
        return text
    whole = _MESSAGE.fullmatch(text)
    return f"({whole[1]}: {whole[2]}, {whole[3]})" if whole else _CUT_MESSAGE.sub(r"(\1: ", text)
