"""Prints the path of the Chromium that the browser tests use; with `--install`, installs one where there is none.

Looked for in this order: the environment variable CHROMIUM, the PATH, Playwright's own downloads. Without a browser the
status is 1 and the reason is on standard error; with `--install` the status is 0, for the tests say what they miss.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHT_INSTALL = (sys.executable, "-m", "playwright", "install", "chromium")
# Playwright tries a server it cannot reach again and again; the tests shall not wait for that.
DOWNLOAD_SECONDS = 240


def find() -> str | None:
    """The path of a Chromium on this machine, or None. A CHROMIUM that names no program ends the process."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named) or sys.exit(f"CHROMIUM={named} is no program that can be run")
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    return on_path or playwrights_own()


def playwrights_own() -> str | None:
    """The path of the Chromium that Playwright downloaded, or None."""
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.exists() else None


def install() -> None:
    """Try Debian's package where root allows it, then Playwright's own download, which needs no root."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root and shutil.which("apt-get"):
        print("Installing Chromium for the browser tests (apt-get install chromium)", flush=True)
        quietly("apt-get", "-qq", "update")
        quietly("apt-get", "-qq", "install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core")
    if find() is None:
        print("Downloading Chromium for the browser tests (playwright install chromium)", flush=True)
        quietly(*PLAYWRIGHT_INSTALL, seconds=DOWNLOAD_SECONDS)


def quietly(*command: str, seconds: float | None = None) -> None:
    """Run a command that may fail, for so many seconds at most, with its output shown only when it does."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(
            command,
            check=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
        )
    except subprocess.SubprocessError as error:
        print(f"{error}\n{(error.output or b'').decode(errors='replace')[-2000:]}", file=sys.stderr)


def main() -> None:
    """Print the path, after an installation where one was asked for and is needed."""
    installing = "--install" in sys.argv[1:]
    if installing and find() is None:
        install()
    path = find()
    if path is None:
        print(
            "no Chromium: install one (on Debian: `apt-get install chromium`, elsewhere: "
            "`playwright install chromium`) or name one in the environment variable CHROMIUM",
            file=sys.stderr,
        )
        sys.exit(0 if installing else 1)
    print(path)


if __name__ == "__main__":
    main()
