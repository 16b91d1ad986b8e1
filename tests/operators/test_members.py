from __future__ import annotations

import hydroflow_nb as hf


def test_outside_of_a_system_it_emits_the_items_of_its_argument_in_the_first_tick():
    out = []
    flow = hf.compile("members(names) -> for_each(out.append);", {"names": ["oslo", "lima"], "out": out})
    flow.run_tick()
    flow.run_tick()

    assert out == ["oslo", "lima"]
