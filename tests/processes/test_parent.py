"""What the program that launched a process asks it."""

from __future__ import annotations

import asyncio
import socket
import sys

import msgspec
import pytest

import hydroflow_nb as hf
from hydroflow_nb.net.frames import Frames, frame
from hydroflow_nb.net.messages.classes import Classes
from hydroflow_nb.net.messages.codec import MSGPACK
from hydroflow_nb.processes import answering
from hydroflow_nb.processes.asking import ANSWERS, Kept, Question, Ready, Sent, Word, packed
from hydroflow_nb.processes.failures import Misuse
from hydroflow_nb.processes.parent import Parent
from hydroflow_nb.systems.standing import Standing

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes have no such sockets there")


class Asker:
    """The other end of a process's socket."""

    def __init__(self, own):
        self.own = own
        self.frames = Frames()
        self.number = 0
        self.answers = {}

    async def start(self):
        """Hear the first word of the process."""
        self.reader, self.writer = await asyncio.open_connection(sock=self.own)
        return (await self.answer(0)).given

    def ask(self, word, given=b""):
        """Ask, and give the number of the question."""
        self.number += 1
        self.writer.write(frame(packed(Question(number=self.number, word=word, given=given))))
        return self.number

    async def answer(self, number):
        """The answer to a question."""
        while number not in self.answers:
            data = await self.reader.read(1 << 16)
            assert data, "the process has closed its end"
            for body in self.frames.feed(data):
                found = ANSWERS.decode(body)
                self.answers[found.number] = found
        return self.answers.pop(number)


def asked(flow, names, ask, *, runs=True):
    """Run a flow that a parent asks; `ask` is given the other end."""

    async def main():
        own, theirs = socket.socketpair()
        parent = Parent(theirs.detach())
        serving = asyncio.create_task(parent.serve(flow, names))
        asker = Asker(own)
        ready = msgspec.msgpack.decode(await asker.start(), type=Ready)
        running = asyncio.create_task(flow.run_async()) if runs else None
        try:
            async with asyncio.timeout(60):
                await ask(asker, ready)
        finally:
            if running is not None:
                running.cancel()
            asker.writer.close()
            async with asyncio.timeout(60):
                await serving

    asyncio.run(main())


@pytest.fixture
def counting():
    names = {"items": hf.channel(), "log": []}
    return hf.compile("source_stream(items) -> for_each(log.append);", names, "counting"), names


def sent(input, item):
    return packed(Sent(input=input, item=MSGPACK.encode(item)))


def test_an_item_that_is_sent_is_answered_when_a_tick_has_taken_it_in(counting):
    flow, names = counting

    async def ask(asker, ready):
        assert ready.addresses == []
        number = asker.ask(Word.SEND, sent("items", ("a", 1)))
        await asyncio.sleep(0.05)
        assert not names["log"]
        running = asyncio.create_task(flow.run_async())
        assert (await asker.answer(number)).refused == ""
        assert names["log"] == [("a", 1)]
        running.cancel()

    asked(flow, names, ask, runs=False)


def test_many_items_are_taken_in_in_their_order(counting):
    flow, names = counting

    async def ask(asker, _):
        numbers = [asker.ask(Word.SEND, sent("items", item)) for item in range(500)]
        for number in numbers:
            assert (await asker.answer(number)).refused == ""
        assert names["log"] == list(range(500))

    asked(flow, names, ask)


def test_values_and_how_it_stands_are_told(counting, tmp_path):
    flow, names = counting
    names["odd"] = object()

    async def ask(asker, _):
        await asker.answer(asker.ask(Word.SEND, sent("items", {1, 2})))
        value = await asker.answer(asker.ask(Word.VALUE, packed("log")))
        assert MSGPACK.decode(value.given, Classes({})) == [{1, 2}]
        assert (await asker.answer(asker.ask(Word.VALUE, packed("lag")))).given == b""
        assert "object" in (await asker.answer(asker.ask(Word.VALUE, packed("odd")))).refused

        told = msgspec.msgpack.decode((await asker.answer(asker.ask(Word.STANDING))).given, type=Standing)
        assert (told.tick >= 1, told.waiting, told.recorded, told.messages) == (True, {"items": 0}, None, 0)

        kept = packed(Kept(path=str(tmp_path / "run.json"), budget=10))
        await asker.answer(asker.ask(Word.RECORD, kept))
        await asker.answer(asker.ask(Word.SEND, sent("items", 3)))
        await asker.answer(asker.ask(Word.RECORD, kept))
        assert len(hf.Recording.load(tmp_path / "run.json").ticks) == 1

    asked(flow, names, ask)


def test_what_cannot_be_is_refused_and_the_flow_goes_on(counting, tmp_path, monkeypatch):
    flow, names = counting
    monkeypatch.setattr(answering, "MOST_BYTES", 2_000)

    async def ask(asker, _):
        async def refused(word, given):
            return (await asker.answer(asker.ask(word, given))).refused

        assert "no input 'other'; its inputs are: items" in await refused(Word.SEND, sent("other", 1))
        unknown = packed(Sent(input="items", item=b"\x11\xc1"))
        assert "the item cannot be read there" in await refused(Word.SEND, unknown)
        assert await refused(Word.SEND, b"nonsense")
        kept = packed(Kept(path=str(tmp_path / "missing" / "x.json"), budget=1))
        assert "cannot write" in await refused(Word.RECORD, kept)
        names["log"].extend(["x" * 400] * 4)
        assert "at most 1,000 are told at once" in await refused(Word.VALUE, packed("log"))
        await asker.answer(asker.ask(Word.SEND, sent("items", 1)))
        assert names["log"][-1] == 1

    asked(flow, names, ask)


def test_a_frame_that_is_no_question_ends_the_asking(counting):
    flow, names = counting

    async def ask(asker, _):
        asker.writer.write(frame(b"\xff"))
        assert await asker.reader.read() == b""

    asked(flow, names, ask)


def test_ticks_are_looked_at_only_while_items_wait(counting, monkeypatch):
    flow, names = counting
    subscribe, looking = flow.subscribe, []

    def noted(callback):
        unsubscribe = subscribe(callback)
        looking.append(1)
        return lambda: (looking.pop(), unsubscribe())

    monkeypatch.setattr(flow, "subscribe", noted)

    async def ask(asker, _):
        assert not looking
        await asker.answer(asker.ask(Word.SEND, sent("items", 1)))
        assert (names["log"], looking) == ([1], [])

    asked(flow, names, ask)


def test_the_end_of_the_parent_is_seen_without_reading(counting):
    own, theirs = socket.socketpair()
    parent = Parent(theirs.detach())
    own.send(b"what is not read")
    own.close()

    parent.wait_for_end()

    parent.close()


def test_a_number_that_is_no_socket_is_told(tmp_path):
    with pytest.raises(Misuse, match="there is no such socket"):
        Parent(9_999)
    with (tmp_path / "file").open("w") as file, pytest.raises(Misuse):
        Parent(file.fileno())
