"""The printed texts of random systems compile anew, and give what the system gives."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from nightly import IS_NIGHTLY

import hydroflow_nb as hf

PROGRAMS = 200 if IS_NIGHTLY else 4


@dataclass(frozen=True)
class Late:
    """A message that nobody sends."""

    text: str


def program(random: Random) -> tuple[str, dict[str, int]]:
    """A system of processes and clusters with all routes, and how many members its clusters have."""
    places = {"a": 0, "b": 0, "c": random.randint(1, 3), "d": random.randint(1, 3)}
    lines = [f"{name} = {'cluster' if members else 'process'}();" for name, members in places.items()]
    names = list(places)
    # Those locations say of which type what comes to them is.
    typed = {name: random.choice(["", "", "::<int>", "::<int | Late>"]) for name in names}
    for number in range(random.randint(3, 7)):
        here, there = random.choice(names), random.choice(names)
        items = f"source_iter({[random.randrange(50) for _ in range(3)]}) -> map(|x| x + {number})"
        route = (
            random.choice([".all", ".others", ".next", ".by(|x| x % 5)", ".by(|item| item)"]) if places[there] else ""
        )
        strip = " -> map(|(x, _)| x)" if places[here] else ""
        step = random.choice([" -> map(|x| (x * 3) % 101)", " -> filter(|x| x % 2)", ""])
        if random.random() < 0.5:
            lines.append(f"@{here} s{number} = {items}{step};")
            lines.append(f"@{there} t{number} = identity(){strip} -> for_each(log.append);")
            type = typed[there]
            lines.append(f"s{number} ~> {f'@{there}{route}{type} ' if route or type else ''}t{number};")
        else:
            end = random.choice(["for_each(log.append)", f"r{number}"])
            lines.append(f"@{here} {items}{step} ~> @{there}{route}{typed[there]} identity(){strip} -> {end};")
            if end != "for_each(log.append)":
                lines.append(f"@{there} r{number} = map(|x| x) -> for_each(log.append);")
    random.shuffle(lines)
    return "\n".join(lines), {name: members for name, members in places.items() if members}


def logs(net: hf.Network) -> dict[str, list[Any]]:
    net.run()
    return {name: sorted(node["log"]) for name, node in net.nodes.items() if "log" in node.flow.text}


def by_hand(system: hf.System, members: dict[str, int]) -> hf.Network:
    """A network of nodes that run the printed texts."""
    net = hf.Network(seed=1)
    places: dict[str, Any] = {
        name: tuple(f"{name}{number + 1}" for number in range(members[name])) if name in members else name
        for name in system.locations
    }
    for location, flow in system.flows.items():
        for member in places[location] if location in members else [location]:
            around = {**net.bind(member)._asdict(), **places, "log": [], "Late": Late}
            around |= {"member_of": hf.net.member_of, "message_of": hf.net.message_of}
            anew = hf.compile(flow.text, around, f"printed_{location}")
            used = {name: place for name, place in places.items() if name in anew.used_names}
            net.node(member, anew, at=member, **({"log": []} if "log.append" in flow.text else {}), **used)
    return net


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_the_printed_texts_give_what_the_system_gives(seed: int) -> None:
    text, members = program(Random(seed))
    system = hf.compile(text, {"log": [], "Late": Late}, "several")
    assert isinstance(system, hf.System)

    assert logs(by_hand(system, members)) == logs(system.network(seed=1, **members)), text
