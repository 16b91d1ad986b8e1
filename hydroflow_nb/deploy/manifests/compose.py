"""A system as services of compose."""

from __future__ import annotations

from hydroflow_nb.deploy.files import Files
from hydroflow_nb.deploy.manifests import image
from hydroflow_nb.deploy.manifests.image import Manifest
from hydroflow_nb.deploy.manifests.written import as_yaml
from hydroflow_nb.deploy.program import Program, program_of
from hydroflow_nb.systems.launching import Deployment, Placed, must_have_no_strangers

_HOW = """The system `{name}`, a service for each of its members: {members}.

Make the secret with which the members prove their names, once, readable for the user of the containers only:
  {key} > key && chmod 400 key && sudo chown {user} key

Run it, look at it, end it:
  docker compose up --detach{build}
  docker compose logs --follow
  docker compose down"""


class Compose:
    """Makes the files with which compose runs each member in a container of its own, on one machine.

    `image` is that of the members; without it, it is built from the Dockerfile that is made beside. `memory` and `cpus`
    are what a member may use at most (512 MiB and one CPU). The members reach each other only, by a network without a
    way out; they run without privileges, with a read-only root, and are started again where they fail.
    """

    def __init__(self, image: str | None = None, *, memory: str = "512M", cpus: float = 1.0) -> None:
        self.image = image
        self.memory = memory
        self.cpus = cpus

    def files(self, deployment: Deployment) -> Files:
        """The files: `compose.yaml`, a Dockerfile, and the folder `program`. Raises HydroflowError for what cannot be
        carried into a container.
        """
        must_have_no_strangers(deployment, "the network of the containers lets nobody else in")
        program = program_of(deployment)
        labels = program.labels()
        peers = program.peers(lambda placed: f"{labels[placed.name]}:{image.PORT}")
        members = list(deployment.members())
        manifest: Manifest = {
            "name": program.label,
            "services": {labels[one.name]: self._service(program, one, peers) for one in members},
            "networks": {"members": {"internal": True}},
            "secrets": {"key": {"file": "./key"}},
        }
        if deployment.kept:
            manifest["volumes"] = {f"kept-{labels[one.name]}": {} for one in members if one.is_kept}
        how = _HOW.format(
            name=deployment.name,
            members=", ".join(one.name for one in members),
            key=image.NEW_KEY,
            user=image.USER,
            build=" --build" if self.image is None else "",
        )
        made = {"compose.yaml": as_yaml([manifest], how), "Dockerfile": image.dockerfile(program)}
        return Files({**made, **image.in_program_folder(program)})

    def _service(self, program: Program, placed: Placed, peers: str) -> Manifest:
        volumes = [f"./program:{image.PROGRAM}:ro"]
        if placed.is_kept:
            volumes.append(f"kept-{program.labels()[placed.name]}:{image.KEPT}")
        command = program.command(
            placed,
            placed.name,
            folder=image.PROGRAM,
            port=image.PORT,
            key=image.KEY,
            kept=image.KEPT,
            alive=image.ALIVE,
        )
        return {
            "image": image.image_of(self.image, program),
            **({"build": "."} if self.image is None else {}),
            # Compose reads `$` as the beginning of a variable.
            "command": [word.replace("$", "$$") for word in command],
            "environment": {"HF_PEERS": peers.replace("$", "$$")},
            "networks": ["members"],
            "volumes": volumes,
            "secrets": ["key"],
            "user": f"{image.USER}:{image.USER}",
            "read_only": True,
            "tmpfs": [f"{image.ALIVE_FOLDER}:mode=0700,uid={image.USER},gid={image.USER},size=1m", "/tmp:size=64m"],
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges:true"],
            **({"stdin_open": True} if placed.location in program.deployment.stdin else {}),
            "init": True,
            # `on-failure` would leave it ended when the machine has started again.
            "restart": "unless-stopped",
            "stop_grace_period": "15s",
            "healthcheck": {
                "test": ["CMD-SHELL", image.IS_ALIVE.replace("$", "$$")],
                "interval": "10s",
                "timeout": "5s",
                "retries": 3,
                "start_period": "30s",
            },
            "mem_limit": self.memory,
            "cpus": self.cpus,
            "pids_limit": 128,
            "logging": {"driver": "json-file", "options": {"max-size": "8m", "max-file": "2"}},
        }
