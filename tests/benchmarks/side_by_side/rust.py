"""Hydroflow in Rust: a Cargo project of all shapes, built outside of this repository, and the process that runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from side_by_side.shape import Shape, Taken

CRATE = "hydroflow 0.10.0"
MANIFEST = """\
[package]
name = "hydroflow-side-by-side"
version = "0.0.0"
edition = "2021"
publish = false

[dependencies]
hydroflow = { version = "=0.10.0", default-features = false, features = ["macros"] }
tokio-util = "=0.7.13" # a newer one makes a call of hydroflow 0.10 ambiguous

[profile.release]
opt-level = 3

[workspace]
"""
HEAD = """\
// Written by side_by_side/rust.py. Each line of the input names a shape by its number and the folder of its inputs: the
// answer is the processor time of a run in nanoseconds. With a third word, the items go to the file of that name.
#![allow(unused)]
use hydroflow::hydroflow_syntax;
use std::{cell::RefCell, collections::HashMap, fmt::Debug, io::{BufRead, Write}, rc::Rc};

#[repr(C)]
struct Time { seconds: i64, nanoseconds: i64 }
extern "C" { fn clock_gettime(clock: i32, time: *mut Time) -> i32; }
const PROCESS_TIME: i32 = if cfg!(target_os = "macos") { 12 } else { 2 };
fn cpu() -> i64 {
    let mut time = Time { seconds: 0, nanoseconds: 0 };
    unsafe { clock_gettime(PROCESS_TIME, &mut time); }
    time.seconds * 1_000_000_000 + time.nanoseconds
}

type Sink<T> = Rc<RefCell<Vec<T>>>;
fn sink<T>() -> Sink<T> { Rc::new(RefCell::new(Vec::new())) }
fn texts(folder: &str, name: &str) -> Vec<String> {
    std::fs::read_to_string(format!("{folder}/{name}")).unwrap().lines().map(String::from).collect()
}
fn numbers(folder: &str, name: &str) -> Vec<i64> {
    texts(folder, name).iter().map(|line| line.parse().unwrap()).collect()
}
fn pair(line: &str) -> (i64, i64) {
    let (a, b) = line.split_once(' ').unwrap();
    (a.parse().unwrap(), b.parse().unwrap())
}
fn pairs(folder: &str, name: &str) -> Vec<(i64, i64)> {
    texts(folder, name).iter().map(|line| pair(line)).collect()
}
fn write<T: Debug>(file: &str, sinks: &[Sink<T>]) {
    if file.is_empty() { return; }
    let mut out = std::io::BufWriter::new(std::fs::File::create(file).unwrap());
    for sink in sinks { for item in sink.borrow().iter() { writeln!(out, "{item:?}").unwrap(); } }
}
"""
MAIN = """
fn main() {
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let mut words = line.split('\\t');
        let (shape, folder, file) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap_or(""));
        let spent = match shape { %s _ => panic!("no shape {shape}") };
        println!("{spent}");
        std::io::stdout().flush().unwrap();
    }
}
"""


def function_of(number: int, shape: Shape) -> str:
    """The function that runs a shape once."""
    sinks = [f"out{out}" for out in range(shape.outs)]
    text = shape.rust
    return "\n".join(
        [
            f"#[inline(never)]\nfn shape{number}(folder: &str, file: &str) -> i64 {{",
            *(f'let {name} = {reader_of(items)}(folder, "{name}");' for name, items in shape.inputs.items()),
            *(f"let {name} = sink(); let kept_{name} = {name}.clone();" for name in sinks),
            text.setup,
            f"let mut flow = hydroflow_syntax! {{ {text.flow} }};",
            *(f"let {name} = kept_{name};" for name in sinks),
            text.load,
            "let start = cpu();",
            text.run,
            "let spent = cpu() - start;",
            f"write(file, &[{', '.join(sinks)}]);",
            "spent\n}\n",
        ]
    )


def reader_of(items: Sequence[Any]) -> str:
    """What reads such items: texts, pairs, or numbers."""
    match items[0]:
        case str():
            return "texts"
        case tuple():
            return "pairs"
    return "numbers"


def program(shapes: Iterable[Shape]) -> str:
    """The text of `main.rs`. Shapes that differ by what they hold alone are one function."""
    functions = distinct(shapes)
    arms = " ".join(f'"{number}" => shape{number}(folder, file),' for number, _ in functions.values())
    return HEAD + "".join(function_of(number, shape) for number, shape in functions.values()) + MAIN % arms


def distinct(shapes: Iterable[Shape]) -> dict[object, tuple[int, Shape]]:
    """The shapes that need a function of their own, by what this function depends on, with its number."""
    found: dict[object, tuple[int, Shape]] = {}
    for shape in shapes:
        found.setdefault(key_of(shape), (len(found), shape))
    return found


def key_of(shape: Shape) -> object:
    """What a shape's function in Rust depends on."""
    return shape.rust, tuple(shape.inputs), shape.outs


class Rust:
    """The shapes in Rust, built and running. Raises RustIsMissing where there is no Cargo, or it fails."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        """Build all that differ by more than their inputs; so small ones will do."""
        if (cargo := shutil.which("cargo")) is None:
            raise RustIsMissing("cargo is not here")
        self._numbers = {key: number for key, (number, _) in distinct(shapes).items()}
        self._process = subprocess.Popen(
            [build(cargo, shapes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._inputs = tempfile.TemporaryDirectory()

    def way(self, shape: Shape) -> RustWay:
        """The way of a shape: its inputs are written to files, where the process reads them."""
        folder = Path(tempfile.mkdtemp(dir=self._inputs.name))
        for name, items in shape.inputs.items():
            lines = (" ".join(map(str, item)) if isinstance(item, tuple) else str(item) for item in items)
            (folder / name).write_text("\n".join(lines), encoding="utf-8")
        return RustWay(self, self._numbers[key_of(shape)], folder)

    def ask(self, *words: object) -> float:
        """What a run has taken, in seconds."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\t".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline()) / 1e9

    def close(self) -> None:
        """End the process, and remove the inputs."""
        self._process.communicate()
        self._inputs.cleanup()


class RustWay:
    """A shape that the process runs."""

    def __init__(self, rust: Rust, number: int, folder: Path) -> None:
        self._rust = rust
        self._number = number
        self._folder = folder

    def run(self) -> Taken:
        """Read the inputs, run the flow once, and say what the running alone took."""
        return Taken(self._rust.ask(self._number, self._folder), self._items)

    def _items(self) -> list[str]:
        """The items of one run more, as Rust writes them."""
        file = self._folder / "items that came out"
        self._rust.ask(self._number, self._folder, file)
        return file.read_text(encoding="utf-8").splitlines()

    def remove(self) -> None:
        """Forget the inputs."""
        shutil.rmtree(self._folder)


class RustIsMissing(Exception):
    """Why no flow runs in Rust."""


def build(cargo: str, shapes: Sequence[Shape]) -> Path:
    """Write the project and build it; its program. It stands in the folder of temporary files, and so does what Cargo
    makes of it, unless `CARGO_TARGET_DIR` says otherwise. So the second time takes a moment.
    """
    project = Path(tempfile.gettempdir()) / "hydroflow-side-by-side"
    target = Path(os.environ.get("CARGO_TARGET_DIR", project / "target"))
    (project / "src").mkdir(parents=True, exist_ok=True)
    for path, text in ((project / "Cargo.toml", MANIFEST), (project / "src" / "main.rs", program(shapes))):
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    print("building Hydroflow in Rust; the first time takes some minutes", flush=True)
    done = subprocess.run(
        [cargo, "build", "--release", "--quiet"],
        cwd=project,
        env=os.environ | {"CARGO_TARGET_DIR": str(target)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RustIsMissing(f"cargo fails:\n{done.stderr}")
    return target / "release" / "hydroflow-side-by-side"
