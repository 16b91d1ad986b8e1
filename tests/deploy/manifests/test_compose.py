from __future__ import annotations

import json
from importlib.resources import files as files_of
from typing import Any

import jsonschema
import pytest

import hydroflow_nb as hf
from hydroflow_nb.deploy import Compose, Files
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.systems.system import System

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed: pip install 'hydroflow-nb[manifests]'")
_SCHEMA = "builtin_schemas/vendor/compose-spec.json"


def services(files: Files) -> dict[str, Any]:
    return yaml.safe_load(files["compose.yaml"])["services"]


def test_the_file_is_valid_by_the_schema_of_compose_and_a_misspelt_field_is_not(voting: System) -> None:
    schema = json.loads(files_of("check_jsonschema").joinpath(_SCHEMA).read_text(encoding="utf-8"))
    valid = yaml.safe_load(voting.manifests(Compose(), participants=2, durable=True)["compose.yaml"])

    jsonschema.validate(valid, schema)
    service = valid["services"]["coordinator"]
    service["readonly"] = service.pop("read_only")
    with pytest.raises(jsonschema.ValidationError, match="readonly"):
        jsonschema.validate(valid, schema)


def test_each_member_is_a_service_and_knows_all_others_by_name(voting: System) -> None:
    found = services(voting.manifests(Compose(), participants=["ann", "Bob_2"]))

    assert list(found)[:2] == ["coordinator", "ann"]
    third = list(found)[2]
    peers = json.loads(found["ann"]["environment"]["HF_PEERS"])
    assert peers == {"coordinator": "coordinator:5000", "participants": {"ann": "ann:5000", "Bob_2": f"{third}:5000"}}
    assert "--name=Bob_2" in found[third]["command"]


def test_a_member_has_no_rights_and_nobody_outside_reaches_it(voting: System) -> None:
    files = voting.manifests(Compose(), participants=1)
    manifest = yaml.safe_load(files["compose.yaml"])

    assert manifest["networks"]["members"]["internal"] is True
    for service in manifest["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not service["user"].startswith("0")
        assert {"mem_limit", "cpus", "pids_limit"} <= service.keys()
        assert "ports" not in service


def test_a_member_is_there_again_when_its_machine_is(voting: System) -> None:
    manifest = yaml.safe_load(voting.manifests(Compose(), participants=1)["compose.yaml"])

    assert {one["restart"] for one in manifest["services"].values()} == {"unless-stopped"}


def test_no_secret_is_in_a_file(voting: System) -> None:
    files = voting.manifests(Compose(), participants=1)

    assert yaml.safe_load(files["compose.yaml"])["secrets"] == {"key": {"file": "./key"}}
    assert "key" not in files


def test_a_durable_member_has_a_volume_and_another_one_has_none(voting: System) -> None:
    kept = services(voting.manifests(Compose(), participants=1, durable=True))["participants1"]
    not_kept = services(voting.manifests(Compose(), participants=1))["participants1"]

    assert "kept-participants1:/kept" in kept["volumes"]
    assert {"--durable=/kept", "--durable-write=journal"} <= set(kept["command"])
    assert not [one for one in [*not_kept["volumes"], *not_kept["command"]] if "kept" in one]


def test_without_an_image_it_is_built_from_a_dockerfile_with_the_package_and_the_texts(voting: System) -> None:
    files = voting.manifests(Compose(), participants=1)

    assert f"hydroflow-nb=={hf.__version__}" in files["Dockerfile"]
    assert (
        "COPY Dockerfile wheel[s]/* /wheels/\nRUN pip install --no-cache-dir --find-links=/wheels "
        in files["Dockerfile"]
    )
    assert len(files["Dockerfile"].splitlines()) <= 8
    assert services(files)["coordinator"]["build"] == "."
    assert "build" not in services(voting.manifests(Compose(image="lab/voting:3"), participants=1))["coordinator"]


def test_a_location_that_there_is_not_is_refused_with_the_one_that_is_meant(voting: System) -> None:
    with pytest.raises(HydroflowError, match="did you mean 'coordinator'"):
        voting.manifests(Compose(), participants=1, stdin={"cordinator": "keyboard"})
