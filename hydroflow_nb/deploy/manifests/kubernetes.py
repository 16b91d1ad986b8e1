"""A system as objects of Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hydroflow_nb.deploy.files import Files
from hydroflow_nb.deploy.manifests import image
from hydroflow_nb.deploy.manifests.image import Manifest
from hydroflow_nb.deploy.manifests.written import as_yaml
from hydroflow_nb.deploy.program import Program, label, program_of
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.records import dataclass
from hydroflow_nb.systems.launching import Deployment, Placed, must_have_no_strangers

# What a ConfigMap may hold, in bytes, with its own words.
_MOST_OF_A_MAP: Final = (1 << 20) - (8 << 10)
_INDEX: Final = "metadata.labels['apps.kubernetes.io/pod-index']"

_HOW = """The system `{name}`: {members}. For Kubernetes 1.31 and later.

Make the secret with which the members prove their names, once:
  kubectl --namespace {namespace} create secret generic {label}-key --from-literal=key="$({key})"

Run it, look at it, end it:
  kubectl --namespace {namespace} apply --filename {label}.yaml
  kubectl --namespace {namespace} get pods --selector app.kubernetes.io/part-of={label}
  kubectl --namespace {namespace} delete --filename {label}.yaml"""


@dataclass(frozen=True, kw_only=True)
class _Group:
    """Members that one StatefulSet runs: one member, or those of a cluster that are called by its name and a number."""

    label: str
    members: Sequence[Placed]
    # What stands before the number in a member's name; None where it is one member of any name.
    counted: str | None

    @property
    def is_kept(self) -> bool:
        """True where the members are durable: all are, or none."""
        return self.members[0].is_kept

    def host(self, placed: Placed) -> str:
        """The name of the member's host."""
        number = 0 if self.counted is None else self.members.index(placed) + 1
        return f"{self.label}-{number}.{self.label}"


class Kubernetes:
    """Makes the files with which Kubernetes runs each member in a pod of its own.

    `image` is that of the members, which the cluster has to be able to pull; without it, it has the name of what the
    Dockerfile beside builds. `namespace` is where all is put ("default"); `storage` is the size of the claim of a
    durable member, `memory` and `cpu` what a member may use at most. With `program="image"` the texts are those of the
    image, not of a ConfigMap, which holds at most 1 MiB.

    Raises ValueError for another `program`.
    """

    def __init__(
        self,
        image: str | None = None,
        namespace: str = "default",
        *,
        memory: str = "512Mi",
        cpu: str = "1",
        storage: str = "1Gi",
        program: str = "map",
    ) -> None:
        if program not in ("map", "image"):
            raise ValueError(f"`program` is 'map' or 'image', not {program!r}")
        self.image = image
        self.namespace = namespace
        self.memory = memory
        self.cpu = cpu
        self.storage = storage
        self.program = program

    def files(self, deployment: Deployment) -> Files:
        """The files: a manifest, a Dockerfile, and the folder `program`. Raises HydroflowError for what cannot be
        carried, and for texts that a ConfigMap cannot hold.
        """
        must_have_no_strangers(deployment, "the policy of the pods lets nobody else in")
        program = program_of(deployment)
        groups = _groups(program)
        group_of = {one.name: group for group in groups for one in group.members}
        peers = program.peers(lambda placed: f"{group_of[placed.name].host(placed)}:{image.PORT}")
        objects: list[Manifest] = [self._policy(program)]
        if self.program == "map":
            objects.append(self._map(program))
        for group in groups:
            objects += [self._service(program, group), self._set(program, group, peers)]
        how = _HOW.format(
            name=deployment.name,
            members=", ".join(one.name for one in deployment.members()),
            namespace=self.namespace,
            label=program.label,
            key=image.NEW_KEY,
        )
        made = {f"{program.label}.yaml": as_yaml(objects, how), "Dockerfile": image.dockerfile(program)}
        return Files({**made, **image.in_program_folder(program)})

    def _object(self, program: Program, version: str, kind: str, name: str, spec: Mapping[str, Any]) -> Manifest:
        metadata = {"name": name, "namespace": self.namespace, "labels": _labels(program)}
        return {"apiVersion": version, "kind": kind, "metadata": metadata, **spec}

    def _map(self, program: Program) -> Manifest:
        data = {_in_a_map(path): text for path, text in program.texts.items()}
        size = sum(len(path) + len(text.encode()) for path, text in data.items())
        if size > _MOST_OF_A_MAP:
            raise HydroflowError(
                message=f"the texts and values of {program.deployment.name} take {size:,} bytes, and a ConfigMap holds "
                f"1 MiB: build the image from the Dockerfile, which takes them in, and write "
                f'`Kubernetes(..., program="image")`'
            )
        return self._object(program, "v1", "ConfigMap", f"{program.label}-program", {"data": data})

    def _policy(self, program: Program) -> Manifest:
        """Only members reach members; they ask the cluster's DNS for each other."""
        members = [{"podSelector": {"matchLabels": _labels(program)}}]
        port = [{"protocol": "TCP", "port": image.PORT}]
        spec = {
            "podSelector": {"matchLabels": _labels(program)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": members, "ports": port}],
            "egress": [
                {"to": members, "ports": port},
                {"ports": [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]},
            ],
        }
        return self._object(program, "networking.k8s.io/v1", "NetworkPolicy", program.label, {"spec": spec})

    def _service(self, program: Program, group: _Group) -> Manifest:
        spec = {
            "clusterIP": "None",
            # Members look for each other before they are ready.
            "publishNotReadyAddresses": True,
            "selector": _labels(program, group),
            "ports": [{"name": "members", "port": image.PORT}],
        }
        return self._object(program, "v1", "Service", group.label, {"spec": spec})

    def _set(self, program: Program, group: _Group, peers: str) -> Manifest:
        counted = group.counted is not None
        spec: Manifest = {
            "serviceName": group.label,
            "replicas": len(group.members),
            **({"ordinals": {"start": 1}} if counted else {}),
            "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": _labels(program, group)},
            "template": {
                "metadata": {"labels": _labels(program, group)},
                "spec": self._pod(program, group, peers),
            },
        }
        if group.is_kept:
            claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": self.storage}}}
            spec["volumeClaimTemplates"] = [{"metadata": {"name": "kept"}, "spec": claim}]
        return self._object(program, "apps/v1", "StatefulSet", group.label, {"spec": spec})

    def _pod(self, program: Program, group: _Group, peers: str) -> Manifest:
        key = {"secretName": f"{program.label}-key", "defaultMode": 0o440}
        volumes: list[Manifest] = [
            {"name": "key", "secret": key},
            {"name": "member", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
        ]
        if self.program == "map":
            items = [{"key": _in_a_map(path), "path": path} for path in program.texts]
            volumes.append({"name": "program", "configMap": {"name": f"{program.label}-program", "items": items}})
        return {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 15,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": image.USER,
                "runAsGroup": image.USER,
                "fsGroup": image.USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [self._container(program, group, peers)],
            "volumes": volumes,
        }

    def _container(self, program: Program, group: _Group, peers: str) -> Manifest:
        counted = group.counted
        variables: list[Manifest] = [{"name": "HF_PEERS", "value": peers.replace("$", "$$")}]
        if counted is not None:
            variables.append({"name": "HF_INDEX", "valueFrom": {"fieldRef": {"fieldPath": _INDEX}}})
        first = group.members[0]
        name = first.name.replace("$", "$$") if counted is None else f"{counted.replace('$', '$$')}$(HF_INDEX)"
        mounts: list[Manifest] = [
            {"name": "key", "mountPath": image.KEY_FOLDER, "readOnly": True},
            {"name": "member", "mountPath": image.ALIVE_FOLDER},
            {"name": "tmp", "mountPath": "/tmp"},
        ]
        if self.program == "map":
            mounts.append({"name": "program", "mountPath": image.PROGRAM, "readOnly": True})
        if group.is_kept:
            mounts.append({"name": "kept", "mountPath": image.KEPT})
        limits = {"memory": self.memory, "cpu": self.cpu}
        return {
            "name": "member",
            "image": image.image_of(self.image, program),
            "args": program.command(
                first,
                name,
                folder=image.PROGRAM,
                port=image.PORT,
                key=image.KEY,
                kept=image.KEPT,
                alive=image.ALIVE,
            ),
            **({"stdin": True} if first.location in program.deployment.stdin else {}),
            "env": variables,
            "ports": [{"name": "members", "containerPort": image.PORT}],
            "volumeMounts": mounts,
            "resources": {"requests": {**limits, "cpu": "100m"}, "limits": limits},
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            # A long restart from a folder is no failure; a tick without end is one.
            "startupProbe": {**_probe(image.IS_READY), "periodSeconds": 1, "failureThreshold": 300},
            "readinessProbe": {**_probe(image.IS_READY), "periodSeconds": 10},
            "livenessProbe": {**_probe(image.IS_ALIVE), "periodSeconds": 10, "failureThreshold": 3},
        }


def _groups(program: Program) -> list[_Group]:
    found: list[_Group] = []
    members = list(program.deployment.members())
    for location in dict.fromkeys(one.location for one in members):
        here = [one for one in members if one.location == location]
        counted = [f"{location}{number}" for number in range(1, len(here) + 1)]
        if [one.name for one in here] == counted and len({program.names[one.name] for one in here}) == 1:
            found.append(_Group(label=f"{program.label}-{label(location)}", members=here, counted=location))
        else:
            found += [_Group(label=f"{program.label}-{label(one.name)}", members=[one], counted=None) for one in here]
    return found


def _labels(program: Program, group: _Group | None = None) -> Mapping[str, str]:
    own = {} if group is None else {"app.kubernetes.io/name": group.label}
    return {"app.kubernetes.io/part-of": program.label, **own}


def _in_a_map(path: str) -> str:
    """The key of a file: a ConfigMap has no folders."""
    return path.replace("/", "..")


def _probe(command: str) -> Manifest:
    return {"exec": {"command": ["sh", "-c", command]}, "timeoutSeconds": 5}
