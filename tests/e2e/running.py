"""The process that runs models of the zoo: as Python runs them, and as an app in C++ does, through a session.

``python -m e2e.running JOBS`` is started by e2e.executed, with the environment that has TensorFlow write what it does:
its log is read for the kernels made (e2e.kernel_log), and what the profiler and the final graphs of sessions have
beside that is kept too, so that a hole in the log shows.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from e2e import kernel_log, zoo
from e2e.execution import Execution, Node, Phase, to_json
from e2e.reference import graphs_of_model, kernel_class
from e2e.samples import sample
from e2e.tfjs import read_graph_model

# The stages of large graphs would be gigabytes of text.
_LARGEST_TO_DUMP = 4_000_000

# What a MetaGraph of the zoo is for, in this order; the saver's ops come after.
_META_GRAPH_RUNS: dict[str, tuple[tuple[str, Any], ...]] = {
    "tf1_control_flow": (
        ("init", "init"),
        ("train", ["loss:0", "train"]),
        ("enqueue", "enqueue"),
        ("dequeue", "dequeued:0"),
    ),
    "tf1_resource_variables": (("init", "init"), ("train", "loss:0")),
}
# Importing functions with open types, or that are called for their gradient, is something that only the C API can do.
_SESSION_ONLY = ("polymorphic_functions", "symbolic_gradient")


class Recorder:
    """Collects the phases of one model."""

    def __init__(self, model: str, grappler: bool, scratch: Path) -> None:
        self.model = model
        self.grappler = grappler
        self.scratch = scratch
        self.phases: dict[str, tuple[set[Node], set[str]]] = {}

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[list[Any]]:
        """Everything run inside belongs to the phase; graphs put into the list are counted as graphs."""
        import tensorflow as tf

        graphs: list[Any] = []
        nodes, profiled = self.phases.setdefault(name, (set(), set()))
        log, trace = self.scratch / "log", self.scratch / "trace"
        with _stderr_to(log):
            # Level 3 has the cheap kernels too, such as Switch.
            tf.profiler.experimental.start(str(trace), tf.profiler.experimental.ProfilerOptions(host_tracer_level=3))
            try:
                yield graphs
            finally:
                tf.profiler.experimental.stop()
        nodes |= _from_log(log.read_text(encoding="utf-8", errors="replace"))
        nodes |= _from_graphs(graphs, nodes)
        profiled |= _traced_ops(trace)
        shutil.rmtree(trace)
        log.unlink()

    def result(self, made_by: Mapping[str, tuple[str, ...]]) -> Execution:
        phases = tuple(
            Phase(name, tuple(nodes), frozenset(profiled)) for name, (nodes, profiled) in self.phases.items()
        )
        return Execution(self.model, self.grappler, phases, made_by)


def run_model(name: str, *, grappler: bool) -> Execution:
    """Run a model of the zoo in every way that it can be run."""
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": not grappler})
    path, model_format = zoo.path_of(name), zoo.MODELS[name].format
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        dumps = _dump_to(scratch / "stages", path)
        recorder = Recorder(name, grappler, scratch)
        if model_format == "savedmodel":
            if not grappler:
                path = _copy_without_grappler(path, scratch / "model")
            _run_functions(recorder, path)
            _run_saved_model(recorder, path)
        elif model_format == "metagraph":
            _run_meta_graph(recorder, path)
        else:
            graph = read_graph_model(path) if model_format == "tfjs" else graphs_of_model(path, model_format)[0]
            if not grappler:
                _without_grappler(graph)
            if name not in _SESSION_ONLY:
                _run_imported(recorder, graph)
            _run_graph(recorder, graph)
        return recorder.result(_made_by(dumps))


# As Python runs a model.


def _run_functions(recorder: Recorder, path: Path) -> None:
    import tensorflow as tf

    with recorder.phase("python load"):
        loaded = tf.saved_model.load(str(path))
    for signature, function in loaded.signatures.items():
        specs = function.structured_input_signature[1]
        inputs = {key: _input(recorder, key, spec.shape, spec.dtype) for key, spec in specs.items()}
        with recorder.phase(f"signature {signature}"):
            function(**inputs)


def _run_imported(recorder: Recorder, graph: Any) -> None:
    import tensorflow as tf

    imported = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph, name=""), [])
    placeholders, outputs = _ends(graph)
    tensors = [imported.graph.get_tensor_by_name(tensor) for tensor in placeholders]
    pruned = imported.prune(tensors, outputs)
    inputs = [_input(recorder, tensor.name.split(":")[0], tensor.shape, tensor.dtype) for tensor in tensors]
    with recorder.phase("main"):
        pruned(*inputs)


# As an app runs a model: through a session (cc/saved_model/loader.cc).


class _Session:
    """A session that records what each run is for."""

    def __init__(self, recorder: Recorder) -> None:
        import tensorflow.compat.v1 as tf1

        self.recorder = recorder
        self.graph = tf1.Graph()
        config = tf1.ConfigProto()
        rewriter = config.graph_options.rewrite_options
        rewriter.disable_meta_optimizer = not recorder.grappler
        # A session, unlike a function call, leaves small graphs alone otherwise.
        rewriter.min_graph_nodes = -1
        self.session = tf1.Session(graph=self.graph, config=config)

    def run(self, phase: str, fetches: Any, feeds: Mapping[str, Any]) -> None:
        import tensorflow.compat.v1 as tf1

        metadata = tf1.RunMetadata()
        options = tf1.RunOptions(output_partition_graphs=True)
        values = {key: value.numpy() if hasattr(value, "numpy") else value for key, value in feeds.items()}
        with self.graph.as_default(), self.recorder.phase(phase) as graphs:
            self.session.run(fetches, values, options=options, run_metadata=metadata)
            graphs += metadata.partition_graphs

    def operation(self, name: str) -> Any:
        return self.graph.get_operation_by_name(name.removeprefix("^").split(":")[0])


def _run_saved_model(recorder: Recorder, path: Path) -> None:
    from tensorflow.core.protobuf import saved_model_pb2
    from tensorflow.python.framework import meta_graph as meta_graphs
    from tensorflow.python.saved_model import loader_impl

    saved = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes())
    (meta_graph,) = [one for one in saved.meta_graphs if "serve" in one.meta_info_def.tags]
    session = _Session(recorder)
    with session.graph.as_default():
        meta_graphs.import_scoped_meta_graph(meta_graph)
        assets = loader_impl.get_asset_tensors(str(path), meta_graph)
        init = loader_impl.get_init_op(meta_graph)
    saver = meta_graph.saver_def
    variables = path / "variables" / "variables"
    if variables.with_suffix(".index").is_file() and saver.restore_op_name:
        session.run("load", session.operation(saver.restore_op_name), {saver.filename_tensor_name: str(variables)})
    if init is not None:
        session.run("init", init, assets)
    for key, signature in meta_graph.signature_def.items():
        if not key.startswith("__"):
            feeds = {
                info.name: _input(recorder, argument, *_shape_and_dtype(info))
                for argument, info in signature.inputs.items()
            }
            session.run(f"signature {key}", [info.name for info in signature.outputs.values()], {**assets, **feeds})
    _save(session, saver)


def _save(session: _Session, saver: Any, restore: bool = False) -> None:
    if not saver.save_tensor_name:
        return
    (session.recorder.scratch / "saved").mkdir()
    prefix = str(session.recorder.scratch / "saved" / "variables")
    session.run("save", saver.save_tensor_name, {saver.filename_tensor_name: prefix})
    if restore:
        session.run("restore", session.operation(saver.restore_op_name), {saver.filename_tensor_name: prefix})


def _run_meta_graph(recorder: Recorder, path: Path) -> None:
    """As TensorFlow 1 trains: variables first, then a step, then a checkpoint."""
    import tensorflow as tf
    from tensorflow.core.protobuf import meta_graph_pb2
    from tensorflow.python.framework import meta_graph as meta_graphs

    meta_graph = meta_graph_pb2.MetaGraphDef.FromString(path.read_bytes())
    if not recorder.grappler:
        _without_grappler(meta_graph.graph_def)
    session = _Session(recorder)
    with session.graph.as_default():
        meta_graphs.import_scoped_meta_graph(meta_graph)
    feeds = {
        f"{node.name}:0": _input(
            recorder, node.name, _shape(node.attr["shape"].shape), tf.as_dtype(node.attr["dtype"].type)
        )
        for node in meta_graph.graph_def.node
        if node.op == "Placeholder"
    }
    for phase, fetches in _META_GRAPH_RUNS[recorder.model]:
        session.run(phase, fetches, feeds if phase != "init" else {})
    _save(session, meta_graph.saver_def, restore=True)


def _run_graph(recorder: Recorder, graph: Any) -> None:
    session = _Session(recorder)
    _import_with_functions(session.graph, graph)
    placeholders, outputs = _ends(graph)
    tensors = [session.graph.get_tensor_by_name(name) for name in placeholders]
    feeds = {tensor.name: _input(recorder, tensor.name.split(":")[0], tensor.shape, tensor.dtype) for tensor in tensors}
    session.run("main", outputs, feeds)


def _import_with_functions(graph: Any, graph_def: Any) -> None:
    import tensorflow as tf
    from tensorflow.core.framework import graph_pb2
    from tensorflow.python.client import pywrap_tf_session

    nodes = graph_pb2.GraphDef()
    nodes.CopyFrom(graph_def)
    nodes.ClearField("library")
    with graph.as_default():
        # tf.import_graph_def refuses functions with type attrs; the C API takes them.
        for function in graph_def.library.function:
            imported = pywrap_tf_session.TF_FunctionImportFunctionDef(function.SerializeToString())
            with graph._c_graph.get() as c_graph:
                pywrap_tf_session.TF_GraphCopyFunction(c_graph, imported, None)
        tf.import_graph_def(nodes, name="")


def _copy_without_grappler(path: Path, copy: Path) -> Path:
    """A SavedModel whose function calls ask for no grappler, see _without_grappler."""
    from tensorflow.core.protobuf import saved_model_pb2

    shutil.copytree(path, copy)
    saved = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes())
    for meta_graph in saved.meta_graphs:
        _without_grappler(meta_graph.graph_def)
    (copy / "saved_model.pb").write_bytes(saved.SerializeToString())
    return copy


def _without_grappler(graph: Any) -> None:
    """Have each call of a function say that grappler is off.

    The kernel of a call that is not inlined optimises the function by the call's own attr, and by default
    (core/kernels/partitioned_function_ops.cc), whatever the session says.
    """
    from tensorflow.core.protobuf import config_pb2

    config = config_pb2.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
        for node in nodes:
            if node.op in ("PartitionedCall", "StatefulPartitionedCall"):
                node.attr["config_proto"].s = config.SerializeToString()


# Inputs and outputs.


def _ends(graph: Any) -> tuple[list[str], list[str]]:
    """The placeholders of a graph, and the first outputs of the nodes that no other node uses."""
    used = {name.lstrip("^").split(":")[0] for node in graph.node for name in node.input}
    return (
        [f"{node.name}:0" for node in graph.node if node.op == "Placeholder"],
        [f"{node.name}:0" for node in graph.node if node.name not in used and node.op not in ("NoOp", "Placeholder")],
    )


def _input(recorder: Recorder, argument: str, shape: Any, dtype: Any) -> Any:
    sizes = None if shape is None or (hasattr(shape, "rank") and shape.rank is None) else list(shape)
    return sample(recorder.model, argument, recorder.scratch, sizes, dtype)


def _shape_and_dtype(info: Any) -> tuple[list[int | None] | None, Any]:
    import tensorflow as tf

    return _shape(info.tensor_shape), tf.as_dtype(info.dtype)


def _shape(shape: Any) -> list[int | None] | None:
    return None if shape.unknown_rank else [None if dim.size < 0 else dim.size for dim in shape.dim]


# What was run.


@contextlib.contextmanager
def _stderr_to(file: Path) -> Iterator[None]:
    kept = os.dup(2)
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(opened, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(opened)


def _from_log(log: str) -> set[Node]:
    made: dict[tuple[str, Any, str], bool] = {}
    for one in kernel_log.nodes(log):
        if one.device and "CPU" not in one.device:
            continue
        types = _with_defaults(one.op, dict(one.types))
        if types is None:
            continue
        key = (one.op, types, one.label)
        made[key] = made.get(key, False) or one.ran
    return {
        Node(op, types, label, kernel_class(op, types, label), ran, True) for (op, types, label), ran in made.items()
    }


def _from_graphs(graphs: Iterable[Any], logged: set[Node]) -> set[Node]:
    """The nodes of final graphs that the log does not have."""
    from tensorflow.core.framework import types_pb2

    found = set()
    for graph in graphs:
        for node in graph.node:
            if node.device and "CPU" not in node.device:
                continue
            own: dict[str, str | tuple[str, ...]] = {}
            for name, value in node.attr.items():
                if value.WhichOneof("value") == "type":
                    own[name] = types_pb2.DataType.Name(value.type)
                elif value.list.type:
                    own[name] = kernel_log.shortened(tuple(map(types_pb2.DataType.Name, value.list.type)))
            types = _with_defaults(node.op, own)
            if types is not None:
                found.add((node.op, types, node.attr["_kernel"].s.decode()))
    found -= {(node.op, node.types, node.label) for node in logged}
    return {Node(op, types, label, kernel_class(op, types, label), False, False) for op, types, label in found}


def _with_defaults(op: str, own: dict[str, Any]) -> tuple[tuple[str, str | tuple[str, ...]], ...] | None:
    """The type attrs that the op defines, with defaults for those that are not there; None for a function's name."""
    from tensorflow.core.framework import types_pb2
    from tensorflow.python.framework import op_def_registry

    definition = op_def_registry.get(op)
    if definition is None:
        return None
    types = {}
    for attr in definition.attr:
        if attr.name in own:
            types[attr.name] = own[attr.name]
        elif attr.type == "type" and attr.HasField("default_value"):
            types[attr.name] = types_pb2.DataType.Name(attr.default_value.type)
    return tuple(sorted(types.items()))


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


# Which part of the runtime put an op into a graph (core/util/debug_data_dumper.cc).


def _dump_to(folder: Path, model: Path) -> Path:
    folder.mkdir()
    files = [model] if model.is_file() else [file for file in model.rglob("*") if file.is_file()]
    if sum(file.stat().st_size for file in files) <= _LARGEST_TO_DUMP:
        os.environ["TF_DUMP_GRAPH_PREFIX"] = str(folder)
    else:
        os.environ.pop("TF_DUMP_GRAPH_PREFIX", None)
    return folder


def _made_by(dumps: Path) -> dict[str, tuple[str, ...]]:
    """For each op, the stages at which it first was in a graph that did not start with it."""
    graphs: dict[str, dict[int, tuple[str, set[str]]]] = {}
    for file in dumps.glob("*.pbtxt"):
        name, _, rest = file.name.removesuffix(".pbtxt").rpartition(".main.")
        graph, _, order = name.rpartition(".")
        ops = set(re.findall(r'^  op: "(\w+)"', file.read_text(encoding="utf-8", errors="replace"), re.MULTILINE))
        graphs.setdefault(graph, {})[int(order)] = (re.sub(r"_\d+$", "", rest), ops)
    found: dict[str, set[str]] = {}
    for stages in graphs.values():
        seen: set[str] = set()
        for _, (stage, ops) in sorted(stages.items()):
            for op in ops - seen if seen else ():
                found.setdefault(op, set()).add(stage)
            seen |= ops
    return {op: tuple(sorted(stages)) for op, stages in sorted(found.items())}


def main() -> None:
    request = json.loads(sys.argv[1])
    for job in request["jobs"]:
        output = Path(job["output"])
        try:
            text, target = to_json(run_model(job["name"], grappler=request["grappler"])), output
        except Exception:  # noqa: BLE001 - another model's failure is not this one's
            text, target = traceback.format_exc(), output.with_suffix(".error")
        whole = target.with_suffix(f".{os.getpid()}")
        whole.write_text(text, encoding="utf-8")
        whole.replace(target)


if __name__ == "__main__":
    main()
