"""`hf.predict`: notes what a reader says, looks what happens, and compares the two."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from types import EllipsisType
from typing import Any

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.place import Places, wires_of
from hydroflow_nb.predicting.comparing import Manner, compare, manner_named
from hydroflow_nb.predicting.prediction import Prediction
from hydroflow_nb.running import RunningFlow


def predict(
    asked: RunningFlow | Callable[[], Any] | Any,
    guess: Any | EllipsisType = ...,
    *,
    at: str | None = None,
    tick: int | None = None,
    level: str | None = None,
    hint: str = "",
) -> Prediction:
    """Compare a prediction with what happens. A wrong one raises nothing, and `...` says that none was made yet.

    Of a flow, `at` is a place and `guess` the items that go over it in a tick, as a list or a set; another value is one
    item. A place is an edge, such as `"hop -> reached"`, a name of the text, or an operator: then what leaves it is
    meant, and for the end of a flow what comes in. Ticks up to `tick` run now if they have not run yet, so a cell that
    is run again, with another prediction, asks about the same tick; without `tick` it is the next one, each time. A
    flow that is not recorded is recorded from then on.

    Else `asked` is the answer, or a function that is called for it once the prediction is noted.

    `level` is how items are compared, "sequence", "bag" or "set". Without it, those of a flow are compared as a set
    where a set was predicted, else as a bag; and another answer by `==`. `hint` is shown as long as the prediction is
    not right.

    What comes back shows whether it is right, what was missing and what was too much; without a prediction the answer
    is folded away. Raises HydroflowError for a place that the flow does not have and for a tick
    that was not recorded, ValueError for another level, and what the flow raises.

    More: "Predict a tick" in `docs/understanding.md`.
    """
    manner = manner_named(level) if level is not None else None
    noted = _noted(guess)
    if isinstance(asked, RunningFlow):
        return _of_flow(asked, noted, at, tick, manner, hint)
    if at is not None or tick is not None:
        raise ValueError(f"`at` and `tick` are a place and a tick of a flow, and {shown(asked)} is not a flow")
    answer = asked() if callable(asked) else asked
    return _of_value(noted, answer, manner, hint)


def _noted(guess: Any) -> Any:
    """The prediction as it is now: what runs may change a list."""
    return guess.copy() if isinstance(guess, (list, set)) else guess


def _items(guess: Any) -> Sequence[Any]:
    """The items that were said: those of a list or a set, and another value by itself."""
    if guess is ...:
        return []
    return list(guess) if isinstance(guess, (list, Set)) else [guess]


# --- of a value ------------------------------------------------------------------------------------------------------


def _of_value(guess: Any, answer: Any, manner: Manner | None, hint: str) -> Prediction:
    if manner is not None:
        # A dict's items are its pairs, a text is one item.
        held = list(answer.items()) if isinstance(answer, Mapping) else _listed(answer)
        said = list(guess.items()) if isinstance(guess, Mapping) else _items(guess)
        return _compared(guess, said, held, "", manner, hint)
    whole = compare(_one(guess), [answer], Manner.SEQUENCE)
    return Prediction(guess=guess, answer=answer, about="", comparison=whole, manner=None, hint=hint)


def _one(guess: Any) -> Sequence[Any]:
    return [] if guess is ... else [guess]


def _listed(answer: Any) -> Sequence[Any]:
    return list(answer) if isinstance(answer, Iterable) and not isinstance(answer, (str, bytes)) else [answer]


def _compared(
    guess: Any, said: Sequence[Any], answer: Sequence[Any], about: str, manner: Manner, hint: str
) -> Prediction:
    return Prediction(
        guess=guess,
        answer=list(answer),
        about=about,
        comparison=compare(said, answer, manner),
        manner=manner,
        hint=hint,
    )


# --- of a flow -------------------------------------------------------------------------------------------------------


def _of_flow(
    flow: RunningFlow, guess: Any, at: str | None, tick: int | None, manner: Manner | None, hint: str
) -> Prediction:
    if at is None:
        raise ValueError('say where: `at` is an edge, such as `"hop -> reached"`, a name of the text, or an operator')
    edges = _edges_at(flow, at)
    number = _run_to(flow, tick)
    chosen = manner or (Manner.SET if isinstance(guess, Set) else Manner.BAG)
    answer = _went_over(flow, at, edges, number)
    about = f"what goes over `{at}`" if "->" in at else f"`{at}`"
    return _compared(guess, _items(guess), answer, f"{about} in tick {number}", chosen, hint)


def _run_to(flow: RunningFlow, tick: int | None) -> int:
    """Run ticks until one is over, by default the next; its number."""
    recording = flow.recording
    number = flow.current_tick() if tick is None else operator.index(tick)
    while flow.current_tick() <= number:
        flow.run_tick()
    if all(one.tick != number for one in recording.ticks):
        raise HydroflowError(
            message=f"tick {number} of the flow `{flow.name}` is not recorded: run the flow's cell again, and predict "
            "the tick before it runs"
        )
    return number


def _edges_at(flow: RunningFlow, at: str) -> Sequence[str]:
    """The elements of the wires that leave a place, those within a pipeline left out."""
    graph = flow.graph.partitioned
    edges = {wire.edge.id: wire.edge for wire in reversed(wires_of(graph, at))}
    within = {edge.source for edge in edges.values()} if len(edges) > 1 else set()
    leaving = [edge for edge in edges.values() if edge.target not in within] or list(edges.values())
    # An edge with a handoff is two wires; what was recorded as it came is on the first.
    first = {wire.edge.id: wire.element for wire in reversed(graph.wires)}
    return [first[edge.id] for edge in sorted(leaving, key=lambda edge: edge.id)]


def _went_over(flow: RunningFlow, at: str, edges: Sequence[str], tick: int) -> Sequence[Any]:
    """The items on the edges of a place, which have to be the same on all of them, as behind a `tee`."""
    steps = flow.recording.tick(tick).steps
    moves = [[step.moves[edge] for step in steps if edge in step.moves] for edge in edges]
    counts = [sum(moved.count for moved in moved_there) for moved_there in moves]
    items = [[item for moved in moved_there for item in moved.items] for moved_there in moves]
    if any(not compare(other, items[0], Manner.SEQUENCE).is_equal for other in items[1:]):
        places = Places(flow.graph.partitioned)
        listed = ", ".join(
            f"`{places.place_of(wire)}`" for wire in flow.graph.partitioned.wires if wire.element in edges
        )
        raise HydroflowError(message=f"not the same goes over all edges of `{at}`: name one, {listed}")
    if len(items[0]) < counts[0]:
        raise HydroflowError(
            message=f"{counts[0]:,} items went over `{at}` in tick {tick}, and {len(items[0]):,} of them are kept: "
            "that is too much to predict"
        )
    return items[0]
