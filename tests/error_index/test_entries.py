from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
import hydroflow_nb.lattices
from hydroflow_nb.error_index import BY_CODE, ENTRIES, Entry, Stage

Codes = Callable[[str], set[str]]

each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)


@pytest.fixture
def codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Entry, str], set[str]]:
    """`codes(entry, flow)`: those of all that shows when a flow is compiled, run and closed."""

    def found(entry: Entry, text: str) -> set[str]:
        for name, module in entry.files.items():
            (tmp_path / name).write_text(module, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        names: dict[str, Any] = {"hf": hf, "print": lambda item: None}
        shown: list[hf.Diagnostic] = []
        try:
            if entry.by_hand:
                exec(text, names)
            with names["flow"] if entry.by_hand else hf.compile(text, names) as flow:
                shown += getattr(flow, "diagnostics", ())
                if entry.stage is Stage.CHECKING:
                    shown += (
                        flow.check(network=entry.network, shard=entry.shard).diagnostics if not entry.by_hand else ()
                    )
                if isinstance(flow, hf.System):
                    flow.network(**{name: 2 for name, one in flow.locations.items() if one.kind == "cluster"}).run()
                else:
                    flow.run_available()
        except hf.HydroflowError as error:
            shown += error.diagnostics
        return {diagnostic.code for diagnostic in shown}

    return found


def written_codes() -> Iterator[str]:
    """Every code in the package's source, outside of the index itself."""
    package = Path(hf.__file__).parent
    for path in package.rglob("*.py"):
        if path.parent.name != "error_index":
            yield from re.findall(r"\"(HF\d{3})\"", path.read_text(encoding="utf-8"))


def test_the_index_has_every_code_that_the_package_writes_and_no_other() -> None:
    written = set(written_codes())

    assert written - BY_CODE.keys() == set(), "these need an entry"
    assert BY_CODE.keys() - written == set(), "these are written nowhere"


def test_codes_are_in_order_and_none_is_there_twice() -> None:
    codes = [entry.code for entry in ENTRIES]

    assert codes == sorted(set(codes))


@each_entry
def test_a_wrong_flow_shows_its_code(entry: Entry, codes: Callable[[Entry, str], set[str]]) -> None:
    assert entry.code in codes(entry, entry.wrong)


@each_entry
def test_a_right_flow_runs_without_a_finding(entry: Entry, codes: Callable[[Entry, str], set[str]]) -> None:
    assert codes(entry, entry.right) == set()


@each_entry
def test_an_entry_has_a_title_and_a_meaning(entry: Entry) -> None:
    assert re.fullmatch(r"[A-Z`].*[^.\s]", entry.title)
    assert re.fullmatch(r"[A-Z`].{40,}\.", entry.meaning)
    assert entry.wrong != entry.right
    assert len(entry.title) <= 80


@pytest.mark.parametrize(
    ("code", "stage"),
    [
        ("HF101", Stage.READING),
        ("HF201", Stage.BUILDING),
        ("HF290", Stage.WARNING),
        ("HF301", Stage.CHECKING),
        ("HF401", Stage.RUNNING),
        ("HF601", Stage.TRANSLATING),
        ("HF701", Stage.KEEPING),
    ],
)
def test_the_digits_of_a_code_tell_when_it_shows(code: str, stage: Stage) -> None:
    assert BY_CODE[code].stage is stage
