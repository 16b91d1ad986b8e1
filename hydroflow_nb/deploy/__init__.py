"""Systems as programs of their own: what runs the members of a system, and files for tools that do."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hydroflow_nb.deploy.files import Files
    from hydroflow_nb.deploy.manifests.compose import Compose
    from hydroflow_nb.deploy.manifests.kubernetes import Kubernetes
    from hydroflow_nb.deploy.manifests.systemd import Systemd
    from hydroflow_nb.deploy.processes import Processes
    from hydroflow_nb.deploy.ray.launcher import Ray

__all__ = ["Compose", "Files", "Kubernetes", "Processes", "Ray", "Systemd"]

# Each is loaded when it is asked for.
_LATER: Final = {
    "Compose": "hydroflow_nb.deploy.manifests.compose",
    "Files": "hydroflow_nb.deploy.files",
    "Kubernetes": "hydroflow_nb.deploy.manifests.kubernetes",
    "Processes": "hydroflow_nb.deploy.processes",
    "Ray": "hydroflow_nb.deploy.ray.launcher",
    "Systemd": "hydroflow_nb.deploy.manifests.systemd",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
