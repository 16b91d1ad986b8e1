"""The manual of the operators as Markdown, generated from the records: all of it, one entry, or the list of operators.

`python -m hydroflow_nb.operators.record.manual` prints all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from hydroflow_nb.operators import OPERATORS
from hydroflow_nb.operators.record.operator import Argument, ArgumentKind, Arity, Category, InputDelay, Operator
from hydroflow_nb.suggestions import either

_HEAD = """\
# The operators

An operator is written as a call, `name(arguments)`, or with a persistence, `name::<'static>(arguments)`. The
persistence says how long the operator remembers: `'tick` until the tick ends, `'static` as long as the flow lives. An
argument is a Python expression or a closure, `|item| expression`.

The *cost* of an operator is the time for an item, where a call of a function counts as one, and then what the operator
keeps, and for how long. Besides, every operator holds the items that wait for a stratum until that stratum runs.

A flow runs in ticks. `flow.run_tick()` runs one tick, `flow.run_stratum()` one stratum of a tick. Both return True if
there was work or is more; they return False if nothing asked for the tick and nothing asks for another one. The first
tick is always asked for. Input that waits, an item that was deferred (not lazily), and `spin` ask for a further tick.

An operator emits an item as it is, without a copy. A function that changes an item in place changes it for everything
that refers to it: for the other outputs of a `tee`, and for a `fold` whose accumulator is that item.

You can run the examples, some of them in an event loop. In them, `seen` is an empty list, `channel_of(1, 2)` is a
channel in which 1 and 2 wait, `file_of("a")` is the path of a file with that text, and `frame_of(n=[1, 2])` a table
with a column `n`. The lines of the standard input are 1 and 2. `countdown(2)` is an asynchronous generator of 2, 1, 0;
`await add_up(acc, x)` returns `(acc + x, acc + x)`.

This page is generated from the operators' records: `make docs` writes it.
"""

_WORDS = """\
## What is the same in every run

Ticks may end at other places in another run, and items may come in another order, come again, or be lost. Each entry
tells what of the output is the same in every run even so. The rows are made from the rule by which `flow.check()`
judges the operator in a flow, and their words are those of {page}.

In a *stream* each item comes in one tick. A *view* comes in every tick, with all that it holds: many items, a value, or
a table of pairs, one for each key. It *grows* if nothing is taken back, *is revised* if what it holds at the end is the
same in every run, and *stays* if it always holds the same. *Lattice values that rise* are the same once they are
merged. A flow that takes in nothing from outside, and puts nothing off to a later tick, has one tick only: there a
stream is as good as a view that stays.

- **order**: `kept`, `not kept`, or `its own` if it does not depend on the order of the input. It `matters` if nothing
  is certain where the order of the input may differ.
- **duplicates**: `kept` if equal items come out as often as they came, `dropped` if they come out once, `told apart` if
  they come out as different items. They `matter` if nothing is certain where items may come again.
- **loss**: it `gives a part` if some of the output may be missing where items are lost, and nothing that comes out is
  wrong. It `matters` if nothing is certain then.
- **monotone**: whether more input only gives more items, or a greater value. Then nothing that came out is taken back,
  and a reader can act at once: a report calls the output *early*.
- **distributed**: what the output is, where in every run the same input comes, in the same order and whole. It is a
  `sequence`: the same items in the same order; a `bag`: the same items, each as often, in any order; a `set`: the same
  items, and how often each comes may differ; a `part`: some of it may be missing; a view; or it `differs`: nothing is
  certain. `as its input`: it is what the input is.
- **sharding**: by which keys items can be split among copies of the flow, so that the copies together give what one
  copy gives that has all items. A `lost` key does not serve an operator behind this one that needs a key.

A function `f(acc, item)` *commutes* if the order of two items does not matter, *forgives* if an item that comes again
changes nothing, and *rises* if its result is never below `acc`. A function of a value is *monotone* if a greater value
gives a greater result, and a *threshold* if all that is greater than what passes, passes. `flow.check()` reads from
the text of your function what it does.
"""

_WAITS: Mapping[InputDelay, str] = MappingProxyType(
    {
        InputDelay.STRATUM: "waits until all items of the tick have come",
        InputDelay.TICK: "gives its items to the next tick, and asks for that tick",
        InputDelay.LAZY: "gives its items to the next tick, without asking for that tick",
        InputDelay.ACCUMULATING: "takes the items that are there, and can get more later in the tick",
    }
)

_REPLAY = "items that it holds as `'static` are emitted, or looked at, again in every tick that happens"
_SPARED = (
    ". Where all of that leads to what knows it already, such as `unique::<'static>`, only what is new is sent; "
    "`flow.explain()` says whether that is so. Where it is not, and only what is new is wanted, put "
    "`unique::<'static>()` behind it"
)


def manual() -> str:
    """The whole manual: the list of operators, what their entries say, then an entry for each, by category."""
    parts = [_HEAD, overview(linked=True), words_of_entries(linked=True)]
    for category in Category:
        parts.append(f"## {_title(category)}\n")
        parts += [entry(operator) for operator in OPERATORS if operator.category is category]
    return "\n".join(parts)


def overview(*, linked: bool = False) -> str:
    """What every operator is for, in a line each, by category; `linked`: with links to the manual's entries."""
    parts = []
    for category in Category:
        rows = []
        for one in OPERATORS:
            if one.category is category:
                name = f"[`{one.signature}`](#{one.name})" if linked else f"`{one.signature}`"
                rows.append(f"| {name} | {one.summary} |")
        parts.append("\n".join([f"| {_title(category)} | |", "|---|---|", *rows, ""]))
    return "\n".join(parts)


def words_of_entries(*, linked: bool = False) -> str:
    """What the words mean by which entries say what is the same in every run; `linked`: with a link to the page."""
    page = "[The same in every run](correctness.md)" if linked else "`docs/correctness.md`"
    return _WORDS.format(page=page)


def entry(operator: Operator) -> str:
    """What the manual says of one operator."""
    # Asked for when a manual is made: nothing else needs them.
    from hydroflow_nb.operators.record.words import rows

    facts = [f"- **{what}**: {told}" for what, told in _facts(operator)]
    for what, said in rows(operator):
        facts += _row(what, said)
    return "\n".join(
        [
            f"### {operator.name}",
            "",
            f"`{operator.signature}`",
            "",
            operator.manual.strip(),
            "",
            *facts,
            f"- **cost**: {operator.cost}",
            "",
            "```text",
            *operator.example.replace("; ", ";\n").splitlines(),
            "```",
            "",
        ]
    )


def _row(what: str, said: Sequence[tuple[str, str]]) -> Iterator[str]:
    """A row of which something else may be said for each output, persistence or kind of inputs."""
    lines = [f"{of}: {words}" if of else words for of, words in said]
    if len(lines) == 1:
        yield f"- **{what}**: {lines[0]}"
    else:
        yield f"- **{what}**:"
        yield from (f"  - {line}" for line in lines)


def _facts(operator: Operator) -> Iterator[tuple[str, str]]:
    for argument in operator.arguments:
        yield f"`{argument.name}`", _argument(argument)
    yield "inputs", _ports(operator.inputs, operator.input_ports) + _delays(operator)
    yield "outputs", _ports(operator.outputs, operator.output_ports)
    if operator.persistences:
        yield "persistence", _persistences(operator)
    if operator.most_type_arguments:
        count = Arity(least=operator.least_type_arguments, most=operator.most_type_arguments)
        known = " or ".join(f"`{name}`" for name in operator.known_types)
        yield "types", f"{count} between `::<` and `>`" + (f": {known}" if known else "")
    if operator.replays:
        yield "replay", _REPLAY + (_SPARED if operator.goes_on.spares else "")
    if operator.external:
        yield "scheduling", "items that wait in its source ask for a tick"
    if operator.schedules:
        yield "scheduling", "asks for a next tick in every tick"


def _argument(argument: Argument) -> str:
    match argument.kind:
        case ArgumentKind.FUNCTION if argument.parameters is not None:
            counted = f"{argument.parameters or 'no'} parameter{'' if argument.parameters == 1 else 's'}"
            return f"a function of {counted}; {argument.meaning}"
        case ArgumentKind.FUNCTION:
            return f"a function; {argument.meaning}"
        case _:
            return argument.meaning


def _ports(arity: Arity, ports: tuple[str, ...]) -> str:
    if ports:
        return ", ".join(f"`[{port}]`" for port in ports)
    if arity.most == 0:
        return "none"
    if arity.most is None:
        least = f"at least {arity.least}" if arity.least else "any number"
        return f"{least}, usually {arity.usual} or more" if arity.usual > arity.least else least
    return str(arity.most) if arity.least == arity.most else f"{arity.least} or {arity.most}"


def _delays(operator: Operator) -> str:
    if not operator.delays:
        return ""
    told = [_WAITS[delay] if port == "*" else f"`[{port}]` {_WAITS[delay]}" for port, delay in operator.delays.items()]
    return f"; {'; '.join(told)}"


def _persistences(operator: Operator) -> str:
    names = [
        f"`'{name}` (the default)" if name is operator.default_persistence else f"`'{name}`"
        for name in operator.lifetimes
    ]
    each = ", one for each input" if operator.most_persistences > 1 else ""
    return either(names) + each


def _title(category: Category) -> str:
    return category.value[0].upper() + category.value[1:]


if __name__ == "__main__":
    print(manual(), end="")
