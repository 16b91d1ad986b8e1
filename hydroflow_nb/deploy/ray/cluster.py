"""The connection of this program with a cluster of Ray, which its runs share. Nothing here loads Ray before a run."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import warnings
from typing import Any, Final

from hydroflow_nb.deploy.deployed_run import end_all
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.net.addresses import ExposedWarning, beyond_loopback

_MODE: Final = "RAY_AUTH_MODE"
_TOKEN: Final = "token"
_INSTALL: Final = '`pip install "hydroflow-nb[ray]"`'
_LOOPBACK: Final = "127.0.0.1"


class Cluster:
    """What runs hold while they use the cluster. The last one that lets go ends the connection, and with it what this
    program has started; a connection that was there before stays.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holds = 0
        self._is_ours = False

    def join(self, address: str | None, *, exposed: bool) -> None:
        """Be connected with the cluster at an address, or with one that is started here. It may take a minute.

        Raises HydroflowError where Ray is not installed, or there is no such cluster, or where other machines could
        reach what is started here and that is not `exposed`.
        """
        with self._lock:
            ray = _ray()
            if not ray.is_initialized():
                try:
                    self._begin(ray, address, exposed)
                except (ray.exceptions.RayError, OSError, ValueError, RuntimeError) as error:
                    where = "be started here" if address is None else f"be reached at {address!r}"
                    raise HydroflowError(message=f"a cluster of Ray cannot {where}: {error}") from None
                self._is_ours = True
                # Ray registers its own end when it is loaded, and what was registered last comes first.
                atexit.unregister(end_all)
                atexit.register(end_all)
            elif address not in (None, "auto", ray.get_runtime_context().gcs_address):
                raise HydroflowError(
                    message=f"this program is connected with the cluster of Ray at "
                    f"{ray.get_runtime_context().gcs_address}, and with one at a time: leave out {address!r}, or end "
                    "the connection by `ray.shutdown()`"
                )
            self._holds += 1

    def leave(self) -> None:
        """A run has ended."""
        with self._lock:
            self._holds -= 1
            if self._is_ours and not self._holds:
                self._is_ours = False
                _ray().shutdown()

    def _begin(self, ray: Any, address: str | None, exposed: bool) -> None:
        quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
        if address is not None:
            ray.init(address=address, **quiet)
            return
        if os.environ.get(_MODE, _TOKEN) != _TOKEN:
            raise HydroflowError(
                message=f"{_MODE}={os.environ[_MODE]} would let every program that reaches a cluster of Ray run code "
                "in it: leave it out, and only those that have the token of this user do"
            )
        interfaces = beyond_loopback()
        by = ", ".join(f"{name} ({found})" if name else found for name, found in interfaces)
        if interfaces and not exposed:
            raise HydroflowError(
                message=f"a cluster of Ray that is started here listens on all interfaces, {by}: join one that runs, "
                '`Ray(address="auto")`, or say that other machines may reach it, `Ray(exposed=True)`'
            )
        if interfaces:
            warnings.warn(
                f"a cluster of Ray is started that every machine reaches by {by}: who has the token of this user, in "
                "~/.ray/auth_token, runs any code in it. Nothing is encrypted",
                ExposedWarning,
                stacklevel=2,
            )
        own = {} if interfaces else {"_node_ip_address": _LOOPBACK}
        ray.init(address="local", include_dashboard=False, **quiet, **own)
        # Ray turns tokens on for a cluster that it starts: to set the mode once Ray is loaded would change those who
        # are called, and not the caller.
        if os.environ.get(_MODE) != _TOKEN:
            ray.shutdown()
            raise HydroflowError(message=f"this version of Ray starts clusters without tokens: {_INSTALL}")


def _ray() -> Any:
    # Ray reads it when it is loaded.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError:
        raise HydroflowError(message=f"Ray is not installed: {_INSTALL}") from None
    return ray


CLUSTER: Final = Cluster()
