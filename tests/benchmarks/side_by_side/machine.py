"""Where and when something was measured: the date, the kind of processor, and the versions."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path

from side_by_side.peers import versions
from side_by_side.rust import CRATE


def described(with_rust: bool) -> str:
    """A sentence for below a table."""
    parts = [f"{name} {number}" for name, number in versions().items()]
    if with_rust:
        parts.append(f"{CRATE} as a release build")
    beside = f"; beside it {', '.join(parts)}" if parts else ""
    system = f"{platform.system()}, {platform.python_implementation()} {platform.python_version()}"
    shared = f"{os.cpu_count()} cores shared with other work (load {os.getloadavg()[2]:.0f})"
    return f"Measured on {datetime.date.today().isoformat()} on {processor()}, {shared}, {system}{beside}."


def processor() -> str:
    """The kind of processor, as the system names it."""
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        for line in cpus.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return f"{line.partition(':')[2].strip()} ({platform.machine()})"
    return platform.processor() or platform.machine()
