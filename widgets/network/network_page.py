"""A network's run as a page of its own: lanes and messages, and the steppers of the nodes, without a kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.render.counts import counted
from hydroflow_nb.trace.saving import MOST_BYTES
from hydroflow_nb.widgets.image import image
from hydroflow_nb.widgets.network.happenings import whole_run
from hydroflow_nb.widgets.one_page import LEAST_ROOM, SECONDS, as_data, fitting, in_frame, unknown_note, written
from hydroflow_nb.widgets.stepper.node_sides import message_edges

if TYPE_CHECKING:
    from hydroflow_nb.flow import Flow
    from hydroflow_nb.simulation import Network
    from hydroflow_nb.simulation.model.node import Node
    from hydroflow_nb.simulation.reasons.joined import Joining

# Pixels of a frame.
_HEIGHT: Final = 700
# Bytes that the words below a page may take.
_NOTE: Final = 600
_TITLE: Final = "Run of a network"


def page_of_network(net: Network, most: int = MOST_BYTES, *, framed: bool = False) -> str:
    """The page of a run, as HTML of at most so many bytes where that can be. The oldest ticks of the nodes are left out
    where there is too little room, of all nodes in the same measure, and the page says so.
    """
    run = as_data(whole_run(net.history))
    still = net.diagram().svg()
    lives = [(node, life, flow) for node in net.nodes.values() for life, flow in node.lives if flow.is_recorded]
    heads = [as_data(_head(node, flow)) for node, _, flow in lives]

    def page(nodes: str, note: str = "", messages: str = "{}") -> str:
        data = f'{{"run":{run},"messages":{messages},"nodes":{{{nodes}}}}}'
        return written("network", title=_TITLE, still=still, data=data, note=note, framed=framed)

    room = most - len(page("").encode()) - sum(len(head.encode()) + 200 for head in heads)
    fitted = [fitting(flow.recording.ticks, max(0, room // max(1, len(lives)))) for _, _, flow in lives]
    spare = room - sum(len(tick) + 1 for ticks, _ in fitted for tick in ticks) - _NOTE
    joining = net.joining()
    messages = _places(joining, spare // 4)
    parts, left_out, unknown = [], 0, 0
    for (node, life, flow), head, (ticks, cut) in zip(lives, heads, fitted, strict=True):
        recording = flow.recording
        missing = len(recording.ticks) - len(ticks)
        left_out += missing + cut
        causes = ""
        share = (spare - len(messages)) // len(lives) - LEAST_ROOM
        if ticks and share > 0:
            since = recording.ticks[-len(ticks)].tick
            told, left = joining.direct_causes(node.name, life, since=since, seconds=SECONDS / len(lives), room=share)
            causes, unknown = f'"causes":{told},', unknown + left
        tail = f'"dropped":{recording.dropped + missing},{causes}"ticks":[{",".join(ticks)}]}}'
        parts.append(f"{as_data(f'{node.name}/{life}')}:{head[:-1]},{tail}")
    notes = []
    if left_out:
        notes.append(f"{counted(left_out, 'tick')} of the nodes are left out, as the page has at most {most:,} bytes.")
    if unknown:
        notes.append(unknown_note(unknown))
    return page(",".join(parts), " ".join(notes), messages)


def _places(joining: Joining, room: int) -> str:
    """Where the items of messages are, by their ids, as far as there is room, the newest first."""
    found: dict[str, Any] = {}
    for message in reversed(joining.messages):
        place = joining.place_of(message)
        if place is None:
            continue
        room -= len(as_data([message, place])) + 1
        if room < 0:
            break
        found[message] = place
    return as_data(found)


def frame_of_network(net: Network, most: int = MOST_BYTES) -> str:
    """The page of a run in a frame; where frames are taken away, the diagram is seen in its place."""
    return in_frame(page_of_network(net, most, framed=True), _TITLE, _HEIGHT, image(net.diagram().svg()))


def _head(node: Node, flow: Flow) -> dict[str, Any]:
    told = flow.recording.to_dict()
    head = {name: value for name, value in told.items() if name not in ("ticks", "dropped")}
    # The picture is drawn once for all nodes that run one flow.
    return {**head, "svg": node.drawing.svg(), **message_edges(flow, node.ends)}
