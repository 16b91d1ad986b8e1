"""A query over columns gives what the rows give: compared on flows and tables drawn at random, and at the edges."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nightly import IS_NIGHTLY

import hydroflow_nb as hf
from hydroflow_nb.engine.columns.query import ColumnQuery

pl = pytest.importorskip("polars", reason="polars is not installed: pip install 'hydroflow-nb[columns]'")

from hydroflow_nb.engine.columns import tables  # noqa: E402 # it needs polars

# 2**53 is where ints leave floats, 2**63 where they leave int64.
INTS = st.one_of(st.integers(-9, 9), st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1, 2**62, 2**63 - 1, -(2**63)]))
FLOATS = st.one_of(
    st.sampled_from([0.0, -0.0, 0.1, 1.0, -2.5, 3.0, 1e300, float("inf"), float("nan")]), st.floats(0.5, 9, width=32)
)
TEXTS = st.text(st.sampled_from("abßİ\x00é\U0001f600"), max_size=2)
SMALL = st.integers(-3, 3)
VALUES = {
    "small": (SMALL, pl.Int64),
    "narrow": (SMALL, pl.Int8),
    "int": (INTS, pl.Int64),
    "float": (FLOATS, pl.Float64),
    "positive": (st.floats(0.5, 9, width=32), pl.Float32),
    "text": (TEXTS, pl.String),
    "bool": (st.booleans(), pl.Boolean),
    "maybe": (st.one_of(st.none(), SMALL), pl.Int64),
}


@pytest.fixture(autouse=True, scope="module")
def _few_rows() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "FEWEST_ROWS", 0)
        yield


class Asked:
    """Counts the queries that were answered, and those that left it to the rows."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.answered = self.left = 0
        ask = ColumnQuery._asked

        def asked(query: ColumnQuery) -> Any:
            answer = ask(query)
            self.answered += answer is not None
            self.left += answer is None
            return answer

        patch.setattr(ColumnQuery, "_asked", asked)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


def run(text: str, names: Mapping[str, Any], without: frozenset[str] = frozenset()) -> tuple[list[Any], str]:
    """The tables of two ticks, and the error of the first."""
    out: list[Any] = []
    flow = hf.compile(text, {**names, "out": out}, without=without)
    error = ""
    for _ in range(2):
        try:
            flow.run_tick()
        except Exception as exception:
            error = f"{type(exception).__name__}: {exception}"
    return out, error


def rows_of(frame: Any) -> list[str]:
    # NaN is not equal to itself, and 0.0 is equal to -0.0.
    return list(map(repr, frame.rows()))


def same(text: str, names: Mapping[str, Any], *, ordered: bool = True) -> list[Any]:
    """What a flow makes, the same with the query and without."""
    (found, error), (expected, expected_error) = run(text, names), run(text, names, frozenset({"columns"}))
    assert error == expected_error
    assert [frame.schema for frame in found] == [frame.schema for frame in expected]
    for one, other in zip(found, expected, strict=True):
        assert rows_of(one) == rows_of(other) if ordered else sorted(rows_of(one)) == sorted(rows_of(other))
    return found


@st.composite
def frames(draw: Callable[..., Any], width: int) -> tuple[Any, list[str]]:
    """A table of some columns, and their kinds."""
    kinds = [draw(st.sampled_from(sorted(VALUES))) for _ in range(width)]
    height = draw(st.integers(0, 6))
    columns = {
        f"c{place}": pl.Series(draw(st.lists(VALUES[kind][0], min_size=height, max_size=height)), dtype=VALUES[kind][1])
        for place, kind in enumerate(kinds)
    }
    return pl.DataFrame(columns), kinds


TYPES = {"small": int, "narrow": int, "int": int, "maybe": int, "float": float, "positive": float, "text": str,
         "bool": bool}  # fmt: skip
ATOMS = st.sampled_from(["a", "b", "a", "b", "1", "-3", "2", "0.5", "n", "'a'", "4611686018427387904", "True"])


def _joined(operators: list[str]) -> Callable[[Any], Any]:
    return lambda of: st.builds("({} {} {})".format, of, st.sampled_from(operators), of)


NUMBERS = st.recursive(
    ATOMS,
    lambda of: st.one_of(
        _joined(["+", "-", "*", "+", "-", "*", "/", "//", "%"])(of),
        st.builds("(-{})".format, of),
        st.builds("({} {} {})".format, of, st.sampled_from(["//", "%", "/"]), st.sampled_from(["2", "-3", "7"])),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), of, of),
        st.builds("({} if {} > {} else {})".format, of, of, of, of),
    ),
    max_leaves=4,
)
TESTS = st.recursive(
    _joined(["<", "<=", "==", "!=", ">", ">="])(NUMBERS),
    lambda of: st.one_of(_joined(["and", "or"])(of), st.builds("(not {})".format, of), NUMBERS),
    max_leaves=3,
)


class TestDifferences:
    @given(frame=frames(2), made=NUMBERS, test=TESTS)
    @settings(max_examples=100, deadline=None)
    def test_maps_and_filters(self, frame: Any, made: str, test: str) -> None:
        try:
            kind = type(eval(made, dict(zip("abn", (*frame[0].row(0), 3), strict=True)))).__name__
        except Exception:
            kind = "int"
        kind = "int" if kind == "NoneType" else kind
        text = (
            f"source_frame(frame) -> filter(|(a, b)| {test}) -> map(|(a, b)| {made})"
            f' -> dest_frame({{"x": {kind}}}, out.append);'
        )
        same(text, {"frame": frame[0], "n": 3})

    @given(left=frames(2), right=frames(2), operator=st.sampled_from(["join", "join_multiset"]))
    @settings(max_examples=100, deadline=None)
    def test_joins(self, left: Any, right: Any, operator: str) -> None:
        kinds = [TYPES[left[1][0]], TYPES[left[1][1]], TYPES[right[1][1]]]
        text = (
            f"source_frame(left) -> [0]j; source_frame(right) -> [1]j; j = {operator}()"
            f' -> map(|(k, (v, w))| (k, v, w)) -> dest_frame({{"k": K, "v": V, "w": W}}, out.append);'
        )
        same(text, {"left": left[0], "right": right[0], **dict(zip("KVW", kinds, strict=True))}, ordered=False)

    @given(frame=frames(2), term=st.sampled_from(["v", "v * 2 - 1", "1", "(v if v > 0 else 0)", "-v", "v / 2"]))
    @settings(max_examples=100, deadline=None)
    def test_keyed_folds(self, frame: Any, term: str) -> None:
        text = (
            f"source_frame(frame) -> fold_keyed(|| (0, 5), |(s, n), v| (s + {term}, 1 + n))"
            f' -> map(|(k, (s, n))| (k, s, n)) -> dest_frame({{"k": K, "s": int, "n": int}}, out.append);'
        )
        same(text, {"frame": frame[0], "K": TYPES[frame[1][0]]}, ordered=False)

    @given(frame=frames(2))
    @settings(max_examples=60, deadline=None)
    def test_unique(self, frame: Any) -> None:
        text = 'source_frame(frame) -> unique() -> dest_frame({"a": A, "b": B}, out.append);'
        same(text, {"frame": frame[0], **dict(zip("AB", (TYPES[kind] for kind in frame[1]), strict=True))})


TREES = 3_000 if IS_NIGHTLY else 60


def seen_of(run_tick: Callable[[], None], out: list[Any], in_order: bool) -> tuple[list[Any], bool]:
    """What a tick gives, and whether it fails."""
    try:
        run_tick()
    except Exception:
        return [], True
    return (out if in_order else sorted(out, key=repr)), False


@pytest.mark.timeout(3_600)
def test_a_query_the_rows_and_the_reference_give_the_same_of_random_trees(reference: Any, asked: Asked) -> None:
    for seed in range(TREES):
        tree = reference.columns.tree(seed)
        found = {}
        for way in ("query", "rows", "reference"):
            out: list[Any] = []
            names = {"out": out, **{name: pl.DataFrame(columns) for name, columns in tree.tables.items()}}
            if way == "reference":
                slow = reference.interpreter.Interpreter(tree.text, names)
                found[way] = seen_of(lambda slow=slow: slow.run_tick({}), out, tree.in_order)
            else:
                flow = hf.compile(tree.text, names, without=() if way == "query" else {"columns"})
                found[way] = seen_of(flow.run_tick, out, tree.in_order)

        assert found["query"] == found["rows"] == found["reference"], f"{seed}: {tree}"
    assert asked.answered > TREES // 3
    assert asked.left > TREES // 20


SUMS = 'source_frame(frame) -> fold_keyed(|| 0, |s, v| s + v) -> dest_frame({"k": int, "s": int}, out.append);'
INCREMENTED = 'source_frame(frame) -> map(|(x,)| x + 1) -> map(|x| x - 1) -> dest_frame({"x": int}, out.append);'


class TestEdges:
    def test_a_whole_program_is_one_query(self, asked: Asked) -> None:
        text = """
            source_frame(prices) -> filter(|row| 0 < row.price and row.name != "z")
                -> map(|(name, price)| (name, price * 2)) -> [0]j;
            source_frame(counts) -> [1]j;
            j = join() -> map(|(name, (price, count))| (name, price * count)) -> fold_keyed(|| 0, |sum, x| sum + x)
                -> dest_frame({"name": str, "sum": int}, out.append);
        """
        prices = pl.DataFrame({"name": ["a", "b", "a", "z"], "price": [1, 2, 3, 4]})
        counts = pl.DataFrame({"name": ["b", "a", "z"], "count": [10, 100, 1]})
        (found,) = same(text, {"prices": prices, "counts": counts})
        assert found.rows() == [("a", 800), ("b", 40)]
        assert (asked.answered, asked.left) == (1, 0)

    def test_ints_on_their_way_beyond_int64_are_those_of_python(self, asked: Asked) -> None:
        (found,) = same(INCREMENTED, {"frame": pl.DataFrame({"x": [2**63 - 1, 1]})})
        assert found.rows() == [(2**63 - 1,), (1,)]
        assert (asked.answered, asked.left) == (0, 1)

    def test_a_sum_beyond_int64_is_an_error_and_never_wraps_around(self, asked: Asked) -> None:
        frame = pl.DataFrame({"k": [1, 1], "v": [2**62, 2**62]})
        out, error = run(SUMS, {"frame": frame})
        assert (out, asked.answered) == ([], 0)
        assert "goes beyond int64" in error

    def test_the_rows_of_a_join_are_counted_where_their_bound_is_too_wide(self, asked: Asked) -> None:
        text = (
            "source_frame(frame) -> [0]j; source_frame(other) -> [1]j;"
            "j = join() -> map(|(k, (v, w))| (k, v + w)) -> fold_keyed(|| 0, |s, x| s + x)"
            '-> dest_frame({"k": int, "s": int}, out.append);'
        )
        frame = pl.DataFrame({"k": range(100), "v": [2**50] * 100})
        same(text, {"frame": frame, "other": frame.rename({"v": "w"})})
        assert (asked.answered, asked.left) == (1, 0)

    @pytest.mark.parametrize(
        ("values", "dtype"),
        [([1, None], "Int64"), ([1.0, float("nan")], "Float64"), ([1.0, float("inf")], "Float64"), ([1], "UInt64")],
    )
    def test_values_that_columns_treat_in_another_way_are_left_to_the_rows(
        self, asked: Asked, values: list[Any], dtype: str
    ) -> None:
        frame = pl.DataFrame({"x": pl.Series(values, dtype=getattr(pl, dtype))})
        kind = float if "Float" in dtype else int
        same(f'source_frame(frame) -> dest_frame({{"x": {kind.__name__}}}, out.append);', {"frame": frame})
        assert (asked.answered, asked.left) == (0, 1)

    def test_columns_that_nothing_uses_may_hold_anything(self, asked: Asked) -> None:
        frame = pl.DataFrame({"x": [1, 2], "day": pl.Series([None, None], dtype=pl.Date), "gone": [None, 1]})
        same('source_frame(frame) -> map(|row| row.x) -> dest_frame({"x": int}, out.append);', {"frame": frame})
        assert asked.answered == 1
        same('source_frame(frame) -> map(|row| row.day == 3) -> dest_frame({"x": bool}, out.append);', {"frame": frame})
        assert asked.left == 1

    def test_a_name_means_what_it_means_when_the_tick_runs(self, asked: Asked) -> None:
        out: list[Any] = []
        names = {"frame": pl.DataFrame({"x": [1, 2, 3]}), "limit": 0, "out": out}
        text = 'source_frame(frame) -> filter(|(x,)| x > limit) -> dest_frame({"x": int}, out.append);'
        flow = hf.compile(text, names)
        names["limit"] = 2
        flow.run_tick()
        assert out[0].rows() == [(3,)]
        assert asked.answered == 1

    @pytest.mark.parametrize("limit", [[1], None, 10**30, type("Odd", (int,), {})(1)])
    def test_names_of_other_things_than_constants_are_left_to_the_rows(self, asked: Asked, limit: Any) -> None:
        frame = pl.DataFrame({"x": [1, 2, 3]})
        text = 'source_frame(frame) -> filter(|(x,)| x != limit) -> dest_frame({"x": int}, out.append);'
        same(text, {"frame": frame, "limit": limit})
        assert asked.answered == 0

    def test_a_min_of_the_notebook_s_is_called(self, asked: Asked) -> None:
        frame = pl.DataFrame({"x": [1, 2, 3]})
        text = 'source_frame(frame) -> map(|(x,)| min(x, 2)) -> dest_frame({"x": int}, out.append);'
        (found,) = same(text, {"frame": frame, "min": lambda x, y: 7})
        assert (found.rows(), asked.answered) == ([(7,)] * 3, 0)
        same(text, {"frame": frame})
        assert asked.answered == 1

    @pytest.mark.parametrize("attribute", ["column_name", "value_type", "value_bounds", "truth_expression", "real"])
    def test_an_attribute_is_that_of_the_value(self, asked: Asked, attribute: str) -> None:
        text = (
            f'source_frame(frame) -> map(|row| row.x) -> map(|x| x.{attribute})-> dest_frame({{"x": int}}, out.append);'
        )
        same(text, {"frame": pl.DataFrame({"x": [1, 2, 3]})})
        assert asked.answered == 0

    @pytest.mark.parametrize(
        "made", ["'%s' % x", "'%r' % (x,)", "form % x", "'ab'[0] + x", "(x, 1) == (2, True)", "(x, 0) < (2, x)"]
    )
    def test_texts_and_tuples_are_made_of_the_values(self, asked: Asked, made: str) -> None:
        kind = "str" if "%" in made else "bool"
        text = f'source_frame(frame) -> map(|(x,)| {made}) -> dest_frame({{"x": {kind}}}, out.append);'
        same(text, {"frame": pl.DataFrame({"x": [1, 2, 3]}), "form": "<%s>"})
        assert asked.answered == (kind == "bool" and "[" not in made)

    def test_few_rows_are_gone_through(self, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tables, "FEWEST_ROWS", 3)
        same(INCREMENTED, {"frame": pl.DataFrame({"x": [1, 2]})})
        same(INCREMENTED, {"frame": pl.DataFrame({"x": [1, 2, 3]})})
        assert (asked.answered, asked.left) == (1, 1)

    @pytest.mark.parametrize(
        ("values", "closure", "how"),
        [
            ([1, 2], "|(x,)| x + 1", "they did"),
            ([1, 2**62], "|(x,)| x + x - x", "they did not, and the rows were gone through: ints may go beyond int64"),
            (
                [1, None],
                "|(x,)| x",
                "they did not, and the rows were gone through: the column `x` has values that are None",
            ),
        ],
    )
    def test_what_came_of_a_query_is_explained_after_its_tick(
        self, asked: Asked, values: list[Any], closure: str, how: str
    ) -> None:
        names = {"frame": pl.DataFrame({"x": values}), "out": []}
        text = f'source_frame(frame) -> map({closure}) -> map(|x| x) -> dest_frame({{"x": int}}, out.append);'
        flow = hf.compile(text, names)
        before = flow.explain()[-1].how
        flow.run_tick()

        assert before == "one query over columns for 4 operators, where the values allow it"
        assert flow.explain()[-1].how == f"{before}; in tick 0 {how}"

    def test_a_recorded_flow_shows_its_rows(self, asked: Asked) -> None:
        out: list[Any] = []
        flow = hf.compile(INCREMENTED, {"frame": pl.DataFrame({"x": [1, 2]}), "out": out})
        recording = flow.record()
        flow.run_tick()
        assert out[0].rows() == [(1,), (2,)]
        assert (asked.answered, asked.left) == (0, 0)
        assert recording is not None

    def test_a_tick_that_is_aborted_drops_the_answer_as_it_drops_rows(self, asked: Asked) -> None:
        fails = "source_iter([1, 0]) -> map(|x| 1 // x) -> null();"
        names = {"frame": pl.DataFrame({"x": [1, 2]})}
        same(INCREMENTED + fails, names)
        same(fails + INCREMENTED, names)
        assert asked.answered == 2

    def test_a_reset_begins_again(self, asked: Asked) -> None:
        out: list[Any] = []
        flow = hf.compile(INCREMENTED, {"frame": pl.DataFrame({"x": [1, 2]}), "out": out})
        flow.run_available()
        flow.reset()
        flow.run_available()
        assert [frame.rows() for frame in out] == [[(1,), (2,)]] * 2
        assert asked.answered == 2

    def test_arrow_tables_are_columns_too(self, asked: Asked) -> None:
        arrow = pytest.importorskip("pyarrow")
        (found,) = same(INCREMENTED, {"frame": arrow.table({"x": [1, 2]})})
        assert (found.rows(), asked.answered) == ([(1,), (2,)], 1)
