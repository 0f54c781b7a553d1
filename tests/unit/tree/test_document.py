"""Index files: read back as they were, however they are laid out, and never half believed."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from opsieve.errors import OpsieveError
from opsieve.tree.build import build_index
from opsieve.tree.document import dump_index, load_index, read_index_file, write_index_file
from opsieve.tree.index import Helper, Index

CORPUS = Path(__file__).parent / "corpus"


@pytest.fixture(scope="module")
def index() -> Index:
    return build_index(CORPUS, cache=False)


def content(index: Index) -> tuple[object, ...]:
    header = (index.version, index.preset, index.defines, index.skipped, index.totals)
    return *header, dict(index.ops), dict(index.kernels)


def test_an_index_is_read_back_as_it_was(index: Index) -> None:
    read = load_index(dump_index(index), "f")
    assert content(read) == content(index)
    assert dump_index(read) == dump_index(index)
    assert len(index.kernels) > 50


def test_what_files_need_to_link_is_read_back(index: Index) -> None:
    assert load_index(dump_index(index), "f").helpers is None
    helpers = {"k/a.cc": (Helper("k/b.cc", "b.h"), Helper("k/c.cc", "c.h")), "k/d.cc": ()}
    read = load_index(dump_index(replace(index, helpers=helpers)), "f")
    assert read.helpers is not None
    assert dict(read.helpers) == helpers


@pytest.mark.parametrize("layout", [{"indent": 2}, {"separators": (",", ":")}, {}])
def test_the_layout_does_not_matter(index: Index, layout: dict[str, object]) -> None:
    document = json.loads(dump_index(index))
    assert content(load_index(json.dumps(document, **layout).encode(), "f")) == content(index)  # type: ignore[arg-type]
    del document["totals"]
    assert content(load_index(json.dumps(document, **layout).encode(), "f")) == content(index)  # type: ignore[arg-type]


def test_a_compressed_index_is_recognised_by_content(index: Index, tmp_path: Path) -> None:
    write_index_file(index, tmp_path / "index.json.gz")
    first = (tmp_path / "index.json.gz").read_bytes()
    assert gzip.decompress(first) == dump_index(index)
    (tmp_path / "index.json.gz").rename(tmp_path / "renamed")
    assert content(read_index_file(tmp_path / "renamed")) == content(index)
    write_index_file(index, tmp_path / "index.json.gz")
    assert (tmp_path / "index.json.gz").read_bytes() == first  # no time stamp


def decode_all(data: bytes) -> None:
    content(load_index(data, "some/file"))


def test_no_cut_off_index_is_believed(index: Index) -> None:
    whole = dump_index(index)
    for end in range(0, len(whole) - 2, len(whole) // 300):
        with pytest.raises(OpsieveError, match="some/file"):
            decode_all(whole[:end])


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"schema": 1', '"schema": 2'),
        lambda text: text.replace('"constraints"', '"constrained"', 1),
        lambda text: text.replace('"line":', '"line"', 1),
        lambda text: text.replace('"attrs":[', '"attrs":[7,', 1),
        lambda text: "[]",
        lambda text: "{}",
        lambda text: '{"schema": 1, "kernels": [1]}',
        lambda text: '{"schema": 1, "kernels": [], "ops": [], "tensorflow": []}',
        lambda text: "[" * 100_000,
        lambda text: "not JSON",
    ],
)
def test_a_damaged_index_is_refused(index: Index, change: object) -> None:
    assert callable(change)
    with pytest.raises(OpsieveError, match="some/file"):
        decode_all(change(dump_index(index).decode()).encode())


def test_a_damaged_compressed_index_is_refused(index: Index, tmp_path: Path) -> None:
    path = tmp_path / "index.json.gz"
    write_index_file(index, path)
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:500] + b"\0" * 500 + whole[1000:], b"\x1f\x8b"):
        path.write_bytes(damaged)
        with pytest.raises(OpsieveError, match=r"index\.json\.gz"):
            read_index_file(path)
