"""How a process ends: its exit codes, and the error for a command with a mistake."""

from __future__ import annotations

import errno
import socket
from enum import IntEnum

from hydroflow_nb.errors import DurabilityError, GraphError, SurfaceSyntaxError


class ExitCode(IntEnum):
    """The exit codes of a process; they are stable."""

    STOPPED = 0
    RAISED = 1
    MISUSED = 2
    NOT_COMPILED = 3
    NO_NETWORK = 4
    NOT_KEPT = 5


class Misuse(Exception):
    """A command that cannot be carried out: the message says why, `hint` says what to write instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message}\n  = hint: {hint}" if hint else message)


_NETWORK_ERRORS = frozenset(
    {
        errno.EADDRINUSE,
        errno.EADDRNOTAVAIL,
        errno.EAFNOSUPPORT,
        errno.ECONNREFUSED,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.ETIMEDOUT,
    }
)


def exit_code(exception: BaseException) -> ExitCode:
    """The exit code of a process that an exception has ended, before its flow ran or while it ran."""
    match exception:
        case Misuse():
            return ExitCode.MISUSED
        case SurfaceSyntaxError() | GraphError():
            return ExitCode.NOT_COMPILED
        case DurabilityError():
            return ExitCode.NOT_KEPT
        case socket.gaierror():
            return ExitCode.NO_NETWORK
        case OSError(errno=number) if number in _NETWORK_ERRORS:
            return ExitCode.NO_NETWORK
    return ExitCode.RAISED
