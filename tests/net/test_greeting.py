from __future__ import annotations

import pytest

from hydroflow_nb.net.frames import Frames
from hydroflow_nb.net.greeting import Greeting, greeting_of, is_farewell
from hydroflow_nb.net.messages.codec import JSON, MSGPACK, encoded

HEAD = b"\x10"


def body_of(greeting: Greeting) -> bytes:
    (body,) = Frames().feed(greeting.frame())
    return body


@pytest.mark.parametrize(
    "greeting",
    [Greeting(), Greeting(port=5000, listens=True), Greeting(path="/tmp/a.sock"), Greeting(token="ab12", leaves=True)],
)
def test_a_greeting_is_read_as_it_was_said(greeting: Greeting) -> None:
    assert greeting_of(body_of(greeting)) == greeting


@pytest.mark.parametrize("body", [encoded(MSGPACK, {"port": 5000}), encoded(JSON, "hello"), b""])
def test_a_message_is_not_a_greeting(body: bytes) -> None:
    assert greeting_of(body) is None
    assert not is_farewell(body)


@pytest.mark.parametrize(
    "body",
    [
        HEAD,
        HEAD + b"\xc1",
        HEAD + b"\x81\xa4port\xa1x",
        HEAD + b"\x91" * 900,
        HEAD + b"\xda\xff\xff" + b"\xff" * 2000,
        body_of(Greeting(path="x" * 2000)),
    ],
    ids=["empty", "no value", "a text for a port", "deep", "broken text", "too long"],
)
def test_a_greeting_that_cannot_be_read_raises_a_value_error_and_is_not_a_farewell(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        greeting_of(body)
    assert not is_farewell(body)


def test_only_a_greeting_that_says_so_is_a_farewell() -> None:
    assert is_farewell(body_of(Greeting(leaves=True)))
    assert not is_farewell(body_of(Greeting(port=5000)))
