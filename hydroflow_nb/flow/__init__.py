"""A compiled flow, what a user holds, runs and looks at; and how it is made from a text."""

from __future__ import annotations

from hydroflow_nb.flow.compiling import compile_as, flow_of, names_of
from hydroflow_nb.flow.flow import Flow

__all__ = ["Flow", "compile_as", "flow_of", "names_of"]
