from __future__ import annotations

from hydroflow_nb.engine.listeners import Listeners


def test_those_that_were_added_are_called_in_order_until_they_are_ended() -> None:
    called: list[str] = []
    listeners = Listeners()
    end = listeners.add(lambda: called.append("first"))
    listeners.add(lambda: called.append("second"))

    listeners.tell()
    end()
    end()
    listeners.tell()

    assert called == ["first", "second", "second"]


def test_one_that_ends_itself_keeps_no_other_from_being_called() -> None:
    called: list[str] = []
    listeners = Listeners()
    end = listeners.add(lambda: (called.append("first"), end())[0])
    listeners.add(lambda: called.append("second"))

    listeners.tell()

    assert called == ["first", "second"]
    assert len(listeners) == 1
