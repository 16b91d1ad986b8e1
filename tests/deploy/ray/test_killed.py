"""Durable systems over Ray lose nothing, hold nothing twice and keep the order, whoever is killed when."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import ray_kills
from nightly import IS_NIGHTLY
from ray_kills import CLIENTS, Account

pytestmark = pytest.mark.timeout(3_000 if IS_NIGHTLY else 1_000)

# With 50 kills each, a night has a hundred, and those of all members at the end.
KILLS, LINES = (50, 1_500) if IS_NIGHTLY else (2, 20)
Held = Mapping[str, Mapping[str, Any]]


def must_be_whole(name: str, account: Account, lines: int) -> None:
    for member, held in account.held.items():
        for client in CLIENTS:
            said = [line for who, line in held["log"] if who == client]
            whole = name == "chat" or member not in CLIENTS or member == client
            assert said == (list(range(lines)) if whole else []), (member, client)
    {"chat": must_be_one_order, "store": must_be_the_newest}[name](account.held, lines)


def must_be_one_order(held: Held, lines: int) -> None:
    assert all(one["log"] == held["server"]["log"] for one in held.values())


def must_be_the_newest(held: Held, lines: int) -> None:
    newest = {f"key {line % 5}": (line, max(CLIENTS)) for line in range(lines)}
    stores = [one["store"] for member, one in held.items() if member not in CLIENTS]
    assert len(stores) == 3
    assert all({key: tuple(stamp) for key, stamp in store.items()} == newest for store in stores)


@pytest.mark.parametrize("name", ray_kills.SYSTEMS)
def test_actors_that_are_killed_lose_nothing_and_hold_nothing_twice(namespace, tmp_path: Path, name: str) -> None:
    account = namespace.call(ray_kills.kill, name, tmp_path, LINES, KILLS, seed=1, kill_all=IS_NIGHTLY, patience=2_900)
    print(account)

    assert account.kills.total() >= KILLS
    must_be_whole(name, account, LINES)


@pytest.mark.parametrize("name", ray_kills.SYSTEMS if IS_NIGHTLY else ["chat"])
def test_when_a_whole_node_is_killed_its_members_go_on_elsewhere(namespace, tmp_path: Path, name: str) -> None:
    account = namespace.call(ray_kills.lose_a_node, name, tmp_path, LINES, patience=900)
    print(account)

    assert account.kills["node"] == 1
    assert account.restarts > 0
    must_be_whole(name, account, LINES)
