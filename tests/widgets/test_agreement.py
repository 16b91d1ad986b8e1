"""A picture that is drawn in the kernel has the numbers and the words of the stepper, which are made in the page."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.render.counts import compact, counted
from hydroflow_nb.render.outline import outline_of
from hydroflow_nb.render.tally import tally_of
from hydroflow_nb.widgets import bundle

Deno = Callable[..., "CompletedProcess[str]"]

# What the stepper shows at the end of each tick of a recording, by whole ticks.
SCRIPT = """
import { endOf } from "STATIC/stepper/cursor.js";
import { Graph } from "STATIC/stepper/graph.js";
import { History } from "STATIC/stepper/history.js";
import { badge } from "STATIC/stepper/rows.js";
import { status } from "STATIC/stepper/words.js";
import { compact, plural } from "STATIC/shared/text.js";

const { recording, counts } = JSON.parse(Deno.readTextFileSync("given.json"));
const graph = new Graph(recording.graph);
const history = new History();
const ticks = recording.ticks;
history.accept({ oldest: ticks[0].tick, newest: ticks[ticks.length - 1].tick, records: ticks });
const shown = ticks.map(({ tick }) => {
  const look = { graph, history, cursor: endOf(history, tick), grain: "tick" };
  const numbers = (ids) => Object.fromEntries(ids.map((id) => [id, badge(look, id).count]));
  return {
    sentence: status(look, null), moved: numbers(Object.keys(graph.edges)), held: numbers(Object.keys(graph.handoffs)),
  };
});
console.log(JSON.stringify({ shown, counts: counts.map((count) => [compact(count), plural(count, "item")]) }));
"""

COUNTS = [*range(990, 12_000, 7), *range(990_000, 1_100_000, 493), 9_949_999, 9_950_000, 12_345_678]

FLOWS = {
    "deferred": "n = source_stream(numbers) -> tee(); n -> defer_tick() -> sort() -> null();"
    "n -> defer_tick_lazy() -> null();",
    "cycle": "u = union() -> unique() -> tee(); source_stream(numbers) -> u; u -> null();"
    "u -> filter(|x| x < 2000) -> map(|x| x + 1) -> u;",
    "aborted": "n = source_stream(numbers) -> tee(); n -> defer_tick() -> null();"
    "n -> map(|x| 1 / x) -> sort() -> null();",
    "loops": "source_stream(numbers) -> s; s = identity(); out = null();\n"
    "loop { begun = s -> batch(); loop { begun -> batch() -> n; n = union() -> tee();"
    "n -> map(|x| 10 * x) -> filter(|x| 0 < x <= 100) -> defer_tick() -> n; n -> all_iterations() -> grown; };"
    "grown = all_iterations() -> out; };",
}


@pytest.mark.parametrize("name", FLOWS)
def test_kernel_and_page_show_the_same_of_every_tick(deno: Deno, repository: Path, tmp_path: Path, name: str) -> None:
    numbers = hf.channel()
    flow = hf.compile(FLOWS[name], {"numbers": numbers})
    flow.record()
    for batch in ([1, 2], [], [3, 0], [4]):
        numbers.extend(batch)
        with contextlib.suppress(ZeroDivisionError):
            flow.run_tick()
    numbers.extend([5])
    flow.run_stratum()

    in_page = asked(deno, repository, tmp_path, flow.recording.to_dict())

    graph = flow.graph.partitioned
    tallies = [tally_of(outline_of(flow.graph.to_dict()), flow.recording, tick.tick) for tick in flow.recording.ticks]
    wires = [wire.element for wire in graph.wires]
    assert len(tallies) >= 4
    assert in_page["shown"] == [
        {
            "sentence": tally.sentence,
            "moved": {wire: tally.moved.get(wire, 0) for wire in wires},
            "held": dict(tally.held),
        }
        for tally in tallies
    ]
    assert in_page["counts"] == [[compact(count), counted(count, "item")] for count in COUNTS]


def asked(deno: Deno, repository: Path, folder: Path, recording: dict[str, Any]) -> dict[str, Any]:
    (folder / "given.json").write_text(json.dumps({"recording": recording, "counts": COUNTS}))
    script = folder / "shown.js"
    script.write_text(SCRIPT.replace("STATIC", bundle.STATIC.resolve().as_uri()))
    (folder / "jsconfig.json").write_text((repository / "jsconfig.json").read_text(encoding="utf-8"))
    ran = deno("run", "--allow-read", "--no-check", str(script), cwd=folder)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found
