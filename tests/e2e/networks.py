"""The networks of the zoo: real architectures, made with the public TensorFlow API.

Weights are the initializers' (nothing is downloaded): what a model needs does not depend on their values. A module
made here has ``signatures_to_save()``, the signatures of its SavedModel.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


def frozen_application(name: str, size: int) -> Any:
    """A network of keras.applications as a frozen GraphDef with the input ``image``."""
    import tensorflow as tf

    tf.keras.backend.clear_session()
    tf.keras.utils.set_random_seed(1)
    network = getattr(tf.keras.applications, name)(weights=None, input_shape=(size, size, 3))
    image = tf.TensorSpec([1, size, size, 3], tf.float32, name="image")
    function = tf.function(lambda image: network(image, training=False), input_signature=[image])
    return freeze(function.get_concrete_function(), lower_control_flow=True)


def frozen_module(module: Any, *, lower_control_flow: bool = True) -> Any:
    """A module's only signature as a frozen GraphDef."""
    (function,) = module.signatures_to_save().values()
    return freeze(function, lower_control_flow=lower_control_flow)


def freeze(function: Any, *, lower_control_flow: bool) -> Any:
    """A function with its variables as constants, as a GraphDef."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    frozen = convert_variables_to_constants_v2(function, lower_control_flow=lower_control_flow)
    return frozen.graph.as_graph_def()


def module_of(**functions: Any) -> Any:
    """A tf.Module whose signatures are the given functions, each with an input signature."""
    import tensorflow as tf

    module = tf.Module()
    for name, function in functions.items():
        setattr(module, name, function)
    module.signatures_to_save = lambda: {
        "serving_default" if len(functions) == 1 else name: function.get_concrete_function()
        for name, function in functions.items()
    }
    return module


def recurrent(layer: str) -> Any:
    """A sequence classifier with the Keras layer ``LSTM`` or ``GRU``, both with its While."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(1)
    network = tf.keras.Sequential(
        [
            tf.keras.Input((None,), dtype=tf.int32),
            tf.keras.layers.Embedding(500, 16),
            tf.keras.layers.Bidirectional(getattr(tf.keras.layers, layer)(16, return_sequences=True)),
            getattr(tf.keras.layers, layer)(8),
            tf.keras.layers.Dense(3, activation="softmax"),
        ]
    )
    tokens = tf.TensorSpec([None, None], tf.int32, name="tokens")
    module = module_of(classify=tf.function(lambda tokens: network(tokens, training=False), input_signature=[tokens]))
    module.network = network
    return module


def greedy_decoder() -> Any:
    """A Transformer decoder that generates with tf.while_loop and stops or restarts with tf.cond."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(1)
    vocabulary, width, longest, end = 64, 32, 24, 2
    embedding = tf.Variable(tf.random.normal([vocabulary, width]))
    position = tf.Variable(tf.random.normal([longest, width]))
    attention = [tf.keras.layers.MultiHeadAttention(4, 8) for _ in range(2)]
    norms = [tf.keras.layers.LayerNormalization() for _ in range(4)]
    dense = [(tf.keras.layers.Dense(64, activation="gelu"), tf.keras.layers.Dense(width)) for _ in range(2)]

    def block(x: Any, mask: Any, layer: int) -> Any:
        x = norms[2 * layer](x + attention[layer](x, x, attention_mask=mask))
        wide, narrow = dense[layer]
        return norms[2 * layer + 1](x + narrow(wide(x)))

    def logits(tokens: Any) -> Any:
        length = tf.shape(tokens)[1]
        mask = tf.linalg.band_part(tf.ones([1, length, length]), -1, 0) > 0
        x = tf.gather(embedding, tokens) + position[:length]
        for layer in range(2):
            x = block(x, mask, layer)
        return tf.einsum("btd,vd->btv", x, embedding)

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32, name="prompt")])
    def generate(prompt: Any) -> Any:
        def step(tokens: Any, done: Any) -> Any:
            scores = logits(tokens)[:, -1]
            best = tf.argmax(scores, axis=-1, output_type=tf.int32)
            best = tf.cond(
                tf.reduce_any(done),
                lambda: tf.where(done, end, best),
                lambda: tf.cast(tf.math.top_k(scores, 1).indices[:, 0], tf.int32),
            )
            return tf.concat([tokens, best[:, None]], axis=1), done | (best == end)

        tokens, _ = tf.while_loop(
            lambda tokens, done: (tf.shape(tokens)[1] < longest) & ~tf.reduce_all(done),
            step,
            [prompt, tf.zeros([tf.shape(prompt)[0]], tf.bool)],
            shape_invariants=[tf.TensorShape([None, None]), tf.TensorShape([None])],
        )
        return {"tokens": tokens}

    module = module_of(generate=generate)
    module.weights = [embedding, position, attention, norms, dense]
    return module


def bert_encoder(vocabulary_file: Path) -> Any:
    """A BERT-like encoder: word lookup in string tables, nested tf.functions, layer norm, attention, pooling."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(1)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "a", "of", "to", "and", "in", "is", "it", "you", "on"]
    vocabulary_file.write_text("\n".join(words) + "\n", encoding="utf-8")
    ids = tf.lookup.StaticVocabularyTable(
        tf.lookup.TextFileInitializer(
            str(vocabulary_file),
            tf.string,
            tf.lookup.TextFileIndex.WHOLE_LINE,
            tf.int64,
            tf.lookup.TextFileIndex.LINE_NUMBER,
        ),
        num_oov_buckets=4,
    )
    labels = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(tf.constant([0, 1], tf.int64), tf.constant(["negative", "positive"])),
        default_value="unknown",
    )
    width, heads = 32, 4
    embedding = tf.Variable(tf.random.normal([len(words) + 4, width]))
    weights = [[tf.Variable(tf.random.normal([width, width])) for _ in range(6)] for _ in range(2)]
    pooler = tf.Variable(tf.random.normal([width, 2]))

    @tf.function
    def layer_norm(x: Any) -> Any:
        mean, variance = tf.nn.moments(x, [-1], keepdims=True)
        return (x - mean) * tf.math.rsqrt(variance + 1e-12)

    @tf.function
    def attend(x: Any, mask: Any, layer: int) -> Any:
        def split(tensor: Any) -> Any:
            shape = tf.shape(tensor)
            return tf.transpose(tf.reshape(tensor, [shape[0], shape[1], heads, width // heads]), [0, 2, 1, 3])

        query, key, value = (split(tf.einsum("btd,de->bte", x, weights[layer][i])) for i in range(3))
        scores = tf.matmul(query, key, transpose_b=True) / tf.sqrt(float(width // heads))
        scores += (1.0 - tf.cast(mask, tf.float32))[:, None, None, :] * -10000.0
        mixed = tf.transpose(tf.matmul(tf.nn.softmax(scores), value), [0, 2, 1, 3])
        return tf.matmul(tf.reshape(mixed, tf.shape(x)), weights[layer][3])

    @tf.function
    def encode(tokens: Any) -> Any:
        mask = tf.not_equal(tokens, 0)
        x = layer_norm(tf.gather(embedding, tokens))
        for layer in range(2):
            x = layer_norm(x + attend(x, mask, layer))
            x = layer_norm(x + tf.matmul(tf.nn.gelu(tf.matmul(x, weights[layer][4])), weights[layer][5]))
        return x

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def classify(text: Any) -> Any:
        pieces = tf.strings.split(tf.strings.lower(text))
        tokens = ids.lookup(pieces.to_tensor("[PAD]"))
        first = tf.tanh(encode(tokens)[:, 0])
        scores = tf.nn.softmax(tf.matmul(first, pooler))
        return {"label": labels.lookup(tf.argmax(scores, axis=-1)), "scores": scores}

    module = module_of(classify=classify)
    module.tables = [ids, labels]
    module.weights = [embedding, weights, pooler]
    return module


def trainable() -> Any:
    """A network that trains on the device: resource variables, gradients, Adam, and a save and restore."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(1)
    hidden = tf.Variable(tf.random.normal([8, 16]), name="hidden")
    output = tf.Variable(tf.random.normal([16, 2]), name="output")
    moments = [tf.Variable(tf.zeros_like(weight)) for weight in (hidden, output) for _ in range(2)]
    steps = tf.Variable(0, dtype=tf.int64, name="steps")

    def forward(features: Any) -> Any:
        return tf.matmul(tf.nn.relu(tf.matmul(features, hidden)), output)

    features = tf.TensorSpec([None, 8], tf.float32, name="features")

    @tf.function(input_signature=[features, tf.TensorSpec([None], tf.int32, name="classes")])
    def train(features: Any, classes: Any) -> Any:
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(classes, forward(features))
            loss = tf.reduce_mean(losses)
        count = tf.cast(steps.assign_add(1), tf.float32)
        for index, (weight, slope) in enumerate(
            zip((hidden, output), tape.gradient(loss, [hidden, output]), strict=True)
        ):
            tf.raw_ops.ResourceApplyAdam(
                var=weight.handle,
                m=moments[2 * index].handle,
                v=moments[2 * index + 1].handle,
                beta1_power=tf.pow(0.9, count),
                beta2_power=tf.pow(0.999, count),
                lr=0.01,
                beta1=0.9,
                beta2=0.999,
                epsilon=1e-7,
                grad=slope,
            )
        return {"loss": loss}

    @tf.function(input_signature=[features])
    def infer(features: Any) -> Any:
        return {"scores": tf.nn.softmax(forward(features))}

    @tf.function(input_signature=[tf.TensorSpec([], tf.string, name="path")])
    def restore(path: Any) -> Any:
        for weight in (hidden, output):
            (value,) = tf.raw_ops.RestoreV2(
                prefix=path, tensor_names=[weight.name], shape_and_slices=[""], dtypes=[tf.float32]
            )
            weight.assign(tf.ensure_shape(value, weight.shape))
        return {"steps": steps.read_value()}

    module = module_of(train=train, infer=infer, restore=restore)
    module.weights = [hidden, output, *moments, steps]
    return module


def dataset_pipeline() -> Any:
    """A tf.data pipeline inside a signature: map, filter, batch, shuffle, interleave and reduce functions."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="rows")])
    def summarise(rows: Any) -> Any:
        def normalise(row: Any) -> Any:
            return {"row": row / (tf.norm(row) + 1e-6), "score": tf.reduce_max(row)}

        data = tf.data.Dataset.from_tensor_slices(rows).map(normalise, num_parallel_calls=2)
        data = data.filter(lambda item: item["score"] > 0.0).shuffle(8, seed=3)
        data = data.interleave(
            lambda item: tf.data.Dataset.from_tensors(item).repeat(2), cycle_length=2, num_parallel_calls=None
        )
        data = data.padded_batch(4, padded_shapes={"row": [4], "score": []}).prefetch(1)
        total = data.reduce(tf.zeros([4]), lambda state, item: state + tf.reduce_sum(item["row"], axis=0))
        numbered = data.enumerate().take(3)
        last = tf.constant(0, tf.int64)
        for index, _ in numbered:
            last = index
        return {"total": total, "last": last}

    return module_of(summarise=summarise)


def text_preprocessing() -> Any:
    """Cleaning, splitting, hashing and counting words with string ops, regular expressions and RaggedTensors."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def features(text: Any) -> Any:
        clean = tf.strings.regex_replace(tf.strings.strip(tf.strings.lower(text)), r"[^a-z0-9\s]", " ")
        words = tf.strings.split(clean)
        words = tf.ragged.boolean_mask(words, ~tf.strings.regex_full_match(words, r"\d+"))
        pairs = tf.strings.ngrams(words, 2, separator="_")
        buckets = tf.strings.to_hash_bucket_fast(tf.concat([words, pairs], axis=1), 128)
        counts = tf.map_fn(
            lambda row: tf.math.bincount(tf.cast(row, tf.int32), minlength=128, maxlength=128, dtype=tf.float32),
            buckets,
            fn_output_signature=tf.TensorSpec([None], tf.float32),
        )
        numbers = tf.strings.to_number(
            tf.strings.join(["0", tf.strings.regex_replace(text, r"\D", "")]), out_type=tf.float64
        )
        joined = tf.strings.reduce_join(words, axis=-1, separator=" ")
        characters = tf.strings.unicode_decode(text, "UTF-8").row_lengths()
        return {
            "counts": counts,
            "numbers": numbers,
            "joined": joined,
            "characters": characters,
            "heads": tf.strings.substr(text, 0, 3),
        }

    return module_of(features=features)


def signal_processing() -> Any:
    """Log-mel features of audio and a small convolution over them: FFT, complex numbers, DecodeWav."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(1)
    mel = tf.signal.linear_to_mel_weight_matrix(20, 129, 16000)
    kernel = tf.Variable(tf.random.normal([3, 3, 1, 8]))

    @tf.function(input_signature=[tf.TensorSpec([], tf.string, name="wav")])
    def hear(wav: Any) -> Any:
        samples, rate = tf.audio.decode_wav(wav, desired_channels=1)
        spectrum = tf.signal.stft(tf.squeeze(samples, -1), 256, 128)
        log_mel = tf.math.log(tf.matmul(tf.abs(spectrum), mel) + 1e-6)
        image = tf.nn.relu(tf.nn.conv2d(log_mel[None, :, :, None], kernel, 2, "SAME"))
        back = tf.signal.inverse_stft(spectrum, 256, 128)
        angle = tf.math.angle(spectrum)
        return {"features": tf.reduce_mean(image, [1, 2]), "rate": rate, "back": back, "angle": angle}

    module = module_of(hear=hear)
    module.kernel = kernel
    return module


def object_detector() -> Any:
    """Image decoding, resizing, box decoding and non-maximum suppression around a small network."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(1)
    body = tf.Variable(tf.random.normal([3, 3, 3, 8]))
    depth = tf.Variable(tf.random.normal([3, 3, 8, 1]))
    head = tf.Variable(tf.random.normal([1, 1, 8, 6]))

    @tf.function(input_signature=[tf.TensorSpec([], tf.string, name="jpeg")])
    def detect(jpeg: Any) -> Any:
        image = tf.image.convert_image_dtype(tf.io.decode_jpeg(jpeg, channels=3), tf.float32)
        image = tf.image.per_image_standardization(tf.image.resize(image, [96, 96]))[None]
        x = tf.nn.relu6(tf.nn.conv2d(image, body, 2, "SAME"))
        x = tf.nn.relu6(tf.nn.depthwise_conv2d(x, depth, [1, 2, 2, 1], "SAME"))
        x = tf.reshape(tf.nn.conv2d(x, head, 1, "SAME"), [-1, 6])
        corners = tf.sigmoid(x[:, :4])
        boxes = tf.concat([tf.minimum(corners[:, :2], corners[:, 2:]), tf.maximum(corners[:, :2], corners[:, 2:])], 1)
        scores = tf.sigmoid(x[:, 4])
        kept = tf.image.non_max_suppression(boxes, scores, 10, 0.5, 0.3)
        crops = tf.image.crop_and_resize(image, tf.gather(boxes, kept), tf.zeros_like(kept), [8, 8])
        return {"boxes": tf.gather(boxes, kept), "scores": tf.gather(scores, kept), "crops": crops}

    module = module_of(detect=detect)
    module.weights = [body, depth, head]
    return module


def fake_quantised_cnn() -> Any:
    """A convolution network as quantisation-aware training leaves it: fake quant on weights and activations."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(1)
    kernels = [tf.Variable(tf.random.normal(shape)) for shape in ([3, 3, 1, 8], [3, 3, 8, 1], [1, 1, 8, 16])]
    weights = tf.Variable(tf.random.normal([16, 10]))

    def quantise(x: Any) -> Any:
        return tf.quantization.fake_quant_with_min_max_args(x, -6.0, 6.0)

    def quantise_channels(x: Any) -> Any:
        low, high = tf.reduce_min(x, [0, 1, 2]), tf.reduce_max(x, [0, 1, 2])
        return tf.quantization.fake_quant_with_min_max_vars_per_channel(x, low, high, narrow_range=True)

    @tf.function(input_signature=[tf.TensorSpec([1, 28, 28, 1], tf.float32, name="digit")])
    def recognise(digit: Any) -> Any:
        x = tf.nn.relu6(tf.nn.conv2d(quantise(digit), quantise_channels(kernels[0]), 2, "SAME"))
        x = tf.nn.relu6(tf.nn.depthwise_conv2d(quantise(x), quantise(kernels[1]), [1, 1, 1, 1], "SAME"))
        x = tf.nn.avg_pool2d(tf.nn.conv2d(quantise(x), quantise_channels(kernels[2]), 2, "SAME"), 7, 7, "VALID")
        flat = tf.quantization.fake_quant_with_min_max_vars(tf.reshape(x, [-1, 16]), -6.0, tf.reduce_max(x))
        return {"scores": tf.nn.softmax(tf.matmul(flat, quantise(weights)))}

    module = module_of(recognise=recognise)
    module.weights = [kernels, weights]
    return module


def tf1_control_flow() -> None:
    """Fill the default graph as TensorFlow 1 did: ref variables, queues, Switch and Merge, Enter and Exit."""
    import tensorflow.compat.v1 as tf1

    tf1.disable_control_flow_v2()
    try:
        features = tf1.placeholder(tf1.float32, [None, 4], name="features")
        weights = tf1.get_variable("weights", [4, 4], use_resource=False, initializer=tf1.random_normal_initializer())
        bias = tf1.get_variable("bias", [4], use_resource=False, initializer=tf1.zeros_initializer())
        history = tf1.TensorArray(tf1.float32, size=3)

        def step(i: Any, state: Any, history: Any) -> Any:
            state = tf1.tanh(tf1.nn.bias_add(tf1.matmul(state, weights), bias))
            return i + 1, state, history.write(i, tf1.reduce_sum(state))

        _, state, history = tf1.while_loop(lambda i, *_: i < 3, step, [0, features, history])
        chosen = tf1.cond(
            tf1.reduce_mean(state) > 0.0,
            lambda: tf1.nn.softmax(state),
            lambda: tf1.case([(tf1.size(state) > 100, lambda: tf1.square(state))], default=lambda: -state),
        )
        loss = tf1.reduce_mean(tf1.square(chosen)) + tf1.reduce_sum(history.stack())
        with tf1.control_dependencies([tf1.Assert(tf1.is_finite(loss), [loss])]):
            loss = tf1.identity(loss, name="loss")
        tf1.train.MomentumOptimizer(0.1, 0.9).minimize(loss, name="train")
        queue = tf1.FIFOQueue(4, [tf1.float32], shapes=[[]])
        queue.enqueue(loss, name="enqueue")
        tf1.identity(queue.dequeue(), name="dequeued")
        tf1.train.Saver()
        tf1.global_variables_initializer()
    finally:
        tf1.enable_control_flow_v2()


def polymorphic_functions() -> Any:
    """A GraphDef whose functions leave a type open, which each caller binds: calls by op name and by attr, nested."""
    from google.protobuf import text_format
    from tensorflow.core.framework import graph_pb2

    return text_format.Parse(_POLYMORPHIC, graph_pb2.GraphDef())


_POLYMORPHIC = """
node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
node { name: "i" op: "Placeholder" attr { key: "dtype" value { type: DT_INT64 } } }
node { name: "a" op: "Twice" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
node { name: "b" op: "PartitionedCall" input: "i"
  attr { key: "Tin" value { list { type: DT_INT64 } } } attr { key: "Tout" value { list { type: DT_INT64 } } }
  attr { key: "f" value { func { name: "Outer" attr { key: "U" value { type: DT_INT64 } } } } } }
node { name: "c" op: "Outer" input: "h" attr { key: "U" value { type: DT_DOUBLE } } }
node { name: "h" op: "Cast" input: "x"
  attr { key: "SrcT" value { type: DT_FLOAT } } attr { key: "DstT" value { type: DT_DOUBLE } } }
library {
  function {
    signature {
      name: "Twice" input_arg { name: "v" type_attr: "T" } output_arg { name: "w" type_attr: "T" }
      attr { name: "T" type: "type" }
    }
    node_def { name: "sum" op: "AddV2" input: "v" input: "v" attr { key: "T" value { placeholder: "T" } } }
    ret { key: "w" value: "sum:z:0" }
  }
  function {
    signature {
      name: "Outer" input_arg { name: "v" type_attr: "U" } output_arg { name: "w" type_attr: "U" }
      attr { name: "U" type: "type" }
    }
    node_def { name: "call" op: "Twice" input: "v" attr { key: "T" value { placeholder: "U" } } }
    node_def { name: "square" op: "Square" input: "call:w:0" attr { key: "T" value { placeholder: "U" } } }
    ret { key: "w" value: "square:y:0" }
  }
}
versions { producer: 1482 min_consumer: 12 }
"""
