"""Outputs: what leaves a flow, by the name that people know it by."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness.outputs import outputs_of


def names(text: str) -> list[str]:
    return [one.name for one in outputs_of(compile_source(hf.Source(text=text), "flow").graph.flat)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("source_iter([1]) -> for_each(out.append);", ["out"]),
        ("source_iter([1]) -> for_each(print);", ["print"]),
        ("source_iter([1]) -> for_each(net.out.append);", ["net"]),
        ("source_iter([1]) -> for_each(|x| out.append(x));", ["for_each_2"]),
        ("source_iter([1]) -> for_each(outs[0].append);", ["for_each_2"]),
        ("source_iter([1]) -> for_each(maker());", ["for_each_2"]),
        ("source_iter([1]) -> dest_file('out.txt', False);", ["dest_file_2"]),
        ("source_iter([1]) -> assert_eq([1]);", ["assert_eq_2"]),
        ("source_iter([1]) -> null();", []),
        ("source_iter([1]) -> inspect(print);", ["inspect_2"]),
        ("t = source_iter([1]) -> tee(); t -> for_each(out.append); t -> for_each(seen.append);", ["out", "seen"]),
        ("t = source_iter([1]) -> tee(); t -> for_each(out.append); t -> for_each(out.extend);", ["out", "out (2)"]),
    ],
)
def test_an_output_is_named_by_what_takes_it_in(text, found):
    assert names(text) == found


def test_a_state_that_is_read_by_its_name_is_no_output():
    text = (
        "n = source_iter([1]) -> fold(|| 0, |n, x| n + x); source_iter([1]) -> map(|x| x + $n) -> for_each(out.append);"
    )

    assert names(text) == ["out"]
