from __future__ import annotations

import pytest

from hydroflow_nb.net.control import (
    Acknowledgement,
    Batch,
    Control,
    Introduction,
    Plain,
    Ready,
    body_of,
    control_of,
    is_introduction,
)
from hydroflow_nb.net.greeting import Greeting, greeting_of, is_farewell
from hydroflow_nb.net.messages.codec import HELLO

EACH = [Introduction("a" * 32), Batch("here", 1, 2), Acknowledgement("here", 7), Ready(), Plain()]


@pytest.mark.parametrize("control", EACH, ids=lambda control: type(control).__name__)
def test_what_is_written_is_read(control: Control) -> None:
    body = body_of(control)

    assert body[0] == HELLO
    assert control_of(body) == control
    assert is_introduction(body) == isinstance(control, Introduction)


def test_a_greeting_is_no_control_frame_and_a_control_frame_no_greeting() -> None:
    greeting = Greeting(port=7, leaves=True).frame()[4:]

    assert control_of(greeting) is None
    assert not is_introduction(greeting)
    assert is_farewell(greeting)
    assert not is_farewell(body_of(Ready()))
    with pytest.raises(ValueError, match="object"):
        greeting_of(body_of(Ready()))


@pytest.mark.parametrize("data", [b"\x91\x63", b"\x92\x00", b"\x93\x01\xa1s", b"\x92\x00" + b"\xa1a" * 3_000])
def test_what_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        control_of(bytes([HELLO]) + data)
