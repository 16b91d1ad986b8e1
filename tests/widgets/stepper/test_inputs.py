from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fronts import SUMS, Front

import hydroflow_nb as hf
from hydroflow_nb.engine.inbox import Inbox


def test_an_expression_is_evaluated_in_the_namespace_of_the_notebook(
    front: Callable[[str], Front], namespace: dict[str, Any]
) -> None:
    page = front(SUMS)
    namespace["three"] = 3

    one = page.ask("send", input="numbers", text=" three ", each=False)
    many = page.ask("send", input="numbers", text="[n * three for n in range(1, 4)]", each=True)

    assert (one["count"], many["count"]) == (1, 3)
    assert page.news[-1]["waiting"]["numbers"] == {"count": 4, "items": ["3", "3", "6", "9"]}


@pytest.mark.parametrize(
    ("text", "each", "told"),
    [
        ("nowhere", False, "NameError: name 'nowhere' is not defined"),
        ("1 +", False, "SyntaxError: invalid syntax"),
        ("5", True, "TypeError: 'int' object is not iterable"),
    ],
)
def test_an_expression_that_fails_is_told_and_sends_nothing(
    front: Callable[[str], Front], text: str, each: bool, told: str
) -> None:
    page = front(SUMS)

    answer = page.ask("send", input="numbers", text=text, each=each)

    assert told in answer["error"]["message"]
    assert "<item>" not in answer["error"]["message"]
    assert page.flow.inputs["numbers"].waiting() == []


def test_a_waiting_item_can_be_taken_back_unless_the_list_has_changed(front: Callable[[str], Front]) -> None:
    page = front(SUMS)
    page.ask("send", input="numbers", text="[1, 2, 3]", each=True)

    taken = page.ask("discard", input="numbers", index=1, text="2")
    late = page.ask("discard", input="numbers", index=1, text="2")

    assert "error" not in taken
    assert late["error"]["message"] == "2 is not waiting any more"
    assert page.flow.inputs["numbers"].waiting() == [1, 3]


def test_messages_of_a_network_wait_at_their_source_and_can_be_sent_by_hand(namespace: dict[str, Any]) -> None:
    class Inbound:
        def inbox(self, kind: Any, names: Any) -> Inbox:
            return Inbox(hf.channel())

    namespace["inbound"] = Inbound()
    namespace["flow"] = hf.compile("source_stream_serde(inbound) -> for_each(out.append);", namespace)
    page = Front(namespace["flow"], namespace)

    page.ask("send", input="inbound", text='("hello", ("127.0.0.1", 5000))', each=False)
    waiting = page.news[-1]["waiting"]
    page.ask("step", grain="tick")

    assert list(page.stepper.graph["inputs"]) == ["inbound"]
    assert waiting == {"inbound": {"count": 1, "items": ["('hello', ('127.0.0.1', 5000))"]}}
    assert namespace["out"] == [("hello", ("127.0.0.1", 5000))]
