"""What stands in for Ray where tests say themselves what becomes of a call: its errors, and actors that answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any, Final

from hydroflow_nb.processes.asking import packed

# The modules that use Ray as soon as they are imported.
USERS: Final = ("actor", "life", "member")


class RayError(Exception):
    pass


class RayTaskError(RayError):
    pass


class RayActorError(RayError):
    pass


class ActorDiedError(RayActorError):
    pass


class ActorUnavailableError(RayActorError):
    pass


class ActorHandleNotFoundError(ValueError, RayError):
    pass


ERRORS: Final = (
    RayError,
    RayTaskError,
    RayActorError,
    ActorDiedError,
    ActorUnavailableError,
    ActorHandleNotFoundError,
)


class StandIn(ModuleType):
    """The module. `actors` are those that have names; `killed` what was ended by it."""

    def __init__(self) -> None:
        super().__init__("ray")
        self.exceptions = SimpleNamespace(**{error.__name__: error for error in ERRORS})
        self.is_connected = True
        self.actors: dict[str, Any] = {}
        self.killed: list[Any] = []

    def is_initialized(self) -> bool:
        return self.is_connected

    def get_actor(self, name: str, *, namespace: str) -> Any:
        if name not in self.actors:
            raise ValueError(name)
        return self.actors[name]

    def get_runtime_context(self) -> Any:
        return SimpleNamespace(get_node_id=lambda: "node")

    def kill(self, actor: Any, *, no_restart: bool) -> None:
        self.killed.append(actor)


class Actor:
    """An actor. To each call of a method it answers what its function gives, or raises."""

    def __init__(self, ray: StandIn, **methods: Callable[..., Any]) -> None:
        for name, method in methods.items():
            setattr(self, name, _Method(ray, method))


class _Method:
    def __init__(self, ray: StandIn, method: Callable[..., Any]) -> None:
        self._ray = ray
        self._method = method

    def options(self, **given: Any) -> _Method:
        return self

    def remote(self, *arguments: Any) -> Any:
        assert self._ray.is_connected, "Ray would start a cluster"
        return self._answer(*arguments)

    async def _answer(self, *arguments: Any) -> Any:
        answer = self._method(*arguments)
        answer = await answer if hasattr(answer, "__await__") else answer
        return answer if isinstance(answer, bytes) else packed(answer)


@contextmanager
def ray_stands_in() -> Iterator[StandIn]:
    """Have the modules that use Ray use what stands in for it, where they are imported meanwhile."""
    names = ["ray", *(f"hydroflow_nb.deploy.ray.{name}" for name in USERS)]
    before = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    sys.modules["ray"] = standing_in = StandIn()
    try:
        yield standing_in
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(before)
