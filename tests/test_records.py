"""`dataclass` does what that of the standard library does: each class here is made by both."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest

from hydroflow_nb import records

Decorator = Callable[..., Any]

OPTIONS: list[dict[str, bool]] = [
    {},
    {"frozen": True},
    {"frozen": True, "kw_only": True},
    {"frozen": True, "kw_only": True, "slots": True},
    {"kw_only": True, "eq": False},
    {"frozen": True, "eq": False},
    {"frozen": True, "repr": False},
    {"slots": True},
]


def point(decorator: Decorator, **options: bool) -> Any:
    """A class with fields of all kinds."""

    class Point:
        """A point."""

        made: ClassVar[int] = 0

        x: int
        y: int = 2
        names: list[str] = dataclasses.field(default_factory=list)
        secret: str = dataclasses.field(default="s", repr=False, compare=False)
        total: int = dataclasses.field(init=False)
        kept: dict[str, int] = dataclasses.field(default_factory=dict, init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "total", self.x + self.y)

    return decorator(**options)(Point)


@pytest.fixture(params=OPTIONS, ids=lambda options: " ".join(options) or "plain")
def both(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Any]]:
    pair = point(records.dataclass, **request.param), point(dataclasses.dataclass, **request.param)
    yield pair
    if hasattr(sys.modules[__name__], "Pickled"):
        delattr(sys.modules[__name__], "Pickled")


def said(act: Callable[[], object]) -> object:
    """What a call gives, or what it raises."""
    try:
        return act()
    except Exception as raised:
        return type(raised), str(raised)


def test_a_class_has_the_same_signature_fields_and_doc(both: tuple[Any, Any]) -> None:
    ours, theirs = both

    assert str(inspect.signature(ours)) == str(inspect.signature(theirs))
    assert [(one.name, one.kw_only, one.type) for one in dataclasses.fields(ours)] == [
        (one.name, one.kw_only, one.type) for one in dataclasses.fields(theirs)
    ]
    assert ours.__annotations__ == theirs.__annotations__
    assert ours.__match_args__ == theirs.__match_args__
    assert ours.__doc__ == theirs.__doc__
    assert str(ours.__dataclass_params__) == str(theirs.__dataclass_params__)
    assert ours.__init__.__qualname__ == theirs.__init__.__qualname__


@pytest.mark.parametrize(
    "act",
    [
        lambda c: re.sub("0x[0-9a-f]+", "0x", repr(c(x=1))),
        lambda c: c(x=1, names=["a"]).names,
        lambda c: c(x=1).names is c(x=1).names,
        lambda c: (c(x=1).total, c(x=1, y=5).total, c(x=1).kept),
        lambda c: c(1),
        lambda c: c(),
        lambda c: c(x=1, z=2),
        lambda c: c(x=1) == c(x=1),
        lambda c: c(x=1) == c(x=1, secret="other"),
        lambda c: c(x=1) == c(x=2),
        lambda c: c(x=1) == 1,
        lambda c: len(set(map(hash, [c(x=1), c(x=1)]))),
        lambda c: len(set(map(hash, [c(x=1, names=()), c(x=1, names=()), c(x=1, names=(), secret="other")]))),
        lambda c: setattr(c(x=1), "x", 2),
        lambda c: delattr(c(x=1), "x"),
        lambda c: dataclasses.replace(c(x=1), y=7).total,
        lambda c: copy.copy(c(x=1, names=["a"])).names,
        lambda c: copy.deepcopy(c(x=1, names=["a"])).total,
        lambda c: dataclasses.asdict(c(x=1)),
    ],
)
def test_it_does_the_same(act: Callable[[Any], object], both: tuple[Any, Any]) -> None:
    ours, theirs = (said(lambda one=one: act(one)) for one in both)  # type: ignore[misc]

    assert (ours if not isinstance(ours, both[0]) else vars_of(ours)) == (
        theirs if not isinstance(theirs, both[1]) else vars_of(theirs)
    )


def vars_of(instance: Any) -> dict[str, Any]:
    return {one.name: getattr(instance, one.name) for one in dataclasses.fields(instance)}


def test_it_is_pickled(both: tuple[Any, Any]) -> None:
    ours, _ = both
    ours.__qualname__ = "Pickled"
    sys.modules[__name__].Pickled = ours  # type: ignore[attr-defined]

    assert vars_of(pickle.loads(pickle.dumps(ours(x=3)))) == vars_of(ours(x=3))


def test_fields_behind_a_mark_are_given_by_name_alone() -> None:
    @records.dataclass
    class Point:
        x: int
        _: dataclasses.KW_ONLY
        y: int = 2

    assert (Point(1, y=3).y, Point.__match_args__, Point.__doc__) == (3, ("x",), None)
    with pytest.raises(TypeError, match="positional"):
        Point(1, 3)


def test_what_a_class_defines_itself_stays() -> None:
    @records.dataclass(frozen=True)
    class Own:
        x: int

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 7

        def __repr__(self) -> str:
            return "own"

    assert (Own(1) == Own(2), hash(Own(1)), repr(Own(1))) == (True, 7, "own")


def test_a_class_below_another_has_the_fields_of_both_and_is_as_frozen() -> None:
    @records.dataclass(frozen=True)
    class Above:
        x: int

    @records.dataclass(frozen=True)
    class Below(Above):
        y: int = 0

    @dataclasses.dataclass(frozen=True)
    class TheirsBelow(Above):
        y: int = 0

    for made in (Below(1, 2), TheirsBelow(1, 2)):
        assert (made.x, made.y) == (1, 2)
        with pytest.raises(dataclasses.FrozenInstanceError):
            made.y = 3  # type: ignore[misc]
    with pytest.raises(TypeError, match="non-frozen"):
        records.dataclass(type("Thawed", (Above,), {}))


@pytest.mark.parametrize("slots", [False, True])
def test_a_frozen_class_takes_no_further_attribute(slots: bool) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        point(records.dataclass, frozen=True, slots=slots)(x=1).other = 2


def test_one_value_that_is_not_equal_to_itself_is_compared_as_in_a_tuple() -> None:
    @records.dataclass(frozen=True)
    class One:
        x: float

    nan = float("nan")

    assert One(nan) == One(nan)
