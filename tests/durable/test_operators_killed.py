"""What a process whose `'durable` operators are kept has sent is on the disk, wherever it was killed."""

from __future__ import annotations

import os
import random
import signal
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from nightly import IS_NIGHTLY

import hydroflow_nb as hf
from hydroflow_nb.durable.following import Followed
from hydroflow_nb.durable.forked import CAN_FORK
from hydroflow_nb.durable.journal import Journal
from hydroflow_nb.durable.operators import OperatorKeeping
from hydroflow_nb.durable.store import Store
from hydroflow_nb.net.messages.classes import Classes
from hydroflow_nb.net.messages.codec import meaning
from hydroflow_nb.simulation.model.ends import Endpoint, NodeOutbound

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="processes cannot be forked here")

# Each tick writes a number into a log, and sends how many there are.
TEXT = """
    source_stream(numbers) -> log;
    log = fold::<'durable>(list, |log, number| log.append(number));
    log -> map(|log| (len(log), 'there')) -> dest_sink_serde(outbound);
"""
POINTS: list[tuple[type, str]] = [
    (OperatorKeeping, "end_tick"),
    (Journal, "append"),
    (Followed, "put"),
    (Store, "snapshot"),
    (NodeOutbound, "post"),
]


def begin(folder: Path, sent: int | None = None) -> tuple[hf.Flow, hf.Channel]:
    """The flow, which writes a line to a file for each message."""

    def post(endpoint: Endpoint, address: Any, bodies: list[bytes]) -> None:
        assert sent is not None
        for body in bodies:
            os.write(sent, f"{meaning(body, Classes({}))}\n".encode())

    numbers = hf.channel()
    names = {"numbers": numbers, "outbound": NodeOutbound(Endpoint(address="here"), post, str, {})}
    return hf.compile(TEXT, names).durable(folder, write="operators", snapshot_every=7), numbers


def die_at(kind: type, name: str, *, behind: bool, calls: int) -> None:
    """Be killed when a method is called, or when it has returned, in so many calls."""
    whole = getattr(kind, name)
    left = calls

    @wraps(whole)
    def killed(*arguments: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if not (behind or left):
            os.kill(os.getpid(), signal.SIGKILL)
        result = whole(*arguments, **named)
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(kind, name, killed)


def live(folder: Path, sent: Path, seed: int) -> None:
    """A life, in a process of its own, that ends by a signal."""
    pid = os.fork()
    if pid:
        _, status = os.waitpid(pid, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        return
    try:
        chance = random.Random(seed)
        kind, name = POINTS[seed % len(POINTS)]
        die_at(kind, name, behind=chance.random() < 0.5, calls=chance.randint(1, 2 if name == "snapshot" else 9))
        flow, numbers = begin(folder, os.open(sent, os.O_WRONLY | os.O_CREAT | os.O_APPEND))
        for _ in range(40):
            numbers.send(len(flow.state("log").value))
            flow.run_tick()
    finally:
        os._exit(1)


@pytest.mark.parametrize("first", range(20 if IS_NIGHTLY else 1))
def test_what_was_sent_is_kept_wherever_the_process_was_killed(tmp_path: Path, first: int) -> None:
    folder, sent = tmp_path / "kept", tmp_path / "sent"
    sent.touch()
    kept = 0
    for seed in range(50 * first, 50 * first + (50 if IS_NIGHTLY else 15)):
        live(folder, sent, seed)

        flow, _ = begin(folder)
        log = flow.state("log").value
        flow.close()
        told = [int(line) for line in sent.read_text().split()]
        assert log == list(range(len(log))), seed
        # Of each life one tick may be kept and not have sent yet.
        assert 0 <= len(log) - max([*told, kept]) <= 1, seed
        assert told == sorted(set(told)), seed
        kept = len(log)
