from __future__ import annotations

from collections.abc import Callable

from fronts import SUMS, Front


def test_tables_are_answered_by_pages_and_items_in_full(front: Callable[[str], Front]) -> None:
    page = front("source_stream(numbers) -> for_each(out.append);")
    page.ask("send", input="numbers", text="[*range(500), 'y' * 900]", each=True)
    page.ask("step", grain="tick")
    step = page.records[-1]["steps"][0]
    place = {"tick": 0, "op": step["op"], "sg": step["sg"], "run": step["run"], "edge": "edge-1"}

    rest = page.ask("page", **place, offset=400)
    item = page.ask("item", **place, index=500)

    assert (step["moves"]["edge-1"]["count"], len(step["moves"]["edge-1"]["items"])) == (501, 200)
    assert (rest["items"][0], len(rest["items"])) == ("400", 101)
    assert len(rest["items"][-1]) < 900
    assert item["text"] == repr("y" * 900)


def test_records_and_summaries_are_answered_for_ticks_that_are_kept(front: Callable[[str], Front]) -> None:
    page = front(SUMS)
    for _ in range(5):
        page.ask("step", grain="tick")

    records = page.ask("records", ticks=[1, 3, 99])["records"]
    summaries = page.ask("summaries", **{"from": 2, "to": 50})["summaries"]

    assert [record["tick"] for record in records] == [1, 3]
    assert [summary["tick"] for summary in summaries] == [2, 3, 4]
