"""What `deploy` and `manifests` refuse before anything runs, with what to write instead."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.deploy import Compose, Processes, Systemd
from hydroflow_nb.systems.deployable import folder_of
from hydroflow_nb.systems.system import System

TEXT = "one = process(); @one source_stream(lines) -> dest_sink(screen);"


@pytest.fixture(scope="module")
def told() -> System:
    return hf.compile(TEXT, {"lines": hf.channel(), "screen": hf.channel()}, "told")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"on": Processes}, r"Processes is a class: write `hf\.deploy\.Processes\(\.\.\.\)`"),
        ({"on": Compose()}, r"Compose makes files, and runs nothing: write `told\.manifests\(hf\.deploy\.Compose\("),
        ({"on": "ray"}, r"ray. runs no members: write `on=hf\.deploy\.Processes\(\)`"),
        ({"durable": True}, r'`durable` is a folder, not True: write for example `durable="told\.kept"`'),
        ({"logs": 1}, r'`logs` is a folder, not 1: write for example `logs="told\.logs"`'),
    ],
)
def test_what_deploys_nothing_is_refused(told: System, given: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        asyncio.run(told.deploy(**given))


@pytest.mark.parametrize(
    ("on", "given", "message"),
    [
        (Systemd, {}, r"Systemd is a class: write `hf\.deploy\.Systemd\(\.\.\.\)`"),
        (Processes(), {}, r"runs the members, and makes no files: write `await told\.deploy\(on=hf\.deploy\.Processes"),
        ("compose", {}, r"compose. makes no files: write for example `told\.manifests\(hf\.deploy\.Compose\(\)"),
        (Systemd(["lab1"]), {"durable": "kept"}, "`durable` is True or False here, not 'kept'"),
    ],
)
def test_what_makes_no_files_is_refused(told: System, on: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        told.manifests(on, **given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"stdin": {"two": "lines"}}, "`stdin`: told has no flow at 'two': flows run at one"),
        ({"stdin": {"one": "line"}}, "`stdin`: one reads no channel 'line': did you mean 'lines'"),
        ({"stdin": {"one": "screen"}}, "`stdin`: one reads no channel 'screen'"),
        ({"stdout": {"one": "scren"}}, "`stdout`: one has no channel 'scren': did you mean 'screen'"),
    ],
)
def test_a_channel_that_there_is_not_is_refused(told: System, given: dict[str, Any], message: str) -> None:
    with pytest.raises(hf.HydroflowError, match=message):
        told.manifests(Systemd(["lab1"]), **given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"stdin": "keyboard"}, """`stdin` names channels by location, not 'keyboard': write `stdin={"one": "chan"""),
        ({"stdout": None}, """`stdout` names channels by location, not None: write `stdout={"one": "channel"}`"""),
        ({"stdin": {"one": ["lines"]}}, r"""given by its name, not \['lines'\]: write `stdin={"one": "channel"}`"""),
    ],
)
def test_what_names_no_channels_by_location_is_refused(told: System, given: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        told.manifests(Systemd(["lab1"]), **given)


def test_a_folder_is_a_path_of_any_kind(tmp_path: Path) -> None:
    assert folder_of("logs", str(tmp_path), "logs") == folder_of("logs", tmp_path, "logs") == tmp_path
    assert folder_of("logs", None, "logs") is None
