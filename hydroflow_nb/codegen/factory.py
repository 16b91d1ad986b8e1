"""The form of a flow's factory: the function that makes the flow's variables and returns the strata's functions.

```
def flow(context, runtime):
    sorted_ = runtime.sorted        # what is asked of the engine
    items = []                      # variables: buffers, state, functions of the user
    def stratum_0(): ...
    return (stratum_0,)
```
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from hydroflow_nb.codegen.places import Position


def factory_module(
    name: str,
    runtime: str,
    asked: Mapping[str, str],
    variables: Sequence[ast.stmt],
    strata: Sequence[ast.stmt],
    position: Position,
) -> ast.Module:
    """A module with a factory. `runtime` is the name of its second parameter; `asked` are the variables for what
    the code takes from the runtime, by the name there; `variables` are the statements that make the other variables,
    `strata` the functions.
    """
    names = [one.name for one in strata if isinstance(one, ast.FunctionDef)]
    function = position.statement(f"def {name}(context, {runtime}): return ({', '.join(names)},)")
    assert isinstance(function, ast.FunctionDef)
    given = position.statements([f"{variable} = {runtime}.{of}" for of, variable in asked.items()])
    function.body = [*given, *variables, *strata, *function.body]
    return ast.Module(body=[function], type_ignores=[])


class Factory:
    """A factory as it was generated, read by its statements."""

    def __init__(self, module: ast.Module, strata: Sequence[str]) -> None:
        (function,) = module.body
        assert isinstance(function, ast.FunctionDef)
        self.function = function
        self.context, self.runtime = (argument.arg for argument in function.args.args)
        not_variables = set(strata)
        # The statements that make variables, in their order.
        self.statements = [one for one in function.body if (made := names_made(one)) and not made & not_variables]

    def asked_of_runtime(self, statement: ast.stmt) -> str | None:
        """What `name = runtime.asked` asks for; None for any other statement."""
        match statement:
            case ast.Assign(value=ast.Attribute(value=ast.Name(id=name), attr=asked)) if name == self.runtime:
                return asked
        return None


def names_made(statement: ast.stmt) -> set[str]:
    """The variables that a statement makes."""
    match statement:
        case ast.FunctionDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return set()
