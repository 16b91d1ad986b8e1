"""What is wrong with what `deploy` and `manifests` are given, besides members."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.suggestions import Suggestions


def must_launch(system: str, on: object) -> None:
    """Raise TypeError for what runs no members."""
    _must_be_made(on)
    if not _can(on, "launch"):
        raise TypeError(
            f"{type(on).__name__} makes files, and runs nothing: write "
            f"`{system}.manifests(hf.deploy.{type(on).__name__}(...), ...)`"
            if _can(on, "files")
            else f"{shown(on)} runs no members: write `on=hf.deploy.Processes()`, or leave `on` out"
        )


def must_write(system: str, on: object) -> None:
    """Raise TypeError for what makes no files."""
    _must_be_made(on)
    if not _can(on, "files"):
        raise TypeError(
            f"{type(on).__name__} runs the members, and makes no files: write "
            f"`await {system}.deploy(on=hf.deploy.{type(on).__name__}(...), ...)`"
            if _can(on, "launch")
            else f"{shown(on)} makes no files: write for example `{system}.manifests(hf.deploy.Compose(), ...)`"
        )


def folder_of(option: str, given: str | PathLike[str] | None, example: str) -> Path | None:
    """The folder that an option names. Raises TypeError for what names none."""
    if given is None:
        return None
    try:
        return Path(fspath(given)).absolute()
    except TypeError:
        raise TypeError(
            f'`{option}` is a folder, not {shown(given)}: write for example `{option}="{example}"`'
        ) from None


def must_say_whether(durable: object) -> None:
    """Raise TypeError for a folder where `durable` is True or False."""
    if not isinstance(durable, bool):
        raise TypeError(
            f"`durable` is True or False here, not {shown(durable)}: the tool that runs the members has a place for "
            "each, such as a volume"
        )


def must_name_channels(system: str, flows: Mapping[str, Flow], **given: object) -> None:
    """Raise HydroflowError for a location without a flow, and for a channel that the flow there does not have: of
    `stdin` one that it reads, of `stdout` one that it names. Raise TypeError for what names no channels by location.
    """
    for option, channels in given.items():
        if not isinstance(channels, Mapping):
            example = f'{option}={{"{next(iter(flows), "location")}": "channel"}}'
            raise TypeError(f"`{option}` names channels by location, not {shown(channels)}: write `{example}`")
        for location, channel in channels.items():
            if location not in flows:
                _unknown(f"`{option}`: {system} has no flow at {shown(location)}", location, flows, "flows run at")
            if not isinstance(channel, str):
                raise TypeError(
                    f"`{option}`: a location has one channel, given by its name, not {shown(channel)}: write "
                    f'`{option}={{"{location}": "channel"}}`'
                )
            there = flows[location].inputs if option == "stdin" else flows[location].used_names
            if channel not in there:
                what = "reads no channel" if option == "stdin" else "has no channel"
                _unknown(f"`{option}`: {location} {what} {shown(channel)}", channel, there, "there are")


def _unknown(problem: str, name: object, known: Collection[str], words: str) -> None:
    meant = Suggestions().closest(str(name), known)
    hint = f"did you mean {meant!r}?" if meant else f"{words} {', '.join(known) or 'none'}"
    raise HydroflowError(message=f"{problem}: {hint}")


def _must_be_made(on: object) -> None:
    if isinstance(on, type):
        raise TypeError(f"{on.__name__} is a class: write `hf.deploy.{on.__name__}(...)`")


def _can(on: Any, method: str) -> bool:
    return callable(getattr(on, method, None))
