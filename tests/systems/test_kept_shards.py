"""A folder of durable shards goes on with the same shards only."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.systems.launching import Deployment

TEXT = """
front = process();
counters = cluster(shards_by="{shards_by}");
@front source_stream(words) -> map(|word| (word, word)) ~> counted;
@counters counted = unique::<'static>() -> null();
"""


class Noted:
    """A launcher that runs nothing."""

    async def launch(self, deployment: Deployment) -> Any:
        return deployment


def deploy(durable: Path | None, shards_by: str = "[0]", **members: Any) -> None:
    system = hf.compile(TEXT.format(shards_by=shards_by), {"words": hf.channel()}, "counts")
    assert isinstance(system, hf.System)
    asyncio.run(system.deploy(on=Noted(), durable=durable, **members))


def test_the_same_shards_go_on(tmp_path: Path) -> None:
    for _ in range(2):
        deploy(tmp_path / "kept", counters=2)


@pytest.mark.parametrize("other", [{"counters": 3}, {"counters": ["counters2", "counters1"]}])
def test_other_shards_are_refused(tmp_path: Path, other: dict[str, Any]) -> None:
    deploy(tmp_path, counters=2)

    with pytest.raises(hf.HydroflowError, match=r"\['counters1', 'counters2'\] by '\[0\]': now they are"):
        deploy(tmp_path, **other)
    deploy(tmp_path, counters=2)


def test_another_key_is_refused(tmp_path: Path) -> None:
    deploy(tmp_path, counters=2)

    with pytest.raises(hf.HydroflowError, match=r"by '\[1\]', and would not find it"):
        deploy(tmp_path, "[1]", counters=2)


@pytest.mark.parametrize("content", ["[1]", "{", "[" * 100_000])
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "shards.json").write_text(content)

    with pytest.raises(hf.HydroflowError, match=r"shards\.json"):
        deploy(tmp_path, counters=2)


def test_where_nothing_is_kept_any_shards_may_run(tmp_path: Path) -> None:
    deploy(None, counters=2)
    deploy(None, counters=3)

    assert not list(tmp_path.iterdir())
