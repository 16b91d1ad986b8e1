from __future__ import annotations

import asyncio
from dataclasses import dataclass
from inspect import Parameter, signature

import pytest

import hydroflow_nb as hf
from hydroflow_nb.locations import SETTINGS
from hydroflow_nb.systems.members import Members

SEVERAL = Parameter.POSITIONAL_OR_KEYWORD


def test_a_text_that_says_where_something_runs_gives_a_system(two_pc):
    assert isinstance(two_pc, hf.System)
    assert repr(two_pc) == "<system two_pc: coordinator, participants>"
    assert list(two_pc.flows) == ["coordinator", "participants"]
    assert all(isinstance(flow, hf.Flow) for flow in two_pc.flows.values())
    assert two_pc.diagnostics == []


def test_a_text_without_locations_gives_a_flow_with_the_graph_that_it_always_had():
    flow = hf.compile("source_iter([1]) -> map(|x| x + 1) -> null();", {})

    assert isinstance(flow, hf.Flow)
    assert [node.name for node in flow.graph.partitioned.nodes.values()] == ["source_iter_1", "map_2", "null_3"]


def test_a_network_has_a_node_for_each_member(two_pc):
    net = two_pc.network(seed=7, participants=3)

    for transaction in ("t1", "t2"):
        net.send("coordinator", "requests", transaction)
    net.run()

    assert list(net.nodes) == ["coordinator", "participants1", "participants2", "participants3"]
    decided = {("t1", "commit"), ("t2", "commit")}
    assert [set(net[name]["log"]) for name in net.nodes] == [decided] * 4


def test_members_may_have_names_of_their_own(two_pc):
    net = two_pc.network(participants={"p1": {}, "p2": {"refuses": {"t2"}}})

    for transaction in ("t1", "t2"):
        net.send("coordinator", "requests", transaction)
    net.run()

    assert set(net["p1"]["log"]) == {("t1", "commit"), ("t2", "abort")}


def test_members_may_be_a_list_of_names(two_pc):
    assert list(two_pc.network(participants=["oslo", "lima"]).nodes) == ["coordinator", "oslo", "lima"]


def test_what_else_is_given_is_a_setting_of_the_network(two_pc):
    net = two_pc.network(seed=3, loss=0.25, fifo=False, participants=1)

    assert (net.seed, net.rates.loss, net.fifo) == (3, 0.25, False)


def test_members_are_durable_by_one_word_but_those_that_say_otherwise(two_pc):
    net = two_pc.network(durable=True, participants={"p1": {}, "p2": {"durable": False}})

    assert [name for name, node in net.nodes.items() if node.has_durable_state] == ["coordinator", "p1"]


def test_a_cluster_needs_members(two_pc):
    with pytest.raises(TypeError, match="`participants` is a cluster: say how many members it has"):
        two_pc.network()
    with pytest.raises(hf.HydroflowError, match="the members of `participants` are a number, names, or a dict"):
        two_pc.network(participants=True)


def test_the_channels_are_called_after_what_they_lead_to(two_pc):
    assert [(one.name, one.source, one.target) for one in two_pc.channels] == [
        ("coordinator>participants_1", "coordinator", "participants"),
        ("participants>vote", "participants", "coordinator"),
        ("coordinator>participants_2", "coordinator", "participants"),
    ]


def test_channels_and_locations_are_shown_in_the_words_of_the_text(two_pc):
    assert repr(two_pc.channels[1]) == "<channel participants>vote>"
    assert list(map(repr, two_pc.locations.values())) == ["<process coordinator>", "<cluster participants>"]
    (opened,) = hf.compile("c = cluster(open=True); @c spin() -> null();", {}).locations.values()
    assert repr(opened) == "<open cluster c>"


def test_a_channel_to_a_name_keeps_its_name_when_statements_are_moved_and_added():
    text = ["a = process();", "b = process();", "@a spin() ~> seen;", "@b seen = null();", "@a spin() ~> @b null();"]

    def names(lines):
        return {one.name for one in hf.compile("\n".join(lines), {}).channels}

    assert names(text) == {"a>seen", "a>b_1"}
    assert "a>seen" in names(reversed(text))
    assert "a>seen" in names([text[0], text[1], "@a spin() ~> @b null();", *text[2:]])


def test_two_arrows_of_one_sender_to_one_name_are_one_channel():
    system = hf.compile(
        "a = process(); b = process(); @a source_iter([1]) ~> seen; @a source_iter([3]) ~> seen;"
        "@a x = source_iter([2]); x ~> seen; @b seen = for_each(log.append);",
        {"log": []},
    )
    net = system.network()
    net.run()

    assert [one.name for one in system.channels] == ["a>seen"]
    assert sorted(net["b"]["log"]) == [1, 2, 3]


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (".all", {"c1": [1, 2, 3], "c2": [1, 2, 3], "c3": [1, 2, 3]}),
        (".next", {"c1": [1], "c2": [2], "c3": [3]}),
    ],
)
def test_a_route_chooses_the_members(route, expected):
    text = f"a = process(); c = cluster(); @a source_iter([1, 2, 3]) ~> @c{route} for_each(log.append);"
    net = hf.compile(text, {"log": []}).network(c=3)
    net.run()

    assert {name: net[name]["log"] for name in expected} == expected


def test_others_leaves_out_the_sender():
    text = "c = cluster(); @c source_iter([address]) ~> @c.others map(|(name, _)| name) -> for_each(log.append);"
    net = hf.compile(text, {"log": []}).network(c=3)
    net.run()

    assert {name: sorted(net[name]["log"]) for name in net.nodes} == {
        "c1": ["c2", "c3"],
        "c2": ["c1", "c3"],
        "c3": ["c1", "c2"],
    }


@pytest.mark.parametrize("key", ["|(word, _)| word", "lambda pair: pair[0]", "first", "|pair| pair[0]"])
def test_by_sends_items_of_one_key_to_one_member(key):
    text = f"a = process(); c = cluster(); @a source_iter(items) ~> @c.by({key}) for_each(log.append);"
    items = [(word, number) for word in ("x", "y", "z", "u", "v") for number in range(3)]
    net = hf.compile(text, {"log": [], "items": items, "first": lambda pair: pair[0]}).network(c=3)
    net.run()

    held = [net[name]["log"] for name in ("c1", "c2", "c3")]
    assert sorted(item for log in held for item in log) == sorted(items)
    assert len({word for log in held for word in {word for word, _ in log}}) == sum(
        len({word for word, _ in log}) for log in held
    )
    assert sum(bool(log) for log in held) > 1


def test_items_to_a_cluster_name_their_receivers_and_come_with_their_senders():
    text = """
    server = process(); clients = cluster();
    @clients source_iter([name]) ~> @server map(|(name, who)| (f"hello {name}", who)) ~> @clients for_each(log.append);
    """
    net = hf.compile(text, {"log": [], "name": ""}).network(clients={"x": {"name": "Ann"}, "y": {"name": "Bo"}})
    net.run()

    assert (net["x"]["log"], net["y"]["log"]) == (["hello Ann"], ["hello Bo"])


def test_the_type_of_a_channel_is_checked_where_its_items_arrive(capsys):
    text = "a = process(); b = process(); @a source_iter([1, 'x', 2.5]) ~> @b::<int | str> for_each(log.append);"
    net = hf.compile(text, {"log": []}).network()
    net.run()

    assert net["b"]["log"] == [1, "x"]
    assert net["b"].undecodable == 1


@dataclass(frozen=True)
class Connect:
    who: str


@dataclass(frozen=True)
class Said:
    text: str


def test_the_items_of_a_channel_may_be_of_two_dataclasses():
    text = "a = process(); b = process(); @a source_stream(sent) ~> @b::<Connect | Said> for_each(log.append);"
    net = hf.compile(text, {"sent": hf.channel(), "log": [], "Connect": Connect, "Said": Said}).network()
    for item in (Connect("x"), Said("y"), 1):
        net.send("a", "sent", item)
    net.run()

    assert net["b"]["log"] == [Connect("x"), Said("y")]
    assert net["b"].undecodable == 1


def test_a_message_of_an_unknown_channel_is_undecodable():
    text = "a = process(); b = process(); @a source_iter([1]) ~> @b for_each(log.append);"
    net = hf.compile(text, {"log": []}).network()
    net.node(
        "liar",
        'source_iter([({"channel": "a>other", "item": 5}, "b"), (7, "b")]) -> dest_sink_serde(outbound);'
        "source_stream_serde(inbound) -> null();",
    )
    net.run()

    assert net["b"]["log"] == [1]
    assert net["b"].undecodable == 2


def test_programs_of_other_make_send_and_get_messages_without_a_name():
    text = """
    clients = external(); front = process(); workers = cluster();
    clients ~> @front asked; asked = tee();
    asked ~> @workers.by(|(text, _)| text) map(|(text, who)| (text.upper(), who)) ~> done;
    @front done = map(|((text, who), _)| (text, who)) ~> clients;
    """
    net = hf.compile(text, {}).network(workers=2)
    client = net.node(
        "client",
        "source_stream(words) -> map(|word| (word, 'front')) -> dest_sink_serde(outbound);"
        "source_stream_serde(inbound) -> for_each(got.append);",
        words=hf.channel(),
        got=[],
    )
    for word in ("a", "b"):
        client.inputs["words"].send(word)
    net.run()

    assert sorted(client["got"]) == [("A", "front"), ("B", "front")]


# --- open clusters ----------------------------------------------------------------------------------------------------

CHAT = """
server = process();
clients = cluster(open=True);

@clients source_stream(keyboard) -> map(|text| (nickname, text)) ~> said;
@server said = map(|(said, _)| said) -> unique::<'static>() -> [0]told;
members(clients) -> [1]told;
told = cross_join::<'static>() -> unique::<'static>() ~> shown;
@clients shown = map(|(who, text)| f"{who}: {text}") -> unique::<'static>() -> for_each(screen.append);
"""


@pytest.fixture
def chat():
    return hf.compile(CHAT, {"keyboard": hf.channel(), "screen": [], "nickname": "nobody"}, "chat")


def test_who_joins_an_open_cluster_late_is_sent_what_members_crossed_with_history_gives(chat):
    clients = {name: {"nickname": name} for name in ("alice", "bob")}
    net = chat.network(seed=1, clients={**clients, "carol": {"nickname": "carol", "join_later": True}})
    net.send("alice", "keyboard", "Is anybody here?")
    net.send("bob", "keyboard", "I am.")
    net.run()
    before = list(net["server"]["clients"])
    net.join("carol")
    net.run()

    said = {"alice: Is anybody here?", "bob: I am."}
    assert "carol" not in before
    assert set(net["server"]["clients"]) == {"alice", "bob", "carol"}
    assert all(set(net[name]["screen"]) == said for name in ("alice", "bob", "carol"))


@pytest.mark.parametrize("seed", range(10))
def test_a_greeting_is_repeated_until_it_is_answered(chat, seed):
    net = chat.network(seed=seed, loss=0.4, clients=3)
    net.run()

    assert sorted(net["server"]["clients"]) == ["clients1", "clients2", "clients3"]


def test_members_of_a_closed_cluster_are_all_there_in_the_first_tick():
    text = "a = process(); c = cluster(); @a members(c) -> for_each(log.append); @c spin() -> null();"
    net = hf.compile(text, {"log": []}).network(c=2)
    net.tick("a")

    assert net["a"]["log"] == ["c1", "c2"]


def test_members_are_a_sequence_in_the_order_in_which_they_came():
    members = Members()
    for name in ("b", "a", "b"):
        members.add(name)

    assert list(members) == ["b", "a"]
    assert (len(members), members[1], "a" in members, "c" in members) == (2, "a", True, False)
    assert repr(members) == "<members b, a>"
    assert repr(Members()) == "<members none yet>"


# --- what cannot be ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function", [hf.Network.__init__, hf.System.network, hf.System.start, hf.System.deploy, hf.System.check]
)
def test_no_location_bears_the_name_of_a_setting(function):
    """`network(...)` and `start(...)` take members and settings by name."""
    settings = [one.name for one in signature(function).parameters.values() if one.kind in (one.KEYWORD_ONLY, SEVERAL)]

    assert set(settings) - {"self"} <= SETTINGS.keys()
    for setting in settings:
        if setting == "self":
            continue
        with pytest.raises(hf.HydroflowError) as refused:
            hf.compile(f"a = process();\n{setting} = process();\n@{setting} spin() -> -> null();", {})
        assert ("HF513", setting) in [(one.code, one.span.text) for one in refused.value.diagnostics]


def test_a_location_may_be_called_self():
    net = hf.compile("self = process(); @self source_iter([1]) -> for_each(log.append);", {"log": []}).network(self={})
    net.run()

    assert net["self"]["log"] == [1]


TWO = "a = process(); c = cluster(); x = external(); x ~> @a map(|(i, _)| i) ~> @c.all for_each(log.append);"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"cc": 3}, "`cc` is neither a location of `two` nor a setting: did you mean `c`?"),
        ({"c": 3, "sed": 7}, "`sed` is neither a location of `two` nor a setting: did you mean `seed`?"),
        ({"c": 3, "x": 1}, "`x` is external: it stands for programs of other make, and has no members to give"),
        ({"c": ["p", "q", "p"]}, "`c` has the member 'p' twice: each has a name of its own"),
        ({"c": ["a"]}, "`a` and `c` both have a member 'a': each has a name of its own"),
        ({"c": [1, 2]}, "the members of `c` are a number, names, or a dict of names, not [1, 2]"),
        ({"c": {"p": 3}}, "p of `c` takes a dict of names of its own, as in `c={'p': {}}`, not 3"),
        ({"c": 1, "a": 3}, "`a` is a process, one node: it takes a dict of names of its own, not 3"),
        ({"c": 1, "a": 0}, "`a` is a process, one node: it takes a dict of names of its own, not 0"),
        ({"c": {"p": {"a": 1}}}, "`a` of p is a location, and stands for its address at every member: leave it out"),
        ({"c": {"p": {"at": 1}}}, "`at` of p cannot be chosen: a member is at its name, and over sockets at a free"),
        ({"c": {"p": {"lg": []}}}, "the flow of p does not use `lg`: did you mean `log`?"),
    ],
)
def test_members_that_cannot_be_are_told_by_networks_and_by_sockets(given, told):
    def message(call):
        with pytest.raises((hf.HydroflowError, TypeError)) as raised:
            call(**given)
        return str(raised.value)

    system = hf.compile(TWO, {"log": []}, "two")

    assert told in message(system.network)
    told = told.replace("neither a location of `two` nor a setting", "not a location of `two`")
    assert told.removesuffix(": did you mean `seed`?") in message(lambda **given: asyncio.run(system.start(**given)))


def test_an_input_and_a_location_that_are_meant_are_told(two_pc):
    with pytest.raises(KeyError, match="no input 'request'; its inputs are: requests, inbound"):
        two_pc.flows["coordinator"].inputs["request"]
    with pytest.raises(KeyError, match="no flow at a location 'coordinater': did you mean 'coordinator'"):
        two_pc.flows["coordinater"]


def test_what_is_made_is_no_matter_of_a_warning():
    text = "s = process(); c = cluster(open=True); @s source_iter([1]) ~> @c.others null(); @c spin() ~> @s null();"

    system = hf.compile(text, {})
    assert [(one.code, one.span.text) for one in system.diagnostics] == [("HF509", ".others")]


def test_what_only_follows_from_an_error_is_not_told():
    def codes(text):
        with pytest.raises(hf.HydroflowError) as refused:
            hf.compile(text, {})
        return [one.code for one in refused.value.diagnostics]

    two = "a = process(); b = process();"
    assert codes(two + "@a spin() ~> @c null();") == ["HF503"]
    assert codes(two + "@a (spin() ~> @b map(str)) -> null();") == ["HF507"]
    assert codes(two + "@a x = spin(); loop { x -> batch() ~> @b null(); };") == ["HF507"]
    assert codes(two + "@a members(q) -> null();") == ["HF503"]
    assert codes(two + "@a spin() ~> y;") == ["HF203"]


def test_a_node_runs_one_flow_and_not_a_system():
    with pytest.raises(hf.HydroflowError, match="is the text of a system"):
        hf.Network().node("n", "a = process(); @a spin() -> null();")


def test_the_errors_of_all_locations_are_told_together_with_their_places():
    with pytest.raises(hf.GraphError) as refused:
        hf.compile("a = process();\nb = process();\n@a spin() -> map() -> null();\n@b spin() -> fold(f) -> null();", {})

    assert [(one.span.line, one.span.text) for one in refused.value.diagnostics] == [(3, "map()"), (4, "fold(f)")]


def test_a_fault_names_the_line_of_the_text_and_the_item():
    text = "a = process();\nb = process();\n@a source_iter([0]) ~> @b\n    map(|x| 1 / x) -> null();"
    net = hf.compile(text, {}).network()

    with pytest.raises(ZeroDivisionError) as raised:
        net.run()

    assert "in `map` at flow, line 4, from item 0" in "\n".join(raised.value.__notes__)


def test_an_item_that_names_no_member_is_told_at_the_arrow():
    text = "a = process();\nc = cluster();\n@a source_iter(items)\n    ~> @c null();"
    net = hf.compile(text, {"items": [7]}).network(c=1)

    with pytest.raises(hf.ItemError) as raised:
        net.run()

    (found,) = raised.value.diagnostics
    assert (found.code, found.span.line, found.span.text) == ("HF511", 4, "~> @c")
    assert found.message.endswith("this item is not one: 7")


def test_an_item_that_no_message_can_hold_is_told_at_the_arrow():
    text = "a = process();\nb = process();\n@a source_iter([object()])\n    ~> @b null();"
    net = hf.compile(text, {}).network()

    with pytest.raises(hf.ItemError) as raised:
        net.run()

    (found,) = raised.value.diagnostics
    assert (found.span.line, found.span.text) == (4, "~> @b")
    assert "`~>`" in found.message


def test_with_ends_the_flows(two_pc):
    with two_pc as system:
        pass

    assert all(flow.is_closed for flow in system.flows.values())


# --- the check --------------------------------------------------------------------------------------------------------


def test_the_check_of_a_system_is_that_of_its_network_and_speaks_of_its_text():
    text = """
    a = process();
    c = cluster();
    @a source_interval(1) ~> @c.all for_each(log.append);
    """
    report = hf.compile(text, {"log": []}).check()

    assert "c3.log" in report
    found = next(one for one in report.diagnostics if one.code == "HF308")
    assert (found.span.line, found.span.text) == (4, "~> @c.all")


def test_what_is_the_same_in_every_run_is_told_of_a_system():
    text = "a = process(); c = cluster(); @c source_stream(words) ~> @a map(|(w, _)| w) -> unique::<'static>() -> s;"
    text += "@a s = fold::<'static>(set, |held, word| held | {word}) -> for_each(log.append);"
    report = hf.compile(text, {"log": [], "words": hf.channel()}).check(c=2)

    assert str(report["a.log"].order) == "final"


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("explore", "a network of it has, `net = two_pc.network(...)` and `net.explore`"),
        ("run_tick", "the flow of a location has, `two_pc.flows['coordinator'].run_tick`"),
        ("nothing", "a system has no `nothing`"),
    ],
)
def test_what_a_network_or_a_flow_has_is_told_where_it_is(two_pc, word, told):
    with pytest.raises(AttributeError) as raised:
        getattr(two_pc, word)

    assert told in str(raised.value)


def test_a_check_leaves_the_picture_of_the_newest_network(two_pc):
    net = two_pc.network(participants=1)
    net.send("coordinator", "requests", "t")
    net.run()
    two_pc.check()

    assert "1 sent" in two_pc.forms()["image/svg+xml"]
