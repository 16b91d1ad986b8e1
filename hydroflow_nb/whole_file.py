"""Files that are written whole, or not at all."""

from __future__ import annotations

from pathlib import Path


def write_whole(target: Path, text: str) -> None:
    """Write a text to a file. A file that is there is replaced when the new one is whole.

    Raises OSError where it cannot be written.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
