"""What a program says of its borders."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hydroflow_nb.engine.channel import channel
from hydroflow_nb.engine.files import LineFile
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.program import Program
from hydroflow_nb.engine.sinks import Sink


def test_a_listener_is_told_of_all_inboxes_and_outlets_until_it_is_unsubscribed() -> None:
    first, second = channel(), channel()

    async def fail(item: int) -> None:
        raise ValueError(item)

    sink = Sink(fail)
    program = Program(strata=(), inboxes=(Inbox(first), Inbox(second)), outlets=(sink,))
    told: list[int] = []
    unsubscribe = program.listen(lambda: told.append(1))

    async def main() -> None:
        sink.put(7)
        await sink.drain()

    first.send(1)
    second.send(2)
    asyncio.run(main())
    assert len(told) == 3

    unsubscribe()
    first.send(3)
    asyncio.run(main())
    assert len(told) == 3


def test_it_lets_go_of_its_files(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    file = LineFile(path, append=False)
    file.begin()
    file.write("one")

    Program(strata=(), files=(file,)).close()

    assert path.read_text() == "one\n"
