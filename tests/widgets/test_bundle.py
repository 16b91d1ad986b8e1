from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hydroflow_nb.render.palette import PALETTE
from hydroflow_nb.widgets import bundle

ROOMS = sorted(folder.name for folder in bundle.STATIC.iterdir() if folder.name != bundle.SHARED)


def text_of(name: str) -> str:
    return (bundle.STATIC / f"{name}.js").read_text(encoding="utf-8")


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of two small widgets in place of the package's own."""
    files = {
        "shared/dom.js": "export function html(tag) {\n  return tag;\n}\n",
        "shared/base.css": ".hf { color: black; }\n",
        "stepper/rows.js": "export const ROWS = 1;\n",
        "stepper/stepper.js": 'import { ROWS } from "./rows.js";\nexport const stepper = ROWS;\n',
        "stepper/stepper.css": ".hf-step { color: blue; }\n",
        "network/rows.js": 'import { html } from "../shared/dom.js";\nexport const ROWS = html("tr");\n',
        "network/network.js": (
            'import { html } from "../shared/dom.js";\nimport { ROWS } from "./rows.js";\n'
            '/** @import { Row } from "./rows.js" */\n'
            "/** What it is.\n * @type {string}\n */\nexport const network = html(ROWS /** @type {any} */);\n"
        ),
        "network/network.css": ".hf-net { color: var(--hf-pull); }\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(bundle, "STATIC", tmp_path)
    bundle.script.cache_clear()
    bundle.stylesheet.cache_clear()
    yield tmp_path
    bundle.script.cache_clear()
    bundle.stylesheet.cache_clear()


@pytest.mark.usefixtures("static")
def test_a_bundle_holds_its_entry_and_what_that_imports_and_no_other_widget() -> None:
    assert bundle.modules("stepper") == ("stepper/rows", "stepper/stepper")
    assert bundle.modules("network") == ("shared/dom", "network/rows", "network/network")
    assert "network" not in bundle.script("stepper")
    assert "stepper" not in bundle.script("network")


@pytest.mark.usefixtures("static")
def test_modules_of_one_name_in_two_rooms_are_two_modules() -> None:
    assert "const { ROWS } = $stepper_rows;" in bundle.script("stepper")
    assert "const { ROWS } = $network_rows;" in bundle.script("network")


@pytest.mark.usefixtures("static")
def test_documentation_is_left_out_of_the_script() -> None:
    script = bundle.script("network")

    assert script.endswith("ROWS } = $network_rows;\nexport const network = html(ROWS /** @type {any} */);\n")


@pytest.mark.usefixtures("static")
def test_a_style_sheet_is_the_colours_it_uses_what_all_share_and_then_the_widget_s_own() -> None:
    assert bundle.stylesheet("network") == (
        f".hf {{\n  --hf-pull: {PALETTE['pull'].css};\n}}\n"
        ".hf { color: black; }\n\n.hf-net { color: var(--hf-pull); }\n"
    )


@pytest.mark.usefixtures("static")
def test_a_room_without_an_entry_has_no_bundle() -> None:
    with pytest.raises(FileNotFoundError):
        bundle.script("shared")


def test_every_module_of_the_folder_is_in_the_bundle_of_some_widget() -> None:
    files = {path.relative_to(bundle.STATIC).with_suffix("").as_posix() for path in bundle.STATIC.rglob("*.js")}

    assert {name for room in ROOMS for name in bundle.modules(room)} == files


@pytest.mark.parametrize("room", ROOMS)
def test_a_module_stands_once_after_those_that_it_imports(room: str) -> None:
    order = bundle.modules(room)

    assert len(set(order)) == len(order)
    for name in order:
        for imported in re.findall(r'^import .* from "\./(\w+)\.js"', text_of(name), re.MULTILINE):
            assert order.index(f"{name.split('/')[0]}/{imported}") < order.index(name)
        for imported in re.findall(r'^import .* from "\.\./(\w+/\w+)\.js"', text_of(name), re.MULTILINE):
            assert order.index(imported) < order.index(name)


@pytest.mark.parametrize("room", ROOMS)
def test_a_module_imports_from_its_own_room_and_the_shared_one(room: str) -> None:
    for name in bundle.modules(room):
        rooms = set(re.findall(r'^import .* from "\.\./(\w+)/', text_of(name), re.MULTILINE))

        # A widget that holds another one imports its entry, and nothing else of it.
        held = {room for room in ROOMS if f'from "../{room}/{room}.js"' in text_of(name)}
        assert rooms <= (set() if name.startswith("shared/") else {bundle.SHARED, *held}), name


@pytest.mark.parametrize("room", ROOMS)
def test_the_script_imports_nothing(room: str) -> None:
    assert not re.search(r"^import\b", bundle.script(room), re.MULTILINE)


def test_the_stepper_exports_what_widget_and_page_need() -> None:
    exports = re.findall(r"^export .*$", bundle.script("stepper"), re.MULTILINE)

    assert [line.split(" {")[0] for line in exports] == [
        "export function mount(el, data, kernel = null, makers = FEATURES)",
        "export default",
    ]


def test_no_module_takes_markup_from_data() -> None:
    for path in bundle.STATIC.rglob("*.js"):
        text = path.read_text(encoding="utf-8")

        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), path.name


def test_the_picture_of_a_system_leaves_that_of_a_stepper_below_it_as_it_is() -> None:
    rules = (bundle.STATIC / "system" / "system.css").read_text(encoding="utf-8")

    assert ".hf-stage .hf-picture" in rules
    assert all(line.startswith(".hf-stage ") for line in rules.splitlines() if ".hf-picture" in line)


@pytest.mark.parametrize("room", ["stepper", "network", "system"])
def test_a_style_sheet_gives_every_variable_that_it_uses(room: str) -> None:
    style = bundle.stylesheet(room)
    # Set on the element, as what is shown demands.
    by_script = {"depth", "graph-height", "graph-width", "middle", "most", "natural-width"}

    used = set(re.findall(r"var\(--hf-([\w-]+)", style))
    given = set(re.findall(r"^\s*--hf-([\w-]+):", style, re.MULTILINE))

    assert used - given == by_script
    assert f"--hf-pull: {PALETTE['pull'].css};" in style
