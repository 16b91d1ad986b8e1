from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.optimisations import ALL, OPTIMISATIONS, left_out

TEXT = "source_iter([1, 2]) -> union() -> map(|x| x + 1) -> for_each(out.append);"


def test_each_optimisation_has_a_name_of_its_own_and_says_what_it_does() -> None:
    names = [one.name for one in OPTIMISATIONS]

    assert len(set(names)) == len(names)
    assert ALL not in names
    assert all(one.does and not one.does.endswith(".") for one in OPTIMISATIONS)


def test_all_stands_for_each_of_them_and_one_name_need_not_be_in_a_collection() -> None:
    assert left_out({"all"}) == {one.name for one in OPTIMISATIONS}
    assert left_out("inlining") == {"inlining"}
    assert left_out(()) == frozenset()


@pytest.mark.parametrize(
    ("name", "hint"), [("inlinings", "did you mean `inlining`?"), ("zzz", "there are bulk, columns, gathering, ")]
)
def test_the_name_of_no_optimisation_is_refused_and_the_names_that_there_are_are_said(name: str, hint: str) -> None:
    with pytest.raises(ValueError, match=f"there is no optimisation `{name}`; ") as refused:
        hf.compile(TEXT, {"out": []}, without={name})

    assert hint in str(refused.value)


@pytest.mark.parametrize("name", [ALL, *(one.name for one in OPTIMISATIONS)])
def test_a_flow_gives_the_same_without_an_optimisation_and_its_explanation_says_so(name: str) -> None:
    out: list[int] = []
    flow = hf.compile(TEXT, {"out": out}, without={name})
    flow.run_available()

    explained = flow.explain()

    assert out == [2, 3]
    assert {one.name for one in explained.optimisations if not one.on} == left_out({name})
    lines = [line for line in str(explained).splitlines() if "left out: it " in line]
    assert len(lines) == len(left_out({name}))


def test_what_is_left_out_is_not_done() -> None:
    def source(*without: str) -> str:
        return hf.compile(TEXT, {"out": []}, without=without).generated_source

    assert "union" not in source()
    assert "map_3_f(" not in source()
    assert "map_3_f(" in source("inlining")
    assert {
        node.operator.name
        for node in hf.compile(TEXT, {"out": []}, without="needless-unions").graph.partitioned.nodes.values()
    } >= {"union"}


def test_a_copy_of_a_flow_is_compiled_in_the_same_way() -> None:
    flow = hf.compile(TEXT, {"out": []}, without={"inlining"})

    assert "map_3_f(" in flow.copy({"out": []}).generated_source
