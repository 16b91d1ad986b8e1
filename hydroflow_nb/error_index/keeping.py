"""What `flow.durable()` says of a folder, and of a flow that cannot be kept in one: HF7xx."""

from __future__ import annotations

from hydroflow_nb.error_index.entry import Entry

_SUM = "source_iter([1, 2]) -> fold::<'static>(|| 0, |total, x| total + x) -> for_each(print);"

_PAPERS = "import os\nos.mkdir('papers')\nopen('papers/thesis.tex', 'w').close()\n"


def _kept(text: str, folder: str = "kept", before: str = "", names: str = "") -> str:
    """Python code that keeps a flow in a folder."""
    return f"{before}flow = hf.compile({text!r}{names})\nflow.durable({folder!r})"


def _run(text: str) -> str:
    """Python code that keeps a flow in a folder, and has it run by itself until nothing is left to do."""
    return _kept(text, before="import asyncio\n") + "\nasyncio.run(flow.run_available_async())"


KEEPING: tuple[Entry, ...] = (
    Entry(
        code="HF701",
        title="A folder is in use",
        meaning="One flow has a folder at a time: of two that wrote there, each would go on from what the other did "
        "not do. The lock is the system's, and ends with the process that has it, however that ends. A process of "
        "another machine or container, which shares the folder, is named with its host: end it there.",
        wrong=_kept(_SUM, before=_kept(_SUM) + "\n"),
        right=_kept(_SUM, "another", before=_kept(_SUM) + "\n"),
        by_hand=True,
    ),
    Entry(
        code="HF702",
        title="A folder cannot be written",
        meaning="The disk is full, or the folder is not one that this user may write. Nothing is acknowledged that is "
        "not on the disk: the tick does not begin, what it had taken in waits, and the flow can start again.",
        wrong=_kept(_SUM, "file/kept", before="open('file', 'w').close()\n"),
        right=_kept(_SUM, "folder/kept"),
        by_hand=True,
    ),
    Entry(
        code="HF703",
        title="What a folder holds is damaged",
        meaning="Each record has checksums. The last one of a journal that was not written whole is cut off, since "
        "nothing in it was acknowledged. Anything else that is not as it was written is told with its file and place, "
        "and the flow does not go on from it.",
        wrong=_kept(
            _SUM,
            before=_kept(_SUM)
            + "\nflow.close()\nfrom pathlib import Path\nsnapshot = Path('kept/snapshot')\n"
            + "snapshot.write_bytes(snapshot.read_bytes().replace(b'fold', b'gold'))\n",
        ),
        right=_kept(_SUM, before=_kept(_SUM) + "\nflow.close()\n"),
        by_hand=True,
    ),
    Entry(
        code="HF704",
        title="A folder is not one of a durable flow",
        meaning="A flow begins in a folder that is new or empty, and goes on in one that it has begun. In another one "
        "it would write among files that are not its own; one in another form was written by another version. A folder "
        "goes on to keep what it has begun with: all of a flow, or its `'durable` operators alone.",
        wrong=_kept(_SUM, "papers", before=_PAPERS),
        right=_kept(_SUM, "papers/kept", before=_PAPERS),
        by_hand=True,
    ),
    Entry(
        code="HF705",
        title="A folder holds what a flow of another text has kept",
        meaning="State belongs to operators, and to their places in the text. White space and comments may change; "
        "where an operator or an edge is another one, `flow.migrate(old, function)` says what becomes of the state.",
        wrong=_kept(_SUM.replace("total + x", "total * x"), before=_kept(_SUM) + "\nflow.close()\n"),
        right=f"old = {_SUM!r}\n{_kept(_SUM)}\nflow.close()\n"
        f"flow = hf.compile({_SUM.replace('total + x', 'total * x')!r})\n"
        "flow.migrate(old, lambda state: state).durable('kept')",
        by_hand=True,
    ),
    Entry(
        code="HF706",
        title="A value cannot be written to a folder",
        meaning="What is kept is plain data: numbers, texts, bytes, containers, and instances of dataclasses, named "
        "tuples, enums and lattices of the flow's namespace. Nothing is pickled, since what is read back from a disk "
        "must run no code.",
        wrong=_kept("source_iter([print]) -> persist::<'static>() -> for_each(|f| f(1));"),
        right=_kept("source_iter(['print']) -> persist::<'static>() -> for_each(|name| print(name));"),
        by_hand=True,
    ),
    Entry(
        code="HF707",
        title="A flow cannot be durable",
        meaning="A folder keeps all ticks of a flow, from the first one on. What a flow awaits is another thing each "
        "time, and a file that is emptied at each start keeps nothing. Where `'durable` operators alone "
        "are kept a flow may do either, and has to have one.",
        wrong="flow = hf.compile(\"source_iter(['a']) -> dest_file('lines.txt', False);\")\nflow.durable('kept')",
        right="flow = hf.compile(\"source_iter(['a']) -> dest_file('lines.txt', True);\")\nflow.durable('kept')",
        by_hand=True,
    ),
    Entry(
        code="HF708",
        title="A tick gave something else when it ran again",
        meaning="At a restart the ticks since the last snapshot run again, so what they give may depend on their items "
        "and the flow's state alone. A clock, chance or a global makes it differ. `write='state'` runs nothing again.",
        wrong=_kept(
            "source_iter([1]) -> map(|x| random.random()) -> for_each(print);",
            before="import random\n"
            + _kept("source_iter([1]) -> map(|x| random.random()) -> for_each(print);", names=", globals()")
            + "\nflow.run_tick()\nflow.close()\n",
            names=", globals()",
        ),
        right=_kept(
            "source_iter([1]) -> map(|x| x + 1) -> for_each(print);",
            before=_kept("source_iter([1]) -> map(|x| x + 1) -> for_each(print);", names=", globals()")
            + "\nflow.run_tick()\nflow.close()\n",
            names=", globals()",
        ),
        by_hand=True,
    ),
    Entry(
        code="HF709",
        title="A tick of a durable flow fails without any input",
        meaning="A durable flow sets aside the item with which a tick fails. Where a tick fails with nothing taken in, "
        "as with what was deferred or what a source of the text gives, no item is at fault: the tick is undone, what "
        "came in waits, and the run ends, since a restart would fail in the same way until the function is mended.",
        wrong=_run("source_iter([0]) -> map(|x| 1 // x) -> for_each(print);"),
        right=_run("source_iter([0]) -> filter(|x| x) -> map(|x| 1 // x) -> for_each(print);"),
        by_hand=True,
    ),
    Entry(
        code="HF710",
        title="A folder lacks what was acknowledged",
        meaning="The folder's file `mark` says how much of the journal the disk held when something was acknowledged "
        "last. A journal that has less was cut off, or put back from an older copy: ticks are missing that others know "
        "of. Bring the folder back from a newer copy, or begin a new one. Without the file `mark` the flow goes on as "
        "if what is lost had never come.",
        wrong=_kept(
            _SUM,
            before=_kept(_SUM)
            + "\nflow.run_tick()\nflow.close()\nimport os\nos.truncate('kept/journal-000000000000', 92)\n",
        ),
        right=_kept(_SUM, before=_kept(_SUM) + "\nflow.run_tick()\nflow.close()\n"),
        by_hand=True,
    ),
)
