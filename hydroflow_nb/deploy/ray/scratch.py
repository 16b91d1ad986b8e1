"""The folder that a life has on its node for the notebook's texts: its user's alone, and gone when its process is."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

_PREFIX: Final = "hydroflow-life-"
_TRIES: Final = 10
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class Scratch:
    """A folder with a name that nobody can guess. It is locked as long as the process lives: `sweep` removes it where
    that is killed. Raises OSError where there can be none.
    """

    def __init__(self) -> None:
        for _ in range(_TRIES):
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
            lock = _locked(self.path)
            if lock is not None:
                self._lock = lock
                return
            # It was swept before it was locked.
            shutil.rmtree(self.path, ignore_errors=True)
        raise OSError(f"no folder in {tempfile.gettempdir()} can be locked")

    def remove(self) -> None:
        """Remove it, with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def sweep() -> None:
    """Remove the folders of this user whose processes are gone."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        lock = _locked(path)
        if lock is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(lock)


def _locked(path: Path) -> int | None:
    """A descriptor of a folder of this user that is locked by it; None where it is another's, or is being removed. The
    kernel ends the lock with the process, also with one that is killed.
    """
    with suppress(OSError):
        descriptor = os.open(path, _FOLDER)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_own(os.fstat(descriptor), os.stat(path, follow_symlinks=False)):
                return descriptor
        except OSError:
            pass
        os.close(descriptor)
    return None


def _is_own(locked: os.stat_result, there: os.stat_result) -> bool:
    """Whether a folder belongs to this user, and is the one that has its name still."""
    return locked.st_uid == os.geteuid() and os.path.samestat(locked, there) and stat.S_IMODE(locked.st_mode) == 0o700
