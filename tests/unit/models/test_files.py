"""Files that are no model: every one gives an error that says what to do, quickly and in little memory."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import socket
import time
import tracemalloc
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsieve.errors import OpsieveError
from opsieve.models import read_model

from . import encode as e

if TYPE_CHECKING:
    from .conftest import Read, Refuse

GRAPH = e.graph(e.node("n", "NoOp"))


def archive(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return stream.getvalue()


PACKAGE = e.message((1, e.message((2, "memmapped_package://."), (3, 64))))
ONNX = e.message((1, 8), (2, "pytorch"), (3, "2.0"), (7, e.message((1, b"..."))), (8, e.message((2, 17))))


@pytest.mark.parametrize(
    ("content", "what", "hint"),
    [
        (b"\x1c\0\0\0TFL3" + bytes(100), ".tflite model, which holds no TensorFlow ops", "it was converted from"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5", "model.export("),
        (archive("metadata.json", "config.json", "model.weights.h5"), ".keras archive", "model.export("),
        (archive("archive/data.pkl", "archive/version"), "PyTorch", "SavedModel"),
        (archive("a/graph.pb"), "zip archive", "Unpack"),
        (gzip.compress(GRAPH), "gzip", "gunzip"),
        (ONNX, "ONNX", "exported from"),
        (bytes(100) + bytes.fromhex("57fb808b247547db"), "checkpoint", ".meta"),
        (b'model_checkpoint_path: "model.ckpt-1"\n', "checkpoint", ".meta"),
        (bytes(64) + PACKAGE + (64).to_bytes(8, "little"), "memory-mapped package", "GraphDef"),
        (b"\x80\x04\x95\x10", "pickle", "SavedModel"),
        (b"MIT License\n\nCopyright", "no model that opsieve knows", "GraphDef"),
        ("\ufeffnode".encode("utf-16-le"), "no model that opsieve knows", "GraphDef"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "no model that opsieve knows", "GraphDef"),
        (bytes(5000), "no model that opsieve knows", "GraphDef"),
        (b"\xff" * 5000, "no model that opsieve knows", "GraphDef"),
    ],
)
def test_other_kinds_of_file(refuse: Refuse, content: bytes, what: str, hint: str) -> None:
    error = refuse(content)
    assert what in error.message
    assert hint in (error.hint or "")


@pytest.mark.parametrize("suffix", [".tflite", ".pbtxt", ".json", ".yaml", ".zip", ""])
def test_the_name_says_nothing(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"model{suffix}"
    file.write_bytes(GRAPH)
    assert read_model(str(file)).format == "graphdef"


def test_a_graph_of_one_node_is_not_a_metagraph(read: Read) -> None:
    library = e.library(e.function("F", e.node("n", "NoOp")))
    assert read(e.graph(e.node("n", "Add"), library=library)).format == "graphdef"
    assert read(e.graph(e.node("2.14.0", "NoOp"), producer=None)).format == "graphdef"
    information_without_ops = e.message((1, e.message((4, "serve"), (5, "1.4.0"))), (2, GRAPH))
    assert read(information_without_ops).format == "metagraph"
    assert read(e.message((2, GRAPH))).format == "metagraph"
    assert read(e.message((1, b""), (2, GRAPH))).format == "metagraph"


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    for path, what in [(tmp_path / "none", "no such file"), (f"{tmp_path}/a\0b", "null"), ("x" * 5000, "cannot be")]:
        with pytest.raises(OpsieveError, match=what):
            read_model(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this platform has no pipes")
def test_pipes_devices_and_sockets_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OpsieveError, match="is a pipe"):
        read_model(tmp_path / "pipe")
    with pytest.raises(OpsieveError, match="is a device"):
        read_model("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        with pytest.raises(OpsieveError, match="is a socket"):
            read_model(tmp_path / "s")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "model"
    file.write_bytes(GRAPH)
    file.chmod(0)
    with pytest.raises(OpsieveError, match="Permission denied"):
        read_model(file)


@pytest.mark.parametrize("start", [b"", GRAPH, b"node { name: ", b'{"node": ['])
def test_two_gigabytes_of_nothing(tmp_path: Path, start: bytes) -> None:
    file = tmp_path / "sparse"
    with file.open("wb") as stream:
        stream.write(start + bytes(1 if start[:1] in (b"n", b"{") else 0))
        stream.truncate(2 << 30)
    tracemalloc.start()
    began = time.monotonic()
    try:
        with pytest.raises(OpsieveError):
            read_model(file)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    assert time.monotonic() - began < 2


def test_a_tensor_is_stepped_over(tmp_path: Path) -> None:
    """A node of 256 MB costs no memory, and the digest is that of the whole file."""
    size = 256 << 20
    tensor = e.varint(8 << 3 | 2) + e.varint(size)
    value = e.message((1, "value")) + e.varint(2 << 3 | 2) + e.varint(size + len(tensor)) + tensor
    head = e.message((1, "n"), (2, "Const")) + e.varint(5 << 3 | 2) + e.varint(size + len(value)) + value
    head = e.varint(1 << 3 | 2) + e.varint(size + len(head)) + head
    file = tmp_path / "large"
    with file.open("wb") as stream:
        stream.write(head)
        stream.truncate(len(head) + size)
        stream.seek(0, os.SEEK_END)
        stream.write(e.message((1, e.node("m", "Op", T=e.type_attr(1)))))
    tracemalloc.start()
    try:
        model = read_model(file)
        assert tracemalloc.get_traced_memory()[1] < 6 << 20
    finally:
        tracemalloc.stop()
    assert [(node.name, node.op) for node in model.nodes] == [("n", "Const"), ("m", "Op")]
    with file.open("rb") as stream:
        digest = hashlib.sha256()
        while part := stream.read(1 << 20):
            digest.update(part)
    assert model.sha256 == digest.hexdigest()


@pytest.mark.parametrize(("reader", "start"), [("json_file", '{"node": ['), ("ops_yaml", "ops:")])
def test_a_list_is_read_whole_so_it_must_be_small(
    refuse: Refuse, monkeypatch: pytest.MonkeyPatch, reader: str, start: str
) -> None:
    monkeypatch.setattr(f"opsieve.models.{reader}.MAX_SIZE", 1 << 20)
    assert "at most 1 MiB" in refuse(start + " " * (1 << 20)).message


def test_memory_is_bounded_when_a_small_file_asks_for_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsieve.models.source.MAX_COST", 1 << 20)
    file = tmp_path / "many"
    file.write_bytes(e.message((1, e.message((2, "A")))) * 5000)
    with pytest.raises(OpsieveError, match="of memory"):
        read_model(file)
    file.write_text("node{op:'A'}" * 5000)
    with pytest.raises(OpsieveError, match="of memory"):
        read_model(file)
