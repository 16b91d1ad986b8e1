"""Which variables of a frame belong to the item that it stopped at, and which were left over from an earlier one.

A fused loop keeps its items in variables that stay bound after the loop has ended or gone on. The bytecode tells which
of them count: those set before the point where the frame stopped, and not in a loop that has ended.
"""

from __future__ import annotations

import dis
from types import CodeType, FrameType
from typing import Any

from hydroflow_nb.records import dataclass


@dataclass(frozen=True)
class Stopped:
    """A frame of a traceback, and where in its code it stopped: it may have handled the exception since."""

    frame: FrameType
    at: int

    @property
    def variables(self) -> dict[str, Any]:
        """All variables, also those that were left over."""
        return self.frame.f_locals


def live_variables(stopped: Stopped) -> dict[str, Any]:
    """The variables of a stopped frame that were set on the way to where it stopped, parameters included."""
    code = stopped.frame.f_code
    stop = _before_handlers(code, stopped.at)
    loops: list[tuple[int, int]] = []
    stored: dict[str, int] = {}
    parameters = set(code.co_varnames[: code.co_argcount])
    for instruction in dis.get_instructions(code):
        if instruction.opname == "FOR_ITER":
            loops.append((instruction.offset, instruction.argval))
        elif instruction.offset < stop:
            for name in _stored(instruction):
                stored[name] = instruction.offset
    ended = [(begin, end) for begin, end in loops if not begin <= stop < end]
    return {
        name: value
        for name, value in stopped.variables.items()
        if name in parameters or (name in stored and not any(begin < stored[name] < end for begin, end in ended))
    }


def loops_around(stopped: Stopped) -> list[Any]:
    """What the loops go through in whose bodies a frame stopped, outermost first, where a variable holds that, or holds
    what was given to the function that hands it on, as in recorded code.
    """
    code = stopped.frame.f_code
    stop = _before_handlers(code, stopped.at)
    variables, found = stopped.variables, list[Any]()
    name: object = None
    for instruction in dis.get_instructions(code):
        if instruction.opname.startswith("LOAD_FAST"):
            name = instruction.argval
        elif instruction.opname == "FOR_ITER" and instruction.offset < stop < instruction.argval and name in variables:
            found.append(variables[name])
        elif instruction.opname not in _BEGINS_LOOP:
            name = None
    return found


# What stands between a loop's variable and the loop.
_BEGINS_LOOP = frozenset({"GET_ITER", "CACHE", "NOP", "EXTENDED_ARG", "PRECALL", "CALL"})


def _before_handlers(code: CodeType, stop: int) -> int:
    """Where the frame stopped, in the order of the text; in a handler, the place whose exceptions it handles.

    The code of a handler may lie behind all other code. The exception table tells a handler: it has an entry for the
    cleanup behind the handler, which starts where the handler starts.
    """
    # typeshed does not declare the exception table.
    table: Any = dis.Bytecode(code)
    entries = table.exception_entries
    while True:
        cleanup = next((one.target for one in entries if one.lasti and one.start <= stop < one.end), None)
        begin = min((one.start for one in entries if one.target == cleanup), default=None)
        handled = min((one.start for one in entries if one.target == begin), default=None)
        if handled is None or handled >= stop:
            return stop
        stop = handled


def _stored(instruction: dis.Instruction) -> tuple[str, ...]:
    """The local variables that an instruction sets."""
    match instruction.opname:
        case "STORE_FAST" | "STORE_DEREF" | "STORE_FAST_MAYBE_NULL":
            return (instruction.argval,)
        case "STORE_FAST_STORE_FAST":  # two instructions in one, from Python 3.13 on
            return tuple(instruction.argval)
        case "STORE_FAST_LOAD_FAST":
            return tuple(instruction.argval[:1])
    return ()
