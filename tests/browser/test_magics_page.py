"""The magics as a person meets them in JupyterLab."""

from __future__ import annotations

FLOW = (
    "%%hydroflow reach --code\nnumbers = source_iter([1, 0]) -> tee();\nnumbers -> map(|x| 1 / x) -> for_each(print);"
)
BEGUN = "%%hydroflow\nrest = difference();\nsource_iter([1]) -> fo"


def test_a_begun_word_of_a_flow_is_completed(lab):
    lab.open_cells("%load_ext hydroflow_nb", BEGUN)
    lab.run_cell(0)
    lab.cell(1).locator(".cm-content").click()
    lab.page.keyboard.press("Control+End")

    lab.page.keyboard.press("Tab")
    lab.page.locator(".jp-Completer-item", has_text="fold_keyed").wait_for()
    lab.screenshot("completion")
    offered = lab.page.locator(".jp-Completer-item .jp-Completer-match").all_inner_texts()
    lab.page.locator(".jp-Completer-item", has_text="fold_keyed").click()

    assert [word for word in offered if not word.startswith("fo")] == []
    assert {"fold", "fold_keyed", "for_each"} <= set(offered)
    assert lab.cell(1).locator(".cm-content").inner_text().endswith("-> fold_keyed")


def test_a_flow_its_warning_its_code_and_its_traceback_are_shown(lab):
    lab.open_cells("%load_ext hydroflow_nb", FLOW, "reach.run_tick()", "%%hydroflow\nsource_iter([1]) -> mapp(str);")

    lab.run_all(allow_errors=True)
    lab.run_cell(3)
    lab.screenshot("magics")

    # Between them are the stepper and what stands for it where no kernel is.
    warning, *_, code = lab.outputs(1)
    assert "warning[" in warning
    assert "def reach(context, runtime):" in code
    assert "Cell In[2], line 3" in lab.errors()[0]
    assert lab.outputs(3)[0].startswith("error[HF201]: there is no operator `mapp`\n --> In[4]:2:21\n")
    assert lab.complaints == []
