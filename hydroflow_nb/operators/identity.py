"""Emits its items unchanged, at no cost.

It can give a place in a flow a name, and a node in the drawing. A type, as Hydroflow allows it in `identity::<int>()`,
is accepted and not checked.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Passing
from hydroflow_nb.operators.record.operator import Category, Operator
from hydroflow_nb.operators.record.rust import SAME
from hydroflow_nb.operators.rules.functions import Same

IDENTITY = Operator(
    name="identity",
    category=Category.ONE_TO_ONE,
    summary="The items, unchanged.",
    manual=__doc__,
    example="source_iter([1, 2]) -> identity() -> assert_eq([1, 2]);",
    most_type_arguments=1,
    rust=SAME,
    rule=Same(),
    explains=Passing(),
    cost="no cost at run time; keeps nothing",
    transparent=True,
)
