from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf


def code_of(f: str) -> str:
    names: dict[str, Any] = {"given": hf.channel()}
    return hf.compile(f"source_stream(given) -> fold::<'static>(dict, {f}) -> for_each(print);", names).generated_source


@pytest.mark.parametrize(
    ("f", "keys"),
    [
        ("|acc, (k, v)| acc.setdefault(k, []).append(v)", "(fold_2_k_,))"),
        ("|acc, x| acc.setdefault(x[0], []).append(x[1])", "(source_stream_1_item[0],))"),
        ("|acc, x| acc.setdefault(x, list()).append(x)", "(source_stream_1_item,) if list is list_ else None)"),
    ],
)
def test_the_keys_of_what_a_closure_changes_stand_before_its_body(f: str, keys: str) -> None:
    assert f"own_parts_(fold_2_acc, fold_2_fresh, fold_2_apart, {keys}" in code_of(f)


@pytest.mark.parametrize(
    "f",
    [
        "|acc, x| acc[x][0].append(x)",
        "|(acc, _), x| acc[x].append(x)",
        "|acc, x| acc[x].extend(acc for _ in range(x))",
        "|acc, x| acc.__setitem__(x, 1)",
    ],
)
def test_other_closures_have_no_keys(f: str) -> None:
    assert "own_parts" not in code_of(f)


def test_an_item_that_can_be_taken_apart_once_is_taken_apart_once() -> None:
    given, out = hf.channel(), list[dict[int, list[int]]]()
    flow = hf.compile(
        "source_stream(given) -> fold::<'static>(start, |acc, (k, v)| acc[k].append(v)) -> for_each(out.append);",
        namespace={"given": given, "out": out, "start": lambda: {key: [] for key in range(50)}},
    )
    for value in (1, 2):
        given.send(iter((7, value)))
        flow.run_tick()

    assert [acc[7] for acc in out] == [[1], [1, 2]]
