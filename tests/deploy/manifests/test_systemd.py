from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hydroflow_nb.deploy import Systemd
from hydroflow_nb.systems.system import System


def test_members_are_put_on_the_hosts_by_turns_each_at_a_port_of_its_own(voting: System) -> None:
    files = voting.manifests(Systemd(["me@10.0.0.7", "lab2"], port=7000), participants=3)

    assert json.loads(files["peers.json"]) == {
        "coordinator": "10.0.0.7:7000",
        "participants": {"participants1": "lab2:7000", "participants2": "10.0.0.7:7001", "participants3": "lab2:7001"},
    }
    assert "put me@10.0.0.7 voting-coordinator.service voting-participants2.service" in files["install.sh"]
    assert "--bind=tcp:0.0.0.0:7001 " in files["units/voting-participants3.service"]


def test_a_unit_shuts_its_member_in_and_watches_it(voting: System) -> None:
    unit = voting.manifests(Systemd(["lab1"]), participants=1, durable=True)["units/voting-participants1.service"]

    for line in (
        "Type=notify",
        "WatchdogSec=30",
        "Restart=on-failure",
        "DynamicUser=yes",
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "StateDirectory=hydroflow/voting/participants1",
    ):
        assert line in unit.splitlines()
    assert " --key-file=${CREDENTIALS_DIRECTORY}/key " in unit
    assert " --durable=${STATE_DIRECTORY}/kept " in unit


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_knows_what_the_units_say(voting: System, tmp_path: Path) -> None:
    files = voting.manifests(Systemd(["lab1"]), stdin={"coordinator": "keyboard"}, participants=['an "odd" $HOME %n'])
    units = sorted(files.write(tmp_path).glob("units/*"))

    told = subprocess.run(["systemd-analyze", "verify", *map(str, units)], capture_output=True, text=True, check=False)

    # Versions before 254 do not know how to start again later and later.
    unknown = [line for line in told.stderr.splitlines() if "Unknown" in line and "RestartSteps" not in line]
    assert [line for line in unknown if "RestartMaxDelaySec" not in line] == []
    assert "Invalid" not in told.stderr


def test_what_means_something_to_systemd_stands_for_itself_in_a_name(voting: System) -> None:
    files = voting.manifests(Systemd(["lab1"]), participants=['an "odd" $HOME %n'])

    (unit,) = [text for path, text in files.items() if "units/voting-m" in path]
    assert r'"--name=an \"odd\" $$HOME %%n"' in unit


def test_what_a_member_reads_comes_through_a_pipe_with_a_name(voting: System) -> None:
    files = voting.manifests(Systemd(["lab1"]), stdin={"coordinator": "keyboard"}, participants=1)

    assert "ListenFIFO=/run/hydroflow/voting/coordinator\n" in files["units/voting-coordinator.socket"]
    service = files["units/voting-coordinator.service"].splitlines()
    assert {"StandardInput=socket", "StandardOutput=journal", "Requires=voting-coordinator.socket"} < set(service)
    assert "sudo tee /run/hydroflow/voting/coordinator" in files["install.sh"]
    assert "put lab1 voting-coordinator.socket voting-coordinator.service voting-participants1" in files["install.sh"]
    assert "StandardInput" not in files["units/voting-participants1.service"]
    assert len([path for path in files if path.endswith(".socket")]) == 1


# What a command of the script does on a machine; `ssh` and `rsync` of this test write into a folder what they are told.
_ELSEWHERE = """#!/bin/sh
printf '%s\\n' "$(basename "$0") $*" >> "$TOLD"
case $0 in *ssh) cat > /dev/null;; esac
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such shell")
@pytest.mark.parametrize("has_wheels", [False, True])
def test_the_script_brings_all_to_each_machine_and_starts_it(voting: System, tmp_path: Path, has_wheels: bool) -> None:
    folder = voting.manifests(Systemd(["me@lab1", "lab2"]), participants=1).write(tmp_path / "files")
    (folder / "key").write_text("secret")
    if has_wheels:
        (folder / "wheels").mkdir()
    for name in ("ssh", "rsync"):
        (tmp_path / name).write_text(_ELSEWHERE)
        (tmp_path / name).chmod(0o755)
    around = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "TOLD": str(tmp_path / "told")}

    subprocess.run([str(folder / "install.sh")], env=around, check=True)

    told = (tmp_path / "told").read_text()
    copied = [line.split("F644 ")[1] for line in told.splitlines() if line.startswith("rsync")]
    sent = "program peers.json wheels" if has_wheels else "program peers.json"
    # The files are not those of who has made them: root would give them to whoever has that number there.
    assert told.count("rsync --archive --no-owner --no-group ") == 2
    assert copied == [f"{sent} {host}:/opt/hydroflow/voting/" for host in ("me@lab1", "lab2")]
    assert "secret" not in told
    assert told.count("sudo systemctl restart voting-") == 2


def test_the_script_is_one_of_the_shell_and_says_what_is_missing(voting: System, tmp_path: Path) -> None:
    folder = voting.manifests(Systemd(["lab1"]), participants=1).write(tmp_path)

    ran = subprocess.run([str(folder / "install.sh")], capture_output=True, text=True, check=False)

    assert ran.returncode == 1
    assert "There is no file key here" in ran.stderr


@pytest.mark.parametrize("host", ["", "a b", "x;reboot", "-oProxyCommand=x", "$(reboot)", "a'b@c"])
def test_what_is_not_a_host_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        Systemd([host])


@pytest.mark.parametrize("host", ["2001:db8::7", "me@[2001:db8::7]", "[::1]", "lab1:2222"])
def test_what_has_a_colon_is_refused_with_what_to_write(host: str) -> None:
    with pytest.raises(ValueError, match=r"write the machine's IPv4 address, or a name .* ssh has another port"):
        Systemd([host])


def test_one_host_is_in_a_list_too() -> None:
    with pytest.raises(ValueError, match=r"write hosts=\['me@10\.0\.0\.7'\]"):
        Systemd("me@10.0.0.7")


def test_no_host_is_refused() -> None:
    with pytest.raises(ValueError, match="has no host"):
        Systemd([])
