"""Searches at random: `make test` tries some examples of each, `make nightly` very many."""

from __future__ import annotations

from typing import Final

from hypothesis import HealthCheck, settings

# Other profiles of Hypothesis than that of `make nightly` have a hundred examples or so.
IS_NIGHTLY: Final = settings.default is not None and settings.default.max_examples >= 1_000


def random_flows(by_day: int, by_night: int = 1_000) -> settings:
    """Hypothesis's settings for so many flows, which take long to draw and to run."""
    return settings(
        max_examples=by_night if IS_NIGHTLY else by_day,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
