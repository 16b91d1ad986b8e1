"""Flows that read each other's state by `$name`, and flows that are put together from files."""

from __future__ import annotations

from pathlib import Path

import pytest

import hydroflow_nb as hf


def results(text: str, **names: object) -> list[object]:
    out: list[object] = []
    hf.compile(text, namespace={"out": out, **names}).run_available()
    return out


def codes(text: str) -> list[str]:
    with pytest.raises(hf.GraphError) as caught:
        hf.compile(text, namespace={})
    return [found.code for found in caught.value.diagnostics if found.is_error]


def test_a_state_is_read_when_it_is_complete() -> None:
    text = """
        source_iter(range(6)) -> filter(|x| x < $top) -> for_each(out.append);
        top = source_iter([1, 3, 2]) -> fold(|| 0, max);
    """

    assert results(text) == [0, 1, 2]


def test_a_reduction_without_items_reads_as_none() -> None:
    text = "r = source_iter([]) -> reduce(max); source_iter([1]) -> for_each(|x| out.append((x, $r)));"

    assert results(text) == [(1, None)]


def test_a_body_that_is_called_reads_the_state_of_its_tick() -> None:
    numbers, out = hf.channel([1, 2]), []
    flow = hf.compile(
        """
        total = source_stream(numbers) -> fold::<'static>(|| 0, |acc, x| acc + x);
        spin() -> for_each(|_| out.append((lambda: $total)()));
        """,
        namespace={"numbers": numbers, "out": out},
    )
    flow.run_tick()
    numbers.send(10)
    flow.run_tick()

    assert out == [3, 13]


def test_the_recorded_variant_reads_the_same_state() -> None:
    out: list[int] = []
    text = "n = source_iter([5]) -> fold(|| 0, |a, x| a + x); source_iter([1]) -> for_each(|x| out.append(x + $n));"
    flow = hf.compile(text, namespace={"out": out})
    flow.record()
    flow.run_tick()

    assert out == [6]


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        ("fold(|| 0, |acc, x| acc + x * $total)", [[9], [0], [25]]),
        ("fold(|| $total, |acc, x| acc + x)", [[6], [0], [10]]),
        ("fold::<'static>(|| 0, |acc, x| acc + x * $total)", [[9], [9], [34]]),
        ("reduce(|acc, x| acc + x * $total)", [[7], [], [5]]),
        ("map(|x| (0, x)) -> fold_keyed(|| 0, |acc, x| acc + x * $total)", [[(0, 9)], [], [(0, 25)]]),
        ("map(|x| (0, x)) -> reduce_keyed(|acc, x| acc + x * $total)", [[(0, 7)], [], [(0, 5)]]),
        ("sort_by_key(|x| -x * $total)", [[2, 1], [], [5]]),
        ("scan(|| 0, |acc, x| (acc + x, x * $total))", [[3, 6], [], [25]]),
    ],
)
@pytest.mark.parametrize("is_recorded", [False, True])
def test_what_takes_all_items_of_a_tick_reads_the_state_of_the_same_tick(
    reader: str, expected: list[list[object]], is_recorded: bool
) -> None:
    numbers, out = hf.channel(), []
    text = f"""
        numbers = source_stream(channel) -> tee();
        total = numbers -> fold(|| 0, |acc, x| acc + x);
        numbers -> {reader} -> for_each(out.append);
    """
    flow = hf.compile(text, namespace={"channel": numbers, "out": out})
    if is_recorded:
        flow.record()

    found = []
    for items in ([1, 2], [], [5]):
        numbers.extend(items)
        flow.run_tick()
        found.append(out[:])
        out.clear()

    assert found == expected


@pytest.mark.parametrize(
    "function",
    [
        "plus($total)",
        "(lambda total: lambda x: x + total)($total)",
        "lambda x, total=$total: x + total",
        "plus(0) if $total is None else plus($total)",
        "$total.__add__",
    ],
)
def test_a_function_that_is_made_with_a_state_is_made_with_that_of_the_tick(function: str) -> None:
    out: list[int] = []
    text = f"""
        total = source_iter([5]) -> fold::<'static>(|| 0, |acc, x| acc + x);
        source_iter([1]) -> persist() -> map({function}) -> for_each(out.append);
        source_iter([7]) -> defer_tick() -> map({function}) -> for_each(out.append);
    """
    flow = hf.compile(text, namespace={"out": out, "plus": lambda total: lambda x: x + total})
    flow.run_tick()
    flow.run_tick()

    assert sorted(out) == [6, 6, 12]
    assert "at each call" in repr(flow.explain())


def test_a_key_may_be_made_with_a_state() -> None:
    text = """
        middle = source_iter([5]) -> fold(|| 0, max);
        source_iter([1, 7, 4]) -> sort_by_key((lambda m: lambda x: abs(x - m))($middle)) -> for_each(out.append);
    """

    assert results(text) == [4, 7, 1]


@pytest.mark.parametrize(
    "reader",
    [
        "fold::<'static>(|| $s, |acc, x| acc + x)",
        "scan::<'static>(|| $s, |acc, x| (acc + x, acc))",
        "lattice_fold::<'static>(|| Max($s))",
        "state_by::<'static, Max>(Max, || Max($s))",
    ],
)
def test_what_begins_before_the_first_tick_reads_no_state(reader: str) -> None:
    assert codes(f"s = source_iter([5]) -> fold(|| 0, max); source_iter([1]) -> {reader} -> null();") == ["HF222"]


def test_what_cannot_be_read_is_an_error_at_its_place() -> None:
    assert codes("source_iter([1]) -> map(|x| x + $nobody) -> null();") == ["HF203"]
    assert codes("a = source_iter([1]) -> null(); source_iter([1]) -> map(|x| x + $a) -> null();") == ["HF221"]
    assert codes("a = source_iter([1]) -> fold(|| 0, max); source_iter($a) -> null();") == ["HF222"]
    assert codes("a = source_iter([1]) -> map(|x| x + $a) -> fold(|| 0, max) -> null();") == ["HF221"]
    assert codes("a = source_iter([1]) -> map(|x| x + $a) -> fold(|| 0, max); a -> null();") == ["HF223"]


def test_a_cycle_through_a_reference_is_shown() -> None:
    text = """
        a = source_iter([1]) -> map(|x| x + $b) -> fold(|| 0, max);
        b = source_iter([1]) -> map(|x| x + $a) -> fold(|| 0, max);
    """
    with pytest.raises(hf.GraphError) as caught:
        hf.compile(text, namespace={})

    assert "in a cycle: map -> fold -> map -> fold -> $b" in str(caught.value)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_module_stands_where_it_is_imported(folder: Path) -> None:
    (folder / "plus.hf").write_text("mod -> map(|x| x + 1) -> mod;")

    assert results('source_iter([1]) -> import!("plus.hf") -> import!("plus.hf") -> for_each(out.append);') == [3]


def test_a_module_is_found_from_the_file_that_imports_it(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "twice.hf").write_text('mod -> import!("plus.hf") -> import!("plus.hf") -> mod;')
    (folder / "inner" / "plus.hf").write_text("mod -> map(|x| x + 1) -> mod;")

    assert results('source_iter([1]) -> import!("inner/twice.hf") -> for_each(out.append);') == [3]


def test_what_only_passes_through_a_module_comes_out(folder: Path) -> None:
    (folder / "through.hf").write_text(
        "mod[0] -> mod[0]; mod[1] -> map(|x| -x) -> [1]mod;".replace("mod[0] -> mod[0]", "mod[0] -> [0]mod")
    )
    text = """
        m = import!("through.hf");
        source_iter([1]) -> [0]m; source_iter([2]) -> [1]m;
        m[0] -> for_each(out.append); m[1] -> for_each(out.append);
    """

    assert sorted(results(text)) == [-2, 1]


def test_the_ports_of_a_module_have_to_match(folder: Path) -> None:
    (folder / "m.hf").write_text("mod[a] -> map(|x| x) -> mod;")

    assert codes('source_iter([1]) -> m; m = import!("m.hf") -> null();') == ["HF232", "HF233"]
    assert codes("mod -> null();") == ["HF230"]


def test_a_module_that_imports_itself_is_an_error(folder: Path) -> None:
    (folder / "m.hf").write_text('mod -> import!("m.hf") -> mod;')

    assert "HF234" in codes('source_iter([1]) -> import!("m.hf") -> null();')


def test_an_error_in_a_module_is_shown_in_the_module(folder: Path) -> None:
    (folder / "m.hf").write_text("mod ->\n  mapp(|x| x) -> mod;")

    with pytest.raises(hf.GraphError) as caught:
        hf.compile('source_iter([1]) -> import!("m.hf") -> null();', namespace={})

    assert "m.hf:2:3" in str(caught.value)


def test_an_exception_in_a_module_names_its_line(folder: Path) -> None:
    (folder / "m.hf").write_text("mod\n  -> map(|x| 1 // x) -> mod;")
    flow = hf.compile('source_iter([0]) -> import!("m.hf") -> null();', namespace={})

    with pytest.raises(ZeroDivisionError) as caught:
        flow.run_tick()

    assert "in `map` at m.hf, line 2" in caught.value.__notes__[0]


def test_the_state_at_the_end_of_a_module_can_be_read(folder: Path) -> None:
    (folder / "total.hf").write_text("mod -> fold(|| 0, |a, x| a + x) -> mod;")
    text = """
        total = source_iter([1, 2]) -> import!("total.hf");
        total -> null();
        source_iter([10]) -> for_each(|x| out.append(x + $total));
    """

    assert results(text) == [13]


def test_what_comes_into_a_module_has_no_state_to_be_read(folder: Path) -> None:
    (folder / "reads.hf").write_text("inn = mod; inn -> map(|x| x + $inn) -> mod;")

    assert codes('source_iter([1]) -> import!("reads.hf") -> null();') == ["HF221"]


def test_an_output_that_a_module_lacks_is_reported_once_where_it_is_also_read(folder: Path) -> None:
    (folder / "sink.hf").write_text("mod -> null();")
    text = 'm = source_iter([1]) -> import!("sink.hf"); m -> null(); source_iter([1]) -> map(|x| $m) -> null();'

    assert codes(text) == ["HF232"]


def test_a_message_about_a_missing_port_lists_some_of_a_modules_ports_and_counts_the_others(folder: Path) -> None:
    (folder / "m.hf").write_text("".join(f"mod[p{number}] -> null();" for number in range(25)))

    with pytest.raises(hf.GraphError) as caught:
        hf.compile('m = import!("m.hf"); source_iter([1]) -> [other]m;')

    (note,) = next(one for one in caught.value.diagnostics if one.code == "HF232").notes
    assert note.startswith("inputs of the module: `[p0]`, `[p1]`, ")
    assert note.endswith(", `[p19]` and 5 more")
