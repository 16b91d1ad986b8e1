"""Messages that bear the name of their channel, and what their items may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NewType

import pytest

from hydroflow_nb.net.messages.codec import JSON, MSGPACK, Classes, Undecodable, decoded, encoded
from hydroflow_nb.net.messages.tagged import channel_in, message_of


@dataclass(frozen=True)
class Connect:
    who: str


@dataclass(frozen=True)
class Said:
    text: str


@dataclass(frozen=True)
class Left:
    who: str
    last: Connect | Said | None = None


Asked = NewType("Asked", Connect)

ALL = [Connect("x"), Said("y"), Left("z", Said("y"))]


@pytest.mark.parametrize("codec", [JSON, MSGPACK], ids=["json", "msgpack"])
@pytest.mark.parametrize(
    ("kind", "items"),
    [
        (Connect, ALL[:1]),
        (Connect | Said, ALL[:2]),
        (Connect | Said | Left, ALL),
        (Connect | Said | None, [*ALL[:2], None]),
        (Asked | Said, ALL[:2]),
        (int | Connect | str | Said, [1, "a", *ALL[:2]]),
        (list[Connect | Said], [[], ALL[:2]]),
        (tuple[Connect | Said, int], [(ALL[0], 1), (ALL[1], 2)]),
        (dict[str, Connect | Said] | int, [1, {"a": ALL[0], "b": ALL[1]}]),
        (list[int] | tuple[int, ...], [[1], (1, 2)]),
    ],
    ids=str,
)
def test_the_items_of_a_channel_may_be_of_several_classes(codec: Any, kind: Any, items: list[Any]) -> None:
    classes = Classes(globals(), message_of({"a>b": kind, "a>c": int}))

    for item in items:
        message = decoded(encoded(codec, {"channel": "a>b", "item": item}), classes)
        assert (channel_in(message), message.item) == ("a>b", item)
        assert type(message.item) is type(item)


@pytest.mark.parametrize(
    ("channel", "item"), [("a>b", Left("z")), ("a>b", 1), ("a>b", [Said("y")]), ("a>c", Said("y")), ("a>d", Said("y"))]
)
def test_an_item_of_another_class_or_channel_is_undecodable(channel: str, item: Any) -> None:
    classes = Classes(globals(), message_of({"a>b": Connect | Said, "a>c": int}))

    with pytest.raises(Undecodable):
        decoded(encoded(JSON, {"channel": channel, "item": item}), classes)


def test_what_fits_no_class_of_a_channel_is_told_with_the_classes() -> None:
    with pytest.raises(Undecodable) as caught:
        decoded(encoded(JSON, {"channel": "a>b", "item": 1}), Classes(globals(), message_of({"a>b": Connect | Said})))

    assert caught.value.reason == "the field `item` of Message: 1 (int) is not of type Connect or Said"
