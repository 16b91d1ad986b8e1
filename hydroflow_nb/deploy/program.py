"""The files of a system that every member needs, on whatever machine it runs, and the command that runs a member."""

from __future__ import annotations

import ast
import json
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any, Final

from hydroflow_nb.deploy.carrying import names_file
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.locations import LocationKind
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.modules import folder_of
from hydroflow_nb.syntax.parser import parse
from hydroflow_nb.syntax.tree import Group, Import, Ported
from hydroflow_nb.systems.launching import Deployment, Placed, must_know_each_other

# What a name in a file name or a host name may be made of; Kubernetes allows 63 characters for two of them and
# a number.
_LONGEST_LABEL: Final = 24
_OWN_PACKAGE: Final = __name__.partition(".")[0]
# Not by an import statement, which would put this module above the whole package in the order of imports.
VERSION: Final[str] = sys.modules[_OWN_PACKAGE].__version__


@dataclass(frozen=True, kw_only=True)
class Program:
    """A system's text, the modules that it imports, and what its names stand for: `texts` by path.

    `names` is the file of each member's names, `packages` what pip has to install, each with its version here.
    """

    deployment: Deployment
    texts: Mapping[str, str]
    names: Mapping[str, str]
    packages: Sequence[str] = ()

    @property
    def installed(self) -> str:
        """What pip has to install, with this package."""
        return " ".join([f"hydroflow-nb=={VERSION}", *self.packages])

    @property
    def label(self) -> str:
        """The system's name, as the names of hosts and units are written."""
        return label(self.deployment.name)

    def labels(self) -> Mapping[str, str]:
        """The members that run, each with the label that stands for it in the names of hosts, units and volumes."""
        return {placed.name: label(placed.name) for placed in self.deployment.members()}

    def command(
        self, placed: Placed, name: str, *, folder: str, port: int, key: str, kept: str, alive: str | None
    ) -> list[str]:
        """What runs a member, behind `hydroflow-nb`. `name` stands for its name; `folder` has the texts, `key` is the
        file of the secret, `kept` the folder in which a durable member is kept, `alive` the file of its sign of life.
        """
        deployment = self.deployment
        return [
            "run",
            f"{folder}/{self.text}",
            f"--flow=@{placed.location}",
            f"--name={name}",
            f"--python={folder}/{self.names[placed.name]}",
            f"--folder={folder}",
            f"--bind=tcp:0.0.0.0:{port}",
            *(["--strangers"] if placed.meets_strangers else []),
            f"--key-file={key}",
            *([f"--alive={alive}"] if alive is not None else []),
            *([f"--durable={kept}", f"--durable-write={deployment.durable_write}"] if placed.is_kept else []),
            *([f"--on-fault={deployment.on_fault}"] if deployment.on_fault is not None else []),
            *([f"--stdin={deployment.stdin[placed.location]}"] if placed.location in deployment.stdin else []),
            *([f"--stdout={deployment.stdout[placed.location]}"] if placed.location in deployment.stdout else []),
            "--log=json",
        ]

    @property
    def text(self) -> str:
        """The path of the system's text."""
        return f"{self.label}.hf"

    def peers(self, address_of: Callable[[Placed], str]) -> str:
        """The directory of all members, as JSON."""
        entries: dict[str, Any] = {}
        placed = {one.name: one for one in self.deployment.members()}
        for location, members in self.deployment.groups.items():
            addresses = {member: address_of(placed[member]) for member in members if member in placed}
            is_process = self.deployment.locations[location].kind is LocationKind.PROCESS
            entries[location] = next(iter(addresses.values()), "") if is_process else addresses
        return json.dumps(entries)


def program_of(deployment: Deployment) -> Program:
    """What every machine needs of a system. Raises HydroflowError for what cannot be carried there."""
    must_know_each_other(deployment)
    texts = {f"{label(deployment.name)}.hf": deployment.source.text, **_imported(deployment.source)}
    by_text: dict[str, str] = {}
    names: dict[str, str] = {}
    for placed in deployment.members():
        around = {**deployment.names, **placed.own}
        text = names_file(around, [*deployment.used, *placed.own], whose=placed.name, here=False)
        names[placed.name] = by_text.setdefault(text, f"names{len(by_text) + 1}.py" if by_text else "names.py")
    texts |= {file: text for text, file in by_text.items()}
    modules, packages = _needed(by_text)
    return Program(deployment=deployment, texts={**texts, **modules}, names=names, packages=packages)


def label(name: str) -> str:
    """A name as the names of hosts, units and volumes are written: small letters, digits and hyphens; two names have
    two labels.
    """
    plain = "".join(one if one.isascii() and one.isalnum() else "-" for one in name.lower()).strip("-")
    if name.replace("_", "-") == plain and "-" not in name and len(plain) <= _LONGEST_LABEL and not plain[0].isdigit():
        return plain
    import hashlib

    return f"m{plain[: _LONGEST_LABEL - 10]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _imported(source: Source) -> dict[str, str]:
    """The texts that `import!` names, by their paths, which have to lie in the folder of the text."""
    found: dict[str, str] = {}
    root = folder_of(source).resolve()
    waiting = [(source, root)]
    while waiting:
        text, folder = waiting.pop()
        for call in _imports(text):
            path = (folder / call.path).resolve()
            if not path.is_relative_to(root):
                raise HydroflowError(
                    message=f"the module `{call.path}` is outside of the folder of {source.label}, {root}: put it into "
                    f"that folder, which goes along"
                )
            name = path.relative_to(root).as_posix()
            if name not in found:
                found[name] = path.read_text(encoding="utf-8")
                waiting.append((Source(text=found[name], label=name, filename=str(path)), path.parent))
    return found


def _imports(source: Source) -> Iterator[Import]:
    waiting = list(parse(source).flow.whole().pipelines())
    while waiting:
        for node in waiting.pop().nodes:
            if isinstance(node, Import):
                yield node
            elif isinstance(node, Ported) and isinstance(node.node, Group):
                waiting.append(node.node.pipeline)


def _needed(texts: Mapping[str, str]) -> tuple[Mapping[str, str], Sequence[str]]:
    """What files of Python import: the texts of modules that lie about here, by path, and the packages to install."""
    modules: dict[str, str] = {}
    packages: set[str] = set()
    distributions = packages_distributions()
    waiting = list(texts)
    while waiting:
        for name in _imported_by(waiting.pop()) - sys.stdlib_module_names - {_OWN_PACKAGE, "__main__"}:
            spec = find_spec(name)
            if spec is None or spec.origin in (None, "built-in", "frozen"):
                continue
            if name in distributions and _is_installed(spec.origin):
                packages |= {f"{one}=={version(one)}" for one in distributions[name]}
            elif spec.submodule_search_locations is not None:
                raise HydroflowError(
                    message=f"the package `{name}` in {Path(str(spec.origin)).parent} is installed nowhere: an image "
                    f"or another machine gets it by pip; or put what the system needs of it into one module, which "
                    f"goes along"
                )
            elif (path := f"{name}.py") not in modules:
                modules[path] = Path(str(spec.origin)).read_text(encoding="utf-8")
                waiting.append(modules[path])
    return modules, sorted(packages)


def _imported_by(text: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def _is_installed(origin: str | None) -> bool:
    places = {sysconfig.get_path(one) for one in ("purelib", "platlib")}
    return origin is not None and any(PurePosixPath(origin).is_relative_to(place) for place in places)
