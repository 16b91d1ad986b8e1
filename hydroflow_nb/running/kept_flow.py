"""A flow that is kept in a folder."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NoReturn, Self, TypeAlias

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.ir.place import Places
from hydroflow_nb.running.running_flow import RunningFlow
from hydroflow_nb.source import Source

# What operators hold, by their places, and by what each part of it is called.
States: TypeAlias = dict[str, dict[str, Any]]


class KeptFlow(RunningFlow):
    """A flow that can be made durable: it goes on where it was, however its process ended."""

    def __init__(self, name: str, source: Source, graph: PartitionedGraph) -> None:
        self._folder: Path | None = None
        self._migration: tuple[Self | str, Callable[[States], States]] | None = None
        super().__init__(name, source, graph)

    def durable(
        self,
        folder: str | Path,
        write: Literal["journal", "state", "operators"] = "journal",
        *,
        snapshot_every: int | None = None,
    ) -> Self:
        """Keep the flow in a folder, and go on from what is kept there. Returns the flow, which must not have run yet.

        With `write="journal"` the disk holds what a tick takes in before the tick runs, and the state is written after
        `snapshot_every` ticks (1,000 by default). At a restart the ticks since then run again, without effects: nothing
        is printed, no sink is called and no file is written by a tick that had ended. So what the flow gives may depend
        on its items and its state alone; what comes out is compared with what came out before. With `write="state"` the
        state is written after each tick instead, and nothing runs again.

        State is what the operators hold, and what waits for a later tick, of plain data and of instances of the
        namespace's dataclasses, named tuples, enums and lattices. Each item that a tick has taken in counts in it
        exactly once. Sinks and files may be given those of the last tick again.

        With `write="operators"` the flow begins as new, but for what its `'durable` operators held, as after
        `net.restart(name, "durable")` in a simulated network. What a tick has changed of that is written, and the disk
        holds it before the messages of the tick leave; a tick that has changed nothing writes nothing. After
        `snapshot_every` such changes all that they hold is written. No tick runs again, and messages are not numbered.

        Raises DurabilityError: where another process has the folder (HF701), where it cannot be written (HF702), is
        damaged (HF703), or holds something else (HF704) or what a flow of another text has kept (HF705); for state that
        cannot be written (HF706), for a flow that cannot be durable (HF707), such as one without `'durable` operators
        where these alone are kept, and where a tick that runs again gives something else than before (HF708). Raises
        ValueError for another way to write, and for a number below 1.

        More: "Flows that are kept" in `docs/durable.md`.
        """
        self._must_be_open()
        self._keep(Path(folder), write, snapshot_every)
        self._folder = Path(folder)
        return self

    def migrate(self, old: Self | str, function: Callable[[States], States]) -> Self:
        """Say how what a flow of another text has kept becomes what this one holds, before `durable`. Returns the flow.

        `old` is that text, or a flow of it that has not run. Where the folder holds what it has kept, that flow is
        brought to where it was, and `function` is given what its operators hold, by their places, and by what each part
        is called: `{"total": {"acc": 7}}`. What it returns is what the operators of this flow hold; those that it
        leaves out begin anew. The folder belongs to the new text from then on. Where it does already, nothing happens.

        More: "When the text changes" in `docs/durable.md`.
        """
        self._migration = old, function
        return self

    @property
    def durable_operators(self) -> list[str]:
        """The operators that are `'durable`, by their places: what `write="operators"` keeps, and what survives
        `net.restart(name, "durable")`.
        """
        graph = self.graph.partitioned
        places = Places(graph)
        return [places.place_of(node) for node in graph.nodes.values() if node.is_durable]

    @property
    def folder(self) -> Path | None:
        """The folder that the flow is kept in; None for one that is not durable."""
        return self._folder

    @abstractmethod
    def _keep(self, folder: Path, write: str, snapshot_every: int | None) -> None:
        """Keep the flow in a folder. Raises DurabilityError."""

    def _reset(self) -> None:
        if self._folder is not None:
            self._refuse("begins anew where it is reset")
        super()._reset()

    def _rewind(self, tick: int, branch: str | None) -> None:
        if self._folder is not None:
            self._refuse("goes back")
        super()._rewind(tick, branch)

    def _switch(self, branch: str) -> None:
        if self._folder is not None:
            self._refuse("goes back")
        super()._switch(branch)

    def _refuse(self, what: str) -> NoReturn:
        raise HydroflowError(
            message=f"the flow `{self.name}` is kept in {self._folder}, and what it has told others would not be true "
            f"of a flow that {what}: `flow.copy({{}})` is another flow of its text"
        )
