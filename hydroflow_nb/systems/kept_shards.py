"""What a folder of durable members keeps of who the shards were: other ones would look for their keys where these are
not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.systems.launching import Deployment
from hydroflow_nb.whole_file import write_whole

# Beside the folders of the members, none of which has such a name.
_FILE: Final = "shards.json"
# Of a file that somebody has put there no more is read.
_MOST_BYTES: Final = 2**20


def keep_shards(deployment: Deployment) -> None:
    """Write to the folder of a deployment who its shards are and by what they share items, where that is kept.

    Raises HydroflowError where other shards have used the folder, where the file cannot be read, and OSError where it
    cannot be written.
    """
    folder = deployment.durable
    now = {
        name: {"shards_by": location.shards_by, "members": list(deployment.groups[name])}
        for name, location in deployment.locations.items()
        if location.shards_by is not None and name in deployment.kept
    }
    if folder is None or not now:
        return
    path = folder / _FILE
    known = _read(path)
    for name, shards in now.items():
        before = known.get(name, shards)
        if before != shards:
            raise HydroflowError(
                message=f"{folder} keeps what other shards of `{name}` hold, {_in_words(before)}: now they are "
                f"{_in_words(shards)}, and would not find it. Start with the same ones, or with a new folder"
            )
    if known != (all_of := {**known, **now}):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(all_of))


def _read(path: Path) -> dict[str, Any]:
    """What the file says; nothing where there is none. Raises HydroflowError for a file that says something else."""
    try:
        with path.open("rb") as file:
            known = json.loads(file.read(_MOST_BYTES))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise HydroflowError(message=f"{path} cannot be read: {error}") from None
    if not isinstance(known, dict):
        raise HydroflowError(message=f"{path} does not say who the shards are")
    return known


def _in_words(shards: Any) -> str:
    match shards:
        case {"members": [*members], "shards_by": str(place)}:
            return f"{shown(members)} by {shown(place)}"
    return shown(shards)
