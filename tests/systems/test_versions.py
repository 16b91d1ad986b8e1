"""An old and a new version of a program talk: a channel that leads to a name keeps its name."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf

OLD = """
server = process();
clients = cluster(open=True);
@clients source_stream(keyboard) -> map(|text| (nickname, text)) ~> said;
@server said = map(|(said, _)| said) -> unique::<'static>() -> [0]told;
members(clients) -> [1]told;
told = cross_join::<'static>() -> unique::<'static>() ~> shown;
@clients shown = map(|(who, text)| f"{who}: {text}") -> unique::<'static>() -> for_each(screen.append);
"""

# Statements are moved, numbered channels come before the others, and clients say when they leave.
NEW = """
clients = cluster(open=True);
server = process();
@clients shown = map(|(who, text)| f"{who}: {text}") -> unique::<'static>() -> for_each(screen.append);
@clients source_iter([1]) ~> @server map(|(version, who)| (version, who)) ~> @clients null();
@clients source_stream(keyboard) -> map(|text| (nickname, text)) -> typed;
@clients typed = tee();
typed -> filter(|(_, text)| text == "bye") ~> left;
@server left = null();
members(clients) -> [1]told;
told = cross_join::<'static>() -> unique::<'static>() ~> shown;
typed ~> said;
@server said = map(|(said, _)| said) -> unique::<'static>() -> [0]told;
"""


@pytest.mark.parametrize(("of_server", "of_client"), [(OLD, NEW), (NEW, OLD)])
def test_an_old_and_a_new_version_of_the_chat_talk(of_server, of_client):
    names = {"keyboard": hf.channel(), "screen": [], "nickname": "nobody"}
    server, client = (hf.compile(text, dict(names), "chat") for text in (of_server, of_client))
    net = server.network(clients={"ann": {"nickname": "ann"}})
    net.node("bob", client.flow_at("clients"), at="bob", server="server", nickname="bob")
    net.send("ann", "keyboard", "hello")
    net.send("bob", "keyboard", "bye")
    net.run()

    for name in ("ann", "bob"):
        assert sorted(net[name]["screen"]) == ["ann: hello", "bob: bye"]
    assert sorted(net["server"]["clients"]) == ["ann", "bob"]
    # What the other version does not know is counted.
    assert net["server"].undecodable == (2 if of_server == OLD else 0)


def test_a_channel_to_a_name_is_called_the_same_in_both_versions():
    names = {"keyboard": hf.channel(), "screen": [], "nickname": "nobody"}
    old, new = ({one.name for one in hf.compile(text, dict(names)).channels} for text in (OLD, NEW))

    assert {"clients>said", "server>shown"} == old
    assert old < new
