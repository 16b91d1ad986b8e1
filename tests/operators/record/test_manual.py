from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.operators import BY_NAME, OPERATORS
from hydroflow_nb.operators.record.manual import entry, manual, overview
from hydroflow_nb.operators.record.operator import Operator

each_operator = pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)


def test_the_manual_in_the_repository_is_current(repository: Path) -> None:
    written = (repository / "docs" / "operators.md").read_text(encoding="utf-8")

    assert written == manual(), "`make docs` writes it anew"


def test_the_module_prints_the_manual() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "hydroflow_nb.operators.record.manual"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert run.stdout == manual()
    assert run.stderr == ""


@each_operator
def test_an_entry_says_what_the_record_says(operator: Operator) -> None:
    told = entry(operator)

    assert told.startswith(f"### {operator.name}\n\n`{operator.signature}`\n\n{operator.manual.strip()}\n")
    assert all(f"- **`{argument.name}`**: " in told and argument.meaning in told for argument in operator.arguments)
    assert all(f"`[{port}]`" in told for port in (*operator.input_ports, *operator.output_ports))
    assert all(f"`'{persistence}`" in told for persistence in operator.persistences)
    assert f"- **cost**: {operator.cost}\n" in told
    assert ("waits until all items" in told) == ("stratum" in operator.delays.values())


@each_operator
def test_the_example_of_an_entry_is_a_flow(operator: Operator, example_names: Callable[[], dict[str, Any]]) -> None:
    example = entry(operator).split("```text\n")[1].split("```")[0]

    flow = hf.compile(example, example_names())

    assert operator.name in flow.source.text


@each_operator
def test_the_overview_has_a_line_for_an_operator(operator: Operator) -> None:
    row = f"| `{operator.signature}` | {operator.summary} |"

    assert overview().splitlines().count(row) == 1
    assert "|" not in operator.summary


def test_links_lead_to_headings() -> None:
    text = manual()

    assert all(f"](#{name})" in text and f"\n### {name}\n" in text for name in BY_NAME)


def test_an_entry_tells_what_a_person_asks_first() -> None:
    told = entry(BY_NAME["difference"])

    assert "- **inputs**: `[pos]`, `[neg]`; `[neg]` waits until all items of the tick have come" in told
    assert "- **persistence**: `'tick` (the default), `'static` or `'durable`, one for each input" in told
    assert "- **order**: that of `[pos]`\n" in told
    assert "- **loss**: that of `[neg]` matters\n" in told
    assert "- **monotone**: no\n" in told
    assert "- **distributed**:\n  - `'tick` of streams: differs, as it works on what a tick holds\n" in told
    assert "- **cost**: O(1) per item, and for a `'static` `pos` again in each tick for each of its items that" in told
    assert "- **replay**: items that it holds as `'static` are emitted, or looked at, again in every tick" in told
    assert "only what is new is sent; `flow.explain()` says whether that is so" in told
