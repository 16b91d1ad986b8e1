"""The pages of the manual, as helps name them: they lie in the folder `docs` of the package's repository."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "docs/operators.md": "every operator, with an example",
        "docs/errors.md": "every error, with a wrong and a right flow",
        "docs/understanding.md": "what a run can be asked: the stepper, time, state, why, profiles, networks, files",
        "docs/pictures.md": "the picture of a run, what is recorded, and what works where",
        "docs/networks.md": "flows that talk: sockets, processes, and a network in the notebook",
        "docs/durable.md": "flows that are kept in a folder, and go on where they were",
        "docs/systems.md": "one text for several flows: locations, and arrows to other places",
        "docs/deploying.md": "a system as programs of their own, watched and started again",
        "docs/workloads.md": "clients that ask a network of nodes, and checks of what they were answered",
        "docs/correctness.md": "what is the same in every run, before anything runs",
        "docs/performance.md": "what a flow costs, and what keeps it low",
        "docs/rust.md": "a flow as a Rust program: what is translated, and what differs",
        "docs/editor.md": "help while a flow is written",
        "docs/architecture.md": "how the package is built",
    }
)


def as_text(indent: str) -> str:
    """The pages, one a line."""
    width = max(map(len, PAGES))
    return "\n".join(f"{indent}{page.ljust(width)}  {about}" for page, about in PAGES.items())
