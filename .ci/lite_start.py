"""Runs in Pyodide, for .ci/lite.mjs: starts what the kernel of JupyterLite starts, and compiles what was imported."""

from __future__ import annotations

import importlib._bootstrap_external as bootstrap
import io
import sys
import zipfile
from importlib import import_module

from IPython.core.interactiveshell import InteractiveShell

OURS = "hydroflow_nb/"

for package in ("anywidget", "ipywidgets", "jedi", "micropip"):
    import_module(package)

shell = InteractiveShell()
shell.run_cell("%load_ext hydroflow_nb")
shell.run_cell("%%hydroflow first\nsource_iter([1]) -> map(|x| x + 1) -> for_each(print);")
shell.run_cell("first.run_available()")
imported = {getattr(module, "__file__", None) for module in list(sys.modules.values())}


def compiled(archive: bytes, place: str) -> bytes:
    """An archive of modules that is unpacked to `place`, or stands there: the text of those that were imported, and of
    all of ours, gives way to their compiled form.
    """
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new,
    ):
        for info in old.infolist():
            name, body = info.filename, old.read(info)
            if name.endswith(".py") and (place + name in imported or name.startswith(OURS)):
                code = compile(body, place + name, "exec", dont_inherit=True)
                new.writestr(f"{name}c", bootstrap._code_to_hash_pyc(code, bytes(8), checked=False))
            else:
                new.writestr(name, body)
    return packed.getvalue()
