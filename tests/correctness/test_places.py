"""Where parts of an item stand in what a function makes of it, held against calling the function."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness.examples import as_function
from hydroflow_nb.correctness.places import fields_of, place_of_result, places_in_result
from hydroflow_nb.correctness.written import Written, written
from hydroflow_nb.item_paths import Entry, path_from, text_of


@dataclass(frozen=True)
class Put:
    """A message with a key."""

    key: Any
    value: Any = None


@dataclass(frozen=True)
class Mended:
    """One that changes what it is called with."""

    key: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", 0)


@dataclass(frozen=True)
class Loose:
    """One that does not compare all that it holds."""

    key: Any = field(compare=False)


class Plain:
    """A class that may do anything."""

    def __init__(self, key: Any) -> None:
        self.key = key


@dataclass(frozen=True)
class Equal(Put):
    """One that is compared in another way."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True


class Subclass(Put):
    """A plain class below a data class."""


@dataclass
class Initialised:
    """One whose values are set in another way."""

    key: Any
    value: Any = None

    def __init__(self, value: Any, key: Any = None) -> None:
        self.key, self.value = value, key


@dataclass
class Setting:
    """One that keeps something else."""

    key: Any
    value: Any = None

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, 0)


@dataclass
class Shifted:
    """One with a parameter that is no field."""

    least: InitVar[Any]
    key: Any = None


class Doubling:
    """An attribute that keeps something else."""

    def __set__(self, owner: Any, value: Any) -> None:
        vars(owner)["key"] = 2 * value

    def __get__(self, owner: Any, kind: type) -> Any:
        return vars(owner)["key"] if owner is not None else 1


@dataclass
class Described:
    """One with such an attribute."""

    key: Any = Doubling()


@dataclass(slots=True)
class Slotted:
    """One without a dict."""

    key: Any
    value: Any = field(default=None, kw_only=True)


CHANGED = (Equal, Subclass, Initialised, Setting, Shifted, Described)
NAMES = {"Put": Put, "Mended": Mended, "Loose": Loose, "Plain": Plain}


def read(text: str) -> tuple[Written, Any]:
    graph = compile_source(hf.Source(text=f"source_iter([]) -> map({text}) -> null();"), "flow").graph
    (argument,) = next(node.call.arguments for node in graph.nodes.values() if node.operator.name == "map")
    found = written(argument, NAMES)
    assert found is not None
    return found, as_function(argument, NAMES, "flow")


@pytest.mark.parametrize("text", ["[0]", ".key", "[0].key", "[1][0]", ".a.b", "[10].ключ", '["a"]', '[0]["a b"].c'])
def test_a_path_is_written_as_it_is_read(text):
    assert text_of(path_from(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "0", "key", "[0", "[-1]", "[a]", '["a', '["a\\\\"]', ". key", "[0]key", "[0] .key", ".1", None, 0, (0,)],
)
def test_what_is_no_path_is_refused(text):
    with pytest.raises(ValueError, match="a key has a place in each item"):
        path_from(text)


def test_a_text_stands_in_either_quotes():
    assert text_of(path_from("['page']")) == '["page"]'
    assert text_of(path_from("""['"']""")) == """['"']"""
    assert path_from('["page"]') != path_from(".page")


@pytest.mark.parametrize(
    ("text", "key", "places"),
    [
        ("|x| x", "[0]", {"[0]"}),
        ("|(k, v)| k", "[0]", {""}),
        ("|(k, v)| (v, k)", "[0]", {"[1]"}),
        ("|(k, v)| (k, (k, v))", "[0]", {"[0]", "[1][0]"}),
        ("|(k, v)| v", "[0]", set()),
        ("|((a, b), v)| (b, a)", "[0][1]", {"[0]"}),
        ("|x| (x[0], 1)", "[0]", {"[0]"}),
        ("|x| (x[1], 1)", "[0]", set()),
        ("|x| x.key", ".key", {""}),
        ("|x| (x.key.part, 1)", ".key", set()),
        ("|x| (x.key, 1)", ".key.part", {"[0].part"}),
        ("|Put(k, v)| (k, v)", ".key", {"[0]"}),
        ("|(k, v)| Put(k, v)", "[0]", {".key"}),
        ("|(k, v)| Put(value=v, key=k)", "[0]", {".key"}),
        ("|(k, v)| Mended(k)", "[0]", set()),
        ("|(k, v)| Loose(k)", "[0]", set()),
        ("|(k, v)| Plain(k)", "[0]", set()),
        ("|(k, v)| (k + 1, v)", "[0]", set()),
        ("|((p, q), v)| ((p, q), v)", "[0]", set()),
        ("|((p, q), v)| ((p, q), v)", "[0][1]", {"[0][1]"}),
        ("|(k, v)| (k, v) if v else (k, 0)", "[0]", {"[0]"}),
        ("|(k, v)| (k, v) if v else (v, k)", "[0]", set()),
        ("|(k, *vs)| (k, vs)", "[0]", {"[0]"}),
        ("|(*ks, v)| (v, ks)", "[1]", set()),
        ("|(k, *vs, w)| (k, w)", "[2]", set()),
        ("|(*ks, v)| (v, ks)", "[0]", set()),
        ("|(k, v)| (*k, v)", "[0]", set()),
        ("|(k, v)| (k := v, k)", "[0]", set()),
        ("|(k, v)| [(k, w) for k in v for w in v]", "[0]", set()),
        # Entries of dicts.
        ('|x| (x["page"], 1)', '["page"]', {"[0]"}),
        ('|x| (x["page"], 1)', ".page", set()),
        ("|x| (x.page, 1)", '["page"]', set()),
        ('|x| (x["user"], 1)', '["page"]', set()),
        ('|(m, _)| m["item"]', '[0]["item"][0]', {"[0]"}),
        ('|(k, v)| {"page": k, "n": v}', "[0]", {'["page"]'}),
        ('|(k, v)| {"page": v, "n": k}', "[0]", {'["n"]'}),
        ('|(k, v)| {"page": v, "page": k}', "[0]", {'["page"]'}),
        ('|(k, v)| {"page": k, "page": v}', "[0]", set()),
        ('|(k, v)| {"page": k, v: 1}', "[0]", set()),
        ('|(k, v)| {v: 1, "page": k}', "[0]", {'["page"]'}),
        ('|x| {**x, "n": 1}', '["page"]', {'["page"]'}),
        ('|x| {**x, "page": 1}', '["page"]', set()),
        ('|x| {"page": 1, **x}', '["page"]', {'["page"]'}),
        ("|(x, y)| {**x, **y}", '[0]["page"]', set()),
        ("|(x, y)| {**y, **x}", '[0]["page"]', {'["page"]'}),
        ('|(x, y)| {**x, "n": y}', "[0]", set()),
        ('|(x, y)| {**x, "n": y}', "[0][0]", set()),
    ],
)
def test_a_key_is_found_where_it_stands_in_the_result(text, key, places):
    found = places_in_result(read(text)[0], frozenset({path_from(key)}))

    assert {text_of(place) for place in found} == places


def test_a_name_that_means_another_class_shows_no_place():
    graph = compile_source(hf.Source(text="source_iter([]) -> map(|(k, v)| Put(k, v)) -> null();"), "flow").graph
    (argument,) = next(node.call.arguments for node in graph.nodes.values() if node.operator.name == "map")
    function = written(argument, {"Put": lambda k, v: (v, k)})
    assert function is not None

    assert places_in_result(function, frozenset({(0,)})) == frozenset()


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("|(k, v)| [(k, v), (k, 1)]", {"[0]"}),
        ("|(k, v)| [(k, w) for w in v]", {"[0]"}),
        ("|(k, v)| [(w, k) for w in v]", {"[1]"}),
        ("|(k, v)| [(k, v), (v, k)]", set()),
        ("|(k, v)| [*v, (k, v)]", set()),
        ("|(k, v)| v", set()),
        ("|(k, v)| [(k, w) for w in v] if v else [(k, 0)]", {"[0]"}),
        ("|(k, v)| [(k, k) for k in k]", set()),
    ],
)
def test_a_key_is_found_in_each_item_of_an_iterable(text, places):
    found = places_in_result(read(text)[0], frozenset({(0,)}), apart=True)

    assert {text_of(place) for place in found} == places


def test_none_stands_for_no_result_where_that_is_dropped():
    function, _ = read("|(k, v)| (k, v) if v else None")

    assert places_in_result(function, frozenset({(0,)}), drops=True) == {(0,)}
    assert places_in_result(function, frozenset({(0,)})) == frozenset()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("|x| x", ""),
        ("|(k, v)| k", "[0]"),
        ("|(_, (k, v))| v", "[1][1]"),
        ("|x| x[0].key", "[0].key"),
        ('|x| x["page"]', '["page"]'),
        ("|Put(k, v)| v.part", ".value.part"),
        ("|(k, *v)| k", "[0]"),
        ("|(*k, v)| v", None),
        ("|(k, v)| (k, v)", None),
        ("|(k, v)| str(k)", None),
        ("|(k, v)| other", None),
    ],
)
def test_a_function_that_gives_a_part_of_its_item_tells_which(text, place):
    found = place_of_result(read(text)[0])

    assert (None if found is None else text_of(found)) == place


def test_the_fields_of_a_data_class_are_those_that_it_keeps_and_compares():
    assert list(fields_of(Put)) == ["key", "value"]
    assert list(fields_of(Slotted)) == ["key"]
    for value in (Mended, Loose, Plain, int, Put(1), None, *CHANGED):
        assert list(fields_of(value)) == []


PATTERNS = st.sampled_from(["x", "(k, v)", "((k, w), v)", "(k, *v)", "Put(k, v)"])
PARTS = st.recursive(
    st.sampled_from(["x", "k", "v", "w", "x[0]", "x[1]", "v[0]", "k.key", 'x["k"]', 'v["k"]', "1"]),
    lambda inner: st.one_of(
        st.builds("({}, {})".format, inner, inner),
        st.builds("Put({}, {})".format, inner, inner),
        st.builds('{{"k": {}, **{}, "v": {}}}'.format, inner, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("[{}, *{}]".format, inner, inner),
        st.builds("(k := {})".format, inner),
    ),
    max_leaves=5,
)
KEYS = ("[0]", "[1]", ".key", "[0][0]", "[0].key", '["k"]', '[1]["k"]')


def at(value: Any, path: Any) -> Any:
    for step in path:
        match step:
            case int():
                value = value[step]
            case Entry(name):
                value = value[name]
            case _:
                value = getattr(value, step)
    return value


def parted(value: Any) -> Any:
    """A value as it is written anew by who takes it apart: a tuple of its parts."""
    if isinstance(value, Put):
        return parted((value.key, value.value))
    return tuple(map(parted, value)) if isinstance(value, tuple | list) else value


ITEMS = [*product([1, 2], [(3, 4), [5]]), *product([(1, 2), Put(3)], [[6], (7, 8)]), Put((1, 2), [3]), Put(4, (5, 6))]
ITEMS += [{"k": 1, "v": 2}, (1, {"k": 2}), ({"k": 3, "w": 4}, {"k": 5})]


@given(PATTERNS, PARTS, st.sampled_from(KEYS))
def test_what_stands_at_a_place_that_is_found_is_the_key(pattern, body, key):
    try:
        function, call = read(f"|{pattern}| {body}")
    except hf.HydroflowError:
        return

    places = places_in_result(function, frozenset({path_from(key)}))

    for item in ITEMS:
        try:
            wanted, result = at(item, path_from(key)), call(item)
        except (TypeError, ValueError, AttributeError, IndexError, NameError, KeyError):
            continue
        for place in places:
            assert parted(at(result, place)) == parted(wanted), (item, text_of(place))
