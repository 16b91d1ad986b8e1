"""How a node runs its ticks: what becomes of those that fail."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hydroflow_nb.engine.notes import described
from hydroflow_nb.flow import Flow
from hydroflow_nb.running import OnFault
from hydroflow_nb.running.delivery import flush, raise_failures
from hydroflow_nb.running.setting_aside import SettingAside


def ticks_of(flow: Flow, on_fault: OnFault) -> Callable[[], object]:
    """The function that runs a tick of a node's flow, or what is left of one."""
    if on_fault is OnFault.STOP:
        return flow.run_tick
    if on_fault is OnFault.CONTINUE:
        return partial(_tick_and_continue, flow)
    return partial(_tick_without, SettingAside(flow.drive()), flow)


def _tick_and_continue(flow: Flow) -> None:
    """Run a tick. What it raises as a fault is noted in the flow's faults alone."""
    __tracebackhide__ = True
    before = flow.faults.total
    try:
        flow.run_tick()
    except Exception:
        if flow.faults.total == before:
            raise


def _tick_without(aside: SettingAside, flow: Flow) -> None:
    """Run a tick without the items that it fails with."""
    __tracebackhide__ = True
    engine = flow.drive().engine
    aside.tick(engine)
    flush(engine.program.outlets)
    raise_failures(engine.program.outlets)


class Failures:
    """What has failed in the ticks of a node's flow and was not told yet."""

    def __init__(self, flow: Flow) -> None:
        self._faults, self._set_aside = flow.faults, flow.set_aside
        self._told = self._faults.total, self._set_aside.total

    def new(self, raised: BaseException | None) -> tuple[str, tuple[str, ...]]:
        """How a tick was aborted, or else what it has raised, and the items that were set aside, each with its reason.
        Empty for a tick that has ended well.
        """
        (faults, aside), self._told = self._told, (self._faults.total, self._set_aside.total)
        error = "" if raised is None else described(raised)
        if self._faults.total > faults:
            error = self._faults[-1].message
        count = self._set_aside.total - aside
        return error, tuple([one.words for one in self._set_aside[-count:]]) if count else ()
