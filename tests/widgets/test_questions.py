from __future__ import annotations

from collections.abc import Callable

from fronts import SUMS, Front


def test_a_question_that_is_not_known_is_answered(front: Callable[[str], Front]) -> None:
    page = front(SUMS)

    answer = page.ask("dance")

    assert "does not know 'dance'" in answer["error"]["message"]
