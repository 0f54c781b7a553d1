"""Running GraphDefs in a process of its own, and the kernels that TensorFlow made to run them.

TensorFlow makes a kernel for every node that an executor gets, wherever the executor is: of a session, of a function
that a kernel calls, or of constant folding. Its log of them (e2e.kernel_log), unlike partition graphs, has the bodies
of functions that were not inlined, after all passes.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from e2e import kernel_log

# A session's graphs and caches stay in the process.
_GRAPHS_PER_PROCESS = 1500
_SECONDS_PER_GRAPH = 60


@dataclass(frozen=True)
class Options:
    """How a session optimises: grappler, and the passes of core/common_runtime/graph_optimizer.cc."""

    grappler: bool = False
    inlining: bool = True
    optimized: bool = True


@dataclass(frozen=True)
class Executed:
    """A node that TensorFlow made a kernel for: its dtypes by attr, and the class of the kernel without spaces."""

    node: str
    op: str
    kernel_class: str
    types: tuple[tuple[str, str | tuple[str, ...]], ...]


@dataclass(frozen=True)
class Run:
    """``error``: why TensorFlow refused the graph or failed, empty where it ran. ``crashed``: it ended the process."""

    executed: frozenset[Executed] = frozenset()
    error: str = ""
    crashed: bool = False


class GraphRunner:
    """A process that runs graphs, started again when it has run many or has crashed; use as a context manager."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._runs = 0

    def __enter__(self) -> GraphRunner:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def run(self, graph: Any, fetches: Sequence[str], targets: Sequence[str], options: Options) -> Run:
        """Run a GraphDef once; every Placeholder of the main graph is fed with ones."""
        if self._process is None or self._runs >= _GRAPHS_PER_PROCESS:
            self._start()
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._runs += 1
        encoded = base64.b64encode(graph.SerializeToString()).decode()
        question = {"graph": encoded, "fetches": fetches, "targets": targets, "options": asdict(options)}
        # A graph that never ends counts as one that ends the process.
        limit = threading.Timer(_SECONDS_PER_GRAPH, self._process.kill)
        limit.start()
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            limit.cancel()
        if not line:
            status = self._process.wait()
            self._stop()
            return Run(error=f"TensorFlow ended its process with status {status}", crashed=True)
        answer = json.loads(line)
        executed = frozenset(
            Executed(node, op, text, tuple((name, _frozen(value)) for name, value in types))
            for node, op, text, types in answer["executed"]
        )
        return Run(executed, answer["error"])

    def _start(self) -> None:
        self._stop()
        environment = os.environ | {
            "CUDA_VISIBLE_DEVICES": "",
            **kernel_log.SWITCHES,
            "TF_CPP_VMODULE": "op_kernel=1",
            "TF_ENABLE_ONEDNN_OPTS": "0",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "e2e.graph_runner"],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._runs = 0

    def _stop(self) -> None:
        if self._process is None:
            return
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.kill()
        self._process.wait()
        self._process = None


def _frozen(value: str | list[str]) -> str | tuple[str, ...]:
    return value if isinstance(value, str) else tuple(value)


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w")
    with tempfile.TemporaryFile("ab+") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        for line in sys.stdin:
            answers.write(json.dumps(_answer(json.loads(line), log)) + "\n")
            answers.flush()


def _answer(question: dict[str, Any], log: IO[bytes]) -> dict[str, Any]:
    from tensorflow.core.framework import graph_pb2

    graph = graph_pb2.GraphDef.FromString(base64.b64decode(question["graph"]))
    error = ""
    try:
        _run(graph, question["fetches"], question["targets"], Options(**question["options"]), log)
    except Exception as refused:  # noqa: BLE001 - every error of TensorFlow has a class of its own
        error = f"{type(refused).__name__}: {refused}"
    log.seek(0)
    text = log.read().decode("utf-8", "replace")
    return {"error": error, "executed": [] if error else _executed(text)}


def _executed(log: str) -> list[tuple[Any, ...]]:
    from e2e.reference import kernel_class

    distinct = {(node.op, node.types, node.label): node for node in kernel_log.nodes(log)}.values()
    return [(node.name, node.op, kernel_class(node.op, node.types, node.label), node.types) for node in distinct]


def _run(graph_def: Any, fetches: list[str], targets: list[str], options: Options, log: IO[bytes]) -> None:
    """Through the C API alone: tf.import_graph_def refuses functions whose types are open, and is slow."""
    import tensorflow.compat.v1 as tf1
    from tensorflow.python.client import pywrap_tf_session as c_api

    placeholders = [node for node in graph_def.node if node.op == "Placeholder"]
    import_options = c_api.TF_NewImportGraphDefOptions()
    for tensor in [*(node.name for node in placeholders), *fetches]:
        name, _, index = tensor.partition(":")
        c_api.TF_ImportGraphDefOptionsAddReturnOutput(import_options, name, int(index or 0))
    for name in targets:
        c_api.TF_ImportGraphDefOptionsAddReturnOperation(import_options, name)
    config = _config(options)
    for node in [*graph_def.node, *(node for one in graph_def.library.function for node in one.node_def)]:
        # These kernels optimise the function on their own, not as the session does.
        if node.op in ("PartitionedCall", "StatefulPartitionedCall"):
            node.attr["config_proto"].s = config.SerializeToString()
    graph = tf1.Graph()
    with graph._c_graph.get() as c_graph:
        serialized = c_api.TF_NewBufferFromString(graph_def.SerializeToString())
        results = c_api.TF_GraphImportGraphDefWithResults(c_graph, serialized, import_options)
        outputs = c_api.TF_ImportGraphDefResultsReturnOutputs(results)
        operations = c_api.TF_ImportGraphDefResultsReturnOperations(results)
    feeds = {output: _ones(node) for output, node in zip(outputs, placeholders, strict=False)}
    # What importing logs is not what running does: shape inference evaluates constants.
    log.truncate(0)
    with tf1.Session(graph=graph, config=config) as session:
        c_api.TF_SessionRun_wrapper(session._session, None, feeds, outputs[len(placeholders) :], operations, None)


def _config(options: Options) -> Any:
    import tensorflow.compat.v1 as tf1
    from tensorflow.core.protobuf import config_pb2

    config = tf1.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    optimizer = config.graph_options.optimizer_options
    levels = config_pb2.OptimizerOptions
    optimizer.opt_level = levels.L1 if options.optimized else levels.L0
    optimizer.do_function_inlining = options.inlining
    rewriter = config.graph_options.rewrite_options
    rewriter.disable_meta_optimizer = not options.grappler
    # A session leaves small graphs alone otherwise.
    rewriter.min_graph_nodes = -1
    return config


def _ones(placeholder: Any) -> Any:
    import numpy as np
    import tensorflow as tf

    shape = [dimension.size for dimension in placeholder.attr["shape"].shape.dim]
    dtype = tf.as_dtype(placeholder.attr["dtype"].type)
    return np.full(shape, "a", object) if dtype == tf.string else np.ones(shape, dtype.as_numpy_dtype)


if __name__ == "__main__":
    _serve()
