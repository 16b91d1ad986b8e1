"""A system: what one text with several locations is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain
from os import PathLike
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, Self
from weakref import ref

from hydroflow_nb.compiler import CompiledPart, CompiledSystem
from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.flow import Flow
from hydroflow_nb.ir.graph import NodeId
from hydroflow_nb.locations import NETWORK_SETTINGS, SURROUNDINGS, DeclaredLocation, LocationKind
from hydroflow_nb.passes.channels import Channel
from hydroflow_nb.render.graph import Graph
from hydroflow_nb.running import DEFAULT_BUDGET, OnFault
from hydroflow_nb.simulation import Network
from hydroflow_nb.source import Source
from hydroflow_nb.suggestions import Suggestions
from hydroflow_nb.systems.deployable import folder_of, must_launch, must_name_channels, must_say_whether, must_write
from hydroflow_nb.systems.groups import Groups, groups_of
from hydroflow_nb.systems.kept_shards import keep_shards
from hydroflow_nb.systems.launching import (
    Deployment,
    Launcher,
    Made_co,
    Writer,
    kept_locations,
    meeting_strangers,
)
from hydroflow_nb.systems.members import Members
from hydroflow_nb.systems.names import as_address, inhabited, must_be_for_sockets, own_names, value_of
from hydroflow_nb.systems.picture import Traffic, picture_of, traffic_in
from hydroflow_nb.systems.printing import Printing
from hydroflow_nb.systems.running import Member, Sockets, SystemRun
from hydroflow_nb.systems.runs import RunningMember, RunningSystem

if TYPE_CHECKING:
    from hydroflow_nb.correctness.report import Report
    from hydroflow_nb.widgets.system import SystemWidget

# How many members a cluster has where a question needs some.
_MEMBERS: Final = 3
# How far a network is that has not begun, or is not there.
_NOT_BEGUN: Final = (0, 0)


class Flows(dict[str, Flow]):
    """The flows of a system by location."""

    def __missing__(self, name: str) -> Flow:
        meant = Suggestions().closest(str(name), self)
        hint = f"did you mean {meant!r}?" if meant else f"flows run at: {', '.join(self)}"
        raise KeyError(f"there is no flow at a location {shown(name)}: {hint}")


class System:
    """A compiled system, made by `hydroflow_nb.compile` or by a `%%hydroflow` cell: a flow for each location.

    `flows` has the flow of each location by name, `channels` what goes from one to another. `network` makes a simulated
    network of its members, `await start(...)` runs them over sockets of this process, `await deploy(...)` as programs
    of their own.
    """

    def __init__(self, source: Source, namespace: dict[str, Any], name: str, compiled: CompiledSystem) -> None:
        self.name = name
        self.source = source
        self._namespace = namespace
        self._compiled = compiled
        self._printing = Printing(compiled)
        # The network that was made last, as long as somebody has it.
        self._newest: Callable[[], Network | None] = lambda: None
        self._members: Mapping[str, Sequence[str]] = {}
        self.flows: Mapping[str, Flow] = Flows((one, self.flow_at(one)) for one in compiled.parts)

    if not TYPE_CHECKING:

        def __getattr__(self, word: str) -> Any:
            # What a network or a flow has: a person may look for it here.
            name = self.__dict__.get("name", "system")
            hint = ""
            if not word.startswith("_") and hasattr(Network, word):
                hint = f": a network of it has, `net = {name}.network(...)` and `net.{word}`"
            elif not word.startswith("_") and hasattr(Flow, word):
                location = next(iter(self.__dict__.get("flows", ())), "LOCATION")
                hint = (
                    f": the flow of a location has, `{name}.flows[{location!r}].{word}`, and so has a node of a network"
                )
            raise AttributeError(f"a system has no `{word}`{hint}")

    # --- looking ------------------------------------------------------------------------------------------------------

    @property
    def locations(self) -> Mapping[str, DeclaredLocation]:
        """The declared locations by name, in the order of the text."""
        return self._compiled.locations

    @property
    def location_of(self) -> Mapping[NodeId, str]:
        """The location of each operator of `graph`."""
        return self._compiled.location_of

    @property
    def channels(self) -> Sequence[Channel]:
        """The channels, in the order of the text: what goes from one location to a statement of another."""
        return self._compiled.channels

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """The warnings of the compiler, and those about what the names of the text are bound to."""
        own = list(self._compiled.diagnostics)
        found = [one for flow in self.flows.values() for one in flow.diagnostics if one not in own]
        return sorted([*own, *found], key=lambda one: one.span.start)

    @cached_property
    def graph(self) -> Graph:
        """The graph of the text, with a box for each location; `svg`, `dot`, `mermaid` and `text` draw it."""
        return picture_of(self._compiled)

    def svg(self) -> str:
        """The picture as a complete SVG."""
        return self.graph.svg()

    def dot(self) -> str:
        """The graph in Graphviz's language."""
        return self.graph.dot()

    def mermaid(self) -> str:
        """The graph in Mermaid's language."""
        return self.graph.mermaid()

    def picture(self, network: Network) -> Graph:
        """The graph with what went over each `~>` in a network of this system so far: how many messages were sent, and
        how many are in flight; which ones, a pointer that rests on the arrow shows. A message that was duplicated
        counts once, and its copies are in flight as well.
        """
        return picture_of(self._compiled, self.traffic(network))

    def traffic(self, network: Network) -> Mapping[str, Traffic]:
        """What went over each channel in a network of this system so far, by the channel's name."""
        return traffic_in(network, self.channels)

    @property
    def newest(self) -> Network | None:
        """The network that was made of the system last; None where nobody has it any more."""
        return self._newest()

    @property
    def members(self) -> Mapping[str, Sequence[str]]:
        """The names of the nodes at each location in that network."""
        return self._members if self._newest() is not None else {}

    def moment(self) -> tuple[int, int]:
        """How far the newest network is that was made of the system: while it is the same, so is `forms`."""
        network = self._newest()
        if network is None or not network.history.events:
            return _NOT_BEGUN
        # A run that is taken back and goes on otherwise has another history.
        return (id(network.history), len(network.history.events))

    def forms(self) -> dict[str, str]:
        """What a notebook shows of it, by media type: the picture with what went over each `~>` in the newest network
        that was made of it, and words.
        """
        from hydroflow_nb.render.dark import themed

        lines = [repr(self)]
        if self.moment() != _NOT_BEGUN:
            nodes = ", ".join(chain.from_iterable(self.members.values()))
            lines.append(f"runs as {nodes}: the widget under its cell opens the stepper of each")
        return {"image/svg+xml": themed(self.drawing().svg()), "text/plain": "\n".join(lines)}

    def drawing(self) -> Graph:
        """The graph with what went over each `~>` in the newest network, if that has begun."""
        network = self._newest()
        return self.graph if network is None or self.moment() == _NOT_BEGUN else self.picture(network)

    def widget(self) -> SystemWidget:
        """The picture as a widget, which a `%%hydroflow` cell shows: a click on a location opens the stepper of a node
        there, one on `~>` shows what is in flight. It shows the newest network that was made of the system.
        """
        from hydroflow_nb.widgets.system import SystemWidget

        return SystemWidget(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.forms()

    def __repr__(self) -> str:
        return f"<system {self.name}: {', '.join(one.in_short for one in self.locations.values())}>"

    # --- running ------------------------------------------------------------------------------------------------------

    def flow_at(self, location: str, names: Mapping[str, Any] | None = None, *, called: str | None = None) -> Flow:
        """A new flow of a location, at tick 0, with the names of Python as they are now; messages call it `called`.

        `names` come before them: the ends and the address of the node, and what the names of locations stand for, the
        address of a process and the tuple of a cluster's members. Without them the ends are those of a simulated
        network that has no other nodes. Raises KeyError for a location that has no flow.
        """
        part = self._compiled.parts[location]
        around = dict(self._namespace)
        around.update({one: value_of(self.locations[one], ()) for one in inhabited(self.locations)})
        around.update(Network().bind(location)._asdict())
        around.update(part.names)
        around.update({one: as_address(value) for one, value in (names or {}).items() if one in self.locations})
        around.update({one: value for one, value in (names or {}).items() if one not in self.locations})
        return self._flow(part, around, called)

    def names_of_locations(self, location: str) -> list[str]:
        """The names of locations that what runs at a location uses: whom it sends to, and what its arguments name."""
        used = set(self.flows[location].used_names)
        return [name for name in inhabited(self.locations) if name in used and not self.locations[name].is_open]

    def network(self, /, **given: Any) -> Network:
        """A simulated network with a node for each member.

        For each cluster say who its members are: a number (`participants=3` gives `participants1` to `participants3`),
        names (`participants=["p1", "p2"]`), or names with names of their own, as `Network.node` has them
        (`participants={"p1": {}, "p2": {"refuses": {"t2"}}}`; `"join_later": True` is one of them, `"durable": True`
        another). For a process they are a dict of names of its own. Everything else, such as `seed=7`, `loss=0.1` or
        `durable=True`, is a setting of `hydroflow_nb.Network`.

        Raises TypeError for a cluster of which no members are given, and what `Network` and `Network.node` raise.
        """
        groups = groups_of(self.name, self.locations, given, NETWORK_SETTINGS)
        network = self._network(groups, given)
        self._newest = ref(network)
        self._members = {name: list(members) for name, members in groups.items() if name in self._compiled.parts}
        return network

    def sample(self, /, **given: Any) -> Network:
        """A network as `network` makes it, in which a cluster of which nothing is said has three members."""
        clusters = (name for name in inhabited(self.locations) if self.locations[name].kind is LocationKind.CLUSTER)
        given = {**dict.fromkeys(clusters, _MEMBERS), **given}
        return self._network(groups_of(self.name, self.locations, given, NETWORK_SETTINGS), given)

    def _network(self, groups: Groups, settings: Mapping[str, Any]) -> Network:
        network = Network(**settings)
        names = {name: value_of(self.locations[name], members) for name, members in groups.items()}
        for name, members in groups.items():
            if name not in self._compiled.parts:
                continue
            flow = self.flow_at(name)
            used = names.keys() & set(flow.used_names)
            if self.locations[name].kind is LocationKind.CLUSTER:
                network.clusters[name] = list(members)
            for member, own in members.items():
                network.node(member, flow, at=member, **{one: names[one] for one in used}, **own)
        return network

    def check(self, /, **given: Any) -> Report:
        """Whether the outputs of all members are the same in every run, before anything runs: `Network.check` of the
        network that the same arguments give. A cluster of which nothing is said has three members.
        """
        return self.sample(**given).check()

    async def start(self, /, *, transport: str = "tcp", on_fault: str = "stop", **given: Any) -> SystemRun:
        """Run the members in the background, each over a socket of its own in this process; the run ends them.

        The members are given as for `network`. `transport` is "tcp", "udp" or "unix"; a process is at the address of
        its declaration, if that has one, all others are at free ports of this machine, or at paths in a new folder.
        Addresses of members are their names in the flows, as in a network; programs of other make have no names, so
        those of an external location have the addresses that are seen, and reach a member at its `bound`. As in a
        network, each member has copies of the channels and containers that the text names. `on_fault` says what a
        member does when a tick fails, "stop", "continue" or "set-aside", as that of `flow.run_async`.

        Raises what `network` raises for members, `HydroflowError` for another transport, ValueError for another word of
        `on_fault`, TypeError for anything else, and OSError where a socket cannot be opened.
        """
        OnFault.of(on_fault)
        groups = groups_of(self.name, self.locations, given, ())
        has_strangers = any(one.kind is LocationKind.EXTERNAL for one in self.locations.values())
        self._must_be_for_sockets(groups)
        own = {
            member: own_names(member, given_names, self._namespace, self.flows[name].used_names)
            for name, members in groups.items()
            for member, given_names in members.items()
            if name in self.flows
        }
        sockets = Sockets(transport, has_strangers=has_strangers)
        running: dict[str, Member] = {}
        try:
            opened = {
                member: await sockets.open(member, self.locations[name].at)
                for name, members in groups.items()
                for member in members
            }
            names = {
                name: value_of(self.locations[name], [opened[member].address for member in members])
                for name, members in groups.items()
            }
            for name, members in groups.items():
                for member in members if name in self.flows else ():
                    around = {**own[member], **names, **opened[member]._asdict()}
                    around.update({one: Members() for one, location in self.locations.items() if location.is_open})
                    flow = self.flow_at(name, around, called=f"{self.name}@{member}")
                    running[member] = Member(member, name, flow, opened[member], around)
        except BaseException:
            for started in running.values():
                started.flow.close()
            await sockets.close()
            raise
        for started in running.values():
            started.flow.start(on_fault=on_fault)
        return SystemRun(self.name, running, sockets.close)

    async def deploy(
        self,
        /,
        *,
        on: Launcher | None = None,
        durable: str | PathLike[str] | None = None,
        durable_write: Literal["journal", "state", "operators"] = "journal",
        logs: str | PathLike[str] | None = None,
        show_logs: bool = False,
        record: bool = False,
        on_fault: str | None = None,
        **given: Any,
    ) -> RunningSystem[RunningMember]:
        """Run the members outside of this kernel, each as a program of its own; returns when all are ready.

        `on` says what runs them; without it they are processes of this machine, `hydroflow_nb.deploy.Processes()`,
        which are watched, started again when they end, and ended with this kernel. The members are given as for
        `network`. With `durable` each has a folder of its own in this one, and goes on where it was when it starts
        again; `durable_write` is the `write` of `flow.durable`, and with "operators" only members whose flows have
        `'durable` operators have folders. `logs` is the folder that their logs are written to, by default one that ends
        with the run. What goes wrong at members is told by Python's logging, which a notebook shows under the cell that
        deploys; with `show_logs` all that they write is printed there. With `record` they are recorded from the start.
        `on_fault` is that of `flow.run_async`: a durable member sets aside, unless it keeps operators alone.

        Each member has copies of what the names of the text stand for now. Raises what `network` raises for members,
        TypeError for what runs none and for what is no folder, and `HydroflowError` for a value that cannot be carried
        to another program, a member that does not get ready, or a folder that other shards have used.

        More: `docs/deploying.md`.
        """
        if on is None:
            from hydroflow_nb.deploy import Processes

            on = Processes()
        must_launch(self.name, on)
        deployment = replace(
            self._deployment(given, on_fault, None if durable is None else durable_write),
            durable=folder_of("durable", durable, f"{self.name}.kept"),
            logs=folder_of("logs", logs, f"{self.name}.logs"),
            show_logs=show_logs,
            record=DEFAULT_BUDGET if record else None,
        )
        keep_shards(deployment)
        return await on.launch(deployment)

    def manifests(
        self,
        on: Writer[Made_co],
        /,
        *,
        durable: bool = False,
        durable_write: Literal["journal", "state", "operators"] = "journal",
        on_fault: str | None = None,
        stdin: Mapping[str, str] = MappingProxyType({}),
        stdout: Mapping[str, str] = MappingProxyType({}),
        **given: Any,
    ) -> Made_co:
        """The files with which another tool runs the members on other machines, as `hydroflow_nb.deploy.Files`.

        `on` is `hydroflow_nb.deploy.Compose()`, `.Kubernetes()` or `.Systemd(hosts)`. The members are given as for
        `network`. With `durable` each keeps its state in a folder of its own, as for `deploy`. `stdin` and `stdout`
        name channels by location: `stdin={"clients": "keyboard"}` puts the lines that a client reads into `keyboard`.
        Nothing is run.

        Raises what `network` raises for members, and `HydroflowError` for a value that cannot be carried to another
        machine, and for a location or a channel that there is not; TypeError for what is none of these.

        More: `docs/deploying.md`.
        """
        must_write(self.name, on)
        must_say_whether(durable)
        must_name_channels(self.name, self.flows, stdin=stdin, stdout=stdout)
        deployment = self._deployment(given, on_fault, durable_write if durable else None)
        return on.files(replace(deployment, stdin=stdin, stdout=stdout))

    def _deployment(self, given: dict[str, Any], on_fault: str | None, durable_write: str | None) -> Deployment:
        """What a launcher is told of the system with these members, which are kept where `durable_write` is given."""
        OnFault.of(on_fault)
        groups = groups_of(self.name, self.locations, given, ())
        self._must_be_for_sockets(groups)
        return Deployment(
            name=self.name,
            source=self.source,
            names=self._namespace,
            used=self._names_of_python(),
            locations=self.locations,
            groups=groups,
            inputs={location: list(flow.inputs) for location, flow in self.flows.items()},
            strangers=meeting_strangers(self.channels),
            on_fault=on_fault,
            durable_write=durable_write or "journal",
            kept=() if durable_write is None else kept_locations(self.name, self.flows, durable_write),
        )

    def close(self) -> None:
        """Close the flows. Networks and runs that were made of the system stay as they are."""
        for flow in self.flows.values():
            flow.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _names_of_python(self) -> list[str]:
        """The names that the text looks up in the cells around it."""
        used = {name for flow in self.flows.values() for name in flow.used_names}
        return sorted(used - self.locations.keys() - set(SURROUNDINGS))

    def _must_be_for_sockets(self, groups: Groups) -> None:
        for location, members in groups.items():
            used = self.flows[location].used_names if location in self.flows else None
            for member, own in members.items():
                must_be_for_sockets(member, own, used)

    def _flow(self, part: CompiledPart, names: dict[str, Any], called: str | None) -> Flow:
        return Flow(
            self.source,
            names,
            called or part.compiled.graph.name,
            compiled=part.compiled,
            text=partial(self._printing.text_at, part.location.name),
        )
