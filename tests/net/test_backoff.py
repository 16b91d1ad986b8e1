from __future__ import annotations

from hydroflow_nb.net.backoff import Backoff


def test_delays_are_between_half_of_what_doubles_up_to_the_most_and_all_of_it() -> None:
    bounds = [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]

    for seed in range(50):
        backoff = Backoff(seed=seed)
        assert all(bound / 2 <= backoff.delay() <= bound for bound in bounds)


def test_two_who_lost_somebody_together_do_not_come_back_together() -> None:
    one, other = Backoff(), Backoff()

    assert [one.delay() for _ in range(5)] != [other.delay() for _ in range(5)]


def test_delays_are_spread_over_all_they_may_be() -> None:
    drawn = [Backoff(first=1.0, most=1.0, seed=seed).delay() for seed in range(200)]

    assert min(drawn) < 0.55
    assert max(drawn) > 0.95


def test_after_a_success_delays_are_short_again() -> None:
    backoff = Backoff(seed=1)
    for _ in range(5000):
        backoff.delay()

    backoff.reset()

    assert backoff.delay() <= 0.05
