"""SavedModel and MetaGraphDef, in binary form; tags and signatures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsieve.errors import OpsieveError
from opsieve.models import read_model
from opsieve.models.reach import Reach

from . import encode as e

if TYPE_CHECKING:
    from .conftest import Read, Refuse


def write(folder: Path, *meta_graphs: bytes) -> Path:
    (folder / "saved_model.pb").write_bytes(e.saved_model(*meta_graphs))
    return folder


def one(tag_set: list[str], node: str) -> bytes:
    return e.meta_graph(e.graph(e.node(node, "NoOp")), tag_set)


def test_folder_and_file_are_the_same_model(tmp_path: Path) -> None:
    folder = write(tmp_path, one(["serve"], "n"))
    from_folder, from_file = read_model(folder), read_model(folder / "saved_model.pb")
    assert from_folder.nodes == from_file.nodes
    assert from_folder.sha256 == from_file.sha256
    assert (from_folder.format, from_folder.tags, from_folder.tensorflow_version) == (
        "savedmodel",
        ("serve",),
        "2.14.0",
    )


def test_tags_choose(tmp_path: Path) -> None:
    folder = write(tmp_path, one(["train"], "a"), one(["serve"], "b"), one(["gpu", "serve"], "c"))
    assert read_model(folder).nodes[0].name == "b"
    assert read_model(folder, tags=frozenset({"serve", "gpu"})).nodes[0].name == "c"
    with pytest.raises(OpsieveError, match=r"has the tags \{tpu\}") as caught:
        read_model(folder, tags=frozenset({"tpu"}))
    assert caught.value.hint == "The tag sets there are: {gpu, serve}, {serve}, {train}"


def test_the_only_one_needs_no_tags(tmp_path: Path) -> None:
    folder = write(tmp_path, one(["train"], "a"))
    assert read_model(folder).tags == ("train",)
    with pytest.raises(OpsieveError, match=r"no MetaGraphDef has the tags \{serve\}"):
        read_model(folder, tags=frozenset({"serve"}))


def test_two_without_the_default_tags(tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match=r"no MetaGraphDef has the tags \{serve\}"):
        read_model(write(tmp_path, one(["a"], "n"), one(["b"], "n")))


def test_two_with_the_same_tags(tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match="more than one MetaGraphDef"):
        read_model(write(tmp_path, one(["serve"], "n"), one(["serve"], "n")))


def test_signatures(read: Read) -> None:
    sparse = e.message((4, e.message((1, "v:0"), (2, "i:0"), (3, "s:0"))))
    ragged = e.message((5, e.message((2, e.tensor_info("flat:0")), (2, e.tensor_info("rows:0")))))
    signature = e.signature(
        {"x": e.tensor_info("x:0"), "s": sparse, "r": ragged}, {"y": e.tensor_info("y:1")}, "predict"
    )
    content = e.meta_graph(e.graph(e.node("x", "Placeholder")), serving_default=signature)
    model = read(content)
    found = model.signatures["serving_default"]
    assert found.inputs == {
        "x": "x:0",
        "s.values": "v:0",
        "s.indices": "i:0",
        "s.dense_shape": "s:0",
        "r.0": "flat:0",
        "r.1": "rows:0",
    }
    assert (found.outputs, found.method) == ({"y": "y:1"}, "predict")
    assert model.format == "metagraph"


def test_a_signature_keeps_what_its_outputs_need(tmp_path: Path) -> None:
    library = e.library(
        e.function("F", e.node("n", "G")),
        e.function("G", e.node("n", "F")),  # F and G call each other: reading must end
        e.function("GGrad", e.node("n", "NoOp")),
        e.function("Deep", e.node("n", "NoOp")),
        e.function("Unused", e.node("n", "NoOp")),
        gradients={"G": "GGrad", "Unused": "GGrad"},
    )
    graph = e.graph(
        e.node("in", "Placeholder"),
        e.node("call", "PartitionedCall", ["in", "^init"], f=e.function_attr("F", g=e.function_attr("Deep"))),
        e.node("init", "NoOp"),
        e.node("loop", "NextIteration", ["call:1", "loop"]),
        e.node("other", "Unused"),
        library=library,
    )
    signature = e.signature({}, {"y": e.tensor_info("loop:0")})
    folder = write(tmp_path, e.meta_graph(graph, ["serve"], serve_me=signature, other=e.signature({}, {})))
    model = read_model(folder, reach=Reach(signatures=("serve_me",)))
    assert [node.name for node in model.nodes] == ["in", "call", "init", "loop"]
    assert sorted(model.functions) == ["Deep", "F", "G", "GGrad"]
    assert model.gradients == {"G": "GGrad"}
    with pytest.raises(OpsieveError, match="no signature 'nothing'") as caught:
        read_model(folder, reach=Reach(signatures=("nothing",)))
    assert caught.value.hint == "The signatures there are: other, serve_me"


def test_a_signature_of_a_node_that_does_not_exist(tmp_path: Path) -> None:
    graph = e.graph(e.node("a", "Op", ["gone:0"]))
    folder = write(tmp_path, e.meta_graph(graph, ["serve"], s=e.signature({}, {"y": e.tensor_info("a:0")})))
    with pytest.raises(OpsieveError, match="the node 'a' uses the node 'gone', which does not exist"):
        read_model(folder, reach=Reach(signatures=("s",)))


def test_a_folder_that_is_not_a_savedmodel(tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match="is not a SavedModel"):
        read_model(tmp_path)


def test_no_metagraph(refuse: Refuse) -> None:
    assert "has no MetaGraphDef" in refuse(e.saved_model()).message
    assert "has no nodes" in refuse(e.meta_graph(b"")).message
    assert "has no nodes" in refuse(e.saved_model(e.meta_graph(b""))).message


def test_tags_and_signatures_of_a_graphdef(tmp_path: Path) -> None:
    file = tmp_path / "g"
    file.write_bytes(e.graph(e.node("n", "NoOp")))
    with pytest.raises(OpsieveError, match=r"does not have the tags \{serve\}"):
        read_model(file, tags=frozenset({"serve"}))
    with pytest.raises(OpsieveError, match="has no signature 'x'"):
        read_model(file, reach=Reach(signatures=("x",)))
