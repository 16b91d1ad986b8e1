from __future__ import annotations

import errno
import socket

import pytest

from hydroflow_nb.errors import AssertionFailed, DurabilityError, GraphError, SurfaceSyntaxError
from hydroflow_nb.processes.failures import Misuse, exit_code


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ZeroDivisionError(), 1),
        (AssertionFailed(), 1),
        (FileNotFoundError(errno.ENOENT, "no file"), 1),
        (PermissionError(errno.EACCES, "no"), 1),
        (Misuse("no"), 2),
        (GraphError(), 3),
        (SurfaceSyntaxError(), 3),
        (OSError(errno.EADDRINUSE, "in use"), 4),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), 4),
        (socket.gaierror(8, "unknown"), 4),
        (DurabilityError(), 5),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(failure, code):
    assert exit_code(failure) == code
