"""Networks whose functions are not inlined: kernels call them, and the runtime instantiates them late."""

from __future__ import annotations

from typing import Any

from e2e.networks import module_of


def functions_not_inlined() -> Any:
    """Calls that are kept as calls (``_noinline``), with a loop, a branch and a matrix product inside."""
    import tensorflow as tf

    weights = tf.Variable(tf.ones([4, 4]) * 0.5)
    bias = tf.Variable(tf.zeros([4]))
    # tf.function has no public argument for attrs of the FunctionDef.
    no_inline = {"experimental_attributes": {"_noinline": True}}

    @tf.function(**no_inline)
    def dense(x: Any) -> Any:
        return tf.nn.relu(tf.nn.bias_add(tf.matmul(x, weights), bias))

    @tf.function(**no_inline)
    def repeat(x: Any, times: Any) -> Any:
        for _ in tf.range(times):
            x = dense(x)
        return x

    @tf.function(**no_inline)
    def choose(x: Any) -> Any:
        return tf.cond(tf.reduce_sum(x) > 4.0, lambda: tf.sqrt(x), lambda: repeat(x, 2))

    @tf.function(
        input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x"), tf.TensorSpec([], tf.int32, name="times")]
    )
    def serve(x: Any, times: Any) -> Any:
        y = choose(repeat(x, times))
        return {"y": y, "rows": tf.map_fn(lambda row: tf.reduce_max(dense(row[None])), y)}

    module = module_of(serve=serve)
    module.weights = [weights, bias]
    return module


def datasets_with_control_flow() -> Any:
    """Loops, branches and tables inside the functions of a dataset, which its kernels call."""
    import tensorflow as tf

    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(tf.constant(["a", "b"]), tf.constant([1, 2], tf.int64)), 0
    )
    weights = tf.Variable(tf.ones([2, 2]))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="lines")])
    def count(lines: Any) -> Any:
        def parse(line: Any) -> Any:
            words = tf.strings.split(line, ",")
            total = tf.constant(0, tf.int64)
            for i in tf.range(tf.size(words)):
                found = table.lookup(words[i])
                total += tf.cond(found > 1, lambda found=found: found * 10, lambda found=found: found)
            return total

        def embed(total: Any) -> Any:
            vector = tf.cast(tf.stack([total, total]), tf.float32)
            return total, tf.nn.relu(tf.linalg.matvec(weights, vector))

        data = tf.data.Dataset.from_tensor_slices(lines).map(parse).map(embed)
        data = data.flat_map(
            lambda total, vector: tf.data.Dataset.range(total % 3).map(lambda i: (i + total, vector))
        ).filter(lambda total, _: total != 1)
        data = data.batch(2).take_while(lambda totals, _: tf.reduce_sum(totals) < 10_000)
        state = tf.constant(0, tf.int64)
        mean = tf.zeros([2])
        for totals, vectors in data:
            state += tf.reduce_max(totals)
            mean += tf.reduce_mean(vectors, 0)
        return {"state": state, "mean": mean}

    module = module_of(count=count)
    module.resources = [table, weights]
    return module


def control_flow_kernels() -> Any:
    """A GraphDef whose While and If stay kernels, which call functions: nothing asks for Switch and Merge.

    There is no recursion: TensorFlow 2.14 overflows its stack in building a graph of a function that calls itself.
    """
    return _parse(_KERNELS)


def symbolic_gradient() -> Any:
    """A GraphDef with SymbolicGradient of a function, as TensorFlow 1's Defun made it."""
    return _parse(_GRADIENT)


def _parse(text: str) -> Any:
    from google.protobuf import text_format
    from tensorflow.core.framework import graph_pb2

    return text_format.Parse(text, graph_pb2.GraphDef())


# factorial(n) by a While, doubled by a branch of an If that calls a function; there is no _lower_using_switch_merge.
_KERNELS = """
node { name: "n" op: "Placeholder" attr { key: "dtype" value { type: DT_INT64 } }
  attr { key: "shape" value { shape { } } } }
node { name: "result" op: "PartitionedCall" input: "n"
  attr { key: "Tin" value { list { type: DT_INT64 } } } attr { key: "Tout" value { list { type: DT_INT64 } } }
  attr { key: "f" value { func { name: "Factorial" } } } }
library {
  function {
    signature { name: "Factorial" input_arg { name: "n" type: DT_INT64 } output_arg { name: "y" type: DT_INT64 } }
    attr { key: "_noinline" value { b: true } }
    node_def { name: "start" op: "OnesLike" input: "n" attr { key: "T" value { type: DT_INT64 } } }
    node_def { name: "loop" op: "While" input: "n" input: "start:y:0"
      attr { key: "T" value { list { type: DT_INT64 type: DT_INT64 } } }
      attr { key: "cond" value { func { name: "More" } } } attr { key: "body" value { func { name: "Step" } } } }
    node_def { name: "odd" op: "Cast" input: "n"
      attr { key: "SrcT" value { type: DT_INT64 } } attr { key: "DstT" value { type: DT_BOOL } } }
    node_def { name: "branch" op: "StatelessIf" input: "odd:y:0" input: "loop:output:1"
      attr { key: "Tcond" value { type: DT_BOOL } }
      attr { key: "Tin" value { list { type: DT_INT64 } } } attr { key: "Tout" value { list { type: DT_INT64 } } }
      attr { key: "then_branch" value { func { name: "Twice" } } }
      attr { key: "else_branch" value { func { name: "Same" } } } }
    ret { key: "y" value: "branch:output:0" }
  }
  function {
    signature {
      name: "More" input_arg { name: "n" type: DT_INT64 } input_arg { name: "total" type: DT_INT64 }
      output_arg { name: "y" type: DT_BOOL }
    }
    node_def { name: "one" op: "Const" attr { key: "dtype" value { type: DT_INT64 } }
      attr { key: "value" value { tensor { dtype: DT_INT64 tensor_shape { } int64_val: 1 } } } }
    node_def { name: "more" op: "Greater" input: "n" input: "one:output:0" attr { key: "T" value { type: DT_INT64 } } }
    ret { key: "y" value: "more:z:0" }
  }
  function {
    signature {
      name: "Step" input_arg { name: "n" type: DT_INT64 } input_arg { name: "total" type: DT_INT64 }
      output_arg { name: "less" type: DT_INT64 } output_arg { name: "more" type: DT_INT64 }
    }
    node_def { name: "one" op: "Const" attr { key: "dtype" value { type: DT_INT64 } }
      attr { key: "value" value { tensor { dtype: DT_INT64 tensor_shape { } int64_val: 1 } } } }
    node_def { name: "minus" op: "Sub" input: "n" input: "one:output:0" attr { key: "T" value { type: DT_INT64 } } }
    node_def { name: "times" op: "Mul" input: "n" input: "total" attr { key: "T" value { type: DT_INT64 } } }
    ret { key: "less" value: "minus:z:0" }
    ret { key: "more" value: "times:z:0" }
  }
  function {
    signature { name: "Twice" input_arg { name: "n" type: DT_INT64 } output_arg { name: "y" type: DT_INT64 } }
    node_def { name: "sum" op: "StatefulPartitionedCall" input: "n"
      attr { key: "Tin" value { list { type: DT_INT64 } } } attr { key: "Tout" value { list { type: DT_INT64 } } }
      attr { key: "f" value { func { name: "Doubled" } } } }
    ret { key: "y" value: "sum:output:0" }
  }
  function {
    signature { name: "Doubled" input_arg { name: "n" type: DT_INT64 } output_arg { name: "y" type: DT_INT64 } }
    attr { key: "_noinline" value { b: true } }
    node_def { name: "sum" op: "AddN" input: "n" input: "n"
      attr { key: "N" value { i: 2 } } attr { key: "T" value { type: DT_INT64 } } }
    ret { key: "y" value: "sum:sum:0" }
  }
  function {
    signature { name: "Same" input_arg { name: "n" type: DT_INT64 } output_arg { name: "y" type: DT_INT64 } }
    node_def { name: "same" op: "DeepCopy" input: "n" attr { key: "T" value { type: DT_INT64 } } }
    ret { key: "y" value: "same:y:0" }
  }
}
versions { producer: 1482 min_consumer: 12 }
"""

# loss(x, w) = sum(sigmoid(x * w)) and its gradient. The op gradients are functions of the C++ runtime
# (core/ops/math_grad.cc), so that no node of the model names what they are made of.
_GRADIENT = """
node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "shape" value { shape { dim { size: 2 } dim { size: 3 } } } } }
node { name: "w" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "shape" value { shape { dim { size: 3 } dim { size: 2 } } } } }
node { name: "one" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape { } float_val: 1 } } } }
node { name: "loss" op: "Loss" input: "x" input: "w" }
node { name: "slopes" op: "SymbolicGradient" input: "x" input: "w" input: "one"
  attr { key: "Tin" value { list { type: DT_FLOAT type: DT_FLOAT type: DT_FLOAT } } }
  attr { key: "Tout" value { list { type: DT_FLOAT type: DT_FLOAT } } }
  attr { key: "f" value { func { name: "Loss" } } } }
library {
  function {
    signature {
      name: "Loss" input_arg { name: "x" type: DT_FLOAT } input_arg { name: "w" type: DT_FLOAT }
      output_arg { name: "y" type: DT_FLOAT }
    }
    node_def { name: "product" op: "MatMul" input: "x" input: "w" attr { key: "T" value { type: DT_FLOAT } }
      attr { key: "transpose_a" value { b: false } } attr { key: "transpose_b" value { b: false } } }
    node_def { name: "squashed" op: "Sigmoid" input: "product:product:0" attr { key: "T" value { type: DT_FLOAT } } }
    node_def { name: "axes" op: "Const" attr { key: "dtype" value { type: DT_INT32 } }
      attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape { dim { size: 2 } }
        int_val: 0 int_val: 1 } } } }
    node_def { name: "sum" op: "Sum" input: "squashed:y:0" input: "axes:output:0"
      attr { key: "T" value { type: DT_FLOAT } } attr { key: "Tidx" value { type: DT_INT32 } }
      attr { key: "keep_dims" value { b: false } } }
    ret { key: "y" value: "sum:output:0" }
  }
}
versions { producer: 1482 min_consumer: 12 }
"""
