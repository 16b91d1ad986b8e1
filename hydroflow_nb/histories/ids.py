"""Unique ids: no two requests get the same one."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hydroflow_nb.histories.answers import Problems, answered, lacking
from hydroflow_nb.histories.operation import Operation


def problems(operations: Sequence[Operation]) -> Problems:
    """What is wrong with the answers to `{"type": "generate"}`, which bear an `id` of any kind."""
    found: Problems = []
    first: dict[str, Operation] = {}
    for one in answered(operations, "generate"):
        if one.result.get("id") is None:
            found.append(lacking(one, "id", "an id"))
            continue
        # 1, 1.0 and true are not one id.
        other = first.setdefault(json.dumps(one.result["id"], sort_keys=True, default=repr), one)
        if other is not one:
            found.append(f"the id {one.result['id']!r} is given twice, by {other.node} and by {one.node}")
    return found
