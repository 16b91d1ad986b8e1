"""A member's flow within an actor: it is made of texts, runs in the actor's event loop, and is ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hydroflow_nb.deploy.ray.outbound import ActorOutbound
from hydroflow_nb.deploy.ray.parcels import Calls
from hydroflow_nb.deploy.ray.scratch import Scratch
from hydroflow_nb.deploy.ray.task import Task
from hydroflow_nb.durable.folder import released
from hydroflow_nb.processes.answering import Answering
from hydroflow_nb.processes.asking import Answer, Kept, Question, Word, packed
from hydroflow_nb.processes.failures import ExitCode, exit_code
from hydroflow_nb.processes.logs import logger
from hydroflow_nb.processes.notebook import text_as_notebook
from hydroflow_nb.processes.process import FLUSHING
from hydroflow_nb.processes.reporting import tell_of_failure, tell_of_item, tell_of_warnings
from hydroflow_nb.processes.slicing import plan
from hydroflow_nb.processes.workspace import Workspace
from hydroflow_nb.running import DEFAULT_BUDGET, KeptFlow, OnFault, RunningFlow

# The file that a recording goes through.
_RECORDING = "recording.json"


class Host:
    """Runs a member through one life. `ready` is set when its flow is about to run, `code` when it has ended: its exit
    code, as that of a process; `changed` is called then.
    """

    def __init__(self, task: Task, life: int, calls: Calls, changed: Callable[[], None]) -> None:
        self.life = life
        self.is_ready = False
        self.code: ExitCode | None = None
        self.outbound = ActorOutbound(task.name, life, task.members, calls)
        self._task = task
        self._changed = changed
        self._scratch = Scratch()
        self._folder = self._scratch.path
        self._flow: RunningFlow | None = None
        self._answering: Answering | None = None
        self._asked: dict[int, asyncio.Future[Answer]] = {}
        self._running = asyncio.get_running_loop().create_task(self._run())

    # --- what it does -------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            await self._make()
            await self._go_on()
            await self._flush()
            code = ExitCode.STOPPED
        except asyncio.CancelledError:
            code = ExitCode.STOPPED
        except BaseException as error:
            # An exit that user code asks for as well: it is not to end the actor's event loop.
            tell_of_failure(error, self._flow)
            code = exit_code(error)
        self._leave()
        self.code = code
        self._changed()

    async def _make(self) -> None:
        """Make the flow, and have it kept."""
        task = self._task
        for name, text in task.texts.items():
            file = self._folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        ends = self.outbound.ends()._asdict()
        given = {**task.places, **ends}
        notebook = text_as_notebook(self._folder / task.text, self._folder / task.names, self._folder)
        found = plan(notebook, f"@{task.location}", frozenset(given))
        workspace = Workspace(given)
        workspace.enter(self._folder)
        for step in found.steps:
            await workspace.run(step)
        flow = self._flow = workspace.flow(found)
        tell_of_warnings(flow)
        if task.folder is not None:
            assert isinstance(flow, KeptFlow)
            await released(Path(task.folder))
            flow.durable(Path(task.folder), task.write)  # type: ignore[arg-type]
        if self.life > 1:
            self.outbound.return_to(task.members)
        if task.record is not None:
            flow.record(task.record)
        flow.set_aside.listen(tell_of_item)
        names = flow.drive().names or workspace.names
        self._answering = Answering(flow, names, self._reply)

    async def _go_on(self) -> None:
        """Run the flow until it ends."""
        flow = self._flow
        assert flow is not None
        on_fault = OnFault.of(self._task.on_fault, is_durable=self._task.is_acknowledged)
        self.is_ready = True
        logger.info("ready", extra={"flow": flow.name, "life": self.life})
        self._changed()
        await flow.run_async(on_fault=on_fault.value)

    async def _flush(self) -> None:
        """Wait a moment until what the flow has sent has left."""
        assert self._flow is not None
        outlets = self._flow.drive().engine.program.outlets
        try:
            await asyncio.wait_for(asyncio.gather(*(outlet.drain() for outlet in outlets)), FLUSHING)
        except TimeoutError:
            # Members that end together do not hear each other out: what counts is in folders, or counted as lost.
            logger.info("not all was sent", extra={"waited": FLUSHING})

    async def end(self) -> None:
        """End the tick that is under way, and wait a moment until what was sent has arrived."""
        if self._flow is not None and self.is_ready:
            self._flow.stop()
        else:
            self._running.cancel()
        await asyncio.wait([self._running])

    def _leave(self) -> None:
        if self._flow is not None:
            with suppress(Exception):
                self._flow.close()
        self.outbound.close()
        for future in self._asked.values():
            future.cancel()
        self._scratch.remove()

    # --- what it is asked ---------------------------------------------------------------------------------------------

    async def ask(self, question: Question) -> Answer:
        """The answer to a question; of an item that is sent when a tick has taken it in."""
        if self._answering is None or self.code is not None:
            return Answer(number=question.number, refused="its flow does not run")
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked[question.number] = future
        try:
            self._answering.answer(question)
            return await future
        finally:
            del self._asked[question.number]

    async def recorded(self, question: Question) -> Answer:
        """What is recorded so far, as the JSON of a file, in place of a value."""
        file = self._folder / _RECORDING
        given = packed(Kept(path=str(file), budget=DEFAULT_BUDGET))
        answer = await self.ask(Question(number=question.number, word=Word.RECORD, given=given))
        return answer if answer.refused else Answer(number=question.number, given=file.read_bytes())

    def _reply(self, answer: Answer) -> None:
        future = self._asked.get(answer.number)
        if future is not None and not future.done():
            future.set_result(answer)
