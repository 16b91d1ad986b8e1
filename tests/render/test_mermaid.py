from __future__ import annotations

from collections.abc import Callable

from hydroflow_nb.render.graph import Graph


def test_a_small_flow_reads_well(graph_of: Callable[..., Graph]) -> None:
    graph = graph_of("n = source_iter([1]) -> sort(); n -> for_each(print);", "small")

    assert (
        graph.mermaid()
        == """\
%%{init:{'theme':'base','themeVariables':{'clusterBkg':'#ddd','clusterBorder':'#888'}}}%%
flowchart TD
classDef pullClass fill:#8af,stroke:#000,text-align:left,white-space:pre
classDef pushClass fill:#ff8,stroke:#000,text-align:left,white-space:pre
classDef otherClass fill:#fdc,stroke:#000,text-align:left,white-space:pre
linkStyle default stroke:#aaa
op_1[\\"(op-1) <code>source_iter([1])</code>"/]:::pullClass
op_2[/"(op-2) <code>sort()</code>"\\]:::pushClass
op_3[/"(op-3) <code>for_each(print)</code>"\\]:::pushClass
handoff_1["handoff-1"]:::otherClass
op_1 --> handoff_1
handoff_1 --x|blocking| op_2
linkStyle 1 stroke:#c62828,stroke-dasharray:5 3
op_2 --> op_3
subgraph sg_1 ["sg_1 stratum 0"]
    subgraph sg_1_var_1 ["var <tt>n</tt>"]
        op_1
    end
end
subgraph sg_2 ["sg_2 stratum 1"]
    subgraph sg_2_var_2 ["var <tt>n</tt>"]
        op_2
    end
    op_3
end
"""
    )


def test_every_subgraph_is_titled_with_its_stratum(reach: Graph) -> None:
    text = reach.mermaid()

    assert '["sg_1 stratum 0"]' in text
    assert '["sg_3 stratum 1"]' in text


def test_handoffs_within_a_subgraph_stand_in_its_box(reach: Graph) -> None:
    text = reach.mermaid()

    assert 'subgraph sg_2 ["sg_2 stratum 0"]\n    handoff_1\n' in text


def test_what_mermaid_and_html_would_read_is_escaped(graph_of: Callable[..., Graph]) -> None:
    graph = graph_of(r"""source_iter(['<b> & "q" #35; %%{init} `c` $$x$$ \n fa:fa-car']) -> null();""")

    line = graph.mermaid().splitlines()[6]

    assert line == (
        r"op_1[\"(op-1) <code>source_iter(["
        "'&lt;b&gt; &amp; &quot;q&quot; &num;35; &percnt;&percnt;{init} &grave;c&grave; "
        "&dollar;<wbr>&dollar;<wbr>x&dollar;<wbr>&dollar;<wbr> &bsol;<wbr>n fa:<wbr>fa-car'])</code>"
        '"/]:::pullClass'
    )


def test_a_port_may_have_the_name_of_a_keyword(graph_of: Callable[..., Graph]) -> None:
    graph = graph_of("t = source_iter([1]) -> tee(); t[end] -> null(); t[subgraph] -> null();")

    assert "op_2 -->|end| op_3" in graph.mermaid()


def test_edges_are_numbered_as_mermaid_counts_them_without_handoffs_too(reach: Graph) -> None:
    lines = reach.mermaid(no_handoffs=True).splitlines()

    edges = [line for line in lines if " --" in line]
    number = next(index for index, line in enumerate(edges) if "--x" in line)
    assert edges[number] == "op_4 --x|1<br>neg<br>blocking| op_11"
    assert f"linkStyle {number} stroke:#c62828,stroke-dasharray:5 3" in lines


def test_boxes_colours_and_arguments_are_left_out_on_demand(reach: Graph) -> None:
    assert "stratum" not in reach.mermaid(no_subgraphs=True)
    assert 'subgraph var_1 ["var <tt>arcs</tt>"]' in reach.mermaid(no_subgraphs=True)
    assert "<tt>" not in reach.mermaid(no_varnames=True)
    assert reach.mermaid(no_pull_push=True).count(":::otherClass") == 16
    assert "(op-8) <code>flat_map</code>" in reach.mermaid(op_short_text=True)


def test_a_reference_is_a_dotted_edge_behind_those_that_are_styled_by_number(reading: Graph) -> None:
    lines = [line for line in reading.mermaid().splitlines() if " -" in line]

    assert lines[-2:] == ["op_2 -.->|&dollar;<wbr>top| op_4", "op_2 -.->|&dollar;<wbr>top| op_5"]
    assert "linkStyle 1 stroke:#c62828,stroke-dasharray:5 3" in reading.mermaid()
