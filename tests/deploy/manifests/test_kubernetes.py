from __future__ import annotations

import json
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.deploy import Files, Kubernetes
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.systems.system import System

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed: pip install 'hydroflow-nb[manifests]'")
kubernetes_validate = pytest.importorskip("kubernetes_validate")

VERSION = "1.31"


def objects(files: Files) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(files["voting.yaml"]))


def of_kind(kind: str, files: Files) -> list[dict[str, Any]]:
    return [one for one in objects(files) if one["kind"] == kind]


def container(stateful_set: dict[str, Any]) -> dict[str, Any]:
    return stateful_set["spec"]["template"]["spec"]["containers"][0]


def test_all_objects_are_valid_by_strict_schemas_and_a_misspelt_field_is_not(voting: System) -> None:
    found = objects(voting.manifests(Kubernetes(image="lab/voting:3"), participants=["ann", "bob"], durable=True))

    for one in found:
        kubernetes_validate.validate(one, VERSION, strict=True)
    stateful_set = found[-1]
    stateful_set["spec"]["replica"] = stateful_set["spec"].pop("replicas")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(stateful_set, VERSION, strict=True)


def test_a_location_is_a_stateful_set_whose_pods_have_the_names_that_the_simulation_knows(voting: System) -> None:
    files = voting.manifests(Kubernetes(), participants=3)
    coordinator, participants = of_kind("StatefulSet", files)

    assert participants["spec"]["replicas"] == 3
    assert participants["spec"]["ordinals"] == {"start": 1}
    assert "--name=participants$(HF_INDEX)" in container(participants)["args"]
    assert "--name=coordinator" in container(coordinator)["args"]
    peers = json.loads(container(coordinator)["env"][0]["value"])
    assert peers["participants"]["participants3"] == "voting-participants-3.voting-participants:5000"
    assert peers["coordinator"] == "voting-coordinator-0.voting-coordinator:5000"


def test_members_with_names_of_their_own_are_stateful_sets_of_one(voting: System) -> None:
    files = voting.manifests(Kubernetes(), participants=["ann", "bob"])

    assert [one["metadata"]["name"] for one in of_kind("StatefulSet", files)] == [
        "voting-coordinator",
        "voting-ann",
        "voting-bob",
    ]


def test_a_pod_has_no_rights_and_only_members_reach_it(voting: System) -> None:
    files = voting.manifests(Kubernetes(), participants=1)
    (policy,) = of_kind("NetworkPolicy", files)

    assert policy["spec"]["ingress"][0]["from"] == [
        {"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "voting"}}}
    ]
    for one in of_kind("StatefulSet", files):
        pod = one["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        assert container(one)["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container(one)["resources"]["limits"]) == {"memory", "cpu"}
    assert not of_kind("Secret", files)


def test_a_durable_member_claims_a_volume(voting: System) -> None:
    kept = of_kind("StatefulSet", voting.manifests(Kubernetes(storage="3Gi"), participants=1, durable=True))[0]
    not_kept = of_kind("StatefulSet", voting.manifests(Kubernetes(), participants=1))[0]

    (claim,) = kept["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"] == {"storage": "3Gi"}
    assert "volumeClaimTemplates" not in not_kept["spec"]


def test_texts_that_a_map_cannot_hold_are_refused_unless_the_image_has_them() -> None:
    large = hf.compile(
        "a = process(); b = process(); @a source_iter(values) ~> @b for_each(print);",
        {"values": ["x" * 1_100_000]},
        "voting",
    )

    with pytest.raises(HydroflowError, match=r'1 MiB.*program="image"'):
        large.manifests(Kubernetes())
    files = large.manifests(Kubernetes(program="image"))
    assert not of_kind("ConfigMap", files)
    assert "COPY program" in files["Dockerfile"]


def test_another_place_of_the_texts_is_refused() -> None:
    with pytest.raises(ValueError, match="'map' or 'image', not 'disk'"):
        Kubernetes(program="disk")
