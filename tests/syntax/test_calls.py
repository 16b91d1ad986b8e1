from __future__ import annotations

from hydroflow_nb.expressions import OperatorCall
from hydroflow_nb.syntax.tree import Import


def nodes(read, text):
    (statement,) = read(text).flow.statements
    return statement.pipeline.nodes


def test_a_call_has_its_generics_and_its_arguments(read):
    (call,) = nodes(read, "fold::<'static, int>(list, |a, x| a + [x]);")

    assert isinstance(call, OperatorCall)
    assert [lifetime.name for lifetime in call.lifetimes] == ["static"]
    assert [one.name for one in call.type_arguments] == ["int"]
    assert [argument.span.text for argument in call.arguments] == ["list", "|a, x| a + [x]"]


def test_an_import_has_the_path_of_its_module(read):
    _, module = nodes(read, 'a -> import!("module.hf");')

    assert isinstance(module, Import)
    assert module.path == "module.hf"


def test_a_port_is_a_number_or_a_name(read):
    _, target = nodes(read, "a[left] -> [2]b;")
    source, _ = nodes(read, "a[left] -> [2]b;")

    assert (source.after.label, target.before.label) == ("left", 2)


def test_a_port_at_an_operator_gets_both_ways_out(only_error):
    _, _, hint = only_error("a -> ⟦[0]⟧join();")

    assert "`[0](join(...))`" in hint
    assert "`name = join(...);`" in hint
