"""Histories: what clients asked a system and what it answered, and checks of them. Plain data; no flow is needed.

`linearize(operations, Register())` says whether a history of a register is linearizable, `linearize_keys(operations)`
that of a key-value store.
"""

from __future__ import annotations

from hydroflow_nb.histories.linearizability import Linearization, linearize, linearize_keys
from hydroflow_nb.histories.models import UNKNOWN, Register
from hydroflow_nb.histories.operation import Operation

__all__ = ["UNKNOWN", "Linearization", "Operation", "Register", "linearize", "linearize_keys"]
