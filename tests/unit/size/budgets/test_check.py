"""Whether sizes are within budget."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from opsieve.errors import OpsieveError
from opsieve.size.attribution import FILE, FORMAT, LIBRARY, PACKAGED, RUNTIME, Owner
from opsieve.size.budgets import Limit, check
from opsieve.size.compare import Baseline, Measured
from unit.size.sizes import TENSOR, kernel_owner, small

_MUL = kernel_owner("Mul", "float", "b.pb")
_OLD = small()
_NEW = small((_MUL, "Mul::Compute()", 700), (Owner(TENSOR, RUNTIME), "Tensor::More()", 300))


@pytest.mark.parametrize(
    ("measure", "pattern", "size"),
    [
        ("total", "", 7744),
        ("loaded", "", 7600),
        ("stripped", "", 7600),
        ("section", ".text", 7500),
        ("section", "headers", 100),
        ("kind", "kernel", 1700),
        ("op", "Mul", 700),
        ("op", "Conv2D", 0),
        ("dtype", "DT_FLOAT", 1700),
        ("model", "b.pb", 700),
        ("owner", TENSOR, 3300),
        ("source", TENSOR, 3300),
    ],
)
def test_the_limit_itself_is_allowed_and_a_byte_more_is_not(measure: str, pattern: str, size: int) -> None:
    (verdict,) = check(_NEW, [Limit(measure, pattern, "", 1, size)])
    assert (verdict.size, verdict.kept, verdict.who) == (size, True, ())
    if size:
        (verdict,) = check(_NEW, [Limit(measure, pattern, "", 1, size - 1)])
        assert [(each.bound, each.by) for each in verdict.excesses] == [(size - 1, 1)]
        assert verdict.who


def test_growth_is_from_the_baseline() -> None:
    def excess(**limits: object) -> list[tuple[int, int]]:
        (verdict,) = check(_NEW, [replace(Limit("op", "Mul", "", 1), **limits)], _OLD)  # type: ignore[arg-type]
        return [(each.bound, each.by) for each in verdict.excesses]

    assert excess(growth=700) == []
    assert excess(growth=699) == [(699, 1)]
    # It was not there: any share of nothing is nothing.
    assert excess(percent=Decimal(50)) == [(0, 700)]
    (verdict,) = check(_NEW, [Limit("owner", TENSOR, "", 1, percent=Decimal(10))], _OLD)
    assert verdict.kept
    (verdict,) = check(_NEW, [Limit("owner", TENSOR, "", 1, percent=Decimal("9.9"))], _OLD)
    assert [(each.bound, each.by) for each in verdict.excesses] == [(3297, 3)]


def test_who_grew_most_is_said() -> None:
    (verdict,) = check(_NEW, [Limit("total", "", "", 1, 10)], _OLD)
    assert verdict.who == ((_MUL.name, 700), (TENSOR, 300), (".symtab", 48))
    (verdict,) = check(_NEW, [Limit("stripped", "", "", 1, 10)], _OLD)
    assert verdict.who == ((_MUL.name, 700), (TENSOR, 300))
    (verdict,) = check(_NEW, [Limit("op", "AddV2", "", 1, 10)])
    assert [name for name, _ in verdict.who] == [kernel_owner("AddV2", "float").name]


def test_a_name_of_its_own_goes_before_wildcards() -> None:
    verdicts = check(_NEW, [Limit("op", "*", "", 1, 600), Limit("op", "Mul", "", 2, 800)])
    assert [(each.name, each.limit.line, each.kept) for each in verdicts] == [("AddV2", 1, False), ("Mul", 2, True)]


def test_limits_of_the_target_go_before_those_of_all() -> None:
    limits = [Limit("total", "", "", 1, 1), Limit("total", "", "linux-*", 2, 9000), Limit("total", "", "ios", 3, 1)]
    there = replace(_NEW, build=(("target", "linux-x86_64"),))
    assert [verdict.limit.line for verdict in check(there, limits)] == [2]
    assert [verdict.limit.line for verdict in check(_NEW, limits)] == [1]
    assert [verdict.limit.line for verdict in check(_NEW, [Limit("total", "", "x86-64", 4, 9000)])] == [4]


_PACKAGE = Baseline(
    file="app.apk",
    kind=PACKAGED,
    machine="",
    file_size=1000,
    loaded_size=2500,
    owners=(
        Measured(Owner("assets/model.pb", FILE), 200, 500),
        Measured(Owner("zip directory and signature", FORMAT), 100, 0),
        Measured(Owner("lib/a/libx.so", LIBRARY), 300, 1000),
        Measured(Owner("lib/b/libx.so", LIBRARY), 400, 1000),
    ),
    sections=(),
)


@pytest.mark.parametrize(
    ("measure", "pattern", "size", "who"),
    [
        ("total", "", 1000, "lib/b/libx.so"),
        ("unpacked", "", 2500, "lib/a/libx.so"),
        ("member", "lib/b/libx.so", 400, "lib/b/libx.so"),
        ("member", "assets/*", 200, "assets/model.pb"),
        ("kind", "library", 700, "lib/b/libx.so"),
        ("owner", "zip *", 100, "zip directory and signature"),
    ],
)
def test_packages(measure: str, pattern: str, size: int, who: str) -> None:
    (verdict,) = check(_PACKAGE, [Limit(measure, pattern, "", 1, size)])
    assert (verdict.size, verdict.kept) == (size, True)
    (verdict,) = check(_PACKAGE, [Limit(measure, pattern, "", 1, size - 1)])
    assert [(each.bound, each.by) for each in verdict.excesses] == [(size - 1, 1)]
    assert verdict.who[0][0] == who


def test_members_are_each_measured_and_what_the_format_needs_is_none() -> None:
    verdicts = check(_PACKAGE, [Limit("member", "*", "", 1, 350)])
    assert [(each.name, each.kept) for each in verdicts] == [
        ("assets/model.pb", True),
        ("lib/a/libx.so", True),
        ("lib/b/libx.so", False),
    ]


def test_limits_of_libraries_are_not_for_packages() -> None:
    libraries = [
        Limit(measure, "*", "", 1, 0) for measure in ("stripped", "loaded", "section", "op", "model", "source")
    ]
    packages = [Limit("unpacked", "", "", 2, 9000), Limit("member", "*", "", 2, 9000)]
    assert {each.limit.line for each in check(_PACKAGE, [*libraries, *packages])} == {2}
    assert {each.limit.line for each in check(_NEW, [*libraries, *packages])} == {1}
    for new, limits in ((_PACKAGE, libraries), (_NEW, packages)):
        with pytest.raises(OpsieveError, match="has no limit for target"):
            check(new, limits)
    special = [Limit("total", "", "", 1, 1), Limit("total", "", "package", 2, 9000)]
    assert [verdict.limit.line for verdict in check(_PACKAGE, special)] == [2]


def test_nothing_to_check_is_an_error() -> None:
    with pytest.raises(OpsieveError, match="no limit for target x86-64"):
        check(_NEW, [Limit("total", "", "ios", 1, 5)])
    with pytest.raises(OpsieveError, match=r"none of its names is in libapp\.so"):
        check(_NEW, [Limit("op", "Q*", "", 1, 5)])
    with pytest.raises(OpsieveError, match=r"b\.yaml:7: limits growth, and there is no baseline"):
        check(_NEW, [Limit("total", "", "", 7, growth=5)], where="b.yaml")
    with pytest.raises(OpsieveError, match=r"for arm, and libapp\.so is for x86-64"):
        check(_NEW, [Limit("total", "", "", 7, growth=5)], replace(_OLD, machine="arm"))
