"""`%%hydroflow`: the cell is compiled, the flow bound to its name and shown."""

from __future__ import annotations

import sys
from dataclasses import replace
from inspect import CO_OPTIMIZED
from types import FrameType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from IPython.core.compilerop import code_name
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell
from IPython.core.magic import no_var_expand

from hydroflow_nb.codegen.load import remember_lines
from hydroflow_nb.codegen.names import used_names
from hydroflow_nb.diagnostics import Severity
from hydroflow_nb.errors import AssertionFailed, HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.magics._display import show, show_code, show_warnings
from hydroflow_nb.magics._errors import hide_machinery, usage_error
from hydroflow_nb.magics._line import notebook_flows, start_live
from hydroflow_nb.magics._options import Options, read_options
from hydroflow_nb.magics._settings import HydroflowMagics
from hydroflow_nb.source import Source, lines_of
from hydroflow_nb.systems.compiling import compile as compile_text
from hydroflow_nb.systems.compiling import is_system

if TYPE_CHECKING:
    from hydroflow_nb.systems.system import System


class CellMagic:
    """The cell magic of one shell."""

    def __init__(self, shell: InteractiveShell, settings: HydroflowMagics) -> None:
        self._shell = shell
        self._settings = settings
        self._running: ExecutionInfo | None = None
        # By the id that the front end gives a cell, and keeps when the cell is edited and run again.
        self._flow_of_cell: WeakValueDictionary[str, Flow | System] = WeakValueDictionary()
        # How far the flows were when a cell had ended.
        self._ticks: WeakKeyDictionary[Flow, int] = WeakKeyDictionary()

    def cell_begins(self, info: ExecutionInfo) -> None:
        """Told by the shell: a cell is about to run, with this text."""
        self._running = info

    def cell_ended(self, _: ExecutionResult) -> None:
        """Told by the shell: a cell has run. Flows that have run meanwhile tell of names that are bound anew.

        Others do not: their own cells may run next, as when all cells are run again.
        """
        for flow in notebook_flows(self._shell).values():
            if isinstance(flow, Flow) and not flow.is_closed:
                tick = flow.current_tick()
                if flow.is_running or tick != self._ticks.get(flow):
                    self._ticks[flow] = tick
                    flow.tell_of_names()

    @no_var_expand
    def run(self, line: str, cell: str) -> None:
        """Compile a flow, bind it to a name, and show its graph with the stepper.

        %%hydroflow [name] [--no-show] [--code] [--live] [--recording N | --no-recording] [--share] [--check]
                    [--without NAME]...
        %%hydroflow name <<

        The flow's text is the rest of the cell, in Hydroflow's surface syntax with Python as its host language; Python
        names in it are the notebook's. The default name is `flow`. Running the cell again replaces its flow
        and closes the old one, unless you gave that another name too. If there is an error in the cell, the old flow
        stays. Warnings are always shown.

        The text of a system, which says where its parts run, is bound as a `hydroflow_nb.System` and shown as one
        picture with a box for each location, from which the steppers of its members open.

        A flow that is shown is recorded from its first tick on, however it runs: its newest ticks, up to 20,000 items.

        --no-show       bind the name only; `name <<` says the same
        --code          also show the generated Python code
        --live          run the flow live, in the background: a tick whenever input arrives
        --recording N   record at most N items; `%config HydroflowMagics.recording = N` does so for all flows that are
                        shown
        --no-recording  record nothing until a step in the picture asks for it
        --share         put the run below the stepper, as a page that steps without a kernel: it is renewed when cells
                        have run and steps have come to rest, and stays in a page that is made of the notebook;
                        `%config HydroflowMagics.share = True` does so for all flows that are shown
        --check         also show whether the flow gives the same in every run, and draw that;
                        `%config HydroflowMagics.check = True` does so for all flows that are shown
        --without NAME  leave out an optimisation, which `flow.explain()` lists; `all` is each of them
        """
        __tracebackhide__ = True
        options = read_options(line)
        source = self._source(cell)
        try:
            made = compile_text(source, self._namespace(), options.name, options.without)
        except HydroflowError:
            raise
        except Exception as exception:
            if isinstance(source, Source):
                hide_machinery(exception, self._is_cell)
            raise
        self._must_not_hide(made)
        self._bind(made, is_cell=isinstance(source, Source))
        if not isinstance(made, Flow):
            self._show_system(made, options)
            return
        self._record(made, options)
        self._show(made, options)
        if options.live:
            start_live(made)

    # --- where the text stands ----------------------------------------------------------------------------------------

    def _source(self, cell: str) -> Source | str:
        """The cell's text with its place in the notebook; the text alone where Python code called the magic."""
        raw = (self._running.raw_cell if self._running is not None else None) or ""
        first_line = _first_line(raw, cell)
        frame = self._cell_frame()
        if first_line is None or frame is None:
            return cell
        cell_file = frame.f_code.co_filename
        # The number is not the execution count, which runs ahead in some versions of IPython.
        numbers = self._shell.compile._filename_map
        number = numbers[cell_file]
        # Not the cell's own file name, which in a kernel ends in `.py`: IPython looks for such a file on the disk, and
        # without one it shows only what Python would take for the block around the line.
        filename = code_name(raw, number)
        numbers[filename] = number
        remember_lines(raw, filename)
        # IPython keeps the cell as it was transformed, in one long line.
        remember_lines(raw, cell_file)
        return Source(text=cell, label=f"In[{number}]", filename=filename, first_line=first_line)

    def _cell_frame(self) -> FrameType | None:
        """The frame of the cell that called the magic; None where no cell did."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and not self._is_cell(frame):
            frame = frame.f_back
        return frame

    def _is_cell(self, frame: FrameType) -> bool:
        return self._shell.compile.format_code_name(frame.f_code.co_filename) is not None

    def _namespace(self) -> dict[str, Any]:
        """The notebook's names; in a function that calls the magic a copy of them with its own."""
        frame = self._cell_frame()
        names: dict[str, Any] = self._shell.user_ns
        if frame is None or not frame.f_code.co_flags & CO_OPTIMIZED or frame.f_globals is not names:
            return names
        return {**names, **frame.f_locals}

    # --- the flow and the ones before it ------------------------------------------------------------------------------

    def _must_not_hide(self, flow: Flow | System) -> None:
        """Raise UsageError where the flow would take the place of a value that its own text uses."""
        name, names = flow.name, self._shell.user_ns
        value = names.get(name)
        used = used_names(node.call for node in flow.graph.partitioned.nodes.values())
        if name not in names or isinstance(value, Flow) or is_system(value) or name not in used:
            return
        flow.close()
        raise usage_error(
            f"`%%hydroflow {name}` would replace `{name}`, a {type(value).__name__} that its own text uses",
            f"give the flow another name: `%%hydroflow {name}_flow`",
        )

    def _bind(self, flow: Flow | System, *, is_cell: bool) -> None:
        replaced = [self._shell.user_ns.get(flow.name)]
        cell_id = self._running.cell_id if is_cell and self._running is not None else None
        if cell_id is not None:
            # The cell's name may have been edited.
            replaced.append(self._flow_of_cell.get(cell_id))
            self._flow_of_cell[cell_id] = flow
        # Bound first: an old flow that raises when it is closed must not keep the new one from its name.
        self._shell.push({flow.name: flow})  # type: ignore[no-untyped-call]
        for old in replaced:
            if isinstance(old, Flow) and not self._has_another_name(old):
                _close(old)
            elif is_system(old) and old is not flow:
                old.close()

    def _has_another_name(self, flow: Flow) -> bool:
        """True where the notebook has the flow under a name that no cell gave it: it stays open."""
        return any(found is flow and name != flow.name for name, found in notebook_flows(self._shell).items())

    def _record(self, flow: Flow, options: Options) -> None:
        """Record a flow from its first tick on, as far as somebody is to see it or has asked for it."""
        default = self._settings.recording if options.show else 0
        budget = default if options.recording is None else options.recording
        if budget:
            flow.record(budget=budget)
        elif options.recording is None and options.show and (options.share or self._settings.share):
            flow.record()

    def _show_system(self, system: System, options: Options) -> None:
        if options.live:
            raise usage_error(
                f"`{system.name}` is a system: it runs as a network, not as one flow",
                f"`net = {system.name}.network(...)` makes a simulated one",
            )
        if options.share:
            raise usage_error(
                "`--share` is for one flow: a system runs as a network",
                f"`net = {system.name}.network(...)`, and after a run `net.recording.save('net.html')`",
            )
        if options.recording:
            raise usage_error(
                "`--recording` is for one flow: a system runs as a network",
                f"`{system.name}.network(..., recording={options.recording})` records that many items of each node",
            )
        show_warnings(system.diagnostics)
        if options.show:
            show(system.widget())
        if options.check or (options.show and self._settings.check):
            show(system.check())
        if options.code:
            for flow in system.flows.values():
                show_code(flow)

    def _show(self, flow: Flow, options: Options) -> None:
        show_warnings(flow.diagnostics)
        report = flow.check() if options.check or (options.show and self._settings.check) else None
        shares = options.share or self._settings.share
        if options.show:
            stepper = flow.stepper()
            if report is not None:
                stepper.draw(report.graph)
            if shares:
                stepper.share()
            show(stepper)
        if report is not None:
            show(report)
        if options.code:
            show_code(flow)


def _close(flow: Flow) -> None:
    """Close a flow that another one replaces. An assertion that fails at its end becomes a warning."""
    try:
        flow.close()
    except AssertionFailed as failed:
        note = f"found when a newer flow replaced this flow `{flow.name}`"
        show_warnings(
            [replace(found, severity=Severity.WARNING, notes=(*found.notes, note)) for found in failed.diagnostics]
        )


def _first_line(raw: str, cell: str) -> int | None:
    """The number of the line on which the flow's text begins in the cell as it was written; None if it is not there.

    Above it can stand empty lines, and other magics such as `%%time`.
    """
    body = _stripped(cell)
    lines = lines_of(raw)
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("%%hydroflow") and _stripped("\n".join(lines[number:])) == body:
            return number + 1
    return None


def _stripped(text: str) -> list[str]:
    # IPython takes a common indentation away.
    return [line.strip() for line in lines_of(text.rstrip())]
