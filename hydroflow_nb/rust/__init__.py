"""The way out: a flow as a Rust program for the crate that Hydroflow is published as."""

from __future__ import annotations

from hydroflow_nb.rust.project import RustProject, project_of

__all__ = ["RustProject", "project_of"]
