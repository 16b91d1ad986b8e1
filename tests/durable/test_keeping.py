from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.durable.store import SNAPSHOT


@dataclass
class Order:
    who: str
    amount: int


SUM = "source_stream(orders) -> fold::<'static>(|| 0, |total, x| total + x) -> for_each(out.append);"


class Life:
    """A flow that is durable, in one life after the other: each has channels and lists of its own."""

    def __init__(self, folder: Path, text: str, *, names: dict[str, Any] | None = None, **options: Any) -> None:
        self.folder, self.text, self.names, self.options = folder, text, names or {}, options
        self.begin()

    def begin(self) -> None:
        self.orders, self.out = hf.channel(), list[Any]()
        names = {"orders": self.orders, "out": self.out, "hf": hf, **self.names}
        self.flow = hf.compile(self.text, names).durable(self.folder, **self.options)

    def tick(self, *items: Any) -> list[Any]:
        """What came out of a tick that took these items in."""
        for item in items:
            self.orders.send(item)
        before = len(self.out)
        self.flow.run_tick()
        return self.out[before:]

    def end_within_a_tick(self) -> None:
        """End as a process that is killed before it has said that its last tick has ended."""
        mark = (self.folder / "mark").read_bytes()
        self.flow.close()
        journal = self.folder / "journal-000000000000"
        data = journal.read_bytes()
        journal.write_bytes(data[: data.rindex(b"came") - 18])
        (self.folder / "mark").write_bytes(mark)

    def again(self) -> None:
        """End as a killed process does, and begin again."""
        self.flow.close()
        self.begin()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def refused(life: Any) -> hf.DurabilityError:
    with pytest.raises(hf.DurabilityError) as caught:
        life()
    return caught.value


# --- coming back -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", ["journal", "state"])
@pytest.mark.parametrize("every", [1, 2, 1_000])
def test_a_flow_goes_on_where_it_was(folder: Path, write: str, every: int) -> None:
    life = Life(folder, SUM, write=write, snapshot_every=every)
    assert life.tick(1, 2) == [3]
    assert life.tick() == [3]
    assert life.tick(4) == [7]

    life.again()

    assert life.flow.current_tick() == 3
    assert life.out == []
    assert life.tick(10) == [17]
    life.again()
    life.again()
    assert life.tick() == [17]


EVERY_KIND = """
    items = source_stream(orders) -> tee();
    items -> map(|x| (x % 3, x)) -> [0]j;
    source_iter([(0, "zero"), (1, "one"), (2, "two")]) -> [1]j;
    j = join::<'static, 'static>() -> sort() -> for_each(|x| out.append(("join", x)));
    items -> unique::<'static>() -> for_each(|x| out.append(("unique", x)));
    items -> enumerate::<'static>() -> for_each(|x| out.append(("enumerate", x)));
    items -> map(|x| (x % 2, x)) -> fold_keyed::<'static>(|| [], |acc, x| acc + [x]) -> sort()
        -> for_each(|x| out.append(("keyed", x)));
    items -> map(|x| hf.lattices.Max(x)) -> lattice_fold::<'static>(|| hf.lattices.Max(0))
        -> for_each(|x| out.append(("max", x)));
    items -> persist::<'static>() -> fold::<'tick>(|| 0, |a, b| a + b) -> for_each(|x| out.append(("persist", x)));
    items -> defer_tick() -> map(|x| -x) -> for_each(|x| out.append(("deferred", x)));
    items -> reduce::<'static>(|a, b| a * b) -> for_each(|x| out.append(("reduce", x)));
    items -> map(|x| (x, x)) -> multiset_delta() -> for_each(|x| out.append(("delta", x)));
    items -> [0]z; items -> defer_tick() -> [1]z;
    z = zip::<'static, 'static>() -> for_each(|x| out.append(("zip", x)));
    initialize() -> for_each(|x| out.append(("initialize", x)));
    items -> [pos]d; items -> filter(|x| x > 5) -> [neg]d;
    d = difference::<'tick, 'static>() -> for_each(|x| out.append(("difference", x)));
    items -> [pos]all; items -> filter(|x| x > 5) -> [neg]all;
    all = difference::<'static>() -> for_each(|x| out.append(("difference of all", x)));
    items -> [pos]back; items -> filter(|x| x > 5) -> [neg]back;
    back = difference::<'static, 'tick>() -> unique::<'static>() -> for_each(|x| out.append(("held back", x)));
    items -> map(|x| (x % 3, x)) -> [probe]half; items -> map(|x| (x % 2, x)) -> [build]half;
    half = join_multiset_half::<'static>() -> for_each(|x| out.append(("half", x)));
    items -> map(|x| (x % 3, x)) -> [probe]once; items -> map(|x| (x % 2, x)) -> [build]once;
    once = join_multiset_half::<'static>() -> unique::<'static>() -> for_each(|x| out.append(("half, once", x)));
    hop = union() -> unique::<'static>() -> tee();
    items -> hop; hop -> filter(|x| x < 4) -> map(|x| x + 10) -> hop; hop -> for_each(|x| out.append(("hop", x)));
"""


@pytest.mark.parametrize(("write", "every"), [("journal", 1), ("journal", 1_000), ("state", 1)])
def test_each_operator_that_remembers_goes_on_where_it_was(folder: Path, write: str, every: int) -> None:
    batches = [[1, 2], [3], [], [2, 7], [8], [1, 1, 9], []]
    never_ended = Life(folder / "one", EVERY_KIND, write=write, snapshot_every=every)
    expected = [never_ended.tick(*batch) for batch in batches]

    for kill in (1, 3, 4):
        life = Life(folder / str(kill), EVERY_KIND, write=write, snapshot_every=every)
        found = []
        for number, batch in enumerate(batches):
            if number in (kill, kill + 2):
                life.again()
            found.append(life.tick(*batch))

        assert [sorted(map(repr, one)) for one in found] == [sorted(map(repr, one)) for one in expected], kill


def test_what_is_optimised_away_changes_nothing_in_what_is_kept(folder: Path) -> None:
    life = Life(folder, EVERY_KIND, snapshot_every=1)
    life.tick(1, 2)
    life.flow.close()
    out: list[Any] = []
    names = {"orders": (orders := hf.channel()), "out": out, "hf": hf}
    plain = hf.compile(EVERY_KIND, names, without={"all"}).durable(folder)
    orders.send(4)

    plain.run_tick()

    assert ("persist", 7) in out
    assert ("enumerate", (2, 4)) in out


def test_instances_of_the_namespaces_classes_come_back(folder: Path) -> None:
    text = """
        source_stream(orders) -> map(|o| (o.who, o)) -> reduce_keyed::<'static>(|a, b| a if a.amount > b.amount else b)
            -> for_each(out.append);
    """
    life = Life(folder, text, names={"Order": Order}, snapshot_every=1)
    life.tick(Order("ann", 3))

    life.again()

    assert life.tick(Order("ann", 1)) == [("ann", Order("ann", 3))]


def test_the_instant_of_a_tick_is_the_same_when_it_runs_again(folder: Path) -> None:
    text = """
        source_stream(orders) -> map(|x| context.current_tick_start()) -> map(|t| t.isoformat())
            -> reduce::<'static>(|a, b| a) -> for_each(out.append);
    """
    life = Life(folder, text)
    first = life.tick(1)

    life.again()

    assert life.tick() == first


def test_a_file_that_is_read_comes_in_the_first_tick_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_text("one\ntwo\n")
    text = "source_file(path) -> map(|line| 1) -> fold::<'static>(|| 0, |a, b| a + b) -> for_each(out.append);"
    life = Life(folder, text, names={"path": str(tmp_path / "lines.txt")})
    assert life.tick() == [2]

    life.again()

    assert life.tick() == [2]


def test_a_tick_that_had_ended_has_no_effects_when_it_runs_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    life = Life(folder, "source_stream(orders) -> inspect(print) -> tee() -> for_each(out.append);")
    life.tick("hello")
    capsys.readouterr()

    life.again()

    assert life.out == []
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "call",
    [
        "fold::<'static>(|| 0, |a, b| a + b)",
        "reduce::<'static>(|a, b| a + b)",
        "map(hf.lattices.Max) -> state::<'static, hf.lattices.Max>()",
    ],
)
def test_what_an_operator_holds_that_nothing_reads_is_found_again(folder: Path, call: str) -> None:
    life = Life(folder, f"kept = source_stream(orders) -> {call};", snapshot_every=2)
    for number in range(1, 4):
        life.tick(number)
    before = life.flow.state("kept").value

    life.again()

    assert life.flow.state("kept").value == before


def test_a_tick_that_had_not_ended_runs_again_with_its_effects(folder: Path) -> None:
    life = Life(folder, SUM)
    life.tick(1)
    life.tick(2)
    life.end_within_a_tick()

    life.begin()

    assert life.flow.is_scheduled()
    assert life.out == []
    life.flow.run_available()
    assert life.out == [3]
    assert life.flow.current_tick() == 2
    life.again()
    assert not life.flow.is_scheduled()
    assert life.tick() == [3]


def test_a_fault_is_not_raised_again_at_a_restart(folder: Path) -> None:
    life = Life(
        folder,
        "source_stream(orders) -> map(|x| 10 // x) -> fold::<'static>(|| 0, |a, b| a + b) -> for_each(out.append);",
    )
    life.tick(5)
    with pytest.raises(ZeroDivisionError):
        life.tick(2, 0, 1)

    life.again()

    assert life.flow.current_tick() == 2
    assert life.tick(10) == [3]


def test_a_recording_and_breakpoints_work_beside_it(folder: Path) -> None:
    life = Life(folder, SUM)
    life.flow.record()
    life.tick(1)
    life.flow.break_on("source_stream -> fold")
    life.orders.send(2)
    life.flow.run_tick()

    assert life.flow.stopped_at is not None
    life.flow.breakpoints.clear()
    life.flow.run_available()
    assert life.out == [1, 3]
    assert [tick.tick for tick in life.flow.recording.ticks] == [0, 1]
    life.again()
    assert life.tick() == [3]


def test_items_that_a_tick_deferred_are_kept_with_the_edge_that_they_wait_on(folder: Path) -> None:
    life = Life(folder, "source_stream(orders) -> defer_tick() -> for_each(out.append);", snapshot_every=1)
    life.tick(1, 2)

    life.again()

    assert life.flow.is_scheduled()
    assert life.tick() == [1, 2]


def test_what_closures_share_is_kept(folder: Path) -> None:
    def begun() -> Any:
        handles: list[Any] = []

        def count(context: Any, item: int) -> int:
            if not handles:
                handles.append(context.add_state(0))
            context.state[handles[0]] += item
            return int(context.state[handles[0]])

        return count

    text = "source_stream(orders) -> map(|x| count(context, x)) -> for_each(out.append);"
    life = Life(folder, text, names={"count": begun()}, snapshot_every=1)
    assert life.tick(1) == [1]

    life.names = {"count": begun()}
    life.again()

    assert life.tick(2) == [3]


# --- what is refused -------------------------------------------------------------------------------------------------


def test_another_text_is_refused_with_what_differs(folder: Path) -> None:
    life = Life(folder, SUM)
    life.tick(1)
    life.flow.close()

    error = refused(lambda: Life(folder, SUM.replace("total + x", "total - x")))

    assert error.diagnostics[0].code == "HF705"
    assert "-fold = fold::<'static>(|| 0, |total, x| total + x)" in str(error)
    assert "+fold = fold::<'static>(|| 0, |total, x| total - x)" in str(error)


def test_a_text_that_is_only_written_otherwise_is_the_same(folder: Path) -> None:
    life = Life(folder, SUM)
    life.tick(1)
    life.flow.close()

    other = Life(folder, "// the sum\n" + SUM.replace(" -> ", "\n    -> "))

    assert other.tick(1) == [2]


def test_another_text_goes_on_by_what_a_function_makes_of_the_old_state(folder: Path) -> None:
    life = Life(folder, SUM)
    life.tick(1, 2)
    life.flow.close()
    text = SUM.replace("|| 0, |total, x| total + x", "|| (0, 0), |acc, x| (acc[0] + x, acc[1] + 1)")
    orders, out = hf.channel(), list[Any]()
    flow = hf.compile(text, {"orders": orders, "out": out})

    flow.migrate(SUM, lambda old: {"fold": {"acc": (old["fold"]["acc"], 0)}}).durable(folder)

    orders.send(5)
    flow.run_tick()
    assert out == [(8, 1)]
    flow.close()
    again = hf.compile(text, {"orders": orders, "out": out})
    again.migrate(SUM, lambda old: {}).durable(folder).run_tick()
    assert out == [(8, 1), (8, 1)]


def test_a_tick_that_had_not_ended_before_a_migration_runs_in_the_new_text(folder: Path) -> None:
    life = Life(folder, SUM)
    life.tick(1)
    life.tick(2)
    life.end_within_a_tick()
    new = SUM.replace("fold::<'static>(|| 0, |total, x| total + x)", "fold::<'static>(|| 0, |total, x| total - x)")
    orders, out = hf.channel(), list[Any]()

    hf.compile(new, {"orders": orders, "out": out}).migrate(SUM, lambda old: old).durable(folder).close()
    flow = hf.compile(new, {"orders": orders, "out": out}).durable(folder)

    flow.run_available()
    assert out == [-1]


def test_what_a_migration_makes_for_an_operator_that_there_is_not_is_refused(folder: Path) -> None:
    life = Life(folder, SUM)
    life.flow.close()
    flow = hf.compile(SUM.replace("0,", "1,"), {"orders": hf.channel(), "out": []})

    error = refused(lambda: flow.migrate(SUM, lambda old: {"sum": {"acc": 1}}).durable(folder))

    assert error.diagnostics[0].code == "HF705"
    assert "does not hold `acc` of `sum`" in str(error)
    assert "it holds `acc` of `fold`" in str(error)


def test_state_that_cannot_be_written_is_told_with_its_operator(folder: Path) -> None:
    error = refused(lambda: Life(folder, "source_stream(orders) -> fold::<'static>(|| open, |a, x| a) -> null();"))

    assert error.diagnostics[0].code == "HF706"
    assert error.diagnostics[0].span.text == "fold::<'static>(|| open, |a, x| a)"


def test_an_item_that_cannot_be_written_keeps_its_tick_from_beginning(folder: Path) -> None:
    life = Life(folder, SUM)

    with pytest.raises(hf.DurabilityError, match="what a tick takes in cannot be written to the folder"):
        life.tick(1, object())

    assert life.flow.current_tick() == 0
    assert life.flow.faults == []
    assert life.flow.inputs["orders"].count() == 2


def test_a_flow_that_has_run_is_refused(folder: Path) -> None:
    flow = hf.compile(SUM, {"orders": hf.channel(), "out": []})
    flow.run_tick()

    error = refused(lambda: flow.durable(folder))

    assert error.diagnostics[0].code == "HF707"
    assert not folder.exists()


def test_a_flow_that_awaits_is_refused_with_the_operator(folder: Path) -> None:
    async def ask(item: int) -> int:
        return item

    text = "source_stream(orders) -> map(ask) -> resolve_futures() -> for_each(out.append);"
    error = refused(lambda: Life(folder, text, names={"ask": ask}))

    assert error.diagnostics[0].code == "HF707"
    assert error.diagnostics[0].span.text.startswith("resolve_futures")


def test_a_file_that_is_emptied_at_each_start_is_refused(folder: Path, tmp_path: Path) -> None:
    text = "source_stream(orders) -> map(str) -> dest_file(path, {});"
    names = {"path": str(tmp_path / "lines.txt")}

    error = refused(lambda: Life(folder, text.replace("{}", "False"), names=names))
    life = Life(folder, text.replace("{}", "True"), names=names)
    life.tick(1)
    life.again()
    life.tick(2)
    life.flow.close()

    assert error.diagnostics[0].code == "HF707"
    assert (tmp_path / "lines.txt").read_text() == "1\n2\n"


def test_what_is_not_deterministic_is_told_by_the_name_of_the_output(folder: Path) -> None:
    numbers = iter(range(1_000))
    life = Life(
        folder,
        "source_stream(orders) -> map(|x| x + chance()) -> for_each(out.append);",
        names={"chance": lambda: next(numbers)},
    )
    life.tick(1)
    life.tick(1)

    error = refused(life.again)

    assert error.diagnostics[0].code == "HF708"
    assert "tick 0 was run again, and gave something else: `out` gave other items, as many (1)" in str(error)


def test_state_that_is_written_after_each_tick_needs_nothing_to_be_deterministic(folder: Path) -> None:
    numbers = iter(range(1_000))
    text = (
        "source_stream(orders) -> map(|x| x + chance()) -> fold::<'static>(|| 0, |a, b| a + b) -> for_each(out.append);"
    )
    life = Life(folder, text, names={"chance": lambda: next(numbers)}, write="state")
    life.tick(1)
    last = life.tick(1)

    life.again()

    assert life.tick() == last


def test_the_order_in_which_items_of_a_tick_come_out_may_differ(folder: Path) -> None:
    turn = iter([False, True, False])
    text = "source_stream(orders) -> flat_map(|x| turned(x)) -> for_each(out.append);"
    life = Life(folder, text, names={"turned": lambda x: x[::-1] if next(turn) else x})
    life.tick([1, 2, 3])

    life.again()

    assert life.flow.current_tick() == 1


@pytest.mark.parametrize("do", ["reset", "rewind"])
def test_a_durable_flow_does_not_go_back(folder: Path, do: str) -> None:
    life = Life(folder, SUM)
    life.flow.record()
    life.tick(1)

    with pytest.raises(hf.HydroflowError, match="is kept in"):
        life.flow.reset() if do == "reset" else life.flow.rewind(0)


@pytest.mark.parametrize(
    ("options", "message"), [({"write": "pickle"}, "not 'pickle'"), ({"snapshot_every": 0}, "not after 0")]
)
def test_options_that_there_are_not_are_refused(folder: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Life(folder, SUM, **options)


def test_a_flow_that_was_refused_can_still_run(folder: Path) -> None:
    life = Life(folder, SUM)
    life.tick(1)
    orders, out = hf.channel(), list[Any]()
    second = hf.compile(SUM, {"orders": orders, "out": out})

    refused(lambda: second.durable(folder))
    second.durable(folder.with_name("other")).run_tick()

    assert out == [0]


def test_a_class_that_the_namespace_has_no_more_is_told(folder: Path) -> None:
    text = "source_stream(orders) -> persist::<'static>() -> for_each(out.append);"
    life = Life(folder, text, names={"Order": Order}, snapshot_every=1)
    life.tick(Order("ann", 3))
    life.flow.close()

    error = refused(lambda: Life(folder, text))

    assert error.diagnostics[0].code == "HF703"
    assert "has no class 'Order'" in str(error)


def test_state_is_not_written_more_often_than_is_said(folder: Path) -> None:
    life = Life(folder, SUM, snapshot_every=3)
    before = (folder / SNAPSHOT).read_bytes()
    life.tick(1)
    life.tick(1)
    assert (folder / SNAPSHOT).read_bytes() == before

    life.tick(1)

    assert (folder / SNAPSHOT).read_bytes() != before
    assert [path.name for path in folder.glob("journal-*")] == ["journal-000000000003"]


def test_a_disk_that_took_nothing_when_a_tick_ended_takes_all_before_the_next_one(folder: Path) -> None:
    from hydroflow_nb.durable.journal import Journal

    life = Life(folder, SUM)
    life.tick(1)
    whole = Journal.append

    def full(self: Journal, payload: bytes, *, synced: bool = True) -> None:
        if b"came" in payload:
            raise OSError(28, "No space left on device")
        whole(self, payload, synced=synced)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "append", full)
        assert refused(lambda: life.tick(2)).diagnostics[0].code == "HF702"

    assert life.tick(4) == [7]
    life.again()
    assert life.tick() == [7]


def test_a_flow_that_runs_on_stops_where_the_disk_takes_no_more(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    import asyncio

    from hydroflow_nb.durable.journal import Journal

    async def run() -> None:
        life = Life(folder, SUM)
        task = life.flow.start()
        life.orders.send(1)
        await asyncio.sleep(0.05)
        with pytest.MonkeyPatch.context() as patch:

            def full(self: Journal, payload: bytes, *, synced: bool = True) -> None:
                raise OSError(28, "No space left on device")

            patch.setattr(Journal, "append", full)
            life.orders.send(2)
            with pytest.raises(hf.DurabilityError, match="cannot be written: No space left on device"):
                await task
        assert life.out == [1]
        life.flow.start()
        await asyncio.sleep(0.05)
        assert life.out == [1, 3]
        life.again()
        assert life.tick() == [3]

    with caplog.at_level(logging.CRITICAL):
        asyncio.run(run())
