from __future__ import annotations

from dataclasses import dataclass

import hydroflow_nb as hf


def printed(text, **names):
    """A system, with the text of each of its flows."""
    system = hf.compile(text, {"log": [], **names}, "system")
    return system, {location: flow.text for location, flow in system.flows.items()}


def test_a_flow_prints_as_one_would_have_written_it_by_hand():
    _, texts = printed("""
    server = process();
    clients = cluster();
    # What clients say comes to the server.
    @clients source_iter([1, 2]) ~> said;
    @server said = map(|(number, who)| number) -> unique::<'static>() -> log_it;
    log_it = for_each(log.append);
    """)

    assert texts["clients"] == (
        'source_iter([1, 2]) -> map(|item| ({"channel": "clients>said", "item": item}, server)) -> outgoing;\n'
        "\n"
        "outgoing = dest_sink_serde(outbound);\n"
    )
    assert texts["server"] == (
        "said = map(|(number, who)| number) -> unique::<'static>() -> log_it;\n"
        "log_it = for_each(log.append);\n"
        "\n"
        'incoming -> map(|(message, sender)| (message["item"], sender)) -> said;\n'
        "incoming = source_stream_serde(inbound);\n"
    )


@dataclass(frozen=True)
class Said:
    text: str


def test_the_types_of_channels_stand_in_the_text():
    text = """
    server = process(); clients = cluster(); front = external();
    @clients source_iter(keyboard) -> map(|text| Said(text)) ~> @server::<Said> said;
    @clients source_iter([1, 2]) ~> counted;
    @server said = for_each(|(message, who)| log.append(message));
    @server counted = for_each(|(number, who)| log.append(number));
    """
    system, texts = printed(text, keyboard=["hello"], Said=Said)

    assert (
        'source_stream_serde::<message_of({"clients>said": Said, "clients>counted": None})>(inbound)' in texts["server"]
    )
    assert "map(|(message, sender)| (message.item, sender)) -> said;" in texts["server"]
    _, front = printed("server = process(); front = external(); front ~> @server::<Said> null();", Said=Said)
    assert front["server"] == "incoming -> null();\n\nincoming = source_stream_serde::<Said>(inbound);\n"
    net = by_hand(system, texts, server=None, clients=["c"])
    net.run()
    assert sorted(map(str, net["server"]["log"])) == ["1", "2", "Said(text='hello')"]


def test_names_that_the_text_has_are_left_to_it():
    _, texts = printed(
        "a = process(); b = process(); @a outgoing = source_iter([1]) ~> @b incoming; @b incoming = null();"
    )

    assert "outgoing_2 = dest_sink_serde(outbound);" in texts["a"]
    assert "incoming_2 = source_stream_serde(inbound);" in texts["b"]


def test_a_plain_flow_prints_as_its_text():
    text = "source_iter([1]) -> null();"

    assert hf.compile(text, {}).text == text
    assert hf.compile(text, {}).copy({}).text == text


def by_hand(system, texts, **groups):
    """A network of nodes that run the printed texts."""
    net = hf.Network()
    places = {name: name if members is None else tuple(members) for name, members in groups.items()}
    for location, members in groups.items():
        for member in [location] if members is None else members:
            used = {name: place for name, place in places.items() if name in texts[location]}
            around = {**net.bind(member)._asdict(), **places, "log": [], "keyboard": ["hello"], "Said": Said}
            around |= {"member_of": hf.net.member_of, "message_of": hf.net.message_of}
            flow = hf.compile(texts[location], around, f"{system.name}_{location}")
            net.node(member, flow, at=member, log=[], **used)
    return net


def test_the_printed_texts_give_what_the_system_gives():
    text = """
    server = process();
    clients = cluster();
    @server source_iter([(1, "a"), (2, "b"), (3, "c")]) -> numbers;
    numbers = tee();
    numbers ~> @clients.by(|(number, _)| number) for_each(log.append);
    numbers ~> @clients.all map(|(number, _)| number) ~> back;
    numbers ~> @clients.next map(|(number, word)| (word, number)) -> for_each(log.append);
    @server back = for_each(log.append);
    @clients source_iter(["hello"]) ~> @clients.others for_each(log.append);
    """
    system, texts = printed(text)
    expected = system.network(clients=["x", "y"])
    found = by_hand(system, texts, server=None, clients=["x", "y"])

    for net in (expected, found):
        net.run()
    for name in ("server", "x", "y"):
        assert sorted(map(repr, found[name]["log"])) == sorted(map(repr, expected[name]["log"]))
        assert expected[name]["log"]
