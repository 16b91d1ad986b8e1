"""What is written behind `%%hydroflow`, with its mistakes as IPython shows those of a magic."""

from __future__ import annotations

from hydroflow_nb.magics._errors import usage_error
from hydroflow_nb.syntax import first_line
from hydroflow_nb.syntax.first_line import DEFAULT_NAME, OPTIONS, USAGE, OptionError, Options

__all__ = ["DEFAULT_NAME", "OPTIONS", "USAGE", "Options", "read_options"]


def read_options(line: str) -> Options:
    """Options: `[name] [--no-show] [--code] [--live] [--recording N | --no-recording] [--share] [--check]
    [--without NAME]...` or `name <<`, which shows nothing.

    Raises UsageError for anything else.
    """
    try:
        return first_line.read_options(line)
    except OptionError as error:
        raise usage_error(str(error), error.hint) from None
