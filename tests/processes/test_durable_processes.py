from __future__ import annotations

SUM = """
    source_stdin() -> map(int) -> for_each(|n| print("took", n));
    lines = source_stdin() -> map(int) -> fold::<'static>(|| 0, |total, n| total + n) -> for_each(|n| print("sum", n));
"""


def test_a_process_that_is_killed_goes_on_where_it_was(start, write, tmp_path):
    flow = write("sum.hf", SUM)
    first = start("run", flow, "--durable", tmp_path / "kept")
    first.type("1")
    first.type("2")
    first.wait_for("sum 3")

    first.process.kill()
    first.process.wait()
    second = start("run", flow, "--durable", tmp_path / "kept", "--exit-on-eof")
    second.type("4")
    second.process.stdin.close()

    assert second.end() == 0, second.log
    assert "took 1" not in second.output
    assert second.output[-1] == "sum 7"


def test_a_folder_that_is_in_use_ends_the_command_with_what_to_do(start, write, tmp_path):
    flow = write("sum.hf", SUM)
    first = start("run", flow, "--durable", tmp_path / "kept")
    first.type("1")
    first.wait_for("sum 1")

    second = start("run", flow, "--durable", tmp_path / "kept")

    assert second.end() != 0
    assert f"is in use by process {first.process.pid}" in "".join(second.log)


def test_what_is_written_can_be_the_state(start, write, tmp_path):
    flow = write("sum.hf", SUM)
    for number in ("1", "2"):
        running = start("run", flow, "--durable", tmp_path / "kept", "--durable-write", "state", "--exit-on-eof")
        running.type(number)
        running.process.stdin.close()
        assert running.end() == 0, running.log

    assert running.output[-1] == "sum 3"
