"""`%hydroflow why` and `%hydroflow why-not`."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError

from hydroflow_nb.magics._why import WhyLine, read_why


@pytest.fixture
def asked(notebook: Any) -> Any:
    """A notebook with a recorded flow `pairs` that ran two ticks."""
    notebook.run("import hydroflow_nb as hf\nxs = hf.channel([1, 2]); out = []")
    notebook.run(
        "%%hydroflow pairs <<\nmade = source_stream(xs) -> map(|x| (x, x * 10)) -> filter(|(x, _)| x > 1);\n"
        "made -> for_each(out.append);"
    )
    notebook.run("pairs.record(); pairs.run_tick(); xs.send(7); pairs.run_tick()")
    return notebook


def test_an_item_tells_how_it_came_to_its_place(asked: Any) -> None:
    output = asked.run("%hydroflow why (2, 2 * 10) at made -> for_each")

    assert output.error is None
    assert output.plain.splitlines()[0] == "(2, 20)   made -> for_each, tick 0"
    assert "inputs: xs 1 in tick 0" in output.plain
    assert "hf-why" in output.bundles[0]["text/html"]


def test_place_and_tick_may_be_left_out_and_the_flow_may_be_named(asked: Any) -> None:
    asked.run("%%hydroflow other <<\nsource_iter([1]) -> null();")

    assert "tick 1" in asked.run("%hydroflow why pairs (7, 70)").plain
    assert "takes the name of a flow" in asked.run("%hydroflow why (7, 70)").stderr
    assert "in tick 0; it did in tick 1" in asked.run("%hydroflow why pairs (7, 70) at made --tick 0").stderr


def test_what_kept_an_item_away_is_told(asked: Any) -> None:
    output = asked.run("%hydroflow why-not (1, 10) at made -> for_each")

    assert "`|(x, _)| x > 1` is False for it" in output.plain


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%hydroflow why", "takes an item: a Python expression"),
        ("%hydroflow why 2 3", "`2 3` is not a Python expression"),
        ("%hydroflow why 2 at", "a place stands behind `at`"),
        ("%hydroflow why 2 --tick", "`--tick` takes a value"),
        ("%hydroflow why 2 --tick two", "takes a number, not `two`"),
        ("%hydroflow why nobody", "NameError: name 'nobody' is not defined"),
        ("%hydroflow why 2 at mode", "did you mean `made`?"),
        ("%hydroflow why-not (2, 20)", "did go over `made -> for_each` in tick 0"),
    ],
)
def test_what_cannot_be_asked_says_what_to_write(asked: Any, line: str, said: str) -> None:
    output = asked.run(line)

    assert isinstance(output.error, UsageError)
    assert said in output.stderr


def test_an_at_within_the_item_is_part_of_the_item() -> None:
    assert read_why("why", "'here at home' at a -> b", []) == WhyLine(name="", item="'here at home'", at="a -> b")
    assert read_why("why", "f  ('at home',  1)", ["f"]) == WhyLine(name="f", item="('at home',  1)")


def test_completion_offers_flows_then_places_and_recorded_ticks(asked: Any) -> None:
    def offered(text: str) -> set[str]:
        with provisionalcompleter():
            return {text[: one.start] + one.text for one in asked.shell.Completer.completions(text, len(text))}

    assert offered("%hydroflow why ") == {"%hydroflow why pairs"}
    assert offered("%hydroflow why 1 ") == {"%hydroflow why 1 at", "%hydroflow why 1 --tick"}
    assert offered("%hydroflow why 1 at ma") >= {
        "%hydroflow why 1 at made",
        "%hydroflow why 1 at made -> for_each",
    }
    assert offered("%hydroflow why 1 at made -> f") == {"%hydroflow why 1 at made -> for_each"}
    assert offered("%hydroflow why-not 1 at made --tick ") == {
        f"%hydroflow why-not 1 at made --tick {tick}" for tick in (0, 1)
    }
