"""Real graphs: what opsieve reads against a walk over TensorFlow's own parsed protos, in every form of the file."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from opsieve.errors import OpsieveError
from opsieve.models import read_model
from opsieve.models.reach import Reach
from opsieve.models.usage import Model

from .protos import expected, parts


@pytest.fixture(scope="module")
def tf() -> Any:
    return pytest.importorskip("tensorflow", reason="the tensorflow wheel is the oracle here")


@pytest.fixture(scope="module")
def protos(tf: Any) -> dict[str, Any]:
    """Graphs as GraphDef protos, by name."""
    return {
        "mlp": _frozen(tf, _mlp(tf), [1, 4]),
        "mobilenet": _frozen(
            tf, tf.keras.applications.MobileNetV2(weights=None, alpha=0.35, classes=3), [1, 224, 224, 3]
        ),
        "control flow": _control_flow(tf).graph.as_graph_def(),
        "lstm": _frozen(tf, tf.keras.Sequential([tf.keras.layers.LSTM(3, input_shape=(5, 2))]), [1, 5, 2]),
        "dataset": _dataset(tf),
        "tf1": _tf1(tf).as_graph_def(),
    }


NAMES = ["mlp", "mobilenet", "control flow", "lstm", "dataset", "tf1"]


@pytest.mark.parametrize("name", NAMES)
def test_binary_text_and_json_all_equal_the_parsed_proto(
    tf: Any, protos: dict[str, Any], name: str, tmp_path: Path
) -> None:
    from google.protobuf import json_format, text_format

    proto = protos[name]
    forms = {
        "graphdef": proto.SerializeToString(),
        "graphdef-text": text_format.MessageToString(proto).encode(),
        "tfjs": json.dumps({"modelTopology": json_format.MessageToDict(proto)}).encode(),
    }
    one_line = text_format.MessageToString(proto, as_one_line=True, pointy_brackets=True).encode()
    wanted = expected(proto)
    for form, content in [*forms.items(), ("graphdef-text", one_line)]:
        file = tmp_path / f"{form}.bin"
        file.write_bytes(content)
        model = read_model(file)
        assert model.format == form
        assert parts(model) == wanted


def test_savedmodel_equals_the_parsed_proto(tf: Any, tmp_path: Path) -> None:
    from google.protobuf import text_format
    from tensorflow.core.protobuf import saved_model_pb2

    folder = tmp_path / "model"
    module = _Module(tf)
    tf.saved_model.save(module.module, str(folder), signatures={"serve_me": module.serve, "other": module.other})
    model = read_model(folder)
    proto = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    [meta] = proto.meta_graphs
    assert model.format == "savedmodel"
    assert model.path == str(folder)
    assert parts(model) == expected(meta.graph_def)
    assert model.tags == ("serve",)
    assert model.tensorflow_version == tf.__version__
    assert {name: (each.inputs, each.outputs, each.method) for name, each in model.signatures.items()} == {
        name: (
            {key: info.name for key, info in each.inputs.items()},
            {key: info.name for key, info in each.outputs.items()},
            each.method_name,
        )
        for name, each in meta.signature_def.items()
    }
    text_folder = tmp_path / "text"
    text_folder.mkdir()
    (text_folder / "saved_model.pbtxt").write_text(text_format.MessageToString(proto))
    text = read_model(text_folder)
    assert text.format == "savedmodel-text"
    assert (parts(text), text.signatures, text.tags) == (parts(model), model.signatures, model.tags)


def test_a_signature_keeps_what_tensorflow_extracts(tf: Any, tmp_path: Path) -> None:
    """The oracle for the main graph is TensorFlow's own extract_sub_graph."""
    module = _Module(tf)
    tf.saved_model.save(module.module, str(tmp_path), signatures={"serve_me": module.serve, "other": module.other})
    whole = read_model(tmp_path)
    from tensorflow.core.protobuf import saved_model_pb2

    proto = saved_model_pb2.SavedModel.FromString((tmp_path / "saved_model.pb").read_bytes()).meta_graphs[0]
    for name in ("serve_me", "other"):
        part = read_model(tmp_path, reach=Reach(signatures=(name,), savers=False))
        outputs = [info.name.split(":")[0] for info in proto.signature_def[name].outputs.values()]
        outputs += [info.name for info in proto.signature_def["__saved_model_init_op"].outputs.values()]
        kept = tf.compat.v1.graph_util.extract_sub_graph(proto.graph_def, outputs)
        assert {node.name for node in part.nodes} == {node.name for node in kept.node}
        assert set(part.functions) < set(whole.functions)
        assert set(part.functions) == _reached(part.nodes, whole)


def test_metagraph_with_control_flow_of_tensorflow_1(tf: Any, tmp_path: Path) -> None:
    graph = _tf1(tf)
    for as_text in (False, True):
        file = tmp_path / f"model{as_text}.meta"
        with graph.as_default():
            proto = tf.compat.v1.train.export_meta_graph(str(file), as_text=as_text)
        model = read_model(file)
        assert model.format == "metagraph"
        assert parts(model) == expected(proto.graph_def)
        assert {"Enter", "Exit", "LoopCond", "Merge", "NextIteration", "Switch"} <= {node.op for node in model.nodes}
        assert model.tensorflow_version == tf.__version__


def test_changed_bytes_mean_what_protobuf_says(tf: Any, protos: dict[str, Any], tmp_path: Path) -> None:
    """Where both accept a file whose bytes were changed at random, both read the same graph."""
    from google.protobuf.message import DecodeError
    from tensorflow.core.framework import graph_pb2

    random = Random(20)
    seeds = [each.SerializeToString() for name, each in protos.items() if name not in ("mobilenet", "lstm")]
    file = tmp_path / "graph"
    compared = refused = 0
    for _ in range(1500):
        content = bytearray(random.choice(seeds))
        for _ in range(random.randint(1, 3)):
            position = random.randrange(len(content))
            content[position : position + random.randrange(3)] = random.randbytes(random.randrange(3))
        file.write_bytes(content)
        try:
            proto = graph_pb2.GraphDef.FromString(bytes(content))
        except DecodeError:
            proto = None
        try:
            model = read_model(file)
        except OpsieveError as error:
            # What opsieve refuses, protobuf refuses too, or it is no graph that TensorFlow would import.
            refused += 1
            excused = ("has no op", "a function has no name", "is there twice", "no model that opsieve knows")
            if proto is not None and not any(each in error.message for each in excused):
                pytest.fail(error.message)
            continue
        if proto is not None and model.format == "graphdef":
            assert parts(model) == expected(proto)
            compared += 1
    assert compared > 100
    assert refused > 100


def test_changed_text_means_what_protobuf_says(tf: Any, protos: dict[str, Any], tmp_path: Path) -> None:
    """Where protobuf reads a text whose characters were changed at random, opsieve reads the same graph."""
    from google.protobuf import text_format
    from tensorflow.core.framework import graph_pb2

    random = Random(21)
    small = graph_pb2.GraphDef(node=protos["dataset"].node[:4], library=protos["dataset"].library)
    small.node.extend(protos["tf1"].node[:6])
    seeds = [text_format.MessageToString(small), text_format.MessageToString(small, as_one_line=True)]
    file = tmp_path / "graph"
    compared = 0
    for _ in range(250):
        content = random.choice(seeds)
        position = random.randrange(len(content))
        inserted = "".join(random.choices(" \n,;:{}[]<>#'\"\\a0", k=random.randrange(3)))
        content = content[:position] + inserted + content[position + random.randrange(2) :]
        try:
            proto = text_format.Merge(content, graph_pb2.GraphDef())
        except (text_format.ParseError, UnicodeDecodeError):
            proto = None
        file.write_text(content)
        try:
            model = read_model(file)
        except OpsieveError as error:
            # An unknown escape is an error to protobuf in C++ and to the format's definition, not to Python's reader.
            if proto is not None and "has no op" not in error.message and "unknown escape" not in error.message:
                pytest.fail(error.message)
            continue
        if proto is not None:
            assert parts(model) == expected(proto)
            compared += 1
    assert compared > 50


def test_dtype_table(tf: Any) -> None:
    from tensorflow.core.framework import types_pb2

    from opsieve.dtypes import NAMES, parse_dtype

    for name, number in types_pb2.DataType.items():
        assert NAMES[number] == name
        if number and number < 100:
            assert parse_dtype(tf.as_dtype(number).name) == name


def _reached(nodes: Any, model: Model) -> set[str]:
    """The functions reached, in another way than opsieve's: grow a set until it no longer grows."""
    reached: set[str] = set()
    while True:
        bodies = [*nodes, *(node for name in reached for node in model.functions[name].nodes)]
        named = {ref.name for node in bodies for refs in node.functions.values() for ref in refs}
        named |= {node.op for node in bodies} | {model.gradients[name] for name in reached if name in model.gradients}
        grown = reached | (named & set(model.functions))
        if grown == reached:
            return reached
        reached = grown


def _mlp(tf: Any) -> Any:
    return tf.keras.Sequential(
        [tf.keras.layers.Dense(3, activation="relu", input_shape=(4,)), tf.keras.layers.Dense(2)]
    )


def _frozen(tf: Any, model: Any, shape: list[int]) -> Any:
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    function = tf.function(lambda x: model(x, training=False))
    concrete = function.get_concrete_function(tf.TensorSpec(shape, tf.float32))
    return convert_variables_to_constants_v2(concrete, lower_control_flow=False).graph.as_graph_def()


def _control_flow(tf: Any) -> Any:
    @tf.function(input_signature=[tf.TensorSpec([], tf.int32), tf.TensorSpec([None], tf.float32)])
    def run(count: Any, values: Any) -> Any:
        total = tf.while_loop(lambda i, _: i < count, lambda i, v: (i + 1, tf.map_fn(tf.sqrt, v)), [0, values])[1]
        return tf.switch_case(count, [lambda: total * 2.0, lambda: tf.cond(count > 3, lambda: total, lambda: -total)])

    return run.get_concrete_function()


def _dataset(tf: Any) -> Any:
    """Functions as attrs of nodes, lists of dtypes, strings with bytes that need escapes."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def run(names: Any) -> Any:
        data = tf.data.Dataset.from_tensor_slices((names, tf.range(tf.size(names))))
        data = data.map(lambda name, i: (tf.strings.join([name, b"\xff\x00\"\\\n'\xc3\xa9"]), i)).filter(
            lambda _, i: i > 1
        )
        return data.reduce(b"", lambda state, element: state + element[0])

    return run.get_concrete_function().graph.as_graph_def()


def _tf1(tf: Any) -> Any:
    v1 = tf.compat.v1
    graph = tf.Graph()
    v1_flow = v1.control_flow_v2_enabled()
    v1.disable_control_flow_v2()
    try:
        with graph.as_default():
            x = v1.placeholder(tf.float32, [2], name="x")
            weight = v1.get_variable("w", [2], use_resource=False)
            with tf.device("/device:CPU:0"):
                y = v1.while_loop(lambda i, _: i < 3, lambda i, v: (i + 1, v * weight), [0, x])[1]
            z = v1.cond(tf.reduce_sum(y) > 0, lambda: y, lambda: -y)
            with graph._kernel_label_map({"Identity": "special"}):
                z = tf.identity(z)
            with v1.control_dependencies([v1.assign(weight, z)]):
                tf.gradients(z, [x])
            _defun(tf, z)
    finally:
        if v1_flow:
            v1.enable_control_flow_v2()
    return graph


def _defun(tf: Any, value: Any) -> None:
    """A function with a gradient function of its own, as TensorFlow 1 writes them."""
    from tensorflow.python.framework import function

    @function.Defun(tf.float32, tf.float32)
    def half_gradient(x: Any, dy: Any) -> Any:
        return dy * x

    @function.Defun(tf.float32, grad_func=half_gradient)
    def half(x: Any) -> Any:
        return x * 0.5

    half(value)


class _Module:
    """A module with a table, a variable, and two signatures of which one has a loop."""

    def __init__(self, tf: Any) -> None:
        self.module = tf.Module()
        self.module.weight = tf.Variable([1.0, 2.0])
        keys = tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2])
        self.module.table = tf.lookup.StaticHashTable(keys, -1)

        @tf.function(input_signature=[tf.TensorSpec([2], tf.float32, name="x")])
        def serve(x: Any) -> Any:
            return {"y": tf.while_loop(lambda v: tf.reduce_sum(v) < 9.0, lambda v: [v + self.module.weight], [x])[0]}

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="words")])
        def other(words: Any) -> Any:
            return {"ids": self.module.table.lookup(words)}

        self.module.serve = self.serve = serve
        self.module.other = self.other = other
