"""A network's run as a page of its own: lanes and messages, and the steppers of the nodes, without a kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.render.counts import counted
from hydroflow_nb.trace.saving import MOST_BYTES
from hydroflow_nb.widgets.image import image
from hydroflow_nb.widgets.network.happenings import whole_run
from hydroflow_nb.widgets.one_page import as_data, fitting, in_frame, written
from hydroflow_nb.widgets.stepper.node_sides import message_edges

if TYPE_CHECKING:
    from hydroflow_nb.flow import Flow
    from hydroflow_nb.simulation import Network
    from hydroflow_nb.simulation.model.node import Node

# Pixels of a frame.
_HEIGHT: Final = 700
_TITLE: Final = "Run of a network"


def page_of_network(net: Network, most: int = MOST_BYTES, *, framed: bool = False) -> str:
    """The page of a run, as HTML of at most so many bytes where that can be. The oldest ticks of the nodes are left out
    where there is too little room, of all nodes in the same measure, and the page says so.
    """
    run = as_data(whole_run(net.history))
    still = net.diagram().svg()
    lives = [(node, life, flow) for node in net.nodes.values() for life, flow in node.lives if flow.is_recorded]
    heads = [as_data(_head(node, flow)) for node, _, flow in lives]

    def page(nodes: str, note: str = "") -> str:
        data = f'{{"run":{run},"nodes":{{{nodes}}}}}'
        return written("network", title=_TITLE, still=still, data=data, note=note, framed=framed)

    room = most - len(page("").encode()) - sum(len(head.encode()) + 200 for head in heads)
    parts, left_out = [], 0
    for (node, life, flow), head in zip(lives, heads, strict=True):
        recording = flow.recording
        ticks, cut = fitting(recording.ticks, max(0, room // max(1, len(lives))))
        missing = len(recording.ticks) - len(ticks)
        left_out += missing + cut
        tail = f'"dropped":{recording.dropped + missing},"ticks":[{",".join(ticks)}]}}'
        parts.append(f"{as_data(f'{node.name}/{life}')}:{head[:-1]},{tail}")
    note = f"{counted(left_out, 'tick')} of the nodes are left out, as the page has at most {most:,} bytes."
    return page(",".join(parts), note if left_out else "")


def frame_of_network(net: Network, most: int = MOST_BYTES) -> str:
    """The page of a run in a frame; where frames are taken away, the diagram is seen in its place."""
    return in_frame(page_of_network(net, most, framed=True), _TITLE, _HEIGHT, image(net.diagram().svg()))


def _head(node: Node, flow: Flow) -> dict[str, Any]:
    told = flow.recording.to_dict()
    head = {name: value for name, value in told.items() if name not in ("ticks", "dropped")}
    # The picture is drawn once for all nodes that run one flow.
    return {**head, "svg": node.drawing.svg(), **message_edges(flow, node.ends)}
