"""How the Rust crate writes an operator, and the types of its items there: what `flow.to_rust()` asks."""

from __future__ import annotations

from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class InRust:
    """An operator in the crate `hydroflow` 0.10.

    `text` is the call, empty for the operator's own name with its lifetimes and arguments: `{life}` are the lifetimes,
    `{0}` is the first argument, `{T}` a type. One that does not
    last has no lifetimes there: it forgets in each tick.

    Types are written as in Python; a capital letter stands for any type, and for the same one everywhere in the record.
    `inputs` are the types of the items at the inputs, in the order of ports; a single one stands for all inputs.
    `outputs` are those at the outputs. `arguments` tell of each argument. A function has parameters, `->`, and a
    result. `&T` is lent, `&mut T` is changed in place: the function's result takes its place. A result `truth` is
    asked whether it is true, `each[U]` gives its elements, `nothing` is dropped, `begin[A]` begins an accumulator.
    Other arguments: `list[T]` is a value, `stream[T]` a channel that items come from, `sink` one that they go to.
    The values of types in `hashed` are looked up in tables or sorted, which Rust lets no floats be.
    """

    text: str = ""
    lasts: bool = True
    inputs: tuple[str, ...] = ("T",)
    outputs: tuple[str, ...] = ("T",)
    arguments: tuple[str, ...] = ()
    hashed: tuple[str, ...] = ()


SAME = InRust()
