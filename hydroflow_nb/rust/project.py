"""A flow as a Cargo project."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from hydroflow_nb.errors import GraphError
from hydroflow_nb.ir.graph import FlatGraph
from hydroflow_nb.rust.graph import Input, Translation
from hydroflow_nb.rust.shown import as_html
from hydroflow_nb.rust.types import in_rust

_CARGO: Final = """\
[package]
name = "{name}"
version = "0.1.0"
edition = "2021"
publish = false

[dependencies]
hydroflow = {{ version = "0.10.0", default-features = false, features = ["macros"] }}
# With a newer one a call of this version of Hydroflow is ambiguous.
tokio-util = "=0.7.13"
indexmap = "2"
serde_json = {{ version = "1", features = ["preserve_order"] }}

# A number that leaves its 64 bits ends the program; it does not wrap.
[profile.release]
overflow-checks = true

[workspace]
"""
_HEAD: Final = """\
//! {about}
//!
//! Each line of the output is `{{"name": item}}`, for an item that came to the sink of that name.{input}
#![allow(unused_imports, unused_parens, unused_variables, unused_mut, dead_code, unreachable_code, clippy::all)]

mod python;

use std::sync::LazyLock;

use hydroflow::hydroflow_syntax;
use python::{{IndexMap, IndexSet}};

"""
_INPUT: Final = """
//! Each line of the input is `{"name": item}`, for the input of that name. An empty line ends a tick; the output of
//! that tick ends with an empty line, too."""
_READING: Final = """\
    for text in std::io::stdin().lines() {{
        match python::line(&text.expect("the input is text")) {{
            Some((name, item)) => match name.as_str() {{
{cases}
                other => panic!("no input is called {{other}}"),
            }},
            None => {{
                flow.run_tick();
                println!();
            }}
        }}
    }}
"""


class RustProject:
    """A flow as a project for Cargo: `text` is the program, `files` are all texts of the project by their paths.

    `write(folder)` puts them into a folder. In a notebook it shows the program.
    """

    def __init__(self, name: str, translation: Translation) -> None:
        self.name = _package(name)
        self._about = f"The flow `{name}`, translated from Python."
        self._translation = translation

    @cached_property
    def text(self) -> str:
        """The program: `src/main.rs`."""
        translation = self._translation
        head = _HEAD.format(about=self._about, input=_INPUT if translation.inputs else "")
        constants = "".join(f"{line}\n" for line in translation.constants)
        functions = "".join(f"{text}\n\n" for text in translation.functions)
        return f"{head}{constants}{chr(10) if constants else ''}{functions}fn main() {{\n{self._body()}}}\n"

    def _body(self) -> str:
        inputs = self._translation.inputs
        ends = "".join(
            f"    let (to_{one.end}, {one.end}) = hydroflow::util::unbounded_channel::<{in_rust(one.type)}>();\n"
            for one in inputs
        )
        statements = "".join(f"        {line}\n" for line in self._translation.text().splitlines())
        reading = _READING.format(cases=_cases(inputs)) if inputs else ""
        return (
            f"{ends}    let mut flow = hydroflow_syntax! {{\n{statements}    }};\n{reading}    flow.run_available();\n"
        )

    @property
    def files(self) -> Mapping[str, str]:
        """The texts of the project, by their paths in its folder."""
        support = files("hydroflow_nb.rust").joinpath("python.rs").read_text(encoding="utf-8")
        return {
            "Cargo.toml": _CARGO.format(name=self.name),
            "src/main.rs": self.text,
            "src/python.rs": support,
            **{f"src/{name}": text for name, text in self._translation.data.items()},
        }

    def write(self, folder: str | Path) -> Path:
        """Write the project into a folder, which is made if it is missing; files of the same names are replaced. Gives
        the folder. `cargo run --release` there runs the flow. Raises OSError.
        """
        root = Path(folder)
        for path, text in self.files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return root

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return as_html(self.text)


def project_of(graph: FlatGraph, name: str, names: Mapping[str, Any], types: Mapping[str, Any]) -> RustProject:
    """The project of a flow's graph. `names` are those of the notebook, `types` those of channels' items.

    Raises HydroflowError with everything that cannot be translated.
    """

    def evaluate(node: ast.expr) -> Any:
        return eval(compile(ast.Expression(body=node), graph.source.filename, "eval"), dict(names))

    translation = Translation(graph, names, evaluate, types)
    if translation.refusals:
        raise GraphError(translation.refusals)
    return RustProject(name, translation)


def _cases(inputs: Sequence[Input]) -> str:
    """What is done with an item of each input; several sources of one channel get each item."""
    by_name: dict[str, list[Input]] = {}
    for one in inputs:
        by_name.setdefault(one.name, []).append(one)
    lines = []
    for name, ends in by_name.items():
        sent = " ".join(f"to_{one.end}.send(python::read(&item)).unwrap();" for one in ends)
        lines.append(f'                "{name}" => {{ {sent} }}')
    return "\n".join(lines)


def _package(name: str) -> str:
    """The name of a flow as that of a package."""
    plain = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")
    return plain if plain[:1].isalpha() else f"flow-{plain}".rstrip("-")
