"""The program that calls a function of Python from a flow: here every function is one."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf

FLOW = """
    source_iter(v) -> inspect(|x| print(f"input:\\t{x}"))
        # to tuples
        -> map(|x| (x, 1))
        -> map(|(a, b)| add(a, b))
        -> for_each(|x| print(f"output:\\t{x}"));
"""


def add(a: int, b: int) -> int:
    return a + b


def test_a_function_gets_the_parts_of_each_tuple(capsys: pytest.CaptureFixture[str]) -> None:
    hf.compile(FLOW, {"v": [1, 2, 3], "add": add}).run_available()

    assert capsys.readouterr().out.splitlines() == [
        "input:\t1",
        "output:\t2",
        "input:\t2",
        "output:\t3",
        "input:\t3",
        "output:\t4",
    ]


def test_what_the_function_raises_names_its_operator_and_item() -> None:
    flow = hf.compile(FLOW, {"v": [1, "a"], "add": add})

    with pytest.raises(TypeError) as caught:
        flow.run_available()

    assert "in `map`" in caught.value.__notes__[0]


def test_a_function_defined_anew_is_the_one_that_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    numbers = hf.channel([1])
    names = {"numbers": numbers, "add": add}
    flow = hf.compile("source_stream(numbers) -> map(|x| (x, 1)) -> map(|(a, b)| add(a, b)) -> for_each(print);", names)
    flow.run_available()

    names["add"] = lambda a, b: a - b
    numbers.send(1)
    flow.run_available()

    assert capsys.readouterr().out == "2\n0\n"
