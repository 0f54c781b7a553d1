"""What TensorFlow answers in Python for a model on fixed random inputs: what programs that run it are compared with."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2e.reference import graphs_of_model
from e2e.samples import sample


@dataclass(frozen=True)
class Answer:
    """``inputs`` and ``outputs`` are numpy arrays, by the names that run_model knows them by.

    ``signature``: "" for a graph, whose inputs and outputs are named by their nodes. ``scores``: what a graph's Softmax
    nodes are given. A network that was never trained may answer alike to everything, and its scores still differ.
    """

    signature: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    scores: Mapping[str, Any] = field(default_factory=dict)


def answers(name: str, path: Path, model_format: str, scratch: Path) -> list[Answer]:
    """One for each signature of a SavedModel, one for a graph; ``name`` chooses the samples for strings."""
    if model_format == "savedmodel":
        return _of_saved_model(name, path, scratch)
    return [_of_graph(name, graphs_of_model(path, model_format)[0], scratch)]


def _of_saved_model(name: str, path: Path, scratch: Path) -> list[Answer]:
    import tensorflow as tf

    found = []
    for signature in tf.saved_model.load(str(path)).signatures:
        # Loaded anew: running another signature may have changed the variables.
        loaded = tf.saved_model.load(str(path))
        function = loaded.signatures[signature]
        specs = function.structured_input_signature[1]
        inputs = {key: _input(name, key, spec.shape, spec.dtype, scratch) for key, spec in specs.items()}
        outputs = function(**{key: tf.constant(value, specs[key].dtype) for key, value in inputs.items()})
        found.append(Answer(signature, inputs, {key: value.numpy() for key, value in outputs.items()}))
    return found


def _of_graph(name: str, graph_def: Any, scratch: Path) -> Answer:
    import tensorflow.compat.v1 as tf1

    placeholders = [node.name for node in graph_def.node if node.op == "Placeholder"]
    read = {source.lstrip("^").split(":")[0] for node in graph_def.node for source in node.input}
    ends = [node.name for node in graph_def.node if node.name not in {*read, *placeholders} and node.op != "NoOp"]
    scores = sorted({node.input[0] for node in graph_def.node if node.op == "Softmax"})
    graph = tf1.Graph()
    with graph.as_default():
        tf1.import_graph_def(graph_def, name="")
    tensors = {node: graph.get_tensor_by_name(f"{node}:0") for node in placeholders}
    inputs = {node: _input(name, node, tensor.shape, tensor.dtype, scratch) for node, tensor in tensors.items()}
    fetches = {name: name if ":" in name else f"{name}:0" for name in (*ends, *scores)}
    with tf1.Session(graph=graph) as session:
        values = session.run(fetches, {f"{node}:0": value for node, value in inputs.items()})
    return Answer("", inputs, {name: values[name] for name in ends}, {name: values[name] for name in scores})


def _input(name: str, argument: str, shape: Any, dtype: Any, scratch: Path) -> Any:
    """Random numbers where the samples have none of their own; the same in every run."""
    import numpy as np

    sizes = [] if shape.rank is None else list(shape)
    value = sample(name, argument, scratch, sizes, dtype).numpy()
    if isinstance(value, bytes) or value.dtype == object:
        return np.asarray(value, object)
    if value.any():
        return value
    chance = np.random.default_rng(zlib.crc32(f"{name} {argument}".encode()))
    if value.dtype.kind == "f":
        return chance.uniform(0.0, 1.0, value.shape).astype(value.dtype)
    # Small, as a class or a word of a vocabulary is.
    return chance.integers(0, 2, value.shape).astype(value.dtype)
