"""What a prediction says of a flow, of a value, and of a reader who has not made one."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

import hydroflow_nb as hf
from hydroflow_nb.predicting import Prediction

GRAPH = """
arc = source_stream(arcs) -> tee();
source_iter(["app"]) -> reached;
reached = union() -> unique::<'static>() -> tee();
reached -> map(|module| (module, ())) -> [0]hop;
arc -> [1]hop;
hop = join::<'static>() -> map(|(_, (_, other))| other) -> reached;
reached -> fold::<'static>(|| 0, |count, _| count + 1) -> for_each(counts.append);
"""


@pytest.fixture
def arcs() -> hf.Channel:
    return hf.channel([("app", "web"), ("web", "log"), ("log", "web")])


@pytest.fixture
def counts() -> list[int]:
    return []


@pytest.fixture
def graph(arcs: hf.Channel, counts: list[int]) -> hf.Flow:
    return hf.compile(GRAPH, {"arcs": arcs, "counts": counts}, "graph")


class Seen(HTMLParser):
    """What a page shows of a text of HTML before anything is opened, and what it holds in all."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.shown, self.folded = "", ""
        self.tags: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "details" in self.open and "summary" not in self.open:
            self.folded += data
        else:
            self.shown += data


# --- of a flow -------------------------------------------------------------------------------------------------------


def test_a_right_prediction_is_called_right_in_any_order(graph):
    told = hf.predict(graph, ["log", "app", "web"], at="reached", tick=0)

    assert told.is_right
    assert str(told).startswith("Right: `reached` in tick 0, in any order.")
    assert told.answer == ["app", "web", "log"]


def test_a_wrong_prediction_tells_what_is_right_what_is_missing_what_is_too_much_and_the_hint(graph):
    told = hf.predict(graph, ["app", "web", "db"], at="reached", tick=0, hint="follow the arcs from `web`.")

    assert not told.is_right
    assert (told.right, told.missing, told.too_much) == (["app", "web"], ["log"], ["db"])
    assert str(told).splitlines() == [
        "Not quite: `reached` in tick 0, in any order.",
        "  right     'app', 'web'",
        "  missing   'log'",
        "  too much  'db'",
        "Hint: follow the arcs from `web`.",
    ]
    shown = Seen(told._repr_html_()).shown
    for part in ("Not quite", "'app', 'web'", "'log'", "'db'", "Hint:"):
        assert part in shown


def test_three_dots_are_no_prediction_and_the_answer_stays_folded_away(graph):
    told = hf.predict(graph, ..., at="reached", tick=0, hint="count the modules.")

    assert not told.is_made
    assert not told.is_right
    assert "log" not in str(told)
    assert "count the modules" in str(told)
    seen = Seen(told._repr_html_())
    assert "log" not in seen.shown
    assert "'app', 'web', 'log'" in seen.folded
    assert told.reveal() == ["app", "web", "log"]


def test_the_tick_runs_once_however_often_the_cell_does(graph, counts):
    for guess in (..., ["app"], ["app", "web", "log"]):
        told = hf.predict(graph, guess, at="reached", tick=0)

    assert told.is_right
    assert counts == [3]
    assert graph.current_tick() == 1


def test_a_later_tick_runs_those_before_it(graph, counts):
    told = hf.predict(graph, 3, at="fold", tick=2)

    assert told.is_right
    assert counts == [3, 3, 3]


def test_without_a_tick_the_next_one_runs(graph, arcs):
    hf.predict(graph, at="reached")
    arcs.send(("log", "db"))

    told = hf.predict(graph, {"db"}, at="reached")

    assert told.is_right
    assert str(told).startswith("Right: `reached` in tick 1, in any order, each one once.")


def test_a_flow_that_has_ticked_unseen_has_no_answer(graph):
    graph.run_tick()

    with pytest.raises(hf.HydroflowError, match="tick 0 of the flow `graph` is not recorded"):
        hf.predict(graph, ["app"], at="reached", tick=0)


@pytest.mark.parametrize(
    ("place", "items"),
    [
        ("reached", ["app", "web", "log"]),
        ("hop", ["web", "log", "web"]),
        ("hop -> reached", ["web", "log", "web"]),
        ("fold", [3]),
        ("for_each", [3]),
        ("arc", [("app", "web"), ("web", "log"), ("log", "web")]),
        ("arc -> [1]hop", [("app", "web"), ("web", "log"), ("log", "web")]),
    ],
)
def test_of_a_name_or_an_operator_what_leaves_it_is_meant_and_of_an_end_what_comes_in(graph, place, items):
    assert hf.predict(graph, items, at=place, tick=0).is_right


def test_the_items_of_a_tee_that_hands_on_to_a_later_stratum_are_asked_for_by_its_name():
    flow = hf.compile("a = source_iter([2, 1]) -> tee(); a -> null(); a -> sort() -> out; out = tee(); out -> null();")

    assert hf.predict(flow, [1, 2], at="a", tick=0).is_right


def test_of_ports_that_give_different_items_one_has_to_be_named():
    flow = hf.compile(
        "half = source_iter([1, 2, 3]) -> partition(|n| 'odd' if n % 2 else 'even');"
        "half[odd] -> null(); half[even] -> for_each(print);",
        {"print": lambda _: None},
    )

    with pytest.raises(hf.HydroflowError, match="not the same goes over all edges of `half`: name one"):
        hf.predict(flow, [1, 3], at="half", tick=0)
    assert hf.predict(flow, [1, 3], at="half[odd] -> null", tick=0).is_right


def test_an_unknown_place_is_told_before_anything_runs(graph):
    with pytest.raises(hf.HydroflowError, match="did you mean `reached`"):
        hf.predict(graph, [], at="reachd", tick=0)
    with pytest.raises(ValueError, match="say where"):
        hf.predict(graph, [], tick=0)

    assert graph.current_tick() == 0


def test_an_exception_of_the_flow_comes_out_as_it_is():
    flow = hf.compile("source_iter([0]) -> map(|n| 1 / n) -> null();")

    with pytest.raises(ZeroDivisionError):
        hf.predict(flow, [1], at="map", tick=0)


def test_nothing_is_an_answer_too(graph):
    hf.predict(graph, at="reached", tick=0)

    assert hf.predict(graph, [], at="reached", tick=1).is_right
    assert str(hf.predict(graph, ["app"], at="reached", tick=1)).splitlines()[1:] == ["  too much  'app'"]


# --- as a sequence, a bag, a set -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guess", "level", "is_right"),
    [
        ([1, 2, 2], None, True),
        ([2, 1, 2], None, True),
        ([1, 2], None, False),
        ({1, 2}, None, True),
        ([1, 2], "set", True),
        ([1, 2, 2], "sequence", True),
        ([2, 1, 2], "sequence", False),
        ([1, 2, 2, 2], "bag", False),
    ],
)
def test_items_are_compared_as_it_is_said(guess, level, is_right):
    flow = hf.compile("source_iter([1, 2, 2]) -> null();")

    assert hf.predict(flow, guess, at="source_iter", tick=0, level=level).is_right is is_right


def test_a_wrong_order_is_told_by_its_first_place():
    flow = hf.compile("source_iter([1, 2, 3]) -> null();")

    told = hf.predict(flow, [1, 3, 2], at="source_iter", tick=0, level="sequence")

    assert not told.is_right
    assert str(told).splitlines() == [
        "Not quite: `source_iter` in tick 0, in this order.",
        "  order     item 2 is another one",
        "  it is     1, 2, 3",
    ]


def test_an_unknown_level_is_refused_with_those_there_are(graph):
    with pytest.raises(ValueError, match=r'"sequence", "bag" or "set".*did you mean \'bag\''):
        hf.predict(graph, [], at="reached", tick=0, level="bags")


def test_items_that_have_no_hash_and_change_later_are_compared_as_they_were():
    flow = hf.compile("source_iter([1, 2]) -> fold(|| {'seen': []}, |held, n| held['seen'].append(n)) -> null();")

    assert hf.predict(flow, {"seen": [1, 2]}, at="fold", tick=0).is_right
    assert not hf.predict(flow, {"seen": [2, 1]}, at="fold", tick=0).is_right


def test_sets_in_items_are_equal_however_they_are_written():
    flow = hf.compile("source_iter([{'b', 'a', 'c'}]) -> null();")

    assert hf.predict(flow, [{"a", "b", "c"}], at="source_iter", tick=0).is_right


# --- of a value ------------------------------------------------------------------------------------------------------


def test_a_function_is_called_when_the_prediction_is_noted():
    shown = []

    def answer():
        shown.append(2)
        return shown

    told = hf.predict(answer, shown)

    assert told.guess == []
    assert not told.is_right
    assert told.missing == [[2]]
    assert told.too_much == [[]]


@pytest.mark.parametrize(
    ("guess", "answer", "level", "is_right"),
    [
        (3, 3, None, True),
        ("bag", "sequence", None, False),
        ([1, 2], [2, 1], None, False),
        ([1, 2], [2, 1], "bag", True),
        ({"to": 2, "be": 2}, {"be": 2, "to": 2}, None, True),
        (True, False, None, False),
        (None, None, None, True),
    ],
)
def test_a_value_is_compared_as_a_whole_unless_a_level_is_given(guess, answer, level, is_right):
    assert hf.predict(answer, guess, level=level).is_right is is_right


def test_a_word_of_a_report_is_written_as_a_person_writes_it():
    flow = hf.compile(
        "source_stream(x) -> unique::<'static>() -> for_each(out.append);", {"x": hf.channel(), "out": []}
    )

    assert str(hf.predict(flow.check()["out"].duplication, "sequence")) == "Right.\n  it is     'sequence'"
    assert str(hf.predict(flow.check()["out"].duplication, "bag")) == (
        "Not quite.\n  missing   'sequence'\n  too much  'bag'"
    )


def test_a_place_or_a_tick_of_what_is_not_a_flow_is_refused():
    with pytest.raises(ValueError, match="3 is not a flow"):
        hf.predict(3, 3, tick=0)


def test_what_cannot_be_compared_is_not_equal():
    class Torn:
        __hash__ = None

        def __eq__(self, other):
            raise RuntimeError("no")

        def __repr__(self):
            raise RuntimeError("no")

    told = hf.predict(Torn(), Torn())

    assert not told.is_right
    assert "whose repr raised" in str(told)
    assert "whose repr raised" in told._repr_html_()


# --- as HTML ---------------------------------------------------------------------------------------------------------


def test_what_is_shown_runs_nothing_and_is_not_long():
    hostile = "</code></details><script>alert(1)</script><img src=x onerror=alert(1)>"

    told = hf.predict(hostile, hostile + "!", hint=hostile)
    unmade = hf.predict([hostile] * 1_000, ..., level="bag", hint=hostile)

    for one in (told, unmade):
        seen = Seen(one._repr_html_())
        assert not seen.tags & {"script", "img"}
        assert seen.open == []
        assert len(one._repr_html_()) < 20_000


def test_a_prediction_is_exported_for_annotations():
    assert isinstance(hf.predict(1, 1), Prediction)
