"""A real JupyterLab in a real browser: the fixture `lab`."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

# What a page shows comes a moment later; on a busy machine that is many seconds.
expect.set_options(timeout=60_000)

SECONDS_TO_START = 60
# Milliseconds, as Playwright counts. A first kernel on a busy machine takes many seconds.
PATIENCE = 60_000
# How often a page is asked; Playwright by itself asks with each frame, and has the browser draw sixty a second for it.
POLLING = 100

# Chromium takes the last list of features that it is given, so those that Playwright switches off stand here as well.
SWITCHED_OFF = (
    *("AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync", "LensOverlay"),
    *("DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "MediaRouter"),
    *("NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch"),
    *("TcpPortRandomizationWin", "ThirdPartyStoragePartitioning"),
    # Two pages of the browser's own behind its address bar, for each window: half of what a small page of a test costs.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
)

BROWSER_OPTIONS = [
    f"--disable-features={','.join(SWITCHED_OFF)}",
    "--no-sandbox",  # without this, no start as root
    "--disable-dev-shm-usage",  # containers have a small /dev/shm
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Playwright's own way of keeping requests away turns the cache off.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]

# What would start by itself, ask, or keep cells out of the page.
LAB_SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"autoStartDefaultKernel": True, "windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}

# The indicator in the toolbar says "idle" before there is a kernel, so the session itself is asked.
IS_IDLE = """() => {
    const panel = window.jupyterapp?.shell?.currentWidget, context = panel?.sessionContext;
    return Boolean(panel?.context?.isReady && context?.isReady && !context.pendingInput
        && context.session?.kernel?.connectionStatus === 'connected' && context.session.kernel.status === 'idle');
}"""

# The outcome stays in the page and is polled: `evaluate` on the promise would wait for ever behind a dialog.
START_COMMAND = """([id, args]) => {
    window.commandOutcome = null;
    window.jupyterapp.commands.execute(id, args).then(
        () => { window.commandOutcome = 'done'; },
        error => { window.commandOutcome = String(error); });
}"""

# From the notebook's model: the page may show an output a moment after the kernel is idle.
ERRORS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
    .flatMap(cell => cell.toJSON().outputs ?? [])
    .filter(output => output.output_type === 'error' || output.name === 'stderr')
    .map(output => output.output_type === 'error' ? output.traceback.join('\\n') : [output.text].flat().join(''))"""

# JupyterLab calls its command done at the first cell that fails, also at one that may, while others still wait for the
# kernel, which is idle between two of them. One that may not fail ends them all.
ALL_BEGAN = """() => {
    const cells = [...window.jupyterapp.shell.currentWidget.content.model.cells]
        .filter(cell => cell.type === 'code' && cell.sharedModel.getSource().trim());
    const failed = cell => (cell.toJSON().outputs ?? []).some(output => output.output_type === 'error');
    const may = cell => (cell.getMetadata('tags') ?? []).includes('raises-exception');
    return cells.every(cell => cell.executionCount !== null) || cells.some(cell => failed(cell) && !may(cell));
}"""

# Those of the front end. That of anywidget complains where a busy machine takes two seconds to make a model.
OWN_SCRIPTS = ("/static/lab/", "/static/notebook/", "/lab/extensions/anywidget/")

# Whether JupyterLab is there, with no notebook open: to load it anew takes three times as long as to open one.
IS_EMPTY = "() => window.jupyterapp?.shell.isEmpty('main') ?? false"

# Closes all notebooks without a question, and says whether all else is as JupyterLab begins.
TIDY = """() => {
    const shell = window.jupyterapp?.shell;
    for (const panel of [...(shell?.widgets('main') ?? [])]) {
        if (panel.context) panel.context.model.dirty = false;
        panel.dispose();
    }
    return Boolean(shell?.mode === 'single-document' && shell.leftCollapsed && shell.rightCollapsed
        && !document.querySelector('.jp-Dialog')
        && document.body.dataset.jpThemeName === 'JupyterLab Light');
}"""

VIEWPORT: ViewportSize = {"width": 1280, "height": 900}

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running JupyterLab: its address, the token that opens it, the folder that it shows, and what it logs."""

    url: str
    token: str
    folder: Path
    log: Path

    def ask(self, path: str, *, method: str = "GET") -> bytes:
        """The answer of the server's REST interface, as in `ask("api/status")`."""
        request = urllib.request.Request(
            f"{self.url}/{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bytes(answer.read())

    def end_sessions(self) -> None:
        """Shut down every notebook's kernel, so that a test starts with none and the machine is free."""
        for session in json.loads(self.ask("api/sessions")):
            self.ask(f"api/sessions/{session['id']}", method="DELETE")


@dataclass(frozen=True, kw_only=True)
class Lab:
    """JupyterLab in a page, as a test drives it. The page reaches this machine and nothing else.

    `page` is Playwright's, for everything that has no method here. `folder` is the folder that the test's notebooks are
    copied to and that their kernels start in, new for each test. `complaints` holds what the page's scripts threw,
    `outside` the addresses off this machine that it asked for in vain.
    """

    page: Page
    server: Server
    folder: Path
    artifacts: Path
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    @property
    def panel(self) -> Locator:
        """The notebook that is shown."""
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def open(self, notebook: Path, *, with_outputs: bool = False) -> None:
        """Show a copy of a notebook, by default without its outputs, with its kernel idle. The file stays as it is."""
        copy = nbformat.read(notebook, as_version=4)
        for cell in copy.cells:
            if cell.cell_type == "code" and not with_outputs:
                cell.outputs, cell.execution_count = [], None
        nbformat.write(copy, self.folder / notebook.name)
        self._show(notebook.name)

    def open_cells(self, *sources: str) -> None:
        """Show a new notebook with these code cells, with its kernel idle."""
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), self.folder / "cells.ipynb")
        self._show("cells.ipynb")

    def _show(self, name: str) -> None:
        place = f"{self.folder.relative_to(self.server.folder)}/{name}"
        if self.page.evaluate(IS_EMPTY):
            self.command("docmanager:open", {"path": place, "factory": "Notebook"})
        else:
            # `reset` forgets the workspace, `doc` shows the one document without the file browser.
            address = f"{self.server.url}/doc/tree/{place}?token={self.server.token}&reset"
            self.page.goto(address, wait_until="domcontentloaded")
        self.panel.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=PATIENCE)
        self.wait_idle()

    def wait_idle(self, timeout: float = PATIENCE) -> None:
        """Return when the kernel is idle; raise Playwright's TimeoutError after `timeout` milliseconds."""
        self.page.wait_for_function(IS_IDLE, timeout=timeout, polling=POLLING)

    def wait_for_file(self, name: str) -> None:
        """Return when code of the notebook has written a file into its folder."""
        deadline = time.monotonic() + PATIENCE / 1000
        while not (self.folder / name).exists():
            assert time.monotonic() < deadline, f"there is no file {name}"
            self.page.wait_for_timeout(20)

    def start(self, command: str, arguments: Mapping[str, object] | None = None) -> None:
        """Start one of JupyterLab's commands, as in `start("notebook:interrupt-kernel")`, and return at once."""
        self.page.evaluate(START_COMMAND, [command, dict(arguments or {})])

    def command(
        self, command: str, arguments: Mapping[str, object] | None = None, *, timeout: float = PATIENCE
    ) -> None:
        """Carry out one of JupyterLab's commands to its end; a command that is refused fails the test."""
        self.start(command, arguments)
        self.page.wait_for_function("() => window.commandOutcome !== null", timeout=timeout, polling=POLLING)
        outcome = self.page.evaluate("() => window.commandOutcome")
        assert outcome == "done", f"{command}: {outcome}"

    def run_all(self, *, allow_errors: bool = False, timeout: float = PATIENCE) -> None:
        """Run the cells as JupyterLab's "Run All Cells" does. One that fails fails the test, unless that is allowed."""
        self.command("notebook:run-all-cells", timeout=timeout)
        self.page.wait_for_function(ALL_BEGAN, timeout=timeout, polling=POLLING)
        self.wait_idle(timeout)
        errors = self.errors()
        assert allow_errors or not errors, "cells failed:\n" + "\n".join(errors)

    def run_cell(self, index: int, *, wait: bool = True, timeout: float = PATIENCE) -> list[str]:
        """Run one cell, counted from 0, and give the texts of its outputs; with `wait=False` only start it."""
        self.page.evaluate("index => { jupyterapp.shell.currentWidget.content.activeCellIndex = index; }", index)
        if not wait:
            self.start("notebook:run-cell")
            return []
        self.command("notebook:run-cell", timeout=timeout)
        self.wait_idle(timeout)
        return self.outputs(index)

    def cell(self, index: int) -> Locator:
        """A cell of any kind, counted from 0."""
        return self.panel.locator(".jp-Notebook .jp-Cell").nth(index)

    def outputs(self, index: int) -> list[str]:
        """The texts of a cell's outputs, as they stand on the page, without a line end at the end."""
        texts = self.cell(index).locator(".jp-OutputArea-output").all_inner_texts()
        return [text.removesuffix("\n") for text in texts]

    def errors(self) -> list[str]:
        """What cells raised, and what they wrote to standard error, as plain text."""
        return [ANSI.sub("", text) for text in self.page.evaluate(ERRORS)]

    def screenshot(self, name: str, of: Locator | None = None) -> Path:
        """Keep a picture of the page, or of a part of it, as `tests/artifacts/<name>.png`."""
        path = self.artifacts / f"{name}.png"
        (of or self.page).screenshot(path=path)
        return path


@pytest.fixture(scope="session")
def artifacts(repository: Path) -> Path:
    """The folder of what a test run leaves for people to look at: `tests/artifacts`, which git ignores."""
    folder = repository / "tests" / "artifacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def chromium(repository: Path) -> str:
    """The path of a Chromium. Without one the browser tests are skipped, and fail where the variable CI is set."""
    search = subprocess.run(
        [sys.executable, repository / ".ci" / "chromium.py"], capture_output=True, text=True, check=False
    )
    if search.returncode:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(search.stderr.strip())
    return search.stdout.strip()


# Not for the session: while Playwright is on, an event loop runs in this thread, and other folders' tests would see it.
# This folder is a package to pytest: see `pytest_collect_directory`.
@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)
        yield browser
        browser.close()


# It asks for the browser's path, so that no server is started where there is none.
@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[Server]:
    """JupyterLab on a free port of the loopback device, with settings, data and kernels of its own."""
    home = tmp_path_factory.mktemp("jupyter")
    overrides = home / "config" / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(json.dumps(LAB_SETTINGS))
    (home / "notebooks").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(
        url=f"http://127.0.0.1:{port}",
        token=secrets.token_hex(16),
        folder=home / "notebooks",
        log=home / "jupyterlab.log",
    )
    with server.log.open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
                f"--ServerApp.root_dir={server.folder}",
                f"--IdentityProvider.token={server.token}",
                *("--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"),
                "--LabApp.extension_manager=readonly",
                "--LabApp.expose_app_in_browser=True",
            ],
            env={
                **os.environ,
                "JUPYTER_CONFIG_DIR": str(home / "config"),
                "JUPYTER_DATA_DIR": str(home / "data"),
                "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
                "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
                "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
                "IPYTHONDIR": str(home / "ipython"),
                "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_up(server, process)
        yield server
        server.end_sessions()
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_until_up(server: Server, process: subprocess.Popen[bytes]) -> None:
    """Return when the server answers; fail with its log when it ends or takes too long."""
    deadline = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        try:
            server.ask("api/status")
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail("JupyterLab did not start:\n" + server.log.read_text(errors="replace")[-4000:])


# The scripts of JupyterLab are loaded and compiled once.
@pytest.fixture(scope="package")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Where the pages of `lab` are opened."""
    context = browser.new_context(viewport=VIEWPORT)
    yield context
    context.close()


@pytest.fixture
def lab(server: Server, context: BrowserContext, artifacts: Path) -> Iterator[Lab]:
    """JupyterLab with no notebook open and no kernel running, in a session of its own.

    The page is that of the test before, where that has left it as it was.
    """
    server.end_sessions()
    # A theme that an earlier test has chosen is kept there.
    shutil.rmtree(server.folder.parent / "settings", ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=server.folder))
    page = context.pages[0] if context.pages else context.new_page()
    page.set_viewport_size(VIEWPORT)
    page.mouse.move(0, 0)
    lab = Lab(page=page, server=server, folder=folder, artifacts=artifacts)

    def asked(request: Request) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            lab.outside.append(request.url)

    def thrown(error: Error) -> None:
        # What the front end throws in its own scripts, on a busy machine now and then, is no fault of the package.
        said_where = error.stack or ""
        places = re.findall(r"https?://[^\s)]+", said_where)
        if places and all(any(own in one for own in OWN_SCRIPTS) for one in places):
            print("page error of the front end:", said_where[:2_000])
        else:
            lab.complaints.append(said_where or str(error))

    def said(message: ConsoleMessage) -> None:
        # Printed, so that pytest shows it with a test that fails; JupyterLab itself logs harmless errors.
        if message.type == "error":
            print("console:", message.text[:500])

    page.on("request", asked)
    page.on("pageerror", thrown)
    page.on("console", said)
    yield lab
    page.remove_listener("request", asked)
    page.remove_listener("pageerror", thrown)
    page.remove_listener("console", said)
    if not is_as_it_was(page):
        page.close()


def is_as_it_was(page: Page) -> bool:
    """Whether JupyterLab can serve the next test, once the notebooks of this one are closed."""
    with suppress(Error):
        return bool(page.evaluate(TIDY))
    return False
