from __future__ import annotations

import asyncio
import importlib
from importlib.metadata import version
from pathlib import Path

import pytest

import hydroflow_nb as hf
from hydroflow_nb.deploy import Compose, Kubernetes, Systemd
from hydroflow_nb.deploy.program import label
from hydroflow_nb.errors import HydroflowError


@pytest.mark.parametrize("name", ["p1", "two_pc", "coordinator"])
def test_a_plain_name_is_its_own_label(name: str) -> None:
    assert label(name) == name.replace("_", "-")


def test_other_names_have_labels_that_differ_and_are_short_names_of_hosts() -> None:
    names = ["Ann", "ann", "a-b", "a_b", "ärger", "1st", "x" * 200, "../up", "a b", ""]
    labels = [label(name) for name in names if name]

    assert len(set(labels)) == len(labels)
    for one in labels:
        assert len(one) <= 24
        assert one[0].isalpha()
        assert one.replace("-", "").isalnum()
        assert one.isascii()


def test_modules_beside_the_notebook_go_along_and_installed_packages_are_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "beside_me.py").write_text("import msgspec\n\ndef shout(x):\n    return x.upper()\n")
    monkeypatch.syspath_prepend(tmp_path)
    shout = importlib.import_module("beside_me").shout
    system = hf.compile(
        "a = process(); b = process(); @a source_iter(['x']) ~> @b map(shout) -> for_each(print);", {"shout": shout}
    )

    files = system.manifests(Systemd(["lab1"]))

    assert "def shout" in files["program/beside_me.py"]
    assert f"msgspec=={version('msgspec')}" in files["install.sh"]
    assert str(tmp_path) not in "".join(files.values())


def test_modules_of_the_text_go_along(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "twice.hf").write_text("mod -> map(|x| 2 * x) -> mod;")
    (tmp_path / "main.hf").write_text(
        'a = process(); b = process(); @a source_iter([1]) -> import!("parts/twice.hf") ~> @b for_each(print);'
    )

    files = hf.compile_file(tmp_path / "main.hf").manifests(Systemd(["lab1"]))

    assert files["program/parts/twice.hf"] == "mod -> map(|x| 2 * x) -> mod;"


EXTERNAL = "front = external(); a = process(); b = process(); front ~> @a map(|x| x) ~> front; @b spin() ~> @a null();"


@pytest.mark.parametrize("tool", [Compose, Kubernetes])
def test_what_lets_nobody_in_refuses_a_system_with_an_external_location(tool: type[Compose | Kubernetes]) -> None:
    with pytest.raises(HydroflowError, match=r"`front` is external, and .* lets nobody else in: .* with `Systemd`"):
        hf.compile(EXTERNAL, {}, "asked").manifests(tool())


def test_a_ray_cluster_refuses_it_too() -> None:
    with pytest.raises(HydroflowError, match="`front` is external, and no socket"):
        asyncio.run(hf.compile(EXTERNAL, {}, "asked").deploy(on=hf.deploy.Ray()))


def test_on_machines_programs_without_a_name_are_let_in_where_an_external_location_talks_to() -> None:
    files = hf.compile(EXTERNAL, {}, "asked").manifests(Systemd(["lab1"]))

    assert " --strangers " in files["units/asked-a.service"]
    assert "--strangers" not in files["units/asked-b.service"]


def test_what_a_variable_of_the_text_is_called_elsewhere_in_the_notebook_does_not_matter() -> None:
    around = {"item": object(), "member": object(), "sender": object(), "x": object()}

    text = "a = cluster(); @a source_iter([1]) -> map(|x| x) ~> @a.others map(|(x, _)| x) -> null();"
    system = hf.compile(text, around)

    assert "program/names.py" in system.manifests(Systemd(["lab1"]), a=2)
