"""A member that runs as an actor: what is told of it."""

from __future__ import annotations

from types import SimpleNamespace

from ray_stand_in import Actor
from town import in_loop

from hydroflow_nb.deploy.background import Background
from hydroflow_nb.deploy.member_log import MemberLog
from hydroflow_nb.deploy.program import VERSION
from hydroflow_nb.deploy.ray.task import Born, News, Task
from hydroflow_nb.deploy.restarting import Restarts
from hydroflow_nb.deploy.telling import MemberTelling, Telling
from hydroflow_nb.systems.launching import Placed

TASK = Task(
    version=VERSION, run="run", name="one", location="one", texts={}, text="", names="", places={}, members=["one"]
)


@in_loop
async def test_its_log_says_what_it_needs_of_a_node_and_not_what_may_be_secret(ray, tmp_path):
    from hydroflow_nb.deploy.ray.member import RayMember

    born, news = Born(life=1, pid=7, node="n"), News(lines=[], is_ready=True, code=0)
    made = Actor(ray, begin=lambda *_: born, news=lambda *_: news)
    ray.remote = lambda **_: lambda cls: SimpleNamespace(options=lambda **_: SimpleNamespace(remote=lambda task: made))
    options = {"num_cpus": 0.5, "resources": {"ssd": 1.0}, "runtime_env": {"env_vars": {"PASSWORD": "hidden"}}}
    log = MemberLog(tmp_path / "one.log", MemberTelling(Telling(everything=False), "one", tmp_path / "one.log"))
    placed = Placed(name="one", location="one", own={}, inputs=(), is_kept=False, meets_strangers=False)
    background = Background("test")
    try:
        member = RayMember(
            placed, TASK, options, log, background, Restarts(0), names={}, used=(), scratch=tmp_path / "one.json"
        )
        await member.begin()
        await member.stop()
    finally:
        background.close()
    said = log.path.read_text()
    assert "0.5" in said
    assert "ssd" in said
    assert "PASSWORD" not in said
    assert "hidden" not in said
