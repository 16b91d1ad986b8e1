"""`python -m hydroflow_nb.error_index` prints the error index as Markdown."""

from __future__ import annotations

from hydroflow_nb.error_index import ENTRIES
from hydroflow_nb.error_index.page import page

print(page(ENTRIES), end="")
