"""Directories: where members are, by their names."""

from __future__ import annotations

import json
import os

import pytest

from hydroflow_nb.net import Directory, NameService

ENTRIES = {"coordinator": "127.0.0.1:5000", "participants": {"p1": "127.0.0.1:5001", "p2": 5002}}


def test_a_directory_says_where_members_are_and_who_is_at_a_location():
    directory = Directory(ENTRIES)

    assert [directory.resolve(name) for name in ("coordinator", "p1", "p2")] == [
        "127.0.0.1:5000",
        "127.0.0.1:5001",
        5002,
    ]
    assert directory.members("participants") == ("p1", "p2")
    assert directory.members("coordinator") == ("coordinator",)
    assert directory.names() == ("coordinator", "p1", "p2")
    assert repr(directory) == "<directory of coordinator, p1, p2>"
    assert isinstance(directory, NameService)


@pytest.mark.parametrize("name", ["p3", "participants", ""])
def test_a_name_that_nobody_has_is_told(name):
    with pytest.raises(LookupError, match="no member"):
        Directory(ENTRIES).resolve(name)
    with pytest.raises(LookupError, match="no location"):
        Directory(ENTRIES).members("p3")


def test_a_change_of_the_mapping_holds_for_the_next_look_up():
    entries = {"p1": "127.0.0.1:5001"}
    directory = Directory(entries)

    entries["p1"] = "127.0.0.1:6001"

    assert directory.resolve("p1") == "127.0.0.1:6001"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("p1", "is not a directory"),
        (["127.0.0.1:5000"], "is not a directory"),
        ({"": 5000}, "is not a name"),
        ({1: 5000}, "is not a name"),
        ({"p\n": 5000}, "is not a name"),
        ({"c": {"p1": {"p2": 5000}}}, "is not the address of 'p1'"),
        ({"p1": None}, "is not the address of 'p1'"),
        ({"a": {"p1": 5000}, "b": {"p1": 5001}}, "'p1' has two addresses"),
    ],
)
def test_what_is_no_directory_is_refused_with_what_to_write(entries, said):
    with pytest.raises(ValueError, match=said):
        Directory(entries)


def test_a_file_is_read_again_when_it_changes(tmp_path, caplog):
    path = tmp_path / "peers.json"
    path.write_text(json.dumps(ENTRIES))
    directory = Directory.file(path)
    assert directory.resolve("p1") == "127.0.0.1:5001"

    path.write_text(json.dumps({"p1": "127.0.0.1:60010"}))
    assert directory.resolve("p1") == "127.0.0.1:60010"

    path.write_text("{")
    assert directory.resolve("p1") == "127.0.0.1:60010"
    assert "cannot be read again" in caplog.text
    path.write_text(json.dumps({"p1": "127.0.0.1:6"}))
    assert directory.resolve("p1") == "127.0.0.1:6"
    os.remove(path)
    assert directory.resolve("p1") == "127.0.0.1:6"


def test_a_file_without_a_directory_is_told_with_its_path(tmp_path):
    path = tmp_path / "peers.json"
    with pytest.raises(OSError, match=r"peers\.json"):
        Directory.file(path)
    for text in ("{", "[]", "1"):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"peers\.json"):
            Directory.file(path)


def test_a_directory_stands_in_the_environment(monkeypatch):
    monkeypatch.setenv("HF_PEERS", json.dumps(ENTRIES))
    assert Directory.environment("HF_PEERS").resolve("p1") == "127.0.0.1:5001"

    monkeypatch.setenv("HF_PEERS", "p1")
    with pytest.raises(ValueError, match="HF_PEERS"):
        Directory.environment("HF_PEERS")
    monkeypatch.delenv("HF_PEERS")
    with pytest.raises(ValueError, match="no variable HF_PEERS"):
        Directory.environment("HF_PEERS")


def test_the_dns_has_a_host_for_each_name():
    directory = Directory.dns("{name}.participants:5000")

    assert directory.resolve("p1") == "p1.participants:5000"
    assert isinstance(directory, NameService)
    with pytest.raises(LookupError, match="who the members"):
        directory.members("participants")
    with pytest.raises(ValueError, match="no place for a name"):
        Directory.dns("participants:5000")


@pytest.mark.parametrize("name", ["evil.example:80/", "a.b", "a:1", "-a", "", "a\n", "é", "a" * 64])
def test_what_a_stranger_is_called_becomes_no_other_host(name):
    with pytest.raises(LookupError):
        Directory.dns("{name}.participants:5000").resolve(name)
