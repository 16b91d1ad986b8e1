from __future__ import annotations

from typing import Any

import hydroflow_nb as hf
from hydroflow_nb import core
from hydroflow_nb.trace.cells import cells_of

TEXT = "source_stream(numbers) -> map(|x| x) -> for_each(out.append);"


def run(*batches: list[Any], text: str = TEXT) -> hf.Flow:
    numbers = hf.channel()
    flow = hf.compile(text, {"numbers": numbers, "out": []}, name="shared")
    flow.record()
    for batch in batches:
        numbers.extend(batch)
        flow.run_tick()
    return flow


def cells(flow: Any) -> list[str]:
    return cells_of(flow.graph.to_dict(), flow.recording.ticks)


def test_the_cells_are_the_flow_and_its_inputs_tick_by_tick() -> None:
    assert cells(run([1, (2, "a")], [], [[3]])) == [
        f"%%hydroflow shared\n{TEXT}",
        "shared.inputs['numbers'].extend([1, (2, 'a')])\n"
        "shared.run_tick()\n"
        "shared.run_tick()\n"
        "shared.inputs['numbers'].extend([[3]])\n"
        "shared.run_tick()",
    ]


def test_the_cells_run_the_same_again() -> None:
    flow = run([1, float("inf"), {2: {3}}], [b"x"])
    again = run()

    exec(cells(flow)[1], {"shared": again, "inf": float("inf")})

    assert [tick.to_dict() for tick in again.recording.ticks] == [tick.to_dict() for tick in flow.recording.ticks]


def test_a_long_run_is_cut_and_says_so() -> None:
    found = cells(run(*[["x" * 190] for _ in range(200)]))

    assert len(found[1]) < 20_200
    assert found[1].splitlines()[-1].endswith(" more lines")


def test_a_batch_of_which_a_part_is_kept_says_so() -> None:
    assert (
        cells(run(list(range(1_200))))[1].splitlines()[0].endswith("]) # 200 more")
        or "200 more" in cells(run(list(range(1_200))))[1]
    )


def test_a_flow_that_was_built_by_hand_has_no_cells() -> None:
    builder = core.Builder()
    numbers = builder.handoff("numbers")
    builder.input("into", into=numbers)
    builder.subgraph(reads=[numbers])(lambda context, numbers: None)
    flow = builder.build()
    flow.record()
    flow.run_tick()

    assert cells(flow) == []
