"""Checks of echo, unique ids, broadcast, the counter and the store: right and wrong histories."""

from __future__ import annotations

from hydroflow_nb.histories import broadcasts, counters, echoes, ids, stores
from hydroflow_nb.histories.answers import has_failed, wrong_fields, wrong_types


def test_an_answer_of_another_type_is_wrong_and_an_error_is_not(asked):
    right, error = asked("echo"), asked("echo", error=11)
    other = asked("echo", type="read_ok")

    assert wrong_types([right, error, asked("echo", answer=False)]) == []
    assert len(wrong_types([other])) == 1
    assert has_failed(error)
    assert [code for code in (0, 13, 15, 1000, True, None, "11", 1, 30) if has_failed(asked("echo", error=code))] == [
        1,
        30,
    ]


def test_an_answer_has_the_fields_of_maelstroms_and_an_error_any(asked):
    fields = {"echo": ("echo",), "add": ()}

    assert wrong_fields([asked("echo", echo=1, msg_id=3), asked("add"), asked("read", x=1)], fields) == []
    assert wrong_fields([asked("echo", error=11), asked("echo", answer=False)], fields) == []
    (found,) = wrong_fields([asked("add", value=1)], fields)
    assert found.endswith("the answer has the field `value`, and 'add_ok' has none of its own")


def test_an_echo_that_differs_is_wrong(asked):
    assert echoes.problems([asked("echo", fields={"echo": "a"}, echo="a")]) == []
    assert len(echoes.problems([asked("echo", fields={"echo": "a"}, echo="b")])) == 1


def test_an_id_that_is_given_twice_is_wrong(asked):
    assert ids.problems([asked("generate", id=1), asked("generate", id="1"), asked("generate", id=[1])]) == []
    assert "twice, by n1 and by n2" in ids.problems([asked("generate", id=[1]), asked("generate", "n2", id=[1])])[0]
    assert "no field `id`" in ids.problems([asked("generate")])[0]


def broadcast(asked, number, **more):
    return asked("broadcast", fields={"message": number}, **more)


def test_a_read_has_each_number_once_that_was_broadcast_before(asked):
    one, two = broadcast(asked, 1), broadcast(asked, 2, answer=False)
    late = asked("read", messages=[2, 1])

    assert broadcasts.problems([one, two, late, asked("read", messages=[])]) == []
    assert "not broadcast before" in broadcasts.problems([one, asked("read", messages=[7])])[0]
    early = asked("read", messages=[3])
    assert "not broadcast before" in broadcasts.problems([early, broadcast(asked, 3)])[0]
    assert "twice" in broadcasts.problems([one, asked("read", messages=[1, 1])])[0]
    assert "no field `messages`" in broadcasts.problems([asked("read", messages=2)])[0]
    assert "not broadcast before" in broadcasts.problems([asked("read", messages=[{"x": 1}])])[0]


def test_what_was_taken_in_is_known_to_every_node_in_the_end(asked):
    history = [broadcast(asked, 1), broadcast(asked, 2, answer=False), broadcast(asked, 3, error=11)]
    early = asked("read", "n1", messages=[], is_final=True)
    last = asked("read", "n1", messages=[1], is_final=True)
    lacking = asked("read", "n2", messages=[2], is_final=True)

    assert broadcasts.problems_at_rest([*history, early, last]) == []
    assert broadcasts.problems_at_rest([*history, last, lacking]) == ["n2 does not know 1, which n1 took in"]


def add(asked, delta, **more):
    return asked("add", fields={"delta": delta}, **more)


def test_a_counter_reads_a_sum_of_what_was_added(asked):
    history = [add(asked, 2), add(asked, 5, answer=False), add(asked, 100, error=11)]

    assert all(counters.problems([*history, asked("read", value=value)]) == [] for value in (0, 2, 5, 7))
    assert all(counters.problems([*history, asked("read", value=value)]) for value in (1, 3, 102, -1, None, True))
    assert counters.problems([asked("read", value=2), add(asked, 2)])


def test_a_counter_says_all_in_the_end(asked):
    history = [add(asked, 2), add(asked, 5, answer=False)]

    def end(value):
        return counters.problems_at_rest([*history, asked("read", value=value, is_final=True)])

    assert [value for value in range(9) if not end(value)] == [2, 7]


def test_a_store_is_linearizable_with_errors_as_answers(asked):
    write = asked("write", fields={"key": "x", "value": 1})
    swapped = asked("cas", fields={"key": "x", "from": 1, "to": 2})
    failed = asked("cas", fields={"key": "x", "from": 1, "to": 3}, error=22)
    right = asked("read", fields={"key": "x"}, value=2)
    absent = asked("read", fields={"key": "y"}, error=20)

    assert stores.problems([write, swapped, failed, right, absent]) == []
    assert "not linearizable" in stores.problems([write, swapped, asked("read", fields={"key": "x"}, value=1)])[0]
    assert stores.problems([write, asked("read", fields={"key": "x"}, error=20)])
    assert stores.problems([write, asked("cas", fields={"key": "x", "from": 1, "to": 3}, error=22)])


def test_what_is_not_known_of_a_store_may_have_been(asked):
    unsure = asked("write", fields={"key": "x", "value": 1}, answer=False)
    timed_out = asked("cas", fields={"key": "x", "from": 1, "to": 2}, error=0)

    for value in (None, 1, 2):
        assert stores.problems([unsure, timed_out, asked("read", fields={"key": "x"}, value=value)]) == []
