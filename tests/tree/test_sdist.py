"""The reader on third-party op libraries as they are published, against the headers of an installed TensorFlow.

Here the "tree" is the wheel's include folder, which has TensorFlow's headers and none of its .cc files, and the sources
are somebody else's: other habits, other file names, nothing written with opsieve in mind.
"""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import tarfile
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from preprocessor_oracle.comparison import compare_kernels
from preprocessor_oracle.oracle import candidate_files, read_tree
from wheel_registry import import_tensorflow

if TYPE_CHECKING:
    from opsieve.tree.index import Index

# Package, version, the folder in it with the TensorFlow ops, and how many kernels there are at least on a CPU build.
SDISTS = (
    ("horovod", "0.28.1", "horovod/tensorflow", 14),
    ("byteps", "0.2.5.post15", "byteps/tensorflow", 1),
)


@pytest.fixture(scope="session")
def headers() -> Path:
    pytest.importorskip(
        "tensorflow", reason="the tensorflow wheel is not installed: there are no headers to read against"
    )
    return Path(import_tensorflow().sysconfig.get_include())


@pytest.fixture(scope="session")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sdists")


@lru_cache
def sdist(name: str, version: str, into: Path) -> Path | str:
    """The unpacked source distribution, or why there is none."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    try:
        done = subprocess.run(
            [*command, "--dest", str(into), f"{name}=={version}"],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "the package index did not answer within 300 s"
    if done.returncode:
        return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pip download failed"
    archive = next(into.glob(f"{name}-{version}*.tar.gz"))
    with tarfile.open(archive) as content:
        # Before Python 3.11.4 there is no filter.
        content.extractall(into, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return into / f"{name}-{version}"


def below(index: Index, sources: Path) -> SimpleNamespace:
    """The index with files named relative to ``sources``, as the oracle names them."""

    def renamed(one: Any) -> Any:
        # However the index tells apart a source folder from the tree, the path inside the folder comes last.
        inside = [file for file in candidate_files(sources) if one.file.endswith(file)]
        return dataclasses.replace(one, file=max(inside, key=len, default=one.file))

    kernels = {op: tuple(renamed(kernel) for kernel in index.kernels[op]) for op in index.kernels}
    return SimpleNamespace(kernels=kernels, skipped=[renamed(one) for one in index.skipped])


@pytest.mark.parametrize(("name", "version", "folder", "fewest"), SDISTS, ids=[name for name, *_ in SDISTS])
def test_third_party_kernels(
    name: str, version: str, folder: str, fewest: int, headers: Path, downloads: Path, compiler: str
) -> None:
    from opsieve.tree.build import build_index

    unpacked = sdist(name, version, downloads)
    if isinstance(unpacked, str):
        pytest.skip(f"{name} {version} cannot be had from the package index: {unpacked}")
    sources = unpacked / folder
    index = build_index(headers, preset="desktop", sources=(sources,), cache=False)
    assert not any(Path(kernel.file).is_absolute() for kernels in index.kernels.values() for kernel in kernels)
    # From 2.19 on the headers alone do not say the version.
    assert index.version in (import_tensorflow().__version__, "unknown")
    results = read_tree(headers, index.defines, compiler, candidate_files(sources), base=sources, cache=False)
    report = compare_kernels(below(index, sources), results)
    assert report.equal >= fewest, report.summary()
    assert not report.differences, report.summary()
    ops = {op.name: set(op.attrs) for result in results.values() for op in result.ops}
    assert ops
    for op, attrs in ops.items():
        assert {attr.name for attr in index.ops[str(op)].attrs} == {text.split(":")[0].strip() for text in attrs}, op
