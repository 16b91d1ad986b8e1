"""What is printed while two runs are searched for."""

from __future__ import annotations

from threading import Thread

from hydroflow_nb.engine.quiet import quiet


def test_a_search_prints_nothing_and_lets_other_threads_print(capsys):
    other = Thread(target=lambda: print("a flow in the background"))
    with quiet():
        print("one run of a thousand", flush=True)
        other.start()
        other.join()
    print("after it")

    assert capsys.readouterr().out == "a flow in the background\nafter it\n"
