from __future__ import annotations

import asyncio
import errno
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lasting import LASTING, NAMES, batches, inputs_of, text_of

import hydroflow_nb as hf
from hydroflow_nb.durable import journal
from hydroflow_nb.durable.following import Followed
from hydroflow_nb.simulation.model.ends import Endpoint, NodeOutbound

# The votes and the log survive, how often the flow was asked does not.
VOTER = """
    asked = source_stream(asked) -> tee();
    asked -> votes;
    votes = reduce_keyed::<'durable>(|first, _| first);
    votes -> for_each(out.append);
    asked -> log;
    log = fold::<'durable>(list, |log, vote| log.append(vote));
    asked -> fold::<'static>(int, |count, _| count + 1) -> for_each(out.append);
    source_iter(["begun"]) -> for_each(out.append);
"""
SEND = "source_stream(asked) -> persist::<'durable>() -> map(|x| (x, 'there')) -> dest_sink_serde(outbound);"


@dataclass
class Vote:
    term: int
    who: str


class Life:
    """A flow whose `'durable` operators are kept, in one life after the other."""

    def __init__(self, folder: Path, text: str = VOTER, names: dict[str, Any] | None = None, **options: Any) -> None:
        self.folder, self.text, self.names, self.options = folder, text, names or {}, options
        self.begin()

    def begin(self) -> None:
        self.asked, self.out = hf.channel(), list[Any]()
        flow = hf.compile(self.text, {"asked": self.asked, "out": self.out, **self.names})
        self.flow = flow.durable(self.folder, write="operators", **self.options)

    def tick(self, *items: Any) -> list[Any]:
        """What came out of a tick that took these items in."""
        for item in items:
            self.asked.send(item)
        before = len(self.out)
        self.flow.run_tick()
        return self.out[before:]

    def again(self) -> None:
        """End as a killed process does, and begin again."""
        self.flow.close()
        self.begin()

    @property
    def journal(self) -> Path:
        """The journal that is written to."""
        return max(self.folder.glob("journal-*"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A line for each time that a journal has the disk hold it."""
    events: list[str] = []
    sync = journal.sync

    def noted(file: int) -> None:
        sync(file)
        events.append("synced")

    monkeypatch.setattr(journal, "sync", noted)
    return events


def outbound(sent: list[Any]) -> NodeOutbound:
    """An end that puts a line into a list for each message."""

    def post(endpoint: Endpoint, address: Any, bodies: list[bytes]) -> None:
        sent.extend(["sent"] * len(bodies))

    return NodeOutbound(Endpoint(address="here"), post, str, {})


def refused(life: Any) -> hf.DurabilityError:
    with pytest.raises(hf.DurabilityError) as caught:
        life()
    return caught.value


# --- coming back -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("every", [1, 2, 1_000])
def test_a_flow_begins_as_new_with_what_its_durable_operators_held(folder: Path, every: int) -> None:
    life = Life(folder, snapshot_every=every)
    assert life.tick((1, "ann"), (1, "bob")) == ["begun", (1, "ann"), 2]
    assert life.tick((2, "bob")) == [(1, "ann"), (2, "bob"), 3]

    for _ in range(2):
        life.again()

        assert (life.flow.current_tick(), life.out) == (0, [])
        assert life.flow.state("log").value == [(1, "ann"), (1, "bob"), (2, "bob")]
        assert life.tick() == ["begun", (1, "ann"), (2, "bob"), 0]
    assert life.tick((2, "ann"), (3, "cid")) == [(1, "ann"), (2, "bob"), (3, "cid"), 2]


@pytest.mark.parametrize("operator", LASTING, ids=lambda one: one.name)
@pytest.mark.parametrize("lifetimes", ["durable", "durable, 'static", "static, 'durable"])
def test_a_folder_and_a_restart_in_the_simulation_agree(folder: Path, operator: Any, lifetimes: str) -> None:
    if "," in lifetimes and operator.most_persistences < 2:
        return
    text = text_of(operator.name, lifetimes)
    net = hf.Network(seed=1)
    net.node("a", hf.compile(text, {**NAMES, **{name: hf.channel() for name in inputs_of(text)}, "log": []}))
    log: list[Any] = []
    flow = None
    for batch, restarts in zip(batches(), (False, True, False, True), strict=True):
        if restarts:
            net.crash("a")
            net.restart("a", "durable")
        if restarts or flow is None:
            if flow is not None:
                flow.close()
            channels = {name: hf.channel() for name in inputs_of(text)}
            flow = hf.compile(text, {**NAMES, **channels, "log": log})
            flow.durable(folder, write="operators", snapshot_every=2)
        for name, channel in channels.items():
            for item in batch[name]:
                net.send("a", name, item)
                channel.send(item)

        net.tick("a")
        flow.run_tick()

        # In which order an operator finds again what both of its sides have is not promised.
        assert Counter(map(repr, log)) == Counter(map(repr, net["a"]["log"]))
        assert flow.current_tick() == net["a"].flow.current_tick()


def test_a_tick_that_was_aborted_leaves_what_it_had_changed(folder: Path) -> None:
    text = "source_stream(asked) -> map(|x| 6 // x) -> log; log = fold::<'durable>(list, |l, x| l.append(x)) -> null();"
    text = text.replace("map(|x| 6 // x) -> log;", "log;").replace("l.append(x)", "l.append(6 // x)")
    life = Life(folder, text)
    with pytest.raises(ZeroDivisionError):
        life.tick(1, 2, 0, 3)

    life.again()

    assert life.flow.state("log").value == [6, 3]


def test_a_flow_that_awaits_may_keep_its_durable_operators(folder: Path) -> None:
    async def ask(item: int) -> int:
        return item + 1

    text = """
        source_stream(asked) -> map(ask) -> resolve_futures_blocking() -> persist::<'durable>() -> for_each(out.append);
    """
    life = Life(folder, text, {"ask": ask})
    life.asked.send(1)
    asyncio.run(life.flow.run_available_async())

    life.again()
    life.asked.send(4)
    asyncio.run(life.flow.run_available_async())

    assert life.out == [2, 5]


def test_instances_of_the_namespaces_classes_come_back(folder: Path) -> None:
    life = Life(
        folder, names={"Vote": Vote}, text="source_stream(asked) -> persist::<'durable>() -> for_each(out.append);"
    )
    life.tick(Vote(1, "ann"))

    life.again()

    assert life.tick(Vote(2, "bob")) == [Vote(1, "ann"), Vote(2, "bob")]


def test_ticks_may_ask_chance_since_none_runs_again(folder: Path) -> None:
    drawn = iter(range(100))
    text = "source_stream(asked) -> map(|x| x + next(drawn)) -> log; log = fold::<'durable>(list, |l, x| l.append(x));"
    life = Life(folder, text, {"drawn": drawn})
    life.tick(10, 20)

    life.again()

    assert life.flow.state("log").value == [10, 21]


# --- what is written -------------------------------------------------------------------------------------------------


def test_a_tick_that_changes_no_durable_state_writes_nothing(folder: Path, synced: list[str]) -> None:
    life = Life(folder, VOTER.replace("votes = reduce", "votes = filter(|(term, _)| term) -> reduce"))
    life.tick((1, "ann"))
    size, count = life.journal.stat().st_size, len(synced)

    life.tick()
    assert (life.journal.stat().st_size, len(synced)) == (size, count)
    life.tick((1, "bob"))
    assert life.journal.stat().st_size > size
    assert len(synced) == count + 1


def test_a_tick_in_which_nothing_comes_to_durable_operators_looks_at_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = Life(folder)
    life.tick((1, "ann"))
    monkeypatch.setattr(Followed, "edit", None)

    assert life.tick() == [(1, "ann"), 1]


def test_a_log_that_grows_is_not_written_whole(folder: Path) -> None:
    life = Life(folder)
    grown = []
    for term in range(200):
        before = life.journal.stat().st_size
        life.tick((term, "ann"))
        grown.append(life.journal.stat().st_size - before)

    assert max(grown[-10:]) < 2 * max(grown[:10])
    life.again()
    assert len(life.flow.state("log").value) == 200


def test_all_is_written_now_and_then_and_the_journal_begins_anew(folder: Path) -> None:
    life = Life(folder, snapshot_every=5)
    for term in range(12):
        life.tick((term, "ann"))

    assert [path.name for path in folder.glob("journal-*")] == ["journal-000000000010"]
    life.again()
    life.tick((12, "ann"))
    life.again()
    assert len(life.flow.state("log").value) == 13


def test_what_a_tick_has_changed_is_on_the_disk_before_its_messages_leave(folder: Path, synced: list[str]) -> None:
    life = Life(folder, SEND, {"outbound": outbound(synced)})
    synced.clear()

    life.tick("a")
    life.tick()
    life.tick("b")

    assert synced == ["synced", "sent", "sent", "synced", "sent", "sent"]


def test_while_the_disk_is_full_no_message_leaves(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    life = Life(folder, SEND, {"outbound": outbound(sent)})
    append = journal.Journal.append

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(journal.Journal, "append", full)
    error = refused(lambda: life.tick("a"))
    assert (error.diagnostics[0].code, sent) == ("HF702", [])
    monkeypatch.setattr(journal.Journal, "append", append)
    life.tick("b")

    assert len(sent) == 3
    life.again()
    assert life.flow.state("persist").value == ["a", "b"]


def test_an_interrupt_between_the_disk_and_the_memory_loses_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = Life(folder)
    life.tick((1, "ann"))
    append = journal.Journal.append

    def interrupted(*given: Any, **named: Any) -> None:
        append(*given, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(journal.Journal, "append", interrupted)
    with pytest.raises(KeyboardInterrupt):
        life.tick((2, "ann"))
    monkeypatch.setattr(journal.Journal, "append", append)
    life.tick((3, "ann"))

    life.again()

    assert life.flow.state("log").value == [(1, "ann"), (2, "ann"), (3, "ann")]


def test_a_flow_lists_its_durable_operators() -> None:
    text = (
        "source_iter([1]) -> persist::<'durable>() -> sums; sums = fold::<'durable>(int, |a, b| a + b); sums -> null();"
    )

    assert hf.compile(text).durable_operators == ["persist", "sums"]
    assert hf.compile(text.replace("'durable", "'static")).durable_operators == []


# --- what is refused -------------------------------------------------------------------------------------------------


def test_a_flow_without_durable_operators_is_refused(folder: Path) -> None:
    error = refused(lambda: Life(folder, VOTER.replace("'durable", "'static")))

    assert error.diagnostics[0].code == "HF707"
    assert "no operator of this flow is `'durable`" in str(error)
    assert not folder.exists()


def test_another_text_of_a_durable_operator_is_refused_with_what_differs(folder: Path) -> None:
    Life(folder).flow.close()

    error = refused(lambda: Life(folder, VOTER.replace("log.append(vote)", "log.append(vote[0])")))

    assert error.diagnostics[0].code == "HF705"
    assert "-log = fold::<'durable>(list, |log, vote| log.append(vote))" in str(error)
    assert "votes" not in str(error.diagnostics[0].message)


def test_the_text_around_durable_operators_that_have_names_may_change(folder: Path) -> None:
    life = Life(folder)
    life.tick((1, "ann"))
    life.flow.close()

    other = Life(folder, VOTER.replace("asked -> log;", "asked -> filter(|(term, _)| term > 1) -> log;"))

    assert other.flow.state("log").value == [(1, "ann")]


def test_durable_operators_without_names_that_change_places_are_refused(folder: Path) -> None:
    text = """
        source_stream(asked) -> persist::<'durable>() -> for_each(out.append);
        source_stream(others) -> persist::<'durable>() -> for_each(|x| out.append(-x));
    """
    Life(folder, text, {"others": hf.channel()}).flow.close()
    turned = text.replace("asked", "?").replace("others", "asked").replace("?", "others")

    assert refused(lambda: Life(folder, turned, {"others": hf.channel()})).diagnostics[0].code == "HF705"


def test_another_text_goes_on_by_what_a_function_makes_of_the_old_state(folder: Path) -> None:
    life = Life(folder)
    life.tick((1, "ann"))
    life.tick((2, "bob"))
    life.flow.close()
    new = VOTER.replace("log.append(vote)", "log.append(vote[0])")
    names = {"asked": hf.channel(), "out": []}

    flow = hf.compile(new, names).migrate(
        VOTER, lambda old: {**old, "log": {"acc": [term for term, _ in old["log"]["acc"]]}}
    )
    flow.durable(folder, write="operators").close()
    again = hf.compile(new, names).migrate(VOTER, lambda old: {}).durable(folder, write="operators")

    assert again.state("log").value == [1, 2]
    assert again.state("votes").value == {1: "ann", 2: "bob"}
    error = refused(
        lambda: hf.compile(VOTER, names).migrate(new, lambda old: {"x": {"acc": 1}}).durable(folder, write="operators")
    )
    assert error.diagnostics[0].code == "HF701"
    again.close()
    error = refused(
        lambda: hf.compile(VOTER, names).migrate(new, lambda old: {"x": {"acc": 1}}).durable(folder, write="operators")
    )
    assert "does not hold `acc` of `x`" in str(error)


@pytest.mark.parametrize(("first", "then"), [("operators", "journal"), ("state", "operators")])
def test_a_folder_that_keeps_something_else_is_refused(folder: Path, first: Any, then: Any) -> None:
    names = {"asked": hf.channel(), "out": []}
    hf.compile(VOTER, names).durable(folder, first).close()

    error = refused(lambda: hf.compile(VOTER, names).durable(folder, then))

    assert error.diagnostics[0].code == "HF704"
    assert '`write="operators"`' in str(error) or '`write="journal"`' in str(error)


def test_a_second_flow_is_refused_while_the_first_one_has_the_folder(folder: Path) -> None:
    life = Life(folder)

    assert refused(lambda: Life(folder)).diagnostics[0].code == "HF701"
    life.flow.close()
    Life(folder)


def test_state_that_cannot_be_written_is_told_with_its_operator_and_nothing_is_sent(folder: Path) -> None:
    life = Life(folder)

    error = refused(lambda: life.tick((1, open)))

    assert error.diagnostics[0].code == "HF706"
    assert error.diagnostics[0].span.text.startswith(("reduce_keyed", "fold"))


def test_a_change_that_was_not_written_whole_is_cut_off(folder: Path) -> None:
    life = Life(folder)
    life.tick((1, "ann"))
    mark = (folder / "mark").read_bytes()
    life.tick((2, "ann"))
    life.flow.close()
    life.journal.write_bytes(life.journal.read_bytes()[:-3])
    (folder / "mark").write_bytes(mark)

    life.begin()

    assert life.flow.state("log").value == [(1, "ann")]


@pytest.mark.parametrize("place", [60, -5])
def test_a_flipped_bit_is_told_with_its_file(folder: Path, place: int) -> None:
    life = Life(folder)
    life.tick((1, "ann"))
    life.flow.close()
    for name in (life.journal.name, "snapshot"):
        file = folder / name
        whole = file.read_bytes()
        flipped = bytearray(whole)
        flipped[place] ^= 4
        file.write_bytes(flipped)

        error = refused(life.begin)

        assert error.diagnostics[0].code == "HF703"
        assert str(file) in str(error)
        file.write_bytes(whole)


def test_changes_that_do_not_belong_to_the_snapshot_are_refused(folder: Path, tmp_path: Path) -> None:
    life = Life(folder)
    snapshot = (folder / "snapshot").read_bytes()
    life.tick((1, "ann"))
    life.flow.close()
    (folder / "snapshot").unlink()
    assert "the snapshot that it follows is missing" in str(refused(life.begin))

    (folder / "snapshot").write_bytes(snapshot)
    life.begin()
    assert life.flow.state("log").value == [(1, "ann")]


def test_such_a_flow_does_not_go_back(folder: Path) -> None:
    life = Life(folder)
    life.flow.record()
    life.tick((1, "ann"))

    with pytest.raises(hf.HydroflowError, match="goes back"):
        life.flow.rewind(0)
