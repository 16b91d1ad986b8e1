"""Names that Python does not find, because some of their letters only look like others."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf

A = "\u0430"  # of Cyrillic
LOOKS = "(U+0430 CYRILLIC SMALL LETTER A) is not `a`"


def raised_by(text: str, **names: object) -> Exception:
    with pytest.raises((NameError, AttributeError)) as caught:
        hf.compile(text, namespace=names).run_available()
    return caught.value


def notes_of_run(text: str, **names: object) -> str:
    return "\n".join(raised_by(text, **names).__notes__)


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        (f"source_iter(d{A}ta) -> null();", "data"),
        (f"source_iter([1]) -> map(|x| {A}bs(x)) -> null();", "abs"),
        (f"source_iter([1]) -> map({A}bs) -> null();", "abs"),
        (f"source_iter([1]) -> for_each(dat{A}.append);", "data"),
        (f"source_iter(data.m{A}rk) -> null();", "mark"),
        (f"source_iter(['x']) -> map(|x| x.c{A}pitalize()) -> null();", "capitalize"),
    ],
)
def test_a_name_that_only_looks_like_one_is_told_by_the_numbers_of_its_letters(text, alike):
    class Data:
        mark = ()
        append = None

    notes = notes_of_run(text, data=Data())

    assert f"`{alike}` only looks like it" in notes
    assert LOOKS in notes


def test_the_letters_of_the_name_that_is_there_are_told_as_well():
    notes = notes_of_run("source_iter(data) -> null();", **{f"d{A}ta": [1]})

    assert f"`d{A}ta` only looks like it" in notes
    assert LOOKS in notes


def test_letters_of_two_alphabets_in_a_name_are_told_though_nothing_looks_like_it():
    assert LOOKS in notes_of_run(f"source_iter(nowhere_{A}) -> null();")


def test_a_name_of_another_alphabet_is_only_a_name_that_was_not_found():
    notes = notes_of_run("source_iter(\u0441\u0443\u043c\u043c\u0430) -> null();")

    assert "U+" not in notes


def test_all_such_names_of_a_flow_that_cannot_be_loaded_are_told():
    with pytest.raises(hf.ItemError) as caught:
        hf.compile(
            f"source_iter(d{A}ta) -> null(); source_iter(data.m{A}rk) -> null(); source_iter(Some(1)) -> null();",
            namespace={"data": SIMPLE},
        )

    first, second, third = caught.value.diagnostics
    assert LOOKS in first.hint
    assert LOOKS in second.hint
    assert "Rust" in third.hint


def test_attributes_are_looked_at_without_running_code_of_theirs():
    class Loud:
        mark = 1

        def __dir__(self):
            raise AssertionError("asked")

    assert LOOKS in notes_of_run(f"source_iter(loud.m{A}rk) -> null();", loud=Loud())


class Odd:
    mark = 1
    __dict__ = property(lambda self: 1 / 0)  # type: ignore[assignment]


@pytest.mark.parametrize("value", [Odd, Odd(), type, object(), None, 3])
def test_an_attribute_that_nothing_has_is_no_other_fault(value):
    assert "nothing" in str(raised_by("source_iter(value.nothing) -> null();", value=value))


def test_names_of_python_are_no_attributes():
    assert "`abs`" not in notes_of_run(f"source_iter(value.{A}bs) -> null();", value=1)


class SIMPLE:
    mark = 1
