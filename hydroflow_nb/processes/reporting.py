"""What the log of a process tells of its flow: what failed, what was set aside, what the compiler warned of."""

from __future__ import annotations

from typing import Any

from hydroflow_nb.engine.notes import notes_of
from hydroflow_nb.engine.set_aside import ItemSetAside
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.processes.failures import ExitCode, Misuse, exit_code
from hydroflow_nb.processes.logs import logger, traceback_of
from hydroflow_nb.running import RunningFlow


def tell_of_failure(failure: BaseException, flow: RunningFlow | None) -> None:
    """Tell of what has ended a flow, or a tick of it; without a flow, of what kept it from being made."""
    fields: dict[str, Any] = {"error": _in_words(failure)}
    notes = notes_of(failure)
    if notes:
        fields["note"] = "; ".join(notes)
    if isinstance(failure, Misuse):
        logger.error("cannot run", extra=fields)
        return
    network = exit_code(failure) is ExitCode.NO_NETWORK
    if isinstance(failure, HydroflowError):
        fields["traceback"] = "\n".join([str(failure), *notes])
    elif not network:
        fields["traceback"] = traceback_of(failure)
    in_tick = flow is not None and bool(flow.faults)
    logger.error("no network" if network else "fault" if in_tick else "failed", extra=fields)


def tell_of_warnings(flow: RunningFlow) -> None:
    """Tell what the compiler warned of."""
    for found in getattr(flow, "diagnostics", ()):
        logger.warning("warning", extra={"code": found.code, "place": found.span.place, "text": found.message})


def tell_of_item(one: ItemSetAside) -> None:
    """Tell of an item that was set aside."""
    sender = {} if one.sender is None else {"sender": shown(one.sender)}
    fields = {"tick": one.tick, "input": one.input, "item": shown(one.item), **sender, "error": one.error}
    logger.error("set aside", extra=fields | ({"note": one.where} if one.where else {}))


def _in_words(failure: BaseException) -> str:
    match failure:
        case HydroflowError(diagnostics=[first, *_]):
            return f"{first.code}: {first.message}"
        case HydroflowError() | Misuse():
            return str(failure)
    try:
        return f"{type(failure).__name__}: {failure}"
    except Exception:
        # Its own `__str__` may raise, too.
        return f"{type(failure).__name__}"
