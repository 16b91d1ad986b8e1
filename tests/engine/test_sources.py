from __future__ import annotations

from typing import Any

import pytest

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.sources import inbox_of


@pytest.mark.parametrize("source", [3, [1, 2], iter([1]), "text", None, print])
def test_what_is_no_channel_is_told_with_what_would_be_one(source: Any) -> None:
    with pytest.raises(Misfit, match=f"cannot read from {type(source).__name__}") as caught:
        inbox_of(source)

    assert "channel()" in caught.value.hint
