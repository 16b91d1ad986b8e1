from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.context import Context, UserContext
from hydroflow_nb.engine.runtime import Runtime

Emitted = Callable[..., list[Any]]


@pytest.mark.parametrize("step", ["map(|x| x + 1)", "filter(|x| x)", "map(f)", "flat_map(|x| [x])", "inspect(f)"])
def test_a_chain_may_be_long(emitted: Emitted, step: str) -> None:
    text = f"source_iter([1, 2]) {f'-> {step}' * 300} -> for_each(out);"

    found = emitted(text, f=lambda x: x)

    assert found == ([301, 302] if "+" in step else [1, 2])


def test_thirty_flat_maps_are_more_loops_than_python_nests(emitted: Emitted) -> None:
    found = emitted(f"source_iter([1, 2]) {'-> flat_map(|x| [x])' * 30} -> for_each(out);")

    assert found == [1, 2]


@pytest.mark.parametrize(
    ("operator", "item", "shape"),
    [
        ("join", "(1, 2)", "map(|(k, (a, b))| (k, a))"),
        ("join_multiset", "(1, 2)", "flat_map(|(k, (a, b))| [(k, a)])"),
        ("cross_join", "1", "map(|(a, b)| a)"),
        ("cross_join_multiset", "1", "flat_map(|(a, b)| [a])"),
        ("anti_join", "(1, 2)", "flat_map(|x| [x])"),
    ],
)
@pytest.mark.parametrize("persistence", ["", "::<'static, 'tick>", "::<'tick, 'static>"])
def test_forty_joins_in_a_row_are_more_loops_than_python_nests(
    emitted: Emitted, operator: str, item: str, shape: str, persistence: str
) -> None:
    ports = ("pos", "neg") if operator == "anti_join" else ("0", "1")
    other = "7" if operator == "anti_join" else item
    rows = [f"s0 = source_iter([{item}]);"]
    for number in range(40):
        rows.append(f"j{number} = {operator}{persistence}(); s{number} -> [{ports[0]}]j{number};")
        rows.append(f"source_iter([{other}]) -> [{ports[1]}]j{number}; s{number + 1} = j{number} -> {shape};")

    found = emitted("\n".join([*rows, "s40 -> for_each(out);"]))

    assert found == [ast.literal_eval(item)]


def test_a_union_may_have_a_hundred_inputs(emitted: Emitted) -> None:
    rows = [f"source_iter([{number}]) -> u;" for number in range(100)]

    found = emitted("u = union() -> map(|x| x + 1) -> for_each(out);\n" + "\n".join(rows))

    assert found == list(range(1, 101))


def test_a_tee_may_have_a_hundred_outputs(emitted: Emitted) -> None:
    rows = [f"t -> map(|x| x + {number}) -> for_each(out);" for number in range(100)]

    found = emitted("t = source_iter([0]) -> tee();\n" + "\n".join(rows))

    assert found == list(range(100))


def test_code_behind_unions_of_unions_stands_but_a_few_times() -> None:
    rows = [f"source_iter([{number}]) -> u{number}; u{number} = union() -> u{number + 1};" for number in range(60)]
    flow = hf.compile("\n".join([*rows, "source_iter([60]) -> u60; u60 = union() -> for_each(out);"]), namespace={})

    assert flow.generated_source.count("out(") <= 5


def test_a_flow_without_a_body_takes_its_items_in_bulk() -> None:
    flow = hf.compile(
        "a = source_stream(i) -> [0]j; source_stream(k) -> tee() -> union() -> sort() -> [1]j;"
        "j = cross_join_multiset() -> for_each(out);",
        namespace={"i": hf.channel(), "k": hf.channel()},
    )

    assert len(re.findall(r"\bfor\b", flow.generated_source)) == 2


@pytest.mark.parametrize("name", ["class", "None", "a-b", "", "2nd", "größe", "context", "runtime", "stratum_0", "out"])
def test_a_flow_may_bear_any_name(name: str) -> None:
    out: list[int] = []
    flow = hf.compile("source_iter([1]) -> for_each(out.append);", namespace={"out": out}, name=name)

    flow.run_tick()

    assert out == [1]
    assert flow.name == name


def test_the_generated_source_can_be_pasted_into_a_file_and_run() -> None:
    text = """
    edges = source_iter([(1, 2), (2, 3)]) -> map(|(a, b)| (a, b));
    source_iter([1]) -> reached; reached = union() -> unique() -> map(|v| (v, ())) -> tee();
    reached -> [0]steps; edges -> [1]steps;
    steps = join() -> map(|(_, (_, to))| to) -> reached;
    reached -> map(|(v, _)| v) -> filter(lambda v: (lambda: v > 1)()) -> sort() -> for_each(out.append);
    """
    source = hf.compile(text, namespace={"out": []}, name="reach").generated_source
    pasted: dict[str, Any] = {"out": []}
    context = Context()

    exec(compile(source, "pasted.py", "exec"), pasted)
    for stratum in pasted["reach"](UserContext(context), Runtime(context=context)):
        stratum()

    assert pasted["out"] == [2, 3]
    assert "# sort()  (reach:6:7" in source


def test_a_heading_is_a_comment_whatever_the_users_text_contains() -> None:
    text = '''source_iter(["'", '"', """'"""]) -> map(|x| x + "\\n'''  # '\\"" + '\\'') -> for_each(print);'''
    flow = hf.compile('source_iter(["\'"]) -> map(|x| x + "\\n" + \'"\' + """\'""") -> for_each(out);', namespace={})

    tree = ast.parse(flow.generated_source)

    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and str(node.value).startswith("#")]
    assert text


def test_the_first_run_of_a_tick_is_told_from_the_later_ones_of_a_cycle(emitted: Emitted) -> None:
    text = """
    u = union() -> map(|(x, _)| (x, context.is_first_run_this_tick())) -> tee();
    source_iter([(0, None)]) -> u;
    u -> filter(|(x, _)| x < 2) -> map(|(x, _)| (x + 1, None)) -> u;
    u -> for_each(out);
    source_iter([1]) -> next_stratum() -> map(|x| context.is_first_run_this_tick()) -> for_each(out);
    """

    found = emitted(text)

    assert found == [(0, True), (1, False), (2, False), True]


def test_a_cycle_over_several_subgraphs_ends_when_all_of_them_are_done(emitted: Emitted) -> None:
    # a feeds b and c, both feed a: three operators that pull, three handoffs that go round.
    text = """
    a = union() -> unique() -> tee();
    b = union() -> unique() -> tee();
    c = union() -> unique() -> tee();
    source_iter([0]) -> a;
    source_iter([100]) -> b;
    a -> map(|x| (x + 1) % 5) -> b;
    b -> filter(|x| x < 50) -> map(|x| (x * 2) % 5) -> c;
    c -> a; b -> c; c -> filter(|x| x == 3) -> b;
    a -> for_each(out_a); b -> for_each(out_b); c -> for_each(out_c);
    """
    found: dict[str, list[int]] = {"a": [], "b": [], "c": []}

    emitted(text, out_a=found["a"].append, out_b=found["b"].append, out_c=found["c"].append)

    assert {name: sorted(items) for name, items in found.items()} == {
        "a": [0, 1, 2, 3, 4, 100],
        "b": [0, 1, 2, 3, 4, 100],
        "c": [0, 1, 2, 3, 4, 100],
    }


def test_a_deferred_edge_that_nothing_is_ever_put_into_is_no_error(emitted: Emitted) -> None:
    found = emitted("source_iter([1]) -> null() -> defer_tick() -> for_each(out); source_iter([2]) -> for_each(out);")

    assert found == [2]


def test_what_goes_round_in_bulk_is_not_lost() -> None:
    # Nothing in this circle runs Python code of the user's; it goes round for ever.
    text = "u = union() -> tee(); source_iter([1]) -> u; u -> u; u -> for_each(out);"
    rounds: list[int] = []

    class Enough(Exception):
        pass

    def out(item: int) -> None:
        rounds.append(item)
        if len(rounds) == 5:
            raise Enough

    with pytest.raises(Enough):
        hf.compile(text, namespace={"out": out}).run_tick()

    assert rounds == [1] * 5
