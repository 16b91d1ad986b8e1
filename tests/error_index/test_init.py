from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.error_index import BY_CODE
from hydroflow_nb.error_index.page import explanation


@pytest.mark.parametrize("code", ["HF201", "hf201", " 201 "])
def test_a_code_is_explained_however_it_is_written(code: str) -> None:
    assert hf.explain_error(code) == explanation(BY_CODE["HF201"])


@pytest.mark.parametrize("code", ["HF999", "", "join"])
def test_a_code_that_there_is_not_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match=f"there is no error `{code}`; the codes go from HF101 to HF7"):
        hf.explain_error(code)
