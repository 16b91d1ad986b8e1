"""The launcher that runs the members of a system as actors of a Ray cluster."""

from __future__ import annotations

import asyncio
import secrets
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.deploy.member_log import MemberLog
from hydroflow_nb.deploy.processes import file_name
from hydroflow_nb.deploy.program import VERSION, Program, program_of
from hydroflow_nb.deploy.ray.cluster import CLUSTER
from hydroflow_nb.deploy.ray.task import Task
from hydroflow_nb.deploy.restarting import Restarts
from hydroflow_nb.deploy.telling import MemberTelling, Telling
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.locations import LocationKind
from hydroflow_nb.suggestions import Suggestions
from hydroflow_nb.systems.launching import Deployment, Placed, must_have_no_strangers

if TYPE_CHECKING:
    from hydroflow_nb.deploy.ray.member import RayRun, RayWatch

# The resources for which Ray has options of their own.
_OPTIONS: Final = {"CPU": "num_cpus", "GPU": "num_gpus", "memory": "memory"}
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Ray:
    """Runs each member as an actor of a Ray cluster: of the one at `address`, "auto" for that of this machine. Without
    an address one is started here, and ended with the last run; only where no other machine can reach this one, or
    with `exposed`, as who reaches it and has its token runs any code in it.

    A member asks a node for `cpus` processors (0.1) and for what `resources` says for its location, as in
    `resources={"participants": {"CPU": 1, "memory": 2**30, "ssd": 1}}`; members are spread over the nodes.
    `runtime_env` is that of Ray for the actors, such as `{"pip": ["hydroflow-nb"]}`. All members have to be ready
    within `patience` seconds (60). A member that ends is started again, later and later, until it has ended `restarts`
    times (5) in a row within ten seconds of its start. The members end with this program, however it ends.

    Raises ValueError for a number that is not positive, and for an address of Ray's client.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        exposed: bool = False,
        cpus: float = 0.1,
        resources: Mapping[str, Mapping[str, float]] = _NOTHING,
        runtime_env: Mapping[str, Any] = _NOTHING,
        patience: float = 60.0,
        restarts: int = 5,
    ) -> None:
        if patience <= 0 or restarts < 0 or cpus < 0:
            raise ValueError("`patience` is a number of seconds above 0, `restarts` and `cpus` are 0 or more")
        if address is not None and address.startswith("ray://"):
            raise ValueError(
                'Ray\'s client cannot wait for actors: run this program on a node of the cluster, with `address="auto"`'
            )
        self.address = address
        self.exposed = exposed
        self.cpus = cpus
        self.resources = {location: dict(given) for location, given in resources.items()}
        self.runtime_env = dict(runtime_env)
        self.patience = patience
        self.restarts = restarts

    async def launch(self, deployment: Deployment) -> RayRun:
        """Start all members, and return when they are ready. Raises HydroflowError where one cannot run, with the last
        lines of its log, and where Ray is not installed or its cluster cannot be reached.
        """
        if sys.platform == "win32":
            raise HydroflowError(message="systems are deployed as actors on Linux and macOS")
        self._must_have_locations(deployment)
        must_have_no_strangers(deployment, "no socket lets its programs reach an actor")
        program = program_of(deployment)
        await self._join(deployment.name)
        # Only where Ray is installed.
        from hydroflow_nb.deploy.ray.member import RayRun, RayWatch

        watch = RayWatch(deployment.name, Path(tempfile.mkdtemp(prefix="hydroflow-")))
        try:
            self._prepare(program, watch)
            await watch.background.begin(watch.begin(self.patience))
        except BaseException:
            watch.close()
            await watch.ended()
            raise
        return RayRun(deployment.name, watch)

    async def _join(self, system: str) -> None:
        """Be connected with the cluster. Raises HydroflowError where that takes longer than `patience`: Ray itself may
        wait for ever.
        """
        joining = asyncio.ensure_future(asyncio.to_thread(CLUSTER.join, self.address, exposed=self.exposed))
        try:
            await asyncio.wait_for(asyncio.shield(joining), self.patience)
        except asyncio.CancelledError:
            joining.add_done_callback(_leave_again)
            raise
        except TimeoutError:
            joining.add_done_callback(_leave_again)
            raise HydroflowError(
                message=f"the cluster of Ray has not let {system} in for {self.patience:.0f} s: it may be too busy to "
                "start processes; `patience` says how long to wait"
            ) from None

    def _prepare(self, program: Program, watch: RayWatch) -> None:
        """Make the members."""
        from hydroflow_nb.deploy.ray.member import RayMember

        deployment = program.deployment
        run = f"{deployment.name}-{secrets.token_hex(8)}"
        logs = deployment.logs or watch.folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        telling = Telling(everything=deployment.show_logs)
        for placed in deployment.members():
            called = file_name(placed.name)
            log = logs / f"{called}.log"
            watch.members[placed.name] = RayMember(
                placed,
                task_of(program, placed, run),
                self._options(placed.location),
                MemberLog(log, MemberTelling(telling, placed.name, log)),
                watch.background,
                Restarts(self.restarts),
                names={**deployment.names, **placed.own},
                used=[*deployment.used, *placed.own],
                scratch=watch.folder / f"{called}.recording.json",
            )

    def _options(self, location: str) -> dict[str, Any]:
        """What Ray is told of where a member may be."""
        found: dict[str, Any] = {"num_cpus": self.cpus, "scheduling_strategy": "SPREAD"}
        own: dict[str, float] = {}
        for name, amount in self.resources.get(location, {}).items():
            (found if name in _OPTIONS else own)[_OPTIONS.get(name, name)] = amount
        return (
            found
            | ({"resources": own} if own else {})
            | ({"runtime_env": self.runtime_env} if self.runtime_env else {})
        )

    def _must_have_locations(self, deployment: Deployment) -> None:
        for location in self.resources:
            if location not in deployment.inputs:
                meant = Suggestions().closest(location, deployment.inputs)
                hint = f"did you mean {meant!r}?" if meant else f"flows run at {', '.join(deployment.inputs)}"
                raise HydroflowError(message=f"`resources`: {deployment.name} has no flow at {location!r}: {hint}")


def _leave_again(joined: asyncio.Future[None]) -> None:
    """The connection has come when nobody waited for it any more."""
    if not joined.cancelled() and joined.exception() is None:
        CLUSTER.leave()


def task_of(program: Program, placed: Placed, run: str) -> Task:
    """What the actor of a member is told. `run` is the namespace of the actors."""
    deployment = program.deployment
    names = program.names[placed.name]
    others = set(program.names.values()) - {names}
    places: dict[str, str | list[str]] = {}
    for name, members in deployment.groups.items():
        location = deployment.locations[name]
        if location.kind is LocationKind.PROCESS:
            places[name] = next(iter(members), name)
        elif not location.is_open:
            places[name] = list(members)
    kept = deployment.durable if placed.is_kept else None
    return Task(
        version=VERSION,
        run=run,
        name=placed.name,
        location=placed.location,
        texts={path: text for path, text in program.texts.items() if path not in others},
        text=program.text,
        names=names,
        places=places,
        members=[one.name for one in deployment.members()],
        folder=None if kept is None else str(kept / file_name(placed.name)),
        write=deployment.durable_write,
        on_fault=deployment.on_fault,
        record=deployment.record,
    )
