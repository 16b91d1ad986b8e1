from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.operators import BY_NAME, RENAMED
from hydroflow_nb.operators.record.former import REMOVED


def test_no_operator_of_today_is_said_to_be_gone_or_to_be_renamed_as_well() -> None:
    assert not REMOVED.keys() & BY_NAME.keys()
    assert not REMOVED.keys() & RENAMED.keys()


def test_an_operator_is_renamed_to_one_that_there_is() -> None:
    assert set(RENAMED.values()) <= BY_NAME.keys()


@pytest.mark.parametrize(("name", "hint"), REMOVED.items(), ids=REMOVED.keys())
def test_an_operator_that_is_no_more_is_told_what_to_write_instead(name: str, hint: str) -> None:
    with pytest.raises(hf.GraphError) as caught:
        hf.compile(f"source_iter([1]) -> {name}() -> null();")

    assert [(found.code, found.hint) for found in caught.value.diagnostics] == [("HF201", hint)]
