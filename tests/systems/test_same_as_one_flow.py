"""Random systems give each sink what the same program gives as one flow with `defer_tick` in place of `~>`."""

from __future__ import annotations

from random import Random

import pytest
from nightly import IS_NIGHTLY

import hydroflow_nb as hf

# The nightly run tries so many programs, each in networks of so many seeds.
PROGRAMS, SEEDS = (200, 20) if IS_NIGHTLY else (12, 2)
MOST = 101


def operator(random: Random) -> str:
    """An operator that is monotone and gives numbers below MOST."""
    return random.choice(
        [
            f"map(|x| (x * {random.randint(2, 9)} + {random.randint(0, 9)}) % {MOST})",
            f"filter(|x| x % {random.randint(2, 5)})",
            f"flat_map(|x| [x, (x + {random.randint(1, 50)}) % {MOST}])",
            "identity()",
        ]
    )


def programs(random: Random) -> tuple[str, str, list[str]]:
    """A system, the same program as one flow, and where each of its pipelines is. Its statements are shuffled."""
    locations = ["a", "b", "c"][: random.randint(2, 3)]
    count = random.randint(3, 9)
    where = [locations[number] if number < len(locations) else random.choice(locations) for number in range(count)]
    arrows = {(random.randrange(number), number) for number in range(1, count)}
    arrows |= {(random.randrange(count), random.randrange(count)) for _ in range(random.randint(0, 4))}
    located, one = [f"{name} = process();" for name in locations], []
    for number in range(count):
        pipeline = f"n{number} = union() -> {operator(random)} -> unique::<'static>() -> tee();"
        located.append(f"@{where[number]} {pipeline}")
        one.append(pipeline)
        if number == 0 or random.random() < 0.3:
            source = f"source_iter({[random.randrange(MOST) for _ in range(4)]}) -> n{number};"
            located.append(source)
            one.append(source)
        for text in (located, one):
            text.append(f"n{number} -> for_each(out{number}.append);")
    for left, right in sorted(arrows):
        is_far = where[left] != where[right] or random.random() < 0.2
        located.append(f"n{left} {'~>' if is_far else '->'} n{right};")
        one.append(f"n{left} -> {'defer_tick() -> ' if is_far else ''}n{right};")
    random.shuffle(located)
    return "\n".join(located), "\n".join(one), where


@pytest.mark.parametrize("program", range(PROGRAMS))
def test_a_system_gives_what_one_flow_gives(program: int) -> None:
    system, flow, where = programs(Random(program))
    sinks = [f"out{number}" for number in range(len(where))]
    expected: dict[str, list[int]] = {name: [] for name in sinks}
    hf.compile(flow, expected, "one").run_available()
    compiled = hf.compile(system, {name: [] for name in sinks}, "several")
    assert isinstance(compiled, hf.System)

    for seed in range(SEEDS):
        net = compiled.network(seed=seed)
        net.run()
        found = {name: sorted(net[place][name]) for name, place in zip(sinks, where, strict=True)}
        assert found == {name: sorted(expected[name]) for name in sinks}, (seed, system)
