"""Flows as text: what the compiler makes of each, and what comes out, beside it in `tests/cases/*.hf`.

A case has sections, each under a line `--- NAME`: `flow` is the text, `ticks` (optional) a Python dict of batches by
channel for each tick. The other ones are compared, and written by `pytest --update-cases`: `warnings`,
`graph`, `code`, `output` (the tick, and what the flow gave to `out`), and `errors` where it does not compile or run.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.ir.text import as_text
from hydroflow_nb.rendering import all_as_text

CASES = sorted((Path(__file__).parent / "cases").glob("*.hf"))


def sections(text: str) -> dict[str, str]:
    parts = re.split(r"^--- (\w+)\n", text, flags=re.MULTILINE)
    assert not parts[0].strip(), "a case begins with `--- flow`"
    return {name: body.strip("\n") for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def found(case: dict[str, str]) -> dict[str, str]:
    """The sections that are compared."""
    ticks: list[dict[str, list[Any]]] = [ast.literal_eval(line) for line in case.get("ticks", "{}").splitlines()]
    inputs = {name: hf.channel() for batches in ticks for name in batches}
    lines: list[str] = []
    namespace: dict[str, Any] = dict(inputs)
    try:
        flow = hf.compile(case["flow"], namespace=namespace)
    except hf.HydroflowError as error:
        return {"errors": str(error)}
    namespace["out"] = lambda item: lines.append(f"{flow.current_tick()}: {item!r}")
    result = {
        "warnings": all_as_text(flow.diagnostics),
        "graph": as_text(flow._compiled.graph),
        "code": flow.generated_source,
    }
    try:
        for batches in ticks:
            for name, items in batches.items():
                inputs[name].extend(items)
            flow.run_tick()
    except Exception as error:
        result["errors"] = "\n".join([str(error), *getattr(error, "__notes__", ())])
    result["output"] = "\n".join(lines)
    return {name: body.strip("\n") for name, body in result.items() if body.strip()}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_is_compiled_and_runs_as_it_says(path: Path, update_cases: bool) -> None:
    case = sections(path.read_text(encoding="utf-8"))
    given = {name: body for name, body in case.items() if name in ("flow", "ticks")}

    expected = found(case)

    if update_cases:
        parts = [f"--- {name}\n{body}\n" for name, body in {**given, **expected}.items()]
        path.write_text("\n".join(parts), encoding="utf-8")
    assert case == {**given, **expected} or update_cases


def test_there_are_cases() -> None:
    assert len(CASES) > 5
