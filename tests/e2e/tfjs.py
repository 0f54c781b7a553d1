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
