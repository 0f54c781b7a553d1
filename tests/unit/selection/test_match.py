"""The lookup rules of FindKernelRegistration, one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsieve.selection.match import KernelTable
from opsieve.selection.values import AttrValue, Choice
from opsieve.tree.index import Attr, Kernel
from unit.selection.build import FLOAT, INT32, INT64, STRING, index, kernel, op

DTYPES = (FLOAT, INT32, INT64, STRING)


def find(*entries: object, label: str = "", **values: AttrValue) -> tuple[set[str], str]:
    """The class texts found for op "A", and the error."""
    table = KernelTable(index(*entries))  # type: ignore[arg-type]
    match = table.find("A", label, tuple(values.get(name) for name in table.entry("A").attrs))
    return {one.class_text for one in match.kernels}, match.error


def test_type_attr_must_be_allowed() -> None:
    entries = (op("A", "T"), kernel("A", "F", T=FLOAT), kernel("A", "I", T=(INT32, INT64)))
    assert find(*entries, T=INT64) == ({"I"}, "")
    assert find(*entries, T=STRING) == (set(), "")


def test_a_reference_dtype_is_not_its_base() -> None:
    assert find(op("A", "T"), kernel("A", "F", T=FLOAT), T="DT_FLOAT_REF") == (set(), "")


def test_every_element_of_a_list_must_be_allowed() -> None:
    entries = (op("A", Attr("T", "list(type)")), kernel("A", "N", T=(FLOAT, INT32)))
    assert find(*entries, T=(FLOAT, INT32, FLOAT))[0] == {"N"}
    assert find(*entries, T=(FLOAT, STRING))[0] == set()
    assert find(*entries, T=())[0] == {"N"}


def test_a_missing_attr_takes_the_default_of_the_op_definition() -> None:
    entries = (op("A", Attr("T", "type", default=INT32)), kernel("A", "F", T=FLOAT), kernel("A", "I", T=INT32))
    assert find(*entries)[0] == {"I"}
    assert find(*entries, T=FLOAT)[0] == {"F"}


def test_a_missing_attr_without_a_default_refuses_the_lookup() -> None:
    found, error = find(op("A", "T"), kernel("A", "F", T=FLOAT), kernel("A", "any"))
    assert not found
    assert "attr T" in error


def test_a_constraint_that_fails_hides_a_missing_attr_behind_it() -> None:
    entries = (op("A", "T"), kernel("A", "two", T=FLOAT, lost=INT32), kernel("A", "one", T=INT32))
    assert find(*entries, T=INT32) == ({"one"}, "")
    assert "attr lost" in find(*entries, T=FLOAT)[1]


def test_default_kernels_only_without_a_cpu_kernel() -> None:
    entries = (op("A", "T"), kernel("A", "cpu", T=FLOAT), kernel("A", "default", device="DEFAULT"))
    assert find(*entries, T=FLOAT)[0] == {"cpu"}
    assert find(*entries, T=INT32)[0] == {"default"}


def test_kernels_of_other_devices_never() -> None:
    assert find(op("A"), kernel("A", device="GPU"), kernel("A", device="XLA_CPU"))[0] == set()


def test_labels_are_part_of_the_key() -> None:
    entries = (op("A"), kernel("A", "plain"), kernel("A", "fast", label="fast"))
    assert find(*entries)[0] == {"plain"}
    assert find(*entries, label="fast")[0] == {"fast"}
    assert find(*entries, label="slow")[0] == set()


def test_the_highest_priority_wins_on_cpu() -> None:
    entries = (op("A"), kernel("A", "low"), kernel("A", "high", priority=2), kernel("A", "middle", priority=1))
    assert find(*entries)[0] == {"high"}


@pytest.mark.parametrize(("device", "priority"), [("CPU", 0), ("DEFAULT", 0), ("DEFAULT", 1)])
def test_two_matches_are_refused(device: str, priority: int) -> None:
    first = kernel("A", "one", device=device, file="a.cc", line=3)
    second = kernel("A", "two", device=device, priority=priority, file="b.cc", line=4)
    found, error = find(op("A"), first, second)
    assert not found
    assert "a.cc:3" in error
    assert "b.cc:4" in error


def test_an_unknown_value_takes_every_kernel_it_could_lead_to() -> None:
    entries = (
        op("A", "T"),
        kernel("A", "F", T=FLOAT),
        kernel("A", "I", T=INT32),
        kernel("A", "rest", device="DEFAULT"),
    )
    assert find(*entries, T=Choice("?"))[0] == {"F", "I", "rest"}
    assert find(*entries, T=Choice("?", (FLOAT, STRING)))[0] == {"F", "rest"}
    assert find(*entries, T=Choice("?", (FLOAT,)))[0] == {"F"}


def test_an_unknown_list_may_be_empty() -> None:
    """TensorFlow takes a kernel for an empty list whatever its constraint allows."""
    entries = (op("A", Attr("T", "list(type)")), kernel("A", "F", T=FLOAT))
    assert find(*entries, T=Choice("?", (STRING,), is_list=True))[0] == {"F"}
    assert find(*entries, T=Choice("?", (STRING,)))[0] == set()


def test_a_value_that_is_not_a_type_may_be_any() -> None:
    nhwc = Kernel("A", "nhwc", "CPU", {"T": (FLOAT,)}, "a.cc", 1, value_constraints={"data_format": ("NHWC",)})
    nchw = Kernel("A", "nchw", "CPU", {"T": (FLOAT,)}, "a.cc", 2, value_constraints={"data_format": ("NCHW",)})
    entries = (op("A", "T"), nhwc, nchw, kernel("A", "rest", device="DEFAULT"))
    assert find(*entries, T=FLOAT)[0] == {"nhwc", "nchw", "rest"}
    assert find(*entries, T=INT32)[0] == {"rest"}


def _constraints() -> st.SearchStrategy[dict[str, tuple[str, ...]]]:
    limit = st.sets(st.sampled_from(DTYPES), min_size=1).map(lambda one: tuple(sorted(one)))
    return st.dictionaries(st.sampled_from(("T", "U")), limit)


def _kernels() -> st.SearchStrategy[list[Kernel]]:
    one = st.builds(
        lambda line, device, limits: Kernel("A", f"K{line}", device, limits, "a.cc", line),
        st.integers(0, 10**6),
        st.sampled_from(("CPU", "DEFAULT", "GPU")),
        _constraints(),
    )
    return st.lists(one, max_size=6, unique_by=lambda kernel: kernel.line)


@given(_kernels(), st.sets(st.sampled_from(DTYPES), min_size=1), st.sampled_from(DTYPES))
def test_a_choice_has_the_kernels_of_each_of_its_values(kernels: list[Kernel], allowed: set[str], u: str) -> None:
    """Whatever dtype the unknown attr turns out to have, the kernel TensorFlow picks is there."""
    entries = (op("A", "T", "U"), *kernels)
    open_found, _ = find(*entries, T=Choice("?", tuple(sorted(allowed))), U=u)
    anything, _ = find(*entries, T=Choice("?"), U=u)
    for dtype in allowed:
        exact, _ = find(*entries, T=dtype, U=u)
        assert exact <= open_found <= anything
