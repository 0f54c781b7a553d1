"""Train the demo's models, in tools/opsieve/data/demo: ``python -m e2e.make_demo_models``, run from ``tests/``.

Needs TensorFlow 2.14 and scikit-learn. The training data is on every machine: scikit-learn's handwritten digits,
and the text of Python's own library and C headers.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import sysconfig
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from e2e.networks import freeze

DEMO = Path(__file__).resolve().parents[2] / "tools" / "opsieve" / "data" / "demo"
LANGUAGES = ("c", "prose", "python")
TOKEN = r"[A-Za-z_]+|[0-9]+|[^A-Za-z0-9_\s]"


def digits() -> tuple[Any, Any]:
    """1797 handwritten digits of 8 × 8 pixels in 0..1, and what they are."""
    from sklearn.datasets import load_digits

    data = load_digits()
    return (data.images / 16.0).astype("float32")[..., None], data.target.astype("int32")


def train(forward: Any, variables: list[Any], features: Any, classes: Any, epochs: int) -> float:
    """Adam on cross entropy over 80 % of the data; returns the accuracy on the rest."""
    import tensorflow as tf

    optimizer = tf.keras.optimizers.Adam(0.01)
    held_out = len(classes) // 5
    data = tf.data.Dataset.from_tensor_slices((features[held_out:], classes[held_out:])).shuffle(8192, seed=1)

    @tf.function
    def step(batch: Any, wanted: Any) -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(wanted, forward(batch)))
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))

    for _ in range(epochs):
        for batch, wanted in data.batch(64, drop_remainder=True):
            step(batch, wanted)
    guesses = tf.argmax(forward(tf.constant(features[:held_out])), axis=-1, output_type=tf.int32)
    return float(tf.reduce_mean(tf.cast(guesses == classes[:held_out], tf.float32)))


def digits_mlp() -> None:
    """A frozen GraphDef: two dense layers that read digits."""
    import tensorflow as tf

    hidden, output = _weights([64, 32]), _weights([32, 10])
    biases = [tf.Variable(tf.zeros([32])), tf.Variable(tf.zeros([10]))]

    def forward(images: Any) -> Any:
        x = tf.nn.relu(tf.nn.bias_add(tf.matmul(tf.reshape(images, [-1, 64]), hidden), biases[0]))
        return tf.nn.bias_add(tf.matmul(x, output), biases[1])

    accuracy = train(forward, [hidden, output, *biases], *digits(), epochs=30)
    (DEMO / "digits_mlp.pb").write_bytes(_frozen_classifier(forward).SerializeToString())
    print(f"digits_mlp.pb: accuracy {accuracy:.3f}")


def digits_cnn() -> None:
    """A GraphDef in text form: a depthwise-separable convolution network that reads digits."""
    import tensorflow as tf
    from google.protobuf import text_format

    first, depth, point = _weights([3, 3, 1, 8]), _weights([3, 3, 8, 1]), _weights([1, 1, 8, 16])
    scale, offset, output = tf.Variable(tf.ones([16])), tf.Variable(tf.zeros([16])), _weights([64, 10])

    def forward(images: Any) -> Any:
        x = tf.nn.relu6(tf.nn.conv2d(images, first, 1, "SAME"))
        x = tf.nn.depthwise_conv2d(x, depth, [1, 2, 2, 1], "SAME")
        x = tf.nn.conv2d(x, point, 1, "SAME")
        mean, variance = tf.zeros([16]), tf.ones([16])
        x, *_ = tf.compat.v1.nn.fused_batch_norm(x, scale, offset, mean, variance, is_training=False)
        x = tf.nn.max_pool2d(tf.nn.relu6(x), 2, 2, "SAME")
        return tf.matmul(tf.reshape(x, [-1, 64]), output)

    accuracy = train(forward, [first, depth, point, scale, offset, output], *digits(), epochs=30)
    text = text_format.MessageToString(_frozen_classifier(forward))
    (DEMO / "digits_cnn.pbtxt").write_text(text, encoding="utf-8")
    print(f"digits_cnn.pbtxt: accuracy {accuracy:.3f}")


def line_language() -> None:
    """A SavedModel: is a line of text C, Python or prose? A vocabulary table and a recurrent cell in a While."""
    import tensorflow as tf

    lines, classes = _labelled_lines()
    counts = Counter(token for line in lines for token in re.findall(TOKEN, line.lower()))
    words = [word for word, count in counts.most_common(500) if count > 2]
    # A relative path, because TensorFlow writes it into the model as part of the table's shared name.
    vocabulary = Path("tokens.txt")
    vocabulary.write_text("\n".join(words) + "\n", encoding="utf-8")
    module = _line_classifier(str(vocabulary))
    variables = [module.embedding, module.gates, module.candidate, module.output]
    accuracy = train(module.forward, variables, lines, classes, epochs=4)
    shutil.rmtree(DEMO / "line_language", ignore_errors=True)
    tf.saved_model.save(module, str(DEMO / "line_language"), signatures=module.classify)
    print(f"line_language: accuracy {accuracy:.3f}")


def _line_classifier(vocabulary: str) -> Any:
    import tensorflow as tf

    width = 16
    module = tf.Module()
    module.table = tf.lookup.StaticVocabularyTable(
        tf.lookup.TextFileInitializer(
            vocabulary, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
        ),
        num_oov_buckets=8,
    )
    module.embedding = _weights([int(module.table.size()), width])
    module.gates, module.candidate = _weights([2 * width, 2 * width]), _weights([2 * width, width])
    module.output = _weights([width, len(LANGUAGES)])

    def forward(lines: Any) -> Any:
        spaced = tf.strings.regex_replace(tf.strings.lower(lines), f"({TOKEN})", r" \1 ")
        tokens = tf.strings.split(spaced).to_tensor(default_value="", shape=[None, 24])
        vectors = tf.gather(module.embedding, module.table.lookup(tokens))

        def step(time: Any, state: Any) -> Any:
            now = vectors[:, time]
            update, reset = tf.split(tf.sigmoid(tf.matmul(tf.concat([now, state], 1), module.gates)), 2, axis=1)
            fresh = tf.tanh(tf.matmul(tf.concat([now, reset * state], 1), module.candidate))
            fresh = update * state + (1.0 - update) * fresh
            return time + 1, tf.where((tokens[:, time] == "")[:, None], state, fresh)

        start = tf.zeros([tf.shape(lines)[0], width])
        _, state = tf.while_loop(lambda time, _: time < 24, step, [0, start])
        return tf.matmul(state, module.output)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="lines")])
    def classify(lines: Any) -> Any:
        scores = tf.nn.softmax(forward(lines))
        return {"language": tf.gather(tf.constant(LANGUAGES), tf.argmax(scores, axis=-1)), "scores": scores}

    module.forward, module.classify = forward, classify
    return module


def _labelled_lines() -> tuple[Any, Any]:
    import numpy as np

    source = random.Random(1)
    library = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    headers = sorted(Path(sysconfig.get_path("include")).rglob("*.h"))
    python, prose, c = [], [], []
    for path in library:
        text = path.read_text(encoding="utf-8", errors="replace")
        prose += [line for docstring in re.findall(r'"""(.*?)"""', text, re.DOTALL) for line in docstring.splitlines()]
        python += re.sub(r'""".*?"""|#[^\n]*', "", text, flags=re.DOTALL).splitlines()
    for path in headers:
        c += re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8", errors="replace"), flags=re.DOTALL).splitlines()
    labelled = []
    for label, lines in enumerate((c, prose, python)):
        long_enough = [line.strip() for line in lines if len(line.strip()) > 15]
        labelled += [(line, label) for line in source.sample(long_enough, min(len(long_enough), 6000))]
    source.shuffle(labelled)
    return np.array([line for line, _ in labelled], object), np.array([label for _, label in labelled], "int32")


def _weights(shape: list[int]) -> Any:
    import tensorflow as tf

    return tf.Variable(tf.keras.initializers.GlorotUniform(seed=len(shape) + shape[-1])(shape))


def _frozen_classifier(forward: Any) -> Any:
    import tensorflow as tf

    images = tf.TensorSpec([None, 8, 8, 1], tf.float32, name="images")
    function = tf.function(lambda images: tf.nn.softmax(forward(images), name="scores"), input_signature=[images])
    return freeze(function.get_concrete_function(), lower_control_flow=True)


def main() -> None:
    """Make every demo model again."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    DEMO.mkdir(parents=True, exist_ok=True)
    import tensorflow as tf

    tf.keras.utils.set_random_seed(1)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        digits_mlp()
        digits_cnn()
        line_language()
        os.chdir(DEMO)


if __name__ == "__main__":
    main()
