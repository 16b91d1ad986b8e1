"""What a front end is told while a cell is written, by a kernel that answers "inspect"."""

from __future__ import annotations

import asyncio
import enum
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from hydroflow_nb.magics._editor import PROBLEMS, Editor


class Kernel:
    """A kernel as far as it answers requests about words; it was asked for `asked`."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    async def do_inspect(self, code: str, cursor_pos: int, *_: Any) -> dict[str, Any]:
        self.asked.append((code, cursor_pos))
        found = "len" in code
        data = {"text/plain": "Python's own"} if found else {}
        return {"status": "ok", "found": found, "data": data, "metadata": {}}


@pytest.fixture
def shell() -> InteractiveShell:
    return InteractiveShell()


@pytest.fixture
def kernel(shell: InteractiveShell) -> Kernel:
    kernel = Kernel()
    shell.kernel = kernel  # type: ignore[attr-defined]
    Editor(shell).register()
    return kernel


def ask(kernel: Kernel, marked: str) -> dict[str, Any]:
    """The answer for the place of `¦` in a cell."""
    place = marked.index("¦")
    return asyncio.run(kernel.do_inspect(marked.replace("¦", ""), place))


def page(kernel: Kernel, marked: str) -> str:
    answer = ask(kernel, marked)
    return answer["data"]["text/markdown"] if answer["found"] else ""


def problems(kernel: Kernel, cell: str) -> list[dict[str, Any]]:
    return asyncio.run(kernel.do_inspect(cell, 0))["data"][PROBLEMS]


@pytest.mark.parametrize(
    "cell",
    [
        "%%hydroflow\nsource_iter([1]) -> m¦ap(|x| x) -> for_each(print);",
        "%%hydroflow\nsource_iter([1]) -> map¦(|x| x) -> for_each(print);",
        "%%time\n\n  %%hydroflow a --check\nsource_iter([1]) -> ma¦p(",
        "%%hydroflow\nsource_iter([1]) -> map(|x| x +¦ 1) -> for_each(print);",
    ],
)
def test_the_page_of_an_operator_is_the_operator_s_and_never_python_s(kernel: Kernel, cell: str) -> None:
    assert page(kernel, cell).startswith("### map\n")


@pytest.mark.parametrize(
    ("cell", "operator"),
    [
        ("%%hydroflow\na = jo¦in::<'static>();", "join"),
        ("%%hydroflow\na = join::<'st¦atic>();", "join"),
        ("%%hydroflow\nsource_iter(¦[1])", "source_iter"),
        ("%%hydroflow\nfil¦ter(|x| x)", "filter"),
        ("%%hydroflow\nsource_iter([1]) -> for_each(¦", "for_each"),
    ],
)
def test_wherever_the_cursor_is_in_a_call_its_page_comes(kernel: Kernel, cell: str, operator: str) -> None:
    assert page(kernel, cell).startswith(f"### {operator}\n")


@pytest.mark.parametrize("place", ["h¦op -> null();", "source_iter([1]) -> [0]h¦op;", "source_iter([1]) -> [¦0]hop;"])
def test_the_page_of_a_name_is_the_statement_that_assigns_it(kernel: Kernel, place: str) -> None:
    told = page(kernel, f"%%hydroflow\nhop = join()\n    -> map(|(k, (v, w))| ';');\n{place}")

    assert "hop = join()\n    -> map(|(k, (v, w))| ';');\n" in told


def test_a_word_of_an_argument_is_python_s_and_nothing_around_it_is_asked_for(kernel: Kernel) -> None:
    answer = ask(kernel, "%%hydroflow\nsource_iter([[1]]) -> map(|x| le¦n(x)) -> for_each(print);")

    assert answer["data"] == {"text/plain": "Python's own"}
    assert kernel.asked == [(" len", 4)]


@pytest.mark.parametrize("cell", ["ma¦p(len, x)", "x = 1\n%%hydroflow\nm¦ap", "%%hydro¦flow a\nsource_iter([1])"])
def test_other_cells_and_the_magic_s_own_line_are_left_to_the_kernel(kernel: Kernel, cell: str) -> None:
    ask(kernel, cell)

    assert kernel.asked == [(cell.replace("¦", ""), cell.index("¦"))]


def test_mistakes_are_told_with_their_places_in_the_cell_and_what_to_write(kernel: Kernel) -> None:
    cell = "%%hydroflow reach\n# 🌊\nreach = source_iter([1]) -> mapp(|x| x);\nreech -> for_each(print);"

    found = {one["code"]: one for one in problems(kernel, cell)}

    assert {code: cell[one["from"] : one["to"]] for code, one in found.items()} == {"HF201": "mapp", "HF203": "reech"}
    assert (found["HF201"]["severity"], found["HF201"]["replacement"]) == ("error", "map")
    assert found["HF203"]["hint"] == "did you mean `reach`?"


@pytest.mark.parametrize(
    ("text", "replacement"),
    [
        ("source_iter([(1, 2)]) -> fold_keyed::<'statc>(|| 0, |a, x| a) -> null();", "'static"),
        ("source_iter([1]) -> defer() -> null();", "defer_tick"),
        ("both = union() -> null(); source_iter([1]) -> [0]booth; source_iter([2]) -> [1]both;", "[0]both"),
        ("d = source_iter([1]) -> partition(|x, (yes, no)| yes.give(x));\nd[yes] -> null();\nd[nno] -> null();", "no"),
    ],
)
def test_what_is_offered_in_place_of_a_wrong_word_mends_the_flow(kernel: Kernel, text: str, replacement: str) -> None:
    cell = f"%%hydroflow\n{text}"
    (wrong,) = [one for one in problems(kernel, cell) if one["replacement"]]

    mended = cell[: wrong["from"]] + wrong["replacement"] + cell[wrong["to"] :]

    assert wrong["replacement"] == replacement
    assert not [one for one in problems(kernel, mended) if one["code"] == wrong["code"]]


def test_nothing_of_a_cell_runs_while_it_is_written(kernel: Kernel, shell: InteractiveShell) -> None:
    ran: list[int] = []
    shell.user_ns |= {"ran": ran, "run": lambda: ran.append(1)}

    problems(kernel, "%%hydroflow\nsource_iter([run()]) -> map(run()) -> for_each(print);")
    found = problems(kernel, "%%hydroflow\nd = source_iter([1]) -> demux_enum::<run()>(); d[a] -> null();")

    assert ran == []
    assert [one["code"] for one in found if one["code"].startswith("HF24")] == []


def test_the_kinds_of_a_class_that_the_notebook_knows_are_looked_up(kernel: Kernel, shell: InteractiveShell) -> None:
    shell.user_ns["Colour"] = enum.Enum("Colour", ["RED", "BLUE"])

    found = problems(kernel, "%%hydroflow\nd = source_iter([1]) -> demux_enum::<Colour>(); d[REDD] -> null();")

    assert "RED" in [one["replacement"] for one in found]


@pytest.mark.parametrize("cell", ["%%hydroflow", "%%hydroflow\n\n", "%%hydroflow\n" + "x" * 300_000])
def test_a_cell_without_a_flow_and_a_huge_one_have_no_mistakes(kernel: Kernel, cell: str) -> None:
    assert problems(kernel, cell) == []


def test_a_kernel_that_takes_no_such_requests_is_left_alone(shell: InteractiveShell) -> None:
    shell.kernel = object()  # type: ignore[attr-defined]

    Editor(shell).register()
    Editor.unregister(shell)


def test_the_kernel_answers_by_itself_again_when_the_extension_is_unloaded(
    kernel: Kernel, shell: InteractiveShell
) -> None:
    Editor.unregister(shell)
    Editor.unregister(shell)

    ask(kernel, "%%hydroflow\nm¦ap")

    assert kernel.asked == [("%%hydroflow\nmap", 13)]


class PageKernel:
    """The kernel of JupyterLite, as far as it answers requests about words: at once."""

    def inspect(self, code: str, cursor_pos: int, detail_level: int) -> dict[str, Any]:
        return {"status": "ok", "found": True, "data": {"text/plain": f"Python's own: {code[:cursor_pos]}"}}


def test_a_kernel_in_a_page_answers_at_once(shell: InteractiveShell) -> None:
    kernel = PageKernel()
    shell.kernel = kernel  # type: ignore[attr-defined]
    Editor(shell).register()
    cell = "%%hydroflow\nsource_iter([1]) -> mapp(len);"

    assert [one["code"] for one in kernel.inspect(cell, 0, 0)["data"][PROBLEMS]][:1] == ["HF201"]
    assert kernel.inspect(cell, 15, 0)["data"]["text/markdown"].startswith("### source_iter\n")
    assert kernel.inspect(cell, cell.index("len"), 0)["data"] == {"text/plain": "Python's own: len"}

    Editor.unregister(shell)
    assert kernel.inspect(cell, 5, 0)["data"] == {"text/plain": "Python's own: %%hyd"}


SYSTEM = """%%hydroflow two
server = process();
clients = cluster();
@server source_iter([1]) ~> @clients.next::<int> said;
@clients said = for_each(print);
"""


@pytest.mark.parametrize("at", ["¦~>", "~¦>"])
def test_an_arrow_to_another_place_has_a_page_with_its_channel(kernel: Kernel, at: str) -> None:
    found = page(kernel, SYSTEM.replace("~>", at))

    assert "the channel `server>said`, from `server` to `clients`" in found
    assert "one member after the other" in found
    assert "`int`" in found
    assert "in flight" in page(kernel, "%%hydroflow\n@a x ¦~> ")


def test_a_location_has_a_page_with_its_declaration_and_its_channels(kernel: Kernel) -> None:
    found = page(kernel, SYSTEM.replace("@server", "@ser¦ver"))

    assert "server = process();" in found
    assert "`server>said`" in found
    assert "every member" in page(kernel, SYSTEM.replace(".next", ".a¦ll"))


@pytest.mark.parametrize(
    ("line", "code", "word"),
    [
        ("@server x = source_iter([1]) ~> @client.all said;", "HF503", "@client"),
        ("@server source_iter([1]) ~> @clients.al said;", "HF502", ".al"),
        ("@server source_iter([1]) ~ said;", "HF501", "~"),
        ("@server source_iter([1]) ~> @", "HF501", "@"),
        ("@server source_iter([1]) -> said;", "HF504", "said"),
    ],
)
def test_mistakes_of_a_system_have_their_places(kernel: Kernel, line: str, code: str, word: str) -> None:
    cell = f"{SYSTEM}{line}"
    found = [(one["code"], cell[one["from"] : one["to"]]) for one in problems(kernel, cell)]

    assert (code, word) in found
