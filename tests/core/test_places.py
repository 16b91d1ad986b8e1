from __future__ import annotations

import functools
import linecache
import sys
from typing import Any

import pytest

from hydroflow_nb.core.places import PartPlace, PartPlaces, place_of_call, place_of_function


def words(place: PartPlace) -> str:
    return place.text[place.start : place.end]


def arguments(place: PartPlace) -> list[str]:
    return [place.text[start:end] for start, end in place.arguments]


def handoff(name: str, **more: Any) -> PartPlace:
    return place_of_call(sys._getframe(1), "handoff", f'handoff("{name}")')


class Holder:
    """Has methods to be found."""

    handoff = staticmethod(handoff)

    def method(self, context: Any) -> None:
        """A method."""


def plain(context: Any, pairs: list[tuple[int, int]], out=(")",)) -> dict[str, int]:  # type: ignore[no-untyped-def]
    return {}


@functools.cache
@functools.wraps(plain)
def decorated(
    context: Any,
) -> None:
    """A function whose head has several lines."""


def test_a_function_is_its_name_and_parameters() -> None:
    place = place_of_function(plain, "plain")

    assert words(place) == 'plain(context: Any, pairs: list[tuple[int, int]], out=(")",))'
    assert arguments(place) == ["context: Any", "pairs: list[tuple[int, int]]", "out"]
    assert place.filename == __file__


def test_of_a_wrapper_the_function_within_is_meant() -> None:
    assert words(place_of_function(decorated, "decorated")).startswith("plain(context")


def test_methods_lambdas_and_functions_in_c_are_told_as_well() -> None:
    function = lambda context, items: items  # noqa: E731

    assert words(place_of_function(Holder().method, "method")) == "method(self, context: Any)"
    assert words(place_of_function(function, "<lambda>")) == "lambda context, items: items"
    assert words(place_of_function(len, "len")) == "len(obj, /)"
    assert words(place_of_function(functools.partial(plain, 1), "made")).startswith("made(pairs")
    assert words(place_of_function(type, "type")) == "type(...)"


def test_of_two_lambdas_on_one_line_neither_is_taken_for_the_other() -> None:
    first, _ = (lambda context, items: items), (lambda context, items: None)

    assert words(place_of_function(first, "first")) == "first(context, items)"


def test_a_call_is_told_by_its_own_words() -> None:
    place = Holder.handoff("numbers")

    assert words(place) == 'handoff("numbers")'
    assert arguments(place) == ["numbers"]


def test_a_call_of_several_lines_with_wide_characters_is_found() -> None:
    words_before, place = (
        "äöü 𝄞",
        Holder.handoff(
            "numbers",
            more=1,
        ),
    )

    assert words_before
    assert words(place).startswith("handoff(\n")
    assert words(place).endswith("more=1,\n        )")


def test_without_source_a_call_is_put_into_words() -> None:
    names = {"Holder": Holder}

    exec("place = Holder.handoff('numbers')", names)
    place: Any = names["place"]

    assert (words(place), arguments(place), place.filename) == ('handoff("numbers")', ["numbers"], "")


def test_the_source_of_several_places_goes_from_the_first_to_the_last() -> None:
    place, other = place_of_function(plain, "plain"), place_of_function(Holder().method, "method")
    places = PartPlaces([place, other])

    source = places.source(place)

    assert source is places.source(other)
    assert source.text.startswith("    def method(self")
    assert source.text.endswith("    return {}")
    assert places.span(place, place.start, place.end).text == words(place)
    assert places.span(place, place.start, place.end).line == plain.__code__.co_firstlineno
    assert source.label == "test_places.py"


def test_a_notebooks_cell_is_called_by_its_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "def cell(context):\n    pass\n"
    filename = "<a cell of a notebook>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    names: dict[str, Any] = {}
    exec(compile(text, filename, "exec"), names)
    monkeypatch.setattr(sys.modules["__main__"], "In", ["", "x = 1", text, "y = 2"], raising=False)

    place = place_of_function(names["cell"], "cell")

    assert PartPlaces([place]).source(place).label == "In[2]"
    del linecache.cache[filename]
