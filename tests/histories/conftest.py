"""Histories of Maelstrom's requests, made of short lines."""

from __future__ import annotations

import pytest

from hydroflow_nb.histories import Operation


@pytest.fixture
def asked():
    """An operation at each call, one after the other unless moments are given: `asked("read", "n1", messages=[1])`."""
    now = [0]

    def ask(kind, node="n1", *, at=None, until=None, answer=True, error=None, is_final=False, fields=None, **given):
        """`given` are fields of the answer, `fields` those of the request. Without an answer nothing is known."""
        now[0] += 2
        invoked = now[0] if at is None else at
        result = {"type": f"{kind}_ok", **given} if error is None else {"type": "error", "code": error}
        return Operation(
            call={"type": kind, **(fields or {})},
            result=result if answer else None,
            invoked=invoked,
            completed=(invoked + 1 if until is None else until) if answer else None,
            node=node,
            is_final=is_final,
        )

    return ask
