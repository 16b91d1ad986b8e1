from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf


@pytest.mark.parametrize("recorded", [False, True])
def test_the_value_comes_once_in_the_first_tick(tmp_path: Path, recorded: bool) -> None:
    path, out = tmp_path / "value", list[Any]()
    path.write_text('{"a": [1, 2.5, null, "é"]}', encoding="utf-8")
    flow = hf.compile("source_json(path) -> for_each(|v| out.append((context.current_tick(), v)));", locals())
    if recorded:
        flow.record()

    flow.run_tick()
    flow.run_tick()

    assert out == [(0, {"a": [1, 2.5, None, "é"]})]


@pytest.mark.parametrize(("text", "message"), [(None, "cannot read the file"), ("[1,", "is not JSON")])
def test_what_cannot_be_read_is_an_error_when_the_flow_is_compiled(
    tmp_path: Path, text: str | None, message: str
) -> None:
    path = tmp_path / "value"
    if text is not None:
        path.write_text(text)

    with pytest.raises(hf.ItemError, match=f"`source_json`: .*{message}|`source_json`: the file .*{message}") as caught:
        hf.compile("source_json(path) -> null();", {"path": path})

    assert str(path) in str(caught.value)
