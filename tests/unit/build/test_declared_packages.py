"""Packages of which a source tree has a header and not the sources."""

from __future__ import annotations

from pathlib import Path

from opsieve.build.manifest import Need
from opsieve.build.portable_runtime import portable_runtime
from unit.linking.small_build import KERNELS, REGISTERING, write_tree

_FFT = "third_party/fft2d/fft.h"
_SOURCE = f"{KERNELS}/conv_op.cc"


def _asks_for_fft2d(tree: Path, *files: str) -> list[Need]:
    manifest = portable_runtime(tree, "linux", defines={}, registering=REGISTERING, files=files)
    return [need for need in manifest.third_party if need.name == "fft2d"]


def test_fft2d_is_needed_where_the_tree_s_own_header_for_it_is_included(tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    assert _asks_for_fft2d(tree, _SOURCE) == []
    (tree / _SOURCE).write_text(f'#include "{_FFT}"\n')
    assert _asks_for_fft2d(tree, _SOURCE) == [Need("fft2d", (_SOURCE,))], "the tree has no such header"
    (tree / _FFT).parent.mkdir(parents=True)
    (tree / _FFT).write_text('extern "C" void rdft(int, int, double *, int *, double *);\n')
    assert _asks_for_fft2d(tree, _SOURCE) == [Need("fft2d", (_SOURCE,))], "the tree has the header"
    assert _asks_for_fft2d(tree) == [], "nobody includes it"


def test_another_header_of_that_folder_is_no_package(tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    before = portable_runtime(tree, "linux", defines={}, registering=REGISTERING, files=[_SOURCE]).third_party
    (tree / "third_party/own").mkdir(parents=True)
    (tree / "third_party/own/own.h").write_text("")
    (tree / _SOURCE).write_text('#include "third_party/own/own.h"\n' + (tree / _SOURCE).read_text())
    assert portable_runtime(tree, "linux", defines={}, registering=REGISTERING, files=[_SOURCE]).third_party == before
