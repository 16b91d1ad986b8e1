"""Tables for notebooks, of texts that may come from anyone."""

from __future__ import annotations

from hydroflow_nb.engine.html import table


def test_nothing_in_a_cell_is_code_or_hidden_or_turns_it_around() -> None:
    made = table(("item",), [("<img src=x>\u202eexe.png\x1b é\nline",)])

    assert "&lt;img src=x&gt;\N{REPLACEMENT CHARACTER}exe.png\N{REPLACEMENT CHARACTER} é\nline" in made
