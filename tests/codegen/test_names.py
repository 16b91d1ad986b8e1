from __future__ import annotations

import collections
import math
from collections import deque
from typing import Any

import pytest

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
