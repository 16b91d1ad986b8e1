from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, make_dataclass
from enum import Enum
from types import ModuleType
from typing import Annotated, Any, Literal, NamedTuple, NewType, TypeVar

import msgspec
import pytest

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.lattices import Max, SetUnion
from hydroflow_nb.net.messages.codec import JSON, MSGPACK, Classes, Undecodable, decoded, encoded


@dataclass(frozen=True)
class Message:
    text: str


@dataclass(frozen=True)
class Loud(Message):
    volume: float = 1.0


@dataclass(frozen=True)
class Node:
    value: int
    rest: Node | None = None
    tags: tuple[str, ...] = ()


@dataclass
class Mixed:
    kinds: list[Colour] = field(default_factory=list)
    seen: SetUnion[str] = field(default_factory=SetUnion)
    other: Unheard = None  # type: ignore[name-defined] # noqa: F821 # an annotation that cannot be read


class Colour(Enum):
    RED = "r"


class Place(NamedTuple):
    x: int
    y: int = 0


class Wire(msgspec.Struct):
    x: int


class Outer:
    @dataclass(frozen=True)
    class Inner:
        x: int


@dataclass(frozen=True)
class Either:
    held: Message | Outer.Inner | None
    more: tuple[Message | Outer.Inner | int, ...] = ()


class Plain:
    def __init__(self, **fields: Any) -> None:
        raise AssertionError("a class that is none of the known forms was called")


def made(tag: str, namespace: Mapping[str, Any], kind: Any = None, /, **fields: Any) -> Any:
    return decoded(JSON.head + JSON.pack({"$class": tag, **fields}), Classes(namespace, kind))


def reason(value: Any, kind: Any, namespace: Mapping[str, Any] | None = None) -> str:
    with pytest.raises(Undecodable) as caught:
        decoded(encoded(MSGPACK, value), Classes(globals() if namespace is None else namespace, kind))
    return caught.value.reason


def test_a_class_is_found_by_its_name_in_the_namespace() -> None:
    assert made("Message", {"Message": Message}, text="a") == Message("a")


def test_a_class_is_found_by_its_own_name_under_an_alias() -> None:
    assert made("Message", {"M": Message, "also": Message}, text="a") == Message("a")


def test_a_name_of_the_namespace_goes_before_a_class_s_own() -> None:
    other = make_dataclass("Message", ["text"])

    assert type(made("Message", {"Message": other, "M": Message}, text="a")) is other


def test_two_classes_of_one_name_under_aliases_are_none() -> None:
    other = make_dataclass("Message", ["text"])

    with pytest.raises(Undecodable, match=r"several classes .* 'Message': a, b"):
        made("Message", {"a": other, "b": Message}, text="a")


def test_a_class_that_is_redefined_is_the_new_one_for_the_next_message() -> None:
    namespace: dict[str, Any] = {"Message": Message}
    classes, body = Classes(namespace), encoded(MSGPACK, Message("a"))
    assert type(decoded(body, classes)) is Message

    namespace["Message"] = renewed = make_dataclass("Message", ["text"])
    assert type(decoded(body, classes)) is renewed

    del namespace["Message"]
    with pytest.raises(Undecodable, match="no class 'Message'"):
        decoded(body, classes)


def test_a_class_inside_of_a_class_is_found_by_its_dotted_name() -> None:
    assert decoded(encoded(JSON, Outer.Inner(1)), Classes({"Outer": Outer})) == Outer.Inner(1)


def test_a_class_of_a_function_goes_by_its_name_there() -> None:
    @dataclass
    class Local:
        x: int

    assert decoded(encoded(JSON, Local(1)), Classes({"Local": Local})) == Local(1)


def test_a_module_of_the_namespace_lends_the_classes_that_it_defines() -> None:
    module = ModuleType("messages")
    own = make_dataclass("Own", ["x"], namespace={"__module__": "messages"})
    own.__module__ = "messages"
    vars(module).update(Own=own, Message=Message)

    assert type(made("Own", {"m": module}, x=1)) is own
    with pytest.raises(Undecodable, match="no class 'Message'"):
        made("Message", {"m": module}, text="a")


@pytest.mark.parametrize(
    "tag",
    [
        *("os.system", "system", "subprocess.Popen", "Popen", "CompletedProcess", "print", "eval", "ValueError", "int"),
        *(
            "object",
            "type",
            "Plain",
            "Nothing",
            "",
            ".",
            "Outer.",
            ".Inner",
            "Outer.Inner.__class__",
            "Message.__init__",
        ),
        *(
            "Outer.Inner.x",
            "os",
            "sys",
            "Outer",
            "__builtins__.eval",
            "Trouble",
            "Meta",
            "namespace",
            "value.__class__",
        ),
    ],
)
def test_a_tag_of_anything_else_is_undecodable_and_never_called(tag: str) -> None:
    @dataclass
    class Trouble(Exception):
        x: int = 0

    class Meta(type):
        pass

    namespace = {**globals(), "os": os, "sys": sys, "subprocess": subprocess, "print": print, "Popen": subprocess.Popen}
    namespace |= {"ValueError": ValueError, "int": int, "Trouble": Trouble, "Meta": Meta, "value": Message("a")}

    with pytest.raises(Undecodable, match="no class"):
        made(tag, namespace)


def test_a_namespace_with_values_that_lie_about_themselves_is_searched_unharmed() -> None:
    class Liar:
        @property
        def __class__(self) -> type:  # type: ignore[override]
            raise RuntimeError

        def __getattr__(self, name: str) -> Any:
            raise RuntimeError

    class Meta(type):
        __hash__ = None  # type: ignore[assignment]

        def __getattribute__(cls, name: str) -> Any:
            raise RuntimeError

    class Odd(metaclass=Meta):
        pass

    with pytest.raises(Undecodable, match="no class"):
        made("Message", {"liar": Liar(), "Odd": Odd})


def test_lattices_are_known_to_everybody_and_never_mistaken_for_the_namespace_s() -> None:
    own = make_dataclass("Max", ["of"])

    assert decoded(encoded(JSON, Max(1)), Classes({})) == Max(1)
    assert decoded(encoded(JSON, Max(1)), Classes({"Max": own})) == Max(1)


T = TypeVar("T", bound=int)


@pytest.mark.parametrize(
    ("kind", "fit", "unfit"),
    [
        (int, [1, 2**70], [True, "1", 1.0, None]),
        (float, [1.0, 1], [True, "1"]),
        (str, ["a"], [b"a", 1]),
        (type(None), [None], [0, ()]),
        (None, [None, 1], []),
        (Any, [1, None, [2]], []),
        (object, [1], []),
        (int | None, [1, None], ["a"]),
        (tuple, [(1, "a")], [[1, "a"]]),
        (tuple[int, str], [(1, "a")], [(1, 2), (1,), (1, "a", 3), [1, "a"], "ab"]),
        (tuple[int, ...], [(), (1, 2)], [(1, "a")]),
        (dict[str, int], [{}, {"a": 1}], [{"a": "b"}, {1: 1}, [("a", 1)]]),
        (Mapping[str, int], [{"a": 1}], [{"a": None}]),
        (list[Message], [[], [Message("a"), Loud("b")]], [[1], (Message("a"),)]),
        (Sequence[int], [[1], (1,)], [["a"], {1}]),
        (set[int], [{1}], [{"a"}, frozenset({1})]),
        (Literal["a", 1], ["a", 1], [True, "b", 1.0]),
        (Colour, [Colour.RED], ["r", "RED"]),
        (Message, [Message("a"), Loud("a", 2.0), Loud("a", 2)], [Outer.Inner(1), "a", Message(1), Loud("a", "b")]),  # type: ignore[arg-type]
        (Message | Outer.Inner, [Message("a"), Outer.Inner(1)], [Place(1), Outer.Inner("a")]),  # type: ignore[arg-type]
        (Node, [Node(1, Node(2)), Node(1, None, ("a",))], [Node(1, Node("a")), Node(1, 2), Node(1, None, (1,))]),  # type: ignore[arg-type]
        (Place, [Place(1, 2)], [(1, 2), Place("a")]),  # type: ignore[arg-type]
        (Wire, [Wire(1)], [Wire("a")]),  # type: ignore[arg-type]
        (Mixed, [Mixed([1], 2)], [Message("a")]),  # type: ignore[arg-type, list-item]
        (SetUnion, [SetUnion({1})], [Max(1)]),
        (SetUnion[str], [SetUnion({1})], [Max(1)]),
        (Annotated[int, "metres"], [1], ["a"]),
        (NewType("Metres", int), [1], ["a"]),
        (T, [1], ["a"]),
    ],
    ids=str,
)
def test_a_kind_takes_what_is_of_it_and_nothing_else(kind: Any, fit: list[Any], unfit: list[Any]) -> None:
    for value in fit:
        for codec in (MSGPACK, JSON):
            back = decoded(encoded(codec, value), Classes(globals(), kind))
            assert back == value
            assert type(back) is type(value)
    for value in unfit:
        assert reason(value, kind)


def test_what_is_not_of_the_kind_says_where() -> None:
    assert reason(Message(1), Message) == "the field `text` of Message: 1 (int) is not of type str"  # type: ignore[arg-type]
    assert reason("a", int | None) == "'a' (str) is not of type int or None"
    assert "has 1 elements, but 2 are asked for" in reason((1,), tuple[int, str])


def test_a_kind_names_its_classes_even_where_the_namespace_does_not() -> None:
    assert decoded(encoded(JSON, Message("a")), Classes({}, Message)) == Message("a")
    assert decoded(encoded(JSON, [Colour.RED]), Classes({}, list[Colour | Message])) == [Colour.RED]


def test_a_kind_that_a_cell_redefines_is_the_new_one_for_the_next_message() -> None:
    namespace: dict[str, Any] = {"Message": Message}
    classes, body = Classes(namespace, list[Message] | Message), encoded(MSGPACK, Message("a"))
    assert type(decoded(body, classes)) is Message

    renewed = make_dataclass("Message", ["text"], frozen=True)
    renewed.__module__ = Message.__module__
    namespace["Message"] = renewed

    assert type(decoded(body, classes)) is renewed
    assert type(decoded(encoded(JSON, [Message("a")]), classes)[0]) is renewed


@pytest.mark.parametrize(
    ("kind", "plain", "value"),
    [
        (Message, {"text": "a"}, Message("a")),
        (Message, {"text": "a", "unknown": 1}, Message("a")),
        (Loud, {"text": "a"}, Loud("a")),
        (Node, {"value": 1, "rest": {"value": 2}, "tags": ["a"]}, Node(1, Node(2), ("a",))),
        (Node | None, {"value": 1}, Node(1)),
        (Place | Message, {"text": "a"}, Message("a")),
        (Place, {"x": 1}, Place(1)),
        (Wire, {"x": 1}, Wire(1)),
        (list[Message], [{"text": "a"}], [Message("a")]),
        (dict[str, Message], {"a": {"text": "b"}}, {"a": Message("b")}),
        (Either, {"held": {"x": 1}}, Either(Outer.Inner(1))),
        (Either, {"held": None, "unknown": 1}, Either(None)),
    ],
    ids=str,
)
def test_an_object_of_a_program_without_marks_becomes_what_is_asked_for(kind: Any, plain: Any, value: Any) -> None:
    for codec in (MSGPACK, JSON):
        assert decoded(codec.head + codec.pack(plain), Classes({}, kind)) == value


@pytest.mark.parametrize("plain", [{}, {"text": 1}, {"txt": "a"}, {"text": None}, {1: 2}])
def test_an_object_without_marks_that_does_not_fit_is_undecodable(plain: dict[Any, Any]) -> None:
    assert "is not a Message" in reason(plain, Message)


def test_an_object_without_marks_that_fits_no_class_of_a_union_says_where() -> None:
    assert reason({"held": 1}, Either) == (
        "the field `held` of Either: 1 (int) is not of type Message or Inner or None"
    )
    assert reason({"held": {}}, Either).startswith("the field `held` of Either: it is not a Message: ")
    assert reason({}, Either) == "it is not a Either: `Either` lacks its field 'held'"
    assert reason({"seen": 1}, Mixed) == "it is not a Mixed: NameError: name 'Unheard' is not defined"


@pytest.mark.parametrize("kind", [3, "Message", [int], ...])
def test_what_is_no_type_is_no_kind(kind: Any) -> None:
    with pytest.raises(Misfit, match="is not a type of messages"):
        Classes({}, kind)
