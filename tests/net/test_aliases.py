from __future__ import annotations

from hydroflow_nb.net.aliases import Aliases


def test_a_name_and_its_address_stand_for_each_other() -> None:
    aliases = Aliases()
    aliases.put("front", ("127.0.0.1", 5000))

    assert aliases.address_of("front") == ("127.0.0.1", 5000)
    assert aliases.name_of(("127.0.0.1", 5000)) == "front"


def test_what_has_no_alias_stands_for_itself() -> None:
    aliases = Aliases()

    assert aliases.name_of("/tmp/a#1") == "/tmp/a#1"
    assert aliases.address_of(("10.0.0.7", 1)) == ("10.0.0.7", 1)
    assert aliases.address_of(["10.0.0.7", 1]) == ["10.0.0.7", 1]
