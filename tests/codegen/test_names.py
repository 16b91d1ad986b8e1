from __future__ import annotations

import collections
import math
from collections import deque
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.codegen.names import UNBOUND, value_of


class Counted(list[int]):
    def append(self, item: int) -> None:
        """Takes an item."""


@pytest.mark.parametrize(
    ("path", "bound"),
    [
        (("seen",), [1]),
        (("sorted",), sorted),
        (("nothing",), UNBOUND),
        (("seen", "append"), list.append),
        (("waiting", "append"), deque.append),
        (("table", "setdefault"), dict.setdefault),
        (("counted", "append"), Counted.append),
        (("counted", "extend"), list.extend),
        (("seen", "nothing"), UNBOUND),
        (("seen", "__reduce__"), object.__reduce__),
        (("math", "floor"), math.floor),
        (("collections", "deque", "append"), deque.append),
    ],
)
def test_a_path_leads_to_what_it_is_bound_to(path: tuple[str, ...], bound: Any) -> None:
    names = {"seen": [1], "waiting": deque(), "table": {}, "counted": Counted(), "math": math}

    value = value_of(path, names | {"collections": collections})

    assert value is bound or (path == ("seen",) and value == bound)


@pytest.mark.parametrize(
    ("argument", "free"),
    [
        ("f", "f"),
        ("|x| x + y", "y"),
        ("|(x, Point(y, *rest))| (x, y, rest)", "Point"),
        ("|x| [y for y in x if y > z]", "z"),
        ("|x| [x for x in y for y in x]", "y"),
        ("|x| {key: value for key, value in table.items()}", "table"),
        ("|x| {one for one in sum(one for one in ones)}", "ones sum"),
        ("|x| sorted(x, key=lambda one, *more, way=up: (one, more, way))", "sorted up"),
        ("|x| (half := x // 2) + half", ""),
        ("|x| f'{x} {unit}'", "unit"),
        ("|x| x.member", ""),
    ],
)
def test_a_text_uses_the_names_that_it_does_not_bind_itself(argument: str, free: str) -> None:
    flow = hf.compile(f"source_iter([1]) -> map({argument}) -> null();")

    assert list(flow.used_names) == free.split()
