"""`python -m side_by_side`: compare, print, and write the tables and the picture where that is asked for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

# One core against one core, for those who take more; it has to be said before they are loaded.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

from side_by_side import beside, machine, plot, table
from side_by_side.growth import WAYS, grown
from side_by_side.peers import PEERS, is_here
from side_by_side.runner import ItemsDiffer, Measured, measure
from side_by_side.rust import Rust, RustIsMissing
from side_by_side.shape import OURS, RUST, Shape, bare
from side_by_side.shapes import batches, incremental

ROOT = Path(__file__).parents[3]
PICTURE = "performance-held.svg"
# How large inputs are, of which the kind alone is needed.
SMALL = 0.001


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments say; 1 where the ways of a shape do not give the same items."""
    parser = options()
    asked = parser.parse_args(arguments)
    if asked.only and asked.write is not None:
        parser.error("--write needs all shapes: leave out --only")
    if asked.beside is not None and (asked.rust or asked.write is not None):
        parser.error("--beside compares two checkouts, and nothing else: leave out --rust and --write")
    if asked.beside is not None:
        return beside_another(asked)
    if missing := [name for name in PEERS if not is_here(name)]:
        print(f"left out, since not installed (pip install --editable .[peers]): {', '.join(missing)}")
    rust = started([*batches(SMALL), *incremental(SMALL)]) if asked.rust else None
    try:
        of_batch, of_held = (
            [compared(shape, rust, asked.rounds) for shape in made(asked.scale) if asked.only in shape.title]
            for made in (batches, incremental)
        )
        if asked.write is not None:
            panels, where = curves(rust, asked.rounds, asked.scale), machine.described(rust is not None)
            write(asked.write, of_batch, of_held, panels, where)
    except ItemsDiffer as fault:
        print(fault, file=sys.stderr)
        return 1
    finally:
        if rust is not None:
            rust.close()
    return 0


def options() -> argparse.ArgumentParser:
    """What can be said on the command line."""
    parser = argparse.ArgumentParser(prog="python -m side_by_side", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often each way is run (7)")
    parser.add_argument("--scale", type=float, default=1.0, help="how large inputs are, in relation to the tables' (1)")
    parser.add_argument(
        "--only", default="", metavar="WORDS", help="compare the shapes alone whose names have these words"
    )
    parser.add_argument(
        "--rust", action="store_true", help="compare with Hydroflow in Rust, too, where cargo is installed"
    )
    parser.add_argument(
        "--beside",
        type=Path,
        metavar="FOLDER",
        help="compare the checkout of this package in FOLDER with this one, and print a table of it",
    )
    parser.add_argument(
        "--write",
        nargs="?",
        const=ROOT,
        type=Path,
        metavar="FOLDER",
        help="write the tables and the picture of docs/performance.md and README.md, here or in another folder",
    )
    return parser


def beside_another(asked: argparse.Namespace) -> int:
    """Compare this checkout with another one, shape by shape, and print a row for each."""
    other = asked.beside.resolve()
    if not (other / "hydroflow_nb" / "__init__.py").exists():
        print(f"{other} is not a checkout of this package: it has no folder hydroflow_nb", file=sys.stderr)
        return 1
    print(table.BESIDE_HEAD, flush=True)
    for shape in chain(batches(asked.scale), incremental(asked.scale)):
        if asked.only in shape.title:
            try:
                found = beside.compared(bare(shape), other, asked.rounds, asked.scale)
            except beside.CannotRun as reason:
                print(f"{shape.title} is left out: {reason}", file=sys.stderr)
            except ItemsDiffer as fault:
                print(fault, file=sys.stderr)
                return 1
            else:
                print(table.beside_row(found, str(other)), flush=True)
    return 0


def started(shapes: Sequence[Shape]) -> Rust | None:
    """All shapes in Rust, or a word on why they are left out."""
    try:
        return Rust(shapes)
    except RustIsMissing as reason:
        print(f"{RUST} is left out: {reason}")
        return None


def compared(shape: Shape, rust: Rust | None, rounds: int) -> Measured:
    """Measure a shape, and print its row."""
    found = measure(shape, {RUST: rust.way(shape)} if rust else {}, rounds)
    ratios = [f"{way} {table.ratio_text(found.ratio(way), spread=True)}" for way in found.seconds if way != OURS]
    print(f"{shape.title}: {table.time_text(found.each(OURS))}; of it: {', '.join(ratios)}", flush=True)
    return found


def curves(rust: Rust | None, rounds: int, scale: float) -> dict[str, dict[str, dict[int, float]]]:
    """Measure what a tick costs by what is held, print it, and give it by shape and way."""
    panels: dict[str, dict[str, dict[int, float]]] = {}
    for found in grown(rust, min(rounds, 3), max(100, round(1_000_000 * scale))):
        for way in found.seconds:
            panels.setdefault(found.shape.name, {}).setdefault(way, {})[found.shape.held] = found.each(way)
        shown = ", ".join(f"{way} {table.time_text(found.each(way))}" for way in found.seconds)
        print(f"{found.shape.title}: {shown} a tick", flush=True)
    return panels


def write(
    folder: Path,
    batch: Sequence[Measured],
    held: Sequence[Measured],
    panels: dict[str, dict[str, dict[int, float]]],
    where: str,
) -> None:
    """The tables between the marks of the two pages, and the picture."""
    page, readme = folder / "docs" / "performance.md", folder / "README.md"
    (folder / "docs" / PICTURE).write_text(
        plot.draw(panels, [way for way in WAYS if drawn(way, panels.values())]), "utf-8"
    )
    table.insert(page, "batches", [table.table(batch), where])
    table.insert(page, "held", [table.table(held)])
    first = [one for one in (*held, *batch) if one.shape.first]
    table.insert(readme, "side by side", [table.table(first, spread=False), where])


def drawn(way: str, panels: Iterable[dict[str, dict[int, float]]]) -> bool:
    """Whether a way has a curve."""
    return any(way in panel for panel in panels)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
