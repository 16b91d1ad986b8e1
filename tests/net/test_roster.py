"""How members are known by the addresses of their datagrams."""

from __future__ import annotations

import socket
import time

from hydroflow_nb.net.directory import Directory
from hydroflow_nb.net.naming import Naming
from hydroflow_nb.net.roster import Roster


class BusyDirectory(Directory):
    """A directory whose reading is held up, as it is on a machine that runs something else meanwhile."""

    held_up = 0.0

    def names(self):
        time.sleep(self.held_up)
        return super().names()


def roster_of(directory: Directory) -> Roster:
    return Roster(Naming(name="hub", directory=directory), socket.AF_INET, lambda looking: looking.close())


def test_a_new_member_is_known_at_once_on_a_machine_that_held_up_the_last_reading():
    members = {"oslo": ("127.0.0.1", 5001)}
    directory = BusyDirectory(members)
    roster = roster_of(directory)
    directory.held_up = 0.3
    assert roster.name_at(("127.0.0.1", 5001)) == "oslo"
    directory.held_up = 0.0
    # What the last reading has cost is over before the next datagram comes.
    time.sleep(0.1)

    members["rome"] = ("127.0.0.1", 5002)

    assert roster.name_at(("127.0.0.1", 5002)) == "rome"


def test_a_flood_of_strangers_does_not_read_the_directory_for_each_of_them():
    class Counted(Directory):
        readings = 0

        def names(self):
            Counted.readings += 1
            return super().names()

    roster = roster_of(Counted({f"m{number}": ("127.0.0.1", 5000 + number) for number in range(200)}))
    for port in range(2_000):
        assert roster.name_at(("127.0.0.1", 10_000 + port)) is None

    assert Counted.readings < 1_000


def test_a_flood_of_strangers_reads_a_directory_that_takes_no_processor_time_twenty_times_a_second(monkeypatch):
    now, read = 1_000.0, []

    class Waiting(Directory):
        """A directory whose reading takes time, but none of the processor."""

        def names(self):
            nonlocal now
            read.append(now)
            now += 0.001
            return super().names()

    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(time, "thread_time", lambda: 0.0)
    roster = roster_of(Waiting({"oslo": ("127.0.0.1", 5001)}))

    begins = (1_000.0, 1_002.0, 1_004.0)
    for begin in begins:
        now = begin
        for port in range(100):
            assert roster.name_at(("127.0.0.1", 10_000 + port)) is None

    assert [sum(begin <= one < begin + 1.0 for one in read) for begin in begins] == [20, 20, 20]
