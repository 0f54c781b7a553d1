"""The smallest networks of the zoo: dense layers alone."""

from __future__ import annotations

from typing import Any

from e2e.networks import module_of


def classifier() -> Any:
    """Two dense layers and a softmax."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(1)
    hidden, scores = tf.Variable(tf.random.normal([64, 32])), tf.Variable(tf.random.normal([32, 10]))
    biases = tf.Variable(tf.random.normal([32])), tf.Variable(tf.random.normal([10]))

    @tf.function(input_signature=[tf.TensorSpec([None, 64], tf.float32, name="features")])
    def classify(features: Any) -> Any:
        x = tf.nn.relu(tf.nn.bias_add(tf.matmul(features, hidden), biases[0]))
        return {"scores": tf.nn.softmax(tf.nn.bias_add(tf.matmul(x, scores), biases[1]))}

    module = module_of(classify=classify)
    module.weights = [hidden, scores, *biases]
    return module
