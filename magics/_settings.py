"""What is set for a whole notebook: `%config HydroflowMagics.check = True`, `%config HydroflowMagics.recording = 0`."""

from __future__ import annotations

from traitlets import Bool, Int
from traitlets.config import Configurable


class HydroflowMagics(Configurable):
    """The settings of the magics, under the name that `%config` shows."""

    check = Bool(False, help="Check each flow that a `%%hydroflow` cell shows, and show the report under it.").tag(
        config=True
    )
    share = Bool(
        False,
        help="Put the run of each flow that a `%%hydroflow` cell shows below its stepper, as a page of its own.",
    ).tag(config=True)
    recording = Int(
        20_000,
        min=0,
        help="The items that are recorded of each flow that a `%%hydroflow` cell shows, from its first tick on; "
        "0 records nothing.",
    ).tag(config=True)
