"""Values as YAML, as a person would write it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hydroflow_nb.errors import HydroflowError

# What a YAML document is made of.
Value = Mapping[str, Any] | Sequence[Any] | str | int | float | bool | None


def as_yaml(documents: Iterable[Value], comment: str) -> str:
    """Documents as one text, in the order of their keys, with a comment before them. Raises HydroflowError where PyYAML
    is not installed.
    """
    try:
        import yaml
    except ImportError:
        raise HydroflowError(
            message="manifests are written by PyYAML, which is not installed: `pip install hydroflow-nb[manifests]`"
        ) from None

    class Dumper(yaml.SafeDumper):  # type: ignore[misc]
        """Writes a text of several lines as it is, and what stands twice twice."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def as_lines(dumper: Any, text: str) -> Any:
        style = "|" if "\n" in text else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, as_lines)
    written = yaml.dump_all(
        documents, Dumper=Dumper, sort_keys=False, width=110, allow_unicode=True, default_flow_style=False
    )
    head = "".join(f"# {line}".rstrip() + "\n" for line in comment.splitlines())
    return f"{head}{written}"
