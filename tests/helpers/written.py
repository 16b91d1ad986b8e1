"""The flows that are written down in the package: in the error index, the manuals, the cases, and the tutorials."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import io
import re
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any, Final
from unittest.mock import patch

import nbformat
from contract import Batches, Watched
from driving import STDIN, Leaving, World
from standing_in import frame_of

import hydroflow_nb as hf
from hydroflow_nb import lattices
from hydroflow_nb.error_index import ENTRIES
from hydroflow_nb.operators import OPERATORS
from hydroflow_nb.trace.ticks import Text

ROOT: Final = Path(__file__).parents[2]


class CannotRun(Exception):
    """A flow that is not run, and why."""


async def countdown(number: int) -> AsyncIterator[int]:
    """The numbers down to 0."""
    for one in range(number, -1, -1):
        yield one


async def add_up(accumulator: int, item: int) -> tuple[int, int]:
    """The sum so far, twice."""
    return accumulator + item, accumulator + item


def _nothing(*_: Any) -> None:
    """What is printed by a flow goes nowhere."""


def _file_of(text: str) -> Path:
    """A file of its own."""
    path = Path(tempfile.mkdtemp(prefix="hydroflow_nb_")) / "file"
    path.write_text(text, encoding="utf-8")
    return path


NAMES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        **{name: getattr(lattices, name) for name in lattices.__all__},
        "hf": hf,
        "asyncio": asyncio,
        "print": _nothing,
        "countdown": countdown,
        "add_up": add_up,
        "file_of": _file_of,
        "frame_of": frame_of,
    }
)


@dataclass(frozen=True, kw_only=True)
class Written:
    """A flow that is written down somewhere: `given` are items that are written beside it, by input."""

    where: str
    text: str
    names: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    batches: Batches | None = None


# --- where they are written ------------------------------------------------------------------------------------------


def written_flows() -> Iterator[Written]:
    """All of them."""
    for entry in ENTRIES:
        for kind in ("wrong", "right"):
            if not entry.by_hand:
                yield _example(f"error index: {entry.code}, {kind}", getattr(entry, kind))
    for operator in OPERATORS:
        yield _example(f"manual: {operator.name}", operator.example)
    for path in sorted(ROOT.glob("tests/cases/*.hf")):
        yield _case(path)
    for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))):
        if path.name not in ("operators.md", "errors.md"):
            yield from _of_page(path)
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        yield from of_notebook(path)


def _example(where: str, text: str) -> Written:
    """An example whose inputs stand in its text: each becomes a name."""
    given: dict[str, Sequence[Any]] = {}
    for name, wraps in (("hf.channel", None), ("channel_of", lambda x: x), ("messages_of", lambda x: (x, "here"))):
        while (call := _call_of(name, text)) is not None:
            number = f"in_{len(given)}"
            items = ast.literal_eval(f"[{text[call.start + len(name) + 1 : call.stop - 1]}]") if wraps else []
            given[number] = [wraps(item) for item in items] if wraps else []
            text = text[: call.start] + number + text[call.stop :]
    return Written(where=where, text=text, given=given)


def _call_of(name: str, text: str) -> slice | None:
    """Where something is called in a text."""
    found = re.search(rf"(?<![\w.]){re.escape(name)}\(", text)
    if found is None:
        return None
    depth = 0
    for place in range(found.end() - 1, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if not depth:
            return slice(found.start(), place + 1)
    return None


def _case(path: Path) -> Written:
    parts = re.split(r"^--- (\w+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    case = dict(zip(parts[1::2], parts[2::2], strict=True))
    batches = [ast.literal_eval(line) for line in case.get("ticks", "").splitlines() if line]
    names = {name for batch in batches for name in batch}
    filled = [{name: batch.get(name, []) for name in names} for batch in batches]
    return Written(where=f"case: {path.stem}", text=case["flow"], batches=filled or None)


def _of_page(path: Path) -> Iterator[Written]:
    blocks = re.findall(r"```(?:\w*)\n(.*?)\n```", path.read_text(encoding="utf-8"), re.DOTALL)
    for number, block in enumerate(blocks):
        cell = re.search(r"^%%hydroflow.*?\n(.*)", block, re.DOTALL | re.MULTILINE)
        text = cell[1] if cell else block
        if cell or ("->" in text and text.rstrip().split("\n#")[0].rstrip().endswith(";")):
            text = re.split(r"\n# ", text)[0]
            yield Written(where=f"{path.name}, block {number}", text=text)


# Cells that try one run after the other, and leave no name that a flow needs.
_ONLY_TRY: Final = {"05_replicated_store": ("tries", "storm")}


def _ran_once(net: hf.Network, *_: Any, **__: Any) -> None:
    """One run in the place of a search, which is most of what the cells of the tutorials cost, and says nothing of what
    their flows do.
    """
    net.run(1_000)
    raise CannotRun("it is a search")


def of_notebook(path: Path) -> Iterator[Written]:
    """The flows of a tutorial, with the names of its cells, and what came in where its networks ran."""
    names: dict[str, Any] = {"__name__": path.stem}
    flows: list[tuple[str, str, hf.Flow]] = []
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type != "code" or cell.id in _ONLY_TRY.get(path.stem, ()):
            continue
        first, _, rest = cell.source.partition("\n")
        with (
            contextlib.suppress(Exception),
            contextlib.redirect_stdout(io.StringIO()),
            patch.object(hf.Network, "explore", _ran_once),
        ):
            if first.startswith("%%hydroflow"):
                name = first.split()[1]
                names[name] = hf.compile(rest, names, name)
                flows.append((f"{path.stem}: {cell.id}", rest, names[name]))
            else:
                source = "\n".join(line for line in cell.source.splitlines() if not line.startswith("%"))
                exec(compile(source, cell.id, "exec", dont_inherit=True), names)
    came = _came_in(names)
    for where, text, flow in flows:
        yield Written(where=where, text=text, names=dict(names), given=came.get(flow.source.text, {}))


def _came_in(names: Mapping[str, Any]) -> Mapping[str, Mapping[str, Sequence[Any]]]:
    """What came into the inputs of the nodes of networks, by the text of the flow."""
    found: dict[str, dict[str, list[Any]]] = {}
    for net in [one for one in names.values() if isinstance(one, hf.Network)]:
        decisions = list(net.decisions)
        for name in net.nodes:
            net[name].records = True
        net.reset()
        with contextlib.suppress(hf.HydroflowError, AssertionError):  # a property that is violated on purpose
            net.replay(decisions)
        for name in net.nodes:
            flow = net[name].flow
            came = found.setdefault(flow.source.text, {})
            for tick in flow.recording.ticks:
                for given, moved in tick.batch.items():
                    came.setdefault(given, []).extend(_evaluated(item, names) for item in moved.items)
    return found


def _evaluated(item: Any, names: Mapping[str, Any]) -> Any:
    return eval(item, dict(names)) if isinstance(item, Text) else item


# --- as flows that run -----------------------------------------------------------------------------------------------

# What an input may get where nothing is written beside a flow.
KINDS: Final = (
    [3, 1, 3, 2],
    [(1, 5), (1, 5), (2, 3), (1, 2)],
    ["b a", "a", "b a", "c"],
    [("b", 2), ("a", 1), ("b", 2), ("a", 3)],
    [(1, (5, 2)), (1, (5, 2)), (2, (3, 1))],
    [(3, "there"), (1, "here"), (3, "there"), (2, "here")],
    [("b a", "there"), ("a", "here"), ("b a", "there")],
    [(1, "b", 5), (2, "a", 3), (1, "b", 5), (3, "b", 2)],
    [({"b", "a"}, "there"), ({"c"}, "here"), ({"b", "a"}, "there")],
    [(lattices.SetUnion({3}), "there"), (lattices.SetUnion({1}), "here"), (lattices.SetUnion({3}), "there")],
    [[3, 1], [1], [3, 1]],
    [lattices.Max(3), lattices.Max(1), lattices.Max(3)],
    [lattices.SetUnion({3}), lattices.SetUnion({1}), lattices.SetUnion({3})],
)
_INPUT: Final = re.compile(r"source_stream(?:_serde)?(?:::<[^>]*>)?\(\s*(\w+)\s*\)")
_MOST_TRIED: Final = 120
# Items of flows whose inputs fit each other.
GIVEN: Final = {
    "06_the_same_in_every_run: cart-flow": {"things": [("ann", "tea"), ("ann", "jam")], "checkouts": ["ann"]},
    "08_strata_and_negation: two-flow": {"passed": ["arithmetic", "drawing"]},
    "08_strata_and_negation: late-flow": {"passed": ["arithmetic", "drawing"]},
}
# Flows that show a tick without an end, or ticks without one.
ENDLESS: Final = ("01_first_flow: endless-tick-flow", "12_debugging: far-flow")


def runnable(written: Written) -> tuple[Watched, Batches]:
    """A flow that runs, and what comes in. Raises CannotRun."""
    if written.where in ENDLESS:
        raise CannotRun("it never ends")
    text, inputs = written.text, list(dict.fromkeys(_INPUT.findall(written.text)))
    for number in range(9):
        call = _call_of("assert_eq", text)
        if call is None:
            break
        # What comes in another order is no failure here.
        text = f"{text[: call.start]}inspect(asserted_{number}.append){text[call.stop :]}"
    if "source_stdin" in text:
        inputs.append(STDIN)
    names = {**NAMES, **written.names, "print": _nothing}
    sinks = tuple(set(re.findall(r"(\w+)\.append", text)))
    names |= {name: Leaving() for name in re.findall(r"dest_sink_serde\((\w+)\)", text)}
    for name in re.findall(r"(?:for_each|dest_sink)\((\w+)\)", text):
        names[name] = _nothing
    try:
        watched = Watched(text=text, inputs=inputs, sinks=sinks, names=names)
    except (hf.HydroflowError, OSError, TypeError, ValueError) as error:
        raise CannotRun(f"is not compiled: {str(error).splitlines()[0]}") from error
    why = "has no inputs"
    for batches in _batches(written, inputs):
        try:
            watched.run(batches, (), World(random=Random(1)))
        except Exception as error:
            why = f"does not run: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
            continue
        return watched, batches
    raise CannotRun(why)


def searchable(watched: Watched, batches: Batches) -> tuple[hf.Flow, Mapping[str, Sequence[Any]]]:
    """The flow as one whose messages come over a simulated network, and the items of its inputs as examples."""
    messages = set(re.findall(r"source_stream_serde(?:::<[^>]*>)?\(\s*(\w+)\s*\)", watched.text))
    outbound, inbound, _ = hf.Network().bind("node")
    names = {**watched.names, **World(random=Random(1)).names(), **{name: [] for name in watched.sinks}}
    names |= dict.fromkeys(re.findall(r"dest_sink_serde\(\s*(\w+)\s*\)", watched.text), outbound)
    names |= {name: inbound if name in messages else hf.channel() for name in watched.inputs}
    items = {name: [item for batch in batches for item in batch[name]] for name in watched.inputs}
    examples = {name: [item[0] for item in some] if name in messages else some for name, some in items.items()}
    return hf.compile(watched.text, names), {name: some for name, some in examples.items() if some}


def _batches(written: Written, inputs: Sequence[str]) -> Iterator[Batches]:
    """What may come in: what is written, or items of one kind after the other."""
    if written.batches is not None:
        yield [{name: batch.get(name, []) for name in inputs} for batch in written.batches]
    known = {
        name: [items] for name, items in (GIVEN.get(written.where) or written.given).items() if items and name in inputs
    }
    if STDIN in inputs:
        known[STDIN] = [["1", "2", "1"]]
    unknown = [name for name in inputs if name not in known]
    kinds = [known.get(name, KINDS) for name in inputs]
    # First all of one kind.
    same = [[known[name][0] if name in known else kind for name in inputs] for kind in KINDS if unknown]
    for some in [*same, *[list(one) for one, _ in zip(product(*kinds), range(_MOST_TRIED), strict=False)]]:
        items = dict(zip(inputs, some, strict=True))
        yield [
            {name: some[:2] for name, some in items.items()},
            {name: some[2:3] for name, some in items.items()},
            {name: some[3:30] for name, some in items.items()},
        ]
