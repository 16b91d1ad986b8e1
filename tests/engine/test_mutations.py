from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.mutations import Delete, Persist, persist_changes, persist_keyed_changes

instructions = st.lists(st.builds(Persist, st.integers(0, 4)) | st.builds(Delete, st.integers(0, 4)))


def one_by_one(batches: list[list[Any]]) -> list[int]:
    kept: list[int] = []
    for instruction in (one for batch in batches for one in batch):
        if isinstance(instruction, Persist):
            kept.append(instruction.item)
        else:
            kept = [item for item in kept if item != instruction.item]
    return kept


@given(st.lists(instructions))
def test_a_batch_does_what_its_instructions_do_one_by_one(batches: list[list[Any]]) -> None:
    kept: list[int] = []
    for batch in batches:
        persist_changes(kept, batch)

    assert kept == one_by_one(batches)


@given(st.lists(instructions))
def test_items_that_cannot_be_hashed_are_compared(batches: list[list[Any]]) -> None:
    kept: list[list[int]] = []
    for batch in batches:
        persist_changes(kept, [type(one)([one.item]) for one in batch])

    assert kept == [[item] for item in one_by_one(batches)]


def test_a_deleted_key_goes_with_all_its_values_and_may_come_back() -> None:
    kept: dict[str, list[int]] = {}

    persist_keyed_changes(kept, [Persist("a", 1), Persist("b", 2), Persist("a", 3), Delete("a"), Persist("a", 4)])

    assert kept == {"b": [2], "a": [4]}


@pytest.mark.parametrize("changes", [persist_changes, persist_keyed_changes])
def test_what_is_no_instruction_is_told_with_what_would_be_one(changes: Any) -> None:
    with pytest.raises(Misfit, match="this item is neither: 7") as caught:
        changes([] if changes is persist_changes else {}, [7])

    assert "hf.Persist" in caught.value.hint


@pytest.mark.parametrize(
    ("instruction", "message"),
    [
        (Persist(3), r"the item of Persist\(3\) is not a pair"),
        (Persist((1, 2, 3)), "is not a pair"),
        (Persist([], 1), "cannot"),
        (Delete([]), "cannot"),
    ],
)
def test_a_pair_with_a_key_that_can_be_hashed_is_needed(instruction: Any, message: str) -> None:
    with pytest.raises(Misfit, match=message):
        persist_keyed_changes({"a": [1]}, [instruction])


def test_instructions_are_values() -> None:
    assert Persist("a", 1) == Persist(("a", 1)) != Delete(("a", 1))
    assert len({Persist(1), Persist(1), Delete(1), Delete(1)}) == 2
    assert repr([Persist("a", 1), Delete("a")]) == "[Persist(('a', 1)), Delete('a')]"
