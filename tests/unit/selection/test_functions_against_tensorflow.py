"""Function bodies as TensorFlow itself instantiates them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import pytest

from opsieve.selection.bindings import instances
from opsieve.selection.select import select
from opsieve.selection.selection import Reason
from unit.selection.graphs import to_model
from unit.selection.wheel import read_wheel


@pytest.fixture(scope="module")
def tf() -> Any:
    return pytest.importorskip("tensorflow", reason="has an installed tensorflow instantiate functions")


# Bodies as TensorFlow's C++ library writes them (function_testlib.cc): types are placeholders that calls bind.
_LIBRARY = """
function {
  signature {
    name: "Outer"
    input_arg { name: "x" type_attr: "T" }
    output_arg { name: "y" type_attr: "T" }
    attr { name: "T" type: "type" }
  }
  node_def { name: "square" op: "Square" input: "x" attr { key: "T" value { placeholder: "T" } } }
  node_def { name: "inner" op: "Inner" input: "square:y:0" attr { key: "U" value { placeholder: "T" } } }
  ret { key: "y" value: "inner:y:0" }
}
function {
  signature {
    name: "Inner"
    input_arg { name: "x" type_attr: "U" }
    output_arg { name: "y" type_attr: "U" }
    attr { name: "U" type: "type" }
  }
  node_def { name: "negative" op: "Neg" input: "x" attr { key: "T" value { placeholder: "U" } } }
  node_def { name: "abs" op: "Abs" input: "negative:y:0" attr { key: "T" value { placeholder: "U" } } }
  ret { key: "y" value: "abs:y:0" }
}
function {
  signature {
    name: "Lists"
    input_arg { name: "x" type_list_attr: "Ts" }
    output_arg { name: "y" type_list_attr: "Ts" }
    attr { name: "Ts" type: "list(type)" }
  }
  node_def { name: "same" op: "IdentityN" input: "x" attr { key: "T" value { placeholder: "Ts" } } }
  ret { key: "y" value: "same:output" }
}
"""
_OBSERVED = ("Square", "Neg", "Abs")


def _graph(tf: Any, dtypes: Iterable[str]) -> Any:
    from google.protobuf import text_format
    from tensorflow.core.framework import graph_pb2, types_pb2

    graph = graph_pb2.GraphDef()
    graph.versions.producer = tf.compat.v1.get_default_graph().graph_def_versions.producer
    text_format.Parse(_LIBRARY, graph.library)
    for dtype in dtypes:
        constant = graph.node.add(name=f"constant_{dtype}", op="Const")
        number = types_pb2.DataType.Value(dtype)
        constant.attr["dtype"].type = number
        constant.attr["value"].tensor.CopyFrom(tf.make_tensor_proto([1, 2], dtype=number))
        call = graph.node.add(name=f"call_{dtype}", op="Outer", input=[constant.name])
        call.attr["T"].type = number
    lists = graph.node.add(name="call_lists", op="Lists", input=[f"constant_{dtype}" for dtype in dtypes])
    lists.attr["Ts"].list.type.extend(types_pb2.DataType.Value(dtype) for dtype in dtypes)
    return graph


def _run(tf: Any, graph_def: Any, fetches: list[str]) -> set[tuple[str, str]]:
    """(op, dtype) of what TensorFlow ran, after it inlined the functions."""
    from tensorflow.core.framework import graph_pb2, types_pb2
    from tensorflow.python.client import pywrap_tf_session

    graph = tf.Graph()
    nodes = graph_pb2.GraphDef(node=graph_def.node, versions=graph_def.versions)
    with graph.as_default():
        # tf.import_graph_def refuses functions with type attrs; the C API takes them.
        for function in graph_def.library.function:
            imported = pywrap_tf_session.TF_FunctionImportFunctionDef(function.SerializeToString())
            with graph._c_graph.get() as c_graph:
                pywrap_tf_session.TF_GraphCopyFunction(c_graph, imported, None)
        tf.import_graph_def(nodes, name="")
    config = tf.compat.v1.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    config.graph_options.optimizer_options.opt_level = -1
    config.graph_options.optimizer_options.do_function_inlining = True
    metadata = tf.compat.v1.RunMetadata()
    options = tf.compat.v1.RunOptions(output_partition_graphs=True)
    with tf.compat.v1.Session(graph=graph, config=config) as session:
        session.run(fetches, options=options, run_metadata=metadata)
    return {
        (node.op, types_pb2.DataType.Name(node.attr["T"].type))
        for partition in metadata.partition_graphs
        for node in partition.node
        if node.op in _OBSERVED
    }


def test_placeholders_become_the_types_tensorflow_runs(tf: Any) -> None:
    every = ("DT_FLOAT", "DT_INT32", "DT_INT64", "DT_DOUBLE")
    for dtypes in itertools.chain.from_iterable(itertools.combinations(every, count) for count in (1, 2, 4)):
        graph_def = _graph(tf, dtypes)
        fetches = [f"call_{dtype}:0" for dtype in dtypes] + ["call_lists:0"]
        found = list(instances(to_model(graph_def)))
        assert {(node.op, types["T"]) for _, node, types in found if node.op in _OBSERVED} == _run(
            tf, graph_def, fetches
        )
        assert [types["T"] for function, _, types in found if function == "Lists"] == [dtypes]


def _concrete_graph(tf: Any) -> Any:
    @tf.function
    def body(x: Any, y: Any) -> Any:
        for _ in tf.range(3):
            x = tf.cond(tf.reduce_sum(x) > 1.0, lambda x=x: tf.nn.relu(x), lambda x=x: x - 1.0)
        table = (
            tf.data.Dataset.from_tensor_slices(y).map(lambda one: one * 2).reduce(tf.constant(0, tf.int64), tf.maximum)
        )
        return tf.matmul(x, x), table, tf.map_fn(tf.exp, x), tf.switch_case(tf.size(y), [lambda: 1, lambda: 2])

    return body.get_concrete_function(
        tf.TensorSpec([2, 2], tf.float32), tf.TensorSpec([3], tf.int64)
    ).graph.as_graph_def()


def _named_by_a_node(reasons: Iterable[Reason]) -> bool:
    return any(not reason.rule.startswith("the runtime") for reason in reasons)


def test_a_graph_of_tf_function_selects_what_tensorflow_finds(tf: Any) -> None:
    """Every node of the graph and of all function bodies: the same definitions as TensorFlow's own lookup gives."""
    wheel = read_wheel()
    graph_def = _concrete_graph(tf)
    bodies = [graph_def.node, *(function.node_def for function in graph_def.library.function)]
    assert len(bodies) > 5
    off = {"grappler": False, "data-optimizers": False}
    selection = select([to_model(graph_def)], wheel.index, source="wheel", runtime=off)
    assert not selection.unresolved
    functions = {one.signature.name for one in graph_def.library.function}
    nodes = [node for body in bodies for node in body if node.op not in functions]
    named = {one.name for one in selection.ops if _named_by_a_node(one.reasons)}
    assert named == {node.op for node in nodes}
    assert {"While", "StatelessWhile"} & {one.name for one in selection.ops}
    for node in nodes:
        node.device = "/cpu:0"
        for attr in wheel.op_defs[node.op].attr:
            if attr.name not in node.attr and attr.HasField("default_value"):
                node.attr[attr.name].CopyFrom(attr.default_value)
    wanted = {(node.op, wheel.try_find(node)) for node in nodes}
    assert all(text for _, text in wanted)
    # A definition has one class, so there are at least as many definitions as (op, class) pairs.
    assert len(selection.kernels) >= len(wanted)
    by_node = {one.op for one in selection.kernels if _named_by_a_node(one.reasons)}
    assert by_node == {op for op, _ in wanted}
