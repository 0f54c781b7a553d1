"""TensorFlow.js graph models, laid out as the TensorFlow.js converter lays them out.

Source of the format: tensorflow/tfjs, tfjs-converter/python/tensorflowjs/write_weights.py and
converters/tf_saved_model_conversion_v2.py (write_artifacts).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_graph_model(graph: Any, folder: Path) -> Path:
    """Write a frozen GraphDef as ``model.json`` and one weights shard; returns the path of ``model.json``."""
    import tensorflow as tf
    from google.protobuf.json_format import MessageToDict

    folder.mkdir(parents=True)
    topology = tf.compat.v1.GraphDef()
    topology.CopyFrom(graph)
    manifest: list[dict[str, Any]] = []
    shard = bytearray()
    for node in topology.node:
        if node.op != "Const" or tf.as_dtype(node.attr["dtype"].type) == tf.string:
            continue
        value = tf.make_ndarray(node.attr["value"].tensor)
        manifest.append({"name": node.name, "shape": list(value.shape), "dtype": str(value.dtype)})
        shard += value.tobytes()
        node.attr["value"].Clear()
    (folder / "group1-shard1of1.bin").write_bytes(shard)
    document = {
        "format": "graph-model",
        "generatedBy": tf.__version__,
        "convertedBy": "opsieve's tests",
        "modelTopology": MessageToDict(topology),
        "weightsManifest": [{"paths": ["group1-shard1of1.bin"], "weights": manifest}],
    }
    path = folder / "model.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def read_graph_model(path: Path) -> Any:
    """A graph model as a GraphDef, with the weights of its shards."""
    import numpy
    import tensorflow as tf
    from google.protobuf import json_format

    document = json.loads(path.read_text(encoding="utf-8"))
    graph = json_format.ParseDict(document["modelTopology"], tf.compat.v1.GraphDef())
    constants = {node.name: node for node in graph.node if node.op == "Const"}
    for group in document["weightsManifest"]:
        content, start = b"".join((path.parent / shard).read_bytes() for shard in group["paths"]), 0
        for weight in group["weights"]:
            dtype = numpy.dtype(weight["dtype"])
            size = dtype.itemsize * int(numpy.prod(weight["shape"], dtype=numpy.int64))
            value = numpy.frombuffer(content[start : start + size], dtype).reshape(weight["shape"])
            constants[weight["name"]].attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
            start += size
    return graph
