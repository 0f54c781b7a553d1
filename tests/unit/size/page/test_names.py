"""Names of strangers' files, and sizes, as people see them."""

from __future__ import annotations

import unicodedata

import pytest

from opsieve.size.page.names import shown, size_text, visible, without_digests
from page.attributions import HOSTILE


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_invisible_is_left(name: str) -> None:
    # Cc, Cf: controls and bidirectional controls; Cs: lone surrogates; Zl, Zp: separators; Cn: no characters at all.
    assert not {unicodedata.category(character) for character in visible(name)} & {"Cc", "Cf", "Cs", "Zl", "Zp", "Cn"}
    assert len(shown(name)) <= 1200
    shown(name).encode()


def test_what_is_spelled_out() -> None:
    assert visible("a\u202eb\x00c\u2028\udcff") == r"a\u202eb\x00c\u2028\xff"
    assert visible("עברית é <b>") == "עברית é <b>"


def test_the_ends_of_a_long_name_stay() -> None:
    name = f"begin{'x' * 10_240}end"
    assert shown(name).startswith("begin")
    assert shown(name).endswith("end")
    assert "9,688 more characters" in shown(name)
    assert shown("y" * 600) == "y" * 600


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.00 KiB"),
        (10 * 1024, "10.0 KiB"),
        (1024 * 1024 - 1, "1.00 MiB"),
        (7268376, "6.93 MiB"),
        (-2048, "-2.00 KiB"),
        (5 << 40, "5120.0 GiB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("path", "without"),
    [
        (
            "selected-c7c8f27c0dfb7242/tensorflow/tensorflow/core/kernels/a_op.cc.0123456789abcdef.o",
            "selected/tensorflow/tensorflow/core/kernels/a_op.cc.o",
        ),
        ("bazel-out/k8-opt/bin/_objs/kernels/a_op.pic.o", "bazel-out/k8-opt/bin/_objs/kernels/a_op.pic.o"),
        ("libx.a(b.o)", "libx.a(b.o)"),
        ("deadbeef/c.o", "deadbeef/c.o"),
    ],
)
def test_digests_of_build_systems(path: str, without: str) -> None:
    assert without_digests(path) == without
