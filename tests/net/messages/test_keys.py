"""Keys: equal ones are encoded alike, and so belong to the same member."""

import os
import subprocess
import sys
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, IntFlag, StrEnum
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.net import member_of
from hydroflow_nb.net.messages.keys import encoded_key

Point = namedtuple("Point", "x y")


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


class Bits(IntFlag):
    A = 1
    B = 2


class Kind(Enum):
    A = 1


@dataclass(frozen=True)
class User:
    number: int
    nickname: str = field(default="", compare=False)


class Account(msgspec.Struct, frozen=True):
    number: int


class Word(str):
    """A text of a class of its own, which is equal to others as a text is."""


BERLIN = ZoneInfo("Europe/Berlin")
EQUAL = [
    (1, 1.0, True, Decimal("1.00"), Fraction(1), 1 + 0j, Level.LOW, Bits.A),
    (0, -0.0, 0.0, False, Decimal("-0.0"), Decimal("0E+7"), Fraction(0), -0j),
    (3, Bits.A | Bits.B),
    (0.5, Decimal("0.5"), Fraction(1, 2), complex(0.5, -0.0)),
    (Decimal("0.1"), Fraction(1, 10)),
    (10**300, Decimal(10) ** 300, Fraction(10**300)),
    (1e300, int(1e300), Decimal.from_float(1e300)),
    (5e-324, Decimal.from_float(5e-324), Fraction(5e-324)),
    (Fraction(10**400, 3), Fraction(2 * 10**400, 6)),
    (float("inf"), Decimal("Infinity")),
    (1 + 0.0j, complex(1, -0.0), 1),
    (complex(0.0, 2), complex(-0.0, 2)),
    ("red", Colour.RED, Word("red")),
    (b"red", bytearray(b"red")),
    ((1, 2), Point(1, 2), Point(True, 2.0), (Decimal(1), Fraction(2))),
    (frozenset({1, 2}), frozenset({2.0, True}), {2, 1}),
    (frozenset({("a", 1), ("b", 0)}), frozenset({("b", False), Point("a", 1.0)})),
    ({"a": 1, "b": 2}, {"b": 2.0, "a": True}),
    ([1, (2, 3)], [1.0, Point(2, 3.0)]),
    (User(1, "ada"), User(True, "eve")),
    (Account(1), Account(1.0)),
    (Kind.A, Kind["A"]),
    (UUID(int=7), UUID(int=7)),
    (None, None),
    (datetime(2024, 5, 1, 12, tzinfo=UTC), datetime(2024, 5, 1, 14, tzinfo=BERLIN)),
    (datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN), datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN, fold=1)),
    (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))), datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))),
    (time(12, tzinfo=UTC), time(14, tzinfo=timezone(timedelta(hours=2)))),
    (timedelta(days=1), timedelta(hours=24)),
    (date(2024, 5, 1), date(2024, 5, 1)),
]


# Not by their texts: the order in that of a set differs from process to process.
@pytest.mark.parametrize("values", EQUAL, ids=[f"{type(one[0]).__name__}-{at}" for at, one in enumerate(EQUAL)])
def test_equal_keys_are_encoded_alike(values):
    assert all(value == values[0] for value in values)

    assert len({encoded_key(value) for value in values}) == 1


numbers = st.one_of(
    st.integers(-3, 3),
    st.booleans(),
    st.sampled_from([0.0, -0.0, 0.5, 1.0, 2.0, -1.0, 1e16, 2.5, float("inf")]),
    st.sampled_from([Decimal("0.5"), Decimal("1.0"), Decimal("-0"), Decimal("1E+16"), Decimal("0.1"), Decimal("2.50")]),
    st.fractions(min_value=-2, max_value=2, max_denominator=2),
    st.sampled_from([0j, 1 + 0j, 1j, complex(-0.0, 1)]),
    st.sampled_from([Level.LOW, Bits.B, 10**16]),
)
atoms = numbers | st.sampled_from(["", "1", "red", Colour.RED, b"1", None, Kind.A])
keys = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, inner),
        st.builds(Point, inner, inner),
        st.builds(User, inner, st.sampled_from(["a", "b"])),
        st.frozensets(inner, max_size=3),
    ),
    max_leaves=4,
)


@st.composite
def twins(draw):
    """A key, and another one in which each number is of any class that is equal to it."""

    def twin(value):
        match value:
            case User():
                return User(twin(value.number), draw(st.sampled_from(["a", "b"])))
            case tuple():
                return draw(st.sampled_from([tuple, lambda parts: Point(*parts)]))([twin(part) for part in value])
            case frozenset():
                return frozenset(twin(part) for part in draw(st.permutations(sorted(value, key=repr))))
            case int() | float() | Decimal() | Fraction() if abs(value) != float("inf"):
                exact = Fraction(value)
                ways = (
                    [exact] + [int(exact), bool(exact)] * (exact in (0, 1)) + [float(exact)] * (float(exact) == exact)
                )
                return draw(st.sampled_from(ways))
        return value

    key = draw(keys)
    return key, twin(key)


@given(keys, keys, st.integers(1, 9))
def test_any_two_keys_that_are_equal_belong_to_one_member(one, other, count):
    if one == other:
        assert member_of(range(count), one) == member_of(range(count), other)


@given(twins(), st.integers(2, 9))
def test_a_key_and_its_twin_in_other_classes_belong_to_one_member(pair, count):
    one, other = pair
    assert one == other

    assert encoded_key(one) == encoded_key(other)
    assert member_of(range(count), one) == member_of(range(count), other)


def of_other_methods(base, *arguments):
    """An instance of a subclass that is compared as its base is, while every other method says something else."""

    def lies(*_):
        raise AssertionError("a method that a class may replace was called")

    kept = {"__eq__", "__hash__", "__new__", "__init__", "__repr__", "__getattribute__", "__class__", "__doc__"}
    names = {name for one in base.__mro__ for name in vars(one)} - kept - {"__init_subclass__", "__subclasshook__"}
    slots = {name for name in names if not name.startswith("__") and name.startswith("_")} | {"__slots__"}
    own = {name: property(lies) if not callable(getattr(base, name)) else lies for name in names - slots}
    return type(f"Own{base.__name__}", (base,), own)(*arguments)


@pytest.mark.parametrize(
    ("base", "arguments"),
    [
        (int, [7]),
        (float, [2.0]),
        (float, ["nan"]),
        (complex, [1, 2]),
        (Decimal, ["2.5"]),
        (str, ["red"]),
        (bytes, [b"red"]),
        (bytearray, [b"red"]),
        (tuple, [(1, "a")]),
        (list, [(1, "a")]),
        (frozenset, [(1, 2)]),
        (set, [(1, 2)]),
        (dict, [{"a": 1}]),
        (date, [2024, 5, 1]),
        (datetime, [2024, 5, 1, 12]),
        (time, [12, 30]),
        (timedelta, [1, 2, 3]),
    ],
)
def test_a_key_is_what_it_is_compared_as_whatever_its_class_says(base, arguments):
    assert encoded_key(of_other_methods(base, *arguments)) == encoded_key(base(*arguments))


def test_texts_and_bytes_are_told_apart():
    assert encoded_key("1") != encoded_key(b"1") != encoded_key(1)


def test_numbers_of_numpy_are_numbers():
    numpy = pytest.importorskip("numpy")

    for value in (numpy.int64(1), numpy.uint8(1), numpy.float64(1), numpy.float32(1), numpy.bool_(True)):
        assert encoded_key((value,)) == encoded_key((1,))
    assert encoded_key(numpy.float64(0.1)) == encoded_key(0.1)


def test_the_member_of_a_key_is_the_same_in_every_version():
    chosen = [member_of(range(8), key) for key in ("ada", 7, 0.1, ("ada", 7), None)]

    assert chosen == [6, 4, 5, 3, 7]


def test_keys_are_encoded_alike_whatever_the_hash_seed():
    keys = "(frozenset({'a', 'b', 'c', ('d', 1.0)}), {'x': {'y', 'z', 'u', 'v'}})"
    program = f"from hydroflow_nb.net.messages.keys import encoded_key; print(encoded_key({keys}))"
    around = {**os.environ, "PYTHONHASHSEED": "4242"}

    said = subprocess.run([sys.executable, "-c", program], env=around, capture_output=True, text=True, check=True)

    assert said.stdout.strip() == repr(encoded_key(eval(keys)))


class Odd:
    """It says itself what it is equal to."""

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


@dataclass(frozen=True)
class Case:
    """A data class that is not compared by its fields."""

    text: str

    def __eq__(self, other):
        return self.text.lower() == other.text.lower()

    def __hash__(self):
        return hash(self.text.lower())


class Caseless(str):
    def __eq__(self, other):
        return self.lower() == other.lower()

    def __hash__(self):
        return hash(self.lower())


class Unhashable(type):  # noqa: PLW1641 # its classes have no hash
    def __eq__(cls, other):
        return cls is other


class OfUnhashable(metaclass=Unhashable):
    pass


@dataclass(frozen=True)
class Broken:
    """A data class of which a field cannot be read."""

    number: int

    def __getattribute__(self, name):
        if name == "number":
            raise RuntimeError("no number")
        return super().__getattribute__(name)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (Odd(), "when an instance of `Odd` is equal to another value cannot be told"),
        (Case("a"), "when an instance of `Case` is equal"),
        (Caseless("a"), "when an instance of `Caseless` is equal"),
        (OrderedDict(a=1), "when an instance of `OrderedDict` is equal"),
        (object(), "an instance of `object` is equal to nothing but itself"),
        (("a", [object()]), "an instance of `object` is equal to nothing but itself"),
        (Decimal("1e100000"), "it has more than 4,300 digits"),
        (10**5000, "it has more than 4,300 digits"),
        (OfUnhashable(), "TypeError: unhashable type: 'Unhashable'"),
        (Broken(1), "RuntimeError: no number"),
        ("\ud800", "it holds half of a surrogate pair"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_key_that_cannot_be_encoded_is_refused(key, says):
    with pytest.raises(Misfit, match="cannot choose a member") as refused:
        encoded_key(key)

    assert says in str(refused.value)
    assert refused.value.hint.startswith("make the key of numbers, texts,")


def test_a_key_that_nests_too_deeply_is_refused():
    key = ()
    for _ in range(10_000):
        key = (key,)

    with pytest.raises(Misfit, match="nests too deeply"):
        encoded_key(key)
