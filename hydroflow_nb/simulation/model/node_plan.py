"""What a node is made from: a compiled flow, where its messages come in and leave, and its own names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.records import dataclass
from hydroflow_nb.running import OnFault
from hydroflow_nb.simulation.model.addresses import moved_to
from hydroflow_nb.simulation.model.ends import Endpoint, endpoint_of, is_inbound, is_outbound, like
from hydroflow_nb.simulation.model.names import NodeNames, is_own, must_be_meant


@dataclass(frozen=True, kw_only=True)
class NodePlan:
    """What a node starts from each time that it is new: a compiled flow, its endpoints, and its own names.

    `outbound` and `inbound` say which Python names of the flow stand for ends of which endpoint.
    """

    name: str
    flow: Flow
    endpoints: tuple[Endpoint, ...]
    outbound: Mapping[str, Endpoint]
    inbound: Mapping[str, Endpoint]
    names: NodeNames
    # Those of its names that sinks alone use.
    sinks: frozenset[str]
    joins_later: bool
    # Whether all that the flow holds is durable.
    durable: bool = False
    on_fault: OnFault = OnFault.STOP

    @cached_property
    def ends(self) -> Sequence[tuple[Endpoint, Sequence[str], Sequence[str]]]:
        """The endpoints, each with the names of its outbound and of its inbound end."""
        return [
            (
                endpoint,
                [name for name, one in self.outbound.items() if one == endpoint],
                [name for name, one in self.inbound.items() if one.address == endpoint.address],
            )
            for endpoint in self.endpoints
        ]


def plan(
    name: str,
    flow: Flow,
    at: Endpoint | None,
    otherwise: Endpoint,
    names: Mapping[str, Any],
    *,
    is_free: Callable[[Endpoint], bool],
    joins_later: bool,
    durable: bool = False,
    on_fault: OnFault = OnFault.STOP,
) -> NodePlan:
    """The plan of a node at the endpoint `at`. Without `at`, the node is at the endpoint of its flow's ends if that is
    free, else at `otherwise`. Raises `HydroflowError` where `at` is given and the flow has ends at several endpoints,
    and for a name that seems misspelt.
    """
    used = flow.used_names
    must_be_meant(name, names, used)
    known = flow.drive().names or {}
    seen = {one: known[one] for one in used if one in known} | dict(names)
    outs = [one for one, value in seen.items() if is_outbound(value)]
    ins = [one for one, value in seen.items() if is_inbound(value)]
    bound = {one: endpoint for one in (*outs, *ins) if (endpoint := endpoint_of(seen[one])) is not None}
    endpoints = list(dict.fromkeys(bound.values()))
    own = {one: value for one, value in seen.items() if one in names or is_own(value)}
    if at is not None and len(endpoints) > 1:
        raise HydroflowError(
            message=f"the flow of {name} has ends at {len(endpoints)} addresses, so `at` cannot say where it is: leave "
            f"it out, or give the node its ends by name, as in `outbound=..., inbound=...`"
        )
    if at is None and endpoints and (len(endpoints) > 1 or is_free(endpoints[0])):
        outbound = {one: bound.get(one, endpoints[0]) for one in outs}
        inbound = {one: bound.get(one, endpoints[0]) for one in ins}
    else:
        endpoints = [like(at or otherwise, [seen[one] for one in (*outs, *ins)])]
        outbound = dict.fromkeys([*outs, *(["outbound"] if "outbound" not in names else [])], endpoints[0])
        inbound = dict.fromkeys([*ins, *(["inbound"] if "inbound" not in names else [])], endpoints[0])
        # A port that the network chose stands for the flow's own endpoint, under any name; no other node is there.
        ends = {one: seen[one] for one in (*outs, *ins) if one not in names}
        former = [getattr(end, "address", None) for one, end in ends.items() if one not in bound or bound[one].is_any]
        moved = moved_to(endpoints[0].address, former)
        own |= {one: moved(value) for one, value in seen.items() if one not in names and moved(value) is not value}
        own = own | {"address": names.get("address", endpoints[0].address)}
    own = {one: value for one, value in own.items() if one not in outbound and one not in inbound}
    return NodePlan(
        name=name,
        flow=flow,
        endpoints=tuple(endpoints),
        outbound=outbound,
        inbound=inbound,
        names=NodeNames(name, own),
        sinks=flow.names_of_sinks,
        joins_later=joins_later,
        durable=durable,
        on_fault=on_fault,
    )
