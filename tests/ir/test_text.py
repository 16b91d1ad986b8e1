from __future__ import annotations

from hydroflow_nb.compiler import compile_source
from hydroflow_nb.ir.graph import NodeId
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.ir.text import as_text, call_text, input_names, printable, short_text
from hydroflow_nb.source import Source


def graph_of(text: str, name: str = "flow") -> PartitionedGraph:
    return compile_source(Source(text=text), name).graph


def test_the_text_lists_handoffs_and_operators_in_the_order_of_execution() -> None:
    graph = graph_of(
        """arcs = source_stream(edges) -> tee();
reached = union() -> tee();
source_iter([0]) -> [0]reached;
reached[0] -> map(|v| (v, ())) -> [0]hop;
arcs[0] -> [1]hop;
hop = join() -> flat_map(|(src, (_, dst))| [dst]) -> [1]reached;
arcs[1] -> map(|(src, dst)| dst) -> [pos]unreached;
reached[1] -> [neg]unreached;
unreached = difference() -> for_each(print);
""",
        "reach",
    )

    text = as_text(graph)

    assert (
        text
        == """\
flow reach: 2 strata, 3 subgraphs, 11 operators, 4 handoffs
stratum 0
  subgraph 1
    op-1       source_stream(edges)               pull  1:8   -> op-2
    op-2       tee()                              push  1:32  [0] -> handoff-2, [1] -> handoff-3
  subgraph 2, in a cycle
    handoff-1                                                 -> [0] op-7
    handoff-2                                                 -> [1] op-7
    op-5       source_iter([0])                   pull  3:1   -> [0] op-3
    op-7       join()                             pull  6:7   -> op-8
    op-8       flat_map(|(src, (_, dst))| [dst])  pull  6:17  -> [1] op-3
    op-3       union()                            pull  2:11  -> op-4
    op-4       tee()                              push  2:22  [0] -> op-6, [1] -> handoff-4
    op-6       map(|v| (v, ()))                   push  4:15  -> handoff-1
stratum 1
  subgraph 3
    handoff-3                                                 -> op-9
    handoff-4  (blocking)                                     -> [neg] op-10
    op-9       map(|(src, dst)| dst)              pull  7:12  -> [pos] op-10
    op-10      difference()                       pull  9:13  -> op-11
    op-11      for_each(print)                    push  9:29"""
    )


def test_the_operators_that_read_a_state_stand_behind_the_one_that_has_it() -> None:
    graph = graph_of(
        "top = source_iter([1]) -> fold(|| 0, max) -> tee(); top -> null(); top -> null();"
        "n = source_iter([1]) -> fold(|| 0, max); source_iter([1]) -> map(|x| $n + x + $n) -> null();"
    )

    lines = [line.split("  ")[-1].strip() for line in as_text(graph).splitlines() if " fold(" in line]

    assert lines == ["-> op-3", "$n -> op-9"]


def test_an_empty_flow_is_one_line() -> None:
    assert as_text(graph_of("", "nothing")) == "flow nothing: 0 strata, 0 subgraphs, 0 operators, 0 handoffs"


def test_a_handoff_tells_what_its_items_wait_for() -> None:
    graph = graph_of("source_iter([]) -> defer_tick() -> defer_tick_lazy() -> next_stratum() -> for_each(f);")

    words = [line.split()[1:-2] for line in as_text(graph).splitlines() if "handoff-" in line.split()[0]]

    assert sorted(words) == [["(blocking)"], ["(lazy", "tick)"], ["(tick)"]]


def test_a_call_over_several_lines_becomes_one_line() -> None:
    graph = graph_of("source_iter([\n  1,\n\t2,\n]) -> for_each(print);")

    assert call_text(graph.nodes[NodeId(1)]) == "source_iter([ 1, 2, ])"


def test_a_megabyte_of_argument_is_cut_everywhere() -> None:
    graph = graph_of(f"source_iter(['{'x' * 1_000_000}']) -> for_each(print);")

    node = graph.nodes[NodeId(1)]

    assert len(call_text(node)) == 2_000
    assert call_text(node).endswith("…")
    assert short_text(node) == "source_iter(['xxxxxxxxxx…)"
    assert max(map(len, as_text(graph).splitlines())) < 120


def test_a_short_text_keeps_name_and_generics_and_cuts_the_arguments() -> None:
    graph = graph_of(
        "source_iter([]) -> fold::<'static>(lambda: 0, lambda a, b: a + b) -> for_each(lambda x: print(x));"
    )

    texts = [short_text(node) for node in graph.nodes.values()]

    assert texts == ["source_iter([])", "fold::<'static>(lambda:…)", "for_each(lambda x: print…)"]


def test_arguments_are_left_out_where_only_a_few_letters_of_them_would_fit() -> None:
    graph = graph_of(
        "source_iter([]) -> persist::<'static>() -> fold_keyed::<'static>(list, list.append) -> for_each(f);"
    )

    assert short_text(graph.nodes[NodeId(3)]) == "fold_keyed::<'static>(…)"


def test_control_characters_and_reversed_text_are_replaced() -> None:
    assert printable("a\x00b\x1b[31m\u202ec\ud800") == "a�b�[31m�c�"


def test_white_space_becomes_a_single_space() -> None:
    assert printable("  a \n\t b\u00a0c ") == "a b c"


def test_inputs_are_named_by_their_argument_and_numbered_when_it_is_the_same() -> None:
    graph = graph_of(
        "source_stream(a) -> null(); source_stream(make( 1,\n2)) -> null(); source_stream(a) -> null();"
        "source_stdin() -> null();"
    )

    names = input_names(graph)

    assert names == {"a": 1, "make( 1, 2)": 3, "a (2)": 5, "source_stdin()": 7}
