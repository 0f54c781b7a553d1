"""Networks as TensorFlow 1 made them: frozen loops, variables of both kinds, a session's SavedModel, quantised ops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def _control_flow_of_tf1() -> Iterator[None]:
    """Switch, Merge, Enter and Exit, and the TensorArrays of that time, rather than functions and TensorLists."""
    import tensorflow.compat.v1 as tf1

    tf1.disable_control_flow_v2()
    try:
        yield
    finally:
        tf1.enable_control_flow_v2()


def frozen_loops() -> Any:
    """A frozen sequence model with tf.nn.dynamic_rnn, a raw tf.while_loop and a tf.cond."""
    import tensorflow.compat.v1 as tf1

    with tf1.Graph().as_default() as graph, _control_flow_of_tf1():
        tf1.set_random_seed(1)
        features = tf1.placeholder(tf1.float32, [2, 5, 3], name="features")
        lengths = tf1.placeholder(tf1.int32, [2], name="lengths")
        cell = tf1.nn.rnn_cell.LSTMCell(4, initializer=tf1.glorot_uniform_initializer())
        outputs, state = tf1.nn.dynamic_rnn(cell, features, lengths, dtype=tf1.float32)

        def body(i: Any, total: Any) -> Any:
            return i + 1, total + tf1.cast(tf1.gather(lengths, i % 2), tf1.float32)

        _, total = tf1.while_loop(lambda i, _: i < 4, body, [0, 0.0])
        picked = tf1.cond(total > 3.0, lambda: tf1.reduce_max(outputs, 1), lambda: state.h)
        tf1.nn.softmax(picked, name="scores")
        with tf1.Session() as session:
            session.run(tf1.global_variables_initializer())
            return tf1.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["scores"])


def sums_and_stacks() -> Any:
    """AccumulateNV2 and ParallelConcat, which the runtime replaces by variables that live for a step."""
    import tensorflow.compat.v1 as tf1

    with tf1.Graph().as_default() as graph:
        x = tf1.placeholder(tf1.float32, [2, 3], name="x")
        y = tf1.placeholder(tf1.int32, [2, 3], name="y")
        tf1.accumulate_n([x, tf1.square(x), tf1.exp(x)], name="total")
        tf1.parallel_stack([y, y + 1, y * 2], name="stack")
        return graph.as_graph_def()


def train_resource_variables() -> None:
    """Fill the default graph with resource variables, an embedding, Adagrad, a moving average and a Saver."""
    import tensorflow.compat.v1 as tf1

    with _control_flow_of_tf1():
        ids = tf1.placeholder(tf1.int32, [None], name="ids")
        labels = tf1.placeholder(tf1.int64, [None], name="labels")
        table = tf1.get_variable("table", [10, 4], use_resource=True, initializer=tf1.random_uniform_initializer())
        weights = tf1.get_variable("weights", [4, 3], use_resource=True, initializer=tf1.glorot_normal_initializer())
        step = tf1.train.get_or_create_global_step()
        logits = tf1.matmul(tf1.nn.embedding_lookup(table, ids), weights)
        loss = tf1.losses.sparse_softmax_cross_entropy(labels, logits)
        train = tf1.train.AdagradOptimizer(0.1).minimize(loss, global_step=step)
        averages = tf1.train.ExponentialMovingAverage(0.9, step)
        with tf1.control_dependencies([train]):
            averaged = averages.apply([weights])
        with tf1.control_dependencies([averaged]):
            tf1.identity(loss, name="loss")
        tf1.train.Saver(sharded=True)
        tf1.global_variables_initializer()


def write_session_saved_model(folder: Path) -> Path:
    """A SavedModel as TensorFlow 1's builder wrote it: ref variables, a table from an asset, a main op, a cond."""
    import tensorflow.compat.v1 as tf1

    vocabulary = folder.parent / "words.txt"
    vocabulary.write_text("red\ngreen\nblue\n", encoding="utf-8")
    builder = tf1.saved_model.Builder(str(folder))
    with tf1.Graph().as_default(), tf1.Session() as session, _control_flow_of_tf1():
        words = tf1.placeholder(tf1.string, [None], name="words")
        file = tf1.constant(str(vocabulary))
        tf1.add_to_collection(tf1.GraphKeys.ASSET_FILEPATHS, file)
        table = tf1.lookup.StaticHashTable(
            tf1.lookup.TextFileInitializer(
                file, tf1.string, tf1.lookup.TextFileIndex.WHOLE_LINE, tf1.int64, tf1.lookup.TextFileIndex.LINE_NUMBER
            ),
            0,
        )
        embedding = tf1.get_variable("embedding", [3, 4], use_resource=False, initializer=tf1.ones_initializer())
        counter = tf1.get_variable(
            "counter", [], tf1.int64, use_resource=False, initializer=tf1.zeros_initializer(), trainable=False
        )
        vectors = tf1.nn.embedding_lookup(embedding, table.lookup(words))
        with tf1.control_dependencies([tf1.assign_add(counter, 1)]):
            scores = tf1.cond(tf1.size(words) > 1, lambda: tf1.nn.softmax(vectors), lambda: tf1.nn.sigmoid(vectors))
        session.run([tf1.global_variables_initializer(), tf1.tables_initializer()])
        signature = tf1.saved_model.predict_signature_def({"words": words}, {"scores": scores})
        builder.add_meta_graph_and_variables(
            session,
            [tf1.saved_model.SERVING],
            {"serving_default": signature},
            assets_collection=tf1.get_collection(tf1.GraphKeys.ASSET_FILEPATHS),
            main_op=tf1.tables_initializer(),
            strip_default_attrs=True,
        )
    builder.save()
    return folder


def frozen_speech_commands() -> Any:
    """The small network of TensorFlow's speech commands example: AudioSpectrogram, Mfcc, convolutions, and CTC."""
    import tensorflow.compat.v1 as tf1
    from tensorflow.python.ops import gen_audio_ops

    with tf1.Graph().as_default() as graph:
        tf1.set_random_seed(1)
        wav = tf1.placeholder(tf1.string, [], name="wav")
        audio, rate = gen_audio_ops.decode_wav(wav, desired_channels=1, desired_samples=8000)
        spectrogram = gen_audio_ops.audio_spectrogram(audio, window_size=480, stride=160, magnitude_squared=True)
        mfcc = gen_audio_ops.mfcc(spectrogram, rate, dct_coefficient_count=20)
        x = tf1.expand_dims(mfcc, -1)
        for channels in (8, 16):
            kernel = tf1.get_variable(f"kernel_{channels}", [5, 3, x.shape[-1], channels])
            bias = tf1.get_variable(f"bias_{channels}", [channels], initializer=tf1.zeros_initializer())
            x = tf1.nn.max_pool(
                tf1.nn.relu(tf1.nn.bias_add(tf1.nn.conv2d(x, kernel, [1, 1, 1, 1], "SAME"), bias)),
                [1, 2, 2, 1],
                [1, 2, 2, 1],
                "SAME",
            )
        flat = tf1.reshape(x, [1, -1, 16])
        logits = tf1.matmul(tf1.reshape(flat, [-1, 16]), tf1.get_variable("weights", [16, 6]))
        steps = tf1.reshape(logits, [-1, 1, 6])
        decoded, score = tf1.nn.ctc_beam_search_decoder(steps, tf1.shape(steps)[:1], beam_width=4)
        tf1.sparse_tensor_to_dense(decoded[0], name="decoded")
        tf1.nn.softmax(logits, name="labels")
        tf1.identity(score, name="score")
        with tf1.Session() as session:
            session.run(tf1.global_variables_initializer())
            return tf1.graph_util.convert_variables_to_constants(
                session, graph.as_graph_def(), ["decoded", "labels", "score"]
            )


def quantised_ops() -> Any:
    """A layer of 8-bit kernels: QuantizeV2, QuantizedConv2D, QuantizedBiasAdd, Requantize, QuantizedMatMul."""
    import tensorflow.compat.v1 as tf1

    raw = tf1.raw_ops
    with tf1.Graph().as_default() as graph:
        x = tf1.placeholder(tf1.float32, [1, 8, 8, 1], name="x")

        def narrow(wide: Any) -> Any:
            limits = raw.RequantizationRange(input=wide[0], input_min=wide[1], input_max=wide[2])
            return raw.Requantize(
                input=wide[0],
                input_min=wide[1],
                input_max=wide[2],
                requested_output_min=limits[0],
                requested_output_max=limits[1],
                out_type=tf1.quint8,
            )

        def quantise(value: Any) -> Any:
            low, high = tf1.reduce_min(value), tf1.reduce_max(value)
            return raw.QuantizeV2(input=value, min_range=low, max_range=high, T=tf1.quint8, mode="MIN_FIRST")

        data = quantise(x)
        kernel = quantise(tf1.constant([[[[-1.0, 0.5]], [[0.25, 1.0]]]]))
        convolved = narrow(
            raw.QuantizedConv2D(
                input=data[0],
                filter=kernel[0],
                min_input=data[1],
                max_input=data[2],
                min_filter=kernel[1],
                max_filter=kernel[2],
                strides=[1, 1, 1, 1],
                padding="SAME",
            )
        )
        rectified = raw.QuantizedRelu(features=convolved[0], min_features=convolved[1], max_features=convolved[2])
        pooled = raw.QuantizedMaxPool(
            input=rectified[0],
            min_input=rectified[1],
            max_input=rectified[2],
            ksize=[1, 8, 8, 1],
            strides=[1, 8, 8, 1],
            padding="VALID",
        )
        flat = raw.QuantizedReshape(
            tensor=pooled[0], shape=tf1.constant([1, 2]), input_min=pooled[1], input_max=pooled[2]
        )
        weights = quantise(tf1.constant([[1.0, -1.0, 0.0], [0.5, 0.5, 1.0]]))
        product = narrow(
            raw.QuantizedMatMul(
                a=flat[0], b=weights[0], min_a=flat[1], max_a=flat[2], min_b=weights[1], max_b=weights[2]
            )
        )
        result = raw.Dequantize(input=product[0], min_range=product[1], max_range=product[2], mode="MIN_FIRST")
        tf1.nn.softmax(result, name="scores")
        return graph.as_graph_def()
