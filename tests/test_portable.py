"""Errors of the package go through pickle, copies and process pools as they are."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import pkgutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

import hydroflow_nb as hf
from hydroflow_nb.diagnostics import error
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.simulation.model.properties import Property, PropertyViolated, When
from hydroflow_nb.simulation.search.trial import Failed, Failure
from hydroflow_nb.source import Source


def error_classes():
    """All classes of exceptions that a module of the package defines."""
    found = {}
    for module in pkgutil.walk_packages(hf.__path__, "hydroflow_nb."):
        if module.name.endswith("__main__"):
            continue
        try:
            loaded = importlib.import_module(module.name)
        except ModuleNotFoundError as missing:
            # What a module needs may be an extra that is not installed.
            if (missing.name or "").startswith("hydroflow_nb"):
                raise
            continue
        for member in vars(loaded).values():
            is_error = inspect.isclass(member) and issubclass(member, BaseException)
            if is_error and member.__module__.startswith("hydroflow_nb"):
                found[f"{member.__module__}.{member.__qualname__}"] = member
    return found


def diagnostic():
    source = Source(text="source_iter([1]) -> nobody();", label="In[1]")
    return error("HF201", "there is no operator `nobody`", source.span(20, 26), notes=["a fact"], hint="write another")


def made(kind):
    """An error of a class, made as the package makes it."""
    if kind is PropertyViolated:
        return kind(Property(name="agreed", when=When.ALWAYS, predicate=len), 3, None)
    if issubclass(kind, HydroflowError):
        return kind([diagnostic()])
    if kind is Failed:
        return kind(Failure(error=ValueError("a fault"), name="alice raises", when=None), [])
    if not inspect.isfunction(kind.__init__):
        return kind("a message")
    parameters = [one for one in inspect.signature(kind).parameters.values() if one.default is one.empty]
    given = {"law": "commutes", "counterexample": (1, 2), "diagnostic": diagnostic(), "item": [1], "limit": 3}
    given |= {
        "faults": [ValueError("a fault")],
        "length": 4,
        "bodies": [b"x"],
        "message": "a message",
        "reason": "cut off",
        "offset": 14,
        "aborted": True,
    }
    positional = [given.get(one.name, "text") for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    return kind(*positional, **{one.name: given[one.name] for one in parameters if one.kind is one.KEYWORD_ONLY})


def looks(thing):
    """What an error tells, with its diagnostics as they are shown."""
    if isinstance(thing, dict):
        return {key: looks(value) for key, value in thing.items()}
    if isinstance(thing, BaseException):
        return type(thing), str(thing), looks(vars(thing))
    return looks(list(thing)) if isinstance(thing, tuple) else repr(thing)


WAYS = {f"pickle {n}": lambda e, n=n: pickle.loads(pickle.dumps(e, n)) for n in range(pickle.HIGHEST_PROTOCOL + 1)}
WAYS |= {"copy": copy.copy, "deepcopy": copy.deepcopy}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("kind", error_classes().values(), ids=error_classes())
def test_every_error_of_the_package_can_be_pickled_and_copied_with_its_text_notes_and_attributes(kind, way):
    before = made(kind)
    before.add_note("a note")

    after = way(before)

    assert type(after) is kind
    assert looks(after) == looks(before)
    assert after.__notes__ == ["a note"]


def test_a_note_on_a_copy_is_none_on_the_error_itself():
    before = HydroflowError([diagnostic()])
    before.add_note("a note")

    copy.copy(before).add_note("another one")

    assert before.__notes__ == ["a note"]


def fail(text):
    with hf.compile(text, namespace={}) as flow:
        flow.run_available()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("source_iter([1]) -> ", hf.SurfaceSyntaxError),
        ("nobody -> for_each(print);", hf.GraphError),
        ("source_iter([[1]]) -> unique() -> null();", hf.ItemError),
        ("source_iter([1]) -> assert_eq([2]);", hf.AssertionFailed),
    ],
)
def test_a_process_pool_gets_the_error_with_its_diagnostics(text, kind):
    with pytest.raises(kind) as here:
        fail(text)

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool, pytest.raises(kind) as there:
        pool.submit(fail, text).result(60)

    assert str(there.value) == str(here.value)
    assert [one.message for one in there.value.diagnostics] == [one.message for one in here.value.diagnostics]
    assert there.value.diagnostics[0].span.text == here.value.diagnostics[0].span.text
