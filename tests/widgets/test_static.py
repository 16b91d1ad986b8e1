"""The widgets' scripts: their types, and the tests of those modules that need no page, in `tests/widgets/static`."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from hydroflow_nb.trace import ticks
from hydroflow_nb.widgets import bundle
from hydroflow_nb.widgets.stepper import recorded_ticks

STATIC_TESTS = Path(__file__).parent / "static"
LONGEST_LINE = 120
# What a module says that needs a page, or a part of one.
PAGE = re.compile(r"shared/(?:dom|nodestrip|shortcuts)\.js|\./dom\.js|\bdocument\b|\bwindow\b|\bpicture\b")

Deno = Callable[..., "subprocess.CompletedProcess[str]"]

MODULES = sorted(path.relative_to(bundle.STATIC).with_suffix("").as_posix() for path in bundle.STATIC.rglob("*.js"))
TESTS = sorted(path.relative_to(STATIC_TESTS).as_posix() for path in STATIC_TESTS.rglob("*.test.js"))


def text_of(module: str) -> str:
    return (bundle.STATIC / f"{module}.js").read_text(encoding="utf-8")


def named_by(module: str) -> set[str]:
    """The modules that a module imports or takes types from."""
    room = module.partition("/")[0]
    found = re.findall(r'from "\.(?:\.)?/(?:(\w+)/)?(\w+)\.js"', text_of(module))
    return {f"{other or room}/{name}" for other, name in found}


@pytest.fixture
def copied(repository: Path, tmp_path: Path) -> Path:
    """A copy of the scripts with the rules that they are checked by."""
    shutil.copy(repository / "jsconfig.json", tmp_path)
    shutil.copytree(bundle.STATIC, tmp_path / "widgets" / "static")
    return tmp_path


def test_the_types_of_the_scripts_and_of_their_tests_hold(deno: Deno, repository: Path) -> None:
    checked = deno("check", "widgets/static", "tests/widgets/static", cwd=repository)

    assert checked.returncode == 0, checked.stderr


def test_wrong_types_are_found(deno: Deno, copied: Path) -> None:
    for module, line in (
        ("stepper/cursor", 'endOf({}, "first");'),
        ("stepper/view", "new View().cursour;"),
        ("shared/text", "export function half(count) { return count / 2; }"),
        ("shared/dom", 'html("buton", {});'),
    ):
        with (copied / "widgets" / "static" / f"{module}.js").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    checked = deno("check", "widgets/static", cwd=copied)

    assert checked.returncode == 1
    for complaint in (
        "Argument of type '{}' is not assignable to parameter of type 'History'",
        "Property 'cursour' does not exist on type 'View'",
        "Parameter 'count' implicitly has an 'any' type",
        "Argument of type '\"buton\"' is not assignable",
    ):
        assert complaint in checked.stderr


def test_the_tests_of_the_modules_pass(deno: Deno, repository: Path) -> None:
    ran = deno("test", "--no-check", "tests/widgets/static", cwd=repository)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"ok \| [1-9]\d+ passed \| 0 failed", ran.stdout)


def test_every_module_that_needs_no_page_has_tests_that_need_none() -> None:
    pure = {f"{module}.test.js" for module in MODULES if not PAGE.search(text_of(module))}

    assert {"shared/text.test.js", "stepper/cursor.test.js"} <= pure
    assert pure == set(TESTS)


def test_modules_that_take_from_each_other_form_no_circle_types_included() -> None:
    order = list(TopologicalSorter({module: named_by(module) for module in MODULES}).static_order())

    assert sorted(order) == MODULES


def test_page_and_kernel_agree_on_the_size_of_an_answer() -> None:
    sizes = dict(re.findall(r"^const (PAGE|RECORDS) = (\d+);", "\n".join(map(text_of, MODULES)), re.MULTILINE))

    assert sizes == {"PAGE": str(ticks.PAGE), "RECORDS": str(recorded_ticks.RECORDS)}


def test_no_line_is_longer_than_python_s() -> None:
    files = [*bundle.STATIC.rglob("*.*"), *Path(__file__).parent.rglob("*.js")]

    long = [
        f"{path.name}:{number}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > LONGEST_LINE
    ]

    assert long == []


def test_no_key_is_told_of_twice() -> None:
    listed = re.search(r"const KEYS = \[\n(.*?)\n\];", text_of("stepper/keys"), re.DOTALL)
    assert listed is not None
    own = [key for keys in re.findall(r'\["([^"]+)", "', listed[1]) for key in keys.split(" ")]
    # Those of features, whose documentation has one more as an example.
    texts = [text_of(module) for module in MODULES if module not in ("stepper/keys", "stepper/features")]
    added = [key for text in texts for key in re.findall(r'\bkey: "(\w)"', text)]

    assert {"b", "d", "f", "w"} <= set(added)
    assert sorted({*own, *added}) == sorted([*own, *added])
