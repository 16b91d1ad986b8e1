from __future__ import annotations

import math
from collections import namedtuple
from contextlib import suppress
from dataclasses import InitVar, dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag, IntEnum, StrEnum
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.lattices import (
    Conflict,
    DomPair,
    GeneralizedHashTrie,
    Lattice,
    MapUnion,
    MapUnionWithTombstones,
    Max,
    Min,
    Pair,
    Point,
    SetUnion,
    SetUnionWithTombstones,
    UnionFind,
    VecUnion,
    WithBot,
    WithTop,
)
from hydroflow_nb.net.messages.codec import (
    HELLO,
    JSON,
    MSGPACK,
    Classes,
    Codec,
    Undecodable,
    codec_of,
    decoded,
    encoded,
    readable,
)

CODECS = [MSGPACK, JSON]


@dataclass(frozen=True)
class EchoMsg:
    payload: Any
    stamp: int = 0


@dataclass
class Counted:
    name: str
    parts: list[Any] = field(default_factory=list)
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = len(self.name)


@dataclass(slots=True, kw_only=True)
class Slotted:
    x: int
    y: int = field(init=False)


@dataclass
class Derived(Counted):
    extra: Any = None


@dataclass(frozen=True)
class Even:
    number: int

    def __post_init__(self) -> None:
        if self.number % 2:
            raise ValueError(f"{self.number} is odd")


@dataclass
class Salted:
    text: str
    salt: InitVar[int]


@dataclass(frozen=True)
class Ping:
    @dataclass(frozen=True)
    class Inner:
        x: int


class Place(NamedTuple):
    x: float
    y: float = 0.0


Old = namedtuple("Old", "left right")


class Colour(Enum):
    RED = "r"
    GREEN = ("g", 2)


class Level(IntEnum):
    LOW = 1


class Word(StrEnum):
    YES = "yes"


class Access(Flag):
    READ = 1
    WRITE = 2


class Wire(msgspec.Struct, frozen=True, rename="camel"):
    some_name: str
    number: int = 7


class Longest(Lattice):
    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.text = text

    def merge(self, other: Longest, /) -> bool:
        changed = len(other.text) > len(self.text)
        self.text = max(self.text, other.text, key=len)
        return changed

    def reveal(self) -> str:
        return self.text

    def _arguments(self) -> tuple[str, ...]:
        return (self.text,)


class Text(str):
    pass


CLASSES = Classes(globals())


def shape(value: Any) -> Any:
    """What two values have in common that are equal and of the same classes throughout, in the same order."""
    match value:
        case list() | tuple():
            inside = [shape(part) for part in value]
        case dict():
            inside = [(shape(key), shape(held)) for key, held in value.items()]
        case set() | frozenset():
            inside = sorted((shape(part) for part in value), key=repr)
        case EchoMsg() | Counted():
            inside = [shape(held) for held in vars(value).values()]
        case float() | complex() | Decimal():  # nan equals nan here, and zeros have a sign
            inside = [repr(value)]
        case _:
            inside = [value]
    return type(value), inside


def same(left: Any, right: Any) -> bool:
    return bool(shape(left) == shape(right))


def there_and_back(codec: Codec, value: Any) -> Any:
    return decoded(encoded(codec, value), CLASSES)


VALUES = [
    *("", "Hello", "äöü 日本語 😀", "\0", "$class", True, False, None, 0, -1, 2**63, -(2**63), 2**64 - 1, 2**64),
    *(
        -(2**63) - 1,
        2**2000,
        10**4300 - 1,
        -(10**4300) + 1,
        0.5,
        -0.0,
        math.inf,
        -math.inf,
        math.nan,
        1e16,
        5e-324,
        1.0,
    ),
    *(b"", b"\xff\x00", bytearray(b"ab"), bytearray(), (), (1,), ("k", 7), [], [1, [2, (3,)]], {}, {"a": 1}),
    *(
        {1: "one", None: 2, (1, "a"): [3], 2.5: 4, False: 5} | {"b": 1},
        {"$tuple": [1]},
        {"$class": "EchoMsg"},
        {"$": 1},
    ),
    *({"price in $": 1}, set(), {1, "a", (2,)}, frozenset({frozenset(), frozenset({1})}), {frozenset({1}): set()}),
    *(complex(-0.0, math.inf), Decimal("1.50"), Decimal("-Infinity"), UUID(int=7), date(2024, 2, 29), time(1, 2, 3, 4)),
    *(time(1, fold=1), datetime(1, 1, 1), datetime(2024, 5, 6, 7, fold=1), datetime(2024, 1, 1, tzinfo=UTC)),
    *(datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=-3, seconds=7))), timedelta(-1, 5, 7), timedelta.max),
    *(EchoMsg("Hello", 1), EchoMsg(EchoMsg((1, {2}))), Counted("abc", [(1,)]), Derived("abc", [], {1: 2}), Even(2)),
    *(
        Ping(),
        Ping.Inner(3),
        Place(1.0),
        Old(1, (2,)),
        Colour.RED,
        Colour.GREEN,
        Level.LOW,
        Word.YES,
        Wire("a"),
        Longest("ab"),
    ),
    *(Access.READ, Access.READ | Access.WRITE, Access(0), {Colour.RED: Level.LOW}, {EchoMsg(1): Place(1.0)}),
    *(Max(3), Max(), Min("a"), SetUnion({1}), SetUnion(), MapUnion({"a": Max(1), (1,): Max(2)}), Pair(Max(1), Min(2))),
    *(DomPair(Max(1), SetUnion({"a"})), Point(1), Conflict(3), VecUnion([Max(1)]), WithBot(), WithBot(Max(1))),
    *(WithTop(Max(1)), UnionFind([{1, 2}, {"a"}]), SetUnionWithTombstones({1}, {2})),
    MapUnionWithTombstones({"a": Max(1)}, {"b"}),
    *(GeneralizedHashTrie(2, [("a", 1, 2.5), ("a", 1, None)]), GeneralizedHashTrie(0, [(1,)]), GeneralizedHashTrie(3)),
]


@pytest.mark.parametrize("codec", CODECS, ids=repr)
@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_with_its_exact_classes(codec: Codec, value: Any) -> None:
    assert same(there_and_back(codec, value), value)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_is_readable_of_a_message_is_the_message_in_json(value: Any) -> None:
    for codec in CODECS:
        line = readable(encoded(codec, value))

        assert len(line.splitlines()) <= 1
        assert same(decoded(JSON.head + line.encode(), CLASSES), value)


def test_a_field_that_was_never_set_is_not_set_after_the_way_either() -> None:
    for codec in CODECS:
        back = there_and_back(codec, Slotted(x=1))

        assert back.x == 1
        assert not hasattr(back, "y")


def test_a_field_that_the_constructor_does_not_take_keeps_its_value() -> None:
    counted = Counted("abc")
    counted.size = 99

    assert there_and_back(MSGPACK, counted).size == 99


def test_a_time_zone_becomes_its_offset() -> None:
    summer = datetime(2024, 7, 1, tzinfo=ZoneInfo("Europe/Berlin"))

    back = there_and_back(MSGPACK, summer)

    assert back == summer
    assert back.tzinfo == timezone(timedelta(hours=2))


hashables = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.complex_numbers()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.uuids()
    | st.sampled_from([*Colour, *Level, *Word, *Access]),
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple)
        | st.frozensets(inner, max_size=4)
        | st.builds(EchoMsg, inner, st.integers())
        | st.builds(Place, st.floats(), st.floats())
    ),
    max_leaves=6,
)
values = st.recursive(
    hashables | st.binary().map(bytearray),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.sampled_from(["$tuple", "$class", "$x"]), inner, max_size=4)
        | st.dictionaries(hashables, inner, max_size=3)
        | st.sets(hashables, max_size=4)
        | st.builds(EchoMsg, inner, st.integers())
        | st.builds(Counted, st.text(max_size=3), st.lists(inner, max_size=3))
    ),
    max_leaves=12,
)


@given(value=values)
@settings(max_examples=200, deadline=None)
def test_any_nested_value_comes_back_by_both_codecs(value: Any) -> None:
    for codec in CODECS:
        assert same(there_and_back(codec, value), value)


def refused(value: Any, codec: Codec = MSGPACK) -> Misfit:
    with pytest.raises(Misfit) as caught:
        encoded(codec, value)
    return caught.value


@pytest.mark.parametrize("codec", CODECS, ids=repr)
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (lambda: 1, "a `function` is not plain data"),
        (Text("a"), "a `Text` is not plain data"),
        (object, "a `type` is not plain data"),
        (ValueError("x"), "a `ValueError` is not plain data"),
        (math, "a `module` is not plain data"),
        ("\ud800", "half of a surrogate pair"),
        ({"\ud800": 1}, "the key '\\ud800'"),
        ([2**80, "\ud800"], "element 1"),
        (Salted("a", 1), "`salt`, which is not a field"),
        ([1, (2, object)], "element 1 of element 1 of"),
        (EchoMsg({"a": {1: object}}), "the value at 1 of the value at 'a' of the field `payload` of EchoMsg("),
        ({("a", object): 1}, "element 1 of the key ('a'"),
        ({object}, "an element of"),
        (MapUnion({"a": Point(object)}), "the content of the Point"),
    ],
    ids=lambda value: value if type(value) is str and value.isascii() else type(value).__name__,
)
def test_what_cannot_be_sent_is_refused_with_its_place(codec: Codec, value: Any, words: str) -> None:
    misfit = refused(value, codec)

    assert words in str(misfit)
    assert "dataclasses" in misfit.hint


def test_a_value_that_holds_itself_or_nests_too_deep_is_refused() -> None:
    own: list[Any] = []
    own.append(own)
    deep: Any = 1
    for _ in range(100_000):
        deep = (deep,)

    assert "deeper than 120" in str(refused(own))
    assert "deeper than 120" in str(refused(deep))


@pytest.mark.parametrize("codec", CODECS, ids=repr)
@pytest.mark.parametrize("mark", [None, "$tuple", "$frozenset", "$map"])
@pytest.mark.parametrize("scalar", [1, {"$int": "0x1"}, {"$decimal": "1.5"}])
def test_what_is_taken_in_can_be_sent_on_with_more_around_it(codec: Codec, mark: str | None, scalar: Any) -> None:
    raw: Any = scalar
    with suppress(Undecodable):
        while True:
            value = decoded(body(raw, codec), CLASSES)
            raw = {"$map": [[1, raw]]} if mark == "$map" else [raw] if mark is None else {mark: [raw]}

    for _ in range(20):
        value = (value,)

    assert encoded(codec, value)


def test_keys_that_were_chosen_to_have_one_hash_are_refused_at_once() -> None:
    modulus = (1 << 61) - 1
    many = [{"$int": str(modulus * (10 + count))} for count in range(300)]

    assert "have the same hash" in reason(body({"$set": many}))
    assert "have the same hash" in reason(body({"$map": [[key, 1] for key in many]}))
    assert len(decoded(body({"$set": many[:100]}), CLASSES)) == 100


@pytest.mark.parametrize("codec", CODECS, ids=repr)
def test_values_may_nest_a_hundred_levels_deep(codec: Codec) -> None:
    for wrap in (lambda held: [held], lambda held: {1: held}, EchoMsg, lambda held: (held,)):
        value: Any = 1
        for _ in range(99):
            value = wrap(value)

        assert readable(encoded(codec, there_and_back(codec, value))) == readable(encoded(codec, value))


def test_lattices_nest_less_deep_as_each_copies_what_is_in_it() -> None:
    value: Any = Max(1)
    for _ in range(15):
        value = WithBot(value)

    assert same(there_and_back(MSGPACK, value), value)
    assert "deeper than" in reason(encoded(MSGPACK, WithBot(WithBot(value))))


def body(value: Any, codec: Codec = MSGPACK) -> bytes:
    return codec.head + codec.pack(value)


def reason(message: bytes, classes: Classes = CLASSES) -> str:
    with pytest.raises(Undecodable) as caught:
        decoded(message, classes)
    assert len(caught.value.reason) < 400
    return caught.value.reason


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (b"", "empty"),
        (b"\x21\x01", "version 2"),
        (b"\x1f\x01", "unknown codec 15"),
        (bytes([HELLO]) + b"\x01", "greeting"),
        (MSGPACK.head, "truncated"),
        (MSGPACK.head + b"\x01\x01", "trailing"),
        (MSGPACK.head + b"\xa1\xff", "not UTF-8"),
        (JSON.head + b'"\xff"', "not UTF-8"),
        (JSON.head + b'"\\ud800"', "cannot be read"),
        (JSON.head + b"1e999", "cannot be read"),
        (MSGPACK.head + b"\xc1", "cannot be read"),
        (MSGPACK.head + b"\xd4\x05\x00", "msgpack Ext"),
        (MSGPACK.head + b"\x81\x80\x01", "hashable"),
        (MSGPACK.head + b"\x81\x91\x01\x01", "is not a plain value"),
        (MSGPACK.head + b"\xdd\xff\xff\xff\xff", "truncated"),
        (MSGPACK.head + b"\xdf\xff\xff\xff\xff", "truncated"),
        (MSGPACK.head + b"\xdb\xff\xff\xff\xff", "truncated"),
        (MSGPACK.head + b"\xc6\xff\xff\xff\xff", "truncated"),
        (MSGPACK.head + b"\xdd\x7f\xff\xff\xff" * 10_000, "deep"),
        (MSGPACK.head + b"\x91" * 10_000, "deep"),
        (MSGPACK.head + b"\x91" * 102 + b"\x01", "deeper than 100"),
        (JSON.head + b"[" * 10_000, "deep"),
        (JSON.head + b'{"a":' * 5_000, "deep"),
        (JSON.head + b"9" * 1_000_000, "cannot be re"),
        (body({"$set": [[1]]}), "cannot be a key or an element"),
        (body({"$frozenset": [{"$set": []}]}), "cannot be a key or an element"),
        (body({"$map": [[[1], 2]]}), "cannot be a key or an element"),
        (body({"$map": [[1, 2], [1, 3]]}), "the same key twice"),
        (body({"$map": [[1]]}), "is not a list of pairs"),
        (body({"$map": 3}), "is not a list of pairs"),
        (body({"$tuple": 3}), "is not a list, and must be one here"),
        (body({"$tuple": [], "more": 1}), "has other keys as well"),
        (body({"$tuple": [], "$set": []}), "has other keys as well"),
        (body({"$unknown": 1}), "unknown mark '$unknown'"),
        (body({"$int": "1_0"}), "is not a valid int"),
        (body({"$int": "٣"}), "is not a valid int"),
        (body({"$int": 3}), "is not a valid int"),
        (body({"$int": "9" * 1_000_000}), "is not a valid int"),
        (body({"$float": "1.5"}), "is not a valid float"),
        (body({"$bytes": "?"}), "is not a valid bytes"),
        (body({"$complex": [1, 2]}), "is not two floats"),
        (body({"$decimal": 1}), "is not a valid decimal"),
        (body({"$decimal": "x"}), "is not a valid decimal"),
        (body({"$uuid": [1]}), "is not a valid uuid"),
        (body({"$date": "yesterday"}), "is not a valid date"),
        (body({"$time": "12:00", "fold": 2}), "is not a valid time"),
        (body({"$datetime": {}}), "is not a valid datetime"),
        (body({"$timedelta": [10**12, 0, 0]}), "is not a valid timedelta"),
        (body({"$timedelta": 3}), "is not a valid timedelta"),
        (body({"$class": "EchoMsg"}), "lacks its field 'payload'"),
        (body({"$class": "EchoMsg", "payload": 1, "size": 2}), "has no field 'size'"),
        (body({"$class": "EchoMsg", "payload": 1, "$set": 2}), "has no field '$set'"),
        (body({"$class": "Even", "number": 3}), "ValueError: 3 is odd"),
        (body({"$class": "Salted", "text": "a"}), "`salt`, which is not a field"),
        (body({"$class": "Colour"}), "is an enum"),
        (body({"$class": ["EchoMsg"]}), "is not the name of a class"),
        (body({"$class": "x" * 1000}), "is not the name of a class"),
        (body({"$enum": "Colour.BLUE"}), "is not a member"),
        (body({"$enum": "Colour.__class__"}), "is not a member"),
        (body({"$enum": "EchoMsg.payload"}), "is not a member"),
        (body({"$enum": 3}), "is not a member"),
        (body({"$enum": "Access", "value": 1 << 40}), "is not a flag"),
        (body({"$enum": "Colour", "value": 1}), "is not a flag"),
        (body({"$lattice": "Lattice", "of": []}), "'Lattice' is not a lattice"),
        (body({"$lattice": "LatticeError", "of": []}), "is not a lattice"),
        (body({"$lattice": "Max", "of": [1, 2]}), "`Max` cannot be made of it"),
        (body({"$lattice": "Max", "on": []}), "must have the key `of` and no others"),
        (body({"$lattice": "MapUnion", "of": [{"a": 1}]}), "`MapUnion` cannot be made of it"),
    ],
    ids=lambda value: value if type(value) is str and value.isascii() else type(value).__name__,
)
def test_what_cannot_be_read_says_why(message: bytes, words: str) -> None:
    assert words in reason(message)
    assert readable(message, 100)


def test_a_class_that_raises_whatever_it_likes_makes_a_message_undecodable_only() -> None:
    @dataclass(frozen=True)
    class Wild:
        x: int

        def __hash__(self) -> int:
            raise KeyError("mine")

    classes = Classes({"Wild": Wild})

    assert "KeyError" in reason(body({"$set": [{"$class": "Wild", "x": 1}]}), classes)


@given(data=st.binary(max_size=200), codec=st.sampled_from(CODECS))
@settings(max_examples=500, deadline=None)
def test_random_bytes_give_a_value_or_undecodable_and_nothing_else(data: bytes, codec: Codec) -> None:
    for message in (data, codec.head + data):
        with suppress(Undecodable):
            decoded(message, CLASSES)
        assert isinstance(readable(message), str)


marked = st.recursive(
    st.none()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | st.sampled_from(["Max", "EchoMsg"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("$tuple", "$set", "$map", "$bytes", "$bytearray", "$int", "$float", "$complex", "$decimal"),
                    *("$class", "$enum", "$lattice", "$date", "$time", "$datetime", "$timedelta", "$uuid"),
                    *("of", "value", "fold", "payload", "stamp"),
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@given(raw=marked, codec=st.sampled_from(CODECS))
@settings(max_examples=500, deadline=None)
def test_misused_marks_give_a_value_or_undecodable_and_nothing_else(raw: Any, codec: Codec) -> None:
    try:
        value = decoded(body(raw, codec), CLASSES)
    except Undecodable:
        return
    assert same(there_and_back(codec, value), value)


@given(value=values, at=st.integers(0, 300), byte=st.integers(0, 255), codec=st.sampled_from(CODECS))
@settings(max_examples=300, deadline=None)
def test_a_message_with_a_wrong_byte_gives_a_value_or_undecodable(value: Any, at: int, byte: int, codec: Codec) -> None:
    message = bytearray(encoded(codec, value))
    message[at % len(message)] = byte
    with suppress(Undecodable):
        decoded(bytes(message), CLASSES)


def test_a_mark_may_stand_after_the_fields() -> None:
    assert decoded(JSON.head + b'{"payload": "Hello", "$class": "EchoMsg"}', CLASSES) == EchoMsg("Hello")


def test_what_programs_send_that_know_nothing_of_marks_is_taken_as_it_is() -> None:
    assert decoded(MSGPACK.head + msgspec.msgpack.encode({1: [2], b"a": None}), CLASSES) == {1: [2], b"a": None}
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    assert decoded(MSGPACK.head + msgspec.msgpack.encode(moment), CLASSES) == moment


def test_a_body_says_its_version_and_codec_in_its_first_byte() -> None:
    assert encoded(MSGPACK, 1)[0] == 0x11
    assert encoded(JSON, [1, "a"]) == b'\x12[1,"a"]'


def test_equal_sets_make_equal_messages() -> None:
    forth, back = set(range(0, 8000, 8)), set(range(7992, -1, -8))

    assert encoded(JSON, forth) == encoded(JSON, back)


def test_a_codec_has_a_name() -> None:
    assert codec_of("msgpack") is MSGPACK
    assert codec_of(JSON) is JSON
    with pytest.raises(
        ValueError, match=r"'pickle' is not a codec: write \"msgpack\", \"json\", \"lines\" or \"bytes\""
    ):
        codec_of("pickle")


def test_what_is_readable_is_one_line_of_json() -> None:
    assert (
        readable(encoded(MSGPACK, EchoMsg(("k", 7)))) == '{"$class":"EchoMsg","payload":{"$tuple":["k",7]},"stamp":0}'
    )
    assert readable(encoded(MSGPACK, "a\n\u2028\u202eb\x7f")) == '"a\\n\\u2028\\u202eb\\u007f"'
    assert readable(encoded(MSGPACK, [b"\x00", math.inf])) == '[{"$bytes":"AA=="},{"$float":"inf"}]'
    assert readable(JSON.head + b'{\n "a" : 1 }') == '{"a":1}'
    assert readable(MSGPACK.head + b"\x81\x01\xd4\x05\x00") == '{"$map":[[1,{"$ext":[5,"AA=="]}]]}'
    assert readable(bytes([HELLO]) + b"\xa1a") == '⟨greeting "a"⟩'


def test_what_is_not_readable_says_so() -> None:
    assert readable(b"") == "⟨undecodable: the message is empty⟩"
    assert readable(b"GET / HTTP/1.1").startswith("⟨undecodable: it has version 4")
    assert readable(MSGPACK.head + b"\x91" * 10_000) == "⟨undecodable: it nests too deeply⟩"
    assert readable(None).startswith("⟨undecodable")  # type: ignore[arg-type]


def test_what_is_readable_is_cut_at_the_limit() -> None:
    assert readable(encoded(JSON, "x" * 1000), 10) == '"xxxxxxxxx… (1,002 characters)'


class Scalar:
    """A number as numpy has them: of a class of its own, with a `dtype` and `item`."""

    dtype = "like numpy's"

    def __init__(self, value: Any) -> None:
        self.value = value

    def item(self) -> Any:
        return self.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __eq__(self, other: object) -> bool:
        return bool(self.value == getattr(other, "value", other))


class FloatScalar(float):
    """numpy's float64 is a subclass of `float`."""

    dtype = "float64"

    def item(self) -> float:
        return float(self)


class LongScalar(Scalar):
    """numpy's longdouble gives itself: Python has no number of so many bits."""

    def item(self) -> Any:
        return self

    def __float__(self) -> float:
        return float(self.value)


class ArrayLike(Scalar):
    """Of one element, and yet no scalar."""

    def __setitem__(self, index: Any, value: Any) -> None: ...


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(
    ("value", "read"),
    [
        (Scalar(3), 3),
        (Scalar(2**63), 2**63),
        (Scalar(True), True),
        (Scalar(1.5), 1.5),
        (Scalar(1 + 2j), 1 + 2j),
        (FloatScalar(0.5), 0.5),
        (FloatScalar("inf"), float("inf")),
        (LongScalar(2.5), 2.5),
        ([Scalar(1), {"a": (FloatScalar(2.0),)}], [1, {"a": (2.0,)}]),
        ({Scalar(1): Scalar(2)}, {1: 2}),
        ({Scalar(1)}, {1}),
    ],
)
def test_scalars_of_numpy_are_numbers(codec: Codec, value: Any, read: Any) -> None:
    found = decoded(encoded(codec, value), Classes({}))

    assert (repr(found), type(found)) == (repr(read), type(read))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("value", [ArrayLike(1), Scalar("text"), Scalar(None)])
def test_what_only_looks_like_a_scalar_is_no_number(codec: Codec, value: Any) -> None:
    with pytest.raises(Misfit, match="is not plain data"):
        encoded(codec, value)


@pytest.mark.parametrize("codec", CODECS)
def test_numbers_of_numpy_itself_are_numbers(codec: Codec) -> None:
    numpy = pytest.importorskip("numpy")
    values = [numpy.int8(1), numpy.uint64(2), numpy.float32(0.5), numpy.float64(0.5), numpy.bool_(True)]

    assert decoded(encoded(codec, values), Classes({})) == [1, 2, 0.5, 0.5, True]
