"""Programs of odd names, forms and sizes: each gives what it says, or is refused where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, permutations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.systems.members import Members

TWO = "a = process();\nb = process();\n"


def ran(text, groups=None, **names):
    """The logs of all nodes after a run."""
    net = hf.compile(text, {"log": [], **names}, "odd").network(**(groups or {}))
    net.run()
    return {name: net[name]["log"] for name in net.nodes if "log" in net.nodes[name].flow.text}


def refused(text, **names):
    with pytest.raises(hf.HydroflowError) as raised:
        hf.compile(text, {"log": [], **names}, "odd")
    return [(one.code, one.span.text) for one in raised.value.diagnostics]


# --- names ------------------------------------------------------------------------------------------------------------

WORDS = ["item", "member", "turn", "map", "list", "顧客"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("route", ["", ".all", ".next", ".by(|item| item)"])
def test_a_location_may_have_any_name(word, route):
    kind = "cluster" if route else "process"
    text = f"front = process(); {word} = {kind}(); @front source_iter([1, 2]) ~> @{word}{route} for_each(log.append);"
    logs = ran(text, {word: ["m"]} if route else {})

    assert list(logs.values()) == [[1, 2]]


def test_a_location_may_be_called_as_a_function_that_python_has():
    assert ran("a = process(); len = cluster(); @a source_iter([1, 2]) ~> @len.next for_each(log.append);", {"len": 2})


@pytest.mark.parametrize("key", ["|c| c", "|(item, n)| item", "|member| member[0]", "item", "lambda item: item[0]"])
def test_the_names_in_a_key_are_those_of_its_own(key):
    text = f"a = process(); c = cluster(); @a source_iter(items) ~> @c.by({key}) for_each(log.append);"
    items = [(word, number) for word in "uvwxyz" for number in range(3)]
    logs = ran(text, {"c": 3}, items=items, item=lambda pair: pair[0])

    assert sorted(item for log in logs.values() for item in log) == sorted(items)
    words = [{word for word, _ in log} for log in logs.values()]
    assert key == "|c| c" or sum(map(len, words)) == 6


@pytest.mark.parametrize("word", ["outbound", "inbound", "address"])
def test_a_location_has_no_name_of_a_nodes_own_surroundings(word):
    assert ("HF513", word) in refused(f"{word} = process(); @{word} spin() -> null();")


def test_an_option_is_given_once():
    assert refused('a = process(at="x", at="y"); @a spin() -> null();') == [("HF513", 'at="y"')]


# --- channels ---------------------------------------------------------------------------------------------------------


def test_ports_stand_at_both_ends_of_an_arrow():
    text = TWO + (
        "@a p = source_iter([1, 2, 3]) -> partition(|x, outputs| x % 2);\n"
        "p[0] ~> [neg]j; p[1] ~> [pos]j; @b j = difference() -> for_each(log.append);"
    )

    assert ran(text)["b"] == [1, 3]


def test_two_arrows_of_one_sender_within_one_pipeline_are_two_channels():
    text = TWO + (
        "@a n = source_iter([1, 2]) ~> @b map(|x| x * 2) ~> @a map(|x| x + 1) ~> @b map(|x| x * 10);\n"
        "n -> for_each(log.append);"
    )

    assert [one.name for one in hf.compile(text, {"log": []}).channels] == ["a>n", "b>n", "a>b_1"]
    assert ran(text)["b"] == [30, 50]


def test_a_numbered_channel_is_never_that_of_a_name():
    text = (
        TWO + "@a source_iter([1]) ~> @b for_each(log.append); @a source_iter([2]) ~> b_1; @b b_1 = map(|x| -x) -> o;"
    )
    text += "@b o = for_each(log.append);"

    assert sorted(ran(text)["b"]) == [-2, 1]


def test_a_statement_may_be_called_as_a_greeting_is():
    text = """
    a = process(); c = cluster(open=True);
    @a members(c) -> map(|m| (1, m)) ~> welcome; @c welcome = for_each(log.append);
    @c source_iter([5]) ~> members; @a members = map(|(x, _)| x) -> for_each(log.append);
    """

    assert ran(text, {"c": 2}) == {"a": [5, 5], "c1": [1], "c2": [1]}


def test_the_order_of_statements_changes_no_name():
    lines = [
        "a = process();",
        "b = process();",
        "@a spin() ~> x;",
        "@a spin() ~> y;",
        "@b x = null();",
        "@b y = null();",
    ]

    assert {
        tuple(sorted(one.name for one in hf.compile("\n".join(order), {}).channels))
        for order in islice(permutations(lines), 0, None, 17)
    } == {("a>x", "a>y")}


def test_many_channels_may_come_to_one_place():
    text = "".join(f"p{n} = process(); @p{n} source_iter([{n}]) ~> hub;\n" for n in range(80))
    net = hf.compile(f"h = process(); @h hub = union() -> for_each(log.append);{text}", {"log": []}).network()
    net.run()

    assert sorted(net["h"]["log"]) == list(range(80))


def test_an_unknown_route_is_told_of_once():
    text = "a = process(); c = cluster(); @a source_iter([1]) ~> @c.every(3) null();"

    assert refused(text) == [("HF502", ".every")]


@pytest.mark.parametrize("key", ["3", "[1]", "f'{1}'"])
def test_a_key_is_a_function(key):
    text = f"a = process(); c = cluster(); @a source_iter([1]) ~> @c.by({key}) null();"

    assert refused(text) == [("HF502", key)]


# --- clusters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", [".next", ".by(|x| x)"])
def test_an_item_for_a_cluster_without_members_is_told_at_the_arrow(route):
    text = f"a = process(); c = cluster();\n@a source_iter([7]) ~> @c{route} for_each(log.append);"

    with pytest.raises(hf.ItemError, match="has no member to go to") as raised:
        ran(text, {"c": 0})
    (found,) = raised.value.diagnostics
    assert found.span.text == f"~> @c{route}"


@pytest.mark.parametrize("route", [".next", ".by(|x| x)", ".by(str)"])
def test_items_for_an_open_cluster_that_nobody_has_joined_wait_for_its_first_member(route):
    text = f"""
    a = process(); c = cluster(open=True);
    @a source_stream(jobs) ~> @c{route} done;
    @c done = for_each(log.append);
    """
    system = hf.compile(text, {"jobs": hf.channel(), "log": []}, "odd")
    net = system.network(seed=1, c={"m": {"join_later": True}, "n": {"join_later": True}})
    net.send("a", "jobs", 1)
    net.send("a", "jobs", 2)
    net.run()
    assert net["m"]["log"] == []
    for later, member in ((3, "m"), (4, "n")):
        net.join(member)
        net.run()
        net.send("a", "jobs", later)
        net.run()

    assert net["m"]["log"][:3] == [1, 2, 3]
    assert sorted(net["m"]["log"] + net["n"]["log"]) == [1, 2, 3, 4]
    assert system.diagnostics == []


def test_what_waits_for_a_member_is_printed_as_one_would_have_written_it():
    text = """
    a = process(); c = cluster(open=True);
    @a source_stream(jobs) ~> @c.next done; @a source_stream(more) -> map(|x| x) ~> @c.by(|x| x) done;
    @a members(c) -> for_each(seen.append);
    @c done = for_each(log.append);
    """
    names = {"jobs": hf.channel(), "more": hf.channel(), "log": [], "seen": []}
    system = hf.compile(text, names, "odd")

    assert system.flows["a"].text.splitlines() == [
        "source_stream(jobs) -> [input]c_waiting_1;",
        "source_stream(more) -> map(|x| x) -> [input]c_waiting_2;",
        "c_joined -> for_each(seen.append);",
        "",
        'c_joined_again = incoming -> map(|(message, sender)| (message["item"], sender)) '
        "-> map(|(_, member)| member) -> tee();",
        'c_joined_again -> map(|member| ({"channel": "a>welcome()", "item": ()}, member)) -> outgoing;',
        "c_joined = c_joined_again -> unique::<'static>() -> tee();",
        "c_joined -> for_each(c.add);",
        "c_some = c_joined -> map(|_| ()) -> unique::<'static>() -> persist() -> tee();",
        "c_some -> [signal]c_waiting_1;",
        "c_waiting_1 = defer_signal() -> enumerate::<'static>() "
        '-> map(|(turn, item)| ({"channel": "a>done", "item": item}, c[turn % len(c)])) -> outgoing;',
        "c_some -> [signal]c_waiting_2;",
        "c_waiting_2 = defer_signal() -> map(|item| (item, item)) "
        '-> map(|(x, item)| ({"channel": "a>done", "item": item}, member_of(c, x))) -> outgoing;',
        "outgoing = union() -> dest_sink_serde(outbound);",
        "incoming = source_stream_serde(inbound);",
    ]
    around = {**hf.Network().bind("a")._asdict(), **names, "member_of": hf.net.member_of, "c": Members()}
    assert hf.compile(system.flows["a"].text, around).diagnostics == []


def test_nobody_is_warned_of_what_stands_for_an_arrow():
    text = "a = process(); c = cluster(open=True); @a source_iter([1]) -> map(|x| (x, c[0])) ~> @c null();"

    assert hf.compile(text, {}).diagnostics == []


def test_open_clusters_that_cannot_find_each_other_are_refused():
    assert refused("n = cluster(open=True); @n source_iter([1]) ~> @n.others null();") == [("HF514", ".others")]
    assert refused(
        "p = cluster(open=True); q = cluster(open=True);"
        "@p members(q) -> map(|m| (1, m)) ~> @q null(); @q source_iter([1]) -> null();"
    ) == [("HF514", "members(q)")]


def test_a_process_introduces_the_members_of_an_open_cluster_to_each_other():
    text = """
    s = process(); n = cluster(open=True);
    @s members(n) -> tee() -> [0]pairs; members(n) -> [1]pairs;
    pairs = cross_join::<'static>() -> unique::<'static>() ~> known;
    @n known = filter(|other| other != address) -> map(|other| (f"from {address}", other)) ~> @n for_each(log.append);
    """
    logs = ran(text.replace("members(n) -> tee() -> [0]pairs", "members(n) -> [0]pairs"), {"n": ["x", "y"]})

    assert logs == {"x": [("from y", "y")], "y": [("from x", "x")]}


@pytest.mark.parametrize("argument", ["zz", "a", "list(c)"])
def test_members_are_those_of_a_cluster_of_the_text(argument):
    text = f"a = process(); c = cluster(); @c spin() -> null(); @a members({argument}) -> for_each(log.append);"

    assert refused(text) == [("HF503", argument)]


# --- programs of other make -------------------------------------------------------------------------------------------


@dataclass
class Ask:
    """What a program of other make asks."""

    text: str


EXTERNAL = """
users = external(); front = process(); back = process();
users ~> @front::<Ask> map(|(ask, who)| (ask.text, who)) ~> asked;
@back asked = map(|(text, who)| (text.upper(), who)) ~> @front::<tuple[str, str]> done;
@front done = tee(); done ~> users; done -> for_each(log.append);
"""


def test_messages_of_other_programs_have_the_type_that_is_asked_for():
    net = hf.compile(EXTERNAL, {"Ask": Ask, "log": []}).network()
    net.node(
        "user",
        "source_iter([{'text': 'a'}, {'nothing': 1}, {'channel': 'back>done', 'item': 5}]) -> map(|x| (x, 'front'))"
        " -> dest_sink_serde(outbound); source_stream_serde(inbound) -> map(|(text, _)| text) -> for_each(log.append);",
        log=[],
    )
    net.run()

    assert net["user"]["log"] == ["A"]
    assert net["front"]["log"] == [("A", "user")]
    assert net["front"].undecodable == 2


def test_external_locations_that_meet_are_refused():
    assert refused("e = external(); g = external(); a = process(); @a spin() -> null(); e ~> g;") == [("HF515", "~>")]
    found = refused("e = external(); g = external(); a = process(); e ~> @a null(); g ~> @a for_each(log.append);")
    assert found == [("HF515", "~> @a")]


# --- modules ----------------------------------------------------------------------------------------------------------


def test_modules_stand_at_a_place_and_on_the_way(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plus.hf").write_text("mod -> map(|x| x + 1) -> mod;")
    text = TWO + (
        '@a source_iter([1]) -> import!("plus.hf") ~> @b import!("plus.hf") ~> back;\n'
        '@a back = import!("plus.hf"); back ~> last; @b last = import!("plus.hf"); last -> for_each(log.append);'
    )
    system = hf.compile(text, {"log": []})
    net = system.network()
    net.run()

    assert net["b"]["log"] == [5]
    assert 'back = import!("plus.hf");' in system.flows["a"].text
    assert "last -> for_each(log.append);" in system.flows["b"].text


# --- where a fault is told --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "words"),
    [("object()", "cannot send <object"), ("[1, {2: object()}]", "the value at 2 of element 1 of [1, {2:")],
)
def test_an_item_that_cannot_leave_is_told_at_its_own_arrow(item, words):
    text = TWO + f"@a source_iter([1]) ~> @b null();\n@a source_iter([{item}]) ~> @b for_each(log.append);"

    with pytest.raises(hf.ItemError) as raised:
        ran(text)
    (found,) = raised.value.diagnostics
    assert (found.span.line, found.span.text) == (4, "~> @b")
    assert words in found.message
    assert "channel" not in found.message


def test_an_item_that_cannot_go_to_other_programs_is_told_at_the_arrow_to_them():
    text = "a = process(); c = cluster(); x = external();\n@a source_iter([1]) ~> @c.all for_each(log.append);\n"
    text += "@a source_iter([(1, 'zz')])\n    ~> x;"

    with pytest.raises(hf.ItemError) as raised:
        ran(text, {"c": 1})
    (found,) = raised.value.diagnostics
    assert (found.span.line, found.span.text) == (4, "~>")


def test_who_forgets_the_sender_or_expects_one_is_told_what_comes():
    two = "a = process(); c = cluster();\n"
    with pytest.raises(TypeError) as raised:
        ran(two + "@c source_iter([1]) ~> @a map(|x| x + 1) -> for_each(log.append);", {"c": 1})
    assert any("what comes from a cluster is `(item, sender)`" in note for note in raised.value.__notes__)

    with pytest.raises(hf.ItemError) as refused:
        ran(two + "@a source_iter([1]) ~> @c.all map(|(x, who)| x + 1) -> for_each(log.append);", {"c": 1})
    assert "what comes from a process comes as it is, without a sender" in refused.value.diagnostics[0].notes

    with pytest.raises(TypeError) as raised:
        ran(two + "@a source_iter(['x']) ~> @c.all map(str) -> map(|x| x + 1) -> for_each(log.append);", {"c": 1})
    assert not any("what comes" in note for note in raised.value.__notes__)


def test_a_fault_in_a_key_names_the_arrow_and_the_item():
    text = "a = process(); c = cluster();\n@a source_iter([7])\n    ~> @c.by(|x| x / 0) for_each(log.append);"

    with pytest.raises(ZeroDivisionError) as raised:
        ran(text, {"c": 1})
    assert "in `~>` at odd, line 3, item 7" in "\n".join(raised.value.__notes__)


# --- the check --------------------------------------------------------------------------------------------------------


def test_the_check_tells_channels_apart_and_speaks_of_the_users_outputs_alone():
    text = TWO + (
        "@a source_stream(words) ~> seen;\n"
        "@a source_stream(other) -> fold::<'static>(int, |n, x| n + x) ~> @b for_each(out.append);\n"
        "@b seen = unique::<'static>() -> fold::<'static>(set, |held, word| held | {word}) -> for_each(log.append);"
    )
    report = hf.compile(text, {"words": hf.channel(), "other": hf.channel(), "log": [], "out": []}).check()

    assert list(report) == ["b.out", "b.log"]
    assert str(report["b.log"].order) == "final"
    assert [(one.code, one.span.line) for one in report.diagnostics if one.code == "HF305"] == [("HF305", 4)]


# --- why --------------------------------------------------------------------------------------------------------------


def test_why_tells_of_items_and_arrows_of_the_text_alone():
    text = """
    a = process(); c = cluster();
    @a source_iter([1]) ~> @c.all heard; @c heard = map(|x| x + 1) ~> back;
    @a back = map(|(x, who)| x) -> for_each(log.append);
    """
    net = hf.compile(text, {"log": []}).network(c=["x"], recording=10_000)
    net.run()

    lines = [line.strip() for line in str(net.why(2, "a")).splitlines()]
    assert "2   x: ~> back, tick 1, through ~>" in lines
    assert "~>: came as message x>a#1" in lines
    assert "~>: took it in" in lines
    assert not any("channel" in line or "flat_map" in line for line in lines)
