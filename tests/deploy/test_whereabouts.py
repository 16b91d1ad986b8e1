from __future__ import annotations

import hydroflow_nb as hf
from hydroflow_nb.deploy.whereabouts import Whereabouts
from hydroflow_nb.net.directory import Directory
from hydroflow_nb.net.transports import TCP, UNIX

TEXT = (
    "a = process(); b = process(at='127.0.0.1:5999'); c = cluster(); @a spin() ~> @c.all null(); @b spin() -> null();"
)
GROUPS = {"a": {"a": {}}, "b": {"b": {}}, "c": {"../c1": {}, "c2": {}}}


def test_each_member_has_an_address_of_its_own_in_the_directory(tmp_path):
    locations = hf.compile(TEXT, {}).locations

    where = Whereabouts(TCP, locations, GROUPS, tmp_path)

    directory = Directory.file(where.file)
    assert directory.members("c") == ("../c1", "c2")
    assert directory.members("a") == ("a",)
    addresses = [where.of(name) for name in ("a", "b", "../c1", "c2")]
    assert [directory.resolve(name) for name in ("a", "b", "../c1", "c2")] == addresses
    assert len(set(addresses)) == 4
    assert addresses[1] == "127.0.0.1:5999"


def test_a_member_that_moves_is_found_at_its_new_address(tmp_path):
    where = Whereabouts(TCP, hf.compile(TEXT, {}).locations, GROUPS, tmp_path)
    directory, former = Directory.file(where.file), where.of("c2")

    where.move("c", "c2")
    where.move("b", "b")

    assert directory.resolve("c2") == where.of("c2") != former
    assert where.of("b") == "127.0.0.1:5999"


def test_no_name_leads_out_of_the_folder(tmp_path):
    where = Whereabouts(UNIX, hf.compile(TEXT, {}).locations, GROUPS, tmp_path)

    assert [where.of(name) for name in ("a", "../c1")] == [str(tmp_path / "1"), str(tmp_path / "3")]
