from __future__ import annotations

import re

from hydroflow_nb.widgets import bundle


def test_every_module_of_the_folder_is_joined_once() -> None:
    files = {path.stem for path in bundle.STATIC.glob("*.js")}

    joined = bundle.modules()

    assert set(joined) == files
    assert len(joined) == len(files)


def test_a_module_stands_after_those_that_it_imports() -> None:
    order = bundle.modules()

    for name in order:
        text = (bundle.STATIC / f"{name}.js").read_text(encoding="utf-8")
        for imported in re.findall(r'from "\./(\w+)\.js"', text):
            assert order.index(imported) < order.index(name)


def test_the_script_imports_nothing_and_exports_what_widget_and_page_need() -> None:
    script = bundle.script()

    exports = re.findall(r"^export .*$", script, re.MULTILINE)

    assert not re.search(r"^import ", script, re.MULTILINE)
    assert [line.split(" {")[0] for line in exports] == [
        "export function mount(el, data, kernel = null)",
        "export default",
    ]


def test_no_module_takes_markup_from_data() -> None:
    for path in bundle.STATIC.glob("*.js"):
        text = path.read_text(encoding="utf-8")

        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), path.name
