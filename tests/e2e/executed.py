"""Running the zoo's models in TensorFlow, and the graphs that its executors were given."""

from __future__ import annotations

import io
import re
import shutil
import tempfile
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2e.reference import graphs_of_model

# Importing a call of a function with open types is something that TensorFlow's Python API cannot do; a TensorFlow.js
# model has its weights apart; the other two have the ops of mobilenet_v2 in larger files.
NOT_RUN = ("polymorphic_functions", "mobilenet_v2_js", "mobilenet_v2_text", "inception_v3", "resnet50")

_TEXTS = {
    "bert_encoder": ["The cat is on that", "unheard of"],
    "text_preprocessing": ["The 1st, of 22 tests!", "naïve café"],
    "guesslang": ["def f(x):\n  return x + 1\n\nimport sys\nprint(f(2))"],
}


@dataclass
class Execution:
    """What TensorFlow ran.

    ``graphs``: the partition graphs, as GraphDefs; functions that a kernel calls (a dataset's, or those that were not
    inlined) are not among them. ``ops``: the ops that the executors of all functions ran, by name only.
    """

    graphs: list[Any] = field(default_factory=list)
    ops: set[str] = field(default_factory=set)


def execute(name: str, path: Path, model_format: str, *, grappler: bool) -> Execution:
    """Run each of a model's signatures once.

    ``grappler=False`` is what a mobile build does, where it is compiled out
    (core/common_runtime/graph_execution_state.cc).
    """
    import tensorflow as tf

    if model_format == "metagraph":
        return Execution(_session_graphs(path, grappler=grappler))
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": not grappler})
    execution = Execution()
    with tempfile.TemporaryDirectory() as folder:
        if model_format == "savedmodel" and not grappler:
            path = _copy_without_grappler(path, Path(folder) / "model")
        for function in _functions(path, model_format).values():
            _run(function, _inputs(name, Path(folder), function), execution)
    return execution


def _copy_without_grappler(path: Path, copy: Path) -> Path:
    """A SavedModel without the options for grappler that it holds for every function that is not inlined."""
    from tensorflow.core.protobuf import config_pb2, saved_model_pb2

    shutil.copytree(path, copy)
    config = config_pb2.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    saved = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes())
    for meta_graph in saved.meta_graphs:
        library = meta_graph.graph_def.library
        for node in [*meta_graph.graph_def.node, *(node for one in library.function for node in one.node_def)]:
            if "config_proto" in node.attr:
                node.attr["config_proto"].s = config.SerializeToString()
    (copy / "saved_model.pb").write_bytes(saved.SerializeToString())
    return copy


def _run(function: Callable[..., Any], inputs: dict[str, Any], execution: Execution) -> None:
    import tensorflow as tf
    from tensorflow.python.eager import context

    context.enable_graph_collection()
    try:
        function(**inputs)
    finally:
        collected = context.export_run_metadata()
        context.disable_graph_collection()
    execution.graphs += [graph for one in collected.function_graphs for graph in one.partition_graphs]
    with tempfile.TemporaryDirectory() as folder:
        # Level 3 has the cheap kernels too, such as Switch.
        tf.profiler.experimental.start(folder, tf.profiler.experimental.ProfilerOptions(host_tracer_level=3))
        try:
            function(**inputs)
        finally:
            tf.profiler.experimental.stop()
        execution.ops |= _traced_ops(Path(folder))


def _traced_ops(folder: Path) -> set[str]:
    """The ops in a profile: an executor's event is called ``node:op`` (core/common_runtime/executor.cc, TraceMeOp)."""
    from tensorflow.python.framework import op_def_registry
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    (profile,) = folder.rglob("*.xplane.pb")
    planes = xplane_pb2.XSpace.FromString(profile.read_bytes()).planes
    events = [
        plane.event_metadata[event.metadata_id].name
        for plane in planes
        for line in plane.lines
        for event in line.events
    ]
    names = {match[1] for event in set(events) if (match := re.fullmatch(r"[^:]+:(\w+)(?:#.*)?", event))}
    return {name for name in names if op_def_registry.get(name) is not None}


def _session_graphs(path: Path, *, grappler: bool) -> list[Any]:
    """As TensorFlow 1 runs a graph: variables first, then a step of training, then the queue."""
    import tensorflow.compat.v1 as tf1
    from tensorflow.core.protobuf import rewriter_config_pb2

    config = tf1.ConfigProto()
    rewriter = config.graph_options.rewrite_options
    rewriter.disable_meta_optimizer = not grappler
    # A session, unlike a function call, leaves small graphs alone otherwise.
    rewriter.min_graph_nodes = -1
    rewriter.meta_optimizer_iterations = rewriter_config_pb2.RewriterConfig.ONE
    options = tf1.RunOptions(output_partition_graphs=True)
    graphs: list[Any] = []
    with tf1.Graph().as_default(), tf1.Session(config=config) as session:
        tf1.train.import_meta_graph(str(path))
        for fetch in ("init", ["loss:0", "train"], "enqueue", "dequeued:0"):
            metadata = tf1.RunMetadata()
            feed = {} if fetch == "init" else {"features:0": [[0.1, 0.2, 0.3, 0.4]]}
            session.run(fetch, feed, options=options, run_metadata=metadata)
            graphs += metadata.partition_graphs
    return graphs


def _functions(path: Path, model_format: str) -> dict[str, Callable[..., Any]]:
    import tensorflow as tf

    if model_format == "savedmodel":
        loaded = tf.saved_model.load(str(path))
        functions = dict(loaded.signatures)
        # The functions hold the loaded variables weakly.
        next(iter(functions.values())).keep_alive = loaded
        return functions
    (graph,) = graphs_of_model(path, model_format)
    inputs = [f"{node.name}:0" for node in graph.node if node.op == "Placeholder"]
    used = {name.lstrip("^").split(":")[0] for node in graph.node for name in node.input}
    outputs = [f"{node.name}:0" for node in graph.node if node.name not in used and node.op != "NoOp"]
    imported = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph, name=""), [])
    pruned = imported.prune([imported.graph.get_tensor_by_name(tensor) for tensor in inputs], outputs)
    return {"main": pruned}


def _inputs(name: str, scratch: Path, function: Any) -> dict[str, Any]:
    import tensorflow as tf

    specs = function.structured_input_signature[1] if function.structured_input_signature else None
    if not specs:
        return {tensor.name.split(":")[0]: _zeros(tensor) for tensor in function.inputs if tensor.dtype != tf.resource}
    return {argument: _sample(name, argument, scratch, spec) for argument, spec in specs.items()}


def _sample(name: str, argument: str, scratch: Path, spec: Any) -> Any:
    import tensorflow as tf

    if name in _TEXTS:
        return tf.constant(_TEXTS[name])
    if argument == "wav":
        return tf.constant(_wav())
    if argument == "jpeg":
        return tf.io.encode_jpeg(tf.zeros([64, 48, 3], tf.uint8))
    if argument == "path":
        return _checkpoint(scratch)
    if argument == "rows":
        return tf.constant([[1.0, 2, 3, 4], [4, 3, 2, 1], [-1, -2, -3, -4]])
    return _zeros(spec)


def _zeros(spec: Any) -> Any:
    import tensorflow as tf

    # A dimension left open gets 2: a batch of two, or a sequence of two.
    return tf.zeros([2 if size is None else size for size in spec.shape.as_list()], spec.dtype)


def _wav() -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16000)
        out.writeframes(bytes(range(256)) * 32)
    return stream.getvalue()


def _checkpoint(scratch: Path) -> Any:
    """A checkpoint with the two weights that the restore signature of ``trainable`` asks for."""
    import tensorflow as tf

    prefix = str(scratch / "weights")
    names = ["hidden:0", "output:0"]
    tf.raw_ops.SaveV2(
        prefix=prefix, tensor_names=names, shape_and_slices=["", ""], tensors=[tf.zeros([8, 16]), tf.zeros([16, 2])]
    )
    return tf.constant(prefix)
