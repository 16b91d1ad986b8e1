"""What every test may use, and what a test's folder says about it."""

from __future__ import annotations

import _thread
import gc
import importlib.util
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings

import hydroflow_nb as hf
from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.passes.pipeline import VERIFY

TESTS = Path(__file__).parent

# A busy machine is slow now and then; that does not fail a test.
settings.register_profile("hydroflow", deadline=None, print_blob=True)
# pytest --hypothesis-profile=nightly
settings.register_profile("nightly", parent=settings.get_profile("hydroflow"), max_examples=5_000)
settings.load_profile("hydroflow")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-cases` and `--update-notebooks`."""
    parser.addoption(
        "--update-cases",
        action="store_true",
        help="write what is given into tests/cases/*.hf instead of comparing; read the diff before committing",
    )
    parser.addoption(
        "--update-notebooks",
        action="store_true",
        help="write what the tutorials give into notebooks/*.ipynb instead of comparing; `make notebooks` does so",
    )


def pytest_configure() -> None:
    """Have interrupts raise, also where the tests run in the background of a script, which ignores them; and have the
    laws of graphs checked after every pass, in the processes that tests start as well.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.setdefault(VERIFY, "1")


class Folder(pytest.Package):
    """A folder whose fixtures of the scope "package" end with its tests. Those of any other folder without an
    `__init__.py` live as long as the session.
    """

    def setup(self) -> None:
        """There is no module to import."""


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Have what the tests of some folders share end with them: of `browser/` an event loop, which runs in the thread
    while Playwright is on, so that a test of another folder could run none of its own; of `deploy/ray/` a cluster.
    """
    shares = any(folder == path or folder in path.parents for folder in (TESTS / "browser", TESTS / "deploy" / "ray"))
    return Folder.from_parent(parent, path=path) if shares else None


# First of all hooks, so that `-m` sees the marks.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of `browser/` and `benchmarks/`."""
    for item in items:
        if item.path.is_relative_to(TESTS / "browser"):
            item.add_marker(pytest.mark.browser)
        elif item.path.is_relative_to(TESTS / "benchmarks"):
            item.add_marker(pytest.mark.benchmark)


def pytest_runtest_setup() -> None:
    """Take Hypothesis's callback off the collector, where a test before this one has put it.

    Python cannot raise in such a callback, so an interrupt or a timeout that comes during a collection would be lost.
    What it measures is used for deadlines only, and the tests have none.
    """
    gc.callbacks.clear()


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root."""
    return TESTS.parent


def _loaded(path: Path) -> ModuleType:
    """A helper module of the tests: under `--import-mode=importlib` it cannot be imported by its name."""
    spec = importlib.util.spec_from_file_location(f"hydroflow_tests_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks its module up there.
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def reference() -> SimpleNamespace:
    """The reference interpreter (`reference.interpreter`) and the random flows for it (`reference.flows`, those with
    loops in `reference.loops`, and those from tables to tables in `reference.columns`).
    """
    folder = TESTS / "reference"
    return SimpleNamespace(
        **{name: _loaded(folder / f"{name}.py") for name in ("interpreter", "flows", "loops", "columns")}
    )


@pytest.fixture(scope="session")
def update_cases(request: pytest.FixtureRequest) -> bool:
    """Whether the text cases are to be written anew instead of compared."""
    return bool(request.config.getoption("--update-cases"))


@pytest.fixture
def interrupted() -> Callable[[hf.Flow | Engine, float], AbstractContextManager[None]]:
    """A context manager: what is inside of it is interrupted, as by Ctrl-C, some seconds after a tick of a flow began.

    Interrupts come until the block is left: one that falls into a finalizer or a callback of the collector is lost, as
    Python cannot raise it there. The block is expected to raise KeyboardInterrupt.
    """

    @contextmanager
    def interrupted(flow: hf.Flow | Engine, seconds: float) -> Iterator[None]:
        engine = flow.drive().engine if isinstance(flow, hf.Flow) else flow
        over = threading.Event()

        def interrupt() -> None:
            while not (engine.is_within_tick or over.wait(0.001)):
                pass
            wait = seconds
            while not over.wait(wait):
                _thread.interrupt_main()
                wait = 0.4

        # The flows that earlier tests have left are finalized now, and not while the interrupts come.
        gc.collect()
        thread = threading.Thread(target=interrupt)
        thread.start()
        try:
            with pytest.raises(KeyboardInterrupt):
                yield
        finally:
            over.set()
            thread.join()

    return interrupted


@pytest.fixture(scope="session")
def notebook_names(repository: Path) -> Callable[..., dict[str, Any]]:
    """A function that gives the names of a tutorial after the code cells with some ids, run in order without a kernel.

    `%%hydroflow` cells are compiled, and nothing is shown.
    """

    # It takes most of a second to import, and few tests need it.
    import nbformat

    def names(notebook: str, *ids: str, **known: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"__name__": notebook, **known}
        cells = {cell.id: cell.source for cell in nbformat.read(repository / "notebooks" / notebook, 4).cells}
        for id in ids:
            first, _, rest = cells[id].partition("\n")
            if first.startswith("%%hydroflow"):
                name = first.split()[1]
                found[name] = hf.compile(rest, found, name)
            else:
                source = cells[id].replace("%load_ext hydroflow_nb", "")
                exec(compile(source, id, "exec", dont_inherit=True), found)
        return found

    return names
