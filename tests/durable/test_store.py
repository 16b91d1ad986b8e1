from __future__ import annotations

import logging
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hydroflow_nb.durable.store import SNAPSHOT, Store
from hydroflow_nb.errors import DurabilityError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def filled(folder: Path, *records: bytes, unsynced: bytes | None = None) -> Path:
    """A folder whose journal has these records, and one that nobody waited for; the path of the journal."""
    store = Store(folder)
    for one in records:
        store.append(one)
    if unsynced is not None:
        store.append(unsynced, synced=False)
    store.close()
    return folder / "journal-000000000000"


def records_of(folder: Path) -> list[bytes]:
    store = Store(folder)
    store.close()
    return store.kept.records


def code_of(error: DurabilityError) -> str:
    return error.diagnostics[0].code


def refused(folder: Path) -> DurabilityError:
    with pytest.raises(DurabilityError) as caught:
        Store(folder)
    return caught.value


# --- what comes back -------------------------------------------------------------------------------------------------


def test_a_new_folder_is_made_and_holds_nothing(folder: Path) -> None:
    store = Store(folder)

    assert store.kept.snapshot is None
    assert (store.kept.tick, store.kept.records) == (0, [])
    store.close()


def test_what_was_appended_comes_back_in_its_order(folder: Path) -> None:
    filled(folder, b"one", b"", b"\0" * 5000, b"four")

    assert records_of(folder) == [b"one", b"", b"\0" * 5000, b"four"]


def test_what_was_not_synced_comes_back_after_the_process_has_ended(folder: Path) -> None:
    store = Store(folder)
    store.append(b"done", synced=False)
    store.close()

    assert records_of(folder) == [b"done"]


def test_the_identity_is_drawn_once(folder: Path, tmp_path: Path) -> None:
    identities = set()
    for _ in range(2):
        store = Store(folder)
        identities.add(store.identity)
        store.close()
    other = Store(tmp_path / "other")
    other.close()

    assert len(identities) == 1
    assert other.identity not in identities


def test_a_snapshot_takes_the_place_of_the_records_before_it(folder: Path) -> None:
    store = Store(folder)
    store.append(b"tick 0")
    store.snapshot(1, [b"part", b"another"])
    store.append(b"tick 1")
    store.close()

    found = Store(folder)
    assert found.kept.tick == 1
    assert found.kept.snapshot == [b"part", b"another"]
    assert found.kept.records == [b"tick 1"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "identity.json",
        "journal-000000000001",
        "lock",
        "mark",
        SNAPSHOT,
    ]
    found.close()


@pytest.mark.parametrize("instant", ["journal begun", "snapshot half written", "old journal left"])
def test_a_process_that_ends_while_it_takes_a_snapshot_loses_nothing(folder: Path, instant: str) -> None:
    old = filled(folder, b"tick 0", b"tick 1")
    kept = old.read_bytes()
    store = Store(folder)
    store.snapshot(2, [b"state"])
    store.close()
    old.write_bytes(kept)
    if instant != "old journal left":
        (folder / SNAPSHOT).unlink()
    if instant == "snapshot half written":
        (folder / f"{SNAPSHOT}.part").write_bytes(b"stat")

    found = Store(folder)
    found.append(b"tick 2")
    found.close()
    again = Store(folder)
    again.close()

    if instant == "old journal left":
        assert (again.kept.tick, again.kept.snapshot, again.kept.records) == (2, [b"state"], [b"tick 2"])
    else:
        assert (again.kept.tick, again.kept.snapshot) == (0, None)
        assert again.kept.records == [b"tick 0", b"tick 1", b"tick 2"]


def test_the_disk_holds_all_of_a_journal_before_another_one_is_begun(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else power that fails before the snapshot is there leaves a hole between the two journals."""
    store = Store(folder)
    store.append(b"tick 0", synced=False)
    (journal,) = folder.glob("journal-*")
    name = "fdatasync" if hasattr(os, "fdatasync") else "fsync"
    sync, whole, held = getattr(os, name), journal.stat().st_size, []

    def synced(file: int) -> None:
        sync(file)
        held.append(
            (os.path.sameopenfile(file, seen.fileno()), os.fstat(file).st_size, len([*folder.glob("journal-*")]))
        )

    monkeypatch.setattr(os, name, synced)
    with journal.open() as seen:
        store.snapshot(1, [b"state"])
    store.close()

    assert held[0] == (True, whole, 1)


# --- what the disk did not keep --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [1, 5, 8, 19])
def test_a_last_record_that_was_not_written_whole_is_cut_off_and_told(
    folder: Path, lost: int, caplog: pytest.LogCaptureFixture
) -> None:
    journal = filled(folder, b"first", unsynced=b"second!!")
    os.truncate(journal, journal.stat().st_size - lost)

    with caplog.at_level(logging.WARNING, "hydroflow_nb"):
        store = Store(folder)
    store.append(b"third")
    store.close()

    assert records_of(folder) == [b"first", b"third"]
    (message,) = [one.getMessage() for one in caplog.records]
    assert f"{journal} is damaged at byte " in message
    assert "the record is cut off: nothing that is in it was acknowledged" in message


@pytest.mark.parametrize("lost", [1, 17, 30, 35])
def test_a_journal_that_lacks_what_was_acknowledged_is_told_wherever_it_is_cut_off(
    folder: Path, lost: int, caplog: pytest.LogCaptureFixture
) -> None:
    # Each record has seventeen bytes: two of these cuts are between records.
    journal = filled(folder, b"first", b"again", b"third", unsynced=b"")
    size = journal.stat().st_size - 12
    os.truncate(journal, size - lost)

    error = refused(folder)

    assert code_of(error) == "HF710"
    held = size - lost - (-lost % 17)
    assert f"{journal} has {held:,} bytes of records, and had {size:,} on the disk" in str(error)
    assert f"without the file {folder / 'mark'} the flow goes on" in str(error)
    assert caplog.records == []
    (folder / "mark").unlink()
    assert records_of(folder) == [b"first", b"again", b"third"][: 2 - (lost > 17) - (lost > 34)]


def test_a_journal_that_is_missing_behind_another_one_is_told(folder: Path) -> None:
    first = filled(folder, b"first")
    kept = first.read_bytes()
    store = Store(folder)
    store.snapshot(1, [b"state"])
    store.append(b"second")
    store.close()
    # As it was while a snapshot was being written.
    (folder / SNAPSHOT).unlink()
    first.write_bytes(kept)
    (folder / "journal-000000000001").unlink()

    error = refused(folder)

    assert code_of(error) == "HF710"
    assert "journal-000000000001 has 0 bytes of records" in str(error)


@pytest.mark.parametrize("mark", [b"", bytes(28), b"half"])
def test_a_mark_that_a_power_cut_kept_from_the_disk_tells_nothing(folder: Path, mark: bytes) -> None:
    filled(folder, b"first")
    (folder / "mark").write_bytes(mark)

    assert records_of(folder) == [b"first"]


def test_a_mark_that_is_not_the_one_that_was_written_is_told(folder: Path) -> None:
    filled(folder, b"first")
    mark = bytearray((folder / "mark").read_bytes())
    mark[-1] ^= 1
    (folder / "mark").write_bytes(mark)

    error = refused(folder)

    assert code_of(error) == "HF703"
    assert "mark is damaged at byte 0" in str(error)


def test_a_mark_of_a_journal_before_the_snapshot_tells_nothing(folder: Path) -> None:
    filled(folder, b"first")
    mark = (folder / "mark").read_bytes()
    store = Store(folder)
    store.snapshot(1, [b"state"])
    store.append(b"second")
    store.close()
    (folder / "mark").write_bytes(mark)

    assert records_of(folder) == [b"second"]


def test_an_end_that_a_file_system_gave_and_nobody_wrote_is_cut_off(folder: Path) -> None:
    journal = filled(folder, b"first")
    with journal.open("ab") as file:
        file.write(bytes(3000))

    assert records_of(folder) == [b"first"]


def test_sectors_that_were_never_written_make_the_last_record_a_torn_one(folder: Path) -> None:
    journal = filled(folder, b"first", unsynced=b"x" * 3000)
    data = bytearray(journal.read_bytes())
    data[1024:] = bytes(len(data) - 1024)
    journal.write_bytes(data)

    assert records_of(folder) == [b"first"]


def test_each_bit_that_flips_is_found_with_file_and_place(folder: Path) -> None:
    journal = filled(folder, b"first", b"second", b"third")
    whole = journal.read_bytes()
    for at in range(len(whole)):
        for bit in (0, 7):
            data = bytearray(whole)
            data[at] ^= 1 << bit
            journal.write_bytes(data)

            error = refused(folder)

            assert code_of(error) == "HF703", (at, bit)
            assert f"{journal} is damaged at byte " in str(error)
    journal.write_bytes(whole)
    assert records_of(folder) == [b"first", b"second", b"third"]


def test_a_record_that_is_missing_in_the_middle_is_found(folder: Path) -> None:
    journal = filled(folder, b"first", b"again", b"third")
    data = journal.read_bytes()
    at = data.index(b"again") - 12
    journal.write_bytes(data[:at] + data[at + 17 :])

    assert f"{journal} is damaged at byte {at:,}" in str(refused(folder))


def test_a_snapshot_that_is_cut_off_is_found_wherever_that_is(folder: Path) -> None:
    store = Store(folder)
    store.snapshot(3, [b"part", b"another"])
    store.close()
    snapshot = folder / SNAPSHOT
    whole = snapshot.read_bytes()
    for size in range(len(whole)):
        snapshot.write_bytes(whole[:size])

        error = refused(folder)

        assert code_of(error) == "HF703", size
        assert f"{snapshot} is damaged at byte " in str(error)


def test_a_journal_that_is_missing_is_told(folder: Path) -> None:
    store = Store(folder)
    store.snapshot(3, [b"part"])
    store.close()
    (folder / "journal-000000000003").unlink()

    assert "journal-000000000003 is damaged at byte 0: the file is missing" in str(refused(folder))


def test_a_journal_of_another_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    journal = filled(folder, b"first")
    filled(tmp_path / "other", b"first").replace(journal)

    assert "it belongs to the folder with the identity" in str(refused(folder))


# --- who may use a folder --------------------------------------------------------------------------------------------


def test_a_folder_that_is_open_is_refused_to_another_flow_of_the_process(folder: Path) -> None:
    store = Store(folder)

    error = refused(folder)

    assert code_of(error) == "HF701"
    assert f"the folder {folder} is in use by another flow of this process" in str(error)
    store.close()
    records_of(folder)


def test_a_folder_that_is_open_is_refused_to_another_process_until_the_first_is_killed(folder: Path) -> None:
    holding = (
        f"from pathlib import Path\nfrom hydroflow_nb.durable.store import Store\ns = Store(Path({str(folder)!r}))"
    )
    script = f"{holding}\ns.append(b'mine')\nprint('open', flush=True)\nimport time\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()

        error = refused(folder)
        other.kill()

    assert f"is in use by process {other.pid}" in str(error)
    assert records_of(folder) == [b"mine"]


def test_a_folder_with_other_files_is_refused(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.tex").write_text("chapter one")

    error = refused(folder)

    assert code_of(error) == "HF704"
    assert "it holds other files, such as thesis.tex" in str(error)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"format": 99, "identity": "00"}', "it has format 99, and this version of hydroflow_nb writes 1"),
        ('{"format": 1, "identity": "x"}', "is not 32 digits in base 16"),
        ("{", "cannot be read"),
        ('{"format": 1}', "cannot be read"),
    ],
)
def test_a_folder_of_another_form_is_refused(folder: Path, text: str, why: str) -> None:
    folder.mkdir()
    (folder / "identity.json").write_text(text)

    error = refused(folder)

    assert code_of(error) == "HF704"
    assert why in str(error)


def test_a_place_where_no_folder_can_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    error = refused(tmp_path / "file" / "kept")

    assert code_of(error) == "HF702"
    assert "cannot be written: Not a directory" in str(error)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_is_read_only_is_told(folder: Path) -> None:
    filled(folder, b"first")
    for path in [*folder.iterdir(), folder]:
        path.chmod(0o500)
    try:
        assert code_of(refused(folder)) == "HF702"
    finally:
        folder.chmod(0o700)


def test_a_disk_that_is_full_is_told_and_leaves_the_journal_as_it_was(folder: Path) -> None:
    # The system counts what a process may write to one file, as it counts what a disk has room for.
    script = textwrap.dedent(
        f"""
        import resource
        from pathlib import Path
        from hydroflow_nb.durable.store import Store
        from hydroflow_nb.errors import DurabilityError

        store = Store(Path({str(folder)!r}))
        store.append(b"first")
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (store.size + 100, most))
        try:
            store.append(b"x" * 500)
        except DurabilityError as error:
            print(error.diagnostics[0].code)
        try:
            store.snapshot(1, [b"x" * 500])
        except DurabilityError as error:
            print(error.diagnostics[0].code)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        store.append(b"second")
        """
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)

    assert ran.stdout.split() == ["HF702", "HF702"]
    assert records_of(folder) == [b"first", b"second"]
