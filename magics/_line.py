"""`%hydroflow`: what there is to see beside the cells."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import field
from enum import Enum, auto
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import no_var_expand

from hydroflow_nb import manuals
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.magics._check import CHECK_OPTIONS, CHECK_USAGE, fix_of, read_check, searches
from hydroflow_nb.magics._display import show, show_code, show_markdown, show_table, show_text
from hydroflow_nb.magics._errors import usage_error
from hydroflow_nb.magics._options import OPTIONS, USAGE
from hydroflow_nb.magics._why import WHY_OPTIONS, WHY_USAGE, read_why
from hydroflow_nb.operators import BY_NAME, RENAMED
from hydroflow_nb.operators.record.former import REMOVED
from hydroflow_nb.operators.record.manual import entry, overview, words_of_entries
from hydroflow_nb.records import dataclass
from hydroflow_nb.running import RunningFlow
from hydroflow_nb.syntax.first_line import closest
from hydroflow_nb.syntax.patterns import binding_name
from hydroflow_nb.systems.compiling import is_system

if TYPE_CHECKING:
    from hydroflow_nb.systems.system import System


class Named(Enum):
    """What the name after a subcommand names."""

    FLOW = auto()
    OPERATOR = auto()
    ERROR = auto()
    ITEM = auto()


@dataclass(frozen=True)
class Subcommand:
    """A subcommand of `%hydroflow`: what it does, and what the name after it names; None if it takes no name. `options`
    may stand behind the name, each with a value.
    """

    meaning: str
    takes: Named | None = None
    options: Mapping[str, str] = field(default_factory=dict)


SUBCOMMANDS: Final[Mapping[str, Subcommand]] = MappingProxyType(
    {
        "flows": Subcommand("list the notebook's flows"),
        "run": Subcommand("run a flow live, in the background: `%hydroflow run NAME`", Named.FLOW),
        "stop": Subcommand("stop a live flow, or all of them if no name is given: `%hydroflow stop NAME`", Named.FLOW),
        "running": Subcommand("list the flows that run live"),
        "graph": Subcommand("show a flow's graph: `%hydroflow graph NAME`", Named.FLOW),
        "code": Subcommand("show a flow's generated Python code: `%hydroflow code NAME`", Named.FLOW),
        "profile": Subcommand("measure where a flow's time goes, and show it: `%hydroflow profile NAME`", Named.FLOW),
        "check": Subcommand(
            f"tell whether a flow or a network gives the same in every run: `{CHECK_USAGE}`", Named.FLOW, CHECK_OPTIONS
        ),
        "why": Subcommand(f"tell how an item came to be where it is: `{WHY_USAGE}`", Named.ITEM, options=WHY_OPTIONS),
        "why-not": Subcommand(
            "tell what kept an item away, written as behind `why`: `%hydroflow why-not ITEM at PLACE`",
            Named.ITEM,
            options=WHY_OPTIONS,
        ),
        "operators": Subcommand("list the operators, or explain one: `%hydroflow operators NAME`", Named.OPERATOR),
        "error": Subcommand("explain an error by its code: `%hydroflow error HF201`", Named.ERROR),
        "help": Subcommand("show how to use the magics"),
    }
)
# How other programs are asked for their help.
_HELP: Final = MappingProxyType({"--help": "help", "-h": "help", "?": "help"})
_COLUMNS: Final = ("name", "operators", "tick", "state")
_WHERE_CODES_ARE: Final = "the code of an error stands in its message: `error[HF201]`"
_NOTHING_RUNS: Final = "no flow runs live: `%hydroflow run NAME` starts one"
# The names under which IPython keeps former results.
_HISTORY: Final = re.compile(r"_+\d*")


def notebook_flows(shell: InteractiveShell) -> dict[str, RunningFlow]:
    """The flows of the notebook, by the names that they have there."""
    return {
        name: found
        for name, found in list(shell.user_ns.items())
        if isinstance(found, RunningFlow) and not _HISTORY.fullmatch(name)
    }


def notebook_systems(shell: InteractiveShell) -> dict[str, System]:
    """The systems of the notebook, by the names that they have there."""
    return {
        name: found for name, found in list(shell.user_ns.items()) if is_system(found) and not _HISTORY.fullmatch(name)
    }


class LineMagic:
    """The line magic of one shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._actions: Mapping[str, Callable[[str], None]] = {
            "flows": self._flows,
            "run": self._run,
            "stop": self._stop,
            "running": self._running,
            "graph": self._graph,
            "code": self._code,
            "profile": self._profile,
            "check": self._check,
            "why": partial(self._why, "why"),
            "why-not": partial(self._why, "why-not"),
            "operators": self._operators,
            "error": self._error,
            "help": self._help,
        }

    @no_var_expand
    def run(self, line: str) -> None:
        """Show the flows of the notebook, their graphs and code, the language's operators and its errors; run flows.

        %hydroflow flows             the notebook's flows: name, operators, tick, state
        %hydroflow run NAME          run a flow live, in the background: a tick whenever input arrives
        %hydroflow stop [NAME]       stop a flow that runs live, or all that do
        %hydroflow running           the flows that run live
        %hydroflow graph NAME        the graph of a flow
        %hydroflow code NAME         the Python code that was generated for a flow
        %hydroflow profile NAME      where the time of a flow goes: measures from now on, and shows what was measured
        %hydroflow check NAME        whether a flow or a network gives the same in every run; behind the name may stand
                                     `--network udp` (or tcp, at-least-once), `--replicas 3` and `--shard [0]`;
                                     `--fix 1` puts the flow with the first fix into the next cell, and `--find`
                                     shows two runs that differ, one decision apart
        %hydroflow why ITEM at PLACE  how an item, a Python expression, came to a place, such as `hop -> reached`; a
                                     flow's name may stand before the item, `--tick 3` behind the place, and the place
                                     may be left out
        %hydroflow why-not ITEM at PLACE  what kept an item away
        %hydroflow operators [NAME]  all operators, or the manual of one
        %hydroflow error CODE        what an error means, with a wrong and a right flow
        %hydroflow help              how to use the magics

        `flows`, `graph`, `code` and `check` take systems, too. What is at one place of one is `two_pc@coordinator`.
        Where the notebook has one flow only, its name may be left out.
        """
        command, *names = line.split() or ["help"]
        command = _HELP.get(command, command)
        action = self._actions.get(command)
        if action is None:
            hint = closest(command, SUBCOMMANDS) or f"there are {', '.join(SUBCOMMANDS)}"
            raise usage_error(f"`%hydroflow` has no `{command}`", hint)
        takes_name = SUBCOMMANDS[command].takes is not None
        if SUBCOMMANDS[command].options:
            # Blanks within an item are its own.
            action(line.strip()[len(command) :].strip())
            return
        if len(names) > takes_name:
            takes = "one name" if takes_name else "nothing"
            raise usage_error(f"`%hydroflow {command}` takes {takes} after it, not `{' '.join(names)}`")
        action(names[0] if names else "")

    def _flows(self, _: str) -> None:
        rows = [(name, *_described(flow)) for name, flow in notebook_flows(self._shell).items()]
        for name, system in notebook_systems(self._shell).items():
            rows.append(
                (name, str(len(system.graph.partitioned.nodes)), "", f"a system: {', '.join(system.locations)}")
            )
        if rows:
            show_table(_COLUMNS, rows)
        else:
            show_text("there is no flow yet: write one in a cell that begins with `%%hydroflow`")

    def _run(self, name: str) -> None:
        start_live(self._flow("run", name))

    def _stop(self, name: str) -> None:
        stopped = [self._flow("stop", name)] if name else list(self._running_flows().values())
        if not any(flow.is_running for flow in stopped):
            show_text(f"`{name}` does not run live" if name else _NOTHING_RUNS)
        for flow in stopped:
            flow.stop()

    def _running(self, _: str) -> None:
        flows = self._running_flows()
        if flows:
            show_table(_COLUMNS, ((name, *_described(flow)) for name, flow in flows.items()))
        else:
            show_text(_NOTHING_RUNS)

    def _running_flows(self) -> dict[str, RunningFlow]:
        return {name: flow for name, flow in notebook_flows(self._shell).items() if flow.is_running}

    def _graph(self, name: str) -> None:
        system = self._system(name)
        show(self._flow("graph", name).graph if system is None else system.graph)

    def _code(self, name: str) -> None:
        system = self._system(name)
        if system is not None:
            for one in system.flows.values():
                show_code(one)
            return
        flow = self._flow("code", name)
        if not isinstance(flow, Flow):
            message = f"`{flow.name}` was built by hand: its functions are its code"
            raise usage_error(message, f"`%hydroflow graph {name}` shows it")
        show_code(flow)

    def _profile(self, name: str) -> None:
        show(self._flow("profile", name).profile())

    def _why(self, command: str, line: str) -> None:
        asked = read_why(command, line, list(notebook_flows(self._shell)))
        flow = self._flow(command, asked.name)
        # Loaded here: a notebook that asks nothing does without it.
        from hydroflow_nb.widgets.expressions import error_text, evaluate

        try:
            item = evaluate(asked.item, self._shell.user_ns)
        except Exception as raised:  # the reader's expression
            raise usage_error(f"the item `{asked.item}`: {error_text(raised)}") from None
        try:
            show((flow.why if command == "why" else flow.why_not)(item, at=asked.at, tick=asked.tick))
        except HydroflowError as refused:
            raise usage_error(str(refused)) from None

    def _check(self, line: str) -> None:
        # Loaded here: a notebook that checks nothing does without it.
        from hydroflow_nb.correctness.asking import check

        asked = read_check(line.split())
        network, system = self._network(asked.name), self._system(asked.name)
        if system is not None:
            network = system.sample()
        if network is not None and asked.given:
            from hydroflow_nb.simulation.checkable import OF_A_FLOW_ALONE

            option = next(iter(asked.given))
            what = "a network" if system is None else "a system"
            raise usage_error(f"`--{option}` is for a flow alone: `{asked.name}` is {what}, {OF_A_FLOW_ALONE[option]}")
        checked = self._flow("check", asked.name) if network is None else network
        try:
            report = check(checked, **asked.given)
        except (TypeError, ValueError) as wrong:
            raise usage_error(str(wrong)) from None
        if asked.find is not None:
            for found in searches(checked, report, asked):
                show(found)
            return
        if asked.fix is None:
            show(report)
            return
        fix = fix_of(report, asked.fix)
        show(fix)
        if system is not None:
            self._shell.set_next_input(f"%%hydroflow {asked.name}\n{fix.text}", replace=False)
            return
        edited = checked if network is None else network.nodes[fix.node].plan.flow
        unnamed = asked.name if network is None else fix.node
        name = next((name for name, flow in notebook_flows(self._shell).items() if flow is edited), unnamed)
        # The front end puts it below; the user's own cell stays as it is.
        self._shell.set_next_input(f"%%hydroflow {name}\n{fix.text}", replace=False)

    def _system(self, name: str) -> System | None:
        """The system of a name, or the notebook's only one where it has nothing else; None for anything else."""
        systems = notebook_systems(self._shell)
        if not name and len(systems) == 1 and not notebook_flows(self._shell):
            return next(iter(systems.values()))
        return systems.get(binding_name(name))

    def _network(self, name: str) -> Any:
        """The simulated network of a name; None where it names something else."""
        found = self._shell.user_ns.get(binding_name(name))
        # Where the room was never loaded, there is no network.
        simulation = sys.modules.get("hydroflow_nb.simulation")
        return found if simulation is not None and isinstance(found, simulation.Network) else None

    def _operators(self, name: str) -> None:
        if not name:
            show_markdown(f"{overview()}\n{words_of_entries()}")
            return
        operator = BY_NAME.get(name)
        if operator is None:
            today = RENAMED.get(name, "")
            hint = f"its name is now `{today}`" if today in BY_NAME else REMOVED.get(name) or closest(name, BY_NAME)
            raise usage_error(f"there is no operator `{name}`", hint or "`%hydroflow operators` lists them all")
        show_markdown(entry(operator))

    def _error(self, code: str) -> None:
        if not code:
            raise usage_error("`%hydroflow error` takes a code", _WHERE_CODES_ARE)
        # Its texts are loaded when a person asks for one.
        from hydroflow_nb.error_index import explain_error

        try:
            show_markdown(explain_error(code))
        except ValueError as unknown:
            raise usage_error(str(unknown), _WHERE_CODES_ARE) from None

    def _help(self, _: str) -> None:
        width = max(len(word) for word in [*OPTIONS, *SUBCOMMANDS])
        lines = [USAGE, "%%hydroflow name <<"]
        lines += [f"    {option.ljust(width)}  {meaning}" for option, meaning in OPTIONS.items()]
        lines += ["", f"%hydroflow {' | '.join(SUBCOMMANDS)}"]
        lines += [f"    {command.ljust(width)}  {subcommand.meaning}" for command, subcommand in SUBCOMMANDS.items()]
        lines += ["", CHECK_USAGE]
        lines += [f"    {option.ljust(width)}  {meaning}" for option, meaning in CHECK_OPTIONS.items()]
        lines += ["", "the manual, in the repository of the package:", manuals.as_text("    ")]
        show_text("\n".join(lines))

    def _flow(self, command: str, name: str) -> RunningFlow:
        """The flow of a name, or of a place in a system, `two_pc@coordinator`; without a name the notebook's only one.
        Raises UsageError.
        """
        flows, systems, name = notebook_flows(self._shell), notebook_systems(self._shell), binding_name(name)
        if name in flows:
            return flows[name]
        of, _, location = name.partition("@")
        if of in systems:
            places = systems[of].flows
            if location in places:
                return places[location]
            ways = " or ".join(f"`%hydroflow {command} {of}@{one}`" for one in places)
            if location:
                raise usage_error(f"no flow of `{of}` is at `{location}`", closest(location, places) or f"write {ways}")
            raise usage_error(
                f"`{of}` is a system: it runs as a network, not as one flow",
                f"`net = {of}.network(...)` makes a network; for what is at one place write {ways}",
            )
        if not name and len(flows) == 1:
            return next(iter(flows.values()))
        there_are = f"there are {', '.join(f'`{one}`' for one in flows)}" if flows else "there is no flow yet"
        if not name:
            raise usage_error(f"`%hydroflow {command}` takes the name of a flow", there_are)
        if name in self._shell.user_ns:
            raise usage_error(f"`{name}` is a {type(self._shell.user_ns[name]).__name__}, not a flow", there_are)
        raise usage_error(f"there is no flow `{name}`", closest(name, flows) or there_are)


def start_live(flow: RunningFlow) -> None:
    """Run a flow live, in the background. Raises UsageError where no event loop runs, as outside notebooks."""
    if flow.is_running:
        return
    try:
        flow.start()
    except RuntimeError as no_loop:
        raise usage_error(str(no_loop)) from None


def _described(flow: RunningFlow) -> tuple[str, str, str]:
    if flow.is_closed:
        state = "closed"
    elif flow.is_running:
        state = "runs live"
    elif flow.trouble is not None:
        state = f"ended by {type(flow.trouble).__name__}"
    elif flow.is_scheduled():
        state = "a tick is due"
    else:
        state = "at rest"
    if flow.faults:
        count = flow.faults.total
        state += f", {count:,} aborted tick{'s' * (count > 1)}"
    return str(len(flow.graph.partitioned.nodes)), str(flow.current_tick()), state
