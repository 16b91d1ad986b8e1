"""What names stand for in a notebook, and in the program that they are carried to."""

from __future__ import annotations

import collections
import dataclasses
import functools
import json
import linecache
import math
import os.path
import sys
from types import ModuleType

import pytest

import hydroflow_nb as hf
from hydroflow_nb.deploy.carrying import names_file
from hydroflow_nb.engine.channel import Channel


def carried(names, *used):
    """The names as another program has them."""
    text = names_file(names, used or names, whose="p1")
    module = ModuleType("__main__")
    here, sys.modules["__main__"] = sys.modules["__main__"], module
    path = list(sys.path)
    try:
        exec(compile(text, "<names>", "exec"), vars(module))
    finally:
        sys.modules["__main__"] = here
        sys.path[:] = path
    return {name: value for name, value in vars(module).items() if name in names}


@pytest.fixture
def cell():
    """Run the text of a cell, as a notebook does. Gives its names."""
    names = {"__name__": "__main__"}

    def run(text, name="cell"):
        filename = f"<{name}>"
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        exec(compile(text, filename, "exec"), names)
        return {name: value for name, value in names.items() if not name.startswith("__")}

    yield run
    for filename in [one for one in linecache.cache if one.startswith("<cell")]:
        del linecache.cache[filename]


PLAIN = {
    "whole": 7,
    "words": 'a "quoted"\n\u202e text',
    "nested": [(1,), {"a": {2.5}}, frozenset({b"x"}), None, ..., 1j],
    "empty": [set(), (), {}, []],
    "endless": math.inf,
    "changing": bytearray(b"x"),
}


def test_plain_values_are_written_as_they_are():
    assert carried(PLAIN) == PLAIN
    assert math.isnan(carried({"x": math.nan})["x"])
    found = carried({"requests": hf.channel()})["requests"]
    assert (type(found), len(found)) == (Channel, 0)


def test_two_names_of_one_value_stay_so():
    log = []

    found = carried({"log": log, "again": log, "other": []})

    assert found["log"] is found["again"]
    assert found["log"] is not found["other"]


def test_containers_of_collections_are_the_same():
    names = {
        "count": collections.Counter("aab"),
        "last": collections.deque([1, 2], 2),
        "by": collections.defaultdict(list),
    }

    found = carried(names)

    assert found == names
    assert (found["last"].maxlen, found["by"]["x"]) == (2, [])


def test_what_is_imported_is_imported_there():
    names = {
        "json": json,
        "path": os.path,
        "inf": math.sqrt,
        "size": len,
        "Deque": collections.deque,
        "hf": hf,
        "run": hf.compile,
    }

    assert carried(names) == names


CELL = '''
import math
from dataclasses import dataclass, field
from functools import lru_cache

FACTOR = 3

def base(x):
    """A text
    of two lines."""
    return x * FACTOR

@dataclass
class Vote:
    who: str
    for_: list = field(default_factory=list)

class Loud(Vote):
    def said(self):
        return shout(self.who)

def shout(text): return text.upper() + "!"

@lru_cache
def slow(x, by=FACTOR):
    return base(x) + by + math.floor(0.5)

low, high = lambda x: x - 1, lambda x: x + FACTOR
twice = shout
even = lambda n: True if n == 0 else odd(n - 1)
odd = lambda n: False if n == 0 else even(n - 1)
first = Vote("a", [Vote("b")])
unrelated = object()
'''


def test_functions_and_classes_of_cells_are_carried_with_what_they_use(cell):
    names = cell(CELL)

    found = carried(names, "slow", "Loud", "high", "low", "first", "twice", "even")

    assert (found["slow"](2), found["low"](2), found["high"](2)) == (9, 1, 5)
    assert found["Loud"]("a").said() == found["twice"]("a") == "A!"
    assert found["first"] == found["Vote"]("a", [found["Vote"]("b")])
    assert found["base"].__doc__ == names["base"].__doc__
    assert found["even"](10)
    assert "unrelated" not in found


def test_classes_that_messages_are_made_of_are_carried_unasked(cell):
    names = cell("from dataclasses import dataclass\n@dataclass\nclass Said:\n    text: str\nx = 1\n")

    assert carried(names, "x")["Said"]("a").text == "a"


def test_the_newest_cell_counts_that_defines_a_class_without_methods(cell):
    cell("import enum\nclass Colour(enum.Enum):\n    RED = 1\n", "cell 1")
    names = cell("class Colour(enum.Enum):\n    BLUE = 2\n", "cell 2")

    assert [one.name for one in carried(names, "Colour")["Colour"]] == ["BLUE"]


@dataclasses.dataclass
class OfThisModule:
    """A class of a module that no other program can import."""

    x: int

    def more(self):
        """More of it."""
        return helper(self.x)


def helper(x):
    """What that class uses."""
    return x + len(PLAIN)


def test_what_a_module_defines_that_nobody_can_import_is_carried_too():
    found = carried({"thing": OfThisModule(1), "OfThisModule": OfThisModule})

    assert found["thing"].more() == helper(1)


def closure():
    """A function that holds a variable."""
    held = []
    return lambda x: held.append(x)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (object(), "cannot send <object"),
        (closure(), "it uses `held` of the function that made it"),
        ([].append, "no text tells how it was made"),
        (functools.partial(len), "no text tells|cannot send"),
        (ModuleType("made_up"), "a module that another program cannot import"),
        (hf.channel([1]), r"items wait in it, .* `\.drain\(\)`"),
    ],
)
def test_what_cannot_be_carried_is_told_by_its_name(value, why):
    with pytest.raises(hf.HydroflowError, match=f"`thing` cannot be carried to p1: .*{why}"):
        carried({"thing": value})


def test_a_name_that_another_one_uses_is_told_with_it(cell):
    names = cell("lock = object()\ndef locked(x):\n    return lock, x\n")

    with pytest.raises(hf.HydroflowError, match="`lock`, which `locked` uses, cannot be carried to p1"):
        carried(names, "locked")


def test_any_other_value_is_made_again_by_the_assignment_of_its_cell():
    cells = [
        "",
        "import re, random\nfrom operator import itemgetter",
        "first = itemgetter(1)",
        "shift = 1\nfirst = itemgetter(shift - 1)\npattern: re.Pattern = re.compile('a+')",
        "first((1, 2))",
    ]
    names = {"In": cells}
    for cell in cells:
        exec(cell, names)

    found = carried(names, "first", "pattern")

    assert (found["first"]("xy"), found["pattern"]) == ("x", names["pattern"])
    assert "random" not in found


@pytest.mark.parametrize(
    "cell", ["with open('/dev/null') as thing: pass", "thing = other = object()", "thing = await x"]
)
def test_what_is_bound_in_another_way_is_not_made_again(cell):
    with pytest.raises(hf.HydroflowError, match="`thing` cannot be carried"):
        carried({"In": ["thing = object()", cell], "thing": object()}, "thing")


def test_hostile_names_of_a_value_run_nothing(cell):
    value = {"'); print('ran') #": ["__import__('os').system('x')", "\\", "\x00"]}

    assert carried({"value": value}) == {"value": value}
