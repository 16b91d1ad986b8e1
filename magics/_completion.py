"""What IPython offers while a flow is being written, by its matcher API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from textwrap import shorten
from typing import Final

from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
    provisionalcompleter,
    rectify_completions,
)
from IPython.core.interactiveshell import InteractiveShell

from hydroflow_nb.engine.context import UserContext
from hydroflow_nb.magics._check import values_of
from hydroflow_nb.magics._line import SUBCOMMANDS, Named, notebook_flows, notebook_systems
from hydroflow_nb.magics._options import DEFAULT_NAME, OPTIONS
from hydroflow_nb.magics._place import CursorPlace, Reading, read
from hydroflow_nb.magics._why import offers
from hydroflow_nb.operators import BY_NAME, OPERATORS
from hydroflow_nb.operators.record.operator import Operator
from hydroflow_nb.optimisations import ALL, OPTIMISATIONS
from hydroflow_nb.running import DEFAULT_BUDGET
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse

_CELL_MAGIC: Final = re.compile(r"\s*%%hydroflow(?!\w)")
_LINE_MAGIC: Final = re.compile(r"\s*%hydroflow\s+(.*)")
_PREFIX: Final = re.compile(r"\w*\Z")
# Of `[po` before a cursor and `s] rest` behind it: the name that the port belongs to.
_PORTED: Final = re.compile(r"\w*\s*\]\s*(\w+)")
# A name that a pattern binds; not a class, and not a part of its name.
_BOUND: Final = re.compile(r"(?<![.\w])[^\W\d]\w*+(?!\s*[.(])")
_OF_CONTEXT: Final = re.compile(r"(?<![\w.])context\.\w*\Z")

# The explanation of a word is at most this wide, so that the list fits beside the start of the cell.
_WIDEST: Final = 80

# A word that is offered, with its explanation.
Offer = tuple[str, str]

# How locations are declared, and the routes to the members of a cluster.
DECLARATIONS: Final = {
    "process": "process(): a location that is one node",
    "cluster": 'cluster(): nodes with one flow; open=True: they come later; shards_by="[0]"',
    "external": "external(): a location of programs of other make",
}
ROUTES: Final = {
    "all": "each item, to every member",
    "others": "each item, to every member but the sender",
    "next": "each item, to one member after the other by turns",
    "by": "by(|item| key): each item, always to the same member for the same key",
}
_ARROW: Final = re.compile(r"~>\s*\Z")

_LOOP: Final[Offer] = ("loop", "loop name { ... }; iterates while items wait at a batch, or once a tick")


class Completion:
    """The matcher of one shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    @context_matcher()  # type: ignore[untyped-decorator]
    def matches(self, context: CompletionContext) -> SimpleMatcherResult:
        """What fits at the cursor; nothing outside of hydroflow cells and lines, where everything stays as it was."""
        lines = context.full_text.split("\n")
        before = context.text_until_cursor
        first = next((number for number, line in enumerate(lines) if line.strip()), 0)
        if not _CELL_MAGIC.match(lines[first]):
            line_magic = _LINE_MAGIC.match(before)
            return self._line(line_magic[1]) if line_magic else _nothing()
        if context.cursor_line <= first:
            return self._first_line(before)
        text = "\n".join(lines[first + 1 :])
        written = "\n".join([*lines[first + 1 : context.cursor_line], before])
        return self._flow(written, text[len(written) :])

    # --- the magics' own lines ----------------------------------------------------------------------------------------

    def _line(self, arguments: str) -> SimpleMatcherResult:
        """Behind `%hydroflow `."""
        *words, prefix = re.split(r"\s+", arguments)
        if not words:
            return _result(prefix, ((name, subcommand.meaning) for name, subcommand in SUBCOMMANDS.items()))
        subcommand = SUBCOMMANDS.get(words[0])
        if subcommand is not None and subcommand.takes is Named.ITEM:
            return _result(*offers(arguments.removeprefix(words[0]), notebook_flows(self._shell)))
        if subcommand is not None and subcommand.options:
            return self._with_options(subcommand.options, words[1:], prefix)
        if subcommand is None or len(words) > 1:
            return _nothing()
        match subcommand.takes:
            case Named.FLOW:
                return _result(prefix, self._flows())
            case Named.OPERATOR:
                return _result(prefix, map(_explained, BY_NAME.values()))
            case Named.ERROR:
                # It is loaded when a person asks for it.
                from hydroflow_nb.error_index import ENTRIES

                return _result(prefix, ((entry.code, entry.title) for entry in ENTRIES))
            case _:
                return _nothing()

    def _with_options(self, options: Mapping[str, str], words: Sequence[str], prefix: str) -> SimpleMatcherResult:
        """Behind a subcommand that takes a flow and options with values."""
        last = words[-1] if words else ""
        if last in options:
            return _result(prefix, values_of(last))
        offers = [(option, meaning) for option, meaning in options.items() if option not in words]
        values = [word for option, word in pairwise(words) if option in options]
        has_name = any(not word.startswith("-") and word not in values for word in words)
        return _result(prefix, offers if has_name else [*self._flows(), *offers])

    def _first_line(self, before: str) -> SimpleMatcherResult:
        """Behind `%%hydroflow `: the options that are not there yet and, without a name, the flows' names."""
        *words, prefix = re.split(r"\s+", before.lstrip())
        if not words:
            return _nothing()
        if words[-1] == "--recording":
            return _result(prefix, [(str(DEFAULT_BUDGET), "items")])
        if words[-1] == "--without":
            return _result(prefix, [(ALL, "each of them"), *((one.name, one.does) for one in OPTIMISATIONS)])
        offers = [(option, meaning) for option, meaning in OPTIONS.items() if option not in words]
        if all(word.startswith("-") for word in words[1:]):
            offers += [(DEFAULT_NAME, "the default name"), *self._flows()]
        return _result(prefix, offers)

    def _flows(self) -> list[Offer]:
        found = {**notebook_flows(self._shell), **notebook_systems(self._shell)}
        return [(name, repr(flow)) for name, flow in found.items()]

    # --- the flow -----------------------------------------------------------------------------------------------------

    def _flow(self, before: str, after: str) -> SimpleMatcherResult:
        prefix = _word_at_end(before)
        here = read(before[: len(before) - len(prefix)])
        match here.place:
            case CursorPlace.ARGUMENT:
                if here.argument.endswith("$"):
                    return _result(prefix, _names({**read(before + after).ends, **here.ends}))
                operator = BY_NAME.get(here.name)
                if operator is not None and operator.lists_members and "|" not in here.argument:
                    return _result(prefix, _locations(before + after, only_clusters=True))
                return self._argument(here.argument + prefix, prefix)
            case CursorPlace.GENERICS | CursorPlace.BEFORE_GENERICS:
                return _result(prefix, _generics(here))
            case CursorPlace.ELSEWHERE:
                return _nothing()
            case CursorPlace.LOCATION:
                return _result(prefix, _locations(before + after))
            case CursorPlace.ROUTE:
                return _result(prefix, ROUTES.items())
        ends = {**read(before + after).ends, **here.ends}
        names = _names(ends)
        match here.place:
            case CursorPlace.PORT_BEFORE:
                ported = _PORTED.match(after)
                of = [ported[1]] if ported else list(ends)
                return _result(prefix, (port for name in of for port in _ports(ends.get(name, [])[:1], inputs=True)))
            case CursorPlace.PORT_AFTER:
                return _result(prefix, _ports(ends.get(here.name, [])[-1:], inputs=False))
            case CursorPlace.PORTED:
                return _result(prefix, names)
            case CursorPlace.NODE:
                # A source has no input for the arrow to lead to.
                offers = names + _operators(one for one in OPERATORS if one.inputs.most != 0)
                places = _places(before + after) if _ARROW.search(before[: len(before) - len(prefix)]) else []
                return _result(prefix, [*places, *offers])
            case CursorPlace.STATEMENT:
                return _result(prefix, [*names, _LOOP, *_operators(OPERATORS), *_places(before + after)])
            case CursorPlace.PIPELINE:
                begins = before[: len(before) - len(prefix)].rstrip().endswith("=")
                return _result(prefix, [*names, *_operators(OPERATORS), *(DECLARATIONS.items() if begins else ())])

    def _argument(self, argument: str, prefix: str) -> SimpleMatcherResult:
        """What Python's completion offers for the argument alone, and the names that only a flow knows.

        It is asked anew, because it cannot read a flow's text: for it, a string begins at the quote of `'static`.
        """
        pattern, bar, python = _closure(argument)
        if not bar:
            return _nothing()
        if member := _OF_CONTEXT.search(python):
            members = (f"context.{name}" for name in vars(UserContext) if not name.startswith("_"))
            return _result(member[0], ((name, "of the running flow") for name in members))
        completer = self._shell.Completer
        state = completer.line_buffer, completer.text_until_cursor
        # In a bracket, as it is in the flow, so that nothing is taken for a magic.
        text = f"({python}"
        with provisionalcompleter():
            found = list(rectify_completions(text, completer.completions(text, len(text))))
        completer.line_buffer, completer.text_until_cursor = state
        fragment = text[found[0].start :] if found else prefix
        offers = [(one.text, one.type or "") for one in found if not one.text.startswith("%")]
        if fragment == prefix and not text[: len(text) - len(prefix)].endswith((".", "'", '"')):
            bound = [name for name in _BOUND.findall(pattern) if name != "_"]
            offers = [(name, "the item, or a part of it") for name in bound] + offers
            offers.append(("context", "clock and state of the running flow"))
        return _result(fragment, offers)


def _closure(argument: str) -> tuple[str, bool, str]:
    """The pattern of an argument, whether it is complete, and the Python expression as far as it is written."""
    if not argument.startswith("|"):
        return "", True, argument
    pattern, bar, body = argument[1:].partition("|")
    return pattern, bool(bar), body


def _names(names: Iterable[str]) -> list[Offer]:
    return [(name, "a name of this flow") for name in sorted(names)]


def _locations(text: str, *, only_clusters: bool = False) -> list[Offer]:
    """The locations that a text declares."""
    return [
        (one.name, f"{one.span.text}, a location")
        for one in parse(Source(text=text)).flow.locations
        if one.kind.is_cluster or not only_clusters
    ]


def _places(text: str) -> list[Offer]:
    """The same, as they are written before a statement and behind `~>`."""
    return [(f"@{name}", meaning) for name, meaning in _locations(text)]


def _generics(here: Reading) -> list[Offer]:
    operator = BY_NAME.get(here.name)
    names = operator.lifetimes if operator is not None else ()
    if here.place is CursorPlace.BEFORE_GENERICS:
        return [(f"<'{name}>", "persistence") for name in names]
    return [(name if here.quoted else f"'{name}", "persistence") for name in names]


def _ports(operators: Iterable[str], *, inputs: bool) -> list[Offer]:
    known = [BY_NAME[name] for name in operators if name in BY_NAME]
    if inputs:
        return [(port, f"input of {operator.name}") for operator in known for port in operator.input_ports]
    return [(port, f"output of {operator.name}") for operator in known for port in operator.output_ports]


def _operators(operators: Iterable[Operator]) -> list[Offer]:
    return sorted(map(_explained, operators))


def _explained(operator: Operator) -> Offer:
    return operator.name, f"{operator.signature}: {operator.summary}"


def _word_at_end(text: str) -> str:
    found = _PREFIX.search(text)
    return found[0] if found else ""


# --- as IPython takes it ----------------------------------------------------------------------------------------------


def _result(prefix: str, offers: Iterable[Offer]) -> SimpleMatcherResult:
    """Those of the offered words that begin with the prefix, in their order, and nothing from any other matcher."""
    fitting = [
        SimpleCompletion(text=word, type=_on_one_line(meaning))
        for word, meaning in dict(offers).items()
        if word.startswith(prefix)
    ]
    return SimpleMatcherResult(completions=fitting, matched_fragment=prefix, suppress=True, ordered=True)


def _on_one_line(meaning: str) -> str:
    # JupyterLab breaks the line at blanks, and the rows of its list then lie upon each other.
    return shorten(meaning, _WIDEST, placeholder="…").replace(" ", "\u00a0")


def _nothing() -> SimpleMatcherResult:
    return SimpleMatcherResult(completions=[])
