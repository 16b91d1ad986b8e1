"""`hf.check`, and the labels of Hydro."""

from __future__ import annotations

import subprocess
import sys

import pytest

import hydroflow_nb as hf


def flow_of(text):
    return hf.compile(text, {"a": hf.channel(), "out": []})


def test_a_flow_is_checked_with_the_same_arguments_as_by_its_method():
    flow = flow_of("source_stream(a) -> for_each(out.append);")

    assert hf.check(flow, "udp")["out"].level == flow.check("udp")["out"].level == "part"
    assert hf.check(flow, replicas=3)["out"].level == "bag"


def test_a_network_is_checked():
    net = hf.Network()
    ends = net.bind("oslo")
    net.node("oslo", hf.compile("source_stream_serde(inb) -> for_each(print);", {"inb": ends[1]}))

    assert list(hf.check(net)) == ["oslo.print"]


def test_anything_else_is_refused():
    with pytest.raises(TypeError, match=r"a flow of `hf.compile` or an `hf.Network` can be checked, not an object of"):
        hf.check("source_iter([1]) -> null();")


@pytest.mark.parametrize(
    ("text", "network", "label"),
    [
        ("source_stream(a) -> for_each(out.append);", None, "SEQ_CONSISTENT"),
        ("source_stream(a) -> for_each(out.append);", "tcp", "CONVERGENT_MULTISET"),
        ("source_stream(a) -> for_each(out.append);", "at-least-once", "CONVERGENT_SET"),
        ("source_stream(a) -> for_each(out.append);", "udp", "NO_GUARANTEE"),
        ("source_stream(a) -> fold::<'static>(|| 0, max) -> for_each(out.append);", "tcp", "CONVERGENT_LATTICE"),
        ("source_stream(a) -> reduce::<'static>(min) -> for_each(out.append);", "tcp", "NO_GUARANTEE"),
        ("source_stream(a) -> fold::<'static>(|| 0, |n, x| x) -> for_each(out.append);", "tcp", "INCONSISTENT"),
    ],
)
def test_an_output_has_the_label_of_hydro(text, network, label):
    assert flow_of(text).check(network)["out"].hydro == label


def test_a_flow_that_is_not_checked_loads_nothing_of_the_check():
    program = (
        "import sys, hydroflow_nb as hf\n"
        "import hydroflow_nb.magics\n"
        "hf.compile('source_iter([1]) -> null();', {}).run_available()\n"
        "print([name for name in sys.modules if name.startswith('hydroflow_nb.correctness')])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
