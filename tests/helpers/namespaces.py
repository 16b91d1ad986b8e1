"""Functions of tests that are called in a network namespace of their own, which nothing outside of it can reach.

Linux alone has such namespaces, and a user must be allowed to make them; where not, the tests are skipped.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import shutil
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import pytest

T = TypeVar("T")

# The address of the second interface, which is none of the loopback. Nobody is at its other end.
OUTWARD: Final = "10.99.0.1"
# What is started within a namespace sees no process but those of it, and ends with its first one.
_ENTER: Final = ("-n", "-p", "-f", "--kill-child", "--mount-proc")
# How many seconds they have for it.
_ENDING: Final = 30.0
_LOOPBACK: Final = "ip link set lo up"
_SECOND: Final = (
    "ip link add v0 type veth peer name v1",
    f"ip addr add {OUTWARD}/24 dev v0",
    "ip link set v0 up",
    "ip link set v1 up",
)


@dataclass(frozen=True)
class Listener:
    """A socket that waits for connections or for packets: `tcp` or `udp`, its address, and its port."""

    kind: str
    host: str
    port: int

    @property
    def is_on_loopback(self) -> bool:
        """Whether nobody on another machine reaches it."""
        if self.host == "*":
            return False
        address = ip_address(self.host)
        # Where a socket of IPv6 takes in IPv4, its address is `::ffff:127.0.0.1`.
        return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def listeners() -> set[Listener]:
    """All sockets of this namespace that wait for somebody."""
    rows = subprocess.run(["ss", "-tulnH"], capture_output=True, text=True, check=True).stdout
    return {_listener(row.split()) for row in rows.splitlines()}


def _listener(columns: list[str]) -> Listener:
    host, _, port = columns[4].rpartition(":")
    # An address may say its interface: `127.0.0.53%lo`.
    return Listener(columns[0], host.strip("[]").partition("%")[0], int(port))


@contextmanager
def looked_at() -> Iterator[set[Listener]]:
    """All sockets that wait for somebody at any time within the block, as far as many looks see them."""
    seen, over = listeners(), threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            seen.update(listeners())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        seen.update(listeners())
        over.set()
        thread.join()


class Namespace:
    """A process in a network namespace of its own, with the loopback up; with `outward` a second interface is up that
    has an address. It calls functions of test modules, one after the other. `with` ends all that was started there.
    """

    def __init__(self, *, outward: bool = False, environment: Mapping[str, str] | None = None) -> None:
        self._pipe, theirs = Pipe()
        # It is closed with this process, however that ends, and the other one sees so within a call as well.
        alive, self._alive = os.pipe()
        enter = way_in()
        assert enter is not None
        numbers = [theirs.fileno(), alive]
        steps = [_LOOPBACK, *(_SECOND if outward else ()), '"$@"']
        # The shell stays: it takes the place of `init`, to which the processes come whose parents have ended.
        words = [*enter, "sh", "-c", f"{' && '.join(steps)}; exit $?", "sh"]
        self._process = subprocess.Popen(
            [*words, sys.executable, __file__, *map(str, numbers)],
            pass_fds=numbers,
            env={**os.environ, **(environment or {})},
        )
        theirs.close()
        os.close(alive)

    def call(self, function: Callable[..., T], *arguments: Any, patience: float = 200.0, **named: Any) -> T:
        """What a function of a module gives there. Raises AssertionError with its traceback where it fails, and where
        it takes too long. Arguments and results are such as can be pickled.
        """
        self._pipe.send((inspect.getfile(function), function.__qualname__, arguments, named))
        if not self._pipe.poll(patience):
            raise AssertionError(f"{function.__qualname__} takes longer than {patience:.0f} s")
        try:
            has_failed, result = self._pipe.recv()
        except EOFError:
            raise AssertionError(f"the process that called {function.__qualname__} has ended") from None
        if has_failed:
            raise AssertionError(f"in its namespace {function.__qualname__} failed:\n{result}")
        return result  # type: ignore[no-any-return]

    def close(self) -> None:
        """End all processes of it."""
        self._pipe.close()
        os.close(self._alive)
        try:
            # Its first process ends when all others have, so that nobody writes into a folder that is being removed.
            self._process.wait(_ENDING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@cache
def way_in() -> list[str] | None:
    """The command that runs another in a namespace of its own, as root, or as a user who is root there alone; None
    where neither is possible.
    """
    if any(shutil.which(tool) is None for tool in ("unshare", "ip", "ss")):
        return None
    for rights in ([], ["-r"]):
        words = ["unshare", *rights, *_ENTER]
        tried = [*words, "sh", "-c", " && ".join((_LOOPBACK, *_SECOND))]
        if subprocess.run(tried, capture_output=True, check=False).returncode == 0:
            return words
    return None


def skip_without_namespaces() -> None:
    """Skip a test where it can have no namespace."""
    if way_in() is None:
        pytest.skip("this user can make no network namespace here: it takes Linux, `unshare`, `ip` and `ss`")


# --- in the namespace -------------------------------------------------------------------------------------------------


def _end_with_tests(alive: int) -> None:
    """End this process, and with it the namespace, when that of the tests has ended."""
    os.read(alive, 1)
    os._exit(1)


def _serve(pipe: Connection) -> None:
    """Call what is asked for, until the other end is closed."""
    while True:
        try:
            file, name, arguments, named = pipe.recv()
        except EOFError:
            return
        try:
            found: Any = _loaded(file)
            for part in name.split("."):
                found = getattr(found, part)
            answer = (False, found(*arguments, **named))
        except BaseException:
            answer = (True, traceback.format_exc())
        pipe.send(answer)


@cache
def _loaded(file: str) -> Any:
    """The module of a test, which cannot be imported by its name."""
    spec = importlib.util.spec_from_file_location(Path(file).stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    threading.Thread(target=_end_with_tests, args=(int(sys.argv[2]),), daemon=True).start()
    _serve(Connection(int(sys.argv[1])))
