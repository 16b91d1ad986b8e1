"""What a user may have meant by a name."""

from __future__ import annotations

import pytest

from hydroflow_nb.suggestions import Suggestions


@pytest.mark.parametrize(
    ("name", "names", "meant"),
    [
        ("soruce", ["sort", "source", "fold"], "source"),
        ("edges", ["edge", "node"], "edge"),
        ("x", ["edge", "node"], None),
        ("edges", [], None),
    ],
)
def test_the_name_that_is_most_alike_is_meant(name, names, meant):
    assert Suggestions().closest(name, names) == meant


def test_so_many_names_are_compared_in_a_text_and_no_more():
    suggestions = Suggestions()

    assert suggestions.closest("edges", ["edge"]) == "edge"
    assert suggestions.closest("edges", [f"{number:05}" for number in range(10_000)]) is None
    assert suggestions.closest("edges", ["edge"]) is None
