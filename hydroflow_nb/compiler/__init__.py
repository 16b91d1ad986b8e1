"""The compiler: from a flow's text to what the engine runs, for one flow or for each location of a system."""

from __future__ import annotations

from hydroflow_nb.compiler.compiled import Compiled, CompiledPart, CompiledSystem, load_compiled
from hydroflow_nb.compiler.compiling import channels_in, compile_source, compile_text, findings, the_one_flow

__all__ = [
    "Compiled",
    "CompiledPart",
    "CompiledSystem",
    "channels_in",
    "compile_source",
    "compile_text",
    "findings",
    "load_compiled",
    "the_one_flow",
]
