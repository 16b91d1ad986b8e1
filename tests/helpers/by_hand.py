"""The commands that manifests have other tools run, as a person runs them by hand on the loopback.

Each member gets an address of its own there, which nobody else has: all of 127.0.0.0/8 is the loopback of Linux.
"""

from __future__ import annotations

import json
import random
import secrets
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hydroflow_nb.deploy import Files
from hydroflow_nb.net.directory import Directory


@dataclass(frozen=True, kw_only=True)
class Command:
    """What runs a member: the words behind `hydroflow-nb`, and what its environment has."""

    words: Sequence[str]
    environment: Mapping[str, str]

    def said(self, option: str) -> list[str]:
        """What its words say of an option."""
        return [word.removeprefix(f"{option}=") for word in self.words if word.startswith(f"{option}=")]


def hosts(count: int) -> list[str]:
    """So many addresses of the loopback."""
    return [".".join(["127", *(str(random.randint(1, 254)) for _ in range(3))]) for _ in range(count)]


def port() -> int:
    """A port below those that systems give out."""
    return random.randint(20_000, 30_000)


def of_units(files: Files, folder: Path) -> dict[str, Command]:
    """The commands of the units of systemd, by member, whose hosts are addresses of the loopback."""
    _write(files, folder)
    directory = Directory(json.loads(files["peers.json"]))
    found = {}
    for path, unit in files.items():
        if path.endswith(".service"):
            (line,) = (line for line in unit.splitlines() if line.startswith("ExecStart="))
            words = shlex.split(line.removeprefix("ExecStart="))
            root = str(Path(words[0]).parents[2])
            places = {
                "${CREDENTIALS_DIRECTORY}": str(folder),
                "${STATE_DIRECTORY}": f"{folder}/{Path(path).stem}",
                root: str(folder),
                "%%": "%",
                "$$": "$",
            }
            name = _name(words)
            found[name] = Command(words=_at(directory.resolve(name), _put(words[1:], places)), environment={})
    return found


def of_services(files: Files, folder: Path) -> dict[str, Command]:
    """The commands of the services of compose, by member; the names of the services are addresses of the loopback."""
    import yaml

    _write(files, folder)
    services = yaml.safe_load(files["compose.yaml"])["services"]
    addresses = dict(zip(services, hosts(len(services)), strict=True))
    number = port()
    found = {}
    for label, service in services.items():
        places = {
            "/program": f"{folder}/program",
            "/run/secrets": str(folder),
            "/run/member": f"{folder}/{label}",
            "/kept": f"{folder}/{label}/kept",
            "$$": "$",
        }
        (folder / label).mkdir()
        (peers,) = _put(
            [service["environment"]["HF_PEERS"]], {f"{one}:5000": f"{at}:{number}" for one, at in addresses.items()}
        )
        words = _put(service["command"], places)
        found[_name(words)] = Command(words=_at(f"{addresses[label]}:{number}", words), environment={"HF_PEERS": peers})
    return found


def _write(files: Files, folder: Path) -> None:
    """Write the files, and make the secret as they say."""
    files.write(folder)
    (folder / "key").write_text(secrets.token_hex(32))


def _put(words: Iterable[str], places: Mapping[str, str]) -> list[str]:
    """The words with what stands there for their parts."""
    put = []
    for word in words:
        for part, here in places.items():
            word = word.replace(part, here)
        put.append(word)
    return put


def _at(address: str, words: Iterable[str]) -> list[str]:
    """The words of a member that is reached at this address only: a container's network is not there to shut it in."""
    return [f"--bind=tcp:{address}" if word.startswith("--bind=") else word for word in words]


def _name(words: Iterable[str]) -> str:
    (name,) = (word.removeprefix("--name=") for word in words if word.startswith("--name="))
    return name
