from __future__ import annotations

from pathlib import Path
from typing import Any

import jedi
import pytest
from IPython.core.completer import Completion, provisionalcompleter

from hydroflow_nb.error_index import BY_CODE
from hydroflow_nb.magics._line import SUBCOMMANDS
from hydroflow_nb.operators import BY_NAME, OPERATORS

CURSOR = "‸"
CELL = "%%hydroflow\n"


@pytest.fixture(params=[True, False], ids=["jedi", "no jedi"])
def complete(notebook: Any, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function: the completions at the cursor `‸` of a text, by the word that they make of the one begun."""
    notebook.shell.Completer.use_jedi = request.param
    # For the kinds of jedi's own completions IPython waits 0.4 s, in which a busy machine finds some of them alone.
    notebook.shell.Completer.jedi_compute_type_timeout = 0
    # Test processes that share jedi's cache can disturb each other, and IPython keeps jedi's exceptions to itself.
    monkeypatch.setattr(jedi.settings, "cache_directory", str(tmp_path))
    notebook.run("import math\n\nclass Sensor:\n    reading = 5\n\nsensor = Sensor()")
    notebook.run("%%hydroflow reach <<\nsource_iter([1]) -> for_each(print);")

    def completions(text: str) -> dict[str, Completion]:
        before, after = text.split(CURSOR)
        with provisionalcompleter():
            found = list(notebook.shell.Completer.completions(before + after, len(before)))
        return {_word(before, completion): completion for completion in found}

    return completions


def _word(before: str, completion: Completion) -> str:
    """What stands behind the last sign or blank once a completion is taken, a lifetime's quote included."""
    text = before[: completion.start] + completion.text
    start = max(text.rfind(sign) for sign in " \t\n([]{.;<>=,|") + 1
    return text[start:]


# --- in a flow --------------------------------------------------------------------------------------------------------


def test_a_pipeline_begins_with_any_operator_or_name_and_nothing_else(complete):
    found = complete(CELL + "numbers = source_iter([1]);\n‸")

    assert set(found) == {"numbers", "loop", *BY_NAME}


def test_a_loop_begins_a_statement_and_no_pipeline(complete):
    assert "loop" in complete(CELL + "loop a {\n    lo‸")
    assert "loop" in complete(CELL + "numbers = source_iter([1]);\nloop { numbers -> batch() -> null(); };\nlo‸")
    assert "loop" not in complete(CELL + "numbers = lo‸")
    assert set(complete(CELL + "loop { source_iter([1]) -> bat‸")) == {"batch", "batch_eager", "batch_lazy"}


def test_names_of_a_loop_are_offered_everywhere(complete):
    assert "inner" in complete(CELL + "loop { inner = batch(); };\ninn‸")


def test_behind_an_arrow_there_is_no_source(complete):
    found = complete(CELL + "source_iter([1]) -> ‸;")

    assert set(found) == {operator.name for operator in OPERATORS if operator.inputs.most != 0}


def test_a_begun_word_is_completed_wherever_it_stands(complete):
    assert set(complete(CELL + "source_iter([1])\n  -> fold_ke‸")) == {"fold_keyed"}
    assert set(complete(CELL + "source_iter([1])\n  -> fold_ke‸yed(int, f);\n")) == {"fold_keyed"}


def test_an_operator_comes_with_its_signature_and_summary(complete):
    fold = complete(CELL + "a -> fol‸")["fold"]

    assert fold.type.replace("\u00a0", " ") == f"{BY_NAME['fold'].signature}: {BY_NAME['fold'].summary}"


def test_what_is_said_of_a_word_stays_on_one_line(complete):
    found = complete(CELL + "‸")

    assert [one.text for one in found.values() if " " in one.type or len(one.type) > 80] == []


def test_names_of_the_whole_cell_are_offered(complete):
    assert "later_on" in complete(CELL + "lat‸ -> null();\nlater_on = source_iter([1]);")


def test_names_of_the_notebook_are_not(complete):
    assert complete(CELL + "sensor -> sens‸").keys() <= {"sensor"}
    assert "sensor" not in complete(CELL + "‸")


def test_ports_are_those_of_the_name_that_follows(complete):
    assert set(complete(CELL + "rest = difference(); a -> [‸]rest;")) == {"pos", "neg"}
    assert set(complete(CELL + "rest = difference(); a -> [p‸]rest;")) == {"pos"}


def test_without_a_name_the_ports_of_all_names_are_offered(complete):
    assert set(complete(CELL + "rest = difference(); j = join(); a -> [‸")) == {"pos", "neg", "0", "1"}


def test_behind_a_port_there_are_names_only(complete):
    assert set(complete(CELL + "rest = difference(); a -> [pos]‸")) == {"rest"}


def test_generics_are_the_persistences_of_the_operator(complete):
    assert set(complete(CELL + "a -> fold::<‸")) == {"'tick", "'static", "'durable"}
    assert set(complete(CELL + "a -> fold::<'‸")) == {"'tick", "'static", "'durable"}
    assert set(complete(CELL + "a -> fold::<'st‸")) == {"'static"}
    assert "<'durable>" in [found.text for found in complete(CELL + "a -> fold::‸").values()]


# --- in an argument ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "a -> map(lambda x: sensor.rea‸)",
        "a -> map(|x| sensor.rea‸)",
        "a -> fold::<'static>(lambda: sensor.rea‸",
        "# don't\na -> fold(int, sensor.rea‸);\nb = null();",
        "a -> map(\n    lambda x: (x,\n        sensor.rea‸",
    ],
)
def test_in_an_argument_pythons_own_completion_works(complete, text):
    assert set(complete(CELL + text)) == {"reading"}


def test_in_an_argument_operators_and_magics_are_not_offered(complete):
    found = complete(CELL + "a -> map(‸")

    assert "sensor" in found
    assert "source_iter" not in found
    assert not any(word.startswith("%") for word in found)


def test_the_names_of_a_pattern_are_known_in_its_closure(complete):
    assert {"source", "target"} <= set(complete(CELL + "a -> map(|(source, (target, _))| ‸"))
    assert "target" in complete(CELL + "a -> map(|(source, (target, _))| tar‸")
    offered = set(complete(CELL + "a -> map(|Rect(width, *others)| ‸"))
    assert {"width", "others"} <= offered
    assert "Rect" not in offered


def test_behind_a_dollar_the_names_of_the_flow_are_offered(complete):
    assert set(complete(CELL + "total = source_iter([1]) -> fold(int, f);\na -> map(|x| x + $‸")) == {"$total"}
    assert set(complete(CELL + "a -> map(|x| x + $to‸);\ntotal = a -> fold(int, f);")) == {"$total"}


def test_the_context_is_known_in_every_argument(complete):
    assert "context" in complete(CELL + "a -> map(|x| cont‸")
    assert set(complete(CELL + "a -> map(|x| context.current‸")) == {
        "current_tick",
        "current_tick_start",
        "current_stratum",
    }


# --- the magics' own lines --------------------------------------------------------------------------------------------


def test_the_first_line_takes_options_and_the_names_of_flows(complete):
    assert set(complete("%%hydroflow ‸\n")) == {
        "--no-show",
        "--code",
        "--live",
        "--recording",
        "--no-recording",
        "--share",
        "--check",
        "--without",
        "flow",
        "reach",
    }
    assert set(complete("%%hydroflow re‸")) == {"reach"}
    assert set(complete("\n%%hydroflow reach --no‸\nsource_iter([1]);")) == {"--no-show", "--no-recording"}


def test_an_option_is_offered_once_and_a_name_too(complete):
    left = {"--no-show", "--live", "--recording", "--no-recording", "--share", "--check", "--without"}
    assert set(complete("%%hydroflow reach --code ‸")) == left


def test_a_recording_is_offered_a_budget(complete):
    assert set(complete("%%hydroflow --recording ‸")) == {"100000"}


def test_the_line_magic_takes_its_subcommands(complete):
    assert set(complete("x = 1\n%hydroflow ‸")) == set(SUBCOMMANDS)
    assert set(complete("%hydroflow g‸")) == {"graph"}


def test_the_subcommands_take_flows_and_operators(complete):
    assert set(complete("%hydroflow graph ‸")) == {"reach"}
    assert set(complete("%hydroflow run ‸")) == {"reach"}
    assert set(complete("%hydroflow code r‸")) == {"reach"}
    assert set(complete("%hydroflow operators ‸")) == set(BY_NAME)


def test_a_check_is_offered_flows_then_its_options(complete):
    assert set(complete("%hydroflow check ‸")) == {"reach", "--network", "--replicas", "--shard", "--fix", "--find"}
    assert set(complete("%hydroflow check reach ‸")) == {"--network", "--replicas", "--shard", "--fix", "--find"}
    assert set(complete("%hydroflow check reach --network udp ‸")) == {"--replicas", "--shard", "--fix", "--find"}
    assert set(complete("%hydroflow check --network udp re‸")) == {"reach"}


def test_a_network_of_a_check_is_offered_by_its_name(complete):
    assert set(complete("%hydroflow check reach --network ‸")) == {"tcp", "udp", "at-least-once"}
    assert set(complete("%hydroflow check reach --replicas ‸")) == {"3"}


def test_the_codes_of_errors_are_offered(complete):
    assert set(complete("%hydroflow error ‸")) == set(BY_CODE)
    assert set(complete("%hydroflow error HF29‸")) == {"HF290", "HF291", "HF292", "HF293"}


# --- elsewhere --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["so‸", "sensor.‸", "%‸", "%%hyd‸", "%%time\nso‸", "x = 1\n# %%hydroflow\nso‸", "%hydroflows ‸", "import ma‸"],
)
def test_outside_of_hydroflow_cells_and_lines_nothing_changes(complete, notebook, text):
    with_matcher = {word: found.type for word, found in complete(text).items()}

    notebook.shell.Completer.custom_matchers.clear()

    assert {word: found.type for word, found in complete(text).items()} == with_matcher


# --- systems ----------------------------------------------------------------------------------------------------------

PLACES = "server = process();\nclients = cluster();\n"


def words(found):
    return {completion.text for completion in found.values()}


def test_behind_the_sign_of_a_place_locations_are_offered(complete):
    assert words(complete(f"{CELL}{PLACES}@‸")) == {"server", "clients"}
    assert words(complete(f"{CELL}{PLACES}@server numbers ~> @cl‸")) == {"clients"}
    assert {"@server", "@clients"} <= words(complete(f"{CELL}{PLACES}@server numbers ~> ‸"))
    assert not words(complete(f"{CELL}{PLACES}@server numbers -> ‸")) & {"@server", "@clients"}


def test_behind_a_cluster_routes_are_offered(complete):
    assert words(complete(f"{CELL}{PLACES}@server numbers ~> @clients.‸")) == {"all", "others", "next", "by"}
    assert words(complete(f"{CELL}{PLACES}@server numbers ~> @clients.o‸ null();")) == {"others"}


def test_members_are_those_of_a_cluster(complete):
    assert words(complete(f"{CELL}{PLACES}@server members(‸) -> null();")) == {"clients"}


def test_a_statement_may_declare_a_location(complete):
    assert {"process", "cluster", "external"} <= words(complete(f"{CELL}server = ‸"))
    assert not words(complete(f"{CELL}a -> (‸")) & {"process", "cluster", "external"}


def test_an_optimisation_that_is_left_out_is_offered_by_its_name(complete):
    assert {"all", "inlining"} <= set(complete("\n%%hydroflow reach --without ‸\nsource_iter([1]);"))
