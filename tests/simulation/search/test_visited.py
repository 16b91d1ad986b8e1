"""The table of states that were met."""

from __future__ import annotations

from random import Random

from hydroflow_nb.simulation.search.visited import Visited


def test_every_state_that_was_put_in_is_found_with_what_was_left_out_last():
    chance = Random(1)
    visited, expected = Visited(), {}

    for _ in range(2_000):
        # Few first bytes, so that many digests want one place.
        digest = chance.randbytes(1) + bytes(7) + chance.randbytes(1) + bytes(7)
        asleep = frozenset(chance.sample(["a", "b", "c"], chance.randrange(3)))
        assert visited.get(digest) == expected.get(digest)
        visited.put(digest, asleep)
        expected[digest] = asleep

    assert len(visited) == len(expected)
    assert all(visited.get(digest) == asleep for digest, asleep in expected.items())


def test_a_digest_that_was_not_put_in_is_not_found():
    visited = Visited()
    visited.put(bytes(16), frozenset())

    assert visited.get(bytes(15) + b"x") is None
